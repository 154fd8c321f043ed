"""The totals of captures/decode, as JSON and as text, beside what -z wsus,clients, -z wsus,tree, -z wsus_errors,tree and
tshark -Y ... -T fields give of the same capture: every number, for each client and each code, in both directions.

test_records.py compares records, which the totals are made of; here nothing is taken from records.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections
import copy
import functools
import json
import os
import re
import subprocess
import unittest

import decoder_modules
from harness import CAPTURES, REPO, fields, own_captures, run, shared_captures
from test_records import SHARED_FOLDERS, as_number, output, paths, statistics_numbers

REPORTS = CAPTURES / "reports.pcapng"
DECODE = REPO / "captures" / "decode"
MESSAGES = "Windows Update messages"
KINDS = {"failed exchange": "exchanges", "failed connection": "connections", "reported failure": "reports"}
REPORT, REQUEST, FAULT = "4", "1", "3"  # of winerr.source and wsus.message
FIELDS = ["frame.number", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "wsus.message", "wsus.operation", "wsus.service", "wsus.request_in",
          "wsus.http_error", "wws.fault_received", "wsus.connection.failed", "wsus.connection.outcome", "_ws.expert.message",
          "wws.fault.errorcode", "wws.fault.code", "wws.fault.subcode", "winerr.code", "winerr.family", "winerr.derived", "winerr.error",
          "winerr.source"]
CODE = re.compile(r"(^|[:,] )(0x[0-9A-F]{8}|[0-9]{1,5})(?: [A-Za-z]\w+)?(?= \(derived\)|, |$)")  # as decode writes it, with its symbol
Row = collections.namedtuple("Row", [name.replace(".", "_").strip("_") for name in FIELDS])


@functools.lru_cache(maxsize=None)
def names(field):
    """The names of the values of a field, as Wireshark knows them."""
    rows = (line.split("\t") for line in run("tshark", "-G", "values").stdout.decode().splitlines())
    return {int(row[2], 0): row[3] for row in rows if row[:2] == ["V", field]}


# ---- captures/decode ---------------------------------------------------------------------------------------------------

def decode(capture, *options):
    command = [DECODE, *options, "--summary-only", capture]
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, timeout=300).stdout.decode()


@functools.lru_cache(maxsize=None)
def json_totals(capture):
    """The summary of decode --json; None where there is none."""
    lines = decode(capture, "--json").splitlines()
    return json.loads(lines[-1])["summary"] if lines else None


class Rest:
    """What a heading of the summary has announced and its lines have not told yet."""

    def __init__(self):
        self.numbers = collections.Counter()

    def announce(self, key, number):
        self.numbers[key] += number

    def take(self, keys, number):
        """The first of the keys that has something left; what is too much shows in the end."""
        key = next((key for key in keys if self.numbers[key]), keys[0])
        self.numbers[key] -= number
        return key


def text_totals(text):
    """What the text of the summary says, in the form of the JSON; of computers and meanings nothing."""
    totals, rest, section = {"errors": 0, "families": {}, "clients": {}}, Rest(), None
    for line in text[text.index("== Summary\n"):].splitlines()[1:]:
        if match := re.fullmatch(r"(\d+) files?, (\d+) exchanges?: (\d+) answered, (\d+) faults?, (\d+) failed", line):
            totals.update(zip(("files", "exchanges", "answered", "faults", "failed_exchanges"), map(int, match.groups())))
        elif match := re.fullmatch(r"(\d+) failed connections?; clients report (\d+) failures?", line):
            totals.update(failed_connections=int(match[1]), reported_failures=int(match[2]))
        elif match := re.fullmatch(r"(\d+) error codes? by family", line):
            totals["errors"] = int(match[1])
        elif match := re.fullmatch(r"(\w+): (\d+)", line):
            section = totals["families"].setdefault(match[1], {})
            rest.announce((match[1], "codes"), int(match[2]))
            family = match[1]
        elif match := re.fullmatch(r"client (\S+)(?: \(.*?\))?: (\d+ .*)", line):
            section, client = None, match[1]
            totals["clients"][client] = {kind: {} for kind in KINDS.values()}
            for number, kind in re.findall(r"(\d+) ([a-z]+ [a-z]+?)s?(?:, |$)", match[2]):
                rest.announce((client, KINDS[kind]), int(number))
        elif section is not None:
            match = re.fullmatch(r" +(\d+) (.*?(?: \(derived\))?): .*", line)
            rest.take([(family, "codes")], int(match[1]))
            section[match[2]] = int(match[1])
        else:
            match = re.fullmatch(r" +(\d+) (reports: )?(.*)", line)
            kinds = ["reports"] if match[2] else ["exchanges", "connections"]
            kind = rest.take([(client, kind) for kind in kinds], int(match[1]))[1]
            totals["clients"][client][kind][match[3]] = int(match[1])
    if any(rest.numbers.values()):
        raise AssertionError(f"the lines of a heading do not add up to it: {+rest.numbers} {-rest.numbers}")
    return totals


def without_names(totals):
    """The JSON of the summary, as far as the text says the same."""
    numbers = {name: value for name, value in totals.items() if name not in ("meanings", "diagnosis")}
    clients = {address: {kind: client[kind] for kind in KINDS.values()} for address, client in totals["clients"].items()}
    return {**numbers, "clients": {address: client for address, client in clients.items() if any(client.values())}}


# ---- tshark ------------------------------------------------------------------------------------------------------------

@functools.lru_cache(maxsize=None)
def rows_of(capture):
    """What -T fields has of everything that is ours, by frame."""
    rows = [Row(*values) for values in fields(capture, FIELDS, display="wsus || wws || winerr")]
    return {row.frame_number[0]: row for row in rows}


def unanswered(capture):
    """Requests without a response; only two passes know of each request whether it has one."""
    rows = fields(capture, ["wsus.message", "wsus.response_in"], "-2", display="wsus.message == 1")
    return sum(messages.count(REQUEST) - len(responses) for messages, responses in rows)


def bare(text):
    """A code, or a failure with codes, with each as a plain number: frames have numbers and symbols, not how decode writes them."""
    return CODE.sub(lambda match: f"{match[1]}{as_number(match[2])}", text)


def bare_counts(counts):
    """The same for the keys of counts; those of families are (family, code)."""
    found = collections.Counter()
    for key, number in counts.items():
        found[tuple(map(bare, key)) if isinstance(key, tuple) else bare(key)] += number
    return dict(found)


def codes_of(row):
    """The codes of a frame that are errors: [(family, number, derived, source)]; the number as text, with what it is derived by."""
    return [(names("winerr.family")[int(family)], str(as_number(number)) + " (derived)" * (derived == "1"), derived == "1", source)
            for number, family, derived, error, source in
            zip(row.winerr_code, row.winerr_family, row.winerr_derived, row.winerr_error, row.winerr_source) if error == "1"]


def client_of(row, clients):
    """The sender of a request, the receiver of everything else, but where only the other one is known for a client."""
    source, target = row.ip_src + row.ipv6_src, row.ip_dst + row.ipv6_dst
    first, second = (source, target) if row.wsus_message[:1] == [REQUEST] else (target, source)
    return next((address for address in first + second if address in clients), first[0])


def failed_exchange(row, rows):
    """What decode says of a response that failed."""
    if len(row.wsus_http_error) + len(row.wws_fault_received) != 1:
        raise AssertionError(f"frame {row.frame_number}: several failures")
    message = row.wsus_message.index(FAULT) if len(row.wsus_message) > 1 else 0
    operation = row.wsus_operation[message] if len(row.wsus_operation) > message else (row.wsus_service or ["SOAP fault"])[0]
    request = rows.get(row.wsus_request_in[message]) if len(row.wsus_request_in) > message else None
    errors = [code for frame in (request, row) if frame for code in codes_of(frame) if code[3] != REPORT]
    said = [label for _family, label, derived, _source in errors if not derived] or [error[1] for error in errors]
    fault = (row.wws_fault_errorcode or row.wws_fault_subcode[-1:] or row.wws_fault_code or ["fault"])[0]
    return f"{operation}: {', '.join([f'fault {fault}'] * len(row.wws_fault_received) + list(dict.fromkeys(said)))}"


def failed_connection(row):
    if len(row.wsus_connection_failed) != 1:
        raise AssertionError(f"frame {row.frame_number}: several failures")
    outcome = names("wsus.connection.outcome")[int(row.wsus_connection_outcome[0])]
    return ", ".join([f"{row.wsus_operation[-1]}: {outcome}", *(code[1] for code in codes_of(row)[-1:])])


def field_totals(capture, clients):
    """The numbers as frames show them: families; answers and faults; what fails, for each client; what fails of connections, by itself:
    which end of one is the client, a frame does not say."""
    rows = rows_of(capture)
    families, numbers, connections = collections.Counter(), collections.Counter(), collections.Counter()
    found = collections.defaultdict(lambda: {"exchanges": collections.Counter(), "reports": collections.Counter()})
    for row in rows.values():
        client = found[client_of(row, clients)]
        families.update(code[:2] for code in codes_of(row))
        numbers["answered"] += len(row.wsus_message) - row.wsus_message.count(REQUEST) or len(row.wws_fault_received)
        if row.wsus_http_error or row.wws_fault_received:
            client["exchanges"][failed_exchange(row, rows)] += 1
        if row.wsus_connection_failed:
            connections[failed_connection(row)] += 1
        client["reports"].update(text.removeprefix("Client reports: ") for text in row.ws_expert_message
                                 if text.startswith("Client reports: "))
    return families, numbers, {address: client for address, client in found.items() if any(client.values())}, connections


# ---- the comparison ----------------------------------------------------------------------------------------------------

def others_faults(capture, clients):
    """SOAP faults of services that are none of Windows Update: decode has them, the statistics of Windows Update do not."""
    return collections.Counter(client_of(row, clients) for row in rows_of(capture).values()
                               if row.wws_fault_received and not row.wsus_message)


def flat(families):
    return {(family, code): number for family, codes in families.items() for code, number in codes.items()}


def differences(capture, totals, text, trees):
    """Every number that is not the same in both of two ways: [(what, mine, theirs)]."""
    tree_errors, tree_outcomes, tree_events, table = statistics_numbers(trees)
    operations = paths(trees.get("Windows Update/Operations", []))
    clients = totals["clients"]
    families, numbers, found, connections = field_totals(capture, table)
    others = others_faults(capture, table)
    tree_families = collections.Counter()
    for (family, code, _source, derived), number in tree_errors.items():
        tree_families[family, code + " (derived)" * derived] += number
    failing = {address: client for address, client in clients.items() if any(client[kind] for kind in KINDS.values())}
    sums = {address: [sum(client[kind].values()) for kind in KINDS.values()] for address, client in failing.items()}
    table_sums = {address: [row[0] + row[1] + others[address], row[2], row[3]] for address, row in table.items()}
    table_sums.update({address: [number, 0, 0] for address, number in others.items() if address not in table})
    all_connections = collections.Counter()
    for client in clients.values():
        all_connections.update(client["connections"])
    ours = {address: {kind: bare_counts(client[kind]) for kind in ("exchanges", "reports")} for address, client in clients.items()
            if client["exchanges"] or client["reports"]}
    responses = sum(number for path, number in operations.items() if len(path) == 4 and path[0] == MESSAGES and path[3] != "Request")
    in_frames = {address: {kind: bare_counts(counts) for kind, counts in client.items()} for address, client in found.items()}
    failed = tree_outcomes["fault"] + tree_outcomes["http error"]
    pairs = {
        "text": (without_names(totals), text),
        "families, -z wsus_errors,tree": (flat(totals["families"]), dict(tree_families)),
        "families, -T fields": (bare_counts(flat(totals["families"])), dict(families)),
        "errors, -z wsus_errors,tree": (totals["errors"], sum(tree_errors.values())),
        "clients, -z wsus,clients": (sums, {address: row for address, row in table_sums.items() if any(row)}),
        "clients, -T fields": (ours, in_frames),
        "connections, -T fields": (bare_counts(all_connections), dict(connections)),
        "failed exchanges, -z wsus,tree": (totals["failed_exchanges"], failed + others.total()),
        "failed connections, -z wsus,tree": (totals["failed_connections"], tree_outcomes["connection failed"]),
        "reported failures, -z wsus,tree": (totals["reported_failures"], tree_events),
        "answered, -z wsus,tree": (totals["answered"], responses + others.total()),
        "answered, -T fields": (totals["answered"], numbers["answered"]),
        "exchanges, -2 -T fields": (totals["exchanges"], numbers["answered"] + unanswered(capture)),
        "sums of clients": ([totals[name] for name in ("failed_exchanges", "failed_connections", "reported_failures")],
                            [sum(column) for column in zip(*sums.values())] or [0, 0, 0]),
    }
    return [(what, mine, theirs) for what, (mine, theirs) in pairs.items() if mine != theirs]


class Totals(unittest.TestCase):
    maxDiff = None

    def compare(self, captures):
        codes = 0
        for capture in captures:
            with self.subTest(capture.name):
                totals = json_totals(capture)
                codes += totals["errors"]
                self.assertEqual([], differences(capture, totals, text_totals(decode(capture)), output(capture)[1]))
        return codes

    def test_every_number_of_the_sample_captures(self):
        self.assertGreater(self.compare(own_captures()), 350)

    def test_every_number_of_the_shared_captures(self):
        self.compare([path for folder in SHARED_FOLDERS for path in shared_captures(folder)])

    def test_a_number_that_is_another_is_noticed(self):
        """In the JSON, in the text and in what tshark gives: a code less, a failure more, a client that is another."""
        capture, text, trees = REPORTS, text_totals(decode(REPORTS)), output(REPORTS)[1]

        def changed(change):
            totals = copy.deepcopy(json_totals(capture))
            change(totals)
            return {what for what, _mine, _theirs in differences(capture, totals, text, trees)}

        def drop_code(totals):
            totals["families"]["WUA"].pop("0x8024402C WU_E_PT_WINHTTP_NAME_NOT_RESOLVED")

        def drop_report(totals):
            totals["clients"]["192.0.2.20"]["reports"].popitem()

        def add_failure(totals):
            totals["clients"]["192.0.2.20"]["exchanges"]["SyncUpdates: 503 HTTP_STATUS_SERVICE_UNAVAIL"] = 1

        def other_client(totals):
            totals["clients"]["192.0.2.99"] = totals["clients"].pop("192.0.2.20")

        self.assertEqual(set(), changed(lambda totals: None))
        self.assertEqual({"text", "families, -z wsus_errors,tree", "families, -T fields"}, changed(drop_code))
        self.assertEqual({"text", "clients, -z wsus,clients", "clients, -T fields", "sums of clients"}, changed(drop_report))
        self.assertEqual({"text", "clients, -z wsus,clients", "clients, -T fields", "sums of clients"}, changed(add_failure))
        self.assertEqual({"text", "clients, -z wsus,clients", "clients, -T fields"}, changed(other_client))
        for name in ("exchanges", "answered", "failed_exchanges", "failed_connections", "reported_failures", "errors"):
            self.assertLessEqual(2, len(changed(lambda totals, name=name: totals.update({name: totals[name] + 1}))), name)
        poorer = {**trees, "Windows Update/Error Codes": trees["Windows Update/Error Codes"][:-1]}
        self.assertIn("families, -z wsus_errors,tree", {each[0] for each in differences(capture, json_totals(capture), text, poorer)})
        poorer = {**trees, "Clients": trees["Clients"][:-1]}
        self.assertIn("clients, -z wsus,clients", {each[0] for each in differences(capture, json_totals(capture), text, poorer)})

    def test_a_text_whose_lines_do_not_add_up_is_noticed(self):
        text = decode(REPORTS)
        for start in ("       1 reports: ", "       1 0x"):
            lines = text.splitlines(keepends=True)
            lines.remove(next(line for line in reversed(lines) if line.startswith(start)))
            with self.assertRaises(AssertionError):
                text_totals("".join(lines))

    def test_a_code_of_success_is_not_why_something_failed(self):
        event = {"event": "installation failed", "code": "0x00240006", "symbol": "WU_S_ALREADY_INSTALLED"}
        self.assertEqual("installation failed", decoder_modules.totals.event_text(event))
        event = {"event": "installation failed", "code": "0x80070643", "symbol": "ERROR_INSTALL_FAILURE"}
        self.assertEqual("installation failed, 0x80070643 ERROR_INSTALL_FAILURE", decoder_modules.totals.event_text(event))


if __name__ == "__main__":
    unittest.main()
