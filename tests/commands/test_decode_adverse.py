"""captures/decode where things are not as they should be: pipes, odd names, wrong options, signals, closed streams, full disks,
captures that hold nothing to read. One clear line, the right status, nothing left behind.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import csv
import gzip
import importlib.util
import io
import json
import os
import pathlib
import pty
import re
import resource
import shutil
import signal
import stat
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import unittest.mock

import test_decode
from decoder_modules import FOLDER, inputs, layout, setup
from harness import CAPTURES, own_captures
from test_decode import DECODE, decode, rows_and_summary, shown_on
from test_decode_options import SIX, interruptible, too_long, without_secrets

ASMX, TLS = CAPTURES / "asmx.pcapng", CAPTURES / "tls.pcapng"


class InFolder(test_decode.InFolder):
    def says(self, complaint, *arguments, status=1, output="", **more):
        """It ends with that one line and that status, and prints nothing else."""
        self.assertEqual((status, output, f"decode: {complaint}\n" if complaint else ""), decode(*arguments, **more))

    def rows(self, *arguments, **more):
        """Records without the name of their file."""
        status, output, errors = decode("--json", "--no-summary", *arguments, **more)
        self.assertEqual((0, ""), (status, errors))
        return [{key: value for key, value in json.loads(line).items() if key != "file"} for line in output.splitlines()]


class Pipes(InFolder):
    """A named pipe can be read once; <(...) of a shell is one."""

    def fed(self, data, *arguments, **more):
        """What decode makes of a named pipe that this is written to."""
        pipe = self.folder / "pipe"
        if not pipe.exists():
            os.mkfifo(pipe)

        def feed():
            try:
                with pipe.open("wb") as file:
                    file.write(data)
            except BrokenPipeError:
                pass

        writer = threading.Thread(target=feed, daemon=True)
        writer.start()
        done = subprocess.run([DECODE, *arguments, pipe], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False, **more)
        found = done.returncode, done.stdout.decode(), done.stderr.decode()
        writer.join(timeout=60)
        self.assertFalse(writer.is_alive(), "the pipe was not read")
        return found

    def test_a_capture(self):
        whole = decode("--json", "--no-summary", ASMX)[1].replace(str(ASMX), str(self.folder / "pipe"))
        for data in (ASMX.read_bytes(), gzip.compress(ASMX.read_bytes())):
            self.assertEqual((0, whole, ""), self.fed(data, "--json", "--no-summary"))
        self.assertTrue(stat.S_ISFIFO((self.folder / "pipe").stat().st_mode))

    def test_what_is_none(self):
        for data, reason in ((b"", "The input is empty"), (b"hello\n" * 9, "This is no capture"),
                             (gzip.compress(b"hello\n"), "This is no capture")):
            self.assertEqual((1, "", f"decode: {self.folder / 'pipe'}: {reason}\n"), self.fed(data))

    def test_without_exchanges(self):
        """Nobody looks a second time for what else is in it."""
        status, output, errors = self.fed((CAPTURES / "other.pcapng").read_bytes(), "--no-summary")
        self.assertEqual((0, f"== {self.folder / 'pipe'}: 0 exchanges\n", ""), (status, output, errors))

    def test_a_series_is_made_of_files(self):
        os.mkfifo(self.folder / "pipe")
        self.says(f"{self.folder / 'pipe'}: {self.folder / 'pipe'}: Is a pipe, and a series is made of files", "--series", self.folder / "pipe")

    def test_process_substitution(self):
        done = subprocess.run(["bash", "-c", '"$0" --json --summary-only <(cat "$1") <(gzip -c "$2")', DECODE, *SIX[:2]],
                              stdout=subprocess.PIPE, check=True)
        sums = json.loads(done.stdout)["summary"]
        expected = rows_and_summary(decode("--json", *SIX[:2])[1])[1]
        self.assertEqual([expected[name] for name in ("files", "exchanges", "errors", "reported_failures")],
                         [sums[name] for name in ("files", "exchanges", "errors", "reported_failures")])


class Names(InFolder):
    def test_bytes_that_are_no_characters(self):
        """Shown as escapes, in JSON that every reader takes: without halves of surrogate pairs."""
        shutil.copy(TLS, os.path.join(os.fsencode(self.folder), b"bad\xff\xe4.pcapng"))
        name, = os.listdir(self.folder)
        shown = f"{self.folder}/bad\\xff\\xe4.pcapng"
        for plain in ({}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LC_ALL": "POSIX"}):
            environment = {**os.environ, **plain}
            status, output, errors = decode("--json", "--no-summary", self.folder / name, env=environment)
            self.assertEqual((0, "", {shown}), (status, errors, {json.loads(line)["file"] for line in output.splitlines()}))
            self.assertNotIn("\\udc", output)
            self.assertEqual(f"== {shown}: 7 exchanges", decode("--no-summary", self.folder / name, env=environment)[1].splitlines()[0])
            table = list(csv.DictReader(io.StringIO(decode("--csv", self.folder / name, env=environment)[1])))
            self.assertEqual({shown}, {row["file"] for row in table})
            self.says(f"{shown[:-7]}: No such file or directory", self.folder / name.removesuffix(".pcapng"), env=environment)

    def test_names_in_a_plain_locale(self):
        capture = self.folder / "Gäste.pcapng"
        shutil.copy(TLS, capture)
        plain = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        self.assertEqual({str(capture)}, {json.loads(line)["file"] for line in decode("--json", "--no-summary", capture, env=plain)[1].splitlines()})
        self.assertEqual(f"== {self.folder}/G\\xe4ste.pcapng: 7 exchanges", decode("--no-summary", capture, env=plain)[1].splitlines()[0])

    def test_what_steers_a_terminal(self):
        """In names of files that are there or not, in options, in values of options: nowhere as it is."""
        evil, shown = "a\x1b[31m\u202e\n", "a\\u001b[31m\\u202e\\u000a"
        shutil.copy(TLS, self.folder / evil)
        self.assertEqual(f"== {self.folder}/{shown}: 7 exchanges", decode("--no-summary", self.folder / evil)[1].splitlines()[0])
        self.says(f"{self.folder}/none{shown}: No such file or directory", self.folder / f"none{evil}")
        self.says(f"{self.folder}/none{shown}: No such file or directory", "--keylog", self.folder / f"none{evil}", TLS)
        for arguments, reason in ((["--" + evil], f"unrecognized arguments: --{shown}"), (["-o", evil], f"-o takes NAME:VALUE, not {shown}"),
                                  (["--jobs", evil], f"argument --jobs: a number of processors from 1 on, not {shown}")):
            self.assertEqual((2, "", f"decode: {reason}\nTry: decode --help\n"), decode(*arguments))

    def progress(self, *arguments, **more):
        """What a terminal is told of progress while the output goes elsewhere."""
        master, slave = pty.openpty()
        subprocess.run([DECODE, *arguments], stdout=subprocess.DEVNULL, stderr=slave, check=True, timeout=300, env={**os.environ, **more})
        os.close(slave)
        return shown_on(master)

    def test_progress_is_for_terminals_that_can_take_it_back(self):
        self.assertIn("\r\x1b[K1 of 2 files", self.progress(TLS, ASMX, TERM="xterm"))
        for kind in ("dumb", ""):
            self.assertEqual("", self.progress(TLS, ASMX, TERM=kind))

    def test_progress_shows_no_name_as_it_is(self):
        module = importlib.util.spec_from_file_location("decoder_run", FOLDER / "run.py")  # that of the tests has the same name
        reader = importlib.util.module_from_spec(module)
        module.loader.exec_module(reader)
        progress = reader.Progress(2)
        progress.shown = True
        with unittest.mock.patch("sys.stderr", io.StringIO()) as told, unittest.mock.patch.dict(os.environ, COLUMNS="40"):
            progress.write("reading a\x1b[31m\u202e.pcap: 50%")
            progress.write("x" * 100)
        self.assertEqual([layout.START_OF_LINE + "reading a\\u001b[31m\\u202e.pcap: 50%", layout.START_OF_LINE + "x" * 39],
                         [layout.START_OF_LINE + part for part in told.getvalue().split(layout.START_OF_LINE)[1:]])


class Options(InFolder):
    def test_what_tshark_refuses_is_told_once(self):
        """For however many captures: a wrong command line."""
        for arguments, reason in (
                (["-o", "nosuch:1"], '-o flag "nosuch:1" specifies unknown preference'),
                (["-d", "tcp.port==8530,nosuch"], 'Unknown protocol -- "nosuch"'),
                (["-d", "nosuch==1,http"], "Unknown layer type -- nosuch"),
                (["-d", "tcp.port==abc,http"], 'Invalid selector number "abc"')):
            for captures in ([TLS], [TLS, ASMX, CAPTURES / "status.pcapng"]):
                self.says(reason, "--json", *arguments, *captures, status=2)
        for expression in ("nosuch == 1", "wsus.operation =="):
            status, output, errors = decode("--json", "-Y", expression, TLS, ASMX)
            self.assertEqual((2, "", 1), (status, output, len(errors.splitlines())), errors)
            self.assertTrue(errors.startswith(f'decode: Filter "{expression}" is invalid'), errors)

    def test_keys(self):
        bare, keys = self.folder / "bare.pcapng", self.folder / "keys"
        for path, data in zip((bare, keys), without_secrets(TLS)):
            path.write_bytes(data)
        done = subprocess.run(["bash", "-c", '"$0" --json --no-summary --keylog <(cat "$1") "$2"', DECODE, keys, bare],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        self.assertEqual((7, b""), (len(done.stdout.splitlines()), done.stderr))
        others = self.folder / "others"
        others.write_text("nothing of the kind\n", encoding="ascii")
        self.assertEqual(f"   24 packets, no Windows Update: TLS on port 8531 stays closed: its keys are not in {others}".split(": ", 1)[1],
                         decode("--no-summary", "--keylog", others, bare)[1].splitlines()[1].split(": ", 1)[1])
        self.says(f"{self.folder}: Is a directory", "--keylog", self.folder, TLS)

    def test_a_copy_of_keys_is_never_open_to_others(self):
        before = os.umask(0)
        try:
            setup.copy_private(io.BytesIO(b"secret"), str(self.folder / "keys"))
        finally:
            os.umask(before)
        self.assertEqual(0o600, stat.S_IMODE((self.folder / "keys").stat().st_mode))
        self.assertEqual(b"secret", (self.folder / "keys").read_bytes())
        with self.assertRaises(FileExistsError):
            setup.copy_private(io.BytesIO(b""), str(self.folder / "keys"))


class Ends(InFolder):
    @staticmethod
    def processes_of(session):
        """What /proc has of them; those that ended and were not asked for are none."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                state, _, _, of = path.read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()[:4]
            except OSError:
                continue  # it is gone
            if of == str(session) and state != "Z":
                found.append(path.parent.name)
        return found

    def test_signals_leave_nothing_behind(self):
        """Neither copies of keys nor processes, whoever gets the signal: the group, as from a terminal, or the command alone."""
        keys = self.folder / "keys"
        keys.write_bytes(without_secrets(TLS)[1])
        scratch = self.folder / "scratch"
        scratch.mkdir()
        self.folder.chmod(0o755)
        scratch.chmod(0o777)
        for number, word in ((signal.SIGTERM, "terminated"), (signal.SIGHUP, "hangup"), (signal.SIGINT, "interrupted")):
            for send in (os.killpg, os.kill):
                for arguments in (SIX * 40, ["-"]):
                    with self.subTest(f"{word}, {send.__name__}, {len(arguments)}"), \
                            subprocess.Popen([DECODE, "--keylog", keys, *arguments], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                             stderr=subprocess.PIPE, start_new_session=True, preexec_fn=interruptible,
                                             env={**os.environ, "TMPDIR": str(scratch)}) as process:
                        time.sleep(1)
                        send(process.pid, number)
                        errors = process.stderr.read().decode()
                        process.wait(timeout=60)
                        self.assertEqual((-number, f"decode: {word}\n"), (process.returncode, errors))
                        self.assertEqual([], os.listdir(scratch))
                        until = time.monotonic() + 5
                        while self.processes_of(process.pid) and time.monotonic() < until:
                            time.sleep(0.1)
                        self.assertEqual([], self.processes_of(process.pid))

    def test_one_that_is_ignored(self):
        """As nohup has it."""
        with subprocess.Popen([DECODE, "--summary-only", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as process:
            time.sleep(0.5)
            process.send_signal(signal.SIGHUP)
            output, errors = process.communicate(TLS.read_bytes(), timeout=60)
        self.assertEqual((0, b""), (process.returncode, errors))
        self.assertIn(b"1 file, 7 exchanges", output)

    def closed(self, redirection, *arguments):
        done = subprocess.run(["bash", "-c", f'"$@" {redirection}', "-", DECODE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=300, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_closed_streams(self):
        for arguments in ([TLS], ["--help"], ["--json", TLS, ASMX]):
            self.assertEqual((1, "", "decode: standard output is closed\n"), self.closed(">&-", *arguments))
        self.assertEqual((1, "", "decode: standard input: The input is empty\n"), self.closed("<&-", "-"))
        whole = decode("--json", TLS)[1]
        for redirection in ("<&-", "2>&-", "<&- 2>&-"):
            self.assertEqual((0, whole, ""), self.closed(redirection, "--json", TLS))
        self.assertEqual((1, whole, ""), self.closed("2>&-", "--json", TLS, "nosuchfile"))

    def test_no_room_for_what_waits(self):
        """The text of captures that are read ahead of their turn waits in files."""
        def little():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        status, output, errors = decode("--jobs", "2", *SIX[:3], preexec_fn=little)
        self.assertEqual((1, ""), (status, output))
        self.assertRegex(errors, r"\Adecode: [^\n]*: File too large\n\Z")

    def test_a_folder_for_scratch_files_that_is_not_there(self):
        for missing in ({"TMPDIR": "/nonexistent"}, {"HOME": ""}):
            self.assertEqual(0, decode("--summary-only", TLS, env={**os.environ, **missing})[0])
        self.assertEqual(0, decode("--summary-only", TLS, env={key: value for key, value in os.environ.items() if key != "HOME"})[0])

    def test_a_folder_for_scratch_files_of_this_user_alone(self):
        """As some systems make one for each user: of root's, where an unprivileged tshark cannot get in."""
        self.folder.chmod(0o700)
        self.assertEqual(decode("--json", TLS), decode("--json", TLS, env={**os.environ, "TMPDIR": str(self.folder)}))
        self.assertEqual([], os.listdir(self.folder))

    def test_what_cannot_be_read(self):
        """An error of reading is none of writing."""
        self.says("/proc/self/mem: Input/output error", "/proc/self/mem")

    def test_a_page_does_not_take_the_place_of_a_device(self):
        """Neither that of a pipe nor that of a link."""
        pipe, link, page = (self.folder / name for name in ("pipe", "link", "page"))
        os.mkfifo(pipe)
        link.symlink_to(page)
        with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
            try:
                self.assertEqual(0, decode("--html", pipe, TLS)[0])
                self.assertTrue(reader.communicate(timeout=60)[0].startswith(b"<!DOCTYPE html>"))
            finally:
                reader.kill()
        self.assertTrue(stat.S_ISFIFO(pipe.stat().st_mode))
        self.assertEqual(0, decode("--html", link, TLS)[0])
        self.assertTrue(link.is_symlink())
        self.assertTrue(page.read_bytes().startswith(b"<!DOCTYPE html>"))
        self.says("/dev/full: No space left on device", "--html", "/dev/full", TLS)
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/full").st_mode))
        self.assertEqual(["link", "page", "pipe"], sorted(os.listdir(self.folder)))


def packet(protocol, payload, source=1):
    address = [bytes([192, 0, 2, source]), bytes([192, 0, 2, 3 - source])]
    return (b"\xff" * 6 + b"\2\0\0\0\0\1\x08\0" +
            struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0, *address) + payload)


def segment(sequence, acknowledged, data, flags=0x10, client=True):
    ports = (40000, 9999) if client else (9999, 40000)
    return packet(6, struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, 0x50, flags, 1000, 0, 0) + data, 1 if client else 2)


class Explained(InFolder):
    """Why there are no exchanges."""

    def reason(self, *packets):
        capture = self.folder / "a.pcap"
        capture.write_bytes(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) +
                            b"".join(struct.pack("<IIII", 1, 0, len(each), len(each)) + each for each in packets))
        return self.explained(capture)

    def explained(self, capture, *arguments):
        status, output, errors = decode("--no-summary", *arguments, capture)
        self.assertEqual((0, "", f"== {capture}: 0 exchanges"), (status, errors, output.splitlines()[0]))
        return output.splitlines()[1:]

    def test_other_protocols(self):
        udp, icmp = struct.pack(">HHHH", 40000, 50000, 12, 0) + b"abcd", b"\x08" + bytes(7)
        self.assertEqual(["   2 packets, no Windows Update: no TCP in them but UDP"], self.reason(packet(17, udp), packet(17, udp)))
        self.assertEqual(["   3 packets, no Windows Update: no TCP in them but UDP, ICMP"],
                         self.reason(packet(17, udp), packet(1, icmp), packet(17, udp)))

    def test_connections_without_data(self):
        self.assertEqual(["   2 packets, no Windows Update: TCP without any data"],
                         self.reason(segment(1000, 0, b"", 2), segment(2000, 1001, b"", 0x12, client=False)))

    def test_nothing_but_retransmissions(self):
        """What was acknowledged before it is seen; with the original, it is not said."""
        data = b"\0" * 100
        acknowledged = [segment(1000, 2000, b""), segment(2000, 1100, b"", client=False)]
        self.assertEqual(["   4 packets, no Windows Update: all data in them are retransmissions (2 segments); what they repeat is not in the capture"],
                         self.reason(*acknowledged, segment(1000, 2000, data), segment(1000, 2000, data)))
        self.assertEqual(["   2 packets, no Windows Update: no HTTP in them"], self.reason(segment(1000, 2000, data), segment(1000, 2000, data)))

    def test_packets_that_were_cut(self):
        """That comes first, and what Wireshark takes the rest for is not said then."""
        for length in (40, 90):
            capture = self.folder / f"{length}.pcapng"
            subprocess.run(["editcap", "-s", str(length), ASMX, capture], check=True, stdout=subprocess.DEVNULL)
            first = self.explained(capture)[0]
            self.assertRegex(first, rf"^   108 packets, no Windows Update: \d+ packets were cut to {length} bytes or less when captured: "
                                    r"capture whole packets \(tcpdump -s 0\)$")
            self.assertNotIn("-d tcp.port", "\n".join(self.explained(capture)))


class Series(InFolder):
    def ring(self):
        """Files as Wireshark names those of a ring buffer."""
        subprocess.run(["editcap", "-F", "nsecpcap", "-c", "20", ASMX, self.folder / "ring.pcap"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        files = sorted(self.folder.iterdir())
        self.assertEqual([f"ring_{number:05}" for number in range(6)], [file.name[:10] for file in files])
        return files

    def test_one_is_missing(self):
        files = self.ring()
        self.assertEqual("", decode("--series", "--summary-only", *files)[2])
        said = "by their names, 1 of the files of this series is missing: ring_00002"
        label = f"{files[0]} to {files[5].name}, a series of 5"
        for form in ("--csv", "--json", "--summary-only"):
            self.assertEqual((0, f"decode: {label}: {said}\n"), decode("--series", form, *files[:2], *files[3:])[::2])
        output = decode("--series", "--no-summary", *files[:2], *files[3:])[1].splitlines()
        self.assertTrue(output[0].startswith(f"== {label}: "), output[0])
        self.assertEqual("   " + said, output[1])
        self.assertEqual(["by their names, 3 of the files of this series are missing: a_00002, a_00004, a_00005"],
                         inputs.gaps(["x/a_00001_20260101000000.pcap", "a_00003_20260101000000.pcap", "a_00006_20260101000000.pcap"]))
        self.assertEqual([], inputs.gaps(["a_1.pcap", "a_3.pcap"]))
        self.assertEqual([], inputs.gaps(["a_00001_20260101000000.pcap", "b_00003_20260101000000.pcap"]))

    def test_mixed_kinds_and_files_named_twice(self):
        whole = self.rows(ASMX)
        files = self.ring()
        other = self.folder / "other"
        other.mkdir()
        mixed = []
        for number, file in enumerate(files):
            mixed.append(other / file.name if number % 2 else file)
            if number % 2:
                subprocess.run(["editcap", "-F", "pcapng", file, mixed[-1]], check=True, stdout=subprocess.DEVNULL)
        packed = self.folder / "first.pcap.gz"
        packed.write_bytes(gzip.compress(mixed[0].read_bytes()))
        self.assertEqual(whole, self.rows("--series", *reversed(mixed[1:]), packed))
        self.assertEqual(whole, self.rows("--series", *mixed, mixed[0], f"{mixed[1].parent}/../other/{mixed[1].name}"))
        self.assertEqual(whole, self.rows("--series", *mixed, *mixed))

    def test_files_of_overlapping_times(self):
        """Packets that two captures have are there twice, as retransmissions, and make no further exchanges."""
        for name, packets in (("a", "1-70"), ("b", "40-200")):
            subprocess.run(["editcap", "-r", ASMX, self.folder / f"{name}.pcapng", packets], check=True, stdout=subprocess.DEVNULL)
        self.assertEqual([row["operation"] for row in self.rows(ASMX)], [row["operation"] for row in self.rows("--series", self.folder)])

    def test_one_that_is_cut(self):
        files = self.ring()
        files[2].write_bytes(files[2].read_bytes()[:-10])
        stops = subprocess.run(["mergecap", "-w", os.devnull, *files], stderr=subprocess.DEVNULL, check=False).returncode
        left = " What comes after that in the series was not read." if stops else ""
        status, output, errors = decode("--series", "--json", *files)
        self.assertEqual((1, 1), (status, len(errors.splitlines())))
        self.assertEqual(f'decode: {files[0]} to {files[5].name}, a series of 6: The file "{files[2]}" appears to have been cut short in the '
                         f"middle of a packet.{left}\n", errors)
        self.assertGreater(len(output.splitlines()), 5)


class Parts(unittest.TestCase):
    """What is said in any form, with any option, is the same when a capture is read in parts."""

    FORMS = ((), ("--csv",), ("--json",), ("--summary-only",), ("--no-summary",), ("--json", "--summary-only"), ("--json", "--no-summary"),
             ("--html", "-"), ("--json", "-o", "winerr.language:fr"), ("--json", "-d", "tcp.port==8530,http"),
             ("--no-summary", "-d", "tcp.port==8530,echo"), ("-o", "wsus.findings:FALSE"), ("--json", "-o", "wsus.servers:192.0.2.1:8530"))

    @staticmethod
    def decoded(parts, *arguments, **more):
        status, output, errors = decode("--jobs", str(parts), *arguments, env={**os.environ, "DECODE_SPLIT_FROM": "1", **more})
        for pattern, same in ((r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID"), (r" at \d{4}-[-0-9: ]* UTC", "")):
            output = re.sub(pattern, same, output) if "--html" in arguments else output
        return status, output, errors

    def test_every_form_of_every_capture(self):
        """Each capture in some of the forms, each form of some of the captures; WSUS_FULL=1: each of each."""
        full = os.environ.get("WSUS_FULL")
        for number, capture in enumerate(own_captures()):
            for form in self.FORMS if full else (self.FORMS[number % len(self.FORMS)],):
                for parts in (2, 5) if full else (2 + number % 3,):
                    self.assertTrue(self.decoded(1, *form, capture) == self.decoded(parts, *form, capture), f"{capture.name} {form} {parts}")

    def test_keys_and_folded_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            bare, keys = pathlib.Path(folder) / "bare.pcapng", pathlib.Path(folder) / "keys"
            for path, data in zip((bare, keys), without_secrets(TLS)):
                path.write_bytes(data)
            for form in ((), ("--json",)):
                whole = self.decoded(1, *form, "--keylog", keys, bare)
                self.assertEqual(whole, self.decoded(3, *form, "--keylog", keys, bare))
                self.assertIn("GetAuthorizationCookie", whole[1])
            self.assertEqual(self.decoded(1, bare), self.decoded(3, bare))
        folded = self.decoded(1, ASMX, COLUMNS="80")
        self.assertEqual(folded, self.decoded(4, ASMX, COLUMNS="80"))
        self.assertEqual([], too_long(folded[1], 80))

    def test_what_is_wrong(self):
        for arguments in (("-o", "nosuch:1", ASMX), ("-d", "tcp.port==1,nosuch", ASMX), ("nosuchfile",)):
            self.assertEqual(self.decoded(1, *arguments), self.decoded(3, *arguments))


class Narrow(unittest.TestCase):
    def test_forty_columns(self):
        for columns in (40, 60):
            _, output, _ = decode(*SIX, env={**os.environ, "COLUMNS": str(columns)})
            self.assertEqual([], too_long(output, columns))


if __name__ == "__main__":
    unittest.main()
