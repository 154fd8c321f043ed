#!/usr/bin/env python3
"""Prints all fields of the plugin and their values in the own captures, in a form that is the same for every version of
Wireshark: tests/compat/run compares it.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "dissection"))

from harness import fields, own_captures, run  # noqa: E402

PROTOCOLS = ("wsus", "wws", "winerr")
BOOLEANS = {"True": "1", "False": "0"}


def registered_fields():
    """{name: type} of the fields of the plugin."""
    found = {}
    for line in run("tshark", "-G", "fields").stdout.decode().splitlines():
        columns = line.split("\t")
        if columns[0] == "F" and columns[4] in PROTOCOLS:
            found[columns[2]] = columns[3]
    return dict(sorted(found.items()))


def neutral(value, kind):
    """A value as all versions could print it."""
    return BOOLEANS.get(value, value) if kind == "FT_BOOLEAN" else value


def main():
    types = registered_fields()
    for name, kind in types.items():
        print(f"{name}\t{kind}")
    for capture in own_captures():
        for row in fields(capture, ["frame.number", *types], display=" || ".join(PROTOCOLS)):
            for (name, kind), values in zip(types.items(), row[1:]):
                if values:
                    print(capture.stem, row[0][0], name, *(neutral(value, kind) for value in values), sep="\t")


if __name__ == "__main__":
    main()
