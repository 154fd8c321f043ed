"""The diagnosis of every capture against what is known of it: the failures that the truths hold, and no others.

The truths were made without the plugin: captures/lab/truth of the project's own, tables beside the captures that others recorded.
Captures that are made (captures/made) have what their sources say in EXPECTED, as do captures without a table.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections
import csv
import functools
import json
import os
import re
import unittest

from harness import CAPTURES, REPO, SHARED, own_captures, shared_captures, tshark

EXPECTED = REPO / "tests" / "dissection" / "diagnoses.tsv"
COLUMNS = ["capture", "client", "weight", "step", "rule", "what", "server", "count", "frames", "stops"]

# A fault that the client recovers from by itself is no failure (MS-WUSP 2.2.2.4, MS-WSUSSS 2.2.9.3), unless again and again.
RECOVERED = {"InvalidCookie", "ServerChanged", "ConfigChanged", "CookieExpired", "RegistrationRequired", "RegistrationNotRequired",
             "InvalidAuthorizationCookie", "FileLocationChanged", "FileLocationsChanged"}

# What the agent shows for a status of a SOAP service (wuerror.h).
STATUS_CODES = {400: 0x80244016, 401: 0x80244017, 403: 0x80244018, 404: 0x80244019, 405: 0x8024401A, 407: 0x8024401B,
                408: 0x8024401C, 409: 0x8024401D, 410: 0x8024401E, 500: 0x8024401F, 501: 0x80244020, 502: 0x80244021,
                503: 0x80244022, 504: 0x80244023, 505: 0x80244024}

# What else the description of the captures takes for a good answer.
ALSO = {("tls_closed", "certificate_rejected"), ("tls_closed", "not_http"), ("reset", "tls_closed")}


def arguments(capture):
    """What tshark has to be told to read a capture as it was meant."""
    if capture.stem.startswith("uup"):
        return ["-d", "tcp.port==8600,http"]  # 4.6 gives that port to Asterix
    return ["-o", "tcp.reassemble_out_of_order:TRUE"] if "ooo" in capture.stem else []


@functools.lru_cache(maxsize=None)
def told_of(capture):
    return tshark(capture, "-q", "-z", "wsus,diagnosis,json", *arguments(capture))


@functools.lru_cache(maxsize=None)
def diagnosis(capture):
    """Totals, and a list of (client, cause); the client is None for what is of all of them."""
    lines = [json.loads(line) for line in told_of(capture).splitlines()]
    told = [(None, cause) for cause in lines[0]["causes"]]
    told += [(client, cause) for client in lines[1:] for cause in client["causes"]]
    return lines[0], told


def failures(capture, *kinds):
    return [cause for _, cause in diagnosis(capture)[1] if cause["weight"] == "failure" and (not kinds or cause["kind"] in kinds)]


def sender(frames, capture):
    """{frame: address it goes to}, as stock Wireshark knows it."""
    if not frames:
        return {}
    chosen = "frame.number in {%s}" % ",".join(map(str, sorted(frames)))
    out = tshark(capture, "-Y", chosen, "-T", "fields", "-e", "frame.number", "-e", "ip.dst", "-e", "ipv6.dst", plugin=False)
    return {int(line.split("\t")[0]): "".join(line.split("\t")[1:]) for line in out.splitlines()}


def table(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


class Truths(unittest.TestCase):
    """What both kinds of tables are compared by: a failed answer is its frame, and "fault NAME" or "HTTP NUMBER"."""

    maxDiff = 4000

    def label(self, cause):
        # the wait for credentials is a pattern: no answer shows it alone
        if cause["kind"] == "status" or cause["rule"] == "not_authenticated":
            return re.match(r"HTTP \d+", cause["detail"])[0]
        return "fault " + (re.split(r"[ :]", cause["detail"])[0] if cause["kind"] == "fault" else "")

    def compare_answers(self, capture, expected, clients=True):
        """expected: {frame of the answer: label}. Each is one of a cause, with its count; nothing else is."""
        causes = [(client, cause) for client, cause in diagnosis(capture)[1] if cause["weight"] == "failure" and
                  (cause["kind"] in ("fault", "status") or cause["rule"] == "not_authenticated")]
        counted = collections.Counter()
        for _, cause in causes:
            counted[self.label(cause)] += cause["count"]
        self.assertEqual(collections.Counter(expected.values()), counted)
        goes_to = sender(expected, capture) if clients else {}
        for client, cause in causes:
            label = self.label(cause)
            answers = [frame for frame in cause["frames"] if frame in expected]
            if 2 * cause["count"] <= 8:  # all frames of it are named
                self.assertEqual(cause["count"], sum(expected[frame] == label for frame in answers), cause)
            for frame in answers:
                self.assertEqual(client["client"] if clients else "", goes_to.get(frame, ""), cause)
            self.code_fits(cause, label)

    def code_fits(self, cause, label):
        """The code that the client shows: what wuerror.h has for it where an agent asked a service, else what is on the wire."""
        code = cause.get("code", "")
        if label.startswith("HTTP") and cause["code_basis"] == "documented" and cause["step"] not in ("download", "locate", "connect"):
            status = int(label[5:])
            self.assertEqual(STATUS_CODES.get(status, 0x8024402B), int(code, 16), cause)
        elif label.startswith("HTTP"):
            self.assertTrue(code.startswith("0x8019") or code.startswith("0x8024") or code.startswith("0x80F0") or
                            code == label[5:] or code.startswith("0x80"), cause)
        else:
            derived = cause["code_basis"] != "wire"
            self.assertTrue(code == "0x80244007" if derived else code == "500" or code.startswith("0x8"), cause)


class OwnTruths(Truths):
    def test_answers_of_the_lab_captures(self):
        for path in sorted((CAPTURES / "lab" / "truth").glob("*.tsv")):
            with self.subTest(path.stem):
                self.compare_answers(CAPTURES / f"{path.stem}.pcapng", self.expected(path))

    def expected(self, path):
        if path.stem in ("php-soap", "other"):
            return {}
        failed = {}
        lost, browser = self.left_out(path)
        for row in table(path):
            if row["tcp.stream"] in lost | browser or row["direction"] != "response" or not row["line"].isdigit() or int(row["line"]) < 400:
                continue
            name = row["ErrorCode"] or (row["fault_subcode"] or row["fault_code"]).split(":")[-1]
            if row["body"] != "Fault":
                failed[int(row["frame"])] = "HTTP " + row["line"]
            elif name not in RECOVERED:
                failed[int(row["frame"])] = "fault " + name
        return failed

    @staticmethod
    def left_out(path):
        """Streams of HTTP/2 behind a gap, whose answers cannot be known, and those of the browser beside."""
        if not path.stem.startswith("http2"):
            return set(), set()
        lost = tshark(CAPTURES / f"{path.stem}.pcapng", "-2", "-Y", "wsus.response.lost", "-T", "fields", "-e", "tcp.stream")
        return set(lost.split()), {row["tcp.stream"] for row in table(path) if row["line"] == "GET /feed"}

    def test_every_own_capture_as_expected(self):
        """All failures, warnings and notes of the project's captures: client, step, rule, what was seen with its code, server, how
        often, and the frames that prove it."""
        rows = []
        for capture in own_captures():
            for client, cause in diagnosis(capture)[1]:
                rows.append([capture.stem, client["client"] if client else "all", cause["weight"], cause["step"], cause["rule"],
                             cause["what"], cause["server"], str(cause["count"]), " ".join(map(str, cause["frames"])),
                             "yes" if cause["stops"] else "no"])
        text = "\n".join("\t".join(row) for row in [COLUMNS, *rows]) + "\n"
        if os.environ.get("UPDATE_DIAGNOSES"):
            EXPECTED.write_text(text, encoding="utf-8")
        self.assertEqual(EXPECTED.read_text(encoding="utf-8").splitlines(), text.splitlines())

    def test_healthy_captures_say_no_failure(self):
        for name in ("scan-plain", "scan-xpress", "snaplen", "xpress-blocks", "tls", "ipv6-port", "oddities"):
            with self.subTest(name):
                first = tshark(CAPTURES / f"{name}.pcapng", "-q", "-z", "wsus,diagnosis").splitlines()[0]
                self.assertTrue(first.startswith("No failure: 1 client, "), first)


class SharedConnections(Truths):
    """Tables of transport: outcome, or "ok" with a status or an ErrorCode in it."""

    def test_every_row(self):
        for capture in shared_captures("transport"):
            with self.subTest(capture.stem):
                rows = [row for row in table(capture.with_suffix(".tsv")) if row["must_claim"] == "yes"]
                self.compare_answers(capture, self.answers(rows), clients=False)
                self.compare_connections(capture, [row for row in rows if row["outcome"] != "ok"])

    @staticmethod
    def answers(rows):
        failed = {}
        # the client logged on, and got in: the question was no failure
        went_on = {("407", row.get("case")) for row in rows if "200 with credentials" in row["detail"]}
        for row in rows:
            error = row.get("error_code") or (re.match(r"fault (\w+)", row["detail"]) or ["", ""])[1]
            status = row.get("status") or (re.match(r"(?:status )?(\d{3})\b", row["detail"]) or ["", ""])[1]
            if row["outcome"] != "ok":
                continue
            if error:
                if error not in RECOVERED:
                    failed[int(row["frame"])] = "fault " + error
            elif status.isdigit() and int(status) >= 400:
                if (status, row.get("case")) not in went_on or "credentials" in row["detail"]:
                    failed[int(row["frame"])] = "HTTP " + status
        return failed

    def compare_connections(self, capture, rows):
        left = []
        for cause in failures(capture, "connection", "pattern"):
            if cause["rule"] != "not_authenticated":
                outcome = cause["detail"].lower().replace(" ", "_")
                left += [(outcome, cause["server"], cause)] * cause["count"]
        for row in rows:
            named = {f"{row['host']}:{row['port']}", f"[{row['host']}]:{row['port']}", row["host"]}
            fits = [item for item in left if (item[1] in named or int(row["frame"]) in item[2]["frames"]) and
                    (item[0] == row["outcome"] or (row["outcome"], item[0]) in ALSO)]
            self.assertTrue(fits, (row["frame"], row["outcome"], row["host"], [item[:2] for item in left]))
            left.remove(fits[0])
            self.assertTrue(fits[0][2]["stops"] or fits[0][2]["went_well_frame"] > int(row["frame"]), fits[0])
        self.assertEqual([], [item[:2] for item in left])


class SharedLab(Truths):
    def rows(self, capture):
        for line in capture.with_suffix(".tsv").open(encoding="utf-8"):
            yield line.rstrip("\n").split("\t") + [""] * 14

    def expected(self, capture):
        failed, asked = {}, ""
        for row in self.rows(capture):
            http2 = capture.stem.startswith("h2")
            status = row[5] if http2 else row[3]
            asked = row[3] if http2 and row[3] else asked
            if not status.isdigit() or int(status) < 400 or asked == "GET":  # of a page that is no service
                continue
            failed[int(row[0])] = row if http2 else self.name(row, status)
        return {frame: label for frame, label in failed.items() if label}

    @staticmethod
    def name(row, status):
        at = 9 if len(row[9]) > 1 else 10  # wcf_clientwebservice has a column more, a star, in front of fault codes
        if row[7] != "Fault":
            return "HTTP " + status
        details = [cell for cell in row if cell.startswith("[[")]
        error = dict(json.loads(details[0])).get("ErrorCode") if details else ""
        if error:
            return "" if error in RECOVERED else "fault " + error
        return "fault " + re.split(r"[ />]+", row[at])[-1].split(":")[-1]

    def test_answers(self):
        for capture in shared_captures("lab"):
            if capture.stem.startswith("h2"):
                continue
            with self.subTest(capture.stem):
                self.compare_answers(capture, self.expected(capture))

    def test_answers_of_http2(self):
        """Their tables have statuses only."""
        shared = {capture.stem: capture for capture in shared_captures("lab")}
        for name in ("h2_tls_8443", "h2c_8088"):
            with self.subTest(name):
                expected = self.expected(shared[name])
                found = [c for c in failures(shared[name], "fault", "status")]
                recovered = [f for f in expected if f in {int(x) for x in self.recoveries(shared[name])}]
                self.assertEqual(len(expected) - len(recovered), sum(cause["count"] for cause in found))
                for cause in found:
                    self.assertTrue(set(cause["frames"]) & set(expected), cause)
                self.assertEqual([], failures(shared[name], "connection", "pattern"))

    @staticmethod
    def recoveries(capture):
        codes = ",".join(f'"{name}"' for name in sorted(RECOVERED))
        return tshark(capture, "-Y", f"wws.fault.errorcode in {{{codes}}}", "-T", "fields", "-e", "frame.number").split()

    def test_reports(self):
        """Codes in reports of clients; a table names a code once for a report, however many events have it."""
        for capture in shared_captures("lab"):
            if capture.stem.startswith("h2") or capture.stem == "http_snaplen200":
                continue
            with self.subTest(capture.stem):
                codes = collections.Counter()
                for row in self.rows(capture):
                    if row[7].startswith("ReportEventBatch") and not row[3].isdigit():
                        codes.update(code for cell in row[9:] for code in re.findall(r"0x[89A-F][0-9A-Fa-f]{7}", cell))
                found = collections.Counter()
                for cause in failures(capture, "report"):
                    if "code" in cause:
                        found[cause["code"]] += cause["count"]
                self.assertEqual(set(codes), set(found))
                for code, n in found.items():
                    self.assertGreaterEqual(n, codes[code], code)


class SharedOthers(unittest.TestCase):
    """Captures without a table: what their description says."""

    maxDiff = 4000

    CASES = {
        "code-in-attribute": [], "selfupdate-other": [], "w06-wsman": [], "zeek-byteranges": [], "loss-late": [], "plain7": [],
        "derived-other-agents": [("download", "HTTP 403, authrootstl.cab", 1), ("self-update", "HTTP 404", 1), ("SyncUpdates", "HTTP 503", 1),
                                 ("GetConfig", "Client: x", 1), ("download", "HTTP 404, pieceshash", 1)],
        "early-503": [("GetConfig", "HTTP 503", 1)],
        "w04-html": [("SyncUpdates", "HTTP 500", 2), ("SyncUpdates", "HTTP 503", 1), ("SyncUpdates", "HTTP 403", 1), ("SyncUpdates", "HTTP 407", 1),
                     ("SyncUpdates", "HTTP 502", 1), ("connect", "Not SOAP", 2)],
        "w09-fault-other-method": [("metadata", "InvalidParameters (x)", 1)],
        "w10-connect": [("connect", "Tunnel refused", 1)],
        "w11-200-not-soap": [("connect", "Not SOAP", 1)],
    }
    NATIVE = {
        "content": [], "scan": [], "scan-xpress": [], "xpress-edge": [],
        "faults": [("SyncUpdates", "InvalidParameters (parameters.InstalledNonLeafUpdateIDs)", 1), ("metadata", "InternalServerError", 1),
                   ("SyncUpdates", "InvalidParameters (filter)", 1)],
    }

    def compare(self, folder, expected):
        for capture in shared_captures(folder):
            with self.subTest(capture.name):
                found = [(cause["step"], cause["detail"], cause["count"]) for cause in failures(capture)]
                self.assertEqual(expected.get(capture.stem, []), found)

    def test_cases(self):
        self.compare("cases", self.CASES)

    def test_native(self):
        self.compare("native", self.NATIVE)
        for name in ("scan.pcap", "scan-xpress.pcap", "content.pcap"):
            first = tshark(SHARED / "native" / name, "-q", "-z", "wsus,diagnosis")
            self.assertRegex(first, r"^No failure: 1 client, \d+ requests, \d+ responses\.\n$")

    def test_public(self):
        self.compare("public", {})


class SharedRemarks(unittest.TestCase):
    """Warnings and notes on captures of others: which there are, and that there are no more. What no failure is needs no table: each is
    an observation that its capture's description explains."""

    maxDiff = None

    # an emulator with clients whose cookies and clocks are the lab's
    EMULATOR = {"plugin_anonymous", "auth_plugin", "clock_skew", "tool_ids", "outside_content"}
    # answers and cookies of this lab have the dates of its making
    DATES = {"clock_skew", "cookie_born_expired"}
    LATE = {"cookie_expired", "cookie_born_expired"}
    RULES = {
        "cases/loss-late": {"config_incomplete", "no_metadata"}, "cases/plain7": {"config_incomplete", "no_metadata"},
        "cases/w04-html": {"other_server", "via"},
        "lab/h2_tls_8443": EMULATOR | {"injected", "auth_cookie"}, "lab/h2c_8088": {"plugin_anonymous"},
        "lab/http_biggzip": {"accept_encoding", "plugin_anonymous", "no_metadata"},
        "lab/http_gzip": EMULATOR | {"injected", "auth_cookie", "accept_encoding", "config_incomplete"},
        "lab/http_ipv6": EMULATOR - {"outside_content"} | {"injected", "auth_cookie", "foreign_host"},
        "lab/http_keepalive": EMULATOR | {"injected", "auth_cookie", "config_incomplete"},
        "lab/http_keepalive_lost": EMULATOR | {"injected", "auth_cookie", "config_incomplete", "unanswered"},
        "lab/http_keepalive_ooo": EMULATOR | {"injected", "auth_cookie", "config_incomplete"},
        "lab/http_keepalive_retrans": EMULATOR | {"injected", "auth_cookie", "config_incomplete"},
        "lab/http_pipeline": {"injected", "plugin_anonymous", "clock_skew", "tool_ids"},
        "lab/http_port12345": EMULATOR | {"injected", "auth_cookie"}, "lab/pywsus_8530": EMULATOR | {"injected", "auth_cookie"},
        "lab/pywsus_curl_8530": EMULATOR | {"injected"}, "lab/tls13_curl_8531": EMULATOR | {"injected"},
        "lab/wcf_clientwebservice": {"outside_content"}, "native/xpress-edge": {"no_more_rounds"},
        "public/testing_btest_Traces_tunnels_gre-aruba": {"unanswered"},
        "public/tests_cfgs_default_pcap_windowsupdate_over_http": {"unanswered"},
        "transport/a01-dns": DATES, "transport/a04-later": DATES | LATE | {"unanswered"}, "transport/a05-tls12-certificates": DATES | {"dual_scan"},
        "transport/a06-tls13-keys": DATES | {"dual_scan"}, "transport/a09-proxy-connect": DATES | {"dual_scan", "via"},
        "transport/a10-proxy-get": LATE | {"via"}, "transport/a12-winhttp": {"via"},
        "transport/b01-h2-soap": DATES | LATE | {"dual_scan", "outside_content"}, "transport/b02-h2c": DATES | LATE | {"foreign_host"},
        "transport/b03-h2-streams": DATES | LATE | {"foreign_host", "dual_scan"}, "transport/b04-h2-errors": LATE,
        "transport/b05-h2-hpack": LATE | {"foreign_host"},
    }

    def test_every_capture(self):
        found = {}
        for folder in ("cases", "lab", "native", "public", "transport"):
            for capture in shared_captures(folder):
                rules = {cause["rule"] for _, cause in diagnosis(capture)[1] if cause["weight"] != "failure"}
                if rules:
                    found[f"{folder}/{capture.stem}"] = rules
        self.assertEqual(self.RULES, found)

    def test_what_an_emulator_answers_has_its_marks(self):
        """Of PyWSUS, over HTTP/1, HTTP/2 and TLS, compressed and not: several marks, and the frames that have them."""
        marks = {"revision ids of the tools", "files where WSUS has none", "plug-in Anonymous", "indented answers", "no ranges",
                 "cookies of 47 bytes"}
        servers = {"pywsus_8530": "127.0.0.1:8530", "tls13_curl_8531": "127.0.0.1:8531", "h2_tls_8443": "127.0.0.1:8443"}
        for capture in shared_captures("lab"):
            found = [(cause["server"], set(cause["detail"].split(", "))) for _, cause in diagnosis(capture)[1] if cause["rule"] == "injected"]
            if capture.stem in servers:
                self.assertEqual([(servers[capture.stem], marks)], found, capture.stem)


