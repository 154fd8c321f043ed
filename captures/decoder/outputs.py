"""The forms of output: text, CSV, JSON. Each takes the lines of records as tshark writes them and writes bytes to a file.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import csv
import io
import json

import layout
import story
from jsonlines import parse_all
from totals import Totals, counted_labels

def encoded(lines, encoding):
    """Lines for a terminal or file of any locale."""
    return ("\n".join(lines) + "\n").encode(encoding, "backslashreplace") if lines else b""


class Output:
    """Counts what passes; `wanted` says what the caller wants to see."""

    def __init__(self, sink, options, encoding, width):
        self.sink = sink
        self.rows_wanted = not options.summary_only
        self.summary_wanted = not options.no_summary
        self.encoding = encoding
        self.width = width

    def capture(self, label, live):
        """A writer for the records of one capture."""
        raise NotImplementedError

    def head(self, totals):
        """The diagnosis, where it stands by itself."""

    def summary(self, totals):
        raise NotImplementedError

    def begin(self):
        """What stands before everything."""


class Capture:
    """Takes the records of one capture, as lines; some at a time, or one where they come live."""

    def records(self, lines):
        raise NotImplementedError


class Text(Output):
    def capture(self, label, live):
        return TextCapture(self, label, live)

    def head(self, totals):
        self.sink.write(encoded(layout.head(totals, self.width), self.encoding))

    def summary(self, totals):
        self.sink.write(encoded(layout.summary(totals, self.width), self.encoding))


class TextCapture(Capture):
    def __init__(self, output, label, live):
        self.output = output
        self.label = label
        self.live = live
        self.rows = layout.Rows(output.width)
        self.lines = []
        self.totals = Totals(files=1)
        self.started = False

    def records(self, lines):
        records = parse_all(lines)
        for record in records:
            self.totals.add_record(record)
        if not self.output.rows_wanted:
            return
        for record in records:
            self.lines += self.rows.lines(record)
        if self.live:
            self.start(layout.folded_if(f"== {layout.visible(self.label)}", self.output.width, "    "))
            self.flush()
            self.output.sink.flush()

    def start(self, heading):
        if not self.started:
            self.output.sink.write(encoded(heading + ([] if self.output.width else [layout.COLUMNS]), self.output.encoding))
            self.started = True

    def flush(self):
        self.output.sink.write(encoded(self.lines, self.output.encoding))
        self.lines = []

    def end(self, notes):
        """notes: lines that stand before the exchanges, such as why there are none."""
        if not self.output.rows_wanted:
            return
        notes = [line for note in notes for line in layout.remark(note, self.output.width)]
        numbers = self.totals.numbers
        if not self.live or not self.started:
            heading = layout.heading(self.label, numbers["exchanges"], numbers["failed_connections"], self.output.width)
            self.output.sink.write(encoded([*heading, *notes], self.output.encoding))
            notes = []
            if self.lines and not self.output.width:
                self.output.sink.write(encoded([layout.COLUMNS], self.output.encoding))
        self.flush()
        self.output.sink.write(encoded(notes, self.output.encoding))


class Json(Output):
    def capture(self, label, live):
        return JsonCapture(self, label, live)

    def summary(self, totals):
        self.sink.write(json.dumps({"summary": totals.as_json()}).encode() + b"\n")


class JsonCapture(Capture):
    """The records as they are, with the name of the file in front."""

    def __init__(self, output, label, live):
        self.output = output
        self.start = b'{"file":' + json.dumps(label).encode() + b","
        self.totals = Totals(files=1)
        self.live = live

    def records(self, lines):
        if self.output.summary_wanted:
            for record in parse_all(lines):
                self.totals.add_record(record)
        else:
            self.totals.numbers["exchanges"] += len(lines)
        if self.output.rows_wanted:
            self.output.sink.write(b"".join([self.start + line[1:] for line in lines]))
            if self.live:
                self.output.sink.flush()

    def end(self, notes):
        """JSON has no place for remarks: the caller prints them."""


def harmless(value):
    """A cell that a spreadsheet does not take for a formula."""
    text = str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


class Csv(Output):
    COLUMNS = ["file", "request", "response", "time", "client", "computer", "service", "operation", "status", "duration",
               "fault", "detail", "recovery", "asked", "answered", "codes", "utc", "server", "port", "host", "outcome",
               "connection", "stream", "reports", "findings"]

    def begin(self):
        self.sink.write((",".join(self.COLUMNS) + "\n").encode())

    def capture(self, label, live):
        return CsvCapture(self, label, live)

    def summary(self, totals):
        """A table has no place for one."""


class CsvCapture(Capture):
    def __init__(self, output, label, live):
        self.output = output
        self.label = label
        self.live = live
        self.totals = Totals(files=1)

    def cells(self, record):
        cells = {**record, "file": self.label, "codes": "; ".join(counted_labels(record["codes"])),
                 "reports": "; ".join(layout.event_text(e) for e in record["events"] if e["outcome"] == "failed"),
                 "findings": "; ".join(record["findings"])}
        return [harmless(layout.visible(str(cells[name]))) for name in Csv.COLUMNS]

    def records(self, lines):
        self.totals.numbers["exchanges"] += len(lines)
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(map(self.cells, parse_all(lines)))
        self.output.sink.write(text.getvalue().encode(self.output.encoding, "backslashreplace"))
        if self.live:
            self.output.sink.flush()

    def end(self, notes):
        """A table has no place for remarks: the caller prints them."""


class Page(Output):
    """For --html: nothing is written before everything is known."""

    def capture(self, label, live):
        return PageCapture(label)

    def summary(self, totals):
        """The page is written by page.py."""


class PageCapture(Capture):
    def __init__(self, label):
        self.totals = Totals(files=1)
        self.story = story.Story(label)
        self.totals.stories.append(self.story)

    def records(self, lines):
        for record in parse_all(lines):
            self.totals.add_record(record)
            self.story.add_record(record)

    def update(self, line):
        self.story.add_update(line)

    def end(self, notes):
        """The caller prints remarks."""


def create(sink, options, encoding, width):
    kind = Page if options.html else Csv if options.csv else Json if options.json else Text
    return kind(sink, options, encoding, width)
