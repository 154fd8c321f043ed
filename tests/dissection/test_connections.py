"""Connections that fail without leaving a message: the truths of captures that others recorded, and the project's own.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import csv
import functools
import json
import re
import unittest

import harness

OUTCOMES = {
    "name_not_resolved": "Name not resolved", "dns_failed": "DNS failed", "dns_no_answer": "DNS no answer", "refused": "Refused",
    "no_answer": "No answer", "unreachable": "Unreachable", "reset": "Reset", "closed_early": "Closed early", "idle": "Idle",
    "tls_alert": "TLS alert", "tls_closed": "TLS closed", "certificate_rejected": "Certificate rejected",
    "client_certificate": "Client certificate", "tunnel_refused": "Tunnel refused", "not_http": "Not HTTP",
    "not_soap": "Not SOAP", "redirect_loop": "Redirect loop",
}
PHASES = {"dns": "Resolve", "connect": "Connect", "tls": "Secure", "proxy": "Tunnel", "http": "Exchange"}

# What else the description of the captures takes for a good answer.
ALSO = {("tls_closed", "Certificate rejected"), ("reset", "TLS closed"), ("tls_closed", "Not HTTP")}

FIELDS = ["frame.number", "wsus.operation", "wsus.connection.outcome", "wsus.connection.server", "wsus.connection.port",
          "winerr.code", "wsus.connection.begins_in", "wsus.connection.known_in", "wsus.connection.asked"]
NAMES = harness.REPO / "tables" / "enums.tsv"
MODES = {"one pass": [], "two passes": ["-2"]}


@functools.lru_cache(maxsize=None)
def names_of(enumeration):
    with NAMES.open(encoding="utf-8") as file:
        return {row["value"]: row["name"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
                if row["enum"] == enumeration}


@functools.lru_cache(maxsize=None)
def outcomes(capture, *arguments):
    """What the plugin tells: a dict for each outcome. An item a line of -T json, because a frame may have several."""
    told = []
    display = "wsus.connection.outcome"
    for row in harness.fields(capture, FIELDS, *arguments, display=display):
        frame, operations, found, servers, ports, codes, begins, known, asked = row
        number = len(found)
        for i in range(number):
            own = codes if number == 1 else []
            told.append({"frame": int(frame[0]), "operation": [o for o in operations if o in PHASES.values()][-number:][i],
                         "outcome": names_of("connection_outcome")[found[i]], "server": servers[i],
                         "port": int(ports[i]) if i < len(ports) else 0, "codes": {int(c, 16) for c in own},
                         "begins": int(begins[i]) if i < len(begins) else int(frame[0]),
                         "known": int(known[i]) if i < len(known) else int(frame[0]),
                         "asked": asked[i] if i < len(asked) else ""})
    return told


def truths(capture):
    table = capture.with_suffix(".tsv")
    with table.open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def failures(rows):
    """The rows that are failures of a connection: an answer with an error status is a message, but for a tunnel."""
    return [row for row in rows if row["outcome"] != "ok" and row["kind"] != "http2"]


def is_told(row, told):
    """Whether an outcome is what a row of the truths says."""
    expected = OUTCOMES[row["outcome"]]
    host = told["server"] == row["host"] or told["asked"].rpartition(":")[0].strip("[]") == row["host"]
    port = not told["port"] or not row["port"] or told["port"] == int(row["port"])
    outcome = told["outcome"] == expected or (row["outcome"], told["outcome"]) in ALSO
    return host and port and outcome and told["known"] <= int(row["frame"]) + 2


def shared():
    return [capture for capture in harness.shared_captures("transport") if capture.name.startswith("a")]


class Truths(unittest.TestCase):
    """Every row of the shared tables, in each way to ask."""

    def told_of(self, capture, arguments):
        """(row, outcome) of each row that has to be told; complains of those that are not."""
        left = list(outcomes(capture, *arguments))
        pairs = []
        for row in failures(truths(capture)):
            if row["must_claim"] != "yes":
                continue
            with self.subTest(capture=capture.name, frame=row["frame"], case=row["case"], mode=arguments):
                match = next((told for told in left if is_told(row, told)), None)
                self.assertIsNotNone(match, f"{row} is not told")
                left.remove(match)
                pairs.append((row, match))
        return pairs, left

    def check(self, arguments):
        for capture in shared():
            pairs, left = self.told_of(capture, arguments)
            with self.subTest(capture=capture.name, mode=arguments):
                self.assertEqual([], left, "told, but not in the table")
            for row, told in pairs:
                with self.subTest(capture=capture.name, frame=row["frame"], case=row["case"]):
                    self.assertEqual(told["operation"], PHASES[row["kind"]])
                    self.assertEqual(set(), {int(code) for code in row["codes"].split(";") if code} - told["codes"])

    def test_one_pass(self):
        self.check(())

    def test_two_passes(self):
        self.check(("-2",))

    def test_nothing_of_others(self):
        """Rows of others are not claimed, whatever the outcome is called."""
        for capture in shared():
            rows = [row for row in failures(truths(capture)) if row["must_claim"] == "no"]
            self.assertTrue(rows, capture.name)
            for arguments in ((), ("-2",)):
                for told in outcomes(capture, *arguments):
                    for row in rows:
                        with self.subTest(capture=capture.name, frame=row["frame"], mode=arguments):
                            self.assertFalse(told["server"] == row["host"] and told["known"] == int(row["frame"]), told)

    def test_counts(self):
        """Records, the table of clients, the statistics tree and the fields count the same failures of each client."""
        for capture in shared():
            for arguments in ((), ("-2",)):
                with self.subTest(capture=capture.name, mode=arguments):
                    rows = harness.fields(capture, ["wsus.connection.outcome"], *arguments, display="wsus.connection.outcome")
                    expected = sum(len(row[0]) for row in rows)
                    output = harness.tshark(capture, *arguments, "-q", "-z", "wsus,records", "-z", "wsus,tree")
                    records = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
                    failed = [r for r in records if r["service"] == "Connection" and r["connection"]]
                    self.assertEqual(len(failed), expected)
                    tree = sum(int(n) for n in re.findall(r"^\s+Failure\s+(\d+)", output, re.MULTILINE))
                    self.assertEqual(tree, expected)
