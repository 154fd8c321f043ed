#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sums up what gcov counted for plugin/core: report.py REPOSITORY BUILD COUNTERS [--missing] [--only-show]

BUILD holds the .gcno files of the library core, COUNTERS the .gcda files of one run at the same relative paths. A line of a
header counts as executed when it is in any of the files that include it.
"""

import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

LEAST = 95.0  # per cent of lines


class File:
    def __init__(self):
        self.lines = collections.Counter()  # line -> executions
        self.branches = {}  # line -> executions of every branch

    def add(self, line):
        number = line["line_number"]
        self.lines[number] += line["count"]
        counts = [branch["count"] for branch in line["branches"]]
        before = self.branches.get(number, [])
        longer, shorter = (counts, before) if len(counts) > len(before) else (before, counts)
        self.branches[number] = [a + b for a, b in zip(longer, shorter + [0] * (len(longer) - len(shorter)))]

    def line_counts(self):
        return sum(1 for count in self.lines.values() if count), len(self.lines)

    def branch_counts(self):
        counts = [count for branches in self.branches.values() for count in branches]
        return sum(1 for count in counts if count), len(counts)

    def missing(self):
        return sorted(number for number, count in self.lines.items() if not count)


def gcov(notes, counters):
    """What gcov says on one object: it wants notes and counters side by side."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(notes, folder)
        if counters.exists():
            shutil.copy(counters, folder)
        out = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", notes.name], cwd=folder,
                             capture_output=True, text=True, check=True).stdout
    return json.loads(out)


def collect(repository, build, counters):
    core = repository / "plugin" / "core"
    files = collections.defaultdict(File)
    for notes in sorted(build.glob("CMakeFiles/core.dir/plugin/core/*.gcno")):
        result = gcov(notes, counters / notes.relative_to(build).with_suffix(".gcda"))
        for source in result["files"]:
            path = pathlib.Path(result["current_working_directory"], source["file"]).resolve()
            if path.parent == core:
                for line in source["lines"]:
                    files[path.name].add(line)
    return files


def share(counts):
    done, of = counts
    return 100.0 * done / of if of else 100.0


def show(name, lines, branches, judged):
    verdict = ("ok " if share(lines) >= LEAST else "FAIL ") if judged else ""
    line = f"{verdict}coverage {name}: {share(lines):.1f} % of {lines[1]} lines"
    print(line + (f", {share(branches):.1f} % of {branches[1]} branches" if branches[1] else ""))
    return verdict != "FAIL "


def ranges(numbers):
    out = []
    for number in numbers:
        if out and out[-1][1] == number - 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in out)


def main():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    if len(arguments) != 3:
        sys.exit(__doc__.splitlines()[0])
    judged = "--only-show" not in sys.argv
    files = collect(*(pathlib.Path(argument).resolve() for argument in arguments))
    if not files:
        sys.exit("nothing was counted")
    results = []
    for name, file in sorted(files.items()):
        results.append(show(name, file.line_counts(), file.branch_counts(), judged))
        if "--missing" in sys.argv and file.missing():
            print(f"    not executed: {ranges(file.missing())}")
    total = [tuple(map(sum, zip(*counts))) for counts in
             ([file.line_counts() for file in files.values()], [file.branch_counts() for file in files.values()])]
    results.append(show("in total", *total, judged))
    if judged:
        print(f"{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
