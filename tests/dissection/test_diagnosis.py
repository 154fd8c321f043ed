"""The diagnosis against what the captures hold: each failure of theirs, counted once, and no other.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import re
import unittest

from harness import CAPTURES, own_captures, tshark


def diagnosis(capture, display=None):
    """Totals and clients of -z wsus,diagnosis,json."""
    command = "wsus,diagnosis,json" + (f",{display}" if display else "")
    lines = [json.loads(line) for line in tshark(capture, "-q", "-z", command).splitlines()]
    return lines[0], lines[1:]


def causes(capture):
    totals, clients = diagnosis(capture)
    return totals["causes"] + [cause for client in clients for cause in client["causes"]]


def text(capture):
    return tshark(capture, "-q", "-z", "wsus,diagnosis")


def tree(capture):
    """Sums of -z wsus,tree by the name of a node."""
    sums = {}
    for line in tshark(capture, "-q", "-z", "wsus,tree").splitlines():
        found = re.match(r" *(\S.*?)  +(\d+) ", line + " ")
        if found:
            sums[found[1]] = sums.get(found[1], 0) + int(found[2])
    return sums


class Failures(unittest.TestCase):
    def test_each_failure_is_counted_once(self):
        """Faults, HTTP errors and reported failures: as many as the statistics of operations have."""
        for capture in own_captures():
            with self.subTest(capture=capture.stem):
                counted, found = tree(capture), causes(capture)
                answers = sum(cause["count"] for cause in found if cause["kind"] in ("fault", "status"))
                self.assertEqual(counted.get("Fault", 0) + counted.get("HTTP error", 0), answers)
                _, clients = diagnosis(capture)
                self.assertEqual(counted.get("Failed events reported", 0),
                                 sum(client["reported_failures"] for client in clients))

    def test_totals_are_the_sums(self):
        for capture in own_captures():
            with self.subTest(capture=capture.stem):
                totals, clients = diagnosis(capture)
                found = totals["causes"] + [cause for client in clients for cause in client["causes"]]
                self.assertEqual(len(clients), totals["clients"])
                self.assertEqual(sum(client["failed"] for client in clients), totals["failed"])
                for weight, total in (("failure", "failures"), ("warning", "warnings"), ("note", "notes")):
                    self.assertEqual(sum(cause["weight"] == weight for cause in found), totals[total])
                self.assertEqual(sum(client["requests"] for client in clients), totals["requests"])

    def test_healthy_captures_say_so_in_one_line(self):
        for name in ("scan-plain", "scan-xpress"):
            self.assertEqual("No failure: 1 client, 9 requests, 9 responses.\n", text(CAPTURES / f"{name}.pcapng"))
        self.assertEqual("No Windows Update traffic was recognised.\n", text(CAPTURES / "php-soap.pcapng"))

    def test_first_lines_name_client_step_and_code(self):
        first = text(CAPTURES / "faults-text.pcapng").splitlines()[:3]
        self.assertEqual("192.0.2.20: failed at SyncUpdates: UpdatesOnHoliday, 0x80244007 WU_E_PT_SOAPCLIENT_SOAPFAULT", first[2])
        lines = text(CAPTURES / "server-sync.pcapng").splitlines()
        self.assertTrue(lines[0].startswith("2 of 3 clients failed: "), lines[0])
        self.assertEqual("  192.0.2.40 (dss.example.test, desk7.example.test): GetUpdateData: InternalServerError, "
                         "500 HTTP_STATUS_SERVER_ERROR", lines[1])

    def test_frames_prove_it(self):
        found = {cause["rule"]: cause for cause in causes(CAPTURES / "asmx.pcapng")}
        self.assertEqual([50, 52], found["server_busy"]["frames"])
        self.assertEqual("frame.number in {50, 52}", found["server_busy"]["filter"])
        shown = tshark(CAPTURES / "asmx.pcapng", "-Y", found["server_busy"]["filter"], "-T", "fields", "-e", "frame.number")
        self.assertEqual("50\n52\n", shown)

    def test_a_failure_that_passes_does_not_fail_a_client(self):
        totals, clients = diagnosis(CAPTURES / "content.pcapng")
        self.assertEqual((0, 1), (totals["failed"], totals["failures"]))
        self.assertIn("went_well_frame", clients[0]["causes"][0])

    def test_security(self):
        rules = {client["client"]: {cause["rule"] for cause in client["causes"]}
                 for client in diagnosis(CAPTURES / "security.pcapng")[1]}
        self.assertIn("serialized", rules["192.0.2.66"])
        self.assertNotIn("serialized", rules["192.0.2.20"])

    def test_two_computers_with_one_id(self):
        totals, _ = diagnosis(CAPTURES / "reports.pcapng")
        self.assertEqual(["cloned_id"], [cause["rule"] for cause in totals["causes"]])

    def test_a_filter_narrows_it(self):
        totals, _ = diagnosis(CAPTURES / "downloads.pcapng", "ip.addr == 192.0.2.21")
        self.assertEqual((1, 0), (totals["clients"], totals["failed"]))

    def test_a_wrong_filter_is_refused(self):
        with self.assertRaises(AssertionError):
            tshark(CAPTURES / "content.pcapng", "-q", "-z", "wsus,diagnosis,not a filter")


class Streams(unittest.TestCase):
    def test_follow_shows_what_was_compressed(self):
        shown = tshark(CAPTURES / "scan-xpress.pcapng", "-q", "-z", "follow,wsus,ascii,0")
        self.assertIn("Follow: wsus,ascii", shown)
        self.assertIn("<GetConfigResponse xmlns=", shown)
        self.assertIn("Content-Encoding: xpress", shown)


if __name__ == "__main__":
    unittest.main()
