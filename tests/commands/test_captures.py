"""The sample captures are what their sources say, and captures/README.md what their comments say.

UPDATE_CAPTURES=1 writes the table of captures/README.md anew.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import CAPTURES, REPO, own_captures, run

SOURCES = REPO / "captures"
README = SOURCES / "README.md"
MADE = re.compile(r"Made by captures/made/make\.py from captures/made/[a-z0-9-]*\.txt, not recorded\. ")


def packets(capture):
    """The packets of a capture without what programs write about themselves."""
    done = subprocess.run(["editcap", "-F", "nsecpcap", capture, "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=True, timeout=60)
    return done.stdout


class Captures(unittest.TestCase):
    def test_sources_give_the_captures(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([SOURCES / "made" / "make.py", "--to", folder], check=True, stdout=subprocess.DEVNULL, timeout=300)
            made = sorted(pathlib.Path(folder).glob("*.pcapng"))
            self.assertEqual(sorted(path.stem for path in (SOURCES / "made").glob("*.txt")), [path.stem for path in made])
            for path in made:
                self.assertEqual(packets(path), packets(CAPTURES / path.name), path.name)

    def test_the_list_of_captures(self):
        rows = []
        for capture in own_captures():
            output = run("capinfos", "-k", "-M", capture).stdout.decode()
            comment = re.search(r"^Capture comment:\s*(.*)", output, re.MULTILINE | re.DOTALL)
            self.assertTrue(comment, f"{capture.name} has no comment that says how it was made")
            text = " ".join(comment[1].split())
            rows.append(f"| {capture.stem} | {MADE.sub('Made. ', text)} |")
            if MADE.search(text):
                self.assertTrue((SOURCES / "made" / f"{capture.stem}.txt").exists(), capture.name)
        head, _, table = README.read_text(encoding="utf-8").partition("|---|---|\n")
        if os.environ.get("UPDATE_CAPTURES"):
            README.write_text(f"{head}|---|---|\n" + "".join(row + "\n" for row in rows), encoding="utf-8")
        else:
            self.assertEqual(rows, table.splitlines())


if __name__ == "__main__":
    unittest.main()
