"""What captures/decode reads: files, folders, standard input, and series of files. Each is opened here and handed to tshark as
its standard input, so that an unprivileged tshark can read what only the caller may read.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import contextlib
import os
import re
import resource
import shutil
import stat
import subprocess
import sys
import threading
import zlib

from arguments import REPO
from setup import Failure

# The first four bytes of captures: pcapng; pcap in either order of bytes, with micro- and nanoseconds, modified, and Nokia's.
CAPTURES = {bytes.fromhex(text) for text in ("0a0d0d0a", "a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "a1b2cd34", "34cdb2a1",
                                             "a1e2cb12", "12cbe2a1")}
GZIP = b"\x1f\x8b"
COMPRESSED = (GZIP, b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18")  # gzip, zstd, lz4
MOST_MISSING = 5
START = 4       # bytes that tell what a file is, unpacked
HEAD = 1 << 16  # bytes of a packed file, behind which its unpacked start is for certain
NAME = re.compile(r"\.(p?cap|pcapng|ntar|dmp)\d*(\.(gz|zst|lz4))?$", re.IGNORECASE)

RING = re.compile(r"(.*)_(\d{5})_\d{14}(\..*)?")  # what Wireshark, tshark and dumpcap call the files of a ring buffer

# Types that Wireshark reads but that hold no network traffic, as capinfos calls them.
NO_TRAFFIC = ("mime", "elf", "json", "rfc7468", "ruby_marshal", "pem", "3gpp_log", "systemd_journal", "mp4", "candump", "text")


def looks_like_capture(path):
    """Whether a file of a folder is one to read."""
    try:
        with open(path, "rb") as file:
            start = file.read(4)
    except OSError:
        return bool(NAME.search(os.path.basename(path)))  # its turn to complain comes
    return start in CAPTURES or (start.startswith(COMPRESSED) and bool(NAME.search(os.path.basename(path))))


def files_of(folder):
    found = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        found += [path for path in (os.path.join(place, name) for name in sorted(names)) if os.path.isfile(path)
                  and looks_like_capture(path)]
    return found


def expand(names):
    """Files in the place of folders; what is no capture in a folder is passed over."""
    for name in names:
        if name != "-" and os.path.isdir(name):
            found = files_of(name)
            if not found:
                raise Failure(f"{name}: there is no capture in this folder")
            yield from found
        else:
            yield name


def label_of(path):
    """The name of a file in characters: bytes that are none as escapes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path).decode(errors="backslashreplace")
    return path


def unpacked(start):
    """The first bytes of a file, unpacked where it is one of gzip."""
    if not start.startswith(GZIP):
        return start
    try:
        return zlib.decompressobj(wbits=31).decompress(start, START)
    except zlib.error:
        return b""


def check_start(start):
    """Says why something cannot be a capture, by its first bytes; None when it may be one."""
    if not start:
        return "The file is empty"
    if unpacked(start)[:START] in CAPTURES or start.startswith(COMPRESSED[1:]):
        return None
    return "?"


def file_type(path):
    """What Wireshark takes a file for; empty when it knows no such type, or cannot be asked."""
    with open(path, "rb") as file:
        try:
            done = subprocess.run(["capinfos", "-t", "-T", "-r", "-M", "-"], stdin=file, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, check=False)
        except OSError:
            return ""
    return done.stdout.decode(errors="replace").strip().rpartition("\t")[2] if done.returncode == 0 else ""


class File:
    """A capture file."""

    remarks = ()

    def __init__(self, path):
        self.label = label_of(path)
        self.path = path
        self.live = False

    @contextlib.contextmanager
    def opened(self):
        """The file; Failure when it is none, or no capture."""
        try:
            file = open(self.path, "rb")
        except OSError as error:
            raise Failure(error.strerror) from None
        with file:
            if stat.S_ISDIR(os.fstat(file.fileno()).st_mode):
                raise Failure("Is a directory")
            start = self.start(file)
            reason = check_start(start)
            if reason == "?":
                kind = file_type(self.path).lower()
                if any(kind.startswith(name) or f" {name}" in kind for name in NO_TRAFFIC):
                    raise Failure("This is no capture")
                reason = None
            if reason:
                raise Failure(reason)
            yield file

    @staticmethod
    def start(file):
        """The first bytes; of a device none are taken."""
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return b"\x0a\x0d\x0d\x0a"
        try:
            start = os.pread(file.fileno(), START, 0)
            return os.pread(file.fileno(), HEAD, 0) if start.startswith(GZIP) else start
        except OSError as error:
            raise Failure(error.strerror) from None

    def size(self):
        with contextlib.suppress(OSError):
            return os.stat(self.path).st_size
        return 0


