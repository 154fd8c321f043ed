"""wuerr on logs: every code of the corpus and no other, in every encoding; summaries; input that is broken.

A log of tests/wuerr/corpus has a NAME.truth beside it: line number and code, in the order of the line. HTTP statuses have
their substatus or reason behind them, codes of Windows Setup their extension (0xC1900101+0x20017).

SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections
import json
import os
import pathlib
import pty
import resource
import subprocess
import tempfile
import unittest

from harness import BUILD, REPO

CORPUS = REPO / "tests" / "wuerr" / "corpus"
LOGS = sorted(path for path in CORPUS.iterdir() if path.suffix != ".truth")
LINE = "2024/03/02 12:08:31.2034321 1108  2452  Agent           *FAILED* [80240438] Method failed\r\n"


def wuerr(*arguments, stdin=b"", **more):
    done = subprocess.run([BUILD / "wuerr", *map(str, arguments)], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=120, check=False, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def code_text(found):
    text = found["text"]
    if "extension" in found:
        text += f"+0x{found['extension']['code']:X}"
    return text + found.get("reason", "")


def codes_by_line(output):
    lines = collections.defaultdict(list)
    for row in map(json.loads, output.splitlines()):
        lines[row["line"]].append(code_text(row))
    return dict(lines)


def truth(path):
    lines = collections.defaultdict(list)
    for row in pathlib.Path(f"{path}.truth").read_text(encoding="ascii").splitlines():
        line, code = row.split("\t")
        lines[int(line)].append(code)
    return dict(lines)


def sentence(code):
    return json.loads(wuerr("--json", code)[1])["readings"][0]["text"]


class Logs(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        os.chmod(self.folder.name, 0o755)

    def file(self, name, data):
        path = pathlib.Path(self.folder.name, name)
        path.write_bytes(data)
        return path

    def test_every_code_of_the_corpus_and_no_other(self):
        self.assertGreaterEqual(len(LOGS), 12)
        for path in LOGS:
            with self.subTest(path.name):
                status, output, errors = wuerr("--json", path)
                self.assertIn(status, (0, 1))
                self.assertEqual("", errors)
                self.assertEqual(truth(path), codes_by_line(output))

    def test_every_encoding(self):
        for path in LOGS:
            text = path.read_bytes().decode()
            for name, encoding, mark in (("8-bom", "utf-8", b"\xef\xbb\xbf"), ("16le-bom", "utf-16-le", b"\xff\xfe"),
                                         ("16be-bom", "utf-16-be", b"\xfe\xff"), ("16le", "utf-16-le", b""),
                                         ("16be", "utf-16-be", b""), ("1252", "cp1252", b"")):
                with self.subTest(f"{path.name} {name}"):
                    _, output, errors = wuerr("--json", self.file(name, mark + text.encode(encoding)))
                    self.assertEqual("", errors)
                    self.assertEqual(truth(path), codes_by_line(output))

    def test_standard_input_is_read_like_a_file(self):
        for data in (LINE.encode(), LINE.encode("utf-16"), LINE.encode("utf-16-le")):
            self.assertEqual({1: ["0x80240438"]}, codes_by_line(wuerr("--json", stdin=data)[1]))
            self.assertEqual({1: ["0x80240438"]}, codes_by_line(wuerr("--json", "-", stdin=data)[1]))

    def test_the_line_stands_beside_the_code(self):
        path = self.file("a.log", ("first\r\n" + LINE + LINE + "K\u00e4se, Fehlercode 80240438 \u202e\x1b[31m\n").encode())
        explanation = "".join(line for line in wuerr("0x80240438")[1].splitlines(True)[1:-1])
        self.assertIn("  WU_E_PT_ENDPOINT_UNREACHABLE [WUA]\n", explanation)
        self.assertEqual((0, f"""{path}:2: 0x80240438 (-2145123272)
  | {LINE.strip()}
{explanation}  failure, facility 36 (WINDOWSUPDATE), low word 0x0438 (1080)
{path}:3: 0x80240438 (-2145123272)
  | {LINE.strip()}
  WU_E_PT_ENDPOINT_UNREACHABLE [WUA]
{path}:4: 0x80240438 (-2145123272)
  | K\u00e4se, Fehlercode 80240438 ..[31m
  WU_E_PT_ENDPOINT_UNREACHABLE [WUA]
""", ""), wuerr(path))

    def test_what_stands_beside_a_code(self):
        _, output, _ = wuerr(CORPUS / "u_ex240102.log", CORPUS / "httperr1.log", CORPUS / "setupact.log")
        for line in ("  500.24: Impersonation in ASP.NET does not apply in integrated mode.",
                     "  AppOffline: The application pool is stopped, or was taken offline after repeated failures.",
                     "  extension 0x20017: phase SAFE_OS (Windows PE, in which the new system is put in place, between the first "
                     "and the second restart), operation BOOT (starting the computer)"):
            self.assertIn(line, output.splitlines())

    def test_rows_of_other_paths_are_read_when_asked_for(self):
        path = CORPUS / "u_ex240102.log"
        self.assertNotIn("404", wuerr("--json", path)[1])
        self.assertEqual(["404", "2"], codes_by_line(wuerr("--json", "--all", path)[1])[10])

    def test_errors_only(self):
        path = CORPUS / "ReportingEvents.log"
        self.assertIn("WU_S_REBOOT_REQUIRED", wuerr(path)[1])
        self.assertNotIn("WU_S_REBOOT_REQUIRED", wuerr("--errors", path)[1])
        self.assertIn("CBS_E_STORE_CORRUPTION", wuerr("--errors", path)[1])

    def test_summary(self):
        a = self.file("a.log", (LINE + "error 0x80072ee2\n" + LINE).encode())
        b = self.file("b.log", ("\n" + LINE).encode())
        self.assertEqual((0, f"""       3  0x80240438 WU_E_PT_ENDPOINT_UNREACHABLE
          {sentence("0x80240438")}
          first {a}:1, last {b}:2
       1  0x80072EE2 ERROR_WINHTTP_TIMEOUT
          {sentence("0x80072EE2")}
          in {a}:2
""", ""), wuerr("--summary", a, b))
        rows = [json.loads(row) for row in wuerr("--summary", "--json", a, b)[1].splitlines()]
        self.assertEqual([(3, "0x80240438", {"file": str(a), "line": 1}, {"file": str(b), "line": 2}),
                          (1, "0x80072EE2", {"file": str(a), "line": 2}, {"file": str(a), "line": 2})],
                         [(row["count"], row["text"], row["first"], row["last"]) for row in rows])
        self.assertEqual((0, "", ""), wuerr("--summary", stdin=b"nothing\n"))

    def test_text_behind_a_leading_code(self):
        for text, symbol in (("0x80244022 - The service is unavailable", "WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL"),
                             ("80244022 unavailable", "WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL"),
                             ("503 Service Unavailable", "HTTP_STATUS_SERVICE_UNAVAIL"),
                             ("12007: name", "ERROR_WINHTTP_NAME_NOT_RESOLVED"),
                             ("-2145107924 name", "WU_E_PT_WINHTTP_NAME_NOT_RESOLVED")):
            self.assertIn(symbol, wuerr(text)[1], text)
        self.assertIn("SERVICE_UNAVAIL", wuerr(stdin=b"0x80244022 - The service is unavailable")[1])
        self.assertEqual((1, ""), wuerr("7 updates")[:2])

    def test_eight_digits_have_two_readings(self):
        status, output, _ = wuerr("80244022")
        self.assertEqual(0, status)
        self.assertTrue(output.startswith("0x80244022 (-2145107934)\n"))
        self.assertTrue(output.endswith("  The same digits as a decimal number: 0x04C86D36, unknown\n"))
        self.assertEqual({"code": 80244022, "known": False}, json.loads(wuerr("--json", "80244022")[1])["also"])
        self.assertNotIn("also", json.loads(wuerr("--json", "8024402C")[1]))

    def test_minus_one_is_no_code(self):
        for argument in ("-1", "0xFFFFFFFF", "4294967295"):
            self.assertEqual((1, "0xFFFFFFFF (-1)\n  no code: what programs return for any failure\n", ""), wuerr(argument))

    def test_options(self):
        self.assertEqual(wuerr("--help"), wuerr("-h"))
        self.assertEqual(wuerr("--version"), wuerr("-V"))
        self.assertTrue(wuerr("-V")[1].startswith("wuerr "))
        self.assertEqual(2, wuerr("-x")[0])
        self.assertEqual(wuerr("--json", "12007"), wuerr("12007", "--json"))

    def test_a_terminal_gets_help(self):
        controller, terminal = pty.openpty()
        try:
            done = subprocess.run([BUILD / "wuerr"], stdin=terminal, stdout=subprocess.PIPE, timeout=20, check=False)
        finally:
            os.close(controller)
            os.close(terminal)
        self.assertEqual((0, wuerr("--help")[1]), (done.returncode, done.stdout.decode()))

    def test_what_cannot_be_written_is_an_error(self):
        for arguments in (["0x80244022"], ["--json", CORPUS / "CBS.log"], ["--summary", CORPUS / "CBS.log"], ["--help"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([BUILD / "wuerr", *arguments], stdout=full, stderr=subprocess.PIPE, check=False, timeout=20)
            self.assertEqual((2, b"wuerr: standard output: No space left on device\n"), (done.returncode, done.stderr))

    def test_what_cannot_be_read_is_said_and_the_rest_read(self):
        good = self.file("good.log", LINE.encode())
        for bad, reason in ((self.folder.name, "is a folder: name the files in it"),
                            (self.file("a.evtx", b"ElfFile\0" + bytes(100)),
                             "a binary event log: export it with wevtutil qe /lf /f:text first"),
                            (self.file("a.gz", b"\x1f\x8b\x08" + bytes(100)), "compressed: unpack it first")):
            status, output, errors = wuerr("--json", bad, good)
            self.assertEqual((2, f"wuerr: {bad}: {reason}\n"), (status, errors))
            self.assertEqual({1: ["0x80240438"]}, codes_by_line(output))
        missing = pathlib.Path(self.folder.name, "missing.log")
        self.assertEqual((2, "", f"wuerr: no file and no code: {missing}\n"), wuerr(missing))

    def test_no_permission(self):
        secret = self.file("secret.log", LINE.encode())
        secret.chmod(0)
        more = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
        program = self.file("wuerr", (BUILD / "wuerr").read_bytes())
        program.chmod(0o755)
        done = subprocess.run([program, secret], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=20, **more)
        self.assertEqual((2, b"", f"wuerr: {secret}: Permission denied\n".encode()), (done.returncode, done.stdout, done.stderr))

    def test_broken_utf16_loses_nothing_of_the_rest(self):
        one = LINE.encode("utf-16-le")
        for broken in (b"\x00\xd8", b"\x00\xdc", b"\x00\xd8\x00\xd8"):
            path = self.file("broken.log", b"\xff\xfe" + one + broken + b"\n\0" + one)
            status, output, errors = wuerr("--json", path)
            self.assertEqual((2, f"wuerr: {path}: broken UTF-16 at byte {len(one) + 2}; the rest is read\n"), (status, errors))
            self.assertEqual({1: ["0x80240438"], 3: ["0x80240438"]}, codes_by_line(output))
        path = self.file("odd.log", b"\xff\xfe" + one + b"x")
        status, output, errors = wuerr("--json", path)
        self.assertEqual((2, f"wuerr: {path}: broken UTF-16 at byte {len(one) + 2}; the rest is read\n"), (status, errors))
        self.assertEqual({1: ["0x80240438"]}, codes_by_line(output))

    def test_characters_beyond_a_block(self):
        text = "\U0001f600" * 200000 + "\n" + LINE
        for encoding in ("utf-8", "utf-16"):
            for shift in range(3):
                _, output, errors = wuerr("--json", self.file("long.log", ("x" * shift + text).encode(encoding)))
                self.assertEqual(({2: ["0x80240438"]}, ""), (codes_by_line(output), errors))

    def test_nul_bytes_and_binary_files(self):
        data = LINE.encode() + b"a\0error 0x80072ee2\0b\n" + bytes(range(256)) * 100 + b"\n" + LINE.encode()
        path = self.file("nul.log", b"\0\0\0" + data)
        status, output, errors = wuerr("--json", path)
        self.assertEqual((0, f"wuerr: {path}: holds NUL bytes: no text, but searched for codes\n"), (status, errors))
        self.assertEqual(["0x80240438", "0x80072EE2", "0x80240438"],
                         [code_text(row) for row in map(json.loads, output.splitlines())])

    def test_long_lines_are_searched_to_their_end(self):
        filler = "word 8f87acea08e75f612ea6d88d6135744265fb1aad " * 50000
        text = f"{filler}error 0x80244022 {filler}error 80244023 {filler}{'x' * 3000000} error 0x80072ee2\n{LINE}"
        for encoding in ("utf-8", "utf-16"):
            _, output, _ = wuerr("--json", stdin=text.encode(encoding))
            self.assertEqual({1: ["0x80244022", "0x80244023", "0x80072EE2"], 2: ["0x80240438"]}, codes_by_line(output))

    def test_a_line_in_pieces_has_a_code_once(self):
        """As every line: 3 MB of the same code, then a line of its own."""
        text = "error 0x80072ee2, " * 200_000 + "error 0x80244022\nerror 0x80072ee2\n"
        self.assertEqual({1: ["0x80072EE2", "0x80244022"], 2: ["0x80072EE2"]}, codes_by_line(wuerr("--json", stdin=text.encode())[1]))

    def test_codes_where_pieces_of_a_line_meet(self):
        for shift in range(0, 40):
            text = "y " * (512 * 1024 - 20) + "z" * shift + " failed with error 80244022 and more " + "y " * 200000
            self.assertEqual({1: ["0x80244022"]}, codes_by_line(wuerr("--json", stdin=text.encode())[1]), shift)

    def test_memory_does_not_grow_with_the_file(self):
        data = (LINE * 1000).encode() + b"x" * 5000000 + b"\n"
        limit = 96 * 1024 * 1024
        process = subprocess.Popen([BUILD / "wuerr", "--summary"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        for _ in range(30):
            process.stdin.write(data)
        output, _ = process.communicate(timeout=120)
        self.assertEqual(0, process.returncode)
        self.assertIn(b"   30000  0x80240438 WU_E_PT_ENDPOINT_UNREACHABLE\n", output)


if __name__ == "__main__":
    unittest.main()
