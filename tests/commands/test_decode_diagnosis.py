"""The diagnosis at the head of captures/decode and in its JSON: of one file and several, of a series, of a capture in parts, summed.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import unittest

import schema
from decoder_modules import diagnosis
from harness import CAPTURES, REPO, own_captures, tshark
from test_decode import InFolder, decode

SCHEMA = json.loads((REPO / "plugin" / "docs" / "summary.schema.json").read_text(encoding="utf-8"))


def of_plugin(capture, *words):
    """What -z wsus,diagnosis,json says, in the form of the summary, without the name of the file."""
    first, *clients = [json.loads(line) for line in tshark(capture, *words, "-q", "-z", "wsus,diagnosis,json").splitlines()]
    for row in (first, *clients):
        del row["type"]
    return {**first, "of_clients": clients}


def said(*arguments, **more):
    """The diagnoses of a run with --json."""
    status, output, errors = decode("--json", "--summary-only", *arguments, **more)
    assert status == 0, errors
    line, = output.splitlines()
    return json.loads(line)["summary"]["diagnosis"]


def head(*arguments):
    status, output, _ = decode(*arguments)
    assert status == 0
    return output.splitlines()


class Diagnosis(InFolder):
    def test_it_is_that_of_the_plugin(self):
        """Of every sample capture, in one run over all of them, by the schema."""
        captures = own_captures()
        status, output, _ = decode("--json", "--summary-only", *captures)
        self.assertEqual(0, status)
        summary = json.loads(output)
        self.assertEqual([], schema.problems(SCHEMA, summary))
        found = summary["summary"]["diagnosis"]
        self.assertEqual([str(capture) for capture in captures], [each["file"] for each in found])
        for capture, each in zip(captures, found):
            self.assertEqual(of_plugin(capture), {key: value for key, value in each.items() if key != "file"}, capture.name)
        self.assertGreater(sum(client["failed"] for each in found for client in each["of_clients"]), 20)

    def test_the_first_lines(self):
        """Which client, at which step, why, what to check: before everything else, with and without the exchanges."""
        for options in ((), ("--summary-only",)):
            lines = head(*options, CAPTURES / "pages.pcapng")
            self.assertEqual([
                "== Diagnosis: 2 of 2 clients failed, 5 causes",
                "  192.0.2.20: GetConfig: HTTP 500, 0x8024401F WU_E_PT_HTTP_STATUS_SERVER_ERROR, server 192.0.2.1:8530",
                "      why     The server failed while it worked on the request. (the capture shows it)",
                "      code    0x8024401F WU_E_PT_HTTP_STATUS_SERVER_ERROR: The server answered 500: an internal error kept it from "
                "fulfilling the request. (what the client is expected to report, documented)",
                "      check   Event log and web.config of the server; whether IIS shows the error in detail locally.",
                "  192.0.2.21: Download: HTTP 404, 2D3C1AC5F5A4B3C2D1E0F9A8B7C6D5E4F3A2B1A1.cab, 0x80190194 "
                "HTTP_E_STATUS_NOT_FOUND, server wsus.example.test:8530",
                "      why     The server does not have the file. (the capture shows it)",
                "      code    0x80190194 HTTP_E_STATUS_NOT_FOUND: The server answered HTTP 404: the file does not exist at this "
                "address. (what the client is expected to report, documented)",
                "      check   Content folder of the server (wsusutil reset), or whether the link is still valid.",
                "192.0.2.20: failed at GetConfig: HTTP 500, 0x8024401F WU_E_PT_HTTP_STATUS_SERVER_ERROR, server 192.0.2.1:8530",
                "      tried   scan; reached connect",
                "      why     The server failed while it worked on the request. (the capture shows it)",
                "      code    0x8024401F WU_E_PT_HTTP_STATUS_SERVER_ERROR: The server answered 500: an internal error kept it from "
                "fulfilling the request. (what the client is expected to report, documented)",
                "      check   Event log and web.config of the server; whether IIS shows the error in detail locally.",
                "      frames  1, 2, 5, 6; 2 times, last in frame 6"], lines[:15])
            self.assertIn("== Summary" if options else f"== {CAPTURES / 'pages.pcapng'}: 6 exchanges", lines)

    def test_a_healthy_capture_is_one_line(self):
        lines = head("--summary-only", CAPTURES / "scan-plain.pcapng")
        self.assertEqual(["== Diagnosis: no failure, 1 client", "== Summary"], lines[:2])
        lines = head("--summary-only", CAPTURES / "other.pcapng")
        self.assertEqual(["== Diagnosis: no client of Windows Update was seen", "== Summary"], lines[:2])

    def test_several_files(self):
        """Clients that failed are named first, with their file."""
        names = [CAPTURES / f"{name}.pcapng" for name in ("downloads", "scan-xpress", "pages")]
        lines = head(*names)
        self.assertEqual([
            "== Diagnosis: 3 of 3 clients failed, 13 causes; 8 warnings, 2 notes",
            f"  192.0.2.20: Download: HTTP 404, example-office.msp, 0x80190194 HTTP_E_STATUS_NOT_FOUND, server 192.0.2.1:8530 in {names[0]}",
            f"  2001:db8:0:1::22: SelfUpdate: HTTP 404, 0x80244019 WU_E_PT_HTTP_STATUS_NOT_FOUND, server [2001:db8:0:1::1]:80 in {names[0]}",
            f"  192.0.2.20: GetConfig: HTTP 500, 0x8024401F WU_E_PT_HTTP_STATUS_SERVER_ERROR, server 192.0.2.1:8530 in {names[2]}"],
            [lines[0], *(line for line in lines if line.startswith("  ") and " in " in line and line[2] in "12")][:4])
        self.assertLess(lines.index(f"      frames  7, 8 of {names[2]}"), lines.index(f"== {names[0]}: 42 exchanges"))

    def test_what_clients_have_in_common_is_told_once(self):
        """And what most of them failed of stands first; what is not of one client stands behind those that failed."""
        lines = head("--summary-only", CAPTURES / "patterns.pcapng")
        self.assertEqual("  192.0.2.32, 192.0.2.33, 192.0.2.34: SyncUpdates: HTTP 503, 0x80244022 WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL, "
                         "server 192.0.2.2:8530", lines[1])
        starts = [line.split(":")[0] for line in lines if not line.startswith(" ")]
        self.assertEqual(["192.0.2.32", "192.0.2.25", "192.0.2.26", "192.0.2.30", "192.0.2.31"], starts[1:6])
        self.assertEqual("4 further failed clients, with their causes", starts[6])
        self.assertEqual(["all clients"] * 4, starts[7:11])
        shown = [line for line in head("--summary-only", CAPTURES / "connections.pcapng") if line.startswith("      why")]
        self.assertIn("      why     The computer at the server's address refused the connection: nothing listens on that port, or a "
                      "firewall rejects it. Seen: the SYN was answered by RST. (the capture shows it)", shown)

    def test_what_passed(self):
        """A failure that was mended later is none that lasts, and is told all the same."""
        lines = head("--summary-only", CAPTURES / "pipeline.pcapng")
        self.assertEqual(["== Diagnosis: no failure that lasts, 1 client; 1 failure passed, 1 warning, 2 notes",
                          "  passed, 127.0.0.1 (pc1.example.test): GetCookie: IncompatibleProtocolVersion (protocolVersion), 500 "
                          "HTTP_STATUS_SERVER_ERROR, server 127.0.0.1:8530: The two servers do not speak the same version of the "
                          "protocol. (frames 6, 25; the same went well later, in frame 26)"], lines[:2])

    def test_tls_without_keys(self):
        """What cannot be read is no failure, and is said."""
        lines = head("--summary-only", CAPTURES / "connections.pcapng")
        self.assertIn("  2 connections to update servers, not readable without keys (--keylog FILE): 1 ended well, 1 failed", lines)
        self.assertEqual([], [line for line in head("--summary-only", CAPTURES / "tls.pcapng") if "readable" in line])

    def test_sums_of_runs_are_the_run_of_the_sum(self):
        names = [CAPTURES / f"{name}.pcapng" for name in ("downloads", "connections", "scan-plain")]
        results = []
        for number, name in enumerate(names):
            results.append(self.folder / str(number))
            results[-1].write_text(decode("--json", name)[1], encoding="ascii")
        self.assertEqual(decode("--summary-only", *names)[1], decode("--totals", *results)[1])
        results[1].write_text(decode("--json", "--no-summary", names[1])[1], encoding="ascii")
        self.assertIn("  without 1 file of which no diagnosis was written", decode("--totals", *results)[1].splitlines())

    def test_where_there_is_none(self):
        """Not with a filter, as what it leaves out is not missing; not without a summary; not in a table."""
        capture = CAPTURES / "pipeline.pcapng"
        for options in (("-Y", "wsus"), ("--no-summary",), ("--csv",), ("--json", "--no-summary")):
            self.assertNotIn("iagnosis", decode(*options, capture)[1], options)
        self.assertEqual([], said("-Y", "wsus", capture))

    def test_in_parts(self):
        """A large capture that is read in parts has the same diagnosis: here two sample captures are large ones."""
        for capture in (CAPTURES / "connections.pcapng", CAPTURES / "downloads.pcapng"):
            whole = said("--jobs", "1", capture)
            for parts in ("2", "3"):
                self.assertEqual(whole, said("--jobs", parts, capture, env={**os.environ, "DECODE_SPLIT_FROM": "1"}), capture.name)

    def test_standard_input(self):
        """Lines come as they are read, so the diagnosis stands behind them."""
        with (CAPTURES / "pipeline.pcapng").open("rb") as file:
            lines = decode("-", stdin=file)[1].splitlines()
        self.assertEqual("== standard input", lines[0])
        at = [number for number, line in enumerate(lines) if line.startswith(("== Diagnosis: no failure that lasts", "== Summary"))]
        self.assertEqual(2, len(at))

    def test_a_file_cut_short(self):
        cut = self.folder / "cut.pcapng"
        cut.write_bytes((CAPTURES / "asmx.pcapng").read_bytes()[:60000])
        status, output, _ = decode("--summary-only", cut)
        self.assertEqual(1, status)
        self.assertIn("== Summary", output.splitlines())

    def test_texts_of_the_wire_are_harmless(self):
        evil = "a\x1b[2J\u202eexe.\r\nz"
        cause = {"rule": "fault_other", "weight": "failure", "stops": True, "seen": evil, "what": evil, "server": evil, "cause": "Why.", "basis": "documented",
                 "check": "This.", "count": 2, "frames": [1, 2], "last_frame": 9, "code": "0x80072EE2", "code_basis": "wire"}
        client = {"client": "192.0.2.1", "computers": [evil] * 5, "failed": True, "tried": [], "reached": [], "causes": [cause] * 9,
                  "more_causes": 2}
        found = {"file": evil, "sealed_well": 0, "sealed_failed": 0, "messages_of_further_clients": 7, "causes": [cause],
                 "of_clients": [{**client, "causes": [{**cause, "what": evil + str(number)}] * 9} for number in range(30)]}
        from decoder_modules import layout, totals
        everything = totals.Totals(files=2)
        everything.diagnoses = [found, found]
        for width in (None, 80):
            text = layout.head(everything, width)
            self.assertEqual([], [line for line in text if not line.isprintable()])
            self.assertEqual([], [line for line in text if width and len(line) > width])
            self.assertLess(len(text), 400)
        self.assertIn("  and 48 further failed clients", layout.head(everything, None))
        self.assertIn("  and 3 further causes: --json has them, and tshark -q -z wsus,diagnosis", layout.head(everything, None))

    def test_numbers_of_the_headline(self):
        cause = {"weight": "failure", "stops": False, "went_well_frame": 5}
        client = {"client": "192.0.2.1", "failed": False, "causes": [cause, {"weight": "note", "stops": False}]}
        self.assertEqual("no failure that lasts, 1 client; 1 failure passed, 1 note",
                         diagnosis.headline([{"causes": [], "of_clients": [client, client][:1]}]))


if __name__ == "__main__":
    unittest.main()
