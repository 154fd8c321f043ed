"""Why clients failed, as tshark -z wsus,diagnosis,json has it: taken in while a capture is read, and laid out for people.

A diagnosis is that of one capture: repetitions, and failures that were mended later, are known within it. What is said of several
captures is the list of theirs; clients are counted by address.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections

from jsonlines import parse

START = b'{"type":"diagnosis'
LISTED, EXPLAINED, SHOWN = 12, 3, 5  # failures in the overview of the text, with why and what to check, and clients with all of theirs
CLIENTS = 6  # that are named for one failure; JSON has all
FULL_CAUSES, SHORT_CAUSES = 3, 5
WEIGHTS = ("warning", "note")
NAMES = 3


def wanted(options):
    """Not where the output has no place for it, and not of a part that a filter selects: what is missing there was left out."""
    return not (options.csv or options.no_summary or options.filter)


class Reader:
    """Puts the lines of one capture together."""

    def __init__(self, label):
        self.found = {"file": label}

    def take(self, line):
        row = parse(line)
        if row.pop("type") == "diagnosis":
            self.found.update(row, of_clients=[])
        else:
            self.found["of_clients"].append(row)

    def diagnoses(self):
        """A list of one, or of none where tshark ended early."""
        return [self.found] if "of_clients" in self.found else []


def counted(number, thing):
    return f"{number} {thing}{'' if number == 1 else 's'}"


# ---- what is said ---------------------------------------------------------------------------------------------------

def is_passed(cause):
    return "went_well_frame" in cause


def stops(client):
    return [cause for cause in client["causes"] if cause["stops"]]


def name_of(client):
    names = client["computers"]
    more = ", ..." if len(names) > NAMES else ""
    return client["client"] + (f" ({', '.join(names[:NAMES])}{more})" if names else "")


def code_text(cause):
    said = f"{cause['code']} {cause.get('symbol', '')}".rstrip()
    if cause.get("extend_code"):
        said += f", extension {cause['extend_code']}"
        if cause.get("setup_phase") and cause.get("setup_operation"):
            said += f" (phase {cause['setup_phase']}, operation {cause['setup_operation']})"
    text = f": {cause['text']}" if cause.get("text") else ""
    basis = cause["code_basis"]
    return f"{said}{text} ({'stands in the capture' if basis == 'wire' else f'what the client is expected to report, {basis}'})"


def why_text(cause):
    seen = f" Seen: {cause['seen']}." if cause.get("seen") else ""
    return f"{cause['cause']}{seen} ({cause['basis']})"


def frames_text(cause):
    said = ", ".join(map(str, cause["frames"])) or str(cause["last_frame"])
    if cause["count"] > 1:
        said += f"; {cause['count']} times, last in frame {cause['last_frame']}"
    if cause.get("reported_frame"):
        said += f"; the client reports it in frame {cause['reported_frame']}"
    if is_passed(cause):
        said += f"; the same went well later, in frame {cause['went_well_frame']}"
    return said


def headline(diagnoses):
    """One line on all captures; the only one where nothing failed."""
    clients = {client["client"] for each in diagnoses for client in each["of_clients"]}
    failed = {client["client"] for each in diagnoses for client in each["of_clients"] if client["failed"]}
    causes = [cause for each in diagnoses for cause in each["causes"]]
    causes += [cause for each in diagnoses for client in each["of_clients"] for cause in client["causes"]]
    numbers = collections.Counter(cause["weight"] for cause in causes if not cause["stops"] and not is_passed(cause))
    passed = sum(map(is_passed, causes))
    stopped = sum(cause["stops"] for cause in causes)
    if failed:
        said = f"{len(failed)} of {counted(len(clients), 'client')} failed, {counted(stopped, 'cause')}"
    elif stopped:
        said = f"no client failed by itself, {counted(stopped, 'cause')}"
    elif clients:
        said = f"no failure{' that lasts' if passed else ''}, {counted(len(clients), 'client')}"
    else:
        said = "no client of Windows Update was seen"
    more = [f"{counted(passed, 'failure')} passed"] * bool(passed)
    more += [counted(numbers[weight], weight) for weight in WEIGHTS if numbers[weight]]
    return said + (f"; {', '.join(more)}" if more else "")


def sealed_text(diagnoses):
    """TLS that stays closed; empty where there is none."""
    well, failed = (sum(each[name] for each in diagnoses) for name in ("sealed_well", "sealed_failed"))
    if not well + failed:
        return ""
    return (f"{counted(well + failed, 'connection')} to update servers, not readable without keys (--keylog FILE): "
            f"{well} ended well, {failed} failed")


class Text:
    """Lines of the diagnosis. fold: a function of (text, indentation of further lines)."""

    def __init__(self, diagnoses, fold):
        self.diagnoses = diagnoses
        self.fold = fold
        self.lines = []

    def add(self, text, following):
        self.lines += self.fold(text, following)

    def labelled(self, label, text):
        self.add(f"    {label:<7} {text}", " " * 14)

    def where(self, each, word="of"):
        return f" {word} {each['file']}" if len(self.diagnoses) > 1 else ""

    def why(self, cause):
        self.labelled("why", why_text(cause))

    def explained(self, cause):
        self.why(cause)
        if "code" in cause:
            self.labelled("code", code_text(cause))
        self.labelled("check", cause["check"])

    def cause(self, cause, each):
        self.explained(cause)
        self.labelled("frames", frames_text(cause) + self.where(each))

    def short(self, cause, each, start):
        server = f", server {cause['server']}" if cause["server"] else ""
        self.add(f"  {start}{cause['what']}{server}: {cause['cause']} ({'frame' if len(cause['frames']) == 1 else 'frames'} {frames_text(cause)}{self.where(each)})", " " * 4)

    def client(self, client, each):
        found = stops(client)
        server = f", server {found[0]['server']}" if found[0]["server"] else ""
        self.add(f"{name_of(client)}: failed at {found[0]['what']}{server}", "    ")
        self.labelled("tried", f"{', '.join(client['tried']) or 'nothing that shows'}; reached "
                               f"{', '.join(client['reached']) or 'nothing'}")
        self.cause(found[0], each)
        for cause in found[1:FULL_CAUSES]:
            self.add(f"  also {cause['what']}" + (f", server {cause['server']}" if cause["server"] else ""), "    ")
            self.cause(cause, each)
        for cause in found[FULL_CAUSES:FULL_CAUSES + SHORT_CAUSES]:
            self.short(cause, each, "also ")
        more = len(found) - FULL_CAUSES - SHORT_CAUSES + client["more_causes"]
        if more > 0:
            self.add(f"  and {counted(more, 'further cause')}: --json has them, and tshark -q -z wsus,diagnosis", "    ")

    def overview(self, groups):
        """What clients failed of, with why and what to check, so that the first screen says it."""
        for number, group in enumerate(groups[:LISTED]):
            client, each = group[0]
            cause = stops(client)[0]
            names = ", ".join(name_of(other) for other, _ in group[:CLIENTS])
            names += f" and {len(group) - CLIENTS} more" if len(group) > CLIENTS else ""
            server = f", server {cause['server']}" if cause["server"] else ""
            self.add(f"  {names}: {cause['what']}{server}{self.where(each, 'in')}", "    ")
            if number < EXPLAINED:
                self.explained(cause)
        more = sum(map(len, groups[LISTED:]))
        if more:
            self.add(f"  and {counted(more, 'further failed client')}", "    ")

    def groups(self):
        """Failed clients by what they failed of first, in one capture; what most of them failed of comes first."""
        found = {}
        for number, each in enumerate(self.diagnoses):
            for client in each["of_clients"]:
                if client["failed"]:
                    first = stops(client)[0]
                    found.setdefault((number, first["rule"], first["what"], first["server"]), []).append((client, each))
        return sorted(found.values(), key=len, reverse=True)

    def failed(self):
        groups = self.groups()
        clients = sum(map(len, groups))
        if clients > 1:
            self.overview(groups)
        for group in groups[:SHOWN]:
            self.client(*group[0])
        more = clients - min(len(groups), SHOWN)
        if more > 0:
            self.add(f"{counted(more, 'further failed client')}, with their causes: --json, or tshark -q -z wsus,diagnosis", "    ")
        self.general()

    def general(self):
        """What is not of one client."""
        found = [(cause, each) for each in self.diagnoses for cause in each["causes"]]
        for cause, each in sorted(found, key=lambda pair: WEIGHTS.index(pair[0]["weight"]) if pair[0]["weight"] in WEIGHTS else -1):
            server = f", server {cause['server']}" if cause["server"] else ""
            self.add(f"all clients: {cause['what']}{server}", "    ")
            self.cause(cause, each)

    def others(self, kind, chosen):
        """What did not stop a client, in a line each."""
        found = [(cause, client, each) for each in self.diagnoses for client in each["of_clients"] for cause in client["causes"]
                 if not cause["stops"] and chosen(cause)]
        for cause, client, each in found[:SHORT_CAUSES]:
            self.short(cause, each, f"{kind}, {name_of(client)}: ")
        if len(found) > SHORT_CAUSES:
            self.add(f"  and {len(found) - SHORT_CAUSES} more of the kind: {kind}", "    ")

    def left_out(self):
        beyond = sum(each["messages_of_further_clients"] for each in self.diagnoses)
        if beyond:
            self.add(f"There are more clients than are looked at: {counted(beyond, 'message')} of others were left out", "    ")


def lines(diagnoses, fold, files):
    """The head of the output. files: captures that were read, of which some may have no diagnosis."""
    if not diagnoses:
        return []
    text = Text(diagnoses, fold)
    text.add(f"== Diagnosis: {headline(diagnoses)}", "   ")
    if len(diagnoses) < files:
        text.add(f"  without {counted(files - len(diagnoses), 'file')} of which no diagnosis was written", "   ")
    sealed = sealed_text(diagnoses)
    if sealed:
        text.add(f"  {sealed}", "   ")
    text.failed()
    text.others("passed", is_passed)
    text.others("warning", lambda cause: cause["weight"] == "warning" and not is_passed(cause))
    text.left_out()
    return text.lines
