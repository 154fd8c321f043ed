#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
r"""Makes captures from readable sources: make.py [--to FOLDER] [NAME...]

captures/made/NAME.txt becomes captures/NAME.pcapng, or FOLDER/NAME.pcapng; without names all sources are taken. The messages are written as hex
dumps; Wireshark's own text2pcap gives them TCP, IP and Ethernet headers, mergecap puts connections together and editcap
writes the comment. Nothing depends on the time or the place of the run.

A source is read line by line. Lines that begin with "# " are comments. Files *.inc are for @include. Outside of messages:

    @about TEXT                     goes into the comment of the capture
    @connection NAME CLIENT SERVER  addresses with port: 192.0.2.20:49731 or [2001:db8::20]:49731
    @clock 2026-03-02 08:00:00      time (UTC) that the first message counts from
    @file NAME SIZE                 a file with made-up content, for {path}, {sha1}, {digest} and @content
    @define NAME ... @end           lines to be inserted by {NAME} or {NAME ARGUMENT...}; {1}, {2} ... are the arguments
    @always DIRECTIVE...            a directive of every message from here on
    @include FILE                   reads another file of this folder
    @ignore DIRECTIVE               leaves a directive of messages out, wherever it stands: for variants of one source
    @again N ... @end               messages that come N times
    @snap N                         frames are cut off behind N bytes, as by a capture with a snapshot length

A message begins with >>> (request) or <<< (response), the name of its connection and the seconds since the message before
it in the source. Directives may follow; then start line and headers, a blank line, and the body. It ends where the next
one begins, or at a line that begins with "===", whose text is a heading for people.

    >>> agent +0.25
    @split
    POST /ClientWebService/client.asmx HTTP/1.1
    Content-Length: *

    <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">
      <s:Body>
    ...

In headers a * stands for what follows from the body: Content-Length, Content-Encoding and Transfer-Encoding. A header that
does not apply is left out. Directives of messages:

    @join               the body is one line: indentation and line ends between tags go, others become a blank
    @as-is              the body is as it stands here, without the line end of its last line (the default)
    @crlf               as it stands here, lines end with CR LF, the last one too
    @charset NAME       utf-8 (the default), utf-16-le, utf-16-be, iso-8859-1 ...
    @bom                a byte order mark in front
    @gzip               Content-Encoding gzip
    @xpress SIZE [X]    Content-Encoding xpress, in blocks of SIZE bytes; X is stored-last or stored: the last block, or
                        all blocks, are not compressed
    @odd BLOCK WHAT     damages block number BLOCK of an xpress body:
                            original N, compressed N    declares another size; +N and -N count from the true one
                            cut N                       the body ends after N bytes of the data of the block
                            head N                      the body ends after N bytes of the header of the block
                            data HEX                    other data, with its true size
                            reference                   a match in its midst refers to data before the block
                            after HEX                   bytes behind the block
    @chunked SIZE       chunked, in chunks of SIZE bytes
    @cut N              only the first N bytes of the body are sent; Content-Length tells of all
    @split              head and body are in TCP segments of their own
    @segment N          TCP segments of N bytes; otherwise as many as Ethernet has room for
    @pause N SECONDS    segment N and those behind it are sent so much later
    @lose N...          these segments of the message (the first is 1) are missing in the capture

Sources are ASCII; in bodies \u00e9 stands for another character. Sections of bodies, each up to a line @end; they can be
nested:

    @escape             what stands in it is joined and escaped: update metadata inside of the element Xml
    @verbatim           line ends and indentation are kept, also under @join
    @hex                bytes in hexadecimal
    @repeat FIRST LAST  once for every number; {n}, {n+8} stand for the number
    @content NAME A B   (no section, one line) bytes A to B of a file

What is inserted in heads and bodies, beside what @define defines:

    {guid WORD}             the GUID that belongs to WORD
    {opaque N WORD}         base64 of N made-up bytes
    {ints FIRST N STEP}     N elements <int>
    {times N TEXT}          N times the same
    {path NAME EXT}         /Content/HH/SHA1.EXT of a file
    {sha1 NAME}             its SHA-1 in hexadecimal; {sha1-lower NAME} with small letters, {digest NAME} in base64
    {digest256 NAME}        its SHA-256 in base64; {size NAME} its size
"""

import argparse
import base64
import collections
import datetime
import hashlib
import ipaddress
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import uuid
import zlib
from xml.sax.saxutils import escape

