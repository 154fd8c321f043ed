"""wuerr from outside: arguments, standard input, output, exit status.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import shutil
import subprocess
import unittest

from harness import BUILD, REPO


def wuerr(*arguments, stdin=b""):
    done = subprocess.run([BUILD / "wuerr", *arguments], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, check=False, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Wuerr(unittest.TestCase):
    maxDiff = None

    def test_a_code_in_every_form(self):
        expected = """0x8024402C (-2145107924)
  WU_E_PT_WINHTTP_NAME_NOT_RESOLVED [WUA]
    The name of the proxy or of the update server could not be resolved.
    Hint: Check DNS for the host in WUServer, and the proxy with: netsh winhttp show proxy.
  failure, facility 36 (WINDOWSUPDATE), low word 0x402C (16428)
"""
        for form in ("0x8024402C", "8024402c", "0X8024402c", "-2145107924", "2149859372", "WU_E_PT_WINHTTP_NAME_NOT_RESOLVED",
                     "wu_e_pt_winhttp_name_not_resolved"):
            self.assertEqual((0, expected, ""), wuerr(form), form)
        self.assertEqual((0, expected, ""), wuerr("Scan failed: hr = 0x8024402C at line 7"))

    def test_hexadecimal_digits_without_a_prefix(self):
        for argument, code in (("80244022", 0x80244022), ("8024ABCD", 0x8024ABCD), ("12345678", 12345678)):
            self.assertEqual(code, json.loads(wuerr("--json", argument)[1])["code"])

    def test_every_reading_of_an_ambiguous_number(self):
        status, output, _ = wuerr("--json", "12007")
        self.assertEqual(0, status)
        self.assertEqual([("WinHTTP", "ERROR_WINHTTP_NAME_NOT_RESOLVED"), ("WinINet", "ERROR_INTERNET_NAME_NOT_RESOLVED")],
                         [(reading["family"], reading["symbol"]) for reading in json.loads(output)["readings"]])
        readings = json.loads(wuerr("--json", "0x80072EE7")[1])
        self.assertEqual(12007, readings["win32"])
        self.assertEqual("WinHTTP", readings["readings"][0]["family"])

    def test_meanings_in_french(self):
        for option in (("--lang", "fr"), ("--lang=FR",)):
            readings = json.loads(wuerr("--json", *option, "0x80244022")[1])["readings"]
            self.assertEqual("Le serveur a r\u00e9pondu 503 : le service est surcharg\u00e9 ou indisponible pour l'instant.",
                             readings[0]["text"])
        self.assertIn("r\u00e9pondu 503", wuerr("--lang", "fr", "0x80244022")[1])
        self.assertEqual(wuerr("0x87D00692"), wuerr("--lang", "fr", "0x87D00692"))  # has English only
        self.assertEqual(wuerr("503"), wuerr("--lang", "en", "503"))

    def test_a_misprint(self):
        found = json.loads(wuerr("--json", "0x804D0013")[1])
        self.assertEqual(("WS_E_ENDPOINT_FAULT_RECEIVED", 0x803D0013),
                         (found["readings"][0]["symbol"], found["readings"][0]["misprint_of"]))

    def test_success_is_no_error(self):
        found = json.loads(wuerr("--json", "0x00240005")[1])
        self.assertEqual((False, True, "success", "WU_S_REBOOT_REQUIRED"),
                         (found["error"], found["known"], found["severity"], found["readings"][0]["symbol"]))

    def test_unknown_codes_are_taken_apart(self):
        status, output, _ = wuerr("0x8024ABCD")
        self.assertEqual(1, status)
        self.assertIn("failure, facility 36 (WINDOWSUPDATE), low word 0xABCD (43981)", output)
        found = json.loads(wuerr("--json", "0xD0000022")[1])
        self.assertEqual((0, 0x22), (found["facility"], found["low_word"]))

    def test_standard_input_line_by_line(self):
        log = (b"2026-03-02 08:00 agent started\n2026-03-02 08:01 FAILED [8024402C] Scan\n"
               b"digest 8f87acea08e75f612ea6d88d6135744265fb1aad\n"
               b"2026-03-02 08:02 sc-status 503 hr=0x80072ee2 and -2145107934\n")
        status, output, errors = wuerr(stdin=log)
        self.assertEqual((0, ""), (status, errors))
        heads = [line for line in output.splitlines() if not line.startswith(" ")]
        self.assertEqual(["2: 0x8024402C (-2145107924)", "4: 0x80072EE2 (-2147012894)", "4: 0x80244022 (-2145107934)"], heads)
        lines = [json.loads(line) for line in wuerr("--json", stdin=log)[1].splitlines()]
        self.assertEqual([(2, 0x8024402C), (4, 0x80072EE2), (4, 0x80244022)],
                         [(found["line"], found["code"]) for found in lines])

    def test_bad_input(self):
        for argument in ("nothing of interest", "0x1FFFFFFFF", "4294967296", "-2147483649", "", "0x", "WU_E_NO_SUCH_NAME"):
            status, output, errors = wuerr(argument)
            self.assertEqual((1, ""), (status, output), argument)
            self.assertTrue(errors.startswith("wuerr: "), argument)
        self.assertEqual(2, wuerr("--nonsense")[0])
        for arguments in (("--lang", "de", "503"), ("--lang=", "503"), ("--lang",)):
            status, output, errors = wuerr(*arguments)
            self.assertEqual((2, ""), (status, output), arguments)
            self.assertTrue(errors.startswith("wuerr: there are no meanings in the language"), arguments)
        binary = bytes(range(256)) * 4096 + b"\n0x80244022\n" + b"\xff" * 3000000
        status, output, _ = wuerr(stdin=binary)
        self.assertIn("0x80244022 (-2145107934)", output)
        self.assertIn(status, (0, 1))
        with open(BUILD / "wuerr", "rb") as program:
            self.assertIn(wuerr(stdin=program.read())[0], (0, 1))

    def test_help_and_manual_page(self):
        status, output, _ = wuerr("--help")
        self.assertEqual(0, status)
        self.assertTrue(output.startswith("Usage: wuerr"))
        if not shutil.which("man"):
            self.skipTest("SKIPPED: there is no man")
        done = subprocess.run(["man", "--warnings", "-l", REPO / "plugin" / "wuerr" / "wuerr.1"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=True, timeout=60, env={"PATH": os.environ["PATH"], "MANWIDTH": "100",
                                                                                 "LC_ALL": "C.UTF-8"})
        self.assertEqual(b"", done.stderr)
        for option in ("--json", "--help", "--version"):
            self.assertIn(option, done.stdout.decode().replace("\u2010", "-").replace("\u2212", "-"))


if __name__ == "__main__":
    unittest.main()
