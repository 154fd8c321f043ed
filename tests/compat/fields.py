#!/usr/bin/env python3
"""Prints the columns and all fields of the plugin in the own captures, in a form that is the same for every version of
Wireshark: tests/compat/run compares it.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import datetime
import functools
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "dissection"))

from harness import fields, own_captures, run, summary  # noqa: E402

PROTOCOLS = ("wsus", "wws", "winerr")
OURS = " || ".join([*PROTOCOLS, "wsus.sync.cached_id"])  # lists are whole where something filters by one
BOOLEANS = {"True": "1", "False": "0"}
ABSOLUTE_TIME = re.compile(r"(\w{3}) +(\d+), (\d+) ([\d:]{8})(\.\d+) UTC")


def registered_fields():
    """{name: type} of the fields of the plugin."""
    found = {}
    for line in run("tshark", "-G", "fields").stdout.decode().splitlines():
        columns = line.split("\t")
        if columns[0] == "F" and columns[4] in PROTOCOLS:
            found[columns[2]] = columns[3]
    return dict(sorted(found.items()))


@functools.lru_cache(maxsize=None)
def escapes_backslashes():
    """Whether -T fields doubles backslashes: it does where it knows the option that turns this off."""
    return run("tshark", "-T", "fields", "-e", "frame.number", "-E", "escape=n", "-r", own_captures()[0],
               check=False).returncode == 0


def neutral(value, kind):
    """A value as 4.0 prints it, but for times, which are in the form of ISO 8601."""
    time = ABSOLUTE_TIME.fullmatch(value) if kind == "FT_ABSOLUTE_TIME" else None
    if kind == "FT_BOOLEAN":
        return BOOLEANS.get(value, value)
    if time:
        month = datetime.datetime.strptime(time[1], "%b").month
        return f"{time[3]}-{month:02}-{int(time[2]):02}T{time[4]}{time[5]}Z"
    return value.replace("\\\\", "\\") if escapes_backslashes() else value


def main():
    types = registered_fields()
    for name, kind in types.items():
        print(f"{name}\t{kind}")
    for capture in own_captures():
        for frame, (protocol, info) in summary(capture, "-Y", OURS).items():
            if protocol == "WSUS":  # else the column holds words of stock dissectors too
                print(capture.stem, frame, protocol, info, sep="\t")
        for row in fields(capture, ["frame.number", *types], display=OURS):
            for (name, kind), values in zip(types.items(), row[1:]):
                if values:
                    print(capture.stem, row[0][0], name, *(neutral(value, kind) for value in values), sep="\t")


if __name__ == "__main__":
    main()
