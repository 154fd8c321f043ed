"""Damaged and hostile input: bounded work, an expert item that says what was given up, the rest of the packet intact.

The same tests run under the sanitizers.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import pathlib
import resource
import subprocess
import sys
import unittest

from harness import CAPTURES, DROP, environment, fields, own_captures, run, summary, tshark
from made import END, ENVELOPE, NAMESPACE, MadeCaptures, request, response

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))
import traffic  # noqa: E402

SANITIZED = "WSUS_SANITIZED" in os.environ


def cpu_seconds():
    """What the programs that were run took of processors, which other work beside them hardly changes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Hostile(MadeCaptures):
    def remarks(self, capture, frame_filter="frame"):
        rows = fields(capture, ["_ws.expert.message"], display=frame_filter)
        return [message for row in rows for message in row[0]]

    def assert_remark(self, capture, text):
        self.assertTrue(any(text in remark for remark in self.remarks(capture)), self.remarks(capture))

    # ---- text ----

    def test_body_cut_at_every_byte(self):
        whole = ENVELOPE + (
            f"<SyncUpdates xmlns=\"{NAMESPACE}\"><parameters><InstalledNonLeafUpdateIDs><int>1</int></InstalledNonLeafUpdateIDs>"
            "<SkipSoftwareSync>false</SkipSoftwareSync></parameters></SyncUpdates>") + END
        messages = [request(whole[:n]) for n in range(0, len(whole), 1 if not SANITIZED else 3)]
        capture = self.capture(*messages)
        rows = summary(capture)
        self.assertEqual(len(messages), len([row for row in rows.values() if row[0] == "WSUS"]))
        tshark(capture, "-V")

    def test_head_cut_at_every_byte(self):
        message = request(ENVELOPE + f"<GetConfig xmlns=\"{NAMESPACE}\"/>" + END)
        head = message[:message.index(b"\r\n\r\n") + 4]
        for n in range(1, len(head), 7):
            tshark(self.capture(head[:n] if n > 4 else b"POST " + head[:n]), "-V")

    def test_nested_elements(self):
        """The stock XML dissector gives up at such a body; without it, all of ours is shown."""
        nested = "<a>" * 10000 + "x" + "</a>" * 10000
        capture = self.capture(request(ENVELOPE + f"<SyncUpdates xmlns=\"{NAMESPACE}\">{nested}</SyncUpdates>" + END))
        rows = fields(capture, ["wsus.operation", "_ws.expert.message"], "-o", "wsus.no_stock_xml:TRUE", display="wsus")
        self.assertEqual(["SyncUpdates"], rows[0][0])
        self.assertIn("Elements are nested too deeply: the inner ones were left out", rows[0][1])
        stock = run("tshark", "-n", "-r", capture, "-V", check=False, WIRESHARK_ABORT_ON_DISSECTOR_BUG=None)
        self.assertIn("Windows Update, ClientWebService, SyncUpdates Request", stock.stdout.decode().splitlines())

    def test_broken_markup(self):
        wrong, early = "The XML document is not well-formed", "The XML document ends early"
        for body, remark in (("<SyncUpdates", wrong), ("<SyncUpdates><a b=></SyncUpdates>", wrong),
                             ("<SyncUpdates></a></b></SyncUpdates>", wrong), ("<SyncUpdates>< x", wrong),
                             ("<SyncUpdates a='1><b/></SyncUpdates>", early), ("<SyncUpdates><![CDATA[ ]]</SyncUpdates>", early)):
            body = body.replace("<SyncUpdates", f"<SyncUpdates xmlns=\"{NAMESPACE}\"", 1)
            capture = self.capture(request(ENVELOPE + body + END), response("", "503 Service Unavailable"))
            self.assert_remark(capture, remark)
            self.assertEqual([["503"]], fields(capture, ["wsus.status_code"], display="wsus.status_code")[0])

    def test_nul_in_the_text(self):
        fault = "<s:Fault><faultcode>s:Server</faultcode><faultstring>before\0after 0x80070005</faultstring></s:Fault>"
        capture = self.capture(response(ENVELOPE + fault + END, "500 Internal Server Error"))
        self.assert_remark(capture, "NUL")
        row = fields(capture, ["wws.fault.reason", "winerr.code"], display="wws")[0]
        self.assertEqual(["before\ufffdafter 0x80070005"], row[0])
        self.assertIn("0x80070005", row[1])

    def test_a_text_that_is_no_utf8(self):
        fault = b"<s:Fault><faultcode>s:Server</faultcode><faultstring>\xff\xfe\xe4 0x80244022</faultstring></s:Fault>"
        capture = self.capture(response(ENVELOPE.encode() + fault + END.encode(), "500 Internal Server Error"))
        self.assertEqual(["\ufffd\ufffd\ufffd 0x80244022"], fields(capture, ["wws.fault.reason"], display="wws")[0][0])

    def test_endless_list_of_codes(self):
        text = " ".join(f"0x8024{n:04X}" for n in range(0x4000, 0x4000 + 9000))
        fault = f"<s:Fault><faultcode>s:Server</faultcode><faultstring>{text}</faultstring></s:Fault>"
        capture = self.capture(response(ENVELOPE + fault + END, "500 Internal Server Error"))
        self.assert_remark(capture, "There is more than is shown")
        codes = fields(capture, ["winerr.code"], display="wws")[0][0]
        self.assertLessEqual(len(codes), 70)
        self.assertIn("0x80244000", codes)

    def test_endless_list_of_fields(self):
        body = f"<SyncUpdatesResponse xmlns=\"{NAMESPACE}\"><SyncUpdatesResult><NewUpdates>" + "".join(
            f"<UpdateInfo><ID>{n}</ID><IsLeaf>true</IsLeaf></UpdateInfo>" for n in range(9000))
        capture = self.capture(response(ENVELOPE + body + "</NewUpdates></SyncUpdatesResult></SyncUpdatesResponse>" + END))
        self.assert_remark(capture, "There is more than is shown")
        self.assertEqual(["9000"], fields(capture, ["wsus.update.count"], display="wsus")[0][0])

    def test_attributes_and_namespaces_without_end(self):
        many = " ".join(f"a{n}='{n}' xmlns:n{n}='urn:{n}'" for n in range(500))
        capture = self.capture(request(ENVELOPE + f"<SyncUpdates xmlns=\"{NAMESPACE}\"><x {many}/></SyncUpdates>" + END))
        self.assert_remark(capture, "There is more than is shown")

    def test_numbers_out_of_range(self):
        body = (f"<SyncUpdatesResponse xmlns=\"{NAMESPACE}\"><SyncUpdatesResult><NewUpdates><UpdateInfo><ID>99999999999999999999</ID>"
                "<Deployment><ID>-5</ID><Deadline>yesterday</Deadline><IsAssigned>maybe</IsAssigned></Deployment></UpdateInfo>"
                "</NewUpdates></SyncUpdatesResult></SyncUpdatesResponse>")
        capture = self.capture(response(ENVELOPE + body + END))
        wrong = [r for r in self.remarks(capture) if "is not of the expected form" in r]
        self.assertEqual(["Revision ID is not of the expected form: 99999999999999999999", "Deployment ID is not of the expected form: -5",
                          "Deadline is not of the expected form: yesterday", "Assigned is not of the expected form: maybe"], wrong)

    # ---- HTTP ----

    def test_content_length_that_lies(self):
        body = ENVELOPE + f"<GetConfig xmlns=\"{NAMESPACE}\"><protocolVersion>2.0</protocolVersion></GetConfig>" + END
        for length in (0, 1, 2 ** 31, 2 ** 40, 10 ** 25):
            message = request(body).replace(f"Content-Length: {len(body)}".encode(), f"Content-Length: {length}".encode())
            tshark(self.capture(message, response("", "503 Service Unavailable")), "-V")

    def test_chunks_that_lie(self):
        for chunks in (b"5\r\n<s:En\r\n0\r\n\r\n", b"ffffffff\r\nabc\r\n", b"xyz\r\n", b"-1\r\n\r\n", b"5;a=b\r\nabcde\r\n0\r\nT: x\r\n\r\n"):
            message = (b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
            tshark(self.capture(request(ENVELOPE + f"<GetConfig xmlns=\"{NAMESPACE}\"/>" + END), message), "-V")

    # ---- damaged captures ----

    @staticmethod
    def plain_captures():
        """Over TLS a changed byte only keeps a record from being decrypted, and editcap does not take keys."""
        return [capture for capture in own_captures() if capture.name not in ("tls.pcapng", "http2.pcapng", "http2-streams.pcapng")]

    @staticmethod
    def options(capture):
        """Stock Wireshark 4.0 runs into an assertion of its own where handshakes of TLS are damaged."""
        return ["--disable-protocol", "tls"] if capture.name == "connections.pcapng" else []

    @staticmethod
    def editcap(*arguments):
        subprocess.run(["editcap", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        arguments[-1].chmod(0o644)

    def test_damaged_captures(self):
        """Bytes changed at random in the own captures: no crash, no dissector bug."""
        for capture in self.plain_captures():
            for seed in range(1 if SANITIZED else 3):
                damaged = self.folder / "damaged.pcapng"
                self.editcap("-E", "0.02", "--seed", str(seed + 1), capture, damaged)
                with self.subTest(f"{capture.name} seed {seed + 1}"):
                    tshark(damaged, *self.options(capture), "-V")
                    tshark(damaged, *self.options(capture), "-2", "-q", "-z", "wsus,tree", "-z", "wsus_errors,tree")

    def test_frames_cut_short(self):
        for capture in self.plain_captures():
            for length in (80, 200, 400, 700):
                cut = self.folder / "cut.pcapng"
                self.editcap("-s", str(length), capture, cut)
                with self.subTest(f"{capture.name} {length} bytes"):
                    tshark(cut, *self.options(capture), "-V")


class Alone(MadeCaptures):
    """What measures time."""

    STREAMS = 100_000

    def streams(self, path):
        """One connection of HTTP/2 with that many requests of which the last alone has an answer."""
        block, capture = traffic.Hpack(), self.folder / "streams.pcap"
        with traffic.Capture(capture) as file:
            connection = traffic.Connection(file, 8530)
            connection.send(0, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + traffic.http2_frame(traffic.SETTINGS, 0, 0))
            connection.send(1, traffic.http2_frame(traffic.SETTINGS, 0, 0))
            connection.send(0, b"".join(traffic.http2_frame(
                traffic.HEADERS, traffic.END_HEADERS | traffic.END_STREAM, 2 * number + 1,
                block.block([(":method", "GET"), (":scheme", "http"), (":authority", "srv.example.test:8530"), (":path", path)]))
                for number in range(self.STREAMS)))
            connection.send(1, traffic.http2_frame(traffic.HEADERS, traffic.END_HEADERS | traffic.END_STREAM, 2 * self.STREAMS - 1,
                                                   traffic.Hpack().block([(":status", "503")])))
        capture.chmod(0o644)
        return capture

    def cost(self, capture, plugin):
        """CPU seconds and the most memory in bytes of a tshark that reads HTTP/2."""
        process = subprocess.Popen([*DROP, "tshark", "-n", "-r", str(capture), "-d", "tcp.port==8530,http2"],
                                   env=environment(plugin), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(0, process.returncode)
        return used.ru_utime + used.ru_stime, used.ru_maxrss * 1024

    def test_streams_that_never_end(self):
        """Those of others take no memory beyond a bound, those of Windows Update as much as requests without answer do."""
        for path, each in (("/", 60), ("/selfupdate/wuident.cab", 1200)):
            capture = self.streams(path)
            if not SANITIZED:
                time, memory = self.cost(capture, plugin=True)
                stock_time, stock_memory = self.cost(capture, plugin=False)
                self.assertLess(time, 2 * stock_time + 1, path)
                self.assertLess(memory - stock_memory, each * self.STREAMS + 6_000_000, path)
            # the simple allocator of 4.4 looks for what is given back among all that there is
            rows = fields(capture, ["wsus.http2.stream", "wsus.status_code", "_ws.expert.message"], display="wsus.status_code == 503",
                          WIRESHARK_DEBUG_WMEM_OVERRIDE=None)
            if path == "/":
                self.assertEqual([], rows)
                continue
            self.assertEqual([[str(2 * self.STREAMS - 1)], ["503"]], rows[0][:2])
            self.assertIn("Too many streams of this connection are open: older ones were given up", rows[0][2])

    def test_big_body_takes_linear_time(self):
        """Ten times the body, not much more than ten times the time. 100 MB are left to the bench: they would not add to it."""
        times = []
        for count in (2000, 20000):
            body = f"<SyncUpdates xmlns=\"{NAMESPACE}\"><parameters><OtherCachedUpdateIDs>" + "<int>123456</int>" * count
            capture = self.capture(request(ENVELOPE + body + "</OtherCachedUpdateIDs></parameters></SyncUpdates>" + END))
            started = cpu_seconds()
            self.assertEqual([str(count)], fields(capture, ["wsus.sync.cached_count"], display="wsus")[0][0])
            times.append(cpu_seconds() - started)
        self.assertLess(times[1], times[0] * 12 + 1)


if __name__ == "__main__":
    unittest.main()
