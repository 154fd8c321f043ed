"""Codes: the plugin beside wuerr, filters by family and facility, the list of all codes, codes of the user.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import random
import re
import subprocess
import unittest

from harness import BUILD, CAPTURES, REPO, WORDS, fields, run, tshark
from made import END, ENVELOPE, MadeCaptures, request

TABLES = REPO / "tables"
REPORT = "http://www.microsoft.com/SoftwareDistribution"
PER_MESSAGE = 1500  # events of one report: all their items stay below the limit of a message
PARTS = ["winerr.code", "winerr.symbol", "winerr.text", "winerr.hint", "winerr.family", "winerr.severity",
         "winerr.facility", "winerr.low_word", "winerr.error"]


def table_values():
    """All values of the tables of code families; those that have a symbol."""
    values = set()
    for path in TABLES.glob("*.tsv"):
        lines = path.read_text(encoding="utf-8").splitlines()
        if lines[0].startswith("#family\t") and lines[0] != "#family\tfacilities":
            rows = (line.split("\t") for line in lines[2:] if not line.startswith("#"))
            values.update(int(row[0], 0) for row in rows if len(row) > 1 and row[1])
    return values


def value_names(field):
    """{number: name} of a field from tshark -G values."""
    names = {}
    for line in run("tshark", "-G", "values").stdout.decode(errors="replace").splitlines():
        row = line.split("\t")
        if row[:2] == ["V", field]:
            names[int(row[2], 0)] = row[3]
    return names


def report(codes):
    """A report whose events have these results."""
    events = "".join(f"<ReportingEvent><BasicData><NamespaceID>1</NamespaceID><EventID>162</EventID>"
                     f"<Win32HResult>{code - (1 << 32) if code >> 31 else code}</Win32HResult></BasicData></ReportingEvent>"
                     for code in codes)
    return request(f"{ENVELOPE}<ReportEventBatch xmlns=\"{REPORT}\"><eventBatch>{events}</eventBatch></ReportEventBatch>{END}",
                   operation="ReportEventBatch").replace(b"/Server/ClientWebService/Report", b"/Report")


class BesideWuerr(MadeCaptures):
    """The command and the plugin stand on the same tables and must say the same."""

    def from_plugin(self, codes):
        capture = self.capture(*(report(codes[i:i + PER_MESSAGE]) for i in range(0, len(codes), PER_MESSAGE)))
        output = tshark(capture, "-Y", "wsus", "-T", "pdml", "-o", "wsus.no_stock_xml:TRUE")
        found = []
        for item in re.split(r'<proto name="winerr"', output)[1:]:
            shown = dict(re.findall(r'<field name="(winerr\.[a-z0-9_]+)".*? show="([^"]*)"', item))
            found.append({name: WORDS.get(shown.get(name, ""), shown.get(name, "")) for name in PARTS})
        return found

    def from_wuerr(self, codes):
        done = subprocess.run([BUILD / "wuerr", "--json", *(f"0x{code:08X}" for code in codes)], stdout=subprocess.PIPE,
                              check=False, timeout=60)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def compare(self, codes):
        families = {name: number for number, name in value_names("winerr.family").items()}
        plugin = self.from_plugin(codes)
        self.assertEqual(len(codes), len(plugin))
        command = [row for i in range(0, len(codes), 2000) for row in self.from_wuerr(codes[i:i + 2000])]
        self.assertEqual(codes, [row["code"] for row in command])
        escape = str.maketrans({"&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;", "'": "&#x27;"})
        for ours, theirs in zip(plugin, command):
            first = theirs["readings"][0] if theirs["readings"] else {}
            family = str(families[first.get("family", "Unknown")])
            expected = {
                "winerr.symbol": first.get("symbol", ""),
                "winerr.text": first.get("text", "").translate(escape),
                "winerr.hint": first.get("hint", "").translate(escape),
                "winerr.family": family,
                "winerr.severity": "1" if theirs["severity"] == "failure" else "0",
                "winerr.error": "1" if theirs["error"] else "0",
            }
            expected["winerr.code"] = f"0x{theirs['code']:08x}"
            expected["winerr.facility"] = str(theirs["facility"])
            expected["winerr.low_word"] = f"0x{theirs['low_word']:08x}"
            self.assertEqual(expected, ours, f"0x{theirs['code']:08X}")

    def test_random_numbers(self):
        generator = random.Random(20261121)
        self.compare([generator.randrange(0x10000, 1 << 32) for _ in range(10000)])

    def test_all_known_codes(self):
        known = sorted(table_values())
        self.assertGreater(len(known), 5000)
        self.compare([code for code in known if code > 0xffff] +
                     [0x80070000 | code for code in known if 0 < code <= 0xffff])


class Filters(unittest.TestCase):
    def frames(self, capture, display):
        return [int(row[0][0]) for row in fields(CAPTURES / capture, ["frame.number"], display=display)]

    def test_families(self):
        numbers = {name: str(number) for number, name in value_names("winerr.family").items()}
        self.assertEqual(["WUA", "WWS", "WinHTTP", "WinINet", "Winsock", "HTTP", "BITS", "DeliveryOptimization", "CBS",
                          "Setup", "SetupAPI", "Certificate", "Security", "COM", "DotNet", "XML", "MSI", "Win32", "NTSTATUS",
                          "ConfigMgr", "ESENT", "Defender", "MDM", "WMI", "AppX", "DISM", "Identity", "Script", "Unknown"],
                         sorted(numbers, key=lambda name: (name == "Unknown", int(numbers[name]))))
        found = set()
        for capture in ("reports.pcapng", "status.pcapng", "faults-text.pcapng", "codes.pcapng"):
            rows = fields(CAPTURES / capture, ["frame.number", "winerr.family"])
            for family, number in numbers.items():
                expected = [int(frame[0]) for frame, families in rows if number in families]
                self.assertEqual(expected, self.frames(capture, f'winerr.family == "{family}"'), (capture, family))
                found |= {family} if expected else set()
        self.assertEqual(set(numbers), found)

    def test_facilities(self):
        names = value_names("winerr.facility")
        self.assertEqual("WINDOWSUPDATE", names[36])
        expected = [int(row[0][0]) for row in fields(CAPTURES / "asmx.pcapng", ["frame.number", "winerr.facility"])
                    if "36" in row[1]]
        self.assertTrue(expected)
        self.assertEqual(expected, self.frames("asmx.pcapng", 'winerr.facility == "WINDOWSUPDATE"'))

    def test_documented_filters(self):
        """The filters that users were promised, by the frames they select."""
        for capture, display, frames in (
                ("status.pcapng", "winerr.code == 0x80244022", [81]),
                ("status.pcapng", "winerr.code == 503", [81]),
                ("status.pcapng", 'winerr.code == 0x80244022 && winerr.derived == 1', [81]),
                ("status.pcapng", "wsus.status_code == 503", [81]),
                ("faults-text.pcapng", "winerr.code == 0x8024402C && winerr.derived == 0", None),
                ("scan-xpress.pcapng", 'wsus.operation == "SyncUpdates" && wsus.message == 1', None),
                ("server-sync.pcapng", 'wws.fault.errorcode == "InvalidCookie"', None)):
            got = self.frames(capture, display)
            if frames is None:
                self.assertTrue(got, display)
                self.assertLess(len(got), len(self.frames(capture, "frame")), display)
            else:
                self.assertEqual(frames, got, display)

    def test_success_codes_are_no_errors(self):
        """0x00240005 (WU_S_REBOOT_REQUIRED) is named, and neither counted nor warned of."""
        rows = fields(CAPTURES / "asmx.pcapng", ["winerr.code", "winerr.symbol", "winerr.error"], display="frame.number == 29")
        codes, symbols, errors = rows[0]
        at = codes.index("0x00240005")
        self.assertEqual(("WU_S_REBOOT_REQUIRED", "0"), (symbols[at], errors[at]))
        self.assertEqual(("S_OK", "0"), (symbols[codes.index("0x00000000")], errors[codes.index("0x00000000")]))
        experts = fields(CAPTURES / "asmx.pcapng", ["_ws.expert.message"], display="frame.number == 29")[0][0]
        self.assertFalse([text for text in experts if "WU_S_" in text or "S_OK" in text])


class Values(unittest.TestCase):
    def test_all_codes_are_listed(self):
        names = value_names("winerr.code")
        self.assertFalse(sorted(table_values() - set(names)))
        self.assertEqual("WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL", names[0x80244022])


class Languages(unittest.TestCase):
    def texts(self, *options):
        return fields(CAPTURES / "status.pcapng", ["winerr.code", "winerr.text"], *options, display="frame.number == 81")[0]

    def test_meanings_in_french(self):
        codes, english = self.texts()
        self.assertEqual([codes, english], self.texts("-o", "winerr.language:en"))
        french = self.texts("-o", "winerr.language:fr")
        self.assertEqual(codes, french[0])
        self.assertEqual(["Le service est indisponible pour l'instant : surcharg\u00e9, arr\u00eat\u00e9 ou en maintenance.",
                          "Le serveur a r\u00e9pondu 503 : le service est surcharg\u00e9 ou indisponible pour l'instant."],
                         french[1])
        self.assertEqual(len(english), len(french[1]))
        self.assertNotEqual(english, french[1])


class OwnCodes(MadeCaptures):
    """The table of the preferences that adds codes or takes the place of what the tables say."""

    def shown(self, codes, *rows):
        options = [part for row in rows for part in ("-o", f"uat:windows_error_codes:{row}")]
        values = fields(self.capture(report(codes)), ["winerr.symbol", "winerr.family", "winerr.text"], *options,
                        display="wsus")
        return values[0]

    def test_a_new_code_and_one_that_is_changed(self):
        self.assertEqual([["WU_E_NO_SERVICE"], ["1", "0"],
                          ["The Windows Update Agent could not offer the service that was asked for."]],
                         self.shown([0x80240001, 0x8024ABCD]))
        symbols, families, texts = self.shown([0x80240001, 0x8024ABCD],
                                              '"0x8024ABCD","MY_E_CODE","WinHTTP","Ours."',
                                              '"-2145124351","MY_E_OTHER","WUA","Ours too."')
        self.assertEqual(["MY_E_OTHER", "MY_E_CODE"], symbols)
        self.assertEqual(["1", "3"], families)
        self.assertEqual(["Ours too.", "Ours."], texts)

    def test_malformed_rows_are_refused_with_a_reason(self):
        for row, reason in (
                ('"0x1zz","A","WUA","t"', '"0x1zz" is no code: write 0x80240001, -2145124351 or 12007'),
                ('"4294967296","A","WUA","t"', '"4294967296" is no code'),
                ('"0x80240001","","WUA","t"', "The code needs a symbol"),
                ('"0x80240001","A","Nobody","t"', '"Nobody" is no family: use one of the names of winerr.family')):
            done = run("tshark", "-r", CAPTURES / "asmx.pcapng", "-o", f"uat:windows_error_codes:{row}", check=False)
            complaint = done.stderr.decode(errors="replace")
            self.assertNotEqual(0, done.returncode, row)
            self.assertIn(reason, complaint)


if __name__ == "__main__":
    unittest.main()