class StandardInput:
    """A capture that comes in through standard input, perhaps as it is made. It can be read once."""

    label = "standard input"
    path = None
    live = True
    remarks = ()

    @staticmethod
    def source():
        return 0

    @contextlib.contextmanager
    def opened(self):
        source = self.source()
        start = self.read_start(source)
        reason = check_start(start)
        if reason:
            raise Failure("This is no capture" if reason == "?" else reason.replace("file", "input"))
        reader, writer = os.pipe()
        feeder = threading.Thread(target=self.feed, args=(start, source, writer), daemon=True)
        feeder.start()
        with os.fdopen(reader, "rb") as file:
            yield file

    @staticmethod
    def read_start(source):
        start = b""
        while len(start) < START or (start.startswith(GZIP) and len(unpacked(start)) < START and len(start) < HEAD):
            try:
                more = os.read(source, START if len(start) < START else HEAD)
            except OSError as error:
                raise Failure(error.strerror) from None
            if not more:
                break
            start += more
        return start

    @staticmethod
    def feed(data, source, writer):
        """Hands on what comes in, at once."""
        with contextlib.suppress(OSError):
            while data:
                view = memoryview(data)
                while view:
                    view = view[os.write(writer, view):]
                data = os.read(source, 1 << 18)
        os.close(writer)

    def size(self):
        return 0


class Pipe(StandardInput):
    """A named pipe, such as <(...) of a shell."""

    def __init__(self, path):
        self.name = path
        self.label = label_of(path)

    def source(self):
        try:
            return os.open(self.name, os.O_RDONLY)
        except OSError as error:
            raise Failure(error.strerror) from None


def is_pipe(path):
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False


def each_once(paths):
    """A file of a series that is named twice is one of it all the same."""
    return list({os.path.realpath(path): path for path in reversed(paths)}.values())[::-1]


def gaps(paths):
    """What the numbers in the names of the files of a ring buffer say of files between them that are not there."""
    rings = {}
    for path in paths:
        match = RING.fullmatch(label_of(os.path.basename(path)))
        if not match:
            return []
        rings.setdefault((match[1], match[3]), set()).add(int(match[2]))
    missing = [f"{name}_{number:05}" for (name, _), numbers in sorted(rings.items(), key=str)
               for number in range(min(numbers), max(numbers)) if number not in numbers]
    if not missing:
        return []
    shown = ", ".join(missing[:MOST_MISSING]) + (", ..." if len(missing) > MOST_MISSING else "")
    return [f"by their names, {len(missing)} of the files of this series {'is' if len(missing) == 1 else 'are'} missing: {shown}"]


class Series:
    """Files that are one capture: mergecap puts them together in order of time."""

    live = False
    path = None

    def __init__(self, paths):
        self.paths = paths = each_once(paths)
        self.remarks = gaps(paths)
        first, last = label_of(paths[0]), label_of(os.path.basename(paths[-1]))
        self.label = first if len(paths) == 1 else f"{first} to {last}, a series of {len(paths)}"

    @contextlib.contextmanager
    def opened(self):
        for path in self.paths:
            try:
                if is_pipe(path):
                    raise Failure("Is a pipe, and a series is made of files")
                with File(path).opened():
                    pass
            except Failure as error:
                raise Failure(f"{path}: {error}") from None
        if not shutil.which("mergecap"):
            raise Failure("mergecap, which puts the files together, is not installed")
        allow_files(len(self.paths))
        paths = [path if os.path.isabs(path) else os.path.join(".", path) for path in self.paths]
        merge = subprocess.Popen(["mergecap", "-w", "-", *paths], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            yield merge.stdout
        finally:
            merge.stdout.close()
            complaints = merge.stderr.read().decode(errors="replace").strip()
            merge.stderr.close()
            merge.wait()
        if merge.returncode != -13 and (merge.returncode or complaints):
            said = complaints.splitlines()[0].removeprefix("mergecap: ") if complaints else "mergecap failed"
            left = " What comes after that in the series was not read." if merge.returncode else ""  # newer ones go on
            raise Failure(said + left)

    def size(self):
        return 0


def allow_files(number):
    """mergecap has all files open at the same time."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number + 64
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            raise Failure(f"{number} files are more than may be open at the same time ({hard})")
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def collect(options):
    """The captures that the command line asks for."""
    if not options.files:
        folder = os.path.join(REPO, "captures")
        short = os.path.relpath(folder) if (folder + os.sep).startswith(os.path.realpath(".") + os.sep) else folder
        return [File(os.path.normpath(os.path.join(short, name))) for name in sorted(os.listdir(folder)) if ".pcap" in name]
    if options.series:
        return [Series(list(expand(options.files)))]
    return [StandardInput() if name == "-" else Pipe(name) if is_pipe(name) else File(name) for name in expand(options.files)]


def position(file, size):
    """How much of a file has been read, 0 to 1; who reads it shares the position."""
    with contextlib.suppress(OSError, ValueError):
        return os.lseek(file.fileno(), 0, os.SEEK_CUR) / size if size else 0
    return 0


def close_input():
    """Standard input is not for tshark's children."""
    sys.stdin = None
