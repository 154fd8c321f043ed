"""imports.py: which names the programs for Windows take from which DLL.

  imports.py list OBJDUMP FILE            prints the names: "DLL name" a line
  imports.py def DLL LIBRARY WANTED OUT   writes a .def file with those of the names in WANTED that LIBRARY, a shared
                                          library of Linux, exports; prints the names
  imports.py compare KEPT GOT [GOT...]    compares a list in the tree with what was built; GOT is "LABEL=FILE"
  imports.py write KEPT GOT [GOT...]      writes it

SPDX-License-Identifier: GPL-2.0-or-later
"""

import pathlib
import re
import subprocess
import sys

HEAD = """# What wsus.dll imports of Wireshark and glib: DLL, name, and the versions whose wsus.dll imports it. Compared by every build:
# a name that is new here is one more thing that the official Wireshark has to export. After a look at it:
# plugin/packages/windows/build --update-imports
"""


def imports(objdump, path):
    text = subprocess.run([objdump, "-p", path], stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout
    dll, found = None, []
    for line in text.splitlines():
        match = re.match(r"\s*DLL Name: (\S+)", line)
        if match:
            dll = match[1]
        elif dll:
            match = re.match(r"\s+[0-9a-f]+\s+(?:\d+|<none>\s+[0-9a-f]+)\s+(\S+)$", line)  # the second since binutils 2.41
            if match:
                found.append((dll, match[1]))
    return found


def exports(library):
    """Name -> whether it is data, of a shared library of Linux."""
    text = subprocess.run(["nm", "-D", "--defined-only", library], stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout
    found = {}
    for line in text.splitlines():
        _, kind, name = line.split()
        found[name.split("@")[0]] = kind in "BDRGS"
    return found


def write_def(dll, library, wanted, out):
    known = exports(library)
    names = sorted(name for name in pathlib.Path(wanted).read_text().split() if name in known)
    with open(out, "w", encoding="ascii") as file:
        file.write(f'LIBRARY "{dll}"\nEXPORTS\n')
        file.writelines(f"  {name}{' DATA' if known[name] else ''}\n" for name in names)
    return names


def table(got):
    """(DLL, name) -> labels of the files that import it."""
    found = {}
    for item in got:
        label, path = item.split("=", 1)
        for line in pathlib.Path(path).read_text().splitlines():
            found.setdefault(tuple(line.split()), []).append(label)
    return found


def kept_table(path):
    found = {}
    for line in pathlib.Path(path).read_text().splitlines():
        if line and not line.startswith("#"):
            dll, name, *labels = line.split()
            found[dll, name] = labels
    return found


def compare(kept, got):
    there, now = kept_table(kept), table(got)
    for key in sorted(set(there) | set(now)):
        for label in now.get(key, []):
            if label not in there.get(key, []):
                yield f"{label} has come to import {key[1]} of {key[0]}"
        for label in there.get(key, []):
            if label not in now.get(key, []):
                yield f"{label} does not import {key[1]} of {key[0]} any more"


def main(command, *arguments):
    if command == "list":
        sys.stdout.writelines(f"{dll} {name}\n" for dll, name in sorted(imports(*arguments)))
    elif command == "def":
        sys.stdout.writelines(f"{name}\n" for name in write_def(*arguments))
    elif command == "write":
        with open(arguments[0], "w", encoding="ascii") as file:
            file.write(HEAD)
            file.writelines(f"{' '.join(key)} {' '.join(labels)}\n" for key, labels in sorted(table(arguments[1:]).items()))
    elif command == "compare":
        differences = list(compare(arguments[0], arguments[1:]))
        sys.stdout.writelines(f"{line}\n" for line in differences)
        return bool(differences)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
