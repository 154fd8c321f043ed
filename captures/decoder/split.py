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

import heapq
import json
import os
import queue
import re
import tempfile
import threading

from setup import Failure

FROM = int(os.environ.get("DECODE_SPLIT_FROM", 256 << 20))  # bytes; below, the parts would not pay for starting them
MOST_PARTS = 16
BATCH = 256  # lines that are handed over at a time

FRAMES = re.compile(rb'{"request":(\d+),"response":(\d+),"told":(\d+),')
FACT = b"fact\t"
AT_END = (False, float("inf"))  # behind all frames; what records are written of then is in order among itself


SERVER = re.compile(rb'"server":"[^"]*","port":(\d+),"host":"[^"]*"')
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
    """One tshark; its records are taken off by a thread as they come, so that no part waits for another."""

    def __init__(self, tshark, capture, words, number, parts):
        self.number = number
        self.lines = queue.SimpleQueue()
        self.opened = capture.opened()
        self.complaints = tempfile.TemporaryFile()
        self.file = self.opened.__enter__()
        self.process = tshark.start(["-o", f"wsus.part:{number + 1}/{parts}", *words], self.file, self.complaints)
        self.thread = threading.Thread(target=self.drain, daemon=True)
        self.thread.start()

    def drain(self):
        batch = []
        for line in self.process.stdout:
            batch.append(line)
            if len(batch) == BATCH:
                self.lines.put(batch)
                batch = []
        self.lines.put(batch)
        self.lines.put(None)

    def records(self):
        """(place in the order, number of the part, line); facts for the diagnosis and what the part says at its end among them."""
        while True:
            batch = self.lines.get()
            if batch is None:
                return
            for line in batch:
                if line[-1:] != b"\n":
                    continue
                frames = FRAMES.match(line)
                if frames:
                    request, response, told = map(int, frames.groups())
                    yield (not told, told or response or request), self.number, line
                elif line.startswith(FACT):
                    yield (False, int(line.split(b"\t", 2)[1])), self.number, line
                else:
                    yield AT_END, self.number, line

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.opened.__exit__(None, None, None)


class Shared:
    """What one part may have to know of another: which files it told of, and which downloads lack the title of their update; and
    servers that are known for those of Windows Update by nothing but an exchange with them."""

    def __init__(self):
        self.told, self.lacking = {}, set()
        self.servers = {}

    def note(self, line, part):
        if not FRAMES.match(line):
            return
        server = SERVER.search(line)
        if server and server[0] not in self.servers:
            self.servers[server[0]] = not is_known(int(server[1]), json.loads(line)["host"])
        if b'"described":[]' not in line:
            for key in json.loads(line)["described"]:
                self.told.setdefault(key, set()).add(part)
        elif b'"fetched":""' not in line and b'"title":""' in line:
            self.lacking.add((json.loads(line)["fetched"], part))

    def cross_parts(self):
        return any(self.servers.values()) or any(self.told.get(key, set()) - {part} for key, part in self.lacking)


def merged(parts, shared):
    """The lines of all parts in order. What is not TCP is told by every part, and taken once."""
    place, seen = None, {}
    for where, number, line in heapq.merge(*(part.records() for part in parts), key=lambda record: record[0]):
        if where != place:
            place, seen = where, {}
        if where != AT_END and seen.setdefault(line, number) != number:
            continue
        if line.startswith(b"{"):
            shared.note(line, number)
        yield line


def read(tshark, capture, words, number, take, complaint):
    """Hands what tshark writes of a capture to `take`, read in that number of parts. False: it has to be read as a whole."""
    parts, shared = [], Shared()
    try:
        for each in range(number):
            parts.append(Part(tshark, capture, words, each, number))
        for line in merged(parts, shared):
            take(line)
        for part in parts:
            part.process.wait()
            if part.process.returncode:
                raise Failure(complaint(part.complaints, part.process.returncode))
    finally:
        for part in parts:
            part.close()
    return not shared.cross_parts()
