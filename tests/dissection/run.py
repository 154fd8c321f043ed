#!/usr/bin/env python3
"""Runs tests written in Python: run.py [FOLDER] [PATTERN...]; prints a line for each test and closes with the count.

FOLDER holds test_*.py; without it, the dissection tests are run. As many tests run at the same time as there are processors;
those of the classes Alone run by themselves, at last: they measure time.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import contextlib
import io
import multiprocessing
import os
import pathlib
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent


class Lines(unittest.TestResult):
    """One line for each test: ok, FAIL or SKIPPED, the reason below."""

    def __init__(self):
        super().__init__()
        self.passed = 0
        self.skips = 0
        self.started = 0.0

    @staticmethod
    def name(test):
        return test.id().replace("test_", "", 1)

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def line(self, word, test, reason=""):
        print(f"{word} {self.name(test)} ({time.monotonic() - self.started:.1f} s)", flush=True)
        if reason:
            print("    " + reason.strip().replace("\n", "\n    "), flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1
        self.line("ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line("FAIL", test, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.line("FAIL", test, self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.line("FAIL", subtest, self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.skips += 1
        self.line("SKIPPED", test, reason)


def selected(suite, patterns):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from selected(test, patterns)
        elif not patterns or any(pattern in test.id() for pattern in patterns):
            yield test


def run_test(name):
    """Runs one test in a process of a pool: what it prints, how many passed, failed and were skipped."""
    result = Lines()
    with contextlib.redirect_stdout(io.StringIO()) as output:
        unittest.defaultTestLoader.loadTestsFromName(name).run(result)
    return output.getvalue(), result.passed, len(result.failures) + len(result.errors), result.skips


def results(names, processes):
    """What run_test says of each test, in order."""
    try:
        pool = multiprocessing.Pool(processes)
    except OSError:  # no semaphores, as where /dev/shm is not for everybody
        yield from map(run_test, names)
        return
    with pool:
        yield from pool.imap(run_test, names)


def main():
    patterns = sys.argv[1:]
    folder = patterns.pop(0) if patterns and pathlib.Path(patterns[0]).is_dir() else str(HERE)
    sys.path[:0] = [folder, str(HERE)]
    found = unittest.defaultTestLoader.discover(folder, pattern="test_*.py", top_level_dir=folder)
    names = [test.id() for test in selected(found, patterns)]
    passed, failed, skipped = 0, 0, 0
    if not names:
        print(f"FAIL there is no test of the name {' '.join(patterns)}")
        failed = 1
    for alone in (False, True):
        chosen = [name for name in names if (name.split(".")[1] == "Alone") == alone]
        for output, more_passed, more_failed, more_skipped in results(chosen, 1 if alone else os.cpu_count()):
            print(output, end="", flush=True)
            passed += more_passed
            failed += more_failed
            skipped += more_skipped
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
