"""-z wsus,records: its form, and its numbers beside all others that the plugin and captures/decode give of the same capture.

Every sample capture is counted six ways: records, captures/decode, tshark -Y ... -T fields, the statistics -z wsus_errors,tree,
-z wsus,tree and -z wsus,clients, and Expert Information, which has one entry for each failure. All of them have to be equal, code
by code, failure by failure, and for each client.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections
import copy
import functools
import json
import os
import re
import subprocess
import time
import unittest

import schema
from harness import CAPTURES, DROP, REPO, environment, fields, own_captures, run, shared_captures, tshark

SCHEMA = json.loads((REPO / "plugin" / "docs" / "records.schema.json").read_text(encoding="utf-8"))
DECODE = REPO / "captures" / "decode"
SOURCES = {"1": "HTTP status", "2": "SOAP fault", "3": "XML element", "4": "Event report", "5": "Text", "6": "Connection"}
SHARED_FOLDERS = ("cases", "lab", "native", "public", "transport")
STATISTICS = ("wsus_errors,tree", "wsus,tree", "wsus,clients")
# entries of Expert Information that tell of a failure, and what it is in a record
FAILURES = {"wws.fault_received": "fault", "wsus.http_error": "http error", "wsus.connection.failed": "connection failed",
            "wsus.event.failed": "reported", "winerr.error_code": "code"}
FIELDS = ["winerr.code", "winerr.derived", "winerr.error", "winerr.source", "wsus.event.outcome", "_ws.expert.message",
          "wsus.finding", *FAILURES]
OUTCOMES = {"Success": "success", "Recovery": "recovery", "HTTP error": "http error", "Fault": "fault",
            "Failure": "connection failed"}


def label(code):
    return f"{code['code']} {code['symbol']}".strip()


def as_number(text):
    return int(text, 16 if text.startswith("0x") else 10)


@functools.lru_cache(maxsize=None)
def output(capture, *passes):
    """What one run of tshark prints: the records, and the statistics by title, each as (depth, name, number) lines."""
    words = [word for name in ("wsus,records", *STATISTICS, "wsus,diagnosis,json") for word in ("-z", name)]
    records, trees, tree = [], {}, None
    for line in tshark(capture, "-q", *passes, *words).splitlines():
        if line.startswith('{"type":"diagnosis'):
            trees.setdefault("Diagnosis", []).append(json.loads(line))
        elif line.startswith("{"):
            records.append(json.loads(line))
        elif line.count("|") == 10:
            trees.setdefault("Clients", []).append([cell.strip() for cell in line.split("|")[:-1]])
        elif line.startswith(("Windows Update/", "Windows Update / ")):  # 4.4 puts blanks around the strokes of menus
            tree = trees.setdefault(line.strip().rstrip(":").replace(" / ", "/"), [])
        elif tree is not None:
            match = re.match(r"( *)(\S.*?) {2,}(\d+)( |$)", line)
            if match:
                tree.append((len(match[1]), match[2], int(match[3])))
    return records, trees


def records_of(capture):
    return copy.deepcopy(output(capture)[0])


def paths(tree):
    """The lines of a statistics tree with the names above each: {(name, ..., name): number}."""
    found, above = {}, []
    for depth, name, number in tree:
        above[depth:] = [name]
        found[tuple(above)] = number
    return found


def failures_of_records(records):
    """What Expert Information has an entry for: each exchange and connection that failed, also a SOAP fault of another service, each
    failure that a client reports; and each code that an otherwise successful message holds."""
    found = collections.Counter()
    for record in records:
        failed = sum(event["outcome"] == "failed" for event in record["events"])
        found[record["outcome"]] += record["outcome"] in FAILURES.values()
        found["reported"] += failed
        found["code"] += sum(code["error"] and not code["derived"] and bool(code["text"]) and
                             code["source"] not in ("HTTP status", "SOAP fault") and not failed for code in record["codes"])
    return +found


def failed_event(event):
    """A failure that a client reports; a code of success beside it is not why."""
    failed = as_number(event["code"] or "0") & 0x80000000
    return f"{event['event']}, {event['code']} {event['symbol']}".rstrip() if failed else event["event"]


# ---- the numbers, one function for each way ----------------------------------------------------------------------------

def numbers_of_records(records):
    """Codes by number, whether derived and where found; outcomes of the exchanges of Windows Update; failures reported; and each
    client with its faults, HTTP errors, failed connections and failures reported."""
    errors = collections.Counter((code["family"], label(code), code["source"], code["derived"])
                                 for record in records for code in record["codes"] if code["error"])
    codes = collections.Counter((as_number(code["code"]), code["derived"], code["error"], code["source"])
                                for record in records for code in record["codes"])
    reported = collections.Counter((record["client"], failed_event(event)) for record in records for event in record["events"]
                                   if event["outcome"] == "failed")
    outcomes = collections.Counter(record["outcome"] for record in records
                                   if record["service"] and record["outcome"] in OUTCOMES.values())
    clients = collections.defaultdict(lambda: [0, 0, 0, 0])
    for record in records:
        if record["service"]:
            client = clients[record["client"]]
            client[0] += record["outcome"] == "fault"
            client[1] += record["outcome"] == "http error"
            client[2] += record["outcome"] == "connection failed"
            client[3] += sum(event["outcome"] == "failed" for event in record["events"])
    return errors, codes, reported, outcomes, dict(clients)


def statistics_numbers(trees):
    """Errors, outcomes and failures reported as the three trees have them."""
    errors = collections.Counter()
    for path, number in paths(trees.get("Windows Update/Error Codes", [])).items():
        if len(path) == 4:
            place = re.fullmatch(r"(.*) \((derived|on the wire)\)", path[3])
            errors[path[1], path[2], place[1], place[2] == "derived"] += number
    outcomes, events = collections.Counter(), 0
    for path, number in paths(trees.get("Windows Update/Operations", [])).items():
        if path[0] == "Outcomes of connections":
            if len(path) == 3 and path[2] in OUTCOMES:  # one that ended well and was not read is no record
                outcomes[OUTCOMES[path[2]]] += number
        elif len(path) == 4 and path[3] in OUTCOMES:
            outcomes[OUTCOMES[path[3]]] += number
        elif len(path) == 5 and path[4] == "Failed events reported":
            events += number
    clients = {row[0]: [int(cell) for cell in row[4:8]] for row in trees.get("Clients", []) if row[0] != "Client"}
    return errors, outcomes, events, clients


def field_numbers(rows):
    """Codes and failed events as tshark -T fields has them; failures reported as Expert Information words them; the entries of
    Expert Information that tell of failures."""
    codes, expert, failed, findings, entries = collections.Counter(), collections.Counter(), 0, 0, collections.Counter()
    for numbers, derived, error, source, events, messages, found, *failures in rows:
        entries.update({name: len(values) for name, values in zip(FAILURES.values(), failures)})
        codes.update((as_number(n), d == "1", e == "1", SOURCES[s]) for n, d, e, s in zip(numbers, derived, error, source))
        failed += events.count("2")
        findings += len(found)
        expert.update(text.removeprefix("Client reports: ") for text in messages if text.startswith("Client reports: "))
    return codes, expert, failed, findings, +entries


@functools.lru_cache(maxsize=None)
def field_rows(capture, address=None):
    where = f"({' || '.join(['winerr', 'wsus.event.outcome', 'wsus.finding', *FAILURES])})"
    if address:
        where += f" && {'ipv6' if ':' in address else 'ip'}.addr == {address}"
    return tuple(map(tuple, fields(capture, FIELDS, display=where)))


@functools.lru_cache(maxsize=None)
def decoded():
    """The output of captures/decode --json over all sample captures: {name: records}, and the summary."""
    done = subprocess.run([DECODE, "--json", *own_captures()], stdout=subprocess.PIPE, check=True, timeout=600)
    files = collections.defaultdict(list)
    *lines, last = done.stdout.decode("ascii").splitlines()
    for line in lines:
        record = json.loads(line)
        files[os.path.basename(record.pop("file"))].append(record)
    return files, json.loads(last)["summary"]


def message_numbers(capture, *passes):
    """Requests and answers of each client in records; requests in the table of clients; both in the diagnosis; and all requests, by way
    of counting. Fields have those whose end is not in the capture in the answer alone, and know in two passes which they are."""
    records, trees = output(capture, *passes)
    exchanges = [record for record in records if record["service"] and record["outcome"] != "connection failed"]
    in_records, operations = collections.defaultdict(lambda: [0, 0]), paths(trees["Windows Update/Operations"])
    for record in exchanges:
        in_records[record["client"]][0] += record["request"] > 0
        in_records[record["client"]][1] += record["response"] > 0
    table = {row[0]: int(row[3]) for row in trees.get("Clients", [])[1:] if int(row[3])}
    total, *clients = trees["Diagnosis"]
    diagnosed = {client["client"]: [client["requests"], client["responses"]] for client in clients if client["requests"] + client["responses"]}
    sums = {"-z wsus,clients": sum(table.values()), "-z wsus,diagnosis": total["requests"],
            "-z wsus,tree": sum(number for path, number in operations.items() if len(path) == 4 and path[3] == "Request")}
    if passes:
        rows = fields(capture, ["frame.number", "wsus.message", "wsus.request_in"], *passes, display="wsus.message")
        told = {number[0] for number, messages, _requests in rows if "1" in messages}
        sums["-T fields"] = (sum(messages.count("1") for _number, messages, _requests in rows) +
                             sum(number not in told for _number, _messages, requests in rows for number in requests))
    return dict(in_records), table, diagnosed, sums


def differences(records, trees, rows):
    """Every number that is not the same in all ways of counting."""
    errors, codes, reported, outcomes, clients = numbers_of_records(records)
    tree_errors, tree_outcomes, tree_events, table = statistics_numbers(trees)
    field_codes, expert, failed, findings, entries = field_numbers(rows)
    expected_expert = collections.Counter()
    for (_client, name), number in reported.items():
        expected_expert[name] += number
    pairs = {"errors in -z wsus_errors,tree": (errors, tree_errors), "codes in -T fields": (codes, field_codes),
             "failures reported in Expert Information": (expected_expert, expert),
             "failures in Expert Information": (failures_of_records(records), entries), "outcomes in -z wsus,tree": (outcomes, tree_outcomes),
             "clients in -z wsus,clients": (clients, table),
             "reported in -z wsus,tree": (sum(reported.values()), tree_events),
             "reported in -T fields": (sum(reported.values()), failed),
             "findings in -T fields": (sum(len(record["findings"]) for record in records), findings)}
    return [f"{name}: {mine - theirs} only in records, {theirs - mine} only there" if isinstance(mine, collections.Counter)
            else f"{name}: {mine} in records, {theirs} there" for name, (mine, theirs) in pairs.items() if mine != theirs]


class Numbers(unittest.TestCase):
    maxDiff = None

    def test_all_ways_of_counting_give_the_same(self):
        codes = 0
        for capture in own_captures():
            records, trees = output(capture)
            rows = field_rows(capture)
            codes += sum(len(record["codes"]) for record in records)
            with self.subTest(capture.name):
                self.assertEqual([], differences(records, trees, rows))
        self.assertGreater(codes, 500)

    def test_all_ways_of_counting_give_the_same_of_shared_captures(self):
        for capture in [path for folder in SHARED_FOLDERS for path in shared_captures(folder)]:
            with self.subTest(capture.name):
                self.assertEqual([], differences(*output(capture), field_rows(capture)))

    def compare_messages(self, captures):
        for capture in captures:
            for passes in ((), ("-2",)):
                with self.subTest(f"{capture.name} {' '.join(passes)}"):
                    records, table, diagnosed, sums = message_numbers(capture, *passes)
                    self.assertEqual({client: number for client, (number, _answers) in records.items() if number}, table)
                    self.assertEqual(records, diagnosed)
                    self.assertEqual({sum(number for number, _answers in records.values())}, set(sums.values()), sums)

    def test_requests_and_answers(self):
        """A request that was answered counts, also where its end is not in the capture, or comes after the answer."""
        self.compare_messages(own_captures())
        self.assertEqual({"192.0.2.20": [18, 16]}, message_numbers(CAPTURES / "incomplete.pcapng")[0])

    def test_requests_and_answers_of_shared_captures(self):
        self.compare_messages(path for folder in SHARED_FOLDERS for path in shared_captures(folder))

    def test_a_code_that_is_dropped_is_noticed(self):
        """Taken out of the records, out of the statistics and out of the fields, one after the other."""
        capture = CAPTURES / "reports.pcapng"
        records, trees = output(capture)
        rows = field_rows(capture)
        self.assertEqual([], differences(records, trees, rows))
        poorer = records_of(capture)
        next(record for record in poorer if any(code["error"] for code in record["codes"]))["codes"].clear()
        self.assertGreaterEqual(len(differences(poorer, trees, rows)), 2)
        poorer = records_of(capture)
        next(record for record in poorer if record["events"])["events"] = []
        next(record for record in poorer if any(event["outcome"] == "failed" for event in record["events"]))["events"].pop(0)
        self.assertGreaterEqual(len(differences(poorer, trees, rows)), 2)
        fewer = {**trees, "Windows Update/Error Codes": trees["Windows Update/Error Codes"][:-1]}
        self.assertEqual(1, len(differences(records, fewer, rows)))
        numbers, *others = rows[1]
        self.assertEqual(1, len(differences(records, trees, (rows[0], (numbers[1:], *others), *rows[2:]))))

    def test_clients(self):
        """The codes of each client, where a client is nobody's server: then its packets are the packets with its address."""
        seen = 0
        for capture in own_captures():
            records = output(capture)[0]
            servers = {record["server"] for record in records}
            for client in {record["client"] for record in records} - servers:
                mine = numbers_of_records([record for record in records if record["client"] == client])
                theirs = field_numbers(field_rows(capture, client))
                with self.subTest(f"{capture.name}, {client}"):
                    self.assertEqual(mine[1], theirs[0])
                    self.assertEqual(sum(mine[2].values()), theirs[2])
                    self.assertEqual(failures_of_records([record for record in records if record["client"] == client]), theirs[4])
                    seen += len(mine[1])
        self.assertGreater(seen, 100)

    def test_decode_has_the_records_of_the_plugin(self):
        files, summary = decoded()
        families, numbers = collections.defaultdict(collections.Counter), collections.Counter()
        for capture in own_captures():
            records = output(capture)[0]
            with self.subTest(capture.name):
                self.assertEqual(len(records), len(files[capture.name]))
                self.assertEqual([], [pair for pair in zip(records, files[capture.name]) if pair[0] != pair[1]][:1])
            errors, _, reported, *_ = numbers_of_records(records)
            for (family, name, _source, derived), number in errors.items():
                families[family][name + " (derived)" * derived] += number
            numbers["errors"] += sum(errors.values())
            numbers["reported_failures"] += sum(reported.values())
            numbers["failed_exchanges"] += sum(record["outcome"] in ("fault", "http error") for record in records)
            numbers["failed_connections"] += sum(record["outcome"] == "connection failed" for record in records)
        self.assertEqual({family: dict(codes) for family, codes in families.items()}, summary["families"])
        for name, number in numbers.items():
            self.assertEqual(number, summary[name], name)

    def test_reports_show_their_failures(self):
        done = subprocess.run([DECODE, "--summary-only", CAPTURES / "reports.pcapng"], stdout=subprocess.PIPE, check=True)
        lines = done.stdout.decode().splitlines()
        self.assertIn("0 failed connections; clients report 31 failures", lines)
        self.assertIn("client 192.0.2.20 (desk7.example.test): 30 reported failures", lines)
        self.assertIn("       1 reports: installation failed, 0x80070643 ERROR_INSTALL_FAILURE", lines)
        self.assertIn("client 192.0.2.21 (desk8.example.test): 1 reported failure", lines)


