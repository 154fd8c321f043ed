"""captures/decode: what a user expects of a command. Input of every kind, options, terminals, and what goes wrong.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import csv
import gzip
import io
import json
import os
import pathlib
import pty
import queue
import random
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import types
import unicodedata
import unittest

import decoder_modules
from decoder_modules import arguments, layout, outputs, split, totals
from harness import CAPTURES, REPO, own_captures, tshark
from test_decode import DECODE, InFolder, decode, rows_and_summary, shown_on

SIX = [CAPTURES / f"{name}.pcapng" for name in ("asmx", "reports", "status", "tls", "server-sync", "faults-text")]


def without_secrets(capture):
    """A pcapng capture without the TLS secrets in it, and these as a key log: blocks of type 10."""
    data, at, bare, found = capture.read_bytes(), 0, b"", b""
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 10:
            size, = struct.unpack_from("<I", data, at + 12)
            found += data[at + 16:at + 16 + size]
        else:
            bare += data[at:at + length]
        at += length
    return bare, found


class Inputs(InFolder):
    def rows(self, *arguments, **more):
        status, output, errors = decode("--json", *arguments, **more)
        self.assertEqual((0, ""), (status, errors))
        rows, summary = rows_and_summary(output)
        for row in (*rows, *summary["diagnosis"]):
            del row["file"]
        return rows, summary

    def test_standard_input(self):
        with (CAPTURES / "asmx.pcapng").open("rb") as file:
            rows, summary = self.rows("-", stdin=file)
        self.assertEqual(self.rows(CAPTURES / "asmx.pcapng"), (rows, summary))

    def test_standard_input_is_shown_as_it_comes(self):
        data = (CAPTURES / "asmx.pcapng").read_bytes()
        with subprocess.Popen([DECODE, "--no-summary", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdin.write(data[:60000])
            process.stdin.flush()
            lines = [process.stdout.readline().decode() for _ in range(4)]
            self.assertIsNone(process.poll())
            process.stdin.write(data[60000:])
            process.stdin.close()
            rest = process.stdout.read().decode()
        self.assertEqual("== standard input\n", lines[0])
        self.assertIn("GetConfig", lines[3])
        self.assertEqual(decode("--no-summary", CAPTURES / "asmx.pcapng")[1].splitlines()[1:],
                         ("".join(lines[1:]) + rest).splitlines())

    def test_a_folder(self):
        """Its captures and those below, whatever their names; nothing else in it."""
        (self.folder / "below").mkdir()
        shutil.copy(CAPTURES / "tls.pcapng", self.folder / "b.pcap3")
        shutil.copy(CAPTURES / "other.pcapng", self.folder / "without-ending")
        (self.folder / "below" / "a.pcapng.gz").write_bytes(gzip.compress((CAPTURES / "pipeline.pcapng").read_bytes()))
        (self.folder / "notes.txt").write_text("nothing\n", encoding="ascii")
        (self.folder / "archive.gz").write_bytes(gzip.compress(b"nothing"))
        status, output, _ = decode("--json", self.folder)
        rows, summary = rows_and_summary(output)
        self.assertEqual(0, status)
        self.assertEqual(["b.pcap3", "below/a.pcapng.gz"], sorted({os.path.relpath(row["file"], self.folder) for row in rows}))
        self.assertEqual(3, summary["files"])

    def test_a_series_is_one_capture(self):
        """An exchange that crosses files is whole, in whatever order the files are named."""
        whole = self.rows(CAPTURES / "asmx.pcapng")
        subprocess.run(["editcap", "-F", "nsecpcap", "-c", "7", CAPTURES / "asmx.pcapng", self.folder / "ring.pcap"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        parts = sorted(self.folder.iterdir())
        self.assertGreater(len(parts), 5)
        random.Random(1).shuffle(parts)
        self.assertEqual(whole, self.rows("--series", *parts))
        self.assertEqual(whole, self.rows("--series", self.folder))
        alone = rows_and_summary(decode("--json", *sorted(parts))[1])[0]
        self.assertNotEqual(len(whole[0]), len([row for row in alone if row["response"] and row["request"]]))

    def test_a_series_with_something_else_in_it(self):
        (self.folder / "text.pcap").write_bytes(b"nothing of the kind")
        status, output, errors = decode("--series", CAPTURES / "tls.pcapng", self.folder / "nosuchfile")
        self.assertEqual((1, "", 1), (status, output, len(errors.splitlines())))
        self.assertIn("nosuchfile: No such file or directory", errors)

    def test_keys(self):
        bare, keys = self.folder / "bare.pcapng", self.folder / "keys"
        for path, data in zip((bare, keys), without_secrets(CAPTURES / "tls.pcapng")):
            path.write_bytes(data)
        keys.chmod(0o600)
        self.assertEqual(self.rows(CAPTURES / "tls.pcapng"), self.rows("--keylog", keys, bare))
        status, output, _ = decode("--no-summary", bare)
        self.assertEqual(0, status)
        self.assertIn("TLS on port 8531 stays closed without its keys: --keylog FILE\n", output)

    def test_preferences_decode_as_and_filter(self):
        capture = CAPTURES / "scan-plain.pcapng"
        status, output, _ = decode("--no-summary", "-d", "tcp.port==8530,echo", capture)
        self.assertEqual(0, status)
        self.assertEqual([f"== {capture}: 0 exchanges", "Wireshark takes HTTP on port 8530 for ECHO: -d tcp.port==8530,http"],
                         [output.splitlines()[0], output.splitlines()[1].partition(": ")[2]])
        own = 'uat:windows_error_codes:"0x8024402C","CONTOSO_E_NAME","WUA","Our own words."'
        codes = [code for row in self.rows("-o", own, CAPTURES / "asmx.pcapng")[0] for code in row["codes"]]
        self.assertIn(("CONTOSO_E_NAME", "Our own words."), {(code["symbol"], code["text"]) for code in codes})
        rows, _ = self.rows("-Y", 'wsus.operation == "GetCookie"', CAPTURES / "asmx.pcapng")
        self.assertEqual({"GetCookie"}, {row["operation"] for row in rows})

    def test_captures_without_exchanges_are_explained(self):
        arp, empty = self.folder / "arp.pcap", self.folder / "empty.pcap"
        head = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
        frame = b"\xff" * 6 + b"\2\0\0\0\0\1" + b"\x08\x06" + struct.pack(">HHBBH", 1, 0x800, 6, 4, 1) + bytes(20)
        arp.write_bytes(head + (struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame) * 3)
        empty.write_bytes(head)
        for capture, reason in ((arp, "3 packets, none of them IP (arp): nothing that Windows Update could be in"),
                                (empty, "no packets in this capture"),
                                (CAPTURES / "other.pcapng", "18 packets, no Windows Update: 10 packets of HTTP, none of them "
                                                            "recognised as Windows Update")):
            status, output, errors = decode("--no-summary", capture)
            self.assertEqual((0, ""), (status, errors))
            self.assertEqual([f"== {capture}: 0 exchanges", f"   {reason}"], output.splitlines())
            status, output, errors = decode("--json", "--no-summary", capture)
            self.assertEqual((0, "", f"decode: {capture}: {reason}\n"), (status, output, errors))

    def test_what_is_no_capture(self):
        """Programs, pictures, texts, nothing: errors all of them, not results without exchanges."""
        (self.folder / "empty").write_bytes(b"")
        (self.folder / "json").write_text('{"a": 1}\n', encoding="ascii")
        (self.folder / "text").write_text("nothing of the kind\n" * 20, encoding="ascii")
        (self.folder / "packed").write_bytes(gzip.compress(b"nothing of the kind\n" * 20))
        for path in (*self.folder.iterdir(), pathlib.Path(shutil.which("true")), REPO / "plugin" / "pictures" / "packet-list.png"):
            status, output, errors = decode(path)
            self.assertEqual((1, ""), (status, output), path)
            self.assertEqual(1, len(errors.splitlines()), errors)
            self.assertTrue(errors.startswith(f"decode: {path}: "), errors)
            with path.open("rb") as file:
                status, output, errors = decode("-", stdin=file)
            self.assertEqual((1, "", 1), (status, output, len(errors.splitlines())), path)


class Parts(unittest.TestCase):
    """A large capture is read in parts, on all processors; here, every sample capture is a large one."""

    maxDiff = None

    @staticmethod
    def decoded(capture, parts, *arguments):
        return decode("--jobs", str(parts), *arguments, capture, env={**os.environ, "DECODE_SPLIT_FROM": "1"})

    def test_the_output_is_that_of_one_process(self):
        for capture in own_captures():
            whole = self.decoded(capture, 1, "--json")
            for parts in (2, 3):
                self.assertTrue(whole == self.decoded(capture, parts, "--json"), f"{capture.name}, {parts} parts")
        for form in ((), ("--no-summary",), ("--csv",), ("--summary-only",), ("--json",)):
            self.assertTrue(self.decoded(SIX[0], 1, *form) == self.decoded(SIX[0], 2, *form), form)

    def test_what_only_the_end_tells(self):
        """Requests and SYNs that wait for an answer when the capture ends, in the order of one process."""
        with tempfile.TemporaryDirectory() as folder:
            cut = pathlib.Path(folder) / "cut.pcapng"
            subprocess.run(["editcap", "-r", CAPTURES / "connections.pcapng", cut, "1-35"], check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["mergecap", "-a", "-w", pathlib.Path(folder) / "all.pcapng", CAPTURES / "incomplete.pcapng", cut],
                           check=True, stdout=subprocess.DEVNULL)
            capture = pathlib.Path(folder) / "all.pcapng"
            whole = self.decoded(capture, 1, "--json")
            rows, summary = rows_and_summary(whole[1])
            self.assertEqual(["no response", "connection failed"],
                             [row["outcome"] for row in rows if not row["told"]][-2:])
            self.assertEqual("No answer", rows[-1]["connection"])
            causes = [(cause["server"], cause["what"][:18]) for client in summary["diagnosis"][0]["of_clients"]
                      for cause in client["causes"]]
            self.assertEqual(1, causes.count(("127.0.0.12:8530", "Connect: No answer")), causes)
            for parts in (2, 3, 4, 5):
                self.assertEqual(whole, self.decoded(capture, parts, "--json"), parts)

    @staticmethod
    def merged(shared, *parts):
        """Parts that write these lines, in chunks of two."""
        readers = []
        for number, lines in enumerate(parts):
            chunks = queue.SimpleQueue()
            for at in range(0, len(lines), 2):
                chunks.put(b"".join(lines[at:at + 2]))
            chunks.put(None)
            readers.append(split.Lines(chunks, number, shared))
        return [line for lines in split.merged(readers) for line in lines]

    @staticmethod
    def record(request, told, host="wsus.example.test", more=""):
        return (f'{{"request":{request},"response":0,"told":{told},"time":1.5,"utc":"","client":"a","server":"b","port":80,'
                f'"host":"{host}","computer":"","fetched":"","title":"","described":[{more}],"events":[]}}\n').encode()

    def test_the_order_of_lines(self):
        """By frame; each part ends with what is no record, and then with records that had to wait: those of all parts are in order."""
        end = b"sealed\t0\t0\n"
        lines = self.merged(split.Shared(), [*(self.record(n, n) for n in (3, 4, 5, 11)), b"fact\t12\tx\n", end,
                                             *(self.record(n, 0) for n in (8, 89))],
                            [*(self.record(n, n) for n in (1, 6, 10)), b"fact\t11\ty\n", end, *(self.record(n, 0) for n in (52, 95))],
                            [], [self.record(7, 7)])
        self.assertEqual([1, 3, 4, 5, 6, 7, 10, 11, "y", "x", "0", "0", 8, 52, 89, 95],
                         [json.loads(line)["request"] if line.startswith(b"{") else line.decode().split("\t")[-1].strip()
                          for line in lines])

    def test_what_all_parts_tell_is_taken_once(self):
        twice, other = self.record(5, 5), self.record(4, 5)
        lines = self.merged(split.Shared(), [twice, twice, self.record(6, 6)], [other, twice], [twice, other])
        self.assertEqual([twice, twice, other, self.record(6, 6)], lines)

    def test_servers_that_an_exchange_shows(self):
        for host, crosses in (("wsus.example.test", False), ("fe2.update.microsoft.com:443", False), ("updates.example.test", True),
                              (r'a.microsoft.com\".example.test', True), ("microsoft.com", False)):
            shared = split.Shared()
            self.merged(shared, [self.record(1, 1, "wsus.example.test")], [self.record(2, 2, host)])
            self.assertEqual(crosses, shared.cross_parts(), host)

    def test_when_there_are_parts(self):
        capture = types.SimpleNamespace(path="large.pcapng", size=lambda: split.FROM)
        for words, parts in (((), 2), (("--no-summary",), 2), (("--csv",), 2), (("--json",), 2), (("--summary-only",), 2),
                             (("--csv", "--jobs", "1"), 1), (("--csv", "-Y", "wsus"), 1)):
            self.assertEqual(parts, split.parts_for(capture, arguments.parse(["--jobs", "2", *words])), words)
        capture.size = lambda: split.FROM - 1
        self.assertEqual(1, split.parts_for(capture, arguments.parse(["--jobs", "2", "--csv"])))

    def test_the_parts_are_all_of_it(self):
        """Each exchange is in one part, with the frame numbers of the capture; no part is the whole."""
        capture = CAPTURES / "downloads.pcapng"
        whole = tshark(capture, "-q", "-z", "wsus,records").splitlines()
        parts = [tshark(capture, "-o", f"wsus.part:{n}/3", "-q", "-z", "wsus,records").splitlines() for n in (1, 2, 3)]
        self.assertEqual(sorted(json.loads(line)["request"] for line in whole),
                         sorted(json.loads(line)["request"] for part in parts for line in part))
        self.assertTrue(all(len(part) < len(whole) for part in parts))
        for wrong in ("0/2", "3/2", "two", "1/", "/"):
            self.assertEqual(whole, tshark(capture, "-o", f"wsus.part:{wrong}", "-q", "-z", "wsus,records").splitlines())

    def test_what_one_part_has_to_know_of_another(self):
        """A file that one client downloads, and whose update another client's scan described: its title is not lost."""
        capture = CAPTURES / "downloads.pcapng"
        whole = tshark(capture, "-q", "-z", "wsus,records").splitlines()
        for number in range(2, 8):
            parts = [tshark(capture, "-o", f"wsus.part:{n + 1}/{number}", "-q", "-z", "wsus,records").splitlines()
                     for n in range(number)]
            shared = split.Shared()
            for part, lines in enumerate(parts):
                shared.note_files([line.encode() for line in lines], part)
            if shared.cross_parts():
                break
        else:
            self.fail("the titles were never in another part")
        self.assertNotEqual(sorted(whole), sorted(line for part in parts for line in part))
        output = self.decoded(capture, number, "--json", "--no-summary")[1].splitlines()
        self.assertEqual([json.loads(line) for line in whole],
                         [{key: value for key, value in json.loads(line).items() if key != "file"} for line in output])

    def test_a_part_that_ends_early_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            cut = pathlib.Path(folder) / "cut.pcapng"
            cut.write_bytes((CAPTURES / "asmx.pcapng").read_bytes()[:60000])
            status, _, errors = self.decoded(cut, 2, "--json", "--no-summary")
        self.assertEqual((1, 1), (status, len(errors.splitlines())))
        self.assertIn("cut short", errors)


