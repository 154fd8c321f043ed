"""captures/decode from outside: formats, totals, several files, errors, who may run it.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections
import csv
import io
import json
import os
import pathlib
import pty
import shutil
import subprocess
import tempfile
import unittest

from harness import CAPTURES, DROP, REPO, SHARED, readable

DECODE = REPO / "captures" / "decode"
SAMPLES = [CAPTURES / f"{name}.pcapng" for name in ("asmx", "reports", "downloads", "server-sync", "tls", "wcf-binary")]


def decode(*arguments, command=(DECODE,), **more):
    done = subprocess.run([*map(str, command), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=600, check=False, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def rows_and_summary(output):
    objects = [json.loads(line) for line in output.splitlines()]
    return objects[:-1], objects[-1]["summary"]


def shown_on(master):
    """What a terminal shows, up to the end of all that write to it."""
    shown = b""
    try:
        while more := os.read(master, 65536):
            shown += more
    except OSError:
        pass  # nobody has it open any more
    os.close(master)
    return shown.decode()


class InFolder(unittest.TestCase):
    """Tests that have a folder of their own."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())

    def tearDown(self):
        shutil.rmtree(self.folder)


class Decode(InFolder):
    def test_lines(self):
        """Whole lines: a fault with an ErrorCode, one that the protocol recovers from, a bare status, a report."""
        status, output, errors = decode("--no-summary", *(CAPTURES / f"{name}.pcapng" for name in ("server-sync", "status", "reports")))
        self.assertEqual((0, ""), (status, errors))
        lines = output.splitlines()
        self.assertIn(f"== {CAPTURES / 'status.pcapng'}: 49 exchanges", lines)
        for line in (
                "      42/43  09:00:02.161  192.0.2.40            wsus.example.test:8530  GetConfigData           500 fault InvalidCookie "
                "(Fault occurred) | 500 HTTP_STATUS_SERVER_ERROR | next: restart the synchronization",
                "      80/81  14:18:47.216  127.0.0.1             http-503.example.test:8530  GetConfig               503 | protocol 2.50 | "
                "503 HTTP_STATUS_SERVICE_UNAVAIL; 0x80244022 WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL (derived)",
                "      46/47  08:31:06.140  192.0.2.21            192.0.2.1:8530        ReportEventBatch2       200 | 1 event, "
                "Windows 10.0.26200.7840, client ca419e0b-80e9-41c6-ac98-695b84a06b3f | client reports: scan failed, 0x8024402C "
                "WU_E_PT_WINHTTP_NAME_NOT_RESOLVED"):
            self.assertTrue(line in lines, line)

    def test_totals_are_the_sum_of_the_files(self):
        status, output, _ = decode("--json", "--jobs", "2", *SAMPLES)
        self.assertEqual(0, status)
        rows, summary = rows_and_summary(output)
        families = collections.defaultdict(collections.Counter)
        for row in rows:
            for code in row["codes"]:
                if code["error"]:
                    label = f"{code['code']} {code['symbol']}".strip() + (" (derived)" if code["derived"] else "")
                    families[code["family"]][label] += 1
        self.assertEqual(json.loads(json.dumps(families)), summary["families"])
        self.assertEqual(len(rows), summary["exchanges"])
        self.assertEqual(len(SAMPLES), summary["files"])
        self.assertEqual(sum(bool(row["response"]) for row in rows), summary["answered"])
        self.assertEqual(sum(bool(row["fault"]) for row in rows), summary["faults"])
        self.assertEqual(sum(code["error"] for row in rows for code in row["codes"]), summary["errors"])
        for number, kind in (("failed_exchanges", "exchanges"), ("failed_connections", "connections"),
                             ("reported_failures", "reports")):
            self.assertEqual(sum(sum(client[kind].values()) for client in summary["clients"].values()), summary[number], number)
        self.assertEqual(sum(event["outcome"] == "failed" for row in rows for event in row["events"]),
                         summary["reported_failures"])
        alone = [rows_and_summary(decode("--json", "--jobs", "1", path)[1]) for path in SAMPLES]
        self.assertEqual([row for part, _ in alone for row in part], rows)
        for name in ("exchanges", "answered", "faults", "errors", "failed_exchanges", "reported_failures"):
            self.assertEqual(sum(part[name] for _, part in alone), summary[name], name)

    def test_csv_has_what_json_has(self):
        rows, _ = rows_and_summary(decode("--json", CAPTURES / "asmx.pcapng")[1])
        table = list(csv.DictReader(io.StringIO(decode("--csv", CAPTURES / "asmx.pcapng")[1])))
        self.assertEqual(len(rows), len(table))
        for row, line in zip(rows, table):
            for name in ("request", "response", "operation", "status", "fault", "detail", "computer", "recovery"):
                self.assertEqual(str(row[name]), line[name])

    def test_what_is_no_capture(self):
        (self.folder / "empty").mkdir()
        text = self.folder / "text.pcap"
        text.write_text("This is no capture.\n", encoding="ascii")
        for path, reason in ((self.folder / "nosuchfile", "No such file or directory"), (self.folder / "empty", "there is no capture in this folder"),
                             (text, "isn't a capture file in a format TShark understands")):
            status, output, errors = decode(path)
            self.assertEqual((1, ""), (status, output), path)
            self.assertEqual(1, len(errors.splitlines()), errors)
            self.assertTrue(errors.startswith(f"decode: {path}: "), errors)
            self.assertIn(reason, errors)

    def test_good_files_beside_a_bad_one(self):
        status, output, errors = decode("--json", CAPTURES / "tls.pcapng", self.folder / "nosuchfile", CAPTURES / "asmx.pcapng")
        self.assertEqual(1, status)
        self.assertEqual(1, len(errors.splitlines()))
        self.assertEqual(2, rows_and_summary(output)[1]["files"])

    def test_a_capture_cut_short(self):
        """What was read before the cut is shown all the same."""
        cut = self.folder / "cut.pcapng"
        cut.write_bytes((CAPTURES / "asmx.pcapng").read_bytes()[:60000])
        status, output, errors = decode("--json", cut)
        self.assertEqual(1, status)
        self.assertEqual(1, len(errors.splitlines()), errors)
        self.assertIn("cut short", errors)
        rows, _ = rows_and_summary(output)
        whole, _ = rows_and_summary(decode("--json", CAPTURES / "asmx.pcapng")[1])
        answered = [row["response"] for row in rows if row["response"]]
        self.assertEqual([row["response"] for row in whole][:len(answered)], answered)
        self.assertGreater(len(answered), 10)

    def test_a_capture_that_only_the_caller_may_read(self):
        secret = self.folder / "secret.pcapng"
        shutil.copy(CAPTURES / "tls.pcapng", secret)
        secret.chmod(0o600)
        self.folder.chmod(0o700)
        status, output, errors = decode("--json", secret)
        self.assertEqual((0, ""), (status, errors))
        self.assertEqual(7, rows_and_summary(output)[1]["answered"])

    def test_names_with_odd_characters(self):
        odd = self.folder / "-o 'a\" b;$(c).pcapng"
        shutil.copy(CAPTURES / "tls.pcapng", odd)
        status, output, _ = decode("--json", "--", odd)
        self.assertEqual(0, status)
        self.assertEqual(str(odd), json.loads(output.splitlines()[0])["file"])

    def test_progress_is_for_terminals(self):
        self.assertEqual("", decode("--no-summary", SAMPLES[0], SAMPLES[1])[2])
        try:
            master, slave = pty.openpty()
        except OSError as error:
            self.skipTest(f"SKIPPED: {error}")
        subprocess.run([DECODE, "--no-summary", SAMPLES[0], SAMPLES[4]], stdout=subprocess.DEVNULL, stderr=slave, check=True,
                       timeout=300, env={**os.environ, "TERM": "xterm"})
        os.close(slave)
        self.assertIn("1 of 2 files", shown_on(master))

    def test_the_four_real_faults(self):
        capture = SHARED / "native" / "faults.pcap"
        if not capture.exists():
            self.skipTest(f"SKIPPED: there is no {capture}")
        rows, _ = rows_and_summary(decode("--json", capture)[1])
        self.assertEqual([(98, "SyncUpdates", "InvalidParameters", "parameters.InstalledNonLeafUpdateIDs"),
                          (108, "GetUpdateData", "InternalServerError", "Fault occurred"),
                          (118, "GetRevisionIdList", "InvalidParameters", "filter"),
                          (128, "GetRevisionIdList", "InvalidCookie", "Fault occurred")],
                         [(row["response"], row["operation"], row["fault"], row["detail"]) for row in rows if row["fault"]])

    def test_it_stops_without_the_plugin(self):
        """A tshark that does not load the module, as one of another version does not."""
        fake = self.folder / "tshark"
        fake.write_text("#!/bin/sh\nprintf 'TShark (Wireshark) 4.0.17\\n'\n", encoding="ascii")
        fake.chmod(0o755)
        self.folder.chmod(0o755)
        status, output, errors = decode(CAPTURES / "tls.pcapng",
                                        env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"})
        self.assertEqual((1, ""), (status, output))
        self.assertIn("tshark did not load the plugin", errors)

    def test_who_may_not_install_gets_the_command(self):
        """Without root and sudo, and with a package missing: the one command that is needed, and nothing else is done."""
        (self.folder / "dpkg-query").write_text('#!/bin/sh\n[ "$4" != cmake ] && echo installed\nexit 0\n', encoding="ascii")
        (self.folder / "dpkg-query").chmod(0o755)
        (self.folder / "sudo").write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
        (self.folder / "sudo").chmod(0o755)
        self.folder.chmod(0o755)
        checkout = self.folder / "checkout"  # without a build folder: there is something to do
        shutil.copytree(REPO, checkout, ignore=shutil.ignore_patterns("build", ".git"))
        subprocess.run(["chmod", "-R", "a+rX", checkout], check=True)
        command = [*DROP, "env", f"PATH={self.folder}:{os.environ['PATH']}", checkout / "captures" / "decode"]
        status, output, errors = decode(CAPTURES / "tls.pcapng", command=command)
        self.assertEqual((1, ""), (status, output))
        self.assertEqual("decode: packages are missing, and sudo wants a password, for which there is no terminal:\n"
                         "    sudo apt-get update\n    sudo apt-get install --no-install-recommends cmake\n",
                         errors.split("(Ubuntu")[0])

    def test_an_ordinary_user(self):
        if not DROP:
            self.skipTest("this is one already")
        self.folder.chmod(0o777)
        script = readable(REPO, "checkout") / "captures" / "decode"
        command = [*DROP, "env", f"TMPDIR={self.folder}", f"HOME={self.folder}", script]
        status, output, errors = decode("--json", CAPTURES / "tls.pcapng", command=command)
        self.assertEqual(0, status, errors)
        self.assertEqual(rows_and_summary(decode("--json", CAPTURES / "tls.pcapng")[1]), rows_and_summary(output))


if __name__ == "__main__":
    unittest.main()
