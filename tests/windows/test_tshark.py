"""wsus.dll in tshark.exe under Wine beside the plugin in tshark of this machine: the same output, line by line.

tests/windows/run sets up the environment: as for the other tests that run tshark; and WSUS_WINE_TSHARK, a script that runs
tshark.exe and takes the arguments and the environment of tshark. The one of another folder, WSUS_FOLDER, may be asked for:
WSUS_WINE_REFUSED is a folder with a tshark.exe and the plugin for another version.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import CAPTURES, RUN, own_captures, run

WINE = pathlib.Path(os.environ["WSUS_WINE_TSHARK"])
REFUSED = pathlib.Path(os.environ["WSUS_WINE_REFUSED"])
PROTOCOLS = ("wsus", "wws", "winerr")
OURS = re.compile(r"\b(wsus|wws|winerr)\b")
NO_TIME = "Not representable"


def both(*arguments, **options):
    """The output of tshark here, and of tshark.exe, as lines."""
    return [run(program, *arguments, **options).stdout.decode(errors="replace").split("\n") for program in ("tshark", WINE)]


def registered():
    """{field: type} of the plugin."""
    rows = (line.split("\t") for line in run("tshark", "-G", "fields").stdout.decode().splitlines())
    return {row[2]: row[3] for row in rows if row[0] == "F" and row[4] in PROTOCOLS}


def statistics():
    """The arguments of -z that the plugin adds, as tshark lists them."""
    text = run("tshark", "-z", "help", check=False)
    return re.findall(r"^ +((?:wsus|follow,wsus)\S*)$", (text.stdout + text.stderr).decode(), re.M)


class Same(unittest.TestCase):
    maxDiff = 4000

    def same(self, *arguments, **options):
        """Asserts that both write the same, and something; returns it."""
        here, there = both(*arguments, **options)
        self.assertEqual(here, there)
        self.assertTrue(here)
        return here


class Output(Same):
    def every_field(self, *arguments):
        """Values of fields and columns; times that the C library of Windows does not take are the one thing that differs."""
        types = registered()
        self.assertGreater(len(types), 300)
        columns = ["frame.number", "_ws.col.Protocol", "_ws.col.Info", *types]
        values = times = 0
        for capture in own_captures():
            here, there = both("-n", *arguments, "-r", capture, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=\x1e",
                               "-E", "separator=\x1f", *(part for name in columns for part in ("-e", name)))
            self.assertEqual(len(here), len(there), capture.name)
            for ours, theirs in zip(here, there):
                row = zip(columns, ours.split("\x1f"), theirs.split("\x1f"))
                for name, mine, yours in row:
                    values += bool(mine)
                    if types.get(name) == "FT_ABSOLUTE_TIME" and NO_TIME in yours:
                        mine = "\x1e".join(NO_TIME if other == NO_TIME else one
                                           for one, other in zip(mine.split("\x1e"), yours.split("\x1e")))
                        times += 1
                    self.assertEqual(mine, yours, (capture.name, ours.split("\x1f")[0], name))
        self.assertGreater(values, 20000)
        self.assertGreater(times, 0) # the difference is still there, and said in the README

    def test_every_field_in_one_pass(self):
        self.every_field()

    def test_every_field_in_two_passes(self):
        self.every_field("-2")

    def test_packet_details(self):
        """All of the tree, those times included."""
        for capture in own_captures():
            with self.subTest(capture.name):
                self.same("-n", "-r", capture, "-V", "-O", ",".join(PROTOCOLS))

    def test_json(self):
        for capture in ("faults-text.pcapng", "reports.pcapng", "xpress-blocks.pcapng"):
            self.same("-n", "-r", CAPTURES / capture, "-T", "json", "-J", " ".join(PROTOCOLS))

    def test_filters(self):
        for display in ("wsus", "winerr.family == \"WinHTTP\"", "winerr.code == 0x80244022", "wsus.operation == \"SyncUpdates\"",
                        "wws.fault.errorcode == \"InvalidCookie\"", "winerr.derived == 0"):
            self.same("-n", "-r", CAPTURES / "faults-text.pcapng", "-Y", f"frame.number == 1 || {display}")


class Reports(Same):
    def test_statistics(self):
        names = statistics()
        self.assertLessEqual({"wsus,tree", "wsus_errors,tree", "wsus,srt", "wsus,records"}, set(names))
        for capture in ("faults-text.pcapng", "server-sync.pcapng", "reports.pcapng", "downloads.pcapng"):
            for name in names:
                with self.subTest(f"{capture} {name}"):
                    self.same("-n", "-q", "-r", CAPTURES / capture, "-z",
                              "follow,wsus,ascii,0" if name == "follow,wsus" else name)

    def test_export(self):
        exported = []
        for capture in ("faults-text.pcapng", "scan-xpress.pcapng", "wcf-binary.pcapng"):
            found = []
            for program in ("tshark", WINE):
                with tempfile.TemporaryDirectory(dir=RUN) as folder:
                    os.chmod(folder, 0o777)
                    run(program, "-n", "-q", "-r", CAPTURES / capture, "--export-objects", f"wsus,{folder}")
                    found.append({path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()})
            self.assertEqual(sorted(found[0]), sorted(found[1]), capture)
            self.assertEqual(found[0], found[1], capture)
            exported += found[0]
        self.assertGreater(len(exported), 20)

    def test_what_is_registered(self):
        for kind in ("fields", "values", "protocols", "dissector-tables", "heuristic-decodes", "decodes", "defaultprefs"):
            with self.subTest(kind):
                here, there = both("-G", kind)
                chosen = [[line for line in lines if OURS.search(line)] for lines in (here, there)]
                self.assertEqual(*chosen)
                self.assertTrue(chosen[0] or kind in ("dissector-tables", "decodes"))


class Settings(Same):
    def with_files(self, **files):
        """A folder of settings for both."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=RUN))
        self.addCleanup(shutil.rmtree, folder)
        (folder / "wireshark").mkdir()
        for name, text in files.items():
            (folder / "wireshark" / name).write_text(text, encoding="utf-8")
        subprocess.run(["chmod", "-R", "a+rwX", folder], check=True)
        return {"XDG_CONFIG_HOME": str(folder)}

    def test_own_codes(self):
        row = '"0x8024ABCD","MY_E_CODE","WinHTTP","Ours: \\xc3\\xbcberlastet."'
        option = ("-o", 'uat:windows_error_codes:"0x8024402C","MY_E_CODE","WinHTTP","Ours."')
        lines = self.same("-n", "-r", CAPTURES / "reports.pcapng", "-Y", "winerr", "-V", "-O", ",".join(PROTOCOLS), *option)
        self.assertIn("MY_E_CODE", "\n".join(lines))
        settings = self.with_files(windows_error_codes=row + "\n" + row.replace("0x8024ABCD", "0x8024402C") + "\n")
        lines = self.same("-n", "-r", CAPTURES / "reports.pcapng", "-Y", "winerr", "-V", "-O", ",".join(PROTOCOLS), **settings)
        self.assertIn("MY_E_CODE", "\n".join(lines))
        for program in ("tshark", WINE):
            done = run(program, "-r", CAPTURES / "status.pcapng", "-o", 'uat:windows_error_codes:"x","A","WUA","t"', check=False)
            self.assertNotEqual(0, done.returncode)
            self.assertIn('"x" is no code', done.stderr.decode())

    def test_preferences(self):
        plain, _ = both("-n", "-r", CAPTURES / "scan-plain.pcapng", "-V", "-O", ",".join(PROTOCOLS))
        for preference in ("wsus.brief:TRUE", "wsus.list_limit:2", "wsus.no_stock_xml:TRUE", "wsus.guesses:FALSE"):
            with self.subTest(preference):
                self.same("-n", "-r", CAPTURES / "scan-plain.pcapng", "-V", "-O", ",".join(PROTOCOLS), "-o", preference)
        settings = self.with_files(preferences="wsus.brief: TRUE\n")
        self.assertNotEqual(plain, self.same("-n", "-r", CAPTURES / "scan-plain.pcapng", "-V", "-O", ",".join(PROTOCOLS),
                                             **settings))

    def test_profile(self):
        rows = []
        for program in ("tshark", WINE):
            rows.append(run(program, "-n", "-C", "Windows Update", "-r", CAPTURES / "faults-text.pcapng").stdout.decode().splitlines())
        self.assertEqual(*rows)
        self.assertNotEqual(rows[0], both("-n", "-r", CAPTURES / "faults-text.pcapng")[0])


