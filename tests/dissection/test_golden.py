"""Every field of the sample captures by value, as files in golden/ have it.

A file has a line for each frame that the plugin says something of, and below it every field of its protocols with what is
shown, in the order and at the level of the packet details. What a code means and what to check is left out: it follows
from the code, and the tests of the tables and of wuerr see to it. UPDATE_GOLDEN=1 writes the files anew: read what changes.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import difflib
import os
import pathlib
import unittest
import xml.etree.ElementTree as ElementTree

from harness import own_captures, run, summary, tshark

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
PROTOCOLS = ("wsus", "wws", "winerr")
FOLLOWING = ("winerr.text", "winerr.hint")

# What only the first pass tells, which golden files do not show: test_connections.py.
FIRST_PASS = ("wsus.connection.known_in", "wsus.connection.known_later")


def field_lines(element, level):
    for child in element:
        name = child.get("name") or ""
        if name in FOLLOWING or name.startswith("_ws.expert."):
            continue
        text = child.get("showname") or child.get("show") or ""
        yield "  " * level + (f"{name} | {text}" if name else text)
        yield from field_lines(child, level + 1)


def ours(packet):
    return [protocol for protocol in packet.findall("proto") if protocol.get("name") in PROTOCOLS]


def dissected(capture):
    """What the golden file of a capture is to hold, as lines."""
    rows = summary(capture, "-2")
    lines = []
    document = tshark(capture, "-2", "-Y", "wsus || wws || winerr", "-T", "pdml")
    for packet in ElementTree.fromstring(document).findall("packet"):
        number = int(packet.find(".//field[@name='frame.number']").get("show"))
        lines.append(f"frame {number}: {' '.join(rows[number])}")
        for protocol in ours(packet):
            lines.append("  " + protocol.get("showname"))
            lines.extend(field_lines(protocol, 2))
    return lines


class Golden(unittest.TestCase):
    maxDiff = None

    @unittest.skipUnless(b"(Wireshark) 4.0." in run("tshark", "--version").stdout, "the files hold the wording of Wireshark 4.0; "
                         "tests/compat/run compares the fields of others with it")
    def test_every_field_of_the_sample_captures(self):
        for capture in own_captures():
            with self.subTest(capture.stem):
                path = GOLDEN / f"{capture.stem}.txt"
                lines = dissected(capture)
                if os.environ.get("UPDATE_GOLDEN"):
                    GOLDEN.mkdir(exist_ok=True)
                    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
                    continue
                expected = path.read_text(encoding="utf-8").splitlines()
                differences = list(difflib.unified_diff(expected, lines, "golden", "dissected", lineterm="", n=1))
                self.assertFalse(differences, "\n" + "\n".join(differences[:60]))

    def test_no_file_is_left_over(self):
        self.assertEqual(sorted(capture.stem for capture in own_captures()), sorted(path.stem for path in GOLDEN.glob("*.txt")))

    def test_every_field_occurs(self):
        """Every field that the plugin registers stands in a golden file, so that a test asserts its value."""
        rows = (line.split("\t") for line in run("tshark", "-G", "fields").stdout.decode().splitlines())
        registered = {row[2] for row in rows if row[0] == "F" and row[2].split(".")[0] in PROTOCOLS}
        seen = {line.split(" | ")[0].strip() for path in GOLDEN.glob("*.txt")
                for line in path.read_text(encoding="utf-8").splitlines() if " | " in line}
        self.assertGreater(len(registered), 300)
        self.assertEqual([], sorted(registered - seen - set(FOLLOWING) - set(FIRST_PASS)))


if __name__ == "__main__":
    unittest.main()
