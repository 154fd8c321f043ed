"""Connections that fail without leaving a message: the truths of captures that others recorded, and the project's own.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import csv
import functools
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import harness
from made import MadeCaptures

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))
import traffic  # noqa: E402

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


# captures/connections.pcapng, case by case as captures/lab/connections/play.py plays them: operation, outcome, server, port, why
# it is Windows Update, and what the client reports in the end, "" where that cannot be told.
OWN = """
Resolve|Name not resolved|wsus-gone.example.test|0|Name|0x8024402C
Resolve|DNS failed|wsus-broken.example.test|0|Name|0x8024402C
Resolve|DNS failed|wsus-denied.example.test|0|Name|0x8024402C
Resolve|Name not resolved|wsus-empty.example.test|0|Name|0x8024402C
Resolve|DNS no answer|wsus-silent.example.test|0|Name|0x8024402C
Connect|Refused|updates.example.test|8080|Earlier exchange|0x80240438
Connect|Refused|127.0.0.11|8530|Port|0x80240438
Connect|Refused|::1|8530|Port|0x80240438
Connect|No answer|127.0.0.12|8530|Port|0x8024401C
Connect|Unreachable|127.0.0.13|8530|Port|0x80240438
Exchange|Reset|wsus.example.test|8530|Name|0x80240440
Exchange|Closed early|wsus.example.test|8530|Name|0x80240440
Exchange|Closed early|wsus.example.test|8530|Name|0x80240440
Exchange|Not HTTP|wsus.example.test|8530|Name|0x80240439
Exchange|Not SOAP|wsus.example.test|8530|Name|0x80240439
Exchange|Not SOAP|wsus.example.test|8530|Name|0x80240439
Exchange|Redirect loop|wsus.example.test|8530|Name|12156
Exchange|Idle|wsus.example.test|8530|Name|0x8024401C
Exchange|Reset|download.windowsupdate.com|80|Name|0x80072EFE
Secure|TLS alert|wsus.example.test|8531|Name|0x80240437
Secure|TLS closed|sls.update.microsoft.com|443|Name|0x80072EFE
Secure|TLS closed|wsus.example.test|8531|Name|0x80240437
Secure|Certificate rejected|wsus.example.test|8531|Name|0x80240437
Secure|TLS closed|sls.update.microsoft.com|443|Name|0x80072F8F
Secure|Client certificate|wsus.example.test|8531|Name|0x80072F0C
Exchange|Closed early|wsus.example.test|8531|Name|0x80240440
Secure|TLS closed|wsus.example.test|8531|Name|0x80240437
Tunnel|Tunnel refused|fe2.update.microsoft.com|443|Name|0x8024401B
Tunnel|Tunnel refused|fe2.update.microsoft.com|443|Name|0x80244018
Secure|TLS closed|fe2.update.microsoft.com|443|Name|0x80240440
""".strip().splitlines()


class Own(unittest.TestCase):
    """The project's own capture: each outcome, and the same count whatever way it is asked for."""

    maxDiff = None
    capture = harness.CAPTURES / "connections.pcapng"

    def lines(self, *arguments):
        names = ["wsus.operation", "wsus.connection.outcome", "wsus.connection.server", "wsus.connection.port",
                 "wsus.connection.known_by", "frame.number"]
        found, infos = [], harness.summary(self.capture, *arguments)
        for operations, outcome, server, port, known, frame in harness.fields(self.capture, names, *arguments,
                                                                               display="wsus.connection.outcome"):
            main = re.search(r"\[Windows Update: [^\]]*?, (0x[0-9A-F]{8}|\d+) [A-Z_]+\]", infos[int(frame[0])][1].replace("[::1]", "::1"))
            found.append("|".join([operations[-1], names_of("connection_outcome")[outcome[0]], server[0], port[0] if port else "0",
                                   names_of("connection_known_by")[known[0]], main[1] if main else ""]))
        return found

    def test_each_outcome(self):
        self.assertEqual(set(OUTCOMES.values()), {line.split("|")[1] for line in OWN})
        for arguments in ((), ("-2",)):
            with self.subTest(arguments):
                self.assertEqual(OWN, self.lines(*arguments))

    def test_what_is_known_later_is_told_where_it_is_known(self):
        """One pass can tell of a frame only while it is there; afterwards each frame has what belongs to it."""
        known = {arguments: harness.fields(self.capture, ["frame.number", "wsus.connection.known_in"], *arguments,
                                           display="wsus.connection.outcome") for arguments in ((), ("-2",))}
        late = {row[1][0]: row[0][0] for row in known[()] if row[1]}
        self.assertEqual(3, len(late))  # no answer of DNS, no answer to the SYN, a server that an exchange shows later
        self.assertTrue(all(int(frame) < int(told) for frame, told in late.items()))
        self.assertEqual([], [row for row in known[("-2",)] if row[1]])
        self.assertLessEqual(set(late), {row[0][0] for row in known[("-2",)]})
        told = harness.fields(self.capture, ["frame.number"], display="wsus.connection.known_later")
        self.assertEqual(sorted(late.values()), sorted(row[0][0] for row in told))

    def test_filters(self):
        def count(display, *arguments):
            return len(harness.fields(self.capture, ["frame.number"], *arguments, display=display))

        self.assertEqual(3, count('wsus.connection.outcome == "Refused"'))
        self.assertEqual(3, count('wsus.connection.outcome == "Refused"', "-2"))
        self.assertEqual(30, count('wsus.service == "Connection" && wsus.connection.outcome'))
        self.assertEqual(5, count('wsus.operation == "Resolve"'))
        self.assertEqual(12, count('winerr.family == "Winsock"'))
        self.assertLess(20, count('winerr.family == "WinHTTP"'))
        self.assertEqual(0, count('wsus.connection.server contains "shop"'))
        self.assertEqual(0, count("wsus.connection.outcome", "--disable-protocol", "wsus"))

    def test_preferences(self):
        def servers(*options):
            return [row[0][0] for row in harness.fields(self.capture, ["wsus.connection.server"], *options,
                                                        display="wsus.connection.outcome")]

        self.assertNotIn("127.0.0.70", servers())
        self.assertIn("127.0.0.70", servers("-o", "wsus.servers:127.0.0.70:9999"))
        self.assertIn("127.0.0.70", servers("-o", "wsus.ports:8530-8531,9999"))
        self.assertNotIn("127.0.0.11", servers("-o", "wsus.ports:8531"))
        self.assertIn("gone-shop.example.test", servers("-o", "wsus.servers:gone-shop.example.test"))

    def test_counts(self):
        for arguments in ((), ("-2",)):
            output = harness.tshark(self.capture, *arguments, "-q", "-z", "wsus,records", "-z", "wsus,tree", "-z", "wsus,clients",
                                    "-z", "wsus_errors,tree")
            records = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
            self.assertEqual(30, sum(record["outcome"] == "connection failed" for record in records))
            self.assertEqual(30, sum(int(n) for n in re.findall(r"^\s+Failure\s+(\d+)", output, re.MULTILINE)))
            clients = [[cell.strip() for cell in line.split("|")] for line in output.splitlines() if re.match(r"(127\.|::1)", line)]
            self.assertEqual({"127.0.0.1": "29", "::1": "1"}, {row[0]: row[6] for row in clients})
            self.assertRegex(output, r"(?m)^  10061 WSAECONNREFUSED\s+3 ")


