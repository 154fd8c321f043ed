"""Bodies that are no SOAP, and failures in heads: error pages, BITS-Error-Code, reports to Watson, several ranges at once.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import unittest

from harness import WORDS, CAPTURES, REPO, tshark

FIELDS = ("frame.number", "wsus.operation", "wsus.status_code", "wsus.substatus", "wsus.exception", "winerr.code", "winerr.derived")
PAGES = """2|GetConfig|500|19||0x000001f4,0x8024401f,0x8007007e|0,1,0
4|GetConfig|403|14||0x00000193,0x80244018|0,1
6|GetConfig|500||System.IO.FileLoadException: Could not load file or assembly 'Example'. (Exception from HRESULT: 0x80070005 \
(E_ACCESSDENIED))|0x000001f4,0x8024401f,0x80070005|0,1,0
8|GetConfig|503|||0x000001f7,0x80244022|0,1
10|Download|404|||0x00000194,0x80244019,0x80190194,0x80070002|0,1,1,0
11|FailureReport||||0x80072efe|0
12|FailureReport|404|||0x00000194|0
"""


def rows(capture, *arguments):
    columns = [word for field in FIELDS for word in ("-e", field)]
    output = tshark(capture, *arguments, "-T", "fields", "-E", "separator=|", *columns)
    lines = [line.rpartition("|") for line in output.splitlines()]  # the last column is of booleans, which 4.4 writes as words
    return "".join(f"{rest}|{','.join(WORDS.get(word, word) for word in last.split(','))}\n" for rest, _, last in lines)


class Pages(unittest.TestCase):
    maxDiff = None

    def test_codes_substatus_and_exception(self):
        for mode in ((), ("-2",)):
            self.assertEqual(PAGES, rows(CAPTURES / "pages.pcapng", *mode, "-Y", "wsus.status_code || winerr"))

    def test_as_filters(self):
        for text, frames in (("wsus.substatus == 19", "2\n"), ("winerr.code == 0x8007007e", "2\n"),
                             ('wsus.exception contains "FileLoadException"', "6\n"), ("winerr.code == 0x80072efe", "11\n"),
                             ('wsus.service == "Watson"', "11\n12\n"), ("winerr.code == 0x80070002", "10\n")):
            self.assertEqual(frames, tshark(CAPTURES / "pages.pcapng", "-Y", text, "-T", "fields", "-e", "frame.number"), text)

    def test_nothing_is_derived_from_the_answer_of_watson(self):
        self.assertEqual("", tshark(CAPTURES / "pages.pcapng", "-Y", "frame.number == 12 && winerr.derived == 1"))

    def test_several_ranges(self):
        self.assertEqual("0,100|9,119|\n0,100|9,119|2500,2500\n",
                         tshark(CAPTURES / "downloads.pcapng", "-Y", "wsus.range.first == 100", "-T", "fields", "-E",
                                "separator=|", "-e", "wsus.range.first", "-e", "wsus.range.last", "-e", "wsus.range.total"))

    def test_shared_captures(self):
        cases = REPO.parent / "shared" / "captures" / "cases"
        if not os.path.isdir(cases):
            self.skipTest("SKIPPED: no shared captures")
        found = rows(cases / "w04-html.pcap", "-Y", "wsus.status_code >= 400").splitlines()
        self.assertEqual(["5|SyncUpdates|500|19||0x000001f4,0x8024401f,0x8007007e|0,1,0",
                          "11|SyncUpdates|403|14||0x00000193,0x80244018|0,1"], [found[0], found[3]])
        self.assertIn("0x80070005", found[2])
        codes = tshark(cases / "w11-200-not-soap.pcap", "-Y", "frame.number == 5", "-T", "fields", "-e", "winerr.code")
        self.assertEqual("0x803d0000,0x80240439\n", codes)
        firsts = tshark(cases / "zeek-byteranges.pcap", "-Y", "wsus", "-T", "fields", "-e", "wsus.range.first").splitlines()
        self.assertEqual([20, 20], [len(line.split(",")) for line in firsts])


if __name__ == "__main__":
    unittest.main()
