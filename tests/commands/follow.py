#!/usr/bin/env python3
"""Follows the README as somebody who has just got the checkout: follow.py all|one [DOCUMENT]

Goes from the top of README.md to its end, in the checkout, as the user who calls it: console blocks are typed and their output
compared, blocks of installation are run (all: for all users; one: for oneself), commands of the table of questions are tried. What
a recipe leaves behind in the checkout is a failure. Where there is no sudo, as for root, it is left out. Prints a line for
each block and closes with "N passed, N failed".

SPDX-License-Identifier: GPL-2.0-or-later
"""

import difflib
import os
import re
import shutil
import subprocess
import sys

from documents import REPO, block_as_run, code_of, commands_of, name, tables_with, type_into_shell

PART = re.compile(r"(?:<!-- ([a-z :]+) -->\n)?```(console|sh)\n(.*?)```\n|\| question \| command \|\n", re.DOTALL)


def files():
    """What is in the checkout, but for the build folder, which git ignores."""
    return {path for path in REPO.rglob("*") if path.relative_to(REPO).parts[0] not in ("build", ".git")}


class Follower:
    def __init__(self, way):
        self.way = way
        self.passed = self.failed = 0
        self.before = files()

    def said(self, title, problem):
        left = files() - self.before
        self.before |= left
        problem = problem or (f"left behind: {sorted(map(str, left))}" if left else "")
        if problem:
            self.failed += 1
            print(f"FAIL {title}\n    " + problem.strip().replace("\n", "\n    "), flush=True)
        else:
            self.passed += 1
            print(f"ok {title}", flush=True)

    def console(self, block):
        if "$ES" in block:  # needs a server; tests/commands/test_readme.py has one
            return
        typed, complaints = type_into_shell([command for command, _ in commands_of(block)], [], cwd=REPO)
        found = block_as_run(typed)[len("```console\n"):-len("```\n")]
        bad = [f"{command}: status {status}\n{complaints}" for command, _, status in typed if status not in (0, 141)]
        difference = "\n".join(difflib.unified_diff(block.splitlines(), found.splitlines(), "document", "printed", lineterm="", n=0))
        self.said("; ".join(command for command, _ in commands_of(block))[:100], "\n".join(bad) or difference)

    def install(self, block):
        """In one shell, as one types it; what it says to PATH counts for what comes after."""
        if not shutil.which("sudo"):
            block = block.replace("sudo ", "")
        done = subprocess.run(["bash", "-e"], input=f"{block}\nprintf '\\036%s' \"$PATH\"".encode(), cwd=REPO, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, timeout=1200)
        output, _, path = done.stdout.decode(errors="replace").rpartition("\x1e")
        if path:
            os.environ["PATH"] = path
        self.said(f"installation ({self.way})", "" if done.returncode == 0 else output[-3000:])

    def questions(self, text):
        for question, command in tables_with(text, "question | command"):
            ((_, output, status),), complaints = type_into_shell([code_of(command)], [], cwd=REPO)
            self.said(question, "" if status == 0 and output.strip() else f"status {status}\n{output}\n{complaints}")

    def follow(self, document):
        text = document.read_text(encoding="utf-8")
        for match in PART.finditer(text):
            mark, kind, block = match.groups()
            if kind == "console":
                self.console(block)
            elif kind is None:
                self.questions(text)
            elif mark == f"newcomer: {'all users' if self.way == 'all' else 'one user'}":
                self.install(block)


def main():
    follower = Follower(sys.argv[1])
    documents = [REPO / argument for argument in sys.argv[2:]] or [REPO / "README.md"]
    for document in documents:
        print(f"-- {name(document)}")
        follower.follow(document)
    done = subprocess.run(["git", "status", "--porcelain"], cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False) \
        if shutil.which("git") else None
    if done:
        follower.said("the checkout is clean", done.stdout.decode())
    print(f"{follower.passed} passed, {follower.failed} failed")
    return 1 if follower.failed else 0


if __name__ == "__main__":
    sys.exit(main())
