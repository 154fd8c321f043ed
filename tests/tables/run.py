#!/usr/bin/env python3
"""Tests of the tables and of their compiler: run.py COMPILER TABLES

What the compiler must refuse, with file, line and reason; what the tables promise about the codes of the five founding
pages, whose symbols stand in tables/founding_pages.tsv; and that no number or name has changed unnoticed: facts.tsv has a digest
of every table without its prose. Whoever means the change reads it once more and runs this with UPDATE_FACTS=1.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared" / "reference"

# what is done to a copy of the tables, and what the compiler has to say
REFUSALS = [
    ("a missing column", "wws.tsv", 4, lambda row: row[:-1], "wws.tsv:4: 5 columns, expected 6 (a missing column?)"),
    ("a stray tab", "wws.tsv", 4, lambda row: row + ["x"], "wws.tsv:4: 7 columns, expected 6 (a stray tab?)"),
    ("a bad number", "wua.tsv", 3, lambda row: ["0x24001"] + row[1:], "wua.tsv:3: bad number '0x24001'"),
    ("a number that is none", "winhttp.tsv", 3, lambda row: ["12x01"] + row[1:], "winhttp.tsv:3: bad number '12x01'"),
    ("a number out of range", "wua.tsv", 3, lambda row: ["0x180240001"] + row[1:], "wua.tsv:3: bad number '0x180240001'"),
    ("lower case digits", "wua.tsv", 12, lambda row: ["0x0024000a"] + row[1:], "wua.tsv:12: bad number '0x0024000a'"),
    ("an unknown family", "wws.tsv", 1, lambda row: ["#family", "Nonsense"], "wws.tsv:1: unknown family 'Nonsense'"),
    ("the family of another file", "wws.tsv", 1, lambda row: ["#family", "WUA"],
     "wws.tsv:1: family 'WUA', but families.tsv gives this file to 'WWS'"),
    ("an unknown kind", "wws.tsv", 3, lambda row: row[:2] + ["main"] + row[3:], "wws.tsv:3: unknown kind 'main'"),
    ("a missing meaning", "wua.tsv", 3, lambda row: row[:3] + [""] + row[4:],
     "wua.tsv:3: no sentence of meaning, which the family promises"),
    ("a missing symbol", "wua.tsv", 3, lambda row: [row[0], ""] + row[2:], "wua.tsv:3: no symbol"),
    ("a missing source", "wua.tsv", 3, lambda row: row[:5] + [""], "wua.tsv:3: no source"),
    ("a character outside ASCII", "wua.tsv", 3, lambda row: row[:3] + ["Schl\u00e4ft."] + row[4:],
     "wua.tsv:3: column 'text' holds a character outside printable ASCII"),
    ("an unknown service", "operations.tsv", 2, lambda row: [row[0], "NoService"] + row[2:],
     "operations.tsv:2: unknown service 'NoService'"),
    ("an unknown field", "elements.tsv", 2, lambda row: row[:2] + ["wsus.no_such_field"] + row[3:],
     "elements.tsv:2: unknown field 'wsus.no_such_field'"),
    ("an attribute that is only drawn", "elements.tsv", 2, lambda row: ["clientId@part", "drawn"] + row[2:],
     "elements.tsv:2: only elements are of the kind drawn"),
    ("an unknown field type", "fields.tsv", 2, lambda row: row[:2] + ["text"] + row[3:], "fields.tsv:2: unknown type 'text'"),
    ("a field without help", "fields.tsv", 2, lambda row: row[:5] + [""], "fields.tsv:2: no help sentence"),
    ("a mapping to a code in no table", "http_to_code.tsv", 2, lambda row: row[:2] + ["0x80244FFE"] + row[3:],
     "http_to_code.tsv:2: WU_E_PT_HTTP_STATUS_BAD_REQUEST = 0x80244FFE is in no code table"),
    ("an unknown basis", "http_to_code.tsv", 2, lambda row: row[:3] + ["rumour"], "http_to_code.tsv:2: unknown basis 'rumour'"),
    ("a step that is none", "steps.tsv", 2, lambda row: row[:3] + ["nowhere"] + row[4:], "steps.tsv:2: unknown step 'nowhere'"),
    ("a diagnosis on nothing", "diagnoses.tsv", 2, lambda row: row[:1] + ["weather"] + row[2:],
     "diagnoses.tsv:2: unknown kind 'weather'"),
    ("a diagnosis that is never reached", "diagnoses.tsv", 2, lambda row: row[:2] + [""] + row[3:],
     "diagnoses.tsv:3: line 2 comes before it and takes all it could take"),
    ("a diagnosis without advice", "diagnoses.tsv", 2, lambda row: row[:10] + [""] + row[11:],
     "diagnoses.tsv:2: no advice what to check"),
    ("an unnamed code with a name", "configmgr.tsv", 3, lambda row: [row[0], "CM_E_SCAN"] + row[2:],
     "configmgr.tsv:3: an unnamed code with the symbol 'CM_E_SCAN'"),
    ("an unnamed code without a meaning", "configmgr.tsv", 4, lambda row: row[:3] + [""] + row[4:],
     "configmgr.tsv:4: no sentence of meaning, without which an unnamed code says nothing"),
    ("a rule with bits that its mask leaves out", "code_rules.tsv", 2, lambda row: ["0xFF000000"] + row[1:],
     "code_rules.tsv:2: 0xC0070000 has bits outside of the mask 0xFF000000"),
    ("a rule of an unknown family", "code_rules.tsv", 2, lambda row: row[:2] + ["Kernel"] + row[3:],
     "code_rules.tsv:2: unknown family 'Kernel'"),
    ("a way to recognise that is compared in lower case", "recognition.tsv", 2, lambda row: row[:2] + ["/X.asmx"] + row[3:],
     "recognition.tsv:2: '/X.asmx' is compared in lower case"),
    ("evidence that needs evidence", "recognition.tsv", 2, lambda row: row[:3] + ["", "", "evidence", ""],
     "recognition.tsv:2: a row without a service that needs evidence"),
    ("an unknown client of an agent", "agents.tsv", 2, lambda row: row[:2] + ["robot"] + row[3:],
     "agents.tsv:2: unknown client 'robot'"),
    ("a language that lacks a sentence", "text_fr.tsv", 2, lambda row: ["12006", "ERROR_WINHTTP_UNRECOGNIZED_SCHEME"] + row[2:],
     "text_fr.tsv:1: no sentence for CERT_E_CN_NO_MATCH (0x800B010F), which founding_pages.tsv promises"),
    ("a sentence for a code that is none", "text_fr.tsv", 2, lambda row: [row[0], "CERT_E_NONE"] + row[2:],
     "text_fr.tsv:2: CERT_E_NONE = 0x800B010F is in no code table"),
    ("a sentence that does not end", "text_fr.tsv", 2, lambda row: row[:2] + [row[2][:-1]],
     "text_fr.tsv:2: the sentence does not end with a full stop"),
    ("a control character in a sentence", "text_fr.tsv", 2, lambda row: row[:2] + ["Un\x01."],
     "text_fr.tsv:2: column 'text' holds a character outside printable ASCII (0x01)"),
    ("a language without a file", "languages.tsv", 2, lambda row: ["de"] + row[1:], "text_de.tsv:0: cannot open"),
    ("another column line", "wws.tsv", 2, lambda row: ["value", "name"] + row[2:],
     "wws.tsv:2: the column line is not the expected one"),
]

passed = failed = 0


def check(name, good, reason=""):
    global passed, failed
    print(f"{'ok' if good else 'FAIL'} tables {name}")
    if good:
        passed += 1
    else:
        failed += 1
        if reason:
            print("    " + reason.strip().replace("\n", "\n    "))


def compile_tables(compiler, tables):
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run([compiler, tables, out], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stderr, sorted(p.name for p in pathlib.Path(out).iterdir())


def with_change(tables, change):
    """A copy of the tables that `change` has worked on."""
    folder = tempfile.mkdtemp()
    for path in tables.glob("*.tsv"):
        shutil.copy(path, folder)
    change(pathlib.Path(folder))
    return folder


def edit(path, line, function):
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[line - 1] = "\t".join(function(lines[line - 1].split("\t")))
    path.write_text("\n".join(lines), encoding="utf-8")


def refuses(compiler, tables, name, change, expected):
    folder = with_change(tables, change)
    status, said, files = compile_tables(compiler, folder)
    shutil.rmtree(folder)
    check(f"compiler refuses {name}", status == 1 and expected in said and not files,
          f"status {status}, files {files}, expected \"{expected}\" in:\n{said}")


def duplicate(path):
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join(lines[:4] + [lines[3]] + lines[4:]), encoding="utf-8")


def second_primary(path):
    lines = path.read_text(encoding="utf-8").split("\n")
    row = lines[3].split("\t")
    lines.insert(4, "\t".join([row[0], row[1] + "_TWO"] + row[2:]))
    path.write_text("\n".join(lines), encoding="utf-8")


def test_refusals(compiler, tables):
    status, said, files = compile_tables(compiler, tables)
    check("compiler takes the tables as they are", status == 0 and files == ["wu_tables.c", "wu_tables.h"], said)
    for name, file, line, function, expected in REFUSALS:
        refuses(compiler, tables, name, lambda folder: edit(folder / file, line, function), expected)
    refuses(compiler, tables, "a duplicate", lambda folder: duplicate(folder / "wua.tsv"), "wua.tsv:5: duplicate: ")
    refuses(compiler, tables, "two primary names of a number", lambda folder: second_primary(folder / "wua.tsv"),
            "wua.tsv:5: duplicate: the value has a primary name already")
    refuses(compiler, tables, "a missing file", lambda folder: (folder / "bits.tsv").unlink(), "bits.tsv:0: cannot open")
    refuses(compiler, tables, "a carriage return",
            lambda folder: (folder / "bits.tsv").write_bytes((folder / "bits.tsv").read_bytes().replace(b"\n", b"\r\n")),
            "bits.tsv:1: a carriage return: tables have LF line ends")


def codes(tables):
    """{symbol: [(value, text)]} of all code tables, misprints left out."""
    found = {}
    for path in tables.glob("*.tsv"):
        lines = path.read_text(encoding="utf-8").split("\n")
        if not lines[0].startswith("#family\t") or lines[0].endswith("facilities"):
            continue
        for line in lines[2:]:
            row = line.split("\t")
            if len(row) == 6 and row[2] != "misprint":
                found.setdefault(row[1], []).append((int(row[0], 0), row[3]))
    return found


def test_founding_pages(tables):
    known = codes(tables)
    missing = []
    rows = [line.split("\t") for line in (tables / "founding_pages.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    for symbol, value in rows:
        if not any(number == int(value, 0) and text for number, text in known.get(symbol, [])):
            missing.append(f"{symbol} {value}")
    check(f"all {len(rows)} codes of the five founding pages have their true value and a meaning", not missing and len(rows) == 252,
          "\n".join(missing))


# families that have become tables of their own
MOVED = {"win32": ("appx",), "com": ("appx",)}


def rows_of(tables, name):
    """{(number, symbol)} of a table of codes."""
    lines = (tables / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[2:]
    return {(int(line.split("\t")[0], 0), line.split("\t")[1]) for line in lines}


def test_missing_codes(tables):
    """Every code of the list of missing ones is there, by its name where it has one; its four rules are tested in core."""
    path = SHARED / "codes" / "missing.tsv"
    if not path.is_file():
        print(f"SKIPPED tables against the missing codes: {path} is absent")
        return
    known = {}
    for table in tables.glob("*.tsv"):
        if table.read_text(encoding="utf-8").startswith("#family\t") and table.stem != "facilities":
            for number, symbol in rows_of(tables, table.stem):
                known.setdefault(number, set()).add(symbol)
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    wanted = [(row[0], row[1].split(" (")[0]) for row in lines if "nn" not in row[0]]
    absent = []
    for value, symbol in wanted:
        number = int(value, 16)
        names = known.get(number, set()) | known.get(number & 0xffff if number >> 16 == 0x8007 else number, set())
        if not names or (re.fullmatch(r"\w+", symbol) and symbol not in names):
            absent.append((value, symbol))
    check(f"all {len(wanted)} codes of missing.tsv are there", not absent and len(wanted) == 355, str(absent[:10]))


def test_reference(tables):
    """Every row of the reference, where it is there."""
    folder = SHARED / "codes"
    if not folder.is_dir():
        print(f"SKIPPED tables against the reference: {folder} is absent")
        return
    names = {path.stem for path in tables.glob("*.tsv")}
    for path in sorted(folder.glob("*.tsv")):
        name = {"wininet_hresult": "wininet"}.get(path.stem, path.stem)
        lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        if lines[0][:2] != ["value", "symbol"] or name not in names:
            continue
        own = set().union(*(rows_of(tables, table) for table in (name,) + MOVED.get(name, ())))
        missing = [row[:2] for row in lines[1:] if (int(row[0], 0), row[1]) not in own]
        check(f"{name} holds all {len(lines) - 1} rows of {path.name}", not missing, str(missing[:10]))


def test_drawn(tables):
    """Without a tree such fields are not read: nothing but the tree may ask for them."""
    def table(name):
        return [line.split("\t") for line in (tables / name).read_text(encoding="utf-8").splitlines()[1:]]

    drawn = {row[2] for row in table("elements.tsv") if row[1] == "drawn"}
    told = {row[0] for row in table("fields.tsv") if row[0] in drawn and row[4] not in ("", "label")}
    names = {"WU_F_" + field.removeprefix("wsus.").replace(".", "_").upper() for field in drawn}
    asked = {f"{path.name}: {name}" for path in (tables.parent / "plugin").rglob("*.c")
             for name in names & set(re.findall(r"\bWU_F_\w+", path.read_text(encoding="utf-8")))}
    check("fields that are only drawn are there", {"wsus.update.is_leaf", "wsus.deployment.priority"} <= drawn, str(drawn))
    check("fields that are only drawn are not in the Info column", not told, str(told))
    check("fields that are only drawn are asked for nowhere", not asked, str(asked))


PROSE = ("text", "hint", "source", "about", "meaning", "note", "help", "specification", "cause", "check")


def facts(tables):
    """A line for each table: name, rows, digest of all its cells but prose, in any order of the rows."""
    lines = []
    for path in sorted(tables.glob("*.tsv")):
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        header = next(row for row in rows if not row[0].startswith("#"))
        kept = [i for i, name in enumerate(header) if name not in PROSE]
        cells = sorted("\t".join(row[i] for i in kept if i < len(row)) for row in rows)
        digest = hashlib.sha256("\n".join(cells).encode()).hexdigest()[:16]
        lines.append(f"{path.stem}\t{len(rows)}\t{digest}")
    return lines


def test_facts(tables):
    path = HERE / "facts.tsv"
    found = facts(tables)
    if os.environ.get("UPDATE_FACTS"):
        path.write_text("".join(line + "\n" for line in found), encoding="utf-8")
    expected = path.read_text(encoding="utf-8").splitlines()
    changed = sorted({line.split("\t")[0] for line in set(found) ^ set(expected)})
    check("no number or name has changed unnoticed", not changed, f"changed: {', '.join(changed)}")


def main():
    compiler, tables = sys.argv[1], pathlib.Path(sys.argv[2])
    test_refusals(compiler, tables)
    test_founding_pages(tables)
    test_reference(tables)
    test_missing_codes(tables)
    test_drawn(tables)
    test_facts(tables)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