HERE = pathlib.Path(__file__).resolve().parent
COMMENT = "Made by captures/made/make.py from captures/made/{source}, not recorded. {about}"

NANOSECONDS = 1_000_000_000
BETWEEN_SEGMENTS = 30_000    # nanoseconds between the segments of one message
ETHERNET_ROOM = {4: 1460, 6: 1440}

INSERT = re.compile(r"\{([a-z][a-z0-9]*(?:-[a-z0-9]+)*)((?: [^{}]*)?)\}")
TOP = ("about", "connection", "clock", "file", "define", "always", "include", "ignore", "snap", "again")
SECTIONS = ("escape", "verbatim", "hex", "repeat")
SOLID = "\0"                 # stands around text whose blanks are not to be touched by join()


class SourceError(Exception):
    pass


# ---- reading a source -----------------------------------------------------------------------------------------------

Connection = collections.namedtuple("Connection", "client client_port server server_port")
Section = collections.namedtuple("Section", "kind arguments lines")
Segment = collections.namedtuple("Segment", "connection request time data lost")


class Message:
    def __init__(self, connection, request, time, where, directives):
        self.connection = connection
        self.request = request
        self.time = time          # nanoseconds since 1970
        self.where = where        # file and line, for complaints
        self.directives = directives
        self.lines = []

    def directive(self, name):
        """The arguments of the last directive of that name, or None."""
        return next((words for kind, *words in reversed(self.directives) if kind == name), None)

    def all_directives(self, name):
        return [words for kind, *words in self.directives if kind == name]


class Source:
    def __init__(self, path):
        self.about = ""
        self.connections = {}
        self.messages = []
        self.definitions = {}
        self.files = {}
        self.always = []
        self.ignored = set()
        self.snap = None
        self.clock = 0
        self.message = None       # the one that is being read
        self.in_directives = False
        self.read(path)

    def read(self, path):
        lines = iter(enumerate(path.read_text(encoding="ascii").splitlines(), 1))
        for number, line in lines:
            try:
                self.read_line(line, lines, f"{path.name}:{number}")
            except (SourceError, ValueError, KeyError, IndexError) as error:
                raise SourceError(f"{path.name}:{number}: {error!r}") from error
        self.message = None       # a message does not go on behind the end of an included file

    def read_line(self, line, lines, where):
        if line.startswith("# ") or line == "#":
            return
        if line.startswith(("===", ">>> ", "<<< ")):
            self.message = None if line.startswith("===") else self.begin_message(line, where)
        elif self.message:
            self.message_line(line)
        elif line.startswith("@"):
            self.top_directive(line[1:].split(), lines)
        elif line.strip():
            raise SourceError("neither a directive nor part of a message")

    def read_again(self, times, block):
        for _ in range(times):
            lines = iter(block)
            for number, line in lines:
                self.read_line(line, lines, f"line {number}")
        self.message = None

    def begin_message(self, line, where):
        arrow, name, delay = line.split()
        self.clock += round(float(delay) * NANOSECONDS)
        message = Message(self.connections[name], arrow == ">>>", self.clock, where, list(self.always))
        self.messages.append(message)
        self.in_directives = True
        return message

    def message_line(self, line):
        if self.in_directives and line.startswith("@"):
            self.message.directives.append(line[1:].split())
            return
        self.in_directives = False
        if line.startswith("@") and line.split()[0][1:] in TOP:
            raise SourceError("a message ends at a line that begins with ===, and this stands inside of one")
        self.message.lines += self.insert_lines(line)

    def top_directive(self, words, lines):
        kind, *arguments = words
        if kind == "about":
            self.about = " ".join(arguments)
        elif kind == "connection":
            name, client, server = arguments
            self.connections[name] = Connection(*address(client), *address(server))
        elif kind == "clock":
            time = datetime.datetime.fromisoformat(f"{arguments[0]}T{arguments[1]}+00:00")
            self.clock = round(time.timestamp()) * NANOSECONDS
        elif kind == "file":
            self.files[arguments[0]] = made_up(arguments[0], int(arguments[1]))
        elif kind == "define":
            self.definitions[arguments[0]] = [line for _, line in read_until_end(lines)]
        elif kind == "always":
            self.always.append(arguments)
        elif kind == "include":
            self.read(HERE / arguments[0])
        elif kind == "ignore":
            self.ignored.add(arguments[0])
        elif kind == "snap":
            self.snap = int(arguments[0])
        elif kind == "again":
            self.read_again(int(arguments[0]), list(read_until_end(lines)))
        else:
            raise SourceError(f"no directive @{kind}")

    def finish(self):
        for message in self.messages:
            message.directives = [words for words in message.directives if words[0] not in self.ignored]
        return self

    # -- what is inserted

    def insert_lines(self, line):
        """A line that is nothing but {NAME ...} of a definition becomes its lines; others get their insertions, the inner
        ones first."""
        match = INSERT.fullmatch(line.strip())
        if match and match[1] in self.definitions:
            indent = line[:len(line) - len(line.lstrip())]
            return [indent + text for inner in self.defined(match) for text in self.insert_lines(inner)]
        inserted = INSERT.sub(self.inserted, line)
        return [line] if inserted == line else self.insert_lines(inserted)

    def insert(self, line):
        return " ".join(text.strip() for text in self.insert_lines(line))

    def inserted(self, match):
        name, arguments = match[1], match[2].split()
        if name == "n":
            return match[0]       # of @repeat, which is resolved later
        if name in self.definitions:
            return " ".join(text.strip() for text in self.defined(match))
        if name in INSERTIONS:
            return INSERTIONS[name](self.files, *arguments)
        raise SourceError(f"nothing is defined as {match[0]}")

    def defined(self, match):
        arguments = match[2].split()
        for line in self.definitions[match[1]]:
            yield re.sub(r"\{([1-9])\}", lambda argument: arguments[int(argument[1]) - 1], line)


