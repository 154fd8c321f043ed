"""Every field of the sample captures by value, as files in golden/ have it.

A file has a line for each frame that the plugin says something of, and below it every field of its protocols with what is
shown, in the order and at the level of the packet details. What a code means and what to check is left out: it follows
from the code, and the tests of the tables and of wuerr see to it. UPDATE_GOLDEN=1 writes the files anew: read what changes.

The files hold the wording of Wireshark 4.0. With another version the same lines are compared, but for what that version words
itself: the mark and the end of lines that are too long, and columns that are stock Wireshark's.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import difflib
import functools
import os
import pathlib
import re
import unittest
import xml.etree.ElementTree as ElementTree

from harness import own_captures, run, summary, tshark

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
PROTOCOLS = ("wsus", "wws", "winerr")
FOLLOWING = ("winerr.text", "winerr.hint")

# What only the first pass tells, which golden files do not show: test_connections.py.
FIRST_PASS = ("wsus.connection.known_in", "wsus.connection.known_later")

# Frames in front that are all alike: the rounds of searches.
ALIKE = {"searches": 1036}

TOO_LONG = re.compile(r" ?\[truncated\]| \[…\]|\[…\] ")
SHOWN_EVERYWHERE = 200  # characters of a line that no version cuts off


def registered():
    """{name: type} of the fields of the plugin."""
    rows = (line.split("\t") for line in run("tshark", "-G", "fields").stdout.decode().splitlines())
    return {row[2]: row[3] for row in rows if row[0] == "F" and row[2].split(".")[0] in PROTOCOLS}


@functools.lru_cache(maxsize=None)
def durations():
    return {name for name, kind in registered().items() if kind == "FT_RELATIVE_TIME"}


@functools.lru_cache(maxsize=None)
def is_own_version():
    return b"(Wireshark) 4.0." in run("tshark", "--version").stdout


def neutral(line):
    """A line without what depends on the version of Wireshark."""
    if line.startswith("frame "):
        number, columns = line.split(": ", 1)
        own = columns.startswith("WSUS ") or " [" not in columns
        return f"{number}: {columns if own else columns[columns.rindex(' ['):]}"
    level = (len(line) - len(line.lstrip())) // 2  # one blank more is part of the mark of 4.0
    return "  " * level + TOO_LONG.sub("", line.strip(), count=1).replace("|  ", "| ")[:SHOWN_EVERYWHERE]


def differences(expected, lines):
    if not is_own_version():
        expected, lines = [neutral(line) for line in expected], [neutral(line) for line in lines]
    return list(difflib.unified_diff(expected, lines, "golden", "dissected", lineterm="", n=1))


def field_lines(element, level):
    for child in element:
        name = child.get("name") or ""
        if name in FOLLOWING or name.startswith("_ws.expert."):
            continue
        text = child.get("showname") or child.get("show") or ""
        if name in durations():  # which 4.6 shows as minutes, milliseconds ...
            text = f"{text.split(': ')[0]}: {child.get('show')} seconds"
        yield "  " * level + (f"{name} | {text}" if name else text)
        yield from field_lines(child, level + 1)


def ours(packet):
    return [protocol for protocol in packet.findall("proto") if protocol.get("name") in PROTOCOLS]


def dissected(capture):
    """What the golden file of a capture is to hold, as lines."""
    rows = summary(capture, "-2")
    lines = []
    document = tshark(capture, "-2", "-Y", f"(wsus || wws || winerr) && frame.number > {ALIKE.get(capture.stem, 0)}", "-T", "pdml")
    for packet in ElementTree.fromstring(document).findall("packet"):
        number = int(packet.find(".//field[@name='frame.number']").get("show"))
        lines.append(f"frame {number}: {' '.join(rows[number])}")
        for protocol in ours(packet):
            lines.append("  " + protocol.get("showname"))
            lines.extend(field_lines(protocol, 2))
    return lines


class Golden(unittest.TestCase):
    maxDiff = None

    def test_every_field_of_the_sample_captures(self):
        for capture in own_captures():
            with self.subTest(capture.stem):
                path = GOLDEN / f"{capture.stem}.txt"
                lines = dissected(capture)
                if os.environ.get("UPDATE_GOLDEN"):
                    self.assertTrue(is_own_version(), "the files are written with Wireshark 4.0")
                    GOLDEN.mkdir(exist_ok=True)
                    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
                    continue
                expected = path.read_text(encoding="utf-8").splitlines()
                found = differences(expected, lines)
                self.assertFalse(found, "\n" + "\n".join(found[:60]))

    def test_what_other_versions_word_themselves(self):
        """What is left out elsewhere is no more than that: another value is a difference still."""
        rows = (  # here, elsewhere, something else
            ("    wsus.info | Summary [truncated]: Server: x", "    wsus.info | Summary […]: Server: x", "    wsus.info | Summary […]: Server: y"),
            ("   [truncated]Windows Update, GetConfig", "  […] Windows Update, GetConfig", "  […] Windows Update, GetCookie"),
            ("    _ws.expert |  [truncated]Expert Info: x", "    _ws.expert | […] Expert Info: x", "    _ws.expert | […] Expert Info: y"),
            ("frame 68: HTTP a  (application/xop+xml), [SOAP fault]", "frame 68: HTTP/XML a [SOAP fault]", "frame 68: HTTP/XML a [SOAP]"),
            ("    wsus.uri | URI: " + "a" * 230, "    wsus.uri | URI: " + "a" * 220, "    wsus.uri | URI: " + "a" * 99),
        )
        for here, elsewhere, other in rows:
            self.assertEqual(neutral(here), neutral(elsewhere))
            self.assertNotEqual(neutral(here), neutral(other))
        self.assertNotEqual(neutral("frame 5: WSUS a [b]"), neutral("frame 5: WSUS c [b]"))
        self.assertNotEqual(neutral("  a | b"), neutral("    a | b"))

    def test_no_file_is_left_over(self):
        self.assertEqual(sorted(capture.stem for capture in own_captures()), sorted(path.stem for path in GOLDEN.glob("*.txt")))

    def test_every_field_occurs(self):
        """Every field that the plugin registers stands in a golden file, so that a test asserts its value."""
        seen = {line.split(" | ")[0].strip() for path in GOLDEN.glob("*.txt")
                for line in path.read_text(encoding="utf-8").splitlines() if " | " in line}
        self.assertGreater(len(registered()), 300)
        self.assertEqual([], sorted(set(registered()) - seen - set(FOLLOWING) - set(FIRST_PASS)))


if __name__ == "__main__":
    unittest.main()
