"""The same answer in every mode of tshark and, for random access, of sharkd.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections
import html
import json
import re
import unittest

from harness import fields, flatten, json_packets, own_captures, run, summary, tshark

OURS = "wsus || wws || winerr"
OUR_NAMES = ("WSUS", "WWS", "WinErr")
EXPERT_TEXT = 150  # characters that are compared: labels of the tree are cut by Wireshark
CORE_FIELDS = ["wsus.service", "wsus.operation", "wsus.message", "wsus.status_code", "wsus.update.count", "wws.fault.code",
               "wws.fault.errorcode", "winerr.code", "winerr.symbol", "winerr.family", "winerr.derived"]

# What becomes of connections: in one pass it is told in the frame in which it became certain, in two where it belongs;
# test_connections.py compares both.
TWO_PASS_EXCEPT = {"connections.pcapng"}


def ours(rows):
    """The rows of a summary that the plugin wrote."""
    return {frame: row for frame, row in rows.items() if row[0] == "WSUS" or "[SOAP fault" in row[1] or "[Windows Update:" in row[1]}


def flat(capture, *arguments, **options):
    """{frame: values of CORE_FIELDS} for the packets that hold any."""
    rows = fields(capture, ["frame.number", *CORE_FIELDS], *arguments, display=OURS, **options)
    return {int(row[0][0]): row[1:] for row in rows}


def experts_of_tree(capture, *arguments):
    """Counter of (severity, group, text) of the expert items of our protocols in the packet details."""
    found, kind, ours_now = collections.Counter(), None, False
    for line in tshark(capture, "-T", "pdml", *arguments).splitlines():
        field = re.match(r' *<field name="([^"]*)" showname="([^"]*)"', line)
        if not field:
            continue
        item = re.search(r"Expert Info \((\w+)/([\w ]+)\): ", field[2]) if field[1] == "_ws.expert" else None
        if item:
            kind, ours_now = item.groups(), False
        elif kind and field[1] == "_ws.expert.message":
            text = re.sub(r"^Message(?: \[(?:truncated|…)\])?: ", "", html.unescape(field[2]))
            found[(*kind, text[:EXPERT_TEXT])] += ours_now
            kind = None
        elif kind:
            ours_now = ours_now or field[1].startswith(("wsus.", "wws.", "winerr."))
    return +found


def experts_of_statistics(capture, *arguments):
    """The same from -z expert, for which tshark dissects without a tree."""
    severities = {"Errors": "Error", "Warns": "Warning", "Notes": "Note", "Chats": "Chat", "Comments": "Comment"}
    found, severity = collections.Counter(), None
    for line in tshark(capture, "-q", "-z", "expert", *arguments).splitlines():
        heading = re.fullmatch(r"(\w+) \(\d+\)", line)
        row = re.fullmatch(r" *(\d+) +(\w+) +(\S+)  (.*)", line)
        if heading:
            severity = severities[heading[1]]
        elif row and row[3] in OUR_NAMES:
            found[severity, row[2], row[4][:EXPERT_TEXT]] += int(row[1])
    return found


class Modes(unittest.TestCase):
    maxDiff = 2000

    def test_summary_is_the_same_filtered_and_not(self):
        for capture in own_captures():
            with self.subTest(capture.name):
                plain = ours(summary(capture))
                self.assertEqual(plain, ours(summary(capture, "-Y", "wsus || wws")))
                self.assertEqual(set(plain), set(summary(capture, "-Y", "wsus || wws.fault.code")))

    def test_two_passes_give_the_same_summary(self):
        for capture in own_captures():
            if capture.name in TWO_PASS_EXCEPT:
                continue
            with self.subTest(capture.name):
                self.assertEqual(ours(summary(capture)), ours(summary(capture, "-2")))
                self.assertEqual(ours(summary(capture)), ours(summary(capture, "-2", "-R", "frame", "-Y", "wsus || wws")))

    def test_fields_in_one_and_two_passes(self):
        for capture in own_captures():
            if capture.name in TWO_PASS_EXCEPT:
                continue
            with self.subTest(capture.name):
                self.assertEqual(flat(capture), flat(capture, "-2"))

    def test_expert_information_with_a_tree_and_without(self):
        seen = collections.Counter()
        for capture in own_captures():
            for passes in ((), ("-2",)):
                with self.subTest(capture.name, passes=passes):
                    drawn = experts_of_tree(capture, *passes)
                    self.assertEqual(drawn, experts_of_statistics(capture, *passes))
                    seen += drawn
        self.assertGreater(len([entry for entry in seen if entry[0] == "Warning"]), 100)
        self.assertIn(("Note", "Malformed", "Registration required is not of the expected form: perhaps"), seen)
        self.assertIn(("Chat", "Sequence", "The cookie had expired when it was sent"), seen)

    def test_a_filter_on_one_field_finds_what_the_fields_say(self):
        for capture in own_captures():
            with self.subTest(capture.name):
                rows = flat(capture)
                with_code = {frame for frame, row in rows.items() if row[CORE_FIELDS.index("winerr.code")]}
                self.assertEqual(with_code, set(summary(capture, "-Y", "winerr.code")))
                faults = {frame for frame, row in rows.items() if row[CORE_FIELDS.index("wws.fault.code")]}
                self.assertEqual(faults, set(summary(capture, "-Y", "wws.fault.code")))

    def test_json_ek_and_pdml_agree_with_fields(self):
        for capture in own_captures():
            with self.subTest(capture.name):
                expected = {frame: {name: values for name, values in zip(CORE_FIELDS, row) if values}
                            for frame, row in flat(capture).items()}
                self.assertEqual(set(expected), set(self.from_ek(capture)))
                for frame, row in self.from_json(capture).items():
                    self.assertEqual(normal(expected[frame]), normal(row), frame)

    @staticmethod
    def from_json(capture):
        rows = {}
        for packet in json_packets(tshark(capture, "-Y", OURS, "-T", "json")):
            found = {}
            for name, value in flatten(packet, set(CORE_FIELDS) | {"frame.number"}):
                found.setdefault(name, []).append(value)
            rows[int(found.pop("frame.number")[0])] = found
        return rows

    @staticmethod
    def from_ek(capture):
        lines = [json.loads(line) for line in tshark(capture, "-Y", OURS, "-T", "ek").splitlines() if line]
        frames = [line["layers"]["frame"]["frame_frame_number"] for line in lines if "layers" in line]
        return [int(frame[0] if isinstance(frame, list) else frame) for frame in frames]

    def test_custom_columns(self):
        for capture in own_captures():
            with self.subTest(capture.name):
                column = 'gui.column.format:"N","%m","Op","%Cus:wsus.operation:0:R"'
                shown = {}
                for line in tshark(capture, "-o", column).splitlines():
                    frame, _, operation = line.strip().partition(" ")
                    if operation.strip():
                        shown[int(frame)] = operation.strip().split(",")
                expected = {frame: row[CORE_FIELDS.index("wsus.operation")] for frame, row in flat(capture).items()}
                self.assertEqual({f: v for f, v in expected.items() if v}, shown)

    def test_without_the_xml_protocol(self):
        for capture in own_captures():
            with self.subTest(capture.name):
                self.assertEqual(flat(capture), flat(capture, "--disable-protocol", "xml"))

    def test_leaving_out_the_stock_xml_tree_changes_nothing_of_ours(self):
        for capture in own_captures():
            with self.subTest(capture.name):
                self.assertEqual(flat(capture), flat(capture, "-o", "wsus.no_stock_xml:TRUE"))

    def test_random_access(self):
        """Frames asked for in reverse order, after the file was read, have the details of a second pass."""
        for capture in own_captures():
            if capture.name in TWO_PASS_EXCEPT:
                continue
            with self.subTest(capture.name):
                frames = sorted(ours(summary(capture)), reverse=True)
                shown = self.sharkd_details(capture, frames)
                expected = collections.defaultdict(list)
                frame = 0
                for line in tshark(capture, "-2", "-V", "-Y", "wsus || wws.fault.code", "-O", "wsus,wws,winerr").splitlines():
                    started = re.match(r"Frame (\d+):", line)
                    frame = int(started[1]) if started else frame
                    expected[frame].append(line.strip())
                for frame in frames:
                    for label in (label for label in shown[frame] if "[truncated]" not in label): # by other lengths
                        self.assertIn(label, [line.removeprefix("[").removesuffix("]") for line in expected[frame]] +
                                      expected[frame], frame)

    @staticmethod
    def sharkd_details(capture, frames):
        """The labels of our items of frames, asked for in this order."""
        requests = [{"jsonrpc": "2.0", "id": 1, "method": "load", "params": {"file": str(capture)}}]
        requests += [{"jsonrpc": "2.0", "id": 10 + frame, "method": "frame", "params": {"frame": frame, "proto": True}}
                     for frame in frames]
        script = "\n".join(json.dumps(r) for r in requests) + "\n"
        output = run("sharkd", "-", stdin=script.encode()).stdout.decode(errors="replace")
        shown = {}
        for line in output.splitlines():
            answer = json.loads(line)
            if answer.get("id", 0) >= 10:
                shown[answer["id"] - 10] = list(labels(node for node in answer["result"].get("tree", [])
                                                       if node.get("l", "").startswith("Windows ")))
        return shown


def labels(nodes):
    """The labels of a tree of sharkd, top down."""
    for node in nodes:
        yield node["l"].strip()
        yield from labels(node.get("n", []))


def normal(row):
    """Numbers of one value in one form: JSON has names of booleans in some versions."""
    booleans = {"True": "1", "False": "0"}
    return {name: [booleans.get(v, v) for v in values] for name, values in row.items()}


class Stock(unittest.TestCase):
    """What is not Windows Update, and everything while the protocols are disabled, is as stock Wireshark shows it."""

    DISABLED = [part for name in ("wsus", "wws", "winerr") for part in ("--disable-protocol", name)]

    def test_disabled_protocols_leave_stock_output(self):
        for capture in own_captures():
            with self.subTest(capture.name):
                self.assertEqual(tshark(capture, "-V", plugin=False), tshark(capture, "-V", *self.DISABLED))
                self.assertEqual(tshark(capture, plugin=False), tshark(capture, *self.DISABLED))

    def test_other_traffic_is_untouched(self):
        capture = next(c for c in own_captures() if c.name == "other.pcapng")
        for arguments in ([], ["-V"], ["-2", "-V"], ["-T", "json"]):
            self.assertEqual(tshark(capture, *arguments, plugin=False), tshark(capture, *arguments))

    def test_layers_of_recognised_frames_are_kept(self):
        for capture in own_captures():
            with self.subTest(capture.name):
                # stock Wireshark does not look for HTTP/2 in clear on the port of WSUS
                others = ["-Y", "!(tcp.port == 8530)"] if capture.stem == "http2-streams" else []
                layers = lambda plugin: tshark(capture, *others, "-T", "fields", "-e", "frame.number", "-e", "frame.protocols",
                                               plugin=plugin)
                self.assertEqual(layers(False), layers(True))


if __name__ == "__main__":
    unittest.main()