class Passes(unittest.TestCase):
    """What the first pass over a capture tells, as tshark and decode read it, and the second, as Wireshark shows it, are the same."""

    maxDiff = 4000

    def compare(self, captures):
        for capture in captures:
            with self.subTest(capture.stem):
                self.assertEqual(told_of(capture), tshark(capture, "-2", "-q", "-z", "wsus,diagnosis,json", *arguments(capture)))

    def test_own(self):
        self.compare(own_captures())

    def test_shared(self):
        for folder in ("cases", "lab", "native", "transport"):
            self.compare(shared_captures(folder))

    def test_the_text_names_what_the_json_has(self):
        """Each cause once, under its client, with its frames; and each client that failed in the line above all."""
        for capture in [*own_captures(), *shared_captures("transport")]:
            with self.subTest(capture.stem):
                text = tshark(capture, "-q", "-z", "wsus,diagnosis", *arguments(capture))
                totals, causes = diagnosis(capture)
                said = re.findall(r"^  (failure|passed|warning|note) ", text, re.MULTILINE)
                told = ["passed" if "went_well_frame" in cause else cause["weight"] for _, cause in causes]
                self.assertEqual(collections.Counter(told), collections.Counter(said))
                if totals["failed"]:
                    self.assertTrue(text.startswith(f"{totals['failed']} of {totals['clients']} client"), text[:80])
                flat = " ".join(text.split())
                for _, cause in causes:
                    self.assertIn(" ".join(cause["check"].split()), flat)
                    self.assertIn("frames " + ", ".join(map(str, cause["frames"])), flat)


class Bounds(unittest.TestCase):
    def test_no_control_characters(self):
        """Neither in the text nor in the JSON of any capture of the project."""
        for capture in own_captures():
            out = tshark(capture, "-q", "-z", "wsus,diagnosis", "-z", "wsus,diagnosis,json", "-z", "wsus,clients")
            self.assertEqual([], re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2060-\u206f]", out), capture.stem)


if __name__ == "__main__":
    unittest.main()
