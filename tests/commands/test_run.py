"""tests/run itself: its options, one test alone, what it says in the end, and that nothing stays in the home of who runs it.

It runs in a small checkout, whose suites are programs of this test; and the workflow that calls it for whoever forks the
project is read.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

from harness import REPO

HOUSE = r"""#!/usr/bin/env python3
import os, pathlib
(pathlib.Path.home() / ".left").write_text("something")
print("ok quick (0.1 s)")
print("FAIL three words (12.5 s)")
print("    because of this")
print("SKIPPED a: there is no b")
print("1 passed, 1 failed, 1 skipped")
"""
UNIT = r"""#!/bin/sh
for name in "${@:-all}"; do echo "ok $name (0.$# s)"; done
echo "${#} passed, 0 failed"
"""
PROJECT = """cmake_minimum_required(VERSION 3.15)
project(small LANGUAGES NONE)
file(COPY ${CMAKE_SOURCE_DIR}/unit-tests DESTINATION ${CMAKE_BINARY_DIR})
"""


def tests_run(checkout, *arguments, **more):
    done = subprocess.run([checkout / "tests" / "run", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                          check=False, **more)
    return done.returncode, done.stdout.decode()


class Run(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.checkout = self.folder / "checkout"
        (self.checkout / "tests" / "house").mkdir(parents=True)
        for name in ("run", "report.sh", "environment.sh"):
            shutil.copy(REPO / "tests" / name, self.checkout / "tests")
        (self.checkout / "tests" / "house" / "run.py").write_text(HOUSE, encoding="ascii")
        (self.checkout / "CMakeLists.txt").write_text(PROJECT, encoding="ascii")
        (self.checkout / "unit-tests").write_text(UNIT, encoding="ascii")
        (self.checkout / "unit-tests").chmod(0o755)
        self.home = self.folder / "home"
        self.home.mkdir()
        self.settings = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C.UTF-8"}

    def tearDown(self):
        shutil.rmtree(self.folder)

    def test_help_and_list(self):
        status, output = tests_run(REPO, "--help")
        self.assertEqual(0, status)
        self.assertIn("tests/run [OPTION...] [SUITE[:NAME]...]", output.splitlines()[0])
        for option in ("--list", "--help"):
            self.assertRegex(output, rf"(?m)^  {option} ")
        status, output = tests_run(REPO, "--list")
        self.assertEqual(0, status)
        functions = re.findall(r"^suite_(\w+)\(\) \{", (REPO / "tests" / "run").read_text(encoding="utf-8"), re.MULTILINE)
        self.assertEqual(sorted({*functions} - {"names"}), sorted(line.split()[0] for line in output.splitlines()))
        self.assertTrue(all(len(line.split()) > 2 for line in output.splitlines()), output)

    def test_no_such_suite(self):
        status, output = tests_run(REPO, "no-such-suite")
        self.assertEqual(1, status)
        self.assertTrue(output.startswith("run: there is no suite or option no-such-suite; there are: build unit "), output)

    def test_the_end(self):
        """What failed, by the name that runs it alone; what was skipped; the slowest; how long it took; the count."""
        status, output = tests_run(self.checkout, "unit", "house", env=self.settings)
        self.assertEqual(1, status, output)
        end = output[output.index("== failed"):].splitlines()
        self.assertRegex(end.pop(-2), r"^== 0 min \d+ s$")
        self.assertEqual(["== failed; alone: tests/run SUITE:NAME", "house:three words",
                          "== SKIPPED: 1 of the tests that should run here did not", "house: SKIPPED a: there is no b",
                          "== the slowest", "    12.5 s  house: three words", "     0.1 s  house: quick", "     0.0 s  unit: all",
                          "1 passed, 1 failed, 1 skipped"], end)

    def test_one_alone(self):
        status, output = tests_run(self.checkout, "unit:three words", "unit:two", env=self.settings)
        self.assertEqual(0, status, output)
        self.assertIn("ok three words (0.2 s)\nok two (0.2 s)\n2 passed, 0 failed\n", output)
        self.assertEqual("2 passed, 0 failed", output.splitlines()[-1])

    def test_nothing_is_left(self):
        """In the home of who runs it, or elsewhere but in the build folder."""
        temporary = self.folder / "temporary"
        temporary.mkdir()
        before = {path for path in self.checkout.rglob("*")}
        tests_run(self.checkout, "house", env={**self.settings, "TMPDIR": str(temporary)})
        self.assertEqual([], list(self.home.rglob("*")) + list(temporary.rglob("*")))
        self.assertEqual(set(), {path for path in self.checkout.rglob("*") if "build" not in path.parts} - before)

    def test_a_suite_that_breaks_off(self):
        (self.checkout / "tests" / "house" / "run.py").write_text("print('ok quick (0.1 s)')\n", encoding="ascii")
        status, output = tests_run(self.checkout, "house", env=self.settings)
        self.assertEqual((1, "0 passed, 1 failed"), (status, output.splitlines()[-1]))
        self.assertRegex(output, r"(?m)^FAIL .*/house/run\.py .* did not come to its end$")


class Workflow(unittest.TestCase):
    """Nobody here runs it: what it has to do is asserted of its text."""

    def setUp(self):
        self.text = (REPO / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
        self.workflow = yaml.safe_load(self.text)
        (self.job,) = self.workflow["jobs"].values()

    def test_when_and_where(self):
        self.assertEqual({"push", "pull_request", "workflow_dispatch"}, set(self.workflow[True]))  # YAML takes `on` for a truth
        self.assertEqual({"contents": "read"}, self.workflow["permissions"])
        self.assertEqual({"fail-fast": False, "matrix": {"debian": ["12", "13"]}}, self.job["strategy"])
        self.assertEqual("debian:${{ matrix.debian }}", self.job["container"]["image"])
        self.assertGreaterEqual(self.job["timeout-minutes"], 60)

    def test_what_it_runs(self):
        """The tests by .ci/run, on each release; then what packages take. Programs that it calls are there."""
        steps = [step["run"] for step in self.job["steps"] if "run" in step]
        self.assertIn(".ci/run", steps)
        commands = "\n".join(steps)
        for program in re.findall(r"(?m)(?:^|&& )((?:\.ci|plugin|tests)/\S+)", commands):
            self.assertTrue(os.access(REPO / program, os.X_OK), program)
        for command in ("cpack -G DEB", "cpack -G RPM", "plugin/packages/source build/release", "plugin/packages/windows/build"):
            self.assertIn(command, commands)
        for step in steps:
            subprocess.run(["bash", "-n", "-c", step], check=True)

    def test_what_it_keeps(self):
        (upload,) = [step for step in self.job["steps"] if step.get("uses", "").startswith("actions/upload-artifact@")]
        self.assertEqual("error", upload["with"]["if-no-files-found"])
        self.assertIn("${{ matrix.debian }}", upload["with"]["name"])  # two of one name are refused
        self.assertEqual({"build/release/*.deb", "build/release/*.rpm", "build/release/*.dsc", "build/release/*.tar.*", "build/windows/*.zip"},
                         set(upload["with"]["path"].split()))

    def test_every_step_does_one_thing(self):
        for step in self.job["steps"]:
            self.assertEqual(1, len({"run", "uses"} & set(step)), step)
            self.assertLessEqual(set(step), {"name", "run", "uses", "with", "if"}, step)


if __name__ == "__main__":
    unittest.main()
