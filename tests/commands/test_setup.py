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
import unittest

from harness import DROP, REPO, readable

SETTINGS = (REPO / "tests" / "environment.sh").read_text(encoding="utf-8")
FEDORA = re.search(r"^fedora_packages=\((.*)\)", SETTINGS, re.MULTILINE)[1]
DEBIAN = re.search(r"^base_packages=\((.*)\)", SETTINGS, re.MULTILINE)[1]
DPKG = ("dpkg", "dpkg-query", "apt-get")


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