class Commandline(unittest.TestCase):
    def test_help_and_version(self):
        for option in ("-h", "--help"):
            status, output, errors = decode(option)
            self.assertEqual((0, ""), (status, errors))
            self.assertTrue(output.startswith("usage: decode [OPTION...] [FILE...]\n"))
            self.assertEqual([], [line for line in output.splitlines() if len(line) > 132])
        status, output, errors = decode("--version")
        self.assertEqual((0, ""), (status, errors))
        self.assertRegex(output, r"^decode \d+\.\d+\.\d+, Windows Update dissector for Wireshark\n$")

    def test_every_option_is_in_the_help(self):
        parser = (REPO / "captures" / "decoder" / "arguments.py").read_text(encoding="utf-8")
        output = decode("--help")[1]
        for line in parser.splitlines():
            if "add_argument(\"-" in line:
                self.assertIn(line.split('"')[1], output)

    def test_wrong_command_lines(self):
        for arguments, reason in (
                (["--csv", "--json"], "--csv and --json do not go together"),
                (["--summary-only", "--no-summary"], "--summary-only and --no-summary do not go together"),
                (["--jobs", "0"], "argument --jobs: a number of processors from 1 on, not 0"),
                (["--jobs", "-3"], "argument --jobs: a number of processors from 1 on, not -3"),
                (["--jobs", "two"], "argument --jobs: a number of processors from 1 on, not two"),
                (["-o", "name"], "-o takes NAME:VALUE, not name"),
                (["-d", "port"], "-d takes LAYER==SELECTOR,PROTOCOL, not port"),
                (["--totals"], "--totals takes the files that decode --json wrote"),
                (["--series"], "--series takes the files of the series, or their folder"),
                (["-", "-"], "standard input is one capture"),
                (["--nosuch"], "unrecognized arguments: --nosuch")):
            self.assertEqual((2, "", f"decode: {reason}\nTry: decode --help\n"), decode(*arguments))


