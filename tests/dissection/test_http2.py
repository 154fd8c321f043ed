"""HTTP/2 like HTTP/1: the streams of the own capture by value, truths of shared captures, in every mode.

A lost segment, a beginning in the middle and unrelated streams are told from what is known.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import csv
import pathlib
import subprocess
import unittest

from harness import CAPTURES, fields, shared_captures, summary, tree
from made import MadeCaptures

STREAMS = CAPTURES / "http2-streams.pcapng"
NAMES = ["frame.number", "wsus.operation", "wsus.message", "wsus.status_code", "wsus.http2.stream", "wsus.request_in",
         "wws.fault.errorcode", "wsus.connection.outcome", "wsus.connection.status", "wsus.connection.request_in", "winerr.code"]
MODES = {"one pass": [], "two passes": ["-2"], "in clear by hand": ["-d", "tcp.port==8530,http2"]}


def shown(capture, *arguments):
    """{frame: {field: values}} of what the plugin shows of a capture."""
    return {int(row[0][0]): dict(zip(NAMES, row)) for row in fields(capture, NAMES, *arguments, display="wsus")}


class OwnStreams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = shown(STREAMS, "-2")

    def test_every_mode_shows_the_same(self):
        for arguments in ([], ["-o", "wsus.no_stock_xml:TRUE"]):
            self.assertEqual(self.rows, shown(STREAMS, *arguments), arguments)

    def test_answers_find_their_requests_by_stream(self):
        requests = {}
        for frame, row in self.rows.items():
            if row["wsus.message"] == ["1"]:
                requests[frame] = row
            elif row["wsus.message"] and row["wsus.request_in"]:
                asked = requests[int(row["wsus.request_in"][0])]
                self.assertEqual(asked["wsus.operation"], row["wsus.operation"], frame)
                if asked["wsus.http2.stream"]:
                    self.assertEqual(asked["wsus.http2.stream"], row["wsus.http2.stream"], frame)
        self.assertGreater(len(requests), 20)

    def test_statuses_without_body(self):
        for status, code in (("503", "0x80244022"), ("404", "0x80244019")):
            rows = [row for row in self.rows.values() if row["wsus.status_code"] == [status]]
            self.assertTrue(any(code in row["winerr.code"] for row in rows), status)

    def test_faults_in_gzip_and_plain(self):
        faults = [row["wws.fault.errorcode"][0] for row in self.rows.values() if row["wws.fault.errorcode"]]
        self.assertEqual(["InvalidCookie", "ServerBusy"], faults)

    def test_streams_that_end_early(self):
        outcomes = [(row["wsus.connection.outcome"], row["wsus.http2.stream"], row["wsus.connection.status"])
                    for row in self.rows.values() if row["wsus.connection.outcome"]]
        self.assertIn((["7"], ["15"], []), outcomes)       # RST_STREAM instead of an answer
        self.assertIn((["7"], ["17"], ["200"]), outcomes)  # in the answer
        self.assertIn((["8"], ["21"], []), outcomes)       # GOAWAY
        self.assertIn((["7"], ["9"], ["200"]), outcomes)   # the client stops a download

    def test_ranges_of_a_download(self):
        self.assertEqual(2, len([row for row in self.rows.values() if row["wsus.status_code"] == ["206"]]))
        head = [frame for frame, row in self.rows.items() if row["wsus.status_code"] == ["200"] and row["wsus.operation"] == ["Download"]]
        self.assertEqual(1, len(head))

    def test_what_is_lost_is_not_told(self):
        lines = "\n".join(tree(STREAMS, "wsus.response.lost", "-2"))
        self.assertIn("whether there was a response is not known", lines)
        self.assertNotIn("The capture holds no response", lines)

    def test_too_many_streams_are_said(self):
        self.assertIn("older ones were given up", "\n".join(tree(STREAMS, "wsus.http2.limit", "-2")))

    def test_a_browser_beside_is_left_alone(self):
        self.assertEqual([], fields(STREAMS, ["frame.number"], display="tcp.port == 443 && (wsus || wws || winerr)"))
        with_plugin, without = summary(STREAMS, "-Y", "tcp.port == 443"), summary(STREAMS, "-Y", "tcp.port == 443", plugin=False)
        self.assertEqual(without, with_plugin)


class Middle(MadeCaptures):
    def test_a_capture_that_begins_in_the_middle_claims_no_failure(self):
        """The connection in clear without its preface and its first call: what the table of headers held is not known."""
        frames = [int(row[0][0]) for row in fields(STREAMS, ["frame.number"], display="tcp.port == 8530 && tcp.len > 0")]
        first = fields(STREAMS, ["tcp.stream"], display=f"frame.number == {frames[0]}")[0][0][0]
        own = [int(row[0][0]) for row in fields(STREAMS, ["frame.number"], display=f"tcp.stream == {first}")]
        cut = self.folder / "cut.pcapng"
        subprocess.run(["tshark", "-r", STREAMS, "-Y", f"tcp.stream == {first} && frame.number >= {own[len(own) // 2]}", "-w", cut],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        cut.chmod(0o644)
        for arguments in ([], ["-2"], ["-d", "tcp.port==8530,http2"]):
            for frame, row in shown(cut, *arguments).items():
                self.assertEqual([], row["wsus.connection.outcome"], (arguments, frame))


class Truths(unittest.TestCase):
    """Columns: ../shared/captures/transport/INDEX.md."""

    # the answer comes before the end of its request: one pass can only tell the frame that it begins in
    BEGINS_IN = {("b03-h2-streams", "250", "one pass"): "247"}

    def test_shared_captures(self):
        captures = [path for path in shared_captures("transport") if path.name.startswith("b0")]
        self.assertEqual(7, len(captures))
        for capture in captures:
            table = pathlib.Path(capture).with_suffix(".tsv")
            with open(table, encoding="utf-8", newline="") as file:
                truths = list(csv.DictReader(file, delimiter="\t"))
            for mode, arguments in MODES.items():
                if mode == "in clear by hand" and not capture.name.startswith("b06"):
                    continue
                rows = shown(capture, *arguments)
                for truth in truths:
                    with self.subTest(capture=capture.stem, frame=truth["frame"], mode=mode):
                        asked = self.BEGINS_IN.get((capture.stem, truth["frame"], mode), truth["request_frame"])
                        self.compare(truth, asked, rows.get(int(truth["frame"])))

    def compare(self, truth, asked, row):
        if truth["must_claim"] != "yes":
            self.assertTrue(row is None or not row["wsus.connection.outcome"])
            return
        self.assertIsNotNone(row, truth["detail"])
        if asked:
            self.assertIn(asked, row["wsus.request_in"] + row["wsus.connection.request_in"])
        if truth["status"]:
            self.assertIn(truth["status"], row["wsus.status_code"] + row["wsus.connection.status"])
        if truth["h2_stream"]:
            self.assertIn(truth["h2_stream"], row["wsus.http2.stream"])
        if truth["error_code"]:
            self.assertIn(truth["error_code"], row["wws.fault.errorcode"])
        codes = {int(code, 0) for code in row["winerr.code"]}
        expected = {int(code, 0) for code in f"{truth['codes']};{truth['hresults']}".split(";") if code}
        self.assertLessEqual(expected, codes)
        if truth["outcome"] == "ok":
            if truth["operation"]:
                self.assertIn(truth["operation"], row["wsus.operation"])
            self.assertEqual([], row["wsus.connection.outcome"])
        else:
            outcome = {"reset": "7", "closed_early": "8", "idle": "9"}[truth["outcome"]]
            self.assertIn(outcome, row["wsus.connection.outcome"])


if __name__ == "__main__":
    unittest.main()
