"""What the summary says: sums over the records, apart for exchanges that failed, connections that failed, and what clients report.

Totals can be added to each other, and be written as JSON and read again: the sum of the totals of several runs is the total of
all their captures.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections
import json

NUMBERS = ("files", "exchanges", "answered", "faults", "failed_exchanges", "failed_connections", "reported_failures", "errors")
KINDS = ("exchanges", "connections", "reports")  # of what fails, for each client
REPORTED = "Event report"


class NotTotals(Exception):
    """A line that is neither a record nor a summary."""


def label(code):
    text = f"{code['code']} {code['symbol']}" if code["symbol"] else code["code"]
    return text + " (derived)" if code["derived"] else text


def counted_labels(codes):
    """The codes in order, each once."""
    numbers = {}
    for code in codes:
        name = label(code)
        numbers[name] = numbers.get(name, 0) + 1
    return [name if number == 1 else f"{name} ({number} times)" for name, number in numbers.items()]


def event_text(event):
    """An event of a report that says that something failed, with its code where that is one of a failure, too."""
    if not event["code"] or int(event["code"], 0) < 0x80000000:
        return event["event"]
    return f"{event['event']}, {event['code']} {event['symbol']}".rstrip()


def failure_text(record):
    """An operation and what went wrong with it, as the wire has it where it says so."""
    errors = [code for code in record["codes"] if code["error"] and code["source"] != REPORTED]
    said = [code for code in errors if not code["derived"]] or errors
    parts = [f"fault {record['fault']}"] if record["fault"] else []
    if record["connection"]:
        parts.append(record["connection"])
        said = errors[-1:]
    parts += dict.fromkeys(map(label, said))
    return f"{record['operation'] or record['service']}: {', '.join(parts) or record['outcome']}"


class Client:
    def __init__(self):
        self.names = set()
        self.failures = {kind: collections.Counter() for kind in KINDS}

    def add(self, other):
        self.names |= other.names
        for kind in KINDS:
            self.failures[kind].update(other.failures[kind])

    def as_json(self):
        return {"names": sorted(self.names), **{kind: dict(self.failures[kind]) for kind in KINDS}}

    def __bool__(self):
        return any(self.failures.values())


class Totals:
    def __init__(self, files=0):
        self.numbers = collections.Counter(dict.fromkeys(NUMBERS, 0), files=files)
        self.families = collections.defaultdict(collections.Counter)
        self.clients = collections.defaultdict(Client)
        self.meanings = {}
        self.diagnoses = []  # of the captures, each as it is: they do not sum up, but stand beside each other, by name
        self.stories = []  # of the captures, for a page

    def add_record(self, record):
        numbers = self.numbers
        client = self.clients[record["client"]]
        if record["computer"]:
            client.names.add(record["computer"])
        outcome = record["outcome"]
        if outcome == "connection failed":
            numbers["failed_connections"] += 1
            client.failures["connections"][failure_text(record)] += 1
        else:
            numbers["exchanges"] += 1
            if record["response"]:
                numbers["answered"] += 1
            if record["fault"]:
                numbers["faults"] += 1
            if outcome == "fault" or outcome == "http error":
                numbers["failed_exchanges"] += 1
                client.failures["exchanges"][failure_text(record)] += 1
        for event in record["events"]:
            if event["outcome"] == "failed":
                numbers["reported_failures"] += 1
                client.failures["reports"][event_text(event)] += 1
        for code in record["codes"]:
            if code["error"]:
                numbers["errors"] += 1
                name = label(code)
                self.families[code["family"]][name] += 1
                if name not in self.meanings:
                    self.meanings[name] = f"{code['text']} {code['check']}".strip()

    def add(self, other):
        self.numbers.update(other.numbers)
        for family, codes in other.families.items():
            self.families[family].update(codes)
        for address, client in other.clients.items():
            self.clients[address].add(client)
        self.meanings = {**other.meanings, **self.meanings}
        self.diagnoses = sorted(self.diagnoses + other.diagnoses, key=lambda each: each["file"])
        self.stories += other.stories

    def as_json(self):
        return {**self.numbers, "families": {family: dict(codes) for family, codes in self.families.items()},
                "clients": {address: client.as_json() for address, client in self.clients.items()
                            if client or client.names},
                "meanings": self.meanings, "diagnosis": self.diagnoses}

    @classmethod
    def of_json(cls, summary):
        totals = cls()
        try:
            totals.numbers.update({name: int(summary[name]) for name in NUMBERS})
            for family, codes in summary["families"].items():
                totals.families[family].update(codes)
            for address, found in summary["clients"].items():
                client = totals.clients[address]
                client.names.update(found["names"])
                for kind in KINDS:
                    client.failures[kind].update(found[kind])
            totals.meanings.update(summary["meanings"])
            totals.diagnoses += summary["diagnosis"]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NotTotals(f"a summary of another version ({error})") from None
        return totals


def read(lines):
    """The totals of the output of decode --json. A summary stands for the records before it; records without one are summed up."""
    totals, loose, files = Totals(), Totals(), set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if "summary" in row:
                totals.add(Totals.of_json(row["summary"]))
                loose, files = Totals(), set()
            else:
                loose.add_record(row)
                files.add(row.get("file", ""))
        except NotTotals as error:
            raise NotTotals(f"line {number}: {error}") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NotTotals(f"line {number} is not what decode --json writes") from None
    loose.numbers["files"] = len(files)
    totals.add(loose)
    return totals


def ranked(counter, weight=int):
    """Items of a counter, or a mapping of counters, the largest first."""
    return sorted(counter.items(), key=lambda item: (-weight(item[1]), item[0]))
