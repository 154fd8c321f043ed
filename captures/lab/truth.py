#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes down what a capture holds: truth.py --decoder EXE [--intended FILE] CAPTURE TABLE

The way there shares nothing with the plugin: tshark's HTTP dissectors give messages and bodies, xml.etree reads the XML,
and WCF itself decodes binary XML (dotnet/BinaryToText.cs). With --intended the answers are compared with the lines
"STATUS<TAB>FAULT" of that file, in their order; a line "N requests" in front says that not every request has an answer. An
answer of HTTP/2 counts where its stream ends.
"""

import argparse
import base64
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

COLUMNS = [
    "frame",            # the one in which the message ends
    "tcp.stream",
    "direction",        # request or response
    "line",             # "METHOD uri" or the status
    "soap_version",     # 1.1, 1.2 or empty
    "encoding",         # of the SOAP message: text, binary or empty
    "body",             # local name of the first element in the SOAP body
    "ErrorCode",
    "fault_code",       # local name
    "codes",            # every 0x######## in the text and every integer in a ...HResult element, in order, once
    "fault_subcode",    # SOAP 1.2: local name of the innermost one
    "http2.stream",
]

ENVELOPES = {
    "http://schemas.xmlsoap.org/soap/envelope/": "1.1",
    "http://www.w3.org/2003/05/soap-envelope": "1.2",
}
BINARY = "application/soap+msbin1"
CODE = re.compile(r"(?<![0-9A-Za-z])0[xX][0-9A-Fa-f]{8}(?![0-9A-Za-z])")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--decoder", required=True)
    parser.add_argument("--intended")
    parser.add_argument("--decode-as", action="append", default=[], metavar="LAYER==SELECTOR,PROTOCOL")
    parser.add_argument("capture")
    parser.add_argument("table")
    arguments = parser.parse_args()

    messages = list(read_messages(arguments.capture, arguments.decode_as))
    decode_binary(messages, arguments.decoder)
    for message in messages:
        read_body(message)
    with open(arguments.table, "w", encoding="utf-8") as table:
        print(*COLUMNS, sep="\t", file=table)
        for message in messages:
            print(*(message.get(column, "") for column in COLUMNS), sep="\t", file=table)
    if arguments.intended:
        compare(messages, pathlib.Path(arguments.intended).read_text(encoding="utf-8").splitlines())


# ---- messages -------------------------------------------------------------------------------------------------------

def read_messages(capture, decode_as):
    command = ["tshark", "-r", capture, "-T", "pdml", "-J", "tcp http http2", "-Y", "http or http2"]
    for rule in decode_as:
        command += ["-d", rule]
    environment = dict(os.environ, TZ="UTC")
    pdml = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    streams = {}
    for packet in ElementTree.fromstring(pdml).iter("packet"):
        place = {
            "frame": show(packet.find("proto[@name='geninfo']"), "num"),
            "tcp.stream": show(packet.find("proto[@name='tcp']"), "tcp.stream"),
        }
        for layer in packet.findall("proto"):
            if layer.get("name") == "http":
                yield {**place, **http_message(layer)}
            elif layer.get("name") == "http2":
                yield from http2_messages(layer, place, streams)


def http_message(layer):
    method = show(layer, "http.request.method")
    return {
        **line(method, show(layer, "http.request.uri"), show(layer, "http.response.code")),
        "type": show(layer, "http.content_type"),
        "content": value(layer, "http.file_data"),
    }


def http2_messages(layer, place, streams):
    """A message begins with a HEADERS frame and ends with the frame that ends the stream for its sender."""
    for frame in layer.iter("field"):
        if frame.get("name") != "http2.stream":
            continue
        number = show(frame, "http2.streamid")
        method = show(frame, "http2.headers.method")
        status = show(frame, "http2.headers.status")
        if method or status:
            streams[place["tcp.stream"], number] = {
                **line(method, show(frame, "http2.headers.path"), status),
                "type": show(frame, "http2.headers.content_type"),
                "content": b"",
                "http2.stream": number,
            }
        message = streams.get((place["tcp.stream"], number))
        if message is None:
            continue
        message["content"] += value(frame, "http2.data.data")
        if show(frame, "http2.flags.end_stream") == "1":
            yield {**place, **message}


def line(method, uri, status):
    if method:
        return {"direction": "request", "line": f"{method} {uri}"}
    return {"direction": "response", "line": status}


def show(layer, name):
    for field in layer.iter("field"):
        if field.get("name") == name:
            return field.get("show")
    return ""


def value(layer, name):
    for field in layer.iter("field"):
        if field.get("name") == name:
            return bytes.fromhex(field.get("value"))
    return b""


# ---- bodies ---------------------------------------------------------------------------------------------------------

def decode_binary(messages, decoder):
    binary = [message for message in messages if message["type"] == BINARY]
    if not binary:
        return
    lines = b"".join(base64.b64encode(message["content"]) + b"\n" for message in binary)
    texts = subprocess.run(["mono", decoder], input=lines, stdout=subprocess.PIPE, check=True).stdout.split()
    for message, text in zip(binary, texts, strict=True):
        message["content"] = base64.b64decode(text)


def read_body(message):
    if message["type"].startswith(("application/octet-stream", "application/vnd.ms-cab-compressed")):
        return
    try:
        root = ElementTree.fromstring(message["content"])
    except ElementTree.ParseError:
        message["codes"] = ",".join(codes_of_text(message["content"].decode("utf-8", "replace")))
        return
    message["codes"] = ",".join(dict.fromkeys(codes_of_tree(root)))

    namespace, name = split(root.tag)
    if name != "Envelope" or namespace not in ENVELOPES:
        return
    message["soap_version"] = ENVELOPES[namespace]
    message["encoding"] = "binary" if message["type"] == BINARY else "text"
    body = root.find(f"{{{namespace}}}Body")
    if len(body) == 0:
        return
    message["body"] = split(body[0].tag)[1]
    if message["body"] == "Fault":
        read_fault(message, body[0], namespace)


def read_fault(message, fault, namespace):
    if namespace.endswith("/soap/envelope/"):
        code, detail = fault.find("faultcode"), fault.find("detail")
    else:
        code, detail = fault.find(f"{{{namespace}}}Code/{{{namespace}}}Value"), fault.find(f"{{{namespace}}}Detail")
        subcodes = list(fault.iter(f"{{{namespace}}}Subcode"))
        if subcodes:
            message["fault_subcode"] = local(subcodes[-1].find(f"{{{namespace}}}Value").text)
    message["fault_code"] = local(code.text)
    if detail is not None:
        message["ErrorCode"] = detail.findtext("ErrorCode", "")


def codes_of_tree(root):
    for element in root.iter():
        for text in (element.text, *element.attrib.values()):
            yield from codes_of_text(text or "")
        if split(element.tag)[1].lower().endswith("hresult") and re.fullmatch(r"-?[0-9]+", (element.text or "").strip()):
            yield f"0x{int(element.text) & 0xFFFFFFFF:08X}"
        yield from codes_of_text(element.tail or "")


def codes_of_text(text):
    return dict.fromkeys(f"0x{int(code, 16):08X}" for code in CODE.findall(text))


def split(tag):
    namespace, _, name = tag.rpartition("}")
    return namespace.lstrip("{"), name


def local(qualified):
    return qualified.strip().rpartition(":")[2]


# ---- what was meant -------------------------------------------------------------------------------------------------

def compare(messages, intended):
    requests = sum(message["direction"] == "request" for message in messages)
    wanted = len(intended)
    if intended and intended[0].endswith(" requests"):
        wanted = int(intended.pop(0).split()[0])
    got = [f"{message['line']}\t{outcome(message)}" for message in messages if message["direction"] == "response"]
    if requests == wanted and got == intended:
        return
    print(f"{requests} requests; answers, intended and got:", file=sys.stderr)
    for number in range(max(len(intended), len(got))):
        pair = [lines[number] if number < len(lines) else "nothing" for lines in (intended, got)]
        print(" " if pair[0] == pair[1] else "!", *(text.replace("\t", " ") for text in pair), sep="\t", file=sys.stderr)
    sys.exit(1)


def outcome(message):
    return message.get("ErrorCode") or message.get("fault_subcode") or message.get("fault_code") or ""


main()
