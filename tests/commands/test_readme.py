"""The documents do what they say: every console block is run and its output compared, every command and filter of a table
is tried, every link leads somewhere.

Commands run in a folder that holds captures/ as the checkout does, with tshark and wuerr as they were built, and leave nothing
in it; $ES is a server on loopback that stands for Elasticsearch. UPDATE_README=1 writes the outputs anew.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import contextlib
import datetime
import difflib
import http.server
import ipaddress
import json
import os
import pathlib
import re
import shutil
import tempfile
import threading
import unittest
import unittest.mock

from documents import CONSOLE, DOCUMENTS, SHELL, block_as_run, code_of, commands_of, name, tables_with, type_into_shell
from harness import BUILD, DROP, REPO, environment, own_captures, run

README = REPO / "README.md"
# which test follows the blocks of installation
FOLLOWED = {"page: packages", "newcomer: all users", "newcomer: one user", "fedora", "packages", "source tree", "windows",
            "machines: parallel", "machines: slurm", "machines: duckdb"}


# The types by name; tshark writes names with an underscore for each dot. Texts have no place in its mapping.
TYPES = {row[2].replace("_", "."): row[3] for row in
         (line.split("\t") for line in run("tshark", "-G", "fields").stdout.decode().splitlines()) if row[0] == "F"}
OURS = ("ip", "wsus", "wws", "winerr")
TEXTS = ("FT_STRING", "FT_GUID", "FT_RELATIVE_TIME", "FT_NONE")


class Search(http.server.BaseHTTPRequestHandler):
    """Takes a mapping and a bulk upload, and checks them as Elasticsearch would: each document against the mapping."""

    mapping = {}
    problems = []
    documents = 0
    kinds = set()  # types of the mapping that a document had a value for

    def body(self):
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, problems):
        Search.problems.extend(problems)
        self.send_response(400 if problems else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_PUT(self):
        template = json.loads(self.body())
        Search.mapping = template["template"]["mappings"]["properties"]
        problems = [f"{path} is mapped for {kind}, which is no type" for path, kind in types_of(template["template"]["mappings"])
                    if kind not in KINDS]
        kinds = {name: row["type"] for name, row in Search.mapping["layers"]["properties"]["wsus"]["properties"].items() if "type" in row}
        spans = {name for name in kinds if TYPES.get(name.split("_", 1)[1].replace("_", ".")) == "FT_RELATIVE_TIME"}
        if spans != {name for name, kind in kinds.items() if kind == "double"}:
            problems.append("a span of time is mapped for something else")
        if template["index_patterns"] != ["packets-*"] or template["template"]["mappings"]["dynamic"] is not True:
            problems.append("texts would not be searchable")
        self.answer(problems)

    def do_POST(self):
        lines = self.body().decode().splitlines()
        problems = [line for line in lines[0::2] if not re.fullmatch(r'{"index":{"_index":"packets-[-0-9]+"}}', line)]
        for line in lines[1::2]:
            document = json.loads(line)
            Search.documents += 1
            values = list(leaves(document, Search.mapping))
            problems += [] if any(name in ("wsus_wsus_operation", "wsus_wsus_service") for name, _, _ in values) else ["no operation"]
            problems += unmapped(values)
            Search.kinds |= {(name.split("_")[0], kind) for name, _, kind in values}
        self.answer(problems)

    def log_message(self, *_arguments):
        """Nothing."""


def leaves(node, mapping, name="", kind=None):
    """(name, value, type) of each value of a document; the type is what the mapping has at the same place, or None."""
    if isinstance(node, dict):
        for key, value in node.items():
            row = mapping.get(key, {})
            yield from leaves(value, row.get("properties", {}), key, row.get("type"))
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value, mapping, name, kind)
    else:
        yield name, node, kind


WHOLE = {"byte": 7, "short": 15, "integer": 31, "long": 63}  # bits beside the sign
KINDS = {*WHOLE, "unsigned_long", "boolean", "float", "double", "date", "date_nanos", "ip"}


def types_of(node, path=""):
    """(path, type) of each property of a mapping."""
    for name, row in node["properties"].items():
        if "properties" in row:
            yield from types_of(row, f"{path}{name}.")
        else:
            yield path + name, row["type"]


def is_address(value):
    try:
        return bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def is_date(value):
    """As strict_date_optional_time, with a fraction of any length, or as epoch_millis: the formats that a mapping has by itself."""
    if re.fullmatch(r"\d{1,18}", value):
        return True
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z?)?", value)
    try:
        return bool(match and datetime.datetime.fromisoformat(f"{match[1]}T{match[2] or '00:00:00'}"))
    except ValueError:
        return False


def is_date_of_nanoseconds(value):
    """Nanoseconds since 1970 in 64 bits: such a date is from then to 2262."""
    return is_date(value) and (value.isdigit() or 1970 <= int(value[:4]) < 2262)


def fits(value, kind):
    """Whether Elasticsearch takes a value for that type: numbers also as text, but in decimal; no other words for booleans."""
    if kind == "unsigned_long":
        return bool(re.fullmatch(r"\d+", str(value))) and int(value) < 1 << 64
    if kind in WHOLE:
        limit = 1 << WHOLE[kind]
        return bool(re.fullmatch(r"-?\d+", str(value))) and -limit <= int(value) < limit
    if kind == "boolean":
        return value in (True, False, "true", "false", "")
    if kind in ("float", "double"):
        return bool(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", str(value)))
    return {"date": is_date, "date_nanos": is_date_of_nanoseconds, "ip": is_address}[kind](value)


def unmapped(values):
    """Values of our protocols that have no place in the mapping, or another type."""
    for name, value, kind in values:
        protocol = name.split("_")[0]
        if name == "timestamp" or (protocol in OURS and name.startswith(f"{protocol}_{protocol}_")):
            if kind and not fits(value, kind):
                yield f"{name} is no {kind}: {value}"
            elif not kind and protocol != "ip" and TYPES.get(name.split("_", 1)[1].replace("_", ".")) not in TEXTS:
                yield f"{name} is not mapped where it stands"
        elif name == "filtered" and value in OURS:
            yield f"{value} was left out"


class Readme(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.folder.chmod(0o777)
        (self.folder / "captures").mkdir()
        (self.folder / "captures" / "decode").symlink_to(REPO / "captures" / "decode")
        for capture in own_captures():
            (self.folder / "captures" / capture.name).symlink_to(capture)
        programs = self.folder / "bin"
        programs.mkdir()
        drop = f'[ "$(id -u)" != 0 ] || exec {" ".join(DROP)} {shutil.which("tshark")} "$@"\n' if DROP else ""
        for name, program, first in (("tshark", shutil.which("tshark"), drop), ("wuerr", BUILD / "wuerr", "")):
            (programs / name).write_text(f'#!/bin/sh\n{first}exec {program} "$@"\n', encoding="ascii")
            (programs / name).chmod(0o755)
        if DROP:  # what root makes, tshark could not write to
            (programs / "mktemp").write_text(f'#!/bin/sh\nmade=$({shutil.which("mktemp")} "$@") && chmod 777 "$made" && echo "$made"\n',
                                             encoding="ascii")
            (programs / "mktemp").chmod(0o755)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Search)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.settings = environment(PATH=f"{programs}:{os.environ['PATH']}", ES=f"http://127.0.0.1:{self.server.server_port}")

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder)

    def type(self, commands):
        """What commands print, typed into one shell; they succeed, but for what a closed pipe ends, and leave nothing but
        the page that they ask for."""
        before = sorted(self.folder.rglob("*"))
        typed, complaints = type_into_shell(commands, [], cwd=self.folder, env=self.settings)
        self.assertEqual(len(commands), len(typed), f"{commands}\n{complaints}")
        for command, _, status in typed:
            self.assertIn(status, (0, 141), f"{command}\n{complaints}")
        for page in re.findall(r"--html (\S+)", " ".join(commands)):
            (self.folder / page).unlink()
        self.assertEqual(before, sorted(self.folder.rglob("*")), f"{commands} leave something behind")
        return typed

    def check(self, document):
        text = document.read_text(encoding="utf-8")
        found = CONSOLE.sub(lambda match: block_as_run(self.type([command for command, _ in commands_of(match[1])])), text)
        if os.environ.get("UPDATE_README"):
            document.write_text(found, encoding="utf-8")
        elif text != found:
            self.fail("\n" + "\n".join(difflib.unified_diff(text.splitlines(), found.splitlines(), name(document),
                                                            "what the commands print", lineterm="", n=1)))

    def test_readme(self):
        self.assertGreater(len(CONSOLE.findall(README.read_text(encoding="utf-8"))), 4)
        self.check(README)

    def test_recipes(self):
        Search.problems.clear()
        self.check(REPO / "plugin" / "docs" / "recipes.md")
        self.assertEqual([], Search.problems)
        self.assertGreater(Search.documents, 40)
        mapped = Search.mapping["layers"]["properties"]
        self.assertEqual("long", mapped["winerr"]["properties"]["winerr_winerr_code"]["type"])

    @staticmethod
    def elastic():
        """The commands of the recipe for Elasticsearch."""
        text = (REPO / "plugin" / "docs" / "recipes.md").read_text(encoding="utf-8")
        return [command for command, _ in commands_of(CONSOLE.search(text, text.index("## Into Elasticsearch"))[1])]

    def test_every_type_of_the_mapping_is_checked(self):
        """Values of all captures fit the mapping; each type that it has for our protocols was met."""
        Search.problems.clear()
        Search.kinds.clear()
        before = Search.documents
        every = self.folder / "captures" / "all.pcapng"
        every.write_bytes(run("mergecap", "-a", "-w", "-", *own_captures()).stdout)
        outputs = [output for _, output, _ in self.type([command.replace("status.pcapng", every.name) for command in self.elastic()])]
        self.assertEqual([], Search.problems)
        self.assertEqual(["200\n", "200\n"], [output for output in outputs if output])
        self.assertGreater(Search.documents - before, 1000)
        layers = Search.mapping["layers"]["properties"]
        claimed = {(name, row["type"]) for name in OURS[1:] for row in layers[name]["properties"].values() if "type" in row}
        self.assertGreater(len(claimed), 6)
        unmet = {("wsus", "integer")}  # the rank of a driver, of which no capture of the project tells
        self.assertEqual(unmet, (claimed | {("ip", "ip"), ("ip", "short"), ("timestamp", "date")}) - Search.kinds)

    def test_what_the_stand_in_refuses(self):
        """A mapping or a document that Elasticsearch would not take: the upload is answered with 400."""
        commands = self.elastic()
        upload = next(number for number, command in enumerate(commands) if "/_bulk" in command)
        for spoil in (r"sed -i 's/\(\"winerr_winerr_code\":\)\"\?[0-9][0-9]*\"\?/\1\"0x80244022\"/' $folder/bulk.ndjson",
                      r"sed -i 's/\(\"wsus_wsus_body_length\":\)\"[0-9]*\"/\1\"soon\"/' $folder/bulk.ndjson",
                      r"sed -i 's/\(\"timestamp\":\)\"[0-9]*\"/\1\"1-01-01T00:00:00Z\"/' $folder/bulk.ndjson",
                      r"sed -i 's/wsus_wsus_operation/wsus_wsus_unheard/' $folder/bulk.ndjson"):
            with self.subTest(spoil):
                outputs = [output for _, output, _ in self.type([*commands[:upload], spoil, *commands[upload:]])]
                self.assertEqual(["200\n", "400\n"], [output for output in outputs if output])
        for spoil in (('"long"', '"unsigned long"'), (r'\("wsus_wsus_time": {"type": "\)double', r'\1date'),
                      ('"dynamic": true', '"dynamic": false')):
            change = f"sed -i 's/{spoil[0]}/{spoil[1]}/' $folder/template.json"
            with self.subTest(change):
                put = next(number for number, command in enumerate(commands) if "_index_template" in command)
                outputs = [output for _, output, _ in self.type([*commands[:put], change, commands[put], commands[-1]])]
                self.assertEqual(["400\n"], [output for output in outputs if output])

    def test_what_fits_a_type(self):
        for kind, right, wrong in (
                ("byte", ("127", -128, "0"), ("128", "-129", "0x7f", "1.5", "")), ("short", ("32767",), ("32768", "x")),
                ("integer", (2147483647,), (2147483648, "1 2")), ("long", ("9223372036854775807",), ("9223372036854775808", "0x1")),
                ("unsigned_long", ("18446744073709551615", 0), ("18446744073709551616", "-1")),
                ("boolean", (True, "false", ""), ("1", "True", 1.5, "yes")), ("double", ("0.5", "-1e-3", 2), ("0,5", "", "1 s")),
                ("ip", ("192.0.2.1", "2001:db8::1"), ("192.0.2", "host", "192.0.2.1:80")),
                ("date_nanos", ("2026-03-02T08:00:00.123456789Z", "1795184279166"), ("0001-01-01T00:00:00Z", "2300-01-01", "now")),
                ("date", ("2026-03-02", "2026-03-02T08:00:00.000000000Z", "1795184279166"),
                 ("2026-13-02", "Mar  2, 2026", "1795184279.5", "", "08:00", "1-01-01T00:00:00Z"))):
            self.assertEqual([], [value for value in right if not fits(value, kind)], kind)
            self.assertEqual([], [value for value in wrong if fits(value, kind)], kind)

    def test_other_documents(self):
        for document in DOCUMENTS:
            if document.name not in ("README.md", "recipes.md") or document.parent not in (REPO, REPO / "plugin" / "docs"):
                with self.subTest(name(document)):
                    self.check(document)

    def test_every_question_has_a_command_that_answers(self):
        rows = tables_with(README.read_text(encoding="utf-8"), "question | command")
        self.assertGreater(len(rows), 10)
        for question, command in rows:
            with self.subTest(question):
                ((_, output, _),) = self.type([code_of(command)])
                self.assertTrue(output.strip(), command)

    def test_every_filter_selects_something(self):
        rows = tables_with(README.read_text(encoding="utf-8"), "filter | selects")
        self.assertGreater(len(rows), 8)
        for cell, _ in rows:
            with self.subTest(cell):
                self.assertTrue(any(run("tshark", "-2", "-r", capture, "-Y", code_of(cell)).stdout for capture in own_captures()))

    def test_a_wrong_output_is_noticed(self):
        page = self.folder / "page.md"
        for text, right in (("```console\n$ echo a\na\n```\n", True), ("```console\n$ echo a\nb\n```\n", False),
                            ("```console\n$ false\n```\n", False), ("```console\n$ touch left\n```\n", False)):
            page.write_text(text, encoding="utf-8")
            with self.subTest(text), unittest.mock.patch.dict(os.environ), \
                    unittest.mock.patch(f"{__name__}.name", str), contextlib.ExitStack() as stack:
                os.environ.pop("UPDATE_README", None)
                if not right:
                    stack.enter_context(self.assertRaises(AssertionError))
                self.check(page)
            (self.folder / "left").unlink(missing_ok=True)


class Form(unittest.TestCase):
    def test_readme_is_short(self):
        self.assertLessEqual(len(README.read_text(encoding="utf-8").splitlines()), 250)

    def test_the_first_block_needs_no_installation(self):
        first = CONSOLE.search(README.read_text(encoding="utf-8"))
        self.assertEqual(["captures/decode"], [command.split()[0] for command, _ in commands_of(first[1])])

    def test_every_block_is_followed_by_a_test(self):
        """A block of commands is run (console), or its comment says which test follows it (sh)."""
        for document in DOCUMENTS:
            text = document.read_text(encoding="utf-8")
            with self.subTest(name(document)):
                blocks = re.findall(r"^```(\S+)\n", text, re.MULTILINE)
                self.assertEqual(len(blocks), len(CONSOLE.findall(text)) + len(SHELL.findall(text)))
                self.assertLessEqual({test for test, _ in SHELL.findall(text)}, FOLLOWED)

    def test_links_lead_somewhere(self):
        for document in DOCUMENTS:
            text = document.read_text(encoding="utf-8")
            for target in re.findall(r"\]\(([^)#]*)(?:#[^)]*)?\)", text):
                if target and "://" not in target:
                    with self.subTest(f"{name(document)}: {target}"):
                        self.assertTrue((document.parent / target).exists())

    def test_packages_of_the_installation(self):
        """What README installs is what captures/decode would; the rest of that comes with Debian or builds nothing."""
        text = (REPO / "tests" / "environment.sh").read_text(encoding="utf-8")
        blocks = dict(SHELL.findall(README.read_text(encoding="utf-8")))
        debian = set(re.search(r"^base_packages=\((.*)\)", text, re.MULTILINE)[1].split())
        fedora = set(re.search(r"^fedora_packages=\((.*)\)", text, re.MULTILINE)[1].split())
        installed = re.search(r"install --no-install-recommends (.*)", blocks["newcomer: all users"])[1].split()
        self.assertEqual(debian - {"python3", "util-linux"}, set(installed))
        self.assertEqual(fedora, set(blocks["fedora"].split("install", 1)[1].split()))

    def test_figures_of_the_benchmark_keep_their_budgets(self):
        text = (REPO / "tests" / "bench" / "README.md").read_text(encoding="utf-8")
        table = text[text.index("<!-- bench -->"):text.index("<!-- end of bench -->")]
        rows = re.findall(r"^\| (.*?) \| ([0-9.]+) \| budget ([0-9.]+)(.*) \|$", table, re.MULTILINE)
        self.assertGreater(len(rows), 20)
        for row, figure, budget, goal in rows:
            with self.subTest(row):
                self.assertLessEqual(float(figure), float(budget))
                reached = re.search(r"goal ([0-9.]+)( missed)?", goal)
                if reached and reached[1] != figure:  # rounded, they may look equal
                    self.assertEqual(float(figure) > float(reached[1]), bool(reached[2]))


if __name__ == "__main__":
    unittest.main()
