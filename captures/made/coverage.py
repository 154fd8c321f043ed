#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Says what no sample capture holds: coverage.py --plugins FOLDER [--where] [CAPTURE...]

FOLDER is a plugin folder of Wireshark: the module lies in FOLDER/X.Y/epan/wsus.so. All captures are dissected, all of
captures/*.pcapng unless some are named, and what comes out is compared with the tables: fields, operations with request and
answer, events of reports, ErrorCodes of faults, families of codes, ways in which requests are recognised. With --where it
also says which captures hold what occurs in no more than one.
"""

import argparse
import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

CAPTURES = pathlib.Path(__file__).resolve().parent.parent
TABLES = CAPTURES.parent / "tables"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
KINDS = {"1": "request", "2": "answer", "3": "fault"}


def table(name):
    header, *rows = (TABLES / name).read_text(encoding="utf-8").splitlines()
    columns = header.split("\t")
    return [dict(zip(columns, row.split("\t") + [""] * len(columns))) for row in rows]


class Seen:
    """What occurred, and in which captures."""

    def __init__(self):
        self.captures = collections.defaultdict(lambda: collections.defaultdict(set))

    def add(self, what, value, capture):
        self.captures[what][value].add(capture)

    def has(self, what, value):
        return value in self.captures[what]

    def rare(self, what):
        return sorted((value, *names) for value, names in self.captures[what].items() if len(names) == 1)


# ---- dissection -----------------------------------------------------------------------------------------------------

def packets(capture, plugins):
    # Wireshark ignores the plugin folders of the administrator.
    command = NOBODY if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o777)
        environment = {"HOME": home, "PATH": os.environ["PATH"], "TZ": "UTC", "WIRESHARK_PLUGIN_DIR": str(plugins)}
        copy = shutil.copy(capture, home)  # the folder of the captures may be one that only root may look into
        os.chmod(copy, 0o644)
        tshark = subprocess.Popen(command + ["tshark", "-2", "-r", copy, "-T", "pdml"], env=environment,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _, element in ElementTree.iterparse(tshark.stdout):
            if element.tag == "packet":
                yield element
                element.clear()
    if tshark.wait():
        sys.exit(f"coverage.py: tshark fails on {capture}")


def shows(element, name):
    return [field.get("show") for field in element.iter("field") if field.get("name") == name]


def look_at(packet, capture, seen):
    for field in packet.iter("field"):
        if field.get("name", "").startswith(("wsus.", "wws.", "winerr.")):
            seen.add("field", field.get("name"), capture)
    for layer in packet.findall("proto"):
        if layer.get("name") == "wsus":
            look_at_exchange(layer, capture, seen)
    for code in shows(packet, "wws.fault.errorcode"):
        seen.add("ErrorCode", code, capture)
    for layer in packet.iter("proto"):
        if layer.get("name") == "winerr":
            look_at_code(layer, capture, seen)


def look_at_exchange(layer, capture, seen):
    services, operations, kinds = (shows(layer, f"wsus.{name}") for name in ("service", "operation", "message"))
    for event in shows(layer, "wsus.event.id"):
        seen.add("event", event, capture)
    for operation in operations:
        seen.add(f"operation, {KINDS[kinds[0]]}", (services[0], operation), capture)


def look_at_code(layer, capture, seen):
    derived = shows(layer, "winerr.derived") in (["1"], ["True"])
    for family in shows(layer, "winerr.family"):
        seen.add("derived family" if derived else "family", family, capture)


# ---- comparison -----------------------------------------------------------------------------------------------------

def missing(seen):
    fields = [row["field"] for row in table("fields.tsv")]
    yield "fields of tables/fields.tsv", [field for field in fields if not seen.has("field", field)]
    operations = [(row["service"], row["operation"]) for row in table("operations.tsv")]
    yield "operations without request", not_seen(seen, "operation, request", operations)
    yield "operations without answer", not_seen(seen, "operation, answer", operations)
    ways = sorted({(row["service"], row["operation"]) for row in table("recognition.tsv") if row["operation"]})
    yield "services that only a path, host or agent tells", not_seen(seen, "operation, request", ways)
    yield "events", [row["id"] for row in table("report_events.tsv") if not seen.has("event", row["id"])]
    yield "ErrorCodes", [row["fault"] for row in table("soap_faults.tsv") if not seen.has("ErrorCode", row["fault"])]
    for what, text in (("family", "on the wire"), ("derived family", "derived")):
        yield f"families of codes, {text}", [row["family"] for row in table("families.tsv")
                                             if not seen.has(what, row["number"])]


def not_seen(seen, what, operations):
    return [f"{service} {operation}" for service, operation in operations if not seen.has(what, (service, operation))]


def main():
    parser = argparse.ArgumentParser(description="Says what no sample capture holds.")
    parser.add_argument("--plugins", required=True, type=pathlib.Path)
    parser.add_argument("--where", action="store_true")
    parser.add_argument("capture", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()

    seen = Seen()
    for capture in arguments.capture or sorted(CAPTURES.glob("*.pcapng")):
        for packet in packets(capture.resolve(), arguments.plugins.resolve()):
            look_at(packet, capture.stem, seen)
    if not seen.has("field", "wsus.service"):
        sys.exit("coverage.py: not one exchange was recognised; was the plugin loaded?")
    for what, names in missing(seen):
        print(f"{what}: {len(names)} never occur")
        print("".join(f"    {name}\n" for name in names), end="")
    if arguments.where:
        for what in sorted(seen.captures):
            for value, capture in seen.rare(what):
                print(f"only in {capture}: {what} {' '.join(value) if isinstance(value, tuple) else value}")


main()
