"""Text for people: one line for each exchange, folded where it goes to a terminal, and the summary.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import shutil
import textwrap
import unicodedata

import diagnosis
from diagnosis import counted
from totals import REPORTED, counted_labels, event_text, ranked

NARROWEST = 40
BYTES = (0xdc80, 0xdcff)  # what Python makes of bytes of a file name that the locale has no characters for
INDENT = " " * 15  # of what does not fit beside the time
TITLES = {"exchanges": "failed exchange", "connections": "failed connection", "reports": "reported failure"}


def width_for(stream):
    """Columns to fold lines to, or None where they are not folded."""
    if stream.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return max(NARROWEST, shutil.get_terminal_size((100, 24)).columns)
    return None


START_OF_LINE = "\r\x1b[K"  # of one that is written over


def steers(stream):
    """Whether a line of a terminal can be written over."""
    return stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def visible(text):
    """Characters that steer a terminal, or turn the direction of writing, as escapes; and bytes of names that are no characters."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else escaped(ord(c)) for c in text)


def escaped(number):
    if BYTES[0] <= number <= BYTES[1]:
        return f"\\x{number & 0xff:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def frames_of(record):
    return f"{record['request'] or '-'}/{record['response'] or '-'}"


def status_of(record):
    if record["connection"]:
        return record["connection"]
    return str(record["status"]) if record["status"] else "-" if record["response"] else "no answer"


def server_of(record):
    if record["host"]:
        return record["host"]
    name = record["server"]
    name = f"[{name}]" if ":" in name else name
    return f"{name}:{record['port']}" if record["port"] else name


def without(text, named):
    return ", ".join([part for part in text.split(", ") if part not in named])


def said(record, who):
    """What request and answer say, without what stands elsewhere in the line: codes, failures reported, the client's name."""
    if record["fault"] or record["connection"]:
        return ""
    asked, answered = record["asked"], record["answered"]
    failures = [event["event"] for event in record["events"] if event["outcome"] == "failed"] if record["events"] else ()
    if failures:
        parts = [part for part in asked.replace("; ", ", ").split(", ") if not part.endswith(" more failed")]
        asked = ", ".join([part for part in parts if part not in failures])
    if record["codes"] or who in asked or who in answered:
        named = [who, str(record["status"]), *[f"{code['code']} {code['symbol']}" for code in record["codes"]]]
        asked, answered = without(asked, named), without(answered, named)
    return f"{asked} -> {answered}" if asked and answered else asked or answered


def parts_of(record, who, single=True):
    """Status and fault; then what else there is to say, a string for each thing. single: a string for all failures reported."""
    parts = [status_of(record)]
    if record["fault"]:
        parts[0] += f" fault {record['fault']}"
    if record["detail"]:
        parts[0] += f" ({record['detail']})"
    words = said(record, who)
    if words:
        parts.append(words)
    codes = record["codes"]
    if codes:
        shown = [code for code in codes if code["source"] != REPORTED and (code["error"] or not code["derived"])]
        if shown:
            parts.append("; ".join(counted_labels(shown)))
    events = record["events"]
    failures = [event_text(event) for event in events if event["outcome"] == "failed"] if events else ()
    if failures:
        parts += ["client reports: " + "; ".join(failures)] if single else ["client reports: " + text for text in failures]
    if record["findings"]:
        parts.append("finding: " + "; ".join(record["findings"]))
    if record["recovery"]:
        parts.append("next: " + record["recovery"])
    return parts


class Rows:
    """The records of a capture as lines. A client is named by its address in all of them; the name of its computer is told
    where it becomes known, and remembered: most messages do not repeat it."""

    def __init__(self, width):
        self.width = width
        self.names = {}
        self.day = None
        self.pair = None

    def day_line(self, record):
        day = record["utc"][:10]
        if day == self.day:
            return []
        self.day = day
        self.pair = None
        return [f"-- {day} UTC"]

    def lines(self, record):
        """The lines of one record, the first of a day and of a client with a line of their own before them."""
        address = record["client"]
        computer, who = record["computer"], self.names.get(address)
        news = computer and computer != who
        if news:
            who = self.names[address] = computer
        who = who or address
        lines = self.day_line(record)
        what = record["operation"] or record["service"]
        if self.width:
            return lines + self.folded(record, what, who)
        if news:
            lines.append(visible(f"-- {address} is {who}"))
        parts = parts_of(record, who)
        lines.append(visible(f"{frames_of(record):>11}  {record['utc'][11:23]}  {address:<20}  {server_of(record):<20}  {what:<22}  "
                             f"{' | '.join(parts)}"))
        return lines

    def folded(self, record, what, who):
        lines = []
        pair = (who, server_of(record))
        if pair != self.pair:
            self.pair = pair
            name = f"{record['client']} ({who})" if who != record["client"] else who
            lines = fold(visible(f"{name} -> {pair[1]}"), self.width, "", "    ")
        start = f"{frames_of(record):>11}  {record['utc'][11:23]}  "
        first, *rest = parts_of(record, who, single=False)
        line = visible(f"{what}  {first}")
        for part in map(visible, rest):
            if len(start) + len(line) + len(part) + 3 <= self.width:
                line += f" | {part}"
            else:
                lines += fold(line, self.width, start, INDENT + "  ")
                line, start = part, INDENT
        return lines + fold(line, self.width, start, INDENT + "  ")


