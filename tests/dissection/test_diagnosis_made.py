"""The diagnosis of connections that a test makes: wrong schemes on the ports of WSUS, certificates of different issuers, and captures
that are hostile to it: too many clients, too many failures, texts that steer a screen.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import re
import struct
import sys
import unittest

import harness
from made import END, ENVELOPE, MadeCaptures, request, response

sys.path.insert(0, str(harness.REPO / "tests" / "bench"))
import traffic  # noqa: E402

STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2060-\u206f]")


def diagnosis(capture, *arguments):
    capture.chmod(0o644)
    first, *clients = [json.loads(line) for line in harness.tshark(capture, "-q", "-z", "wsus,diagnosis,json", *arguments).splitlines()]
    return first, clients


# ---- TLS 1.2 in clear -----------------------------------------------------------------------------------------------

def der(tag, *parts):
    data = b"".join(parts)
    size = bytes([len(data)]) if len(data) < 128 else b"\x82" + struct.pack(">H", len(data))
    return bytes([tag]) + size + data


def name(common):
    return der(0x30, der(0x31, der(0x30, bytes.fromhex("0603550403"), der(0x0c, common.encode()))))


def certificate(issuer, subject="wsus.example.test"):
    algorithm = der(0x30, bytes.fromhex("06082a8648ce3d040302"))
    dates = der(0x30, der(0x17, b"260101000000Z"), der(0x17, b"300101000000Z"))
    key = der(0x30, der(0x30, bytes.fromhex("06072a8648ce3d020106082a8648ce3d030107")), der(0x03, b"\0\4" + bytes(range(64))))
    signed = der(0x30, bytes.fromhex("a003020102020101"), algorithm, name(issuer), dates, name(subject), key)
    return der(0x30, signed, algorithm, der(0x03, b"\0" + bytes(64)))


def handshake(kind, data):
    return traffic.tls_record(22, bytes([kind]) + struct.pack(">I", len(data))[1:] + data)


def hello(server_name):
    asked = server_name.encode()
    names = struct.pack(">HBH", len(asked) + 3, 0, len(asked)) + asked
    extensions = struct.pack(">HH", 0, len(names)) + names
    return handshake(1, b"\x03\x03" + bytes(32) + b"\0" + bytes.fromhex("0002c02b0100") + struct.pack(">H", len(extensions)) + extensions)


def server_hello(issuer):
    one = certificate(issuer)
    chain = struct.pack(">I", len(one))[1:] + one
    return (handshake(2, b"\x03\x03" + b"S" * 32 + bytes.fromhex("00c02b00")) + handshake(11, struct.pack(">I", len(chain))[1:] + chain) +
            handshake(14, b""))


class Connections(MadeCaptures):
    def causes(self, play):
        path = self.folder / "made.pcap"
        with traffic.Capture(path) as file:
            play(file)
        found = []
        for arguments in ((), ("-2",)):
            first, clients = diagnosis(path, *arguments)
            found.append([(cause["rule"], cause["weight"], cause["step"], cause["server"]) for each in (first, *clients)
                          for cause in each["causes"]])
        self.assertEqual(found[0], found[1])
        return found[0]

    def play_to(self, port, sent, answer):
        def play(file):
            connection = traffic.Connection(file, port)
            connection.send(0, sent)
            if answer:
                connection.send(1, answer)
            connection.segment(1, 0x11)
            connection.segment(0, 0x11)
        return self.causes(play)

    def test_tls_to_the_plain_port(self):
        bad = b"HTTP/1.1 400 Bad Request\r\nServer: Microsoft-HTTPAPI/2.0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        for answer in (bad, b""):
            self.assertEqual([("tls_on_plain_port", "failure", "secure", "wsus.example.test:8530")],
                             self.play_to(8530, hello("wsus.example.test"), answer))
        self.assertNotIn("tls_on_plain_port", str(self.play_to(8531, hello("wsus.example.test"), b"")))

    def test_plain_http_to_the_port_of_tls(self):
        asked = request(f"{ENVELOPE}<GetConfig/>{END}", operation="GetConfig").replace(b":8530", b":8531")
        self.assertEqual([("plain_on_tls_port", "failure", "connect", "wsus.example.test:8531")], self.play_to(8531, asked, b""))
        plain = request(f"{ENVELOPE}<GetConfig/>{END}", operation="GetConfig")
        self.assertEqual([("closed_early", "failure", "connect", "wsus.example.test:8530")], self.play_to(8530, plain, b""))

    def test_certificates_of_one_name(self):
        def play(*issuers):
            def connections(file):
                for issuer in issuers:
                    connection = traffic.Connection(file, 8531)
                    connection.send(0, hello("wsus.example.test"))
                    connection.send(1, server_hello(issuer))
                    connection.send(0, handshake(16, b"\x41" + bytes(65)) + traffic.tls_record(20, b"\1") + traffic.tls_record(22, bytes(40)))
                    connection.send(1, traffic.tls_record(20, b"\1") + traffic.tls_record(22, bytes(40)))
                    connection.send(0, traffic.tls_record(23, bytes(300)))
                    connection.send(1, traffic.tls_record(23, bytes(900)))
                    connection.close()
            return connections
        self.assertEqual([], self.causes(play("Example CA", "Example CA")))
        self.assertEqual([("foreign_certificate", "warning", "connect", "wsus.example.test:8531")],
                         self.causes(play("Example CA", "Inspection of Example")))


class Hostile(MadeCaptures):
    def test_too_many_clients(self):
        """5,000 are told apart; messages of others are counted."""
        path = self.folder / "many.pcap"
        asked = request(f"{ENVELOPE}<GetConfig/>{END}", operation="GetConfig")
        with traffic.Capture(path, addresses=True) as file:
            for _ in range(5003):
                connection = traffic.Connection(file, 8530)
                connection.segment(0, 0x18, asked)
                connection.segment(1, 0x18, b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
        first, clients = diagnosis(path)
        self.assertEqual((5000, 5000, 6, 5000), (first["clients"], first["failed"], first["messages_of_further_clients"], len(clients)))
        text = harness.tshark(path, "-q", "-z", "wsus,diagnosis")
        self.assertTrue(text.startswith("5000 of 5000 clients failed: "), text[:90])
        self.assertIn("There are more than 5000 clients: 6 messages of others were left out.\n", text)
        self.assertIn(" and 494 more: GetConfig: HTTP 503, 0x80244022", " ".join(text.split())[:400])

    def test_too_many_failures_with_steering_texts(self):
        """100 of one client are kept, each in a few lines; what would steer a screen is not written."""
        evil = "\u202eexe\u009b31m\u2028" + "x" * 5000
        capture = self.capture(*(message for number in range(130) for message in (
            request(f"{ENVELOPE}<SyncUpdates/>{END}", extra=f"X: \x1b[2J{number}\r\n"),
            response(f"{ENVELOPE}<s:Fault><faultcode>s:Server</faultcode><faultstring>{evil}</faultstring><detail><ErrorCode>"
                     f"E{number}{evil}</ErrorCode><Message>{evil}</Message></detail></s:Fault>{END}", status="500 Oops\x1b[31m"))))
        _, clients = diagnosis(capture)
        self.assertEqual([(100, 30)], [(len(client["causes"]), client["more_causes"]) for client in clients])
        output = harness.tshark(capture, "-q", *(word for command in ("diagnosis", "diagnosis,json", "clients", "tree", "records", "updates")
                                                for word in ("-z", f"wsus,{command}")))
        self.assertEqual([], STEERING.findall(output))
        text = harness.tshark(capture, "-q", "-z", "wsus,diagnosis")
        self.assertIn("  30 further ones of other kinds are not shown\n", text)
        self.assertLess(len(text), 200_000)


if __name__ == "__main__":
    unittest.main()
