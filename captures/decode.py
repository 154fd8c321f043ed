"""Decodes capture files with tshark and the plugin, for captures/decode, which sets up the environment.

tshark runs once for each file, several files at a time; a file is opened here and handed over as standard input, so that
an unprivileged tshark can read what only the caller may read.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import argparse
import collections
import concurrent.futures
import csv
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

REQUEST, RESPONSE, FAULT = 1, 2, 3
KINDS = {REQUEST: "Request", RESPONSE: "Response", FAULT: "Fault"}

PREFERENCES = ["-o", "wsus.no_stock_xml:TRUE", "-o", "wsus.brief:TRUE"]


class Failure(Exception):
    """A capture that cannot be decoded; the message is for the user."""


def value_names():
    """The value names of the fields of winerr: {field: {number: name}}."""
    with subprocess.Popen(TSHARK + ["-G", "values"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tshark:
        names = collections.defaultdict(dict)
        for line in tshark.stdout:
            row = line.decode(errors="replace").rstrip("\n").split("\t")
            if row[0] == "V" and row[1].startswith("winerr."):
                names[row[1]][int(row[2], 0)] = row[3]
    return names


class Message:
    """A protocol item of a packet: wsus, or wws where it stands alone. Fields by name, each a list of values."""

    def __init__(self, packet, protocol):
        self.packet = packet
        self.fields = collections.defaultdict(list)
        self.codes = []
        self.collect(protocol)

    def collect(self, element):
        for child in element:
            name = child.get("name") or ""
            if name == "winerr":
                self.codes.append({field.get("name"): field.get("show") for field in child.iter("field")})
                continue
            if name:
                self.fields[name].append(child.get("show") or "")
            self.collect(child)

    def get(self, name, otherwise=""):
        return self.fields[name][0] if self.fields.get(name) else otherwise

    @property
    def kind(self):
        return int(self.get("wsus.message", str(FAULT)))


def packet_fields(packet):
    """The first value of the fields that do not belong to one message."""
    wanted = ("frame.number", "frame.time_epoch", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst")
    found = {}
    for field in packet.iter("field"):
        name = field.get("name")
        if name in wanted:
            found.setdefault(name, field.get("show"))
    return found


def messages_of(packet):
    """The messages of a packet in order. A fault belongs to the message before it."""
    common = packet_fields(packet)
    messages = []
    for protocol in packet.findall("proto"):
        if protocol.get("name") == "wsus":
            messages.append(Message(common, protocol))
        elif protocol.get("name") == "wws":
            if messages and messages[-1].kind == FAULT and not messages[-1].fields.get("wws.fault.code"):
                messages[-1].collect(protocol)
            else:
                messages.append(Message(common, protocol))
    return messages


def read_messages(path):
    """The messages of a file. Raises Failure when tshark cannot read it."""
    arguments = TSHARK + PREFERENCES + ["-n", "-r", "-", "-Y", "wsus || wws.fault.code", "-T", "pdml",
                                        "-j", "frame ip ipv6 wsus wws winerr"]
    with open(path, "rb") as capture, tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(arguments, stdin=capture, stdout=subprocess.PIPE, stderr=complaints) as tshark:
            try:
                for _, element in ElementTree.iterparse(tshark.stdout):
                    if element.tag == "packet":
                        yield from messages_of(element)
                        element.clear()
            except ElementTree.ParseError:
                pass  # the output ends early: the status tells why
        if tshark.returncode:
            complaints.seek(0)
            lines = [line.strip() for line in complaints.read().decode(errors="replace").splitlines() if line.strip()]
            raise Failure(next((line for line in lines if not line.startswith("Running as")), "tshark failed"))


def is_true(text):
    return text in ("1", "True")


def code_row(fields, names):
    number = int(fields["winerr.code"], 0)
    family = names["winerr.family"].get(int(fields["winerr.family"], 0), "Unknown")
    return {
        "code": f"0x{number:08X}" if number > 0xFFFF else str(number),
        "symbol": fields.get("winerr.symbol", ""),
        "family": family,
        "text": fields.get("winerr.text", ""),
        "check": fields.get("winerr.hint", ""),
        "derived": is_true(fields["winerr.derived"]),
        "error": is_true(fields["winerr.error"]),
    }


def describe(path, message, names):
    """An answer, or a request without one, as a row of the output."""
    request = message.kind == REQUEST
    side = "src" if request else "dst"
    frame = int(message.packet["frame.number"])
    innermost = [message.get("wws.fault.code"), *message.fields.get("wws.fault.subcode", [])][-1]
    fault = message.get("wws.fault.errorcode") or innermost
    return {
        "file": str(path),
        "request": frame if request else int(message.get("wsus.request_in", "0")),
        "response": 0 if request else frame,
        "time": float(message.packet["frame.time_epoch"]),
        "client": message.packet.get(f"ip.{side}") or message.packet.get(f"ipv6.{side}") or "",
        "computer": message.get("wsus.computer_name"),
        "service": message.get("wsus.service"),
        "operation": message.get("wsus.operation") or ("SOAP fault" if fault else ""),
        "asked": message.get("wsus.info") if request else "",
        "answered": "" if request else message.get("wsus.info"),
        "status": int(message.get("wsus.status_code", "0")),
        "duration": float(message.get("wsus.time", "0")),
        "fault": fault,
        "detail": message.get("wws.fault.message") or message.get("wws.fault.reason") if fault else "",
        "recovery": message.get("wws.fault.next_step") if is_true(message.get("wws.fault.recovery")) else "",
        "codes": [code_row(fields, names) for fields in message.codes],
    }


def exchanges(path, messages, names):
    """The exchanges of a file in the order in which they end; requests without an answer at last."""
    waiting = collections.defaultdict(list)
    rows = []
    for message in messages:
        row = describe(path, message, names)
        if message.kind == REQUEST:
            waiting[row["request"]].append(row)
            continue
        requests = waiting.get(row["request"])
        if requests:
            request = next((r for r in requests if r["operation"] == row["operation"]), requests[0])
            requests.remove(request)
            row.update(computer=row["computer"] or request["computer"], asked=request["asked"],
                       codes=request["codes"] + row["codes"])
        rows.append(row)
    return rows + [row for requests in waiting.values() for row in requests]


def label(code):
    text = f"{code['code']} {code['symbol']}".strip()
    return f"{text} (derived)" if code["derived"] else text


def status_text(row):
    return str(row["status"]) if row["status"] else "-" if row["response"] else "no answer"


def text_line(row, base):
    frames = f"{row['request'] or '-'}/{row['response'] or '-'}"
    who = row["computer"] or row["client"]
    what = f"{row['operation'] or row['service']}"
    fault = f" fault {row['fault']}" if row["fault"] else ""
    detail = f" ({row['detail']})" if row["detail"] else ""
    named = {f"{code['code']} {code['symbol']}" for code in row["codes"]}  # these stand behind
    answered = ", ".join(part for part in row["answered"].split(", ") if part not in named)
    said = " -> ".join(part for part in (row["asked"], answered) if part and not row["fault"])
    shown = [label(c) for c in row["codes"] if c["error"] or not c["derived"]]
    following = f"next: {row['recovery']}" if row["recovery"] else ""
    tail = "".join(f" | {part}" for part in (said, "; ".join(shown), following) if part)
    return f"{frames:>13} {row['time'] - base:11.6f} {who:<24} {what:<24} {status_text(row)}{fault}{detail}{tail}"


def counted(number, thing):
    return f"{number} {thing}{'' if number == 1 else 's'}"


class TextOutput:
    def file(self, path, rows):
        print(f"== {path}: {counted(len(rows), 'exchange')}")
        if not rows:
            return
        print(f"{'frames':>13} {'seconds':>11} {'client':<24} {'operation':<24} status, fault, codes")
        base = min(row["time"] for row in rows)
        for row in rows:
            print(text_line(row, base))

    def summary(self, totals):
        print("== Summary")
        print(f"{counted(totals.numbers['files'], 'file')}, {counted(totals.numbers['exchanges'], 'exchange')}, "
              f"{totals.numbers['answered']} answered, {counted(totals.numbers['faults'], 'fault')}, "
              f"{totals.numbers['errors']} with errors")
        for family, codes in ranked(totals.families, lambda codes: codes.total()):
            print(f"{family}: {codes.total()}")
            for code, number in ranked(codes, int):
                print(f"  {number:6} {code}: {totals.meanings[code] or 'not in the tables'}")
        for client, failures in ranked(totals.clients, lambda failures: failures.total()):
            print(f"client {client}: {failures.total()} with errors")
            for failure, number in ranked(failures, int):
                print(f"  {number:6} {failure}")


class CsvOutput:
    COLUMNS = ["file", "request", "response", "time", "client", "computer", "service", "operation", "status", "duration",
               "fault", "detail", "recovery", "asked", "answered", "codes"]

    def __init__(self):
        self.writer = csv.DictWriter(sys.stdout, self.COLUMNS, extrasaction="ignore", lineterminator="\n")
        self.writer.writeheader()

    def file(self, _path, rows):
        for row in rows:
            self.writer.writerow({**row, "codes": "; ".join(label(c) for c in row["codes"])})

    def summary(self, _totals):
        """A table has no place for one."""


class JsonOutput:
    def file(self, _path, rows):
        for row in rows:
            print(json.dumps(row))

    def summary(self, totals):
        print(json.dumps({"summary": {**totals.numbers, "families": totals.families, "clients": totals.clients}}))


class Totals:
    """What the summary says, over all files."""

    def __init__(self):
        self.numbers = collections.Counter(files=0, exchanges=0, answered=0, faults=0, errors=0)
        self.families = collections.defaultdict(collections.Counter)
        self.clients = collections.defaultdict(collections.Counter)
        self.meanings = {}

    def add(self, rows):
        names = {row["client"]: row["computer"] for row in rows if row["computer"]}
        self.numbers["files"] += 1
        for row in rows:
            errors = [c for c in row["codes"] if c["error"]]
            self.numbers["exchanges"] += 1
            self.numbers["answered"] += bool(row["response"])
            self.numbers["faults"] += bool(row["fault"])
            self.numbers["errors"] += bool(errors)
            for code in errors:
                self.families[code["family"]][label(code)] += 1
                self.meanings[label(code)] = " ".join(filter(None, (code["text"], code["check"])))
            if errors:
                known = names.get(row["client"])
                client = f"{row['client']} ({known})" if known else row["client"]
                self.clients[client][failure_text(row, errors)] += 1


def failure_text(row, errors):
    """An operation and what went wrong with it, as the wire has it where it says so."""
    said = [c for c in errors if not c["derived"]] or errors
    fault = f"fault {row['fault']}, " if row["fault"] else ""
    return f"{row['operation'] or row['service']}: {fault}{'; '.join(dict.fromkeys(label(c) for c in said))}"


def ranked(counter, weight):
    """Items of a counter, or a mapping of counters, the largest first."""
    return sorted(counter.items(), key=lambda item: (-weight(item[1]), item[0]))


def progress(done, total):
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {total} files\x1b[K" if done < total else "\r\x1b[K")
        sys.stderr.flush()


def parse_arguments():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--captures", required=True)
    parser.add_argument("--tshark", required=True)
    parser.add_argument("--csv", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--no-summary", action="store_true")
    parser.add_argument("files", nargs="*")
    return parser.parse_args()


def decode(path, names):
    """The exchanges of a file, and the reason why there are no more when it cannot be read to its end."""
    problems = []

    def messages():
        try:
            yield from read_messages(path)
        except OSError as error:
            problems.append(error.strerror or str(error))
        except Failure as error:
            problems.append(str(error))

    return exchanges(path, messages(), names), next(iter(problems), None)


def main():
    global TSHARK
    options = parse_arguments()
    TSHARK = shlex.split(options.tshark)
    files = options.files or sorted(str(p) for p in pathlib.Path(options.captures).glob("*.pcap*"))
    names = value_names()
    output = CsvOutput() if options.csv else JsonOutput() if options.json else TextOutput()
    totals = Totals()
    failed = False

    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, options.jobs)) as pool:
        decoded = pool.map(lambda path: decode(path, names), files)
        for done, (path, (rows, problem)) in enumerate(zip(files, decoded), 1):
            progress(done, len(files))
            if problem:
                print(f"decode: {path}: {problem}", file=sys.stderr)
                failed = True
            if rows or not problem:
                output.file(path, rows)
                totals.add(rows)
    if totals.numbers["files"] and not options.no_summary:
        output.summary(totals)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
