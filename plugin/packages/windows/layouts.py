"""layouts.py WORK GCC PLUGIN OPTION...: are the structures that the plugin shares with Wireshark and glib laid out as
Microsoft's compiler lays them out, which the official Wireshark is built with?

Clang, for Microsoft's target, tells sizes, offsets and bit-fields of every structure in the headers that the plugin includes.
They become static assertions, which both compilers have to accept: GCC for MinGW, and Clang for Microsoft's target again. For
bit-fields an object with each of them set is compared, byte by byte. OPTIONs find the headers.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import pathlib
import re
import subprocess
import sys

RECORD = "*** Dumping AST Record Layout\n"
MINGW = "/usr/x86_64-w64-mingw32/include"
CLANG = ["clang", "-w", "-std=c11", "-fms-extensions", "-D_UCRT", "-nostdlibinc"]
MICROSOFT = "--target=x86_64-pc-windows-msvc"

# What the headers were made to say of 64-bit Windows, see glibconfig.sed.
WINDOWS = """
_Static_assert(sizeof(long) == 4 && sizeof(void *) == 8 && sizeof(time_t) == 8, "LLP64");
_Static_assert(sizeof(gint64) == 8 && sizeof(guint64) == 8 && (guint64)-1 > 0, "64-bit numbers");
_Static_assert(sizeof(gsize) == sizeof(sizeof(int)) && sizeof(gssize) == 8 && (gssize)-1 < 0, "sizes");
_Static_assert(sizeof(gintptr) == sizeof(void *) && sizeof(glong) == sizeof(long), "pointers");
_Static_assert(sizeof(gboolean) == 4 && sizeof(gunichar) == 4 && sizeof(enum ftenum) == 4, "numbers");
"""


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", check=False, **options)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
        sys.exit("\n".join([f"{command[0]}:"] + errors[:20]))
    return done.stdout


def includes(plugin):
    """The headers of Wireshark and glib that the plugin includes; the ones of one version only come with compat.h."""
    found = set()
    for path in plugin.rglob("*.[ch]"):
        if path.name == "compat.h" or {"packages", "wuerr", "core"} & set(path.relative_to(plugin).parts):
            continue
        found |= set(re.findall(r"^#include <((?:epan|wsutil|wiretap)/[^>]+)>", path.read_text(encoding="utf-8"), re.M))
    return sorted(found)


def typedef_name(place):
    """The name of a structure that has none but that of its typedef, by the place in the header that Clang tells."""
    path, line = place.rsplit(":", 2)[:2]
    text = "\n".join(pathlib.Path(path).read_text(encoding="utf-8", errors="replace").splitlines()[int(line) - 1:])
    depth = 0
    for match in re.finditer(r"[{}]|;", text):
        depth += {"{": 1, "}": -1, ";": 0}[match[0]]
        if match[0] == "}" and not depth:
            name = re.match(r"\s*(\w+)\s*;", text[match.end():])
            return name[1] if name and text.lstrip().startswith("typedef") else None
    return None


def record_name(type_name):
    match = re.match(r"(?:struct|union) \(unnamed at (.*)\)$", type_name)
    if match:
        return None if match[1].startswith(MINGW) else typedef_name(match[1])
    return None if "(" in type_name or "::" in type_name or "__NSConstantString" in type_name else type_name


def records(dump):
    """Name, size, [(field, offset)], [bit-field] of each record."""
    for block in dump.split(RECORD)[1:]:
        lines = block.splitlines()
        head = re.match(r"\s+0 \| (.*)$", lines[0])
        name = head and record_name(head[1])
        size = re.search(r"\[sizeof=(\d+), align=", block)
        if not name or not size:
            continue
        fields, bits = [], []
        for line in lines[1:]:
            match = re.match(r"\s+(\d+)(:\d+-\d+)? \|   (\S.*?)(\w+)$", line)
            if match and not match[3].startswith("("):
                if match[2]:
                    bits.append(match[4])
                elif " " in match[3] or "*" in match[3] or match[3].endswith((")", "]")):
                    fields.append((match[4], int(match[1])))
        yield name, int(size[1]), fields, bits


def assertions(found):
    lines, with_bits = [WINDOWS], []
    for name, size, fields, bits in found:
        lines.append(f'_Static_assert(sizeof({name}) == {size}, "{name}");')
        lines.extend(f'_Static_assert(__builtin_offsetof({name}, {field}) == {offset}, "{name}.{field}");'
                     for field, offset in fields)
        with_bits.extend((name, field) for field in bits)
    members = "".join(f"    {name} m{i};\n" for i, (name, _) in enumerate(with_bits))
    values = "".join(f"    {{ .{field} = -1 }},\n" for _, field in with_bits)
    lines.append(f"const struct {{\n{members}}} wu_bit_fields = {{\n{values}}};")
    return "\n".join(lines) + "\n", len(lines) - 2, len(with_bits)


def data(path):
    """The bytes of the constant in an object file."""
    out = path.with_suffix(".bytes")
    run("x86_64-w64-mingw32-objcopy", "-O", "binary", "-j", ".rdata", str(path), str(out))
    return out.read_bytes()


def same_bits(gcc, clang):
    """One may have put its sections out to a multiple of 16 bytes, or have more constants behind it."""
    n = min(len(gcc), len(clang))
    return n > 0 and gcc[:n] == clang[:n] and not any(gcc[n:]) and not any(clang[n:])


def main(work, gcc, plugin, *options):
    work, plugin = pathlib.Path(work), pathlib.Path(plugin)
    headers = work / "headers.c"
    headers.write_text('#include "compat.h"\n' + "".join(f"#include <{name}>\n" for name in includes(plugin)))
    text = run(*CLANG, MICROSOFT.replace("msvc", "gnu"), "-isystem", MINGW, *options, "-E", "-P", str(headers))
    (work / "clang.c").write_text(text)
    # line marks tell in which header an unnamed structure is
    (work / "marked.i").write_text(run(*CLANG, MICROSOFT.replace("msvc", "gnu"), "-isystem", MINGW, *options, "-E", str(headers)))
    dump = run(*CLANG, MICROSOFT, "-fsyntax-only", "-Xclang", "-fdump-record-layouts-complete", str(work / "marked.i"))
    asserted, n, bits = assertions(list(records(dump)))
    if n < 200:
        sys.exit(f"only {n} assertions were made: the output of clang is not understood any more")
    (work / "gcc.c").write_text(run(gcc, "-w", "-std=c11", *options, "-E", "-P", str(headers)) + asserted)
    (work / "clang.c").write_text(text + asserted)
    run(gcc, "-w", "-std=c11", "-c", str(work / "gcc.c"), "-o", str(work / "gcc.o"))
    run(*CLANG, MICROSOFT, "-c", str(work / "clang.c"), "-o", str(work / "clang.o"))
    if not same_bits(data(work / "gcc.o"), data(work / "clang.o")):
        sys.exit("bit-fields are laid out in another way by Microsoft's compiler")
    print(f"{n} sizes and offsets and {bits} bit-fields are the same for both compilers")


if __name__ == "__main__":
    main(*sys.argv[1:])
