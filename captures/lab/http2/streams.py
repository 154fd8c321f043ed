#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Both sides of HTTP/2 connections, on python3-h2: streams.py CERTIFICATE KEY KEYLOG INTENDED

Every step is written down here, so that streams interleave, end early or never end in the same way each time. INTENDED gets
what truth.py is to find: the number of requests that end, then STATUS<TAB>FAULT of every answer that ends.
"""

import contextlib
import gzip
import hashlib
import pathlib
import random
import socket
import ssl
import sys
import threading
import time

import h2.config
import h2.connection
import h2.settings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "made"))
import make  # noqa: E402  for its xpress

BODIES = pathlib.Path(__file__).resolve().parents[1] / "bodies" / "ClientWebService"
NAMESPACE = "http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService"
AGENT = "Windows-Update-Agent/10.0.10011.16384 Client-Protocol/2.50"
OPTIMIZER = "Microsoft-Delivery-Optimization/10.0"
PATH = "/ClientWebService/client.asmx"

FILE = b"MSCF" + random.Random(2).randbytes(20000)
SHA1 = hashlib.sha1(FILE).hexdigest().upper()
FILE_PATH = f"/Content/{SHA1[-2:]}/{SHA1}.cab"

requests, answers = 0, []


def envelope(inner):
    return ('<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
            f"<soap:Body>{inner}</soap:Body></soap:Envelope>").encode()


def result(operation, inner):
    return envelope(f'<{operation}Response xmlns="{NAMESPACE}"><{operation}Result>{inner}</{operation}Result>'
                    f"</{operation}Response>")


def fault(code, message):
    return envelope("<soap:Fault><faultcode>soap:Client</faultcode><faultstring>Fault occurred</faultstring><detail>"
                    f"<ErrorCode>{code}</ErrorCode><Message>{message}</Message><ID>1f0e6a5c-0a3b-4b6e-9d57-2f1d9f7c2a11</ID>"
                    f'<Method>"{NAMESPACE}/SyncUpdates"</Method></detail></soap:Fault>')


CONFIG = result("GetConfig", "<LastChange>2024-05-06T07:08:09Z</LastChange><IsRegistrationRequired>true</IsRegistrationRequired>")
COOKIE = result("GetCookie", "<Expiration>2024-05-06T09:00:00Z</Expiration><EncryptedData>b3BhcXVl</EncryptedData>")
UPDATES = result("SyncUpdates", "<NewUpdates>" + "".join(
    f"<UpdateInfo><ID>{n}</ID><Deployment><ID>{n + 1000}</ID><Action>Install</Action></Deployment><IsLeaf>true</IsLeaf>"
    f"<Xml>&lt;UpdateIdentity UpdateID=\"3f2b8c1d-6a5e-4f70-9b8a-0c1d2e3f{n:04x}\" RevisionNumber=\"200\" /&gt;</Xml></UpdateInfo>"
    for n in range(4711, 4719)) + "</NewUpdates><Truncated>false</Truncated>")


class Side:
    def __init__(self, connected, client):
        self.socket = connected
        connected.settimeout(10)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=client, header_encoding="utf-8"))
        self.peer = None

    def flush(self):
        """Sends what there is, in one record or segment, and lets the other side take it."""
        data = self.h2.data_to_send()
        self.socket.sendall(data)
        taken = 0
        while taken < len(data):
            part = self.peer.socket.recv(65536)
            if not part:
                break
            taken += len(part)
            self.peer.h2.receive_data(part)
        time.sleep(0.002)

    def say(self, stream, headers=None, body=None, end=False):
        if headers:
            self.h2.send_headers(stream, headers, end_stream=end and body is None)
            self.flush()
        if body is not None:
            self.h2.send_data(stream, body, end_stream=end)
            self.flush()


def call(client, stream, operation, name=None, host="wsus.example.test:8531", scheme="https", body=True, extra=()):
    """A request; body: True all of it, False its head alone."""
    global requests
    content = (BODIES / f"{name or operation}.xml").read_bytes()
    headers = [(":method", "POST"), (":scheme", scheme), (":authority", host), (":path", PATH), ("user-agent", AGENT),
               ("content-type", "text/xml; charset=utf-8"), ("soapaction", f'"{NAMESPACE}/{operation}"'),
               ("content-length", str(len(content))), *extra]
    client.say(stream, headers)
    if body:
        requests += 1
        client.say(stream, body=content, end=True)
    return content


def fetch(client, stream, path, method="GET", extra=()):
    global requests
    requests += 1
    client.say(stream, [(":method", method), (":scheme", "https"), (":authority", "wsus.example.test:8531"), (":path", path),
                        ("user-agent", OPTIMIZER), *extra], end=True)


def answer(server, stream, status, body=b"", kind="text/xml; charset=utf-8", error="", extra=()):
    headers = [(":status", str(status)), ("server", "Microsoft-IIS/10.0"), ("content-length", str(len(body))), *extra]
    if body:
        headers.append(("content-type", kind))
    server.say(stream, headers, body or None, end=True)
    answers.append(f"{status}\t{error}")


@contextlib.contextmanager
def connection(port, secure=None, keylog=None):
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()
        outer = socket.create_connection(("127.0.0.1", port))
        inner = listening.accept()[0]
    for one in (outer, inner):
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if secure:
        ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ours.load_cert_chain(*secure)
        ours.set_alpn_protocols(["h2"])
        theirs = ssl.create_default_context(cafile=secure[0])
        theirs.keylog_filename = keylog
        theirs.set_alpn_protocols(["h2"])
        box = []
        thread = threading.Thread(target=lambda: box.append(ours.wrap_socket(inner, server_side=True)))
        thread.start()
        outer = theirs.wrap_socket(outer, server_hostname="wsus.example.test")
        thread.join()
        inner = box[0]
    client, server = Side(outer, True), Side(inner, False)
    client.peer, server.peer = server, client
    yield client, server
    time.sleep(0.02)
    outer.close()
    inner.close()
    time.sleep(0.05)


def begin(client, server):
    client.h2.initiate_connection()
    client.h2.increment_flow_control_window(1 << 24)
    client.flush()
    server.h2.initiate_connection()
    server.h2.increment_flow_control_window(1 << 24)
    server.flush()
    client.flush()


def services(secure, keylog):
    """Answers in another order, bodies frame by frame in turns, statuses without body, codings, resets, GOAWAY."""
    with connection(8531, secure, keylog) as (client, server):
        begin(client, server)
        contents = {stream: call(client, stream, operation, body=False)
                    for stream, operation in ((1, "GetConfig"), (3, "GetCookie"), (5, "SyncUpdates"))}
        for at in range(0, 1200, 100):
            for stream, content in contents.items():
                if at < len(content):
                    client.say(stream, body=content[at:at + 100], end=at + 100 >= len(content))
        global requests
        requests += 3
        server.say(5, [(":status", "200"), ("content-type", "text/xml; charset=utf-8")])
        for at in range(0, len(UPDATES), 700):
            server.say(5, body=UPDATES[at:at + 700], end=at + 700 >= len(UPDATES))
            if at == 0:
                answer(server, 3, 200, COOKIE)
        answers.append("200\t")
        answer(server, 1, 200, CONFIG)
        call(client, 7, "SyncUpdates")
        answer(server, 7, 503)
        call(client, 9, "GetCookie")
        answer(server, 9, 404)
        call(client, 11, "SyncUpdates")
        answer(server, 11, 500, gzip.compress(fault("InvalidCookie", "the cookie is gone"), mtime=0), error="InvalidCookie",
               extra=[("content-encoding", "gzip")])
        call(client, 13, "SyncUpdates")
        answer(server, 13, 200, make.xpress(UPDATES, ["600"], []), extra=[("content-encoding", "xpress")])
        call(client, 15, "SyncUpdates", "SyncUpdates-ConfigChanged")
        server.h2.reset_stream(15, 7)
        server.flush()
        call(client, 17, "GetExtendedUpdateInfo")
        server.say(17, [(":status", "200"), ("content-type", "text/xml; charset=utf-8"), ("content-length", "5000")], UPDATES[:900])
        server.h2.reset_stream(17, 2)
        server.flush()
        call(client, 19, "GetConfig")
        answer(server, 19, 200, CONFIG)
        call(client, 21, "SyncUpdates")
        server.h2.close_connection(2, last_stream_id=19)
        server.flush()


def downloads(secure, keylog):
    """HEAD, ranges at once, a file that is not there, one that the client stops."""
    with connection(8531, secure, keylog) as (client, server):
        begin(client, server)
        fetch(client, 1, FILE_PATH, "HEAD")
        server.say(1, [(":status", "200"), ("content-length", str(len(FILE))), ("content-type", "application/vnd.ms-cab-compressed")],
                   end=True)
        answers.append("200\t")
        ranges = {3: (0, 9999), 5: (10000, len(FILE) - 1)}
        for stream, (first, last) in ranges.items():
            fetch(client, stream, FILE_PATH, extra=[("range", f"bytes={first}-{last}")])
        for stream, (first, last) in ranges.items():
            server.say(stream, [(":status", "206"), ("content-range", f"bytes {first}-{last}/{len(FILE)}"),
                                ("content-type", "application/vnd.ms-cab-compressed"), ("content-length", str(last - first + 1))])
        for at in range(0, 10000, 2500):
            for stream, (first, last) in ranges.items():
                stop = min(first + at + 2500, last + 1)
                final = at == 7500
                server.say(stream, body=FILE[first + at:last + 1 if final else stop], end=final)
        answers.extend(["206\t", "206\t"])
        fetch(client, 7, FILE_PATH.replace(SHA1, SHA1[::-1]))
        answer(server, 7, 404)
        fetch(client, 9, FILE_PATH)
        server.say(9, [(":status", "200"), ("content-length", str(len(FILE))), ("content-type", "application/vnd.ms-cab-compressed")],
                   FILE[:3000])
        client.h2.reset_stream(9, 8)
        client.flush()


def in_clear():
    """Prior knowledge on the port of WSUS: trailers, an early hint, a header block of several frames, silence."""
    host = "wsus.example.test:8530"
    with connection(8530) as (client, server):
        begin(client, server)
        call(client, 1, "GetConfig", host=host, scheme="http", extra=[("x-large", random.Random(3).randbytes(9000).hex())])
        server.say(1, [(":status", "103"), ("link", "</style.css>; rel=preload")])
        server.say(1, [(":status", "200"), ("content-type", "text/xml; charset=utf-8")], CONFIG)
        server.h2.send_headers(1, [("x-checksum", "80244022")], end_stream=True)
        server.flush()
        answers.append("200\t")
        call(client, 3, "GetCookie", host=host, scheme="http")
        server.say(3, [(":status", "500"), ("content-type", "text/xml; charset=utf-8")])
        server.h2.send_data(3, fault("ServerBusy", "later"), end_stream=True)
        server.flush()
        answers.append("500\tServerBusy")
        call(client, 5, "SyncUpdates", host=host, scheme="http")
        client.h2.close_connection()
        client.flush()


def lost():
    """An answer of which record removes a segment; a call behind it."""
    host = "wsus.example.test:8530"
    with connection(8530) as (client, server):
        begin(client, server)
        call(client, 1, "GetConfig", host=host, scheme="http")
        answer(server, 1, 200, CONFIG)
        call(client, 3, "SyncUpdates", host=host, scheme="http")
        server.say(3, [(":status", "200"), ("content-type", "text/xml; charset=utf-8")])
        server.say(3, body=UPDATES[:1000])
        server.say(3, body=b"<!-- a segment that is removed -->" * 10)
        server.say(3, body=UPDATES[1000:], end=True)
        answers.append("200\t")
        call(client, 5, "GetCookie", host=host, scheme="http")
        answer(server, 5, 503)


def many():
    """More streams than the plugin keeps, none of which ends; one that does."""
    with connection(8530) as (client, server):
        begin(client, server)
        server.h2.update_settings({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 2000})
        server.flush()
        client.flush()
        for number in range(1001):
            client.h2.send_headers(2 * number + 1, [(":method", "POST"), (":scheme", "http"), (":authority", "wsus.example.test:8530"),
                                                    (":path", PATH), ("user-agent", AGENT), ("content-type", "text/xml")])
            if number % 50 == 49:
                client.flush()
        call(client, 2003, "GetConfig", host="wsus.example.test:8530", scheme="http")
        answer(server, 2003, 200, CONFIG)


def upgrade():
    """A request of HTTP/1.1 that goes over to HTTP/2, answered on stream 1; a call on the same connection behind it."""
    content = (BODIES / "GetConfig.xml").read_bytes()
    with connection(80) as (client, server):
        settings = client.h2.initiate_upgrade_connection()
        head = (f"POST {PATH} HTTP/1.1\r\nHost: wsus.example.test\r\nUser-Agent: {AGENT}\r\nContent-Type: text/xml; charset=utf-8\r\n"
                f'SOAPAction: "{NAMESPACE}/GetConfig"\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n'
                f"HTTP2-Settings: {settings.decode()}\r\nContent-Length: {len(content)}\r\n\r\n")
        client.socket.sendall(head.encode() + content)
        server.socket.recv(65536)
        server.socket.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        client.socket.recv(65536)
        server.h2.initiate_upgrade_connection(settings)
        server.flush()
        client.flush()
        global requests
        requests += 1
        answers.append("101\t")
        answer(server, 1, 200, CONFIG)
        call(client, 3, "SyncUpdates", host="wsus.example.test", scheme="http")
        answer(server, 3, 503)


def unrelated(secure, keylog):
    """What a browser does beside it: nothing of Windows Update, however it ends."""
    with connection(443, secure, keylog) as (client, server):
        begin(client, server)
        global requests
        for stream, path in ((1, "/feed"), (3, "/api/x"), (5, "/late")):
            requests += 1
            client.say(stream, [(":method", "GET"), (":scheme", "https"), (":authority", "www.example.net"), (":path", path),
                                ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)")], end=True)
        answer(server, 1, 200, b'{"items": []}', "application/json")
        answer(server, 3, 500)
        server.h2.reset_stream(5, 2)
        server.flush()


def main():
    certificate, key, keylog, intended = sys.argv[1:]
    secure = (certificate, key)
    services(secure, keylog)
    downloads(secure, keylog)
    in_clear()
    lost()
    many()
    upgrade()
    unrelated(secure, keylog)
    lines = [f"{requests} requests", *answers]
    pathlib.Path(intended).write_text("".join(line + "\n" for line in lines), encoding="utf-8")


main()
