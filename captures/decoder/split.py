"""One large capture on all processors: as many tsharks read it whole, each dissects its part of the TCP connections (preference
wsus.part), and their records are put together in the order that one tshark would have written them in.

Every part sees all packets, so frame numbers and times are those of the capture, and what is not TCP (DNS, ICMP) is known to all
of them. What connections of one client tell for later ones is in one part, too: parts are made by pairs of addresses. What is
left is that one client downloads a file whose update another client's scan has described, and that one client cannot connect to
a server that is known by another's exchange only, neither by its port nor by its name. The records tell of that: then the capture
is read once more, by one tshark.

The diagnosis needs the whole capture. The parts write the facts that it is made of; one more tshark, which reads no packets, is given
all of them in the order of frames.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import bisect
import io
import json
import os
import queue
import re
import tempfile
import threading
import time

FROM = int(os.environ.get("DECODE_SPLIT_FROM", 256 << 20))  # bytes; below, the parts would not pay for starting them
MOST_PARTS = 16
CHUNK = 1 << 20  # bytes that are taken off a part at a time
HANDED = 1024    # lines that are handed over at a time
PAUSE = 0.02     # seconds

FACT = b"fact\t"
RECORD = b'{"request":'

NO_FILES = b'"fetched":"","title":"","described":[],'
DESCRIBED, NO_TITLE = b'"described":["', b'"title":""'

# Places in the order of one tshark: by frame; then what is no record; then records that are written at the end, by frame again.
AT_END = 1 << 40
WAITED = 1 << 41

PORTS = (8530, 8531)
NAMES = re.compile(r"wsus|(^|\.)(microsoft|windowsupdate)\.com(:|$)", re.IGNORECASE)


def is_known(port, host):
    """Whether the plugin takes a server for one of Windows Update by its port or name, in any part."""
    return port in PORTS or bool(NAMES.search(host))


def parts_for(capture, options):
    """How many parts a capture is read in; 1: as a whole."""
    if capture.path is None or options.jobs < 2 or options.filter or capture.size() < FROM:
        return 1
    return min(options.jobs, MOST_PARTS)


class Part:
    """One tshark; what it writes is taken off by a thread as it comes, so that no part waits for another."""

    def __init__(self, tshark, capture, words, number, parts):
        self.chunks = queue.SimpleQueue()
        self.opened = capture.opened()
        self.complaints = tempfile.TemporaryFile()
        self.file = self.opened.__enter__()
        self.process = tshark.start(["-o", f"wsus.part:{number + 1}/{parts}", *words], self.file, self.complaints)
        self.thread = threading.Thread(target=self.drain, daemon=True)
        self.thread.start()

    def drain(self):
        """Whole lines; the last one may be cut when tshark ends early. Seldom and much at a time: to wake up for each piece would take
        from the processors that the tsharks are on."""
        pipe, rest = self.process.stdout.fileno(), b""
        while True:
            data = os.read(pipe, CHUNK)
            end = data.rfind(b"\n") + 1
            if end:
                self.chunks.put(rest + data[:end])
                rest = data[end:]
            else:
                rest += data
            if not data:
                self.chunks.put(None)
                return
            time.sleep(PAUSE)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()
        self.opened.__exit__(None, None, None)


def place(line):
    """Records begin with "request", "response" and "told", which are numbers."""
    if line.startswith(RECORD):
        request, response, told, _ = line.split(b",", 3)
        return int(told[7:]) or WAITED + (int(response[11:]) or int(request[11:]))
    return int(line.split(b"\t", 2)[1]) if line.startswith(FACT) else AT_END


def server(line):
    """The members that name the server of a record: "server", "port" and "host"; quotes inside of texts are escaped."""
    return line[line.index(b'"server":'):line.index(b',"computer":')]


class Lines:
    """The lines of a part with their places, as they come."""

    def __init__(self, chunks, number, shared):
        self.chunks, self.number, self.shared = chunks, number, shared
        self.lines, self.places, self.at = [], [], 0

    def head(self):
        """The place of the next line, None when there is none any more."""
        while self.at == len(self.lines):
            chunk = self.chunks.get()
            if chunk is None:
                self.chunks.put(None)
                return None
            self.lines, self.at = io.BytesIO(chunk).readlines(), 0
            self.places = [place(line) for line in self.lines]
            records = [line for line in self.lines if line.startswith(RECORD)]
            self.shared.note_servers({server(line) for line in records})
            self.shared.note_files(records, self.number)
        return self.places[self.at]

    def take(self, up_to):
        """At least one line, and those behind it that come before a place."""
        at, self.at = self.at, max(self.at + 1, bisect.bisect_left(self.places, up_to, self.at))
        return self.lines[at:self.at]

    def take_place(self, where):
        taken = []
        while self.head() == where:
            taken.append(self.lines[self.at])
            self.at += 1
        return taken


class Shared:
    """What one part may have to know of another: which files it told of, and which downloads lack the title of their update; and
    servers that are known for those of Windows Update by nothing but an exchange with them."""

    def __init__(self):
        self.told, self.lacking = {}, set()
        self.lists = set()  # of files that were told, as they stand in records: they come again for each client
        self.servers = {}

    def note_servers(self, servers):
        for server in servers - self.servers.keys():
            named = json.loads(b"{" + server + b"}")
            self.servers[server] = not is_known(named["port"], named["host"])

    def note_files(self, lines, part):
        for line in lines:
            if NO_FILES in line:
                continue
            if DESCRIBED in line:
                files = part, line[line.index(DESCRIBED) + len(DESCRIBED) - 2:line.index(b',"events":')]
                if files not in self.lists:
                    self.lists.add(files)
                    for key in json.loads(files[1]):
                        self.told.setdefault(key, set()).add(part)
            elif NO_TITLE in line:
                self.lacking.add((json.loads(line)["fetched"], part))

    def cross_parts(self):
        return any(self.servers.values()) or any(self.told.get(key, set()) - {part} for key, part in self.lacking)


def at_one_place(parts, where):
    """What several parts tell at the same place. What is not TCP is told by every part, and taken once."""
    lines, seen = [], {}
    for number, part in enumerate(parts):
        lines += [line for line in part.take_place(where) if where == AT_END or seen.setdefault(line, number) == number]
    return lines


def merged(parts):
    """The lines of all parts in order, some at a time."""
    lines = []
    while True:
        heads = sorted((head, number) for number, head in enumerate([part.head() for part in parts]) if head is not None)
        if not heads or len(lines) >= HANDED:
            yield lines
            lines = []
        if not heads:
            return
        (first, number), following = heads[0], heads[1][0] if len(heads) > 1 else 2 * WAITED
        lines += at_one_place(parts, first) if first == following else parts[number].take(following)


def read(tshark, capture, words, number, take, failure):
    """Hands the lines that tshark writes of a capture to `take`, some at a time; it is read in that number of parts. False: it has to
    be read as a whole."""
    parts, shared = [], Shared()
    try:
        for each in range(number):
            parts.append(Part(tshark, capture, words, each, number))
        for lines in merged([Lines(part.chunks, number, shared) for number, part in enumerate(parts)]):
            take(lines)
        for part in parts:
            part.process.wait()
            if part.process.returncode:
                raise failure(part.complaints, part.process.returncode)
    finally:
        for part in parts:
            part.close()
    return not shared.cross_parts()