class EndsTooEarly(unittest.TestCase):
    """A capture that ends before it is certain that no answer comes: two passes show the failure in its frame; one pass has no frame
    left for it, and what is written at the end tells of it all the same."""

    maxDiff = None
    FIELDS = ["frame.number", "wsus.operation", "wsus.connection.outcome", "wsus.connection.server"]

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)

    def cut(self, outcome):
        """The sample capture up to the frame of that outcome, the first one with that name."""
        row = harness.fields(Own.capture, ["frame.number"], "-2", display=f'wsus.connection.outcome == "{outcome}"')[0]
        path = self.folder / f"{outcome.replace(' ', '')}.pcapng"
        subprocess.run(["editcap", "-r", Own.capture, path, f"1-{row[0][0]}"], check=True, stdout=subprocess.DEVNULL)
        path.chmod(0o644)
        return path, int(row[0][0])

    def taps(self, capture, *arguments):
        """Records, facts and the diagnosis, without the place in the order, which is behind all frames in one pass."""
        output = harness.tshark(capture, *arguments, "-q", "-z", "wsus,records", "-z", "wsus,facts", "-z", "wsus,diagnosis")
        return sorted(re.sub(r'"told":\d+|^fact\t\d+', "", line) for line in output.splitlines())

    def test_no_answer(self):
        for outcome, operation, server, before in (("DNS no answer", "Resolve", "wsus-silent.example.test", 4),
                                                   ("No answer", "Connect", "127.0.0.12", 8)):
            with self.subTest(outcome):
                capture, frame = self.cut(outcome)
                number = next(n for n, name in names_of("connection_outcome").items() if name == outcome)
                once, twice = (harness.fields(capture, self.FIELDS, *arguments, display="wsus.connection.outcome")
                               for arguments in ((), ("-2",)))
                self.assertEqual([[str(frame)], [operation], [number], [server]], twice[-1])
                self.assertNotIn(number, [row[2][0] for row in once])
                told = self.taps(capture)
                self.assertEqual(self.taps(capture, "-2"), told)
                records = [json.loads(line) for line in harness.tshark(capture, "-q", "-z", "wsus,records").splitlines()]
                last = records[-1]
                self.assertEqual((0, frame, operation, outcome, "connection failed"),
                                 tuple(last[key] for key in ("told", "response", "operation", "connection", "outcome")))
                self.assertEqual(before + 1, sum(r["outcome"] == "connection failed" for r in records))

    def test_a_filter_asks_for_frames(self):
        """What has no frame is not selected by a filter."""
        capture, _ = self.cut("No answer")
        output = harness.tshark(capture, "-q", "-z", "wsus,records,wsus", "-z", "wsus,diagnosis,wsus")
        self.assertNotIn('"connection":"No answer"', output)
        self.assertNotIn("127.0.0.12", output)
        self.assertIn('"connection":"No answer"', harness.tshark(capture, "-2", "-q", "-z", "wsus,records,wsus"))

    def test_what_others_wait_for_is_not_told(self):
        capture, frame = self.cut("No answer")
        self.assertIn('"port":8530', harness.tshark(capture, "-q", "-z", "wsus,records").splitlines()[-1])
        others = harness.tshark(capture, "-o", "wsus.ports:8531", "-q", "-z", "wsus,records")
        self.assertNotIn(f'"response":{frame},', others)