class Form(unittest.TestCase):
    maxDiff = None

    def test_every_record_fits_the_schema(self):
        seen = 0
        for capture in own_captures():
            for record in output(capture)[0]:
                self.assertEqual([], schema.problems(SCHEMA, record), capture.name)
                seen += 1
        self.assertGreater(seen, 300)

    def test_the_schema_refuses_what_is_wrong(self):
        record = records_of(CAPTURES / "reports.pcapng")[1]
        for name, value in (("outcome", "good"), ("port", -1), ("time", "1"), ("utc", "2026-03-02"), ("codes", [{}]), ("extra", 1)):
            self.assertNotEqual([], schema.problems(SCHEMA, {**record, name: value}), name)
        self.assertNotEqual([], schema.problems(SCHEMA, {key: value for key, value in record.items() if key != "events"}))
        with self.assertRaises(KeyError):
            schema.problems({"oneOf": []}, record)

    def test_lines(self):
        """Whole records: a request with its response; and a request without one, which comes at the end."""
        records = records_of(CAPTURES / "server-sync.pcapng")
        code = {"code": "500", "symbol": "HTTP_STATUS_SERVER_ERROR", "family": "HTTP", "derived": False, "basis": "", "because": "",
                "source": "HTTP status", "error": False}
        record = next(record for record in records if record["response"] == 43)
        texts = {key: record["codes"][0].pop(key) for key in ("text", "check")}
        self.assertTrue(all(texts.values()))
        self.assertEqual({
            "request": 42, "response": 43, "told": 43, "time": 1772442002.161, "utc": "2026-03-02T09:00:02.161000Z", "client": "192.0.2.40",
            "server": "192.0.2.1", "port": 8530, "host": "wsus.example.test:8530", "computer": "",
            "service": "ServerSyncWebService", "operation": "GetConfigData", "asked": "", "status": 500, "duration": 0.02,
            "answered": "InvalidCookie, next: restart the synchronization", "outcome": "recovery",
            "fault": "InvalidCookie", "detail": "Fault occurred", "recovery": "restart the synchronization", "connection": "",
            "stream": 0, "fetched": "", "title": "", "described": [], "events": [], "findings": [], "codes": [code]}, record)
        unanswered = [record for capture in own_captures() for record in output(capture)[0] if record["outcome"] == "no response"]
        self.assertGreater(len(unanswered), 1)
        for record in unanswered:
            self.assertEqual((0, 0, 0), (record["response"], record["status"], record["duration"]))

    def test_events(self):
        record = next(record for record in output(CAPTURES / "reports.pcapng")[0] if record["response"] == 47)
        self.assertEqual([{"event": "scan failed", "outcome": "failed", "code": "0x8024402C",
                           "symbol": "WU_E_PT_WINHTTP_NAME_NOT_RESOLVED"}],
                         [{key: event[key] for key in ("event", "outcome", "code", "symbol")} for event in record["events"]])
        self.assertEqual("desk8.example.test", record["computer"])

    def test_order_is_that_of_the_ends(self):
        for capture in own_captures():
            told = [record["told"] or 1 << 32 for record in output(capture)[0]]
            self.assertEqual(sorted(told), told, capture.name)

    def test_two_passes_give_the_same(self):
        for name in ("pipeline", "incomplete", "wcf-binary", "tls"):
            capture = CAPTURES / f"{name}.pcapng"
            again = [json.loads(line) for line in tshark(capture, "-2", "-q", "-z", "wsus,records").splitlines()]
            self.assertEqual(output(capture)[0], again, name)

    def test_filter(self):
        capture = CAPTURES / "asmx.pcapng"
        found = [json.loads(line) for line in
                 tshark(capture, "-q", "-z", 'wsus,records,wsus.operation == "GetCookie"').splitlines()]
        self.assertEqual([record for record in output(capture)[0] if record["operation"] == "GetCookie"], found)
        requests = [json.loads(line) for line in tshark(capture, "-q", "-z", "wsus,records,wsus.message == 1").splitlines()]
        self.assertEqual({"not selected"}, {record["outcome"] for record in requests})

    def test_a_wrong_filter_is_refused(self):
        done = run("tshark", "-r", CAPTURES / "tls.pcapng", "-q", "-z", "wsus,records,no such thing", check=False)
        self.assertNotEqual((0, b""), (done.returncode, done.stdout))
        self.assertIn(b"-z wsus,records: ", done.stderr)

    def test_beside_other_output(self):
        """The records do not depend on a tree, or on what else is asked for."""
        capture = CAPTURES / "faults-text.pcapng"
        lines = [json.loads(line) for line in tshark(capture, "-V", "-z", "wsus,records").splitlines() if line.startswith('{"req')]
        self.assertEqual(output(capture)[0], lines)

    def test_they_stream(self):
        """Each record is there as soon as its exchange is complete, while the capture goes on."""
        data = (CAPTURES / "asmx.pcapng").read_bytes()
        command = [*DROP, "tshark", "-l", "-n", "-q", "-r", "-", "-z", "wsus,records"]
        with subprocess.Popen(command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as process:
            process.stdin.write(data[:60000])
            process.stdin.flush()
            started = time.monotonic()
            first = json.loads(process.stdout.readline())
            self.assertEqual(output(CAPTURES / "asmx.pcapng")[0][0], first)
            self.assertLess(time.monotonic() - started, 60)
            self.assertIsNone(process.poll())
            process.stdin.write(data[60000:])
            process.stdin.close()
            rest = [json.loads(line) for line in process.stdout]
        self.assertEqual(output(CAPTURES / "asmx.pcapng")[0][1:], rest)


if __name__ == "__main__":
    unittest.main()
