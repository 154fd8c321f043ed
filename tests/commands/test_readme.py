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
TEXTS = ("FT_STRING", "FT_GUID", "FT_RELATIVE_TIME", "FT_NONE")


class Search(http.server.BaseHTTPRequestHandler):
    """Takes a mapping and a bulk upload, and checks them as Elasticsearch would: each document against the mapping."""

    mapping = {}
    problems = []
    documents = 0

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
        kinds = {name: row["type"] for name, row in Search.mapping["layers"]["properties"]["wsus"]["properties"].items()}
        spans = {name for name in kinds if TYPES.get(name.split("_", 1)[1].replace("_", ".")) == "FT_RELATIVE_TIME"}
        if spans != {name for name, kind in kinds.items() if kind == "double"}:
            Search.problems.append("a span of time is mapped for something else")
        ready = template["index_patterns"] == ["packets-*"] and template["template"]["mappings"]["dynamic"] is True
        self.answer([] if ready else ["texts would not be searchable"])

    def do_POST(self):
        lines = self.body().decode().splitlines()
        problems = [line for line in lines[0::2] if not re.fullmatch(r'{"index":{"_index":"packets-[-0-9]+"}}', line)]
        for line in lines[1::2]:
            layers = json.loads(line)["layers"]
            Search.documents += 1
            problems += [] if layers["wsus"]["wsus_wsus_operation"] else ["no operation"]
            problems += list(unmapped(layers, Search.mapping["layers"]["properties"]))
        self.answer(problems)

    def log_message(self, *_arguments):
        """Nothing."""


def leaves(node, name=""):
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value, name)
    else:
        yield name, node


WHOLE = {"byte": 7, "short": 15, "integer": 31, "long": 63}  # bits beside the sign


def is_address(value):
    try:
        return bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def is_date(value):
    """As strict_date_optional_time, with a fraction of any length."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z?)?", value)
    try:
        return bool(match and datetime.datetime.fromisoformat(f"{match[1]}T{match[2] or '00:00:00'}"))
    except ValueError:
        return False


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
    return {"date": is_date, "ip": is_address}[kind](value)


def unmapped(layers, mapping):
    """Values of our protocols that have no place in the mapping, or another type."""
    for protocol in ("ip", "wsus", "wws", "winerr"):
        known = mapping[protocol]["properties"]
        for name, value in leaves(layers.get(protocol, {})):
            if name == "filtered":
                yield f"{value} was left out"
            elif not name.startswith(protocol + "_" + protocol):
                continue
            elif name not in known and protocol != "ip":
                if TYPES[name.split("_", 1)[1].replace("_", ".")] not in TEXTS:
                    yield f"{name} is not mapped"
            elif name in known and not fits(value, known[name]["type"]):
                yield f"{name} is no {known[name]['type']}: {value}"


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