def address(text):
    host, port = text.rsplit(":", 1)
    return ipaddress.ip_address(host.strip("[]")), int(port)


def read_until_end(lines):
    """The lines up to the @end that belongs here."""
    depth = 1
    for number, line in lines:
        if line.strip().startswith("@") and line.split()[0][1:] in SECTIONS:
            depth += 1
        elif line.strip() == "@end":
            depth -= 1
        if not depth:
            return
        yield number, line
    raise SourceError("@end is missing")


def made_up(word, size):
    """Bytes that look random and are always the same for the same word."""
    blocks = (hashlib.sha256(f"{word} {number}".encode()).digest() for number in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def base64_text(data):
    return base64.b64encode(data).decode()


def sha1_hex(files, name):
    return hashlib.sha1(files[name]).hexdigest().upper()


def content_path(files, name, extension):
    digest = sha1_hex(files, name)
    return f"/Content/{digest[-2:]}/{digest}.{extension}"


INSERTIONS = {
    "guid": lambda files, word: str(uuid.UUID(bytes=made_up("guid " + word, 16), version=4)),
    "opaque": lambda files, size, word: base64_text(made_up(word, int(size))),
    "ints": lambda files, first, count, step: "".join(
        f"<int>{int(first) + number * int(step)}</int>" for number in range(int(count))),
    "times": lambda files, count, text: int(count) * text,
    "path": content_path,
    "sha1": sha1_hex,
    "sha1-lower": lambda files, name: sha1_hex(files, name).lower(),
    "digest": lambda files, name: base64_text(hashlib.sha1(files[name]).digest()),
    "digest256": lambda files, name: base64_text(hashlib.sha256(files[name]).digest()),
    "size": lambda files, name: str(len(files[name])),
}


# ---- bodies ---------------------------------------------------------------------------------------------------------

def body_of(message, lines, source):
    if message.directive("crlf") is not None:
        end, mode = "\r\n", "lines"
    else:
        end, mode = "\n", latest(message, "join", "as-is")
    while lines and not lines[-1].strip():
        lines.pop()
    pieces = render(parse_sections(lines), mode, end, source)
    if end == "\r\n" and pieces:
        pieces.append(end)
    charset = (message.directive("charset") or ["utf-8"])[0]
    mark = "\ufeff".encode(charset) if message.directive("bom") is not None else b""
    return mark + b"".join(piece if isinstance(piece, bytes) else piece.encode(charset) for piece in pieces)


def latest(message, *kinds):
    """Which of the directives stands last; the last of `kinds` where there is none."""
    return next((words[0] for words in reversed(message.directives) if words[0] in kinds), kinds[-1])


def parse_sections(lines):
    """Text lines and sections, in order."""
    numbered = iter(enumerate(lines))
    for _, line in numbered:
        words = line.split()
        if words and words[0].startswith("@") and words[0][1:] in SECTIONS:
            inner = [text for _, text in read_until_end(numbered)]
            yield Section(words[0][1:], words[1:], inner)
        elif words and words[0] == "@content":
            yield Section("content", words[1:], [])
        else:
            yield line


def render(parts, mode, end, source):
    """The pieces of a body: text, and bytes where a section gives bytes."""
    tokens = list(tokens_of(parts, mode, end, source))
    return join_lines(tokens) if mode == "join" else with_line_ends(tokens, end)


def tokens_of(parts, mode, end, source):
    for part in parts:
        if isinstance(part, Section):
            yield from render_section(part, mode, end, source)
        else:
            yield entities(part)


def render_section(section, mode, end, source):
    if section.kind == "content":
        name, first, last = section.arguments
        return [source.files[name][int(first):int(last) + 1]]
    if section.kind == "hex":
        return [bytes.fromhex("".join(section.lines))]
    if section.kind == "repeat":
        return [token for lines in repeated(section, source)
                for token in tokens_of(parse_sections(lines), mode, end, source)]
    if section.kind == "verbatim":
        return [SOLID + "\n".join(entities(line) for line in section.lines) + SOLID]
    inner = render(parse_sections(section.lines), "join", end, source)
    return [SOLID + escape("".join(inner)) + SOLID]


def repeated(section, source):
    first, last = map(int, section.arguments)
    for number in range(first, last + 1):
        yield [source.insert(re.sub(r"\{n([+-]\d+)?\}", lambda match: str(number + int(match[1] or 0)), line))
               for line in section.lines]


def entities(line):
    r"""Sources are ASCII: \u00e9 stands for another character."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), line)


def join_lines(tokens):
    """One line, as serializers write it: nothing between tags, a blank where a line was broken elsewhere."""
    pieces = []
    for token in tokens:
        if isinstance(token, bytes) or token.startswith(SOLID):
            pieces.append(token if isinstance(token, bytes) else token.strip(SOLID))
            continue
        text = token.strip()
        before = pieces[-1] if pieces else ">"
        if text and isinstance(before, str) and not before.endswith(">") and not text.startswith("<"):
            pieces.append(" ")
        if text:
            pieces.append(text)
    return pieces


def with_line_ends(tokens, end):
    pieces = []
    for number, token in enumerate(tokens):
        if number and not isinstance(token, bytes) and not isinstance(tokens[number - 1], bytes):
            pieces.append(end)
        pieces.append(token if isinstance(token, bytes) else token.strip(SOLID))
    return pieces


# ---- xpress ---------------------------------------------------------------------------------------------------------

class Lz77Writer:
    """Plain LZ77 of [MS-XCA] 2.3.4: 32 flags in front of what they tell apart, literals and matches; the lengths of two
    long matches share a byte."""

    def __init__(self):
        self.out = bytearray(4)
        self.flags = 0
        self.flag_count = 0
        self.flag_position = 0
        self.half_byte = None

    def flag(self, bit):
        self.flags = self.flags << 1 | bit
        self.flag_count += 1

    def end_flags(self):
        """Flags go to the place that was kept for them; behind the 32nd is the place of the next ones."""
        if self.flag_count == 32:
            struct.pack_into("<I", self.out, self.flag_position, self.flags)
            self.flags = self.flag_count = 0
            self.flag_position = len(self.out)
            self.out += bytes(4)

    def literal(self, byte):
        self.out.append(byte)
        self.flag(0)
        self.end_flags()

    def match(self, distance, length):
        length -= 3
        self.out += struct.pack("<H", (distance - 1) << 3 | min(length, 7))
        if length >= 7:
            self.long_length(length - 7)
        self.flag(1)
        self.end_flags()

    def long_length(self, length):
        if self.half_byte is None:
            self.half_byte = len(self.out)
            self.out.append(min(length, 15))
        else:
            self.out[self.half_byte] |= min(length, 15) << 4
            self.half_byte = None
        if length < 15:
            return
        length -= 15
        if length < 255:
            self.out.append(length)
        else:
            self.out.append(255)
            self.out += struct.pack("<H", length + 15 + 7)

    def finish(self):
        """The flags that are left over are set: a set flag without input behind it ends the block."""
        missing = 32 - self.flag_count
        struct.pack_into("<I", self.out, self.flag_position, (self.flags << missing | (1 << missing) - 1) & 0xffffffff)
        return bytes(self.out)


def lz77_tokens(data):
    """Greedy: at each place the longest of the latest matches, else a literal."""
    latest_at = collections.defaultdict(lambda: collections.deque(maxlen=16))
    position = 0
    while position < len(data):
        key = data[position:position + 3]
        length, distance = longest_match(data, position, latest_at[key]) if len(key) == 3 else (0, 0)
        step = length or 1
        yield (distance, length) if length else data[position]
        for place in range(position, min(position + step, len(data) - 2)):
            latest_at[data[place:place + 3]].append(place)
        position += step


def longest_match(data, position, candidates):
    best = (0, 0)
    for place in reversed(candidates):
        distance = position - place
        if distance > 8192:
            break
        length = 3
        while position + length < len(data) and data[place + length] == data[position + length]:
            length += 1
        if length > best[0]:
            best = (length, distance)
    return best


def lz77(tokens):
    writer = Lz77Writer()
    for token in tokens:
        if isinstance(token, tuple):
            writer.match(*token)
        else:
            writer.literal(token)
    return writer.finish()


def with_bad_reference(data):
    """Half of the data, and then a match farther back than there is data."""
    tokens = list(lz77_tokens(data))
    half = len(tokens) // 2
    return lz77(tokens[:half] + [(8192, 3)] + tokens[half:])


def xpress(data, arguments, oddities):
    size, *which = arguments
    blocks = [data[start:start + int(size)] for start in range(0, len(data), int(size))]
    out = bytearray()
    for number, block in enumerate(blocks, 1):
        odd = [words for block_number, *words in oddities if int(block_number) == number]
        stored = "stored" in which or ("stored-last" in which and number == len(blocks))
        encoded, ends = xpress_block(block, stored, odd)
        out += encoded
        if ends:
            break
    return bytes(out)


def xpress_block(block, stored, oddities):
    """A block with its header. The second result: nothing comes behind it."""
    packed = block if stored else lz77(lz77_tokens(block))
    if len(packed) >= len(block):
        packed = block            # equal sizes mean that it is stored
    keep, after, declared = None, b"", {}
    for what, *value in oddities:
        if what in ("original", "compressed"):
            declared[what] = value[0]
        elif what == "data":
            packed = bytes.fromhex("".join(value))
        elif what == "reference":
            packed = with_bad_reference(block)
        elif what in ("cut", "head"):
            keep = int(value[0]) + (8 if what == "cut" else 0)
        elif what == "after":
            after = bytes.fromhex("".join(value))
        else:
            raise SourceError(f"no oddity {what}")
    sizes = declared_size(declared, "original", len(block)), declared_size(declared, "compressed", len(packed))
    return (struct.pack("<II", *sizes) + packed)[:keep] + after, keep is not None


def declared_size(declared, which, true_size):
    text = declared.get(which, "+0")
    return int(text) + (true_size if text[0] in "+-" else 0)


# ---- messages -------------------------------------------------------------------------------------------------------

def gzip(body):
    """The same with every version of Python: gzip.compress() of 3.13 names another operating system than those before it."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = deflate.compress(body) + deflate.flush()
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\x03" + data + struct.pack("<II", zlib.crc32(body), len(body) & 0xffffffff)


def encode_content(message, body):
    """The body as it is sent, and the name of its Content-Encoding."""
    arguments = message.directive("xpress")
    if arguments is not None:
        return xpress(body, arguments, message.all_directives("odd")), "xpress"
    if message.directive("gzip") is not None:
        return gzip(body), "gzip"
    return body, None


def encode_transfer(message, body):
    arguments = message.directive("chunked")
    if arguments is None:
        return body, None
    size = int(arguments[0])
    chunks = [body[start:start + size] for start in range(0, len(body), size)] + [b""]
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks), "chunked"