class LearntLate(MadeCaptures):
    """A connection that the watch had done with, since it was of others, turns out to be one of Windows Update."""

    SERVER = bytes([192, 0, 2, 77])

    def exchanges(self, path):
        """A refused connection; then one with two exchanges of others, and a third one for that path."""
        capture = self.folder / "late.pcap"
        with traffic.Capture(capture) as file:
            traffic.Connection(file, 8080, self.SERVER)
            connection = traffic.Connection(file, 8080, self.SERVER)
            for asked, status in (("/x", "200 OK"), ("/y", "200 OK"), (path, "503 Busy")):
                connection.send(0, f"GET {asked} HTTP/1.1\r\nHost: srv.example.test:8080\r\n\r\n".encode())
                connection.send(1, f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
            connection.close()
        self.refuse(capture)
        return capture

    @staticmethod
    def refuse(capture):
        """Turns the answer to the SYN, in frame 2, into RST, ACK."""
        data = bytearray(capture.read_bytes())
        second = 24 + 16 + 54 + 16
        data[second + 47] = 0x14
        data[second + 38:second + 42] = bytes(4)
        capture.write_bytes(data)
        capture.chmod(0o644)

    def test_an_exchange_tells_of_earlier_failures(self):
        fields = ["frame.number", "wsus.operation", "wsus.connection.outcome"]
        rows = harness.fields(self.exchanges("/ClientWebService/client.asmx"), fields, "-2", display="wsus.connection.outcome")
        self.assertEqual([[["2"], ["Connect"], ["4"]]], rows)
        self.assertEqual([], harness.fields(self.exchanges("/z"), fields, "-2", display="wsus"))


if __name__ == "__main__":
    unittest.main()