def interruptible():
    """A shell in the background, as of a test run, ignores the signal, and what it starts would, too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Ends(unittest.TestCase):
    """What ends a run early: one line at most, the right status, no traceback."""

    def test_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([DECODE, *SIX], stdout=full, stderr=subprocess.PIPE, timeout=300, check=False)
        self.assertEqual((1, b"decode: cannot write: No space left on device\n"), (done.returncode, done.stderr))

    def test_a_closed_pipe(self):
        for arguments in (SIX, SIX[:1]):
            done = subprocess.run(["bash", "-c", '"$@" | head -n 1; exit "${PIPESTATUS[0]}"', "-", DECODE, *arguments, *arguments],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, check=False)
            self.assertEqual((b"", 1), (done.stderr, done.stdout.count(b"\n")))
            self.assertIn(done.returncode, (0, 141))

    def test_interrupted(self):
        for arguments in (SIX * 20, ["-"]):
            with subprocess.Popen([DECODE, *arguments], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  start_new_session=True, preexec_fn=interruptible) as process:
                time.sleep(1)
                os.killpg(process.pid, signal.SIGINT)
                errors = process.stderr.read()
                process.wait(timeout=60)
            self.assertEqual((-signal.SIGINT, b"decode: interrupted\n"), (process.returncode, errors))

    def test_a_locale_without_utf8(self):
        plain = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        status, output, errors = decode("--no-summary", CAPTURES / "codes.pcapng", *SIX, env=plain)
        self.assertEqual((0, ""), (status, errors))
        self.assertTrue(output.isascii())
        self.assertEqual(b"G\\xe4ste \\u202e\n", outputs.encoded(["Gäste \u202e"], "ascii"))
        self.assertEqual(b"G\xe4ste\n", outputs.encoded(["Gäste"], "iso-8859-1"))


def too_long(output, columns):
    """Lines that take more columns of a terminal than it has."""
    def columns_of(line):
        return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)

    return [line for line in output.splitlines() if columns_of(line) > columns]


class Terminal(unittest.TestCase):
    def on_terminal(self, *arguments, columns=80):
        try:
            master, slave = pty.openpty()
        except OSError as error:
            self.skipTest(f"SKIPPED: {error}")
        environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
        subprocess.run(["stty", "cols", str(columns), "-F", os.ttyname(slave)], check=True)
        with subprocess.Popen([DECODE, *arguments], stdout=slave, stderr=subprocess.DEVNULL, env=environment) as process:
            os.close(slave)
            output = shown_on(master)
        return process.returncode, output.replace("\r\n", "\n")

    def test_nothing_goes_beyond_the_screen(self):
        status, output = self.on_terminal(*SIX, columns=132)
        self.assertEqual(0, status)
        self.assertEqual([], too_long(output, 132))

    def test_every_capture_is_read_without_scrolling_sideways(self):
        """Headings, lines that say why there is nothing, and characters that take two columns, too."""
        for captures in (own_captures(), sorted((REPO.parent / "shared" / "captures").glob("*/*.pcap*"))):
            for columns in (80, 100) if captures else ():
                status, output, _ = decode(*captures, env={**os.environ, "COLUMNS": str(columns)})
                self.assertEqual(0, status)
                self.assertGreater(sum(line.startswith("== ") for line in output.splitlines()), len(captures) * 0.9)
                self.assertEqual([], too_long(output, columns))

    def test_wide_characters_take_two_columns(self):
        text = "\u5e97\u306f\u9589\u307e\u3063\u3066\u3044\u307e\u3059"
        for width in range(20, 40):
            lines = layout.fold(f"fault Server ({text * 5} 0x80070015) e\u0301", width, "  ", "    ")
            self.assertEqual([], too_long("\n".join(lines), width))
            self.assertEqual(5, "".join(line.strip() for line in lines).count(text))

    def test_lines(self):
        """Client and server in a line of their own, once; time of day; the name of a client does not stand there twice."""
        _, output = self.on_terminal("--no-summary", CAPTURES / "tls.pcapng")
        lines = output.splitlines()
        self.assertEqual([f"== {CAPTURES / 'tls.pcapng'}: 7 exchanges", "-- 2026-11-20 UTC",
                          "127.0.0.1 -> wsus.example.test:8531",
                          "      11/13  14:17:59.166  GetConfig  200",
                          "               protocol 2.50 -> registration required"], lines[:5])
        self.assertEqual(2, output.count("-> wsus.example.test:8531"))
        self.assertEqual(1, output.count("pc1.example.test"))

    def test_columns_of_the_environment(self):
        _, output, _ = decode("--no-summary", CAPTURES / "tls.pcapng", env={**os.environ, "COLUMNS": "70"})
        self.assertEqual([], [line for line in output.splitlines()[1:] if len(line) > 70])
        self.assertIn("127.0.0.1 -> wsus.example.test:8531", output.splitlines())


RECORD = {
    "request": 1, "response": 2, "told": 2, "time": 1.5, "utc": "2026-03-02T08:00:00.000000Z", "client": "192.0.2.20", "server": "192.0.2.1",
    "port": 8530, "host": "", "computer": "", "service": "ClientWebService", "operation": "SyncUpdates", "asked": "", "answered": "",
    "status": 200, "duration": 0.1, "outcome": "success", "fault": "", "detail": "", "recovery": "", "connection": "", "stream": 0,
    "fetched": "", "title": "", "described": [], "events": [], "findings": [], "codes": []}
CODE = {"code": "0x80072EE2", "symbol": "ERROR_WINHTTP_TIMEOUT", "family": "WinHTTP", "text": "Too late.", "check": "Wait.",
        "derived": False, "basis": "", "because": "", "source": "Event report", "error": True}
EVENT = {"event": "scan failed", "outcome": "failed", "update": "", "revision": "", "time": "", "code": "0x80072EE2",
         "symbol": "ERROR_WINHTTP_TIMEOUT"}


class Records(unittest.TestCase):
    """The modules behind the command, over records written by hand."""

    maxDiff = None

    def test_the_modules_are_those_of_the_checkout(self):
        self.assertEqual(REPO / "captures" / "decoder", decoder_modules.FOLDER)

    @staticmethod
    def written(records, width=None, **options):
        chosen = types.SimpleNamespace(**{"csv": False, "json": False, "html": None, "summary_only": False, "no_summary": True, **options})
        sink = io.BytesIO()
        output = outputs.create(sink, chosen, "utf-8", width)
        output.begin()
        writer = output.capture("a.pcap", False)
        writer.records([json.dumps(record).encode() + b"\n" for record in records])
        writer.end([])
        return sink.getvalue().decode()

    def test_control_characters_are_shown(self):
        """Escape sequences, C1, and what turns the direction of writing never reach a terminal."""
        evil = "a\x1b[2J\x9b31m\u202eexe.\u2066\r\nz"
        record = {**RECORD, "host": evil, "computer": evil, "operation": evil, "asked": evil, "fault": evil, "detail": evil,
                  "findings": [evil], "outcome": "fault", "events": [{**EVENT, "event": evil}],
                  "codes": [{**CODE, "symbol": evil, "text": evil, "source": "Text"}]}
        texts = [self.written([record]), self.written([record], 80), self.written([record], csv=True)]
        sums = totals.Totals()
        sums.add_record(record)
        texts.append("\n".join(layout.summary(sums, None)))
        for text in texts:
            self.assertEqual([], [c for c in text.replace("\n", "") if not c.isprintable()])
            self.assertIn("\\u001b[2J\\u009b31m\\u202eexe.\\u2066", text.replace("\n", "").replace(" ", ""))

    def test_cells_are_no_formulas(self):
        for start in "=+-@":
            record = {**RECORD, "host": f"{start}HYPERLINK(1)", "detail": f"{start}1"}
            row, = csv.DictReader(io.StringIO(self.written([record], csv=True)))
            self.assertEqual((f"'{start}HYPERLINK(1)", f"'{start}1", "200"), (row["host"], row["detail"], row["status"]))

    def test_a_connection_that_failed(self):
        record = {**RECORD, "request": 3, "response": 5, "service": "Connection", "operation": "Connect", "status": 0,
                  "connection": "Refused", "outcome": "connection failed", "host": "wsus.example.test:8530",
                  "codes": [{**CODE, "derived": True, "source": "Connection"}]}
        self.assertIn("        3/5  08:00:00.000  192.0.2.20            wsus.example.test:8530  Connect                 Refused | "
                      "0x80072EE2 ERROR_WINHTTP_TIMEOUT (derived)\n", self.written([record]))
        sums = totals.Totals(files=1)
        sums.add_record(record)
        sums.add_record({**RECORD, "events": [EVENT], "codes": [CODE]})
        sums.add_record({**RECORD, "response": 0, "status": 0, "outcome": "no response"})
        sums.add_record({**RECORD, "status": 503, "outcome": "http error", "codes": [
            {**CODE, "code": "503", "symbol": "HTTP_STATUS_SERVICE_UNAVAIL", "family": "HTTP", "source": "HTTP status"}]})
        self.assertEqual([
            "== Summary", "1 file, 3 exchanges: 2 answered, 0 faults, 1 failed", "1 failed connection; clients report 1 failure",
            "3 error codes by family",
            "WinHTTP: 2", "       1 0x80072EE2 ERROR_WINHTTP_TIMEOUT: Too late. Wait.",
            "       1 0x80072EE2 ERROR_WINHTTP_TIMEOUT (derived): Too late. Wait.",
            "HTTP: 1", "       1 503 HTTP_STATUS_SERVICE_UNAVAIL: Too late. Wait.",
            "client 192.0.2.20: 1 failed exchange, 1 failed connection, 1 reported failure",
            "       1 SyncUpdates: 503 HTTP_STATUS_SERVICE_UNAVAIL",
            "       1 Connect: Refused, 0x80072EE2 ERROR_WINHTTP_TIMEOUT (derived)",
            "       1 reports: scan failed, 0x80072EE2 ERROR_WINHTTP_TIMEOUT"], layout.summary(sums, None))

    def test_days_and_names(self):
        """A day has a line of its own, and so has the name of a client where it becomes known; the column has its address."""
        records = [RECORD, {**RECORD, "computer": "pc1"}, {**RECORD, "utc": "2026-03-03T00:00:01.000000Z"}]
        lines = self.written(records).splitlines()
        self.assertEqual(["-- 2026-03-02 UTC", "-- 192.0.2.20 is pc1", "-- 2026-03-03 UTC"],
                         [line for line in lines if line.startswith("--")])
        self.assertEqual(["192.0.2.20"] * 3, [line.split()[2] for line in lines if "SyncUpdates" in line])


class Totals(InFolder):
    def written(self, name, *arguments):
        path = self.folder / name
        path.write_text(decode("--json", *arguments)[1], encoding="ascii")
        return path

    def test_sums_of_runs_are_the_run_of_the_sum(self):
        together = decode("--summary-only", *SIX)[1]
        parts = [self.written("a", *SIX[:2]), self.written("b", *SIX[2:5]),
                 self.written("c", "--summary-only", *SIX[5:])]
        self.assertEqual((0, together, ""), decode("--totals", *parts))
        joined = self.folder / "joined"
        joined.write_bytes(b"".join(part.read_bytes() for part in (parts[0], parts[2], parts[1])))
        self.assertEqual((0, together, ""), decode("--totals", joined))
        with joined.open("rb") as file:
            self.assertEqual((0, together, ""), decode("--totals", "-", stdin=file))
        sums = json.loads(decode("--totals", "--json", *parts)[1])["summary"]
        self.assertEqual(rows_and_summary(decode("--json", *SIX)[1])[1], sums)
        parts[1] = self.written("b", "--no-summary", *SIX[2:5])  # without their diagnosis, and with the same sums
        self.assertEqual(together.partition("== Summary")[2], decode("--totals", *parts)[1].partition("== Summary")[2])
        again = self.folder / "again"
        again.write_text(json.dumps({"summary": sums}), encoding="ascii")
        self.assertEqual((0, together, ""), decode("--totals", again))

    def test_what_are_no_totals(self):
        bad = self.folder / "bad"
        for text, reason in (("nothing\n", "line 1 is not what decode --json writes"), ("[]\n", "line 1 is not what decode --json writes"),
                             ('{"summary": {}}\n', "line 1: a summary of another version ('files')")):
            bad.write_text(text, encoding="ascii")
            self.assertEqual((1, "", f"decode: {bad}: {reason}\n"), decode("--totals", bad))
        self.assertEqual((1, "", f"decode: {self.folder / 'none'}: No such file or directory\n"),
                         decode("--totals", self.folder / "none"))


if __name__ == "__main__":
    unittest.main()