def head_of(lines, values):
    """Start line and headers; values replace the * of some headers, None leaves a header out."""
    head = []
    for line in lines:
        name, _, value = line.partition(":")
        if value.strip() == "*":
            if values[name] is None:
                continue
            line = f"{name}: {values[name]}"
        head.append(line)
    return "\r\n".join(head + ["", ""]).encode("latin-1")


def bytes_of(message, source):
    """Head and body as they are on the wire."""
    lines = message.lines
    blank = lines.index("") if "" in lines else len(lines)
    body, encoding = encode_content(message, body_of(message, lines[blank + 1:], source))
    length = len(body)
    body, transfer = encode_transfer(message, body)
    head = head_of(lines[:blank], {
        "Content-Length": None if transfer else length,
        "Content-Encoding": encoding,
        "Transfer-Encoding": transfer,
    })
    cut = message.directive("cut")
    return head, body[:int(cut[0])] if cut else body


def payloads(message, source):
    """What the TCP segments of a message carry."""
    head, body = bytes_of(message, source)
    sized = message.directive("segment")
    room = int(sized[0]) if sized else ETHERNET_ROOM[message.connection.client.version]
    for part in [head, body] if message.directive("split") is not None else [head + body]:
        for start in range(0, len(part), room):
            yield part[start:start + room]


