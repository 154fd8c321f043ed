"""What captures/decode says on a machine whose packages are not Debian's: what is missing by name, and what to type.

Such a machine is a folder with links to the programs of this one, but for those that are left out, and a file that says which
distribution it is.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import types
import unittest

from decoder_modules import setup
from harness import CAPTURES, DROP, REPO, readable
from test_decode import decode, rows_and_summary

SETTINGS = (REPO / "tests" / "environment.sh").read_text(encoding="utf-8")
FEDORA = re.search(r"^fedora_packages=\((.*)\)", SETTINGS, re.MULTILINE)[1]
DEBIAN = re.search(r"^base_packages=\((.*)\)", SETTINGS, re.MULTILINE)[1]
DPKG = ("dpkg", "dpkg-query", "apt-get")



class Data(unittest.TestCase):
    """tshark starts without what is large of Wireshark's data, and with what people set up there."""

    OPTIONS = types.SimpleNamespace(preferences=[], decode_as=[], keylog=None)

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.run, self.data = (os.path.join(self.folder.name, name) for name in ("run", "data"))
        os.mkdir(self.run)
        os.makedirs(os.path.join(self.data, "profiles"))
        for name in ("preferences", "disabled_protos", "dfilter_macros", "ssl_keys", "manuf", "services", "enterprises.tsv", "init.lua",
                     "tshark.html"):
            with open(os.path.join(self.data, name), "w", encoding="ascii") as file:
                file.write(f"# {name}\n")

    def tearDown(self):
        self.folder.cleanup()

    def test_settings_of_all_users_stay(self):
        environment = setup.Tshark(self.run, self.data, self.OPTIONS).environment
        small = os.path.join(self.run, "data")
        self.assertEqual(small, environment["WIRESHARK_DATA_DIR"])
        self.assertEqual(["dfilter_macros", "disabled_protos", "preferences", "ssl_keys", "wimaxasncp"], sorted(os.listdir(small)))
        with open(os.path.join(small, "preferences"), encoding="ascii") as file:
            self.assertEqual("# preferences\n", file.read())

    def test_without_a_folder_of_data_nothing_is_set(self):
        for data in ("", os.path.join(self.folder.name, "absent")):
            os.mkdir(os.path.join(self.run, str(len(data))))
            made = setup.Tshark(os.path.join(self.run, str(len(data))), data, self.OPTIONS)
            self.assertNotIn("WIRESHARK_DATA_DIR", made.environment)

    def test_where_wireshark_has_its_data(self):
        self.assertTrue(os.path.isfile(os.path.join(setup.data_folder(), "colorfilters")), setup.data_folder())

    def test_a_folder_that_the_user_names_is_used(self):
        """Its settings count: here, a protocol that is switched off."""
        os.chmod(self.folder.name, 0o755)
        with open(os.path.join(self.data, "disabled_protos"), "w", encoding="ascii") as file:
            file.write("wsus\n")
        found = []
        for environment in ({}, {"WIRESHARK_DATA_DIR": self.data}):
            status, output, _ = decode("--json", CAPTURES / "scan-plain.pcapng", env={**os.environ, **environment})
            self.assertEqual(0, status)
            found.append(rows_and_summary(output)[1]["exchanges"])
        self.assertEqual([9, 0], found)


class Elsewhere(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.folder.chmod(0o755)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def says(self, release, *missing, libraries=("glib-2.0", "wireshark")):
        """Status, output and complaints of the first command, where these programs and libraries are missing."""
        programs = self.folder / "bin"
        programs.mkdir()
        for folder in ("/bin", "/usr/bin", "/usr/sbin"):
            for name in os.listdir(folder):
                if name not in (*missing, *DPKG) and not (programs / name).is_symlink():
                    (programs / name).symlink_to(f"{folder}/{name}")
        if "pkg-config" not in missing:
            (programs / "pkg-config").unlink()
            known = "".join(f'[ "$2" != {name} ] || exit 0\n' for name in libraries)
            (programs / "pkg-config").write_text(f"#!/bin/sh\n{known}exit 1\n", encoding="ascii")
            (programs / "pkg-config").chmod(0o755)
        (self.folder / "os-release").write_text(release, encoding="ascii")
        checkout = self.folder / "checkout"  # without a build folder: there is something to do
        shutil.copytree(readable(REPO / "captures", "captures"), checkout / "captures")
        for name in ("plugin", "tables", "tests"):
            shutil.copytree(REPO / name, checkout / name)
        shutil.copy(REPO / "CMakeLists.txt", checkout)
        subprocess.run(["chmod", "-R", "a+rX", checkout], check=True)
        done = subprocess.run([*DROP, "env", "-i", f"PATH={programs}", f"HOME={self.folder}",
                               f"WSUS_OS_RELEASE={self.folder / 'os-release'}", checkout / "captures" / "decode",
                               checkout / "captures" / "tls.pcapng"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_fedora(self):
        """By name, and the command that installs it; never "cmake: command not found"."""
        said = self.says('NAME="Fedora Linux"\nID=fedora\n', "cmake", "ninja")
        self.assertEqual((1, "", f"decode: this takes, and does not find: cmake, ninja\nas root:\n    dnf install {FEDORA}\n"), said)

    def test_one_that_is_like_fedora(self):
        said = self.says('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "tshark")
        self.assertEqual((1, "", f"decode: this takes, and does not find: tshark\nas root:\n    dnf install {FEDORA}\n"), said)

    def test_another_one(self):
        """Programs are there, and what to build with is not."""
        said = self.says("ID=arch\n", libraries=())
        self.assertEqual((1, "", "decode: this takes, and does not find: the files to build with glib-2.0, the files to build with Wireshark\n"
                          f"in Debian the packages are called {DEBIAN}; in Fedora {FEDORA}\n"), said)

    def test_without_pkg_config(self):
        """What it would tell is not known then, and nothing is said of it."""
        said = self.says("ID=arch\n", "pkg-config", "cc")
        self.assertEqual((1, "", "decode: this takes, and does not find: cc, pkg-config\n"
                          f"in Debian the packages are called {DEBIAN}; in Fedora {FEDORA}\n"), said)

    def test_without_python(self):
        """The program is in Python: who starts it looks first."""
        said = self.says("ID=fedora\n", *(name for name in os.listdir("/usr/bin") if name.startswith("python3")))
        self.assertEqual((1, "", f"decode: this takes, and does not find: python3\nas root:\n    dnf install {FEDORA}\n"), said)


if __name__ == "__main__":
    unittest.main()
