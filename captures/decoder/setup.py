"""What captures/decode needs to run: packages, the plugin, and how tshark is called with it.

Installing and building is what tests/environment.sh does. It is asked for only when something changed since the last time: a
stamp in the build folder remembers which tshark the plugin was built for, and is newer than every source. That saves more time
than reading a small capture takes.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import contextlib
import fcntl
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile

from arguments import REPO

NOBODY = 65534
STAMP = "decode.stamp"
DATA = "WIRESHARK_DATA_DIR"
LEFT_OUT = ("manuf", "services", "enterprises", "enterprises.tsv", "wka", "init.lua", "console.lua", "dtd_gen.lua")
# What tshark allocates, it asks of the system in large pieces and gives back at its end: less work for both.
MEMORY = {"MALLOC_TOP_PAD_": str(8 << 20), "MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
          "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
PIPE = 1 << 20    # bytes
PIPE_SIZE = 1031  # F_SETPIPE_SZ of Linux, which Python before 3.10 does not name

PREPARE = r"""
set -euo pipefail
repo=$1
. "$repo/tests/environment.sh"
need "${base_packages[@]}"
folder=$(build_folder "$2")
[ -f "$folder/wsus.so" ] || say "Building the plugin in $folder: about a minute, this once"
build "$folder"
WSUS_RUN=$2
plugin_home "$WSUS_RUN" "$folder/wsus.so"
assert_plugin
printf '%s\n%s\n' "$folder" "$(basename "$WSUS_RUN"/plugins/*)"
"""


INSTALL = r"""
set -euo pipefail
. "$1/tests/environment.sh"
need "${@:2}"
"""


class Failure(Exception):
    """Something that ends the run; the message is for the user."""


class Refused(Failure):
    """tshark does not take its options; it will not for any other capture."""

    def __init__(self, message, status=2):
        super().__init__(message, status)
        self.status = status

    def __str__(self):
        return self.args[0]


def identity(program):
    """What tells whether a program is still the same: path, size and time, or None where there is none."""
    path = shutil.which(program)
    if not path:
        return None
    status = os.stat(path)
    return [os.path.realpath(path), status.st_size, status.st_mtime_ns]


def sources():
    yield os.path.join(REPO, "CMakeLists.txt")
    for folder in ("plugin", "tables"):
        for place, folders, files in os.walk(os.path.join(REPO, folder)):
            yield place
            folders[:] = [name for name in folders if not name.startswith(".")]
            yield from (os.path.join(place, name) for name in files)


def is_private(folder):
    """Of this user, or in the checkout: what is loaded from there was built by somebody who may do so."""
    status = os.lstat(folder)
    return stat.S_ISDIR(status.st_mode) and (status.st_uid == os.getuid() or folder == os.path.join(REPO, "build"))


def ready(folder):
    """The version of Wireshark that the plugin in that folder was built for, and where its data are, when nothing changed since."""
    try:
        stamp, module = os.path.join(folder, STAMP), os.path.join(folder, "wsus.so")
        with open(stamp, encoding="utf-8") as file:
            known = json.load(file)
        when = os.stat(stamp).st_mtime_ns
        if not is_private(folder) or known["tshark"] != identity("tshark") or os.stat(module).st_mtime_ns > when:
            return None
        if any(os.stat(source).st_mtime_ns > when for source in sources()):
            return None
        return known["version"], known["data"]
    except (OSError, ValueError, KeyError):
        return None


def data_folder():
    """Where Wireshark has its data, and the settings of all users; empty when it does not say."""
    environment = {name: value for name, value in os.environ.items() if name != DATA}
    done = subprocess.run(["tshark", "-G", "folders"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    lines = [os.fsdecode(line).partition(":") for line in done.stdout.splitlines()]
    return next((path.strip() for name, _, path in lines if name == "Global configuration"), "")


def prepare(run):
    """Installs, builds and checks; the plugin is in `run` afterwards. Returns where Wireshark has its data."""
    done = subprocess.run(["bash", "-c", PREPARE, "decode", REPO, run], stdout=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(1)  # the reason was printed
    folder, version = done.stdout.decode().split("\n")[:2]
    data = data_folder()
    with contextlib.suppress(OSError), open(os.path.join(folder, STAMP), "w", encoding="ascii") as file:
        json.dump({"tshark": identity("tshark"), "version": version, "data": data}, file)
    return data


def install(packages):
    """Installs Debian packages, as root or with sudo; elsewhere nothing happens."""
    if subprocess.run(["bash", "-c", INSTALL, "decode", REPO, *packages], stdout=subprocess.DEVNULL, check=False).returncode:
        sys.exit(1)  # the reason was printed


def readable_folder(path, *names):
    """A folder below another, for everybody to read."""
    for name in names:
        path = os.path.join(path, name)
        os.mkdir(path)
        os.chmod(path, 0o755)
    return path


def place(run, folder, version):
    """What plugin_home of environment.sh makes, for a module that is ready."""
    plugins = readable_folder(run, "plugins", version, "epan")
    module = os.path.join(plugins, "wsus.so")
    shutil.copy(os.path.join(folder, "wsus.so"), module)
    os.chmod(module, 0o644)
    home = readable_folder(run, "home")
    if os.getuid() == 0:
        os.chown(home, NOBODY, NOBODY)


def small_data(run, data):
    """A folder that stands for that of Wireshark's data: with settings of all users and macros, and without dictionaries of RADIUS,
    Diameter and others, names of vendors and ports, and Lua's first lines, whose reading takes a third of the start of tshark. What one
    version complains about when it is missing is there, empty."""
    small = readable_folder(run, "data")
    for entry in os.scandir(data):
        if entry.is_file() and entry.name not in LEFT_OUT and not entry.name.endswith(".html"):
            os.symlink(entry.path, os.path.join(small, entry.name))
    dictionary = os.path.join(readable_folder(small, "wimaxasncp"), "dictionary.xml")
    with open(dictionary, "w", encoding="ascii") as file:
        file.write("<dictionary/>\n")
    os.chmod(dictionary, 0o644)
    return small


class Tshark:
    """How tshark is called: its words, and the environment that its plugin folder and home are in."""

    def __init__(self, run, data, options):
        self.home = os.path.join(run, "home")
        self.drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.getuid() == 0 else []
        self.environment = {**MEMORY, **os.environ, "HOME": self.home, "XDG_CONFIG_HOME": os.path.join(self.home, ".config"), "TZ": "UTC",
                            "WIRESHARK_PLUGIN_DIR": os.path.join(run, "plugins")}
        if DATA not in os.environ:
            with contextlib.suppress(OSError):
                self.environment[DATA] = small_data(run, data)
        self.options = [word for text in options.preferences for word in ("-o", text)]
        self.options += [word for text in options.decode_as for word in ("-d", text)]
        if options.keylog:
            self.options += ["-o", f"tls.keylog_file:{copy_of_keys(self.home, options.keylog)}"]

    def start(self, words, capture, complaints):
        """tshark over a capture that is open. Its pipe holds much, so that neither end waits for the other, or is woken, often."""
        process = subprocess.Popen([*self.drop, "tshark", "-n", *self.options, "-r", "-", *words], env=self.environment,
                                   stdin=capture, stdout=subprocess.PIPE, stderr=complaints, bufsize=1 << 18)
        with contextlib.suppress(OSError):
            fcntl.fcntl(process.stdout, PIPE_SIZE, PIPE)
        return process

    @contextlib.contextmanager
    def with_facts(self, file):
        """Words that make tshark take facts for the diagnosis from a file, and a capture of no packets to read meanwhile."""
        path = os.path.join(self.home, "facts")
        file.seek(0)
        copy_private(file, path)
        try:
            yield ["-o", f"wsus.facts:{path}"], Nothing
        finally:
            os.unlink(path)


class Nothing:
    """A capture without packets: what pcapng begins with."""

    live = False
    EMPTY = bytes.fromhex("0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000" "0100000014000000" "0100000000000000" "14000000")

    def __init__(self, label):
        self.label = label

    @contextlib.contextmanager
    def opened(self):
        with tempfile.TemporaryFile() as file:
            file.write(self.EMPTY)
            file.seek(0)
            yield file


def copy_private(file, path):
    """For an unprivileged tshark to read, and at no time for anybody else."""
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags | os.O_EXCL, 0o600)) as copy:
        shutil.copyfileobj(file, copy, 1 << 20)
    if os.getuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def copy_of_keys(home, path):
    """A copy that an unprivileged tshark can read, and nobody else."""
    copy = os.path.join(home, "keys")
    try:
        with open(path, "rb") as keys:
            copy_private(keys, copy)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from None
    return copy


def scratch():
    """The folder that a folder for tshark is made in. That of TMPDIR may be root's alone, where an unprivileged tshark does not get in."""
    place = tempfile.gettempdir()
    while os.getuid() == 0 and place != "/":
        if not os.stat(place).st_mode & stat.S_IXOTH:
            return "/tmp"
        place = os.path.dirname(os.path.realpath(place))
    return None


@contextlib.contextmanager
def tshark(options):
    """tshark with the plugin; everything that was made for it is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="decode-", dir=scratch()) as run:
        os.chmod(run, 0o755)
        folder = os.path.join(REPO, "build")
        known = ready(folder)
        if known:
            version, data = known
            place(run, folder, version)
        else:
            data = prepare(run)
        yield Tshark(run, data, options)
