"""tshark -i with -z wsus,records: records while packets are captured, on the loopback interface of a network namespace of its own.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import unittest

from harness import CAPTURES, REPO, environment, tshark

PATIENCE = 60  # seconds for each thing that has to happen; it takes one
SETTLED = 0.5  # seconds
THINKING = 0.01  # seconds that the server takes for an answer
PORT = 8530
# what an unprivileged tshark needs to capture, in the network namespace only
CAPTURING = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all,+net_raw,+net_admin",
             "--ambient-caps=-all,+net_raw,+net_admin"]
INSIDE = "TEST_LIVE_INSIDE"


def can_make_a_network():
    return os.geteuid() == 0 and subprocess.run(["unshare", "--net", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def messages(operation):
    """The request of an operation in a sample capture and its answer."""
    found = []
    for line in tshark(CAPTURES / "scan-plain.pcapng", "-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.dstport", "-e",
                       "tcp.payload").splitlines():
        port, data = line.split("\t")
        if found and found[-1][0] == port:
            found[-1] = port, found[-1][1] + bytes.fromhex(data)
        else:
            found.append((port, bytes.fromhex(data)))
    at = next(i for i, (_, data) in enumerate(found) if f"/{operation}\"".encode() in data.split(b"\r\n\r\n")[0])
    return found[at][1], found[at + 1][1]


# ---- inside the namespace: a server, a client, and tshark between them -------------------------------------------------

def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8914, struct.pack("16sH14x", b"lo", 0x1 | 0x8 | 0x40))  # SIOCSIFFLAGS: up, loopback, running


def receive(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(65536)
        if not more:
            break
        data += more
    return data


def serve(listener, exchanges):
    for request, answer in exchanges:
        connection, _ = listener.accept()
        with connection:
            receive(connection, len(request))
            time.sleep(THINKING)
            connection.sendall(answer)


def ask(request, answer):
    with socket.create_connection(("127.0.0.1", PORT)) as client:
        client.sendall(request)
        receive(client, len(answer))


class Lines:
    """Lines of a pipe as they come, each with the time it takes at most."""

    def __init__(self, file):
        self.file, self.held = file, b""
        os.set_blocking(file.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(file, selectors.EVENT_READ)

    def next(self):
        end = time.monotonic() + PATIENCE
        while b"\n" not in self.held and time.monotonic() < end:
            if self.selector.select(end - time.monotonic()):
                more = self.file.read()
                if not more:
                    break
                self.held += more
        line, _, self.held = self.held.partition(b"\n")
        return line.decode()


def wait_for_capture():
    """Until one socket has listened to an interface for a while; that tshark says so comes before it is true, and before it
    captures it tries whether it can."""
    end, since = time.monotonic() + PATIENCE, {}
    while not any(time.monotonic() - begun > SETTLED for begun in since.values()):
        if time.monotonic() > end:
            sys.exit("nothing is captured")
        rows = [row.split() for row in pathlib.Path("/proc/self/net/packet").read_text(encoding="ascii").splitlines()[1:]]
        bound = {row[8] for row in rows if row[4] != "0"}  # by their inode
        since = {inode: since.get(inode, time.monotonic()) for inode in bound}
        time.sleep(0.05)


def inside():
    """Prints what came when, as JSON: the records, and after which exchange each was there while tshark captured on."""
    loopback_up()
    exchanges = [tuple(map(bytes.fromhex, pair)) for pair in json.loads(sys.stdin.read())]
    listener = socket.create_server(("127.0.0.1", PORT))
    threading.Thread(target=serve, args=(listener, exchanges), daemon=True).start()
    command = [*CAPTURING, "tshark", "-n", "-l", "-q", "-i", "lo", "-f", f"tcp port {PORT}", "-z", "wsus,records"]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for_capture()
        lines, records = Lines(process.stdout), []
        for number, (request, answer) in enumerate(exchanges, 1):
            ask(request, answer)
            line = lines.next()
            if not line:
                sys.exit(f"no record of exchange {number}")
            records.append({**json.loads(line), "after": number, "running": process.poll() is None})
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        rest = lines.held + (process.stdout.read() or b"")
        print(json.dumps({"records": records, "rest": rest.decode(), "status": process.returncode}))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # and what it started
        process.wait()


class Live(unittest.TestCase):
    @unittest.skipUnless(can_make_a_network(), "a network namespace of its own takes root")
    def test_records_come_while_packets_are_captured(self):
        """Each exchange is told before the next one begins, in their order, while tshark goes on; at the end nothing is told twice."""
        operations = ["GetConfig", "GetCookie", "SyncUpdates"]
        exchanges = [messages(operation) for operation in operations]
        done = subprocess.run(["unshare", "--net", sys.executable, "-B", __file__], env={**os.environ, INSIDE: "1", "PYTHONPATH": str(REPO / "tests" / "dissection")},
                              input=json.dumps([[part.hex() for part in pair] for pair in exchanges]), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=6 * PATIENCE, check=False)
        self.assertEqual(0, done.returncode, done.stderr)
        result = json.loads(done.stdout)
        self.assertEqual("", result["rest"])
        self.assertEqual(0, result["status"])
        self.assertEqual(list(enumerate(operations, 1)), [(record["after"], record["operation"]) for record in result["records"]])
        for record in result["records"]:
            self.assertTrue(record["running"])
            self.assertEqual(("127.0.0.1", "127.0.0.1", PORT, 200, "success"),
                             tuple(record[key] for key in ("client", "server", "port", "status", "outcome")))
            self.assertTrue(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", record["utc"]))
            self.assertLess(THINKING / 2, record["duration"], record)
        frames = [frame for record in result["records"] for frame in (record["request"], record["response"])]
        self.assertEqual(sorted(set(frames)), frames)


if __name__ == "__main__":
    if os.environ.get(INSIDE):
        inside()
    else:
        unittest.main()