MARK = "\0"  # in front of each wide character while lines are folded: visible texts hold none


def fold(text, width, first, following):
    """Lines of at most that many columns of a terminal, some of whose characters take two."""
    if not text.isascii() and any(map(is_wide, text)):
        marked = "".join(MARK + c if is_wide(c) else c for c in text)
        return [line.replace(MARK, "") for line in fold_plain(marked, width - 1, first, following)]  # a mark may be cut from its character
    return fold_plain(text, width, first, following)


def is_wide(character):
    return unicodedata.east_asian_width(character) in "WF"


def fold_plain(text, width, first, following):
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=following, break_on_hyphens=False) or [first.rstrip()]


def heading(label, exchanges, connections, width):
    more = f", {counted(connections, 'failed connection')}" if connections else ""
    return folded_if(f"== {visible(label)}: {counted(exchanges, 'exchange')}{more}", width, "    ")


def remark(line, width):
    """The lines of what there is to say of a capture without exchanges."""
    return folded_if("   " + line, width, " " * 6)


def folded_if(text, width, following):
    start = len(text) - len(text.lstrip())
    return fold(visible(text[start:]), width, text[:start], following) if width else [text]


COLUMNS = f"{'frames':>11}  {'time UTC':<12}  {'client':<20}  {'server':<20}  {'operation':<22}  status, fault, codes"


def head(totals, width):
    """The lines of the diagnosis."""
    return diagnosis.lines(totals.diagnoses, lambda text, following: wrapped(text, width, following), totals.numbers["files"])


def summary(totals, width):
    """The lines of the summary."""
    numbers = totals.numbers
    lines = ["== Summary"]
    lines += wrapped(f"{counted(numbers['files'], 'file')}, {counted(numbers['exchanges'], 'exchange')}: {numbers['answered']} "
                     f"answered, {counted(numbers['faults'], 'fault')}, {numbers['failed_exchanges']} failed", width, "")
    lines += wrapped(f"{counted(numbers['failed_connections'], 'failed connection')}; clients report "
                     f"{counted(numbers['reported_failures'], 'failure')}", width, "")
    if totals.families:
        lines.append(counted(numbers["errors"], "error code") + " by family")
    for family, codes in ranked(totals.families, lambda codes: sum(codes.values())):
        lines.append(f"{family}: {sum(codes.values())}")
        for code, number in ranked(codes):
            lines += wrapped(f"{number:6} {code}: {totals.meanings.get(code) or 'not in the tables'}", width, " " * 9)
    for address, client in ranked(totals.clients, lambda client: sum(sum(f.values()) for f in client.failures.values())):
        if client:
            lines += client_lines(address, client, width)
    return lines


def client_lines(address, client, width):
    names = f" ({', '.join(sorted(client.names)[:3])}{', ...' if len(client.names) > 3 else ''})" if client.names else ""
    failures = {kind: found for kind, found in client.failures.items() if found}
    said_of_it = ", ".join(counted(sum(found.values()), TITLES[kind]) for kind, found in failures.items())
    lines = wrapped(f"client {address or 'unknown'}{names}: {said_of_it}", width, "    ")
    for kind, found in failures.items():
        for failure, number in ranked(found):
            lines += wrapped(f"{number:6} {'' if kind != 'reports' else 'reports: '}{failure}", width, " " * 9)
    return lines


def wrapped(text, width, following):
    text = visible(text)
    if not width:
        return ["  " + text if text.startswith("   ") else text]
    start = "  " if text.startswith("   ") else ""
    spaces = len(text) - len(text.lstrip())
    return fold(text.lstrip(), width, start + " " * spaces, following) if text else [text]
