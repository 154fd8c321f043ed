"""Makes the captures that the benchmark runs over. They are the same on every run.

Unrelated traffic is made up here. Windows Update traffic is taken from the sample captures: the exchanges of their
connections are repeated from many clients, and answers to SyncUpdates grow to the sizes that real servers send.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import ast
import gzip
import json
import random
import re
import struct
import types
import uuid

SEGMENT = 1460
START = 1_772_438_400        # 2026-03-02 08:00:00 UTC
XPRESS_BLOCK = "16352"       # bytes, as WSUS compresses
SIZES = (10_000, 30_000, 60_000, 200_000)  # of answers to SyncUpdates, in turn


# ---- frames ---------------------------------------------------------------------------------------------------------

class Capture:
    """A capture file that frames are added to; each is a tenth of a millisecond later than the one before."""

    def __init__(self, path, addresses=False):
        """addresses: each client has an address of its own, as in an office; else they share some, as behind a proxy."""
        self.addresses = addresses
        self.file = path.open("wb")
        self.file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        self.frames = 0
        self.connections = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def packet(self, protocol, source, target, data):
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(data), self.frames & 0xffff, 0x4000, 64, protocol, 0,
                         source, target)
        frame = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0" + ip + data
        seconds, part = divmod(self.frames, 10_000)
        self.file.write(struct.pack("<IIII", START + seconds, part * 100, len(frame), len(frame)) + frame)
        self.frames += 1

    def next_client(self):
        """Address and port of a client that was not there before."""
        self.connections += 1
        if self.addresses:
            return bytes([10]) + struct.pack(">I", self.connections)[1:], 50_000
        number, port = divmod(self.connections, 10_000)
        return bytes([10, 1, number >> 8 & 255, number & 255]), 50_000 + port


class Connection:
    """A TCP connection from a new client to a server. Every second segment is acknowledged, and the last of a message."""

    def __init__(self, capture, port, server=bytes([192, 0, 2, 1])):
        self.capture = capture
        self.ends = capture.next_client(), (server, port)
        self.next = [1000, 5000]
        self.segment(0, 0x02)
        self.segment(1, 0x12)
        self.segment(0, 0x10)

    def segment(self, side, flags, data=b""):
        (source, source_port), (target, target_port) = self.ends[side], self.ends[1 - side]
        acknowledged = self.next[1 - side] if flags & 0x10 else 0
        header = struct.pack(">HHIIBBHHH", source_port, target_port, self.next[side], acknowledged, 0x50, flags, 65535, 0, 0)
        self.capture.packet(6, source, target, header + data)
        self.next[side] += len(data) + (flags & 0x03 != 0)

    def send(self, side, data):
        """Side 0 is the client."""
        starts = range(0, len(data), SEGMENT)
        for number, start in enumerate(starts, 1):
            last = number == len(starts)
            self.segment(side, 0x18 if last else 0x10, data[start:start + SEGMENT])
            if last or number % 2 == 0:
                self.segment(1 - side, 0x10)

    def close(self):
        self.segment(0, 0x11)
        self.segment(1, 0x11)
        self.segment(0, 0x10)


def udp(capture, source, target, data):
    (from_address, from_port), (to_address, to_port) = source, target
    capture.packet(17, from_address, to_address, struct.pack(">HHHH", from_port, to_port, 8 + len(data), 0) + data)


# ---- unrelated traffic ----------------------------------------------------------------------------------------------

def words(chance, size):
    """Text of about that many bytes."""
    vocabulary = "time order list value note plan price error state page item number green river stone update code".split()
    return " ".join(chance.choice(vocabulary) for _ in range(size // 6)).encode()


def web_page(chance):
    return "text/html; charset=utf-8", b"<!DOCTYPE html><html><body><p>" + words(chance, chance.randrange(500, 20_000)) + b"</p>"


def web_data(chance):
    rows = [{"id": n, "name": words(chance, 30).decode(), "price": n * 1.25} for n in range(chance.randrange(5, 60))]
    return "application/json", json.dumps(rows).encode()


def web_font(chance):
    return "font/woff2", b"wOF2" + chance.randbytes(chance.randrange(1_000, 30_000))


def web_feed(chance):
    items = "".join(f"<item><title>{words(chance, 40).decode()}</title><guid>{n}</guid></item>" for n in range(40))
    return "text/xml; charset=utf-8", f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()


def other_soap(chance):
    rows = "".join(f"<row><id>{n}</id><text>{words(chance, 60).decode()}</text></row>" for n in range(60))
    return "text/xml; charset=utf-8", ('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
                                       f'<ListResponse xmlns="urn:example:list">{rows}</ListResponse></s:Body></s:Envelope>').encode()


def web_answer(chance, kind):
    media, body = kind(chance)
    coding = ""
    if chance.random() < 0.3 and not media.startswith("font/"):
        body, coding = gzip.compress(body, 6, mtime=0), "Content-Encoding: gzip\r\n"
    if chance.random() < 0.3:
        chunks = [body[n:n + 4096] for n in range(0, len(body), 4096)] + [b""]
        coding += "Transfer-Encoding: chunked\r\n"
        body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    else:
        coding += f"Content-Length: {len(body)}\r\n"
    return (f"HTTP/1.1 200 OK\r\nServer: example\r\nDate: Mon, 02 Mar 2026 08:00:00 GMT\r\nContent-Type: {media}\r\n"
            f"{coding}Cache-Control: max-age=60\r\n\r\n").encode() + body


def web_exchange(chance, connection, kinds):
    path = words(chance, 24).decode().replace(" ", "/")
    head = (f"Host: www.example.test\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) example\r\nAccept: */*\r\n"
            f"Accept-Encoding: gzip\r\nCookie: session={chance.randbytes(16).hex()}\r\n")
    if chance.random() < 0.3:
        body = web_data(chance)[1]
        connection.send(0, f"POST /{path} HTTP/1.1\r\n{head}Content-Type: application/json\r\n"
                           f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    else:
        connection.send(0, f"GET /{path} HTTP/1.1\r\n{head}\r\n".encode())
    if chance.random() < 0.2:
        connection.send(1, b"HTTP/1.1 304 Not Modified\r\nServer: example\r\nETag: \"1\"\r\n\r\n")
    else:
        connection.send(1, web_answer(chance, chance.choice(kinds)))


def web(capture, chance, packets, kinds=(web_page, web_data, web_font)):
    while capture.frames < packets:
        connection = Connection(capture, 80)
        for _ in range(chance.randrange(1, 12)):
            web_exchange(chance, connection, kinds)
        connection.close()


def web_xml(capture, chance, packets):
    web(capture, chance, packets, (web_feed, other_soap))


def bulk(capture, chance, packets):
    """Large files over HTTP."""
    while capture.frames < packets:
        connection = Connection(capture, 80)
        data = chance.randbytes(1_000_000)
        connection.send(0, b"GET /large/file.bin HTTP/1.1\r\nHost: files.example.test\r\nAccept: */*\r\n\r\n")
        connection.send(1, b"HTTP/1.1 200 OK\r\nServer: example\r\nContent-Type: application/octet-stream\r\n"
                           b"Content-Length: %d\r\n\r\n" % len(data) + data)
        connection.close()


def tls_record(kind, data):
    return struct.pack(">BHH", kind, 0x0303, len(data)) + data


def tls_hello(chance, server):
    if server:
        rest = struct.pack(">HBH", 0x1301, 0, 6) + bytes.fromhex("002b00020304")
    else:
        name = b"www.example.test"
        names = struct.pack(">HBH", len(name) + 3, 0, len(name)) + name
        extensions = struct.pack(">HH", 0, len(names)) + names + bytes.fromhex("002b0003020304")
        rest = bytes.fromhex("0004130113020100") + struct.pack(">H", len(extensions)) + extensions
    hello = b"\x03\x03" + chance.randbytes(32) + b"\x20" + chance.randbytes(32) + rest
    return tls_record(22, bytes([2 if server else 1]) + struct.pack(">I", len(hello))[1:] + hello)


def tls(capture, chance, packets):
    while capture.frames < packets:
        connection = Connection(capture, 443)
        connection.send(0, tls_hello(chance, server=False))
        connection.send(1, tls_hello(chance, server=True) + tls_record(20, b"\x01"))
        for _ in range(chance.randrange(2, 20)):
            connection.send(0, tls_record(23, chance.randbytes(chance.randrange(40, 900))))
            connection.send(1, tls_record(23, chance.randbytes(chance.randrange(40, 16_000))))
        connection.close()


def dns(capture, chance, packets):
    server = bytes([192, 0, 2, 53]), 53
    while capture.frames < packets:
        client = capture.next_client()
        number = chance.randrange(65536)
        labels = [words(chance, 9).replace(b" ", b"-"), b"example", b"test"]
        question = b"".join(bytes([len(label)]) + label for label in labels) + b"\0\0\x01\0\x01"
        udp(capture, client, server, struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + question)
        answers = b"".join(b"\xc0\x0c\0\x01\0\x01" + struct.pack(">IH", 300, 4) + chance.randbytes(4) for _ in range(3))
        udp(capture, server, client, struct.pack(">HHHHHH", number, 0x8180, 1, 3, 0, 0) + question + answers)


def unknown(capture, chance, packets):
    """A TCP protocol that Wireshark does not know."""
    while capture.frames < packets:
        connection = Connection(capture, 39_999)
        for _ in range(chance.randrange(2, 30)):
            connection.send(0, b"\xfe\xed" + chance.randbytes(chance.randrange(20, 400)))
            connection.send(1, b"\xfe\xed" + chance.randbytes(chance.randrange(20, 6_000)))
        connection.close()


# Names of the static table of HPACK (RFC 7541, appendix A), from 1 on, and the pairs of it that are used here.
HPACK_NAMES = (
    ":authority :method :method :path :path :scheme :scheme :status :status :status :status :status :status :status accept-charset "
    "accept-encoding accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control "
    "content-disposition content-encoding content-language content-length content-location content-range content-type cookie date "
    "etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified link location "
    "max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after server set-cookie "
    "strict-transport-security transfer-encoding user-agent vary via www-authenticate").split()
HPACK_PAIRS = {(":method", "GET"): 2, (":method", "POST"): 3, (":scheme", "http"): 6, (":status", "200"): 8, (":status", "304"): 11}
HPACK_TABLE = 4096           # bytes
ONCE = {":path", "content-length", "etag"}  # of each message another one: not worth a place in the table
DATA, HEADERS, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 4, 6, 7, 8
END_STREAM, END_HEADERS = 1, 4


class Hpack:
    """Compresses the headers of one direction: without Huffman codes."""

    def __init__(self):
        self.table = []      # the newest first

    @staticmethod
    def number(first, bits, value):
        most = (1 << bits) - 1
        if value < most:
            return bytes([first | value])
        out, value = [first | most], value - most
        while value > 127:
            out.append(value & 127 | 128)
            value >>= 7
        return bytes([*out, value])

    def text(self, value):
        return self.number(0, 7, len(value)) + value.encode()

    def header(self, name, value):
        if (name, value) in HPACK_PAIRS:
            return self.number(0x80, 7, HPACK_PAIRS[name, value])
        if (name, value) in self.table:
            return self.number(0x80, 7, 62 + self.table.index((name, value)))
        index = HPACK_NAMES.index(name) + 1 if name in HPACK_NAMES else 0
        new_name = b"" if index else self.text(name)
        if name in ONCE:
            return self.number(0, 4, index) + new_name + self.text(value)
        self.table.insert(0, (name, value))
        while sum(len(n) + len(v) + 32 for n, v in self.table) > HPACK_TABLE:
            self.table.pop()
        return self.number(0x40, 6, index) + new_name + self.text(value)

    def block(self, headers):
        return b"".join(self.header(name, value) for name, value in headers)


def http2_frame(kind, flags, stream, data=b""):
    return struct.pack(">I", len(data))[1:] + struct.pack(">BBI", kind, flags, stream) + data


def http2_answer(chance, number):
    """The headers of an answer, and its body in pieces."""
    if chance.random() < 0.2:
        return [(":status", "304"), ("server", "example"), ("etag", f'"{number:x}"')], []
    media, body = chance.choice((web_page, web_data, web_font))(chance)
    headers = [(":status", "200"), ("server", "example"), ("date", "Mon, 02 Mar 2026 08:00:00 GMT"), ("content-type", media),
               ("cache-control", "max-age=60"), ("vary", "accept-encoding"), ("x-frame-options", "sameorigin")]
    if chance.random() < 0.7 and media.startswith(("text/", "application/")):
        body = gzip.compress(body, 6, mtime=0)
        headers.append(("content-encoding", "gzip"))
    return [*headers, ("content-length", str(len(body)))], [body[n:n + 8192] for n in range(0, len(body), 8192)]


def http2_requests(chance, hpack, session, streams):
    """What a browser asks for at a time."""
    frames = b""
    for stream in streams:
        path = "/" + words(chance, 24).decode().replace(" ", "/")
        data = web_data(chance)[1][:900] if chance.random() < 0.1 else b""
        headers = [(":method", "POST" if data else "GET"), (":scheme", "http"), (":authority", "www.example.test"), (":path", path),
                   ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) example"), ("accept", "*/*"), ("accept-encoding", "gzip, br"),
                   ("accept-language", "en"), ("referer", "http://www.example.test/"), ("cookie", f"session={session}")]
        frames += http2_frame(HEADERS, END_HEADERS | (0 if data else END_STREAM), stream, hpack.block(headers))
        if data:
            frames += http2_frame(DATA, END_STREAM, stream, data)
    return frames


def http2_answers(chance, hpack, streams):
    """What the server sends at a time: the headers of all answers with the first piece of each body, then another piece of each."""
    waiting, message = [], b""
    for stream in streams:
        headers, pieces = http2_answer(chance, stream)
        message += http2_frame(HEADERS, END_HEADERS | (0 if pieces else END_STREAM), stream, hpack.block(headers))
        waiting.append((stream, pieces))
    while message or waiting:
        waiting = [(stream, pieces) for stream, pieces in waiting if pieces]
        for stream, pieces in waiting:
            message += http2_frame(DATA, 0 if pieces[1:] else END_STREAM, stream, pieces.pop(0))
        if message:
            yield message
        message = b""


def http2(capture, chance, packets):
    """A browser that keeps some connections and asks for several things at a time, in clear."""
    while capture.frames < packets:
        connection, sides, session = Connection(capture, 80), (Hpack(), Hpack()), chance.randbytes(16).hex()
        connection.send(0, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2_frame(SETTINGS, 0, 0, bytes.fromhex("000300000064000400600000")) +
                        http2_frame(WINDOW_UPDATE, 0, 0, bytes.fromhex("00ef0001")))
        connection.send(1, http2_frame(SETTINGS, 0, 0, bytes.fromhex("000300000080")) + http2_frame(SETTINGS, 1, 0))
        connection.send(0, http2_frame(SETTINGS, 1, 0))
        stream = 1
        for _ in range(chance.randrange(2, 8)):
            streams = range(stream, stream + 2 * chance.randrange(1, 9), 2)
            stream = streams[-1] + 2
            connection.send(0, http2_requests(chance, sides[0], session, streams))
            for message in http2_answers(chance, sides[1], streams):
                connection.send(1, message)
            connection.send(0, http2_frame(WINDOW_UPDATE, 0, 0, bytes.fromhex("00010000")))
        connection.send(0, http2_frame(PING, 0, 0, bytes(8)))
        connection.send(1, http2_frame(PING, 1, 0, bytes(8)))
        connection.send(1, http2_frame(GOAWAY, 0, 0, struct.pack(">II", stream - 2, 0)))
        connection.close()


UNRELATED = {"http": web, "http2": http2, "xml": web_xml, "tls": tls, "dns": dns, "tcp": unknown, "bulk": bulk}


def write_unrelated(path, kinds, packets):
    """As many packets of each kind."""
    with Capture(path) as capture:
        for number, kind in enumerate(kinds, 1):
            UNRELATED[kind](capture, random.Random(kind), number * packets)


def write_empty(path):
    with Capture(path):
        pass


# ---- Windows Update -------------------------------------------------------------------------------------------------

def read_connections(payloads):
    """{stream: [(side, message)]} of lines "stream, source port, target port, payload" in tab separated columns; the
    server has the lower port."""
    streams = {}
    for line in payloads.splitlines():
        stream, source, target, data = line.split("\t")
        side = int(int(source) < int(target))
        messages = streams.setdefault(int(stream), [])
        data = bytes.fromhex(data)
        if messages and messages[-1][0] == side:
            messages[-1] = side, messages[-1][1] + data
        else:
            messages.append((side, data))
    return streams


def with_body(message, body, coding=None):
    """The message with another body."""
    head = message[:message.index(b"\r\n\r\n")]
    head = re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(body), head)
    if coding:
        head += b"\r\nContent-Encoding: " + coding
    return head + b"\r\n\r\n" + body


def body_of(message):
    return message[message.index(b"\r\n\r\n") + 4:]


def another(update, number):
    """The same update with other ids."""
    update = re.sub(rb"<ID>\d+</ID>", b"<ID>%d</ID>" % (100_000 + number), update, count=1)
    guid = str(uuid.UUID(int=random.Random(number).getrandbits(128), version=4)).encode()
    return re.sub(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", guid, update, count=1)


def grown(message, size, first=0):
    """An answer to SyncUpdates with its updates repeated, as others, until its body has that size."""
    body = body_of(message)
    updates = re.findall(rb"<UpdateInfo>.*?</UpdateInfo>", body, re.S)
    end = body.rindex(b"</UpdateInfo>") + len(b"</UpdateInfo>")
    more = []
    room = size - len(body)
    while room > 0:
        more.append(another(updates[len(more) % len(updates)], first + len(more)))
        room -= len(more[-1])
    return with_body(message, body[:end] + b"".join(more) + body[end:])


def can_grow(message):
    return b"<SyncUpdatesResponse" in message and message.count(b"<UpdateInfo>") > 1


def load_encoder(captures):
    """The functions of the program that makes the sample captures, which knows how to write xpress. Only its definitions
    are taken: run as a whole it would make the captures anew."""
    path = captures / "made" / "make.py"
    program = ast.parse(path.read_text(encoding="utf-8"))
    program.body = [node for node in program.body if not isinstance(node, (ast.Expr, ast.If))]
    module = types.ModuleType("make")
    module.__file__ = str(path)
    exec(compile(program, str(path), "exec"), module.__dict__)
    return module


def compressed(message, encoder):
    return with_body(message, encoder.xpress(body_of(message), [XPRESS_BLOCK], []), b"xpress")


class Scans:
    """Scans of one computer each, with answers to SyncUpdates of all SIZES in turn."""

    def __init__(self, messages, encoder=None):
        self.variants = []
        for number, size in enumerate(SIZES):
            scan = [(side, grown(m, size, number * 10_000) if can_grow(m) else m) for side, m in messages]
            if encoder:
                scan = [(side, compressed(m, encoder) if side else m) for side, m in scan]
            self.variants.append(scan)

    def write(self, capture, count):
        for number in range(count):
            replay(capture, self.variants[number % len(self.variants)])


def replay(capture, messages):
    connection = Connection(capture, 8530)
    for side, message in messages:
        connection.send(side, message)
    connection.close()


def write_scans(path, scans, count, others=(), addresses=False):
    """`count` scans; after each of them the other connections."""
    with Capture(path, addresses) as capture:
        for start in range(0, count, len(SIZES)):
            scans.write(capture, min(len(SIZES), count - start))
            for messages in others:
                replay(capture, messages)


def write_exchanges(path, exchange, count, per_connection=10):
    """`count` times the same request and answer."""
    with Capture(path) as capture:
        for _ in range(count // per_connection):
            replay(capture, exchange * per_connection)


def xpress_body(message, encoder, size):
    """A compressed body that is `size` bytes long when decoded: the blocks of one answer, which do not depend on each
    other, over and over."""
    block = int(XPRESS_BLOCK)
    plain = body_of(message)
    plain = plain[:len(plain) // block * block]
    packed = encoder.xpress(plain, [XPRESS_BLOCK], [])
    times, rest = divmod(size, len(plain))
    return packed * times + encoder.xpress(plain[:rest], [XPRESS_BLOCK], [])


def write_one_answer(path, request, response, body):
    with Capture(path) as capture:
        replay(capture, [(0, request), (1, with_body(response, body, b"xpress"))])


def write_updates(path, exchange, count):
    """`count` times an exchange whose answer offers other updates each time."""
    (_, request), (_, answer) = exchange
    with Capture(path) as capture:
        for number in range(count):
            updates = iter(range(number * 1_000, number * 1_000 + 1_000))
            body = re.sub(rb"<UpdateInfo>.*?</UpdateInfo>", lambda match: another(match[0], next(updates)), body_of(answer),
                          flags=re.S)
            replay(capture, [(0, request), (1, with_body(answer, body))])