class Damaged(Same):
    """Not one byte of a capture is to be trusted on Windows either."""

    def test_damaged_captures(self):
        chance = random.Random(16)
        for capture in own_captures():
            bytes_ = bytearray(capture.read_bytes())
            start = 400 if len(bytes_) > 1000 else len(bytes_) // 2
            for _ in range(max(4, len(bytes_) // 4000)):
                bytes_[chance.randrange(start, len(bytes_))] = chance.randrange(256)
            bytes_ = bytes_[:chance.randrange(len(bytes_) // 2, len(bytes_))]
            path = RUN / f"damaged-{capture.name}"
            path.write_bytes(bytes_)
            path.chmod(0o644)
            with self.subTest(capture.name):
                here, there = both("-n", "-r", path, "-V", "-O", ",".join(PROTOCOLS), check=False)
                self.assertEqual(here, there)
            path.unlink()


class Loading(unittest.TestCase):
    @staticmethod
    def plugins(**options):
        done = run(WINE, "-G", "plugins", check=False, **options)
        return (done.stdout + done.stderr).decode(errors="replace")

    def test_it_is_loaded(self):
        self.assertRegex(self.plugins(), r"(?m)^wsus\.dll\s+\d+\.\d+\.\d+\s+dissector\s")

    def test_another_version_is_refused(self):
        said = self.plugins(WSUS_FOLDER=str(REFUSED))
        self.assertIn("The plugin 'wsus.dll' was compiled for Wireshark version 4.6", said)
        self.assertNotRegex(said, r"(?m)^wsus\.dll\s")


if __name__ == "__main__":
    unittest.main()
