"""Messages that go on in later segments: reassembly by stock Wireshark switched off, losses, retransmissions at other
boundaries, answers that do not wait for the end of their request, and limits of memory.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import ipaddress
import random
import struct
import subprocess
import sys

from harness import SHARED, fields, own_captures, run, shared_captures, tshark
from made import END, ENVELOPE, NAMESPACE, MadeCaptures, request, response

MESSAGE = ["wsus.operation", "wsus.message", "wsus.request_in", "wsus.status_code", "wsus.update.count", "wsus.body.missing",
           "wws.fault.errorcode", "winerr.code"]
WAYS = {
    "bodies not put together": ["-o", "http.desegment_body:FALSE"],
    "segments not put together": ["-o", "tcp.desegment_tcp_streams:FALSE"],
    "the same in two passes": ["-2", "-o", "tcp.desegment_tcp_streams:FALSE"],
}
# TLS and HTTP/2 over it cannot be decrypted without reassembly.
ENCRYPTED = {"tls.pcapng", "http2.pcapng", "http2-streams.pcapng"}


def messages(capture, *arguments, names=MESSAGE):
    return fields(capture, ["frame.number", *names], *arguments, display="wsus")


def updates(first, count):
    return "".join(f"<UpdateInfo><ID>{n}</ID><IsLeaf>true</IsLeaf><Xml>&lt;UpdateIdentity UpdateID=\"{n:08x}-1111-2222-3333-"
                   f"444455556666\" RevisionNumber=\"200\" /&gt;</Xml></UpdateInfo>" for n in range(first, first + count))


def sync_answer(count):
    return response(f'{ENVELOPE}<SyncUpdatesResponse xmlns="{NAMESPACE}"><SyncUpdatesResult><NewUpdates>{updates(9000, count)}'
                    f'</NewUpdates><Truncated>false</Truncated></SyncUpdatesResult></SyncUpdatesResponse>{END}')


SYNC = request(f'{ENVELOPE}<SyncUpdates xmlns="{NAMESPACE}"></SyncUpdates>{END}')
CONFIG = request(f'{ENVELOPE}<GetConfig xmlns="{NAMESPACE}"><protocolVersion>2.90</protocolVersion></GetConfig>{END}',
                 operation="GetConfig")
SYN, ACK, FIN = 0x02, 0x10, 0x01


class Segments(MadeCaptures):
    """Captures whose segments are said one by one."""

    def segments(self, rows, name="segments.pcapng"):
        """rows: (port of the client, from the client?, sequence number, acknowledgment, flags, bytes)."""
        dump = []
        for port, client, seq, ack, flags, data in rows:
            ports = (port, 8530) if client else (8530, port)
            addresses = [ipaddress.ip_address("192.0.2.20").packed, ipaddress.ip_address("192.0.2.1").packed]
            source, target = addresses if client else reversed(addresses)
            tcp = struct.pack(">HHIIBBHHH", *ports, seq, ack, 0x50, flags, 65535, 0, 0)
            ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(data), 0, 0x4000, 64, 6, 0) + source + target
            dump.append("000000 " + (b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + tcp + data).hex(" ") + "\n")
        text = self.folder / "segments.txt"
        text.write_text("".join(dump), encoding="ascii")
        path = self.folder / name
        subprocess.run(["text2pcap", "-q", text, path], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       timeout=120)
        path.chmod(0o644)
        return path

    def exchange(self, pieces, total, after=CONFIG):
        """A SyncUpdates whose answer comes in pieces (offset, bytes), then another request that acknowledges all of it."""
        rows = [(50000, True, 1000, 0, SYN, b""), (50000, False, 5000, 1001, SYN | ACK, b""),
                (50000, True, 1001, 5001, ACK, SYNC)]
        rows += [(50000, False, 5001 + offset, 1001 + len(SYNC), ACK, data) for offset, data in pieces]
        rows.append((50000, True, 1001 + len(SYNC), 5001 + total, ACK, after))
        return self.segments(rows)


class Reassembly(Segments):
    def test_every_capture_reads_the_same_without_reassembly(self):
        for capture in own_captures():
            if capture.name in ENCRYPTED or capture.name.startswith("transport"):
                continue
            for name, way in WAYS.items():
                with self.subTest(capture.name, way=name):
                    # what becomes of connections is told in one pass where it became known
                    self.assertEqual(messages(capture, *way), messages(capture, *(["-2"] if "-2" in way else [])))

    def test_one_lost_segment(self):
        answer = sync_answer(20)
        pieces = [(at, answer[at:at + 500]) for at in range(0, len(answer), 500)]
        whole = messages(self.exchange(pieces, len(answer)))
        self.assertEqual(whole[1][:6], [[str(3 + len(pieces))], ["SyncUpdates"], ["2"], ["3"], ["200"], ["20"]])
        self.assertEqual(whole[1][6], [])
        for lost in range(1, len(pieces)):
            with self.subTest(lost=lost):
                capture = self.exchange([p for i, p in enumerate(pieces) if i != lost], len(answer))
                for way in ([], ["-2"], *WAYS.values()):
                    rows = messages(capture, *way, names=["wsus.operation", "wsus.body.missing", "wsus.update.revision_id"])
                    self.assertEqual(rows[-1][1], ["SyncUpdates", "GetConfig"])
                    self.assertEqual(rows[-1][2], [str(len(pieces[lost][1]))])
                    known = set(map(str, range(9000, 9020)))
                    self.assertTrue(known.issuperset(rows[-1][3]), rows[-1][3])  # none is made up of two
                    self.assertGreaterEqual(len(rows[-1][3]), 16)

    def test_retransmitted_at_other_boundaries(self):
        answer = sync_answer(20)
        n = len(answer)
        orders = {
            "overlapping": [(0, 700), (300, 1500), (1500, 2600), (1200, n)],
            "backwards": [(0, 500), (n - 900, n), (1500, n - 900), (500, 1500)],
            "twice": [(0, 1000), (0, 1000), (1000, 2000), (500, 2500), (2500, n), (0, n)],
            "a gap that is filled late": [(0, 1000), (2000, 3000), (1000, 1300), (3000, n), (1300, 2000)],
        }
        for name, order in orders.items():
            with self.subTest(name):
                capture = self.exchange([(a, answer[a:b]) for a, b in order], n)
                for way in ([], ["-2"], *WAYS.values()):
                    answers = [row[1:] for row in messages(capture, *way) if "2" in row[2]]
                    self.assertEqual([row[4] for row in answers], [["20"]], way)
                    self.assertEqual([row[5] for row in answers], [[]], way)

    def test_heads_that_look_like_heads_inside_of_bodies(self):
        text = f'{ENVELOPE}<GetConfigResponse xmlns="{NAMESPACE}"><x>\r\nHTTP/1.1 503 Service Unavailable\r\n\r\n</x></GetConfigResponse>{END}'
        answer = response(text)
        at = answer.index(b"HTTP/1.1 503")
        rows = messages(self.exchange([(0, answer[:at]), (at, answer[at:])], len(answer)), "-o", "tcp.desegment_tcp_streams:FALSE",
                        names=["wsus.status_code"])
        self.assertEqual([row[1] for row in rows], [[], ["200"], []])


class EarlyAnswers(Segments):
    def early(self, status, rest, extra="", then=None):
        head, body = SYNC.split(b"\r\n\r\n", 1)
        head += extra.encode() + b"\r\n\r\n"
        answer = response("", status)
        n, a = 1001 + len(head) + len(body), 5001 + len(answer)
        rows = [(50000, True, 1000, 0, SYN, b""), (50000, False, 5000, 1001, SYN | ACK, b""),
                (50000, True, 1001, 5001, ACK, head), (50000, False, 5001, 1001 + len(head), ACK, answer)]
        if rest:
            rows.append((50000, True, 1001 + len(head), a, ACK, body))
        rows.append((50000, True, n if rest else 1001 + len(head), a, ACK | FIN, b"") if then is None else
                    (50000, True, n, a, ACK, then))
        return self.segments(rows)

    def test_the_answer_belongs_to_the_request_that_has_begun(self):
        for status in ("401 Unauthorized", "413 Request Entity Too Large", "503 Service Unavailable"):
            for rest in (True, False):
                for extra in ("", "\r\nExpect: 100-continue"):
                    with self.subTest(status, rest=rest, extra=extra):
                        capture = self.early(status, rest, extra)
                        for way in ([], ["-2"], *WAYS.values()):
                            rows = messages(capture, *way, names=["wsus.operation", "wsus.message", "wsus.request_in",
                                                                  "wsus.status_code"])
                            # where the request begins; a second pass knows where it ends
                            asked = "5" if "-2" in way else "3"
                            self.assertEqual(rows[0], [["4"], ["SyncUpdates"], ["2"], [asked], [status[:3]]], way)
                            self.assertEqual(rows[1][1:3], [["SyncUpdates"], ["1"]], way)
                            self.assertEqual(len(rows), 2, way)
        self.assertNotIn("no response", tshark(capture, "-2", "-V"))

    def test_the_next_request_has_its_own_answer(self):
        rows = messages(self.early("503 Service Unavailable", True, then=CONFIG),
                        names=["wsus.operation", "wsus.message", "wsus.response_in"])
        self.assertEqual([row[1:3] for row in rows], [[["SyncUpdates"], ["2"]], [["SyncUpdates"], ["1"]], [["GetConfig"], ["1"]]])
        self.assertEqual([row[3] for row in rows], [[], ["4"], []])


class Limits(Segments):
    def peak(self, capture, plugin):
        """The peak of memory of tshark, in KiB."""
        script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True); "
                  "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
        done = run(sys.executable, "-c", script, "tshark", "-n", "-q", "-r", capture, plugin=plugin)
        return int(done.stdout)

    def half_open(self, n, size):
        head = SYNC.split(b"Content-Length")[0] + b"Content-Length: 5000000\r\n\r\n"
        rows = []
        for i in range(n):
            rows.append((1024 + i, True, 1000, 0, SYN, b""))
            rows.append((1024 + i, True, 1001, 1, ACK, head + b"<x>" * (size // 3)))
        return self.segments(rows, f"half-{n}.pcapng")

    def test_ten_thousand_half_open_requests(self):
        few, many = self.half_open(100, 600), self.half_open(10000, 600)
        growth = {plugin: self.peak(many, plugin) - self.peak(few, plugin) for plugin in (True, False)}
        self.assertLess(growth[True] - growth[False], 10000 * 4)  # KiB: at most 4 for each, their 600 bytes among them
        self.assertEqual(messages(many), [])

    def test_one_endless_message_is_not_kept_beyond_the_limit(self):
        head = SYNC.split(b"Content-Length")[0] + b"Content-Length: 60000000\r\n\r\n<x>"
        filler = bytes(random.Random(1).randrange(97, 123) for _ in range(60000))
        rows = [(50000, True, 1000, 0, SYN, b""), (50000, False, 5000, 1001, SYN | ACK, b""), (50000, True, 1001, 5001, ACK, head)]
        rows += [(50000, True, 1001 + len(head) + 100 + i * 60000, 5001, ACK, filler) for i in range(500)]
        capture = self.segments(rows)
        self.assertLess(self.peak(capture, True) - self.peak(capture, False), 40 * 1024)


class Shared(Segments):
    def cases(self):
        shared_captures("cases")
        return SHARED / "cases"

    def test_early_503(self):
        rows = messages(self.cases() / "early-503.pcap")
        self.assertEqual([row[:5] for row in rows],
                         [[["5"], ["GetConfig"], ["2"], ["4"], ["503"]], [["6"], ["GetConfig"], ["1"], [], []]])
        rows = messages(self.cases() / "early-503.pcap", "-2")
        self.assertEqual([row[:5] for row in rows],
                         [[["5"], ["GetConfig"], ["2"], ["6"], ["503"]], [["6"], ["GetConfig"], ["1"], [], []]])

    def test_loss_late(self):
        rows = messages(self.cases() / "loss-late.pcap", names=["wsus.operation", "wsus.update.count", "wsus.body.missing"])
        self.assertEqual(rows[1], [["15"], ["SyncUpdates", "GetConfig"], ["18"], ["1000"]])
        rows = messages(self.cases() / "plain7.pcap", names=["wsus.operation", "wsus.update.count", "wsus.body.missing"])
        self.assertEqual(rows[1], [["14"], ["SyncUpdates"], ["20"], []])

    def test_fault_of_another_method(self):
        rows = messages(self.cases() / "w09-fault-other-method.pcap")
        self.assertEqual(rows[1][:4], [["5"], ["GetExtendedUpdateInfo2"], ["3"], ["4"]])
        details = tshark(self.cases() / "w09-fault-other-method.pcap", "-V", "-Y", "wws.fault.method")
        self.assertIn("The fault names SyncUpdates, but it answers GetExtendedUpdateInfo2: the order of requests decides", details)
