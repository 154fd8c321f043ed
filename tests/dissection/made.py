"""Captures of messages that a test makes: text2pcap puts them into TCP, IP and Ethernet.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

NAMESPACE = "http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService"
ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
END = "</s:Body></s:Envelope>"


def request(body, kind="text/xml; charset=utf-8", operation="SyncUpdates", extra=""):
    body = body if isinstance(body, bytes) else body.encode()
    head = (f"POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: wsus.example.test:8530\r\nContent-Type: {kind}\r\n"
            f"SOAPAction: \"{NAMESPACE}/{operation}\"\r\n{extra}Content-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


def response(body, status="200 OK", kind="text/xml; charset=utf-8", extra=""):
    body = body if isinstance(body, bytes) else body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class MadeCaptures(unittest.TestCase):
    """Tests with a folder of their own, which tshark can read."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.folder.chmod(0o755)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def capture(self, *messages, segment=60000):
        """A capture of messages on one connection, requests (b"POST ...") from the client, the others from the server."""
        dump = []
        for message in messages:
            side = "O" if message.startswith((b"POST", b"GET", b"HEAD")) else "I"
            for start in range(0, len(message), segment):
                dump.append(f"{side}\n")
                part = message[start:start + segment]
                for line in range(0, len(part), 16):
                    dump.append(f"{line:06x} {part[line:line + 16].hex(' ')}\n")
        text = self.folder / "dump.txt"
        text.write_text("".join(dump), encoding="ascii")
        path = self.folder / "made.pcapng"
        subprocess.run(["text2pcap", "-q", "-D", "-4", "192.0.2.1,192.0.2.10", "-T", "8530,50000", text, path], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        path.chmod(0o644)
        return path
