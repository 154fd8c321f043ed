"""Inputs from the field that once were read wrong, by value and in every mode; codes in attributes of the own capture.

The shared captures are described in ../shared/reference/field-cases.md; what the project's own captures and made ones hold of
each kind is asserted in test_unfinished.py, test_meaning.py, test_pages.py and here.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import unittest

from harness import CAPTURES, SHARED, fields, shared_captures

NAMES = ["frame.number", "wsus.operation", "wsus.message", "wsus.status_code", "wsus.request_in", "wsus.body.missing",
         "wsus.update.count", "wws.fault.errorcode", "wws.fault.code", "winerr.code", "winerr.derived"]
OURS = "wsus || wws || winerr"
MODES = {
    "one pass": [], "two passes": ["-2"], "bodies not put together": ["-o", "http.desegment_body:FALSE"],
    "TCP not put together": ["-o", "tcp.desegment_tcp_streams:FALSE"], "neither, two passes": [
        "-2", "-o", "http.desegment_body:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE"],
}

# Of each frame: operations, messages, status, request in, bytes missing, updates, ErrorCode, fault code, codes on the wire,
# codes derived.
WIRE = {
    "code-in-attribute": {
        "6": "||||||| Sender | 0x8033805b |",
        "16": "||||||| Receiver | 0x80338029 |",
        "26": "||||||| XMLAnalysisError.0xc10e0002 | 0xc10e0002 |",
    },
    "derived-other-agents": {
        "4": "Download | 1 ||||||||",
        "6": "Download | 2 | 403 | 4 ||||| 0x00000193 |",
        "14": "Ident | 1 ||||||||",
        "16": "Ident | 2 | 404 | 14 ||||| 0x00000194 |",
        "24": "| 1 ||||||||",
        "26": "| 2 | 503 | 24 ||||| 0x000001f7 |",
        "34": "GetConfig | 1 ||||||||",
        "36": "GetConfig | 3 | 500 | 34 |||| Client | 0x000001f4 |",
        "44": "Download | 1 ||||||||",
        "46": "Download | 2 | 404 | 44 ||||| 0x00000194 |",
    },
    "early-503": {
        "5": "GetConfig | 2 | 503 | 4 ||||| 0x000001f7 | 0x80244022",
        "6": "GetConfig | 1 ||||||||",
    },
    "loss-late": {
        "4": "SyncUpdates | 1 ||||||||",
        "15": "SyncUpdates,GetConfig | 2,1 | 200 | 4 | 1000 | 18 ||||",
        "17": "GetConfig | 2 | 200 | 15 ||||||",
    },
    "plain7": {
        "4": "SyncUpdates | 1 ||||||||",
        "14": "SyncUpdates | 2 | 200 | 4 || 20 ||||",
        "16": "GetConfig | 1 ||||||||",
        "18": "GetConfig | 2 | 200 | 16 ||||||",
    },
    "selfupdate-other": {},
    "w04-html": {
        "4": "SyncUpdates | 1 ||||||||",
        "5": "SyncUpdates | 2 | 500 | 4 ||||| 0x000001f4,0x8007007e | 0x8024401f",
        "6": "SyncUpdates | 1 ||||||||",
        "7": "SyncUpdates | 2 | 503 | 6 ||||| 0x000001f7 | 0x80244022",
        "8": "SyncUpdates | 1 ||||||||",
        "9": "SyncUpdates | 2 | 500 | 8 ||||| 0x000001f4,0x80070005 | 0x8024401f",
        "10": "SyncUpdates | 1 ||||||||",
        "11": "SyncUpdates | 2 | 403 | 10 ||||| 0x00000193 | 0x80244018",
        "12": "SyncUpdates | 1 ||||||||",
        "13": "SyncUpdates | 2 | 407 | 12 ||||| 0x00000197 | 0x8024401b",
        "14": "SyncUpdates | 1 ||||||||",
        "15": "SyncUpdates | 2 | 502 | 14 ||||| 0x000001f6 | 0x80244021",
        "16": "SyncUpdates | 1 ||||||||",
        "17": "SyncUpdates,Exchange | 2 | 302 | 16 |||||| 0x803d0000,0x80240439",
        "18": "SyncUpdates | 1 ||||||||",
        "19": "SyncUpdates,Exchange | 2 | 200 | 18 |||||| 0x803d0000,0x80240439",
    },
    "w06-wsman": {  # a client that is no Windows Web Services, and does not name itself again
        "5": "||||||| Receiver | 0x80070005 |",
        "7": "||||||| Sender | 0x8033805b |",
    },
    "w09-fault-other-method": {
        "4": "GetExtendedUpdateInfo2 | 1 ||||||||",
        "5": "GetExtendedUpdateInfo2 | 3 | 500 | 4 ||| InvalidParameters | Sender | 0x000001f4 | 0x803d0013,0x8024400d,0x80244007",
    },
    "w10-connect": {
        "4": "Tunnel | 1 ||||||||",
        "5": "Tunnel,Tunnel | 2 | 403 | 4 ||||| 0x00000193,0x00000193 | 0x80244018,0x80244018",
    },
    "w11-200-not-soap": {
        "4": "SyncUpdates | 1 ||||||||",
        "5": "SyncUpdates,Exchange | 2 | 200 | 4 |||||| 0x803d0000,0x80240439",
    },
    "zeek-byteranges": {
        "4": "Download | 1 ||||||||",
        "65": "Download | 2 | 206 | 4 ||||||",
    },
}

# One pass tells where a request begins that goes on behind its answer, two where it ends.
TWO_PASSES = {("early-503", "5"): WIRE["early-503"]["5"].replace("| 4 |", "| 6 |")}


def row_of(values):
    """A row of fields in the words of WIRE."""
    derived = values[-1]
    codes = list(zip(values[-2], derived))
    cells = [",".join(value) for value in values[:-2]]
    cells += [",".join(code for code, made in codes if made == wanted) for wanted in ("0", "1")]
    return "|".join(cells)


def shown(capture, *arguments, display=OURS):
    return {row[0][0]: row_of(row[1:]) for row in fields(capture, NAMES, *arguments, display=display)}


def plain(rows):
    return {frame: row.replace(" ", "") for frame, row in rows.items()}


class Shared(unittest.TestCase):
    maxDiff = None

    def test_every_case_in_every_mode(self):
        captures = {path.stem: path for path in shared_captures("cases")}
        self.assertEqual(sorted(WIRE), sorted(captures))
        for name, capture in captures.items():
            for mode, arguments in MODES.items():
                with self.subTest(name, mode=mode):
                    expected = dict(WIRE[name])
                    if "-2" in arguments:
                        expected.update({frame: row for (case, frame), row in TWO_PASSES.items() if case == name})
                    self.assertEqual(plain(expected), shown(capture, *arguments))

    def test_without_a_filter(self):
        shared_captures("cases")
        for name, rows in WIRE.items():
            with self.subTest(name):
                found = shown(SHARED / "cases" / f"{name}.pcap", display="frame")
                self.assertEqual(plain(rows), {frame: row for frame, row in found.items() if row.strip("|")})


class Attributes(unittest.TestCase):
    """Of the fault in each frame: code of the fault, code, and where it stands."""

    EXPECTED = {
        "2": ["Sender", "0x8033805b", "2150858843"],
        "4": ["Receiver", "0x80338029", "2150858793"],
        "6": ["XMLAnalysisError.0xc10e0002", "0xc10e0002", "0xc10e0002"],
        "8": ["Server", "0x80070005", "0x80070005"],
        "10": ["Server", "0x80070005", "2147942405"],
        "12": ["Server", "0x82000006", "0x82000006"],
        "14": ["Server", "0x80070005", "80070005"],
        "16": ["Server", None, None],  # numbers that nothing calls a code
    }

    def test_codes_in_every_mode(self):
        expected = {frame: [code, number] for frame, (code, number, _) in self.EXPECTED.items()}
        for mode, arguments in MODES.items():
            with self.subTest(mode):
                rows = fields(CAPTURES / "attributes.pcapng", ["frame.number", "wws.fault.code", "winerr.code", "winerr.derived"],
                              *arguments, display="wws")
                self.assertEqual(expected, {row[0][0]: [row[1][0], row[2][0] if row[2] else None] for row in rows})
                self.assertEqual([["0"]] * 7 + [[]], [row[3] for row in rows])

    def test_filters_find_them(self):
        for code, frames in (("0x8033805B", ["2"]), ("0xC10E0002", ["6"]), ("0x80070005", ["8", "10", "14"]), ("0x80070002", [])):
            self.assertEqual(frames, [row[0][0] for row in fields(CAPTURES / "attributes.pcapng", ["frame.number"],
                                                                  display=f"winerr.code == {code}")])


if __name__ == "__main__":
    unittest.main()
