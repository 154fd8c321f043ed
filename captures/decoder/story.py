"""What a page needs to know of a capture beside its sums: a mark for each exchange, connection that failed and failure reported.

Nothing here needs more than Python brings; page.py makes the page of it.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections
import json

from totals import REPORTED, event_text, failure_text, label

UPDATE = b'{"type":"update",'
STATES = {"success": "well", "recovery": "recovery", "fault": "failed", "http error": "failed", "connection failed": "failed",
          "no response": "open"}
FAILED, REPORT = "failed", "reported"

# state: well, recovery (the protocol goes on by itself), failed, open (without an answer), unknown, reported (the client reports a
# failure). of: exchange, connection or report. frames: those of request and answer that are in the capture.
Mark = collections.namedtuple("Mark", "client of time duration lane state text server frames codes fetched title update")


def frames_of(record):
    return [frame for frame in (record["request"], record["response"]) if frame]


def server_of(record):
    return record["host"] or (f"{record['server']}:{record['port']}" if record["port"] else record["server"])


def marks_of(record):
    """One for the exchange or connection, and one for each failure that it reports."""
    connection = record["outcome"] == "connection failed"
    state = STATES.get(record["outcome"], "unknown")
    said = failure_text(record).partition(": ")[2] if state == FAILED else record["fault"] or str(record["status"] or "no answer")
    codes = [label(code) for code in record["codes"] if code["error"] and code["source"] != REPORTED]
    yield Mark(record["client"], "connection" if connection else "exchange", record["time"], record["duration"],
               record["operation"] or record["service"], state, said, server_of(record), frames_of(record), codes, record["fetched"],
               record["title"], "")
    for event in record["events"]:
        if event["outcome"] == "failed":
            code = f"{event['code']} {event['symbol']}".strip()
            yield Mark(record["client"], "report", record["time"], 0, "client reports", REPORT, event_text(event), "",
                       frames_of(record), [code] if code else [], "", "", event["update"])


def merged_updates(lines):
    """The updates that several parts of a capture tell of, each once, in the order of frames: what the first does not say, a later one
    may."""
    found = {}
    for update in sorted(map(json.loads, lines), key=lambda update: (update["frame"], update["server"], update["revision"])):
        first = found.setdefault((update["server"], update["revision"]), update)
        first.update({name: first[name] or value for name, value in update.items()})
    return [json.dumps(update) for update in found.values()]


class Story:
    def __init__(self, label_of_file):
        self.file = label_of_file
        self.marks, self.updates, self.names = [], [], {}
        self.first = self.last = None

    def add_record(self, record):
        self.marks += marks_of(record)
        begin = record["time"] - record["duration"]
        self.first = begin if self.first is None else min(self.first, begin)
        self.last = record["time"] if self.last is None else max(self.last, record["time"])
        if record["computer"]:
            self.names.setdefault(record["client"], record["computer"])

    def add_update(self, line):
        self.updates.append(json.loads(line))
