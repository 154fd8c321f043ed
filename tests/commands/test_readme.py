"""The commands of the README do what it says: each block behind <!-- run --> is run, and its output compared.

Commands run in a folder that holds captures/ as the checkout does, one after the other, with tshark and wuerr as they were
built; $ES is a server on loopback that stands for Elasticsearch. UPDATE_README=1 writes the outputs anew.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import difflib
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import unittest

from harness import BUILD, DROP, REPO, environment, own_captures, run

README = REPO / "README.md"
BLOCK = re.compile(r"<!-- run -->\n```console\n(.*?)```\n", re.DOTALL)


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


def fits(value, kind):
    if kind in ("integer", "long", "short", "byte"):
        return bool(re.fullmatch(r"-?\d+|0x[0-9a-f]+", str(value)))
    if kind == "boolean":
        return str(value).lower() in ("true", "false", "0", "1")
    if kind == "float":
        return bool(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", str(value)))
    return True


def unmapped(layers, mapping):
    """Values of our protocols that have no place in the mapping, or another type."""
    for protocol in ("wsus", "wws", "winerr"):
        known = mapping[protocol]["properties"]
        for name, value in leaves(layers.get(protocol, {})):
            if name == "filtered":
                yield f"{value} was left out"
            elif not name.startswith(protocol + "_" + protocol):
                continue
            elif name not in known:
                if TYPES[name.split("_", 1)[1].replace("_", ".")] not in TEXTS:
                    yield f"{name} is not mapped"
            elif not fits(value, known[name]["type"]):
                yield f"{name} is no {known[name]['type']}: {value}"


def commands_of(block):
    """Each command with the output that follows it."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [part.partition("\n")[::2] for part in parts]


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
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Search)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.settings = environment(PATH=f"{programs}:{os.environ['PATH']}", ES=f"http://127.0.0.1:{self.server.server_port}")

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder)

    def output(self, command):
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], cwd=self.folder, env=self.settings,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, check=False)
        self.assertIn(done.returncode, (0, 141), f"{command}\n{done.stderr.decode(errors='replace')}")
        return re.sub(r"[ \t]+$", "", done.stdout.decode(), flags=re.MULTILINE)

    def run_block(self, match):
        shown = "".join(f"$ {command}\n{self.output(command)}" for command, _ in commands_of(match[1]))
        return f"<!-- run -->\n```console\n{shown}```\n"

    def test_every_recipe(self):
        text = README.read_text(encoding="utf-8")
        self.assertGreater(len(BLOCK.findall(text)), 15)
        found = BLOCK.sub(self.run_block, text)
        if os.environ.get("UPDATE_README"):
            README.write_text(found, encoding="utf-8")
        else:
            self.assertFalse("\n" + "\n".join(difflib.unified_diff(text.splitlines(), found.splitlines(), "README.md",
                                                                   "what the commands print", lineterm="", n=1))
                             if text != found else "")
        self.assertEqual([], Search.problems)
        self.assertGreater(Search.documents, 40)
        mapped = Search.mapping["layers"]["properties"]
        self.assertEqual("long", mapped["winerr"]["properties"]["winerr_winerr_code"]["type"])

    def test_every_command_is_run(self):
        """A block of commands that is not run has to be one of installation."""
        text = README.read_text(encoding="utf-8")
        self.assertEqual(text.count("```console\n"), len(BLOCK.findall(text)))


if __name__ == "__main__":
    unittest.main()
