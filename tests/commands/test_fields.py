"""plugin/fields.md is what `tshark -G fields` says; UPDATE_FIELDS=1 writes it anew.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import difflib
import os
import unittest

from harness import REPO, run

REFERENCE = REPO / "plugin" / "fields.md"
PROTOCOLS = {"winerr": "Windows error codes", "wws": "SOAP and Windows Web Services faults", "wsus": "Windows Update exchanges"}
HEADING = """# Fields of the plugin

Written by `UPDATE_FIELDS=1 tests/run commands` from `tshark -G fields`. What has no type is a heading or an expert item: as a
filter it selects the frames in which it occurs.
"""


def registered():
    """(label, name, type, help) of every field, in the order of registration."""
    rows = (line.split("\t") for line in run("tshark", "-G", "fields").stdout.decode().splitlines())
    return [(row[1], row[2], row[3], row[7] if len(row) > 7 else "") for row in rows
            if row[0] == "F" and row[2].split(".")[0] in PROTOCOLS]


def reference(fields):
    lines = [HEADING]
    for protocol, title in PROTOCOLS.items():
        lines += [f"## {protocol}: {title}\n", "| field | type | label | meaning |", "|---|---|---|---|"]
        for label, name, kind, text in fields:
            if name.split(".")[0] == protocol:
                kind = "" if kind == "FT_NONE" else kind.removeprefix("FT_").lower()
                lines.append(f"| `{name}` | {kind} | {label} | {text} |")
        lines.append("")
    return "\n".join(lines)


class Fields(unittest.TestCase):
    def test_the_reference_is_up_to_date(self):
        expected = reference(registered())
        if os.environ.get("UPDATE_FIELDS"):
            REFERENCE.write_text(expected, encoding="utf-8")
        found = REFERENCE.read_text(encoding="utf-8")
        self.assertFalse("\n".join(difflib.unified_diff(found.splitlines(), expected.splitlines(), "fields.md", "tshark",
                                                        lineterm="", n=0)))

    def test_every_field_has_a_help_sentence(self):
        self.assertEqual([], [name for _, name, kind, text in registered() if not text and kind != "FT_NONE"])


if __name__ == "__main__":
    unittest.main()