def segments_of(message, source):
    lost = [int(number) for number in message.directive("lose") or []]
    pause = message.directive("pause")
    try:
        for number, data in enumerate(payloads(message, source)):
            late = int(float(pause[1]) * NANOSECONDS) if pause and number + 1 >= int(pause[0]) else 0
            yield Segment(message.connection, message.request, message.time + number * BETWEEN_SEGMENTS + late, data,
                          number + 1 in lost)
    except (SourceError, ValueError, KeyError, IndexError, TypeError) as error:
        raise SourceError(f"{message.where}: {error!r}") from error


# ---- captures -------------------------------------------------------------------------------------------------------

def iso_time(nanoseconds):
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    time = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def hex_dump(segments):
    """Text for text2pcap: I is from client to server, O the other way."""
    for segment in segments:
        yield f"{'I' if segment.request else 'O'} {iso_time(segment.time)}\n"
        yield from (f"{start:06x} {segment.data[start:start + 32].hex(' ')}\n" for start in range(0, len(segment.data), 32))


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


def make_connection(connection, segments, path):
    path.with_suffix(".txt").write_text("".join(hex_dump(segments)), encoding="ascii")
    # The old format on the way: it has no place for the name of this system, which would get into the capture.
    run("text2pcap", "-q", "-F", "nsecpcap", "-D", "-t", "ISO", f"-{connection.client.version}",
        f"{connection.client},{connection.server}", "-T", f"{connection.client_port},{connection.server_port}",
        path.with_suffix(".txt"), path)


def make_capture(name, source, folder, target):
    segments = sorted((segment for message in source.messages for segment in segments_of(message, source)),
                      key=lambda segment: segment.time)
    captures = []
    for number, connection in enumerate(source.connections.values()):
        of_connection = [segment for segment in segments if segment.connection is connection]
        if of_connection:
            captures.append(folder / f"{number}.pcap")
            make_connection(connection, of_connection, captures[-1])
    run("mergecap", "-F", "nsecpcap", "-w", folder / "merged.pcap", *captures)
    comment = COMMENT.format(source=f"{name}.txt", about=source.about).strip()
    lost = [number for number, segment in enumerate(segments, 1) if segment.lost]
    run("editcap", "-F", "pcapng", "--capture-comment", comment, *(["-s", source.snap] if source.snap else []),
        folder / "merged.pcap", target, *lost)


def make(name, to):
    source = Source(HERE / f"{name}.txt").finish()
    target = to / f"{name}.pcapng"
    with tempfile.TemporaryDirectory() as folder:
        done = pathlib.Path(folder) / "done.pcapng"
        make_capture(name, source, pathlib.Path(folder), done)
        target.write_bytes(done.read_bytes())
    target.chmod(0o644)
    print(f"{name:<16} {target.stat().st_size:>7} bytes {len(source.messages):>4} messages")


def main():
    names = sorted(path.stem for path in HERE.glob("*.txt"))
    parser = argparse.ArgumentParser(description="Makes captures from readable sources.")
    parser.add_argument("name", nargs="*", help=f"one of: {' '.join(names)}")
    parser.add_argument("--to", type=pathlib.Path, default=HERE.parent, help="folder to write to")
    options = parser.parse_args()
    chosen = options.name or names
    for name in chosen:
        if name not in names:
            sys.exit(f"make.py: no source named {name}; there are: {' '.join(names)}")
    try:
        for name in chosen:
            make(name, options.to)
    except SourceError as error:
        sys.exit(f"make.py: {error}")
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        sys.exit(f"make.py: {error}")


if __name__ == "__main__":
    main()
