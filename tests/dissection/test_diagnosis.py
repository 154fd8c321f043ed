"""The diagnosis against what the captures hold: each failure of theirs, counted once, and no other.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import functools
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
    """Sums of -z wsus,tree by the name of a node. In two passes: only then it is known of a question for a password that the client
    gave one."""
    sums = {}
    for line in tshark(capture, "-2", "-q", "-z", "wsus,tree").splitlines():
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
        self.assertEqual("192.0.2.20: failed at SyncUpdates: UpdatesOnHoliday, 0x80244007", first[2])
        lines = text(CAPTURES / "server-sync.pcapng").splitlines()
        self.assertTrue(lines[0].startswith("2 of 3 clients failed: "), lines[0])
        self.assertEqual(["  192.0.2.40 (dss.example.test, desk7.example.test): GetUpdateData:",
                          "      InternalServerError, 500 HTTP_STATUS_SERVER_ERROR, server", "      wsus.example.test:8530",
                          "    why         The server failed while it worked on the call. (documented)",
                          "    code        500 HTTP_STATUS_SERVER_ERROR: The server failed while it",
                          "                processed the request. (stands in the capture)",
                          "    check       SoftwareDistribution.log of the server at this time (the fault's",
                          "                ID stands there), its database and disk space."], lines[1:9])

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


class Patterns(unittest.TestCase):
    """Captures of patterns: a client for each pattern, and others beside it that are well."""

    @classmethod
    def setUpClass(cls):
        cls.found = {}
        for name in ("patterns", "rogue", "searches", "inject"):
            totals, clients = diagnosis(CAPTURES / f"{name}.pcapng")
            cls.found[name] = {client["client"]: client["causes"] for client in clients}
            cls.found[name]["all"] = totals["causes"]

    def check(self, capture, client, *expected):
        """rule, detail, count, frames: of all causes of a client."""
        self.assertEqual(list(expected), [(cause["rule"], cause["detail"], cause["count"], cause["frames"])
                                          for cause in self.found[capture][client]])

    def test_of_one_client_or_all(self):
        check = functools.partial(self.check, "patterns")
        check("192.0.2.20")  # a search from end to end
        check("192.0.2.21")
        check("192.0.2.22")
        check("192.0.2.23", ("several_ids", "desk3.example.test: bb3f4e25-dc49-47a9-a1a3-99773a3f5258, "
                                            "e8e9b45a-3611-47fa-b1ed-676610d6355c", 1, [13, 15]))
        check("192.0.2.24", ("dual_scan", "", 1, [17, 19]))
        check("192.0.2.25", ("wrong_port", "HTTP 404", 1, [21, 22]), ("plain_on_tls_port_status", "HTTP 400", 1, [23, 24]))
        check("192.0.2.26", ("loop_cookie", "InvalidCookie", 3, [26, 30, 33, 34]))
        check("192.0.2.27", ("cookie_expired", "", 1, [35]), ("clock_skew", "the client is 30 minutes behind", 1, [37, 38]))
        check("192.0.2.28", ("no_metadata", "", 1, [40]))
        check("192.0.2.29", ("config_incomplete", "no authorization plug-in, no MaxExtendedUpdatesPerRequest", 1, [41, 42]))
        check("192.0.2.30", ("file_gone", "HTTP 404, gone.cab", 1, [48, 49]),
              ("file_forbidden_offered", "HTTP 403, barred.cab", 1, [50, 51]),
              ("file_size", "grown.cab: 512 bytes, the metadata says 400", 1, [52, 53]),
              ("file_digest", "other_1abc6aeb6673ebafe64c2b457b2481433f80a612.cab: ETag b07f17c2008778267c7c68f2c684881ee0eb4167",
               1, [54, 55]))
        check("192.0.2.31", ("installed_ids", "InvalidParameters (parameters.InstalledNonLeafUpdateIDs)", 1, [58, 59]),
              ("cached_ids", "InvalidParameters (parameters.OtherCachedUpdateIDs)", 1, [60, 61]))
        for client, frames in (("192.0.2.32", [62, 63]), ("192.0.2.33", [64, 65]), ("192.0.2.34", [66, 67])):
            check(client, ("unavailable", "HTTP 503", 1, frames))
        check("192.0.2.35")  # slow, and that is said of its server
        check("192.0.2.36", ("via", "1.1 filter.example.test", 1, [76, 77]), ("not_soap", "Not SOAP", 1, [76, 77]))
        check("192.0.2.37", ("setup_rollback", "installation failed: 2026 Feature Update for Example System", 1, [79]),
              ("report_refused", "", 1, [79, 80]))
        self.assertEqual([("cloned_id", [9, 11]), ("server_trouble", [63, 65, 66, 67]), ("other_server", [2, 76, 77]),
                          ("server_slow", [73])], [(cause["rule"], cause["frames"]) for cause in self.found["patterns"]["all"]])

    def test_codes_and_what_they_are_from(self):
        setup = self.found["patterns"]["192.0.2.37"][0]
        self.assertEqual(("0xC1900101", "wire", "0x20017", "SAFE_OS", "BOOT", "install"),
                         tuple(setup[key] for key in ("code", "code_basis", "extend_code", "setup_phase", "setup_operation", "step")))
        page = self.found["patterns"]["192.0.2.36"][1]
        self.assertEqual(("0x80240439", "inferred", "the answer is an HTML page"),
                         tuple(page[key] for key in ("code", "code_basis", "seen")))
        self.assertEqual("slow: 12.3 s on average of 3, 14.0 s at most",
                         next(cause["what"] for cause in self.found["patterns"]["all"] if cause["rule"] == "server_slow").split(": ", 1)[1])

    def test_calls_of_exploits(self):
        self.check("rogue", "192.0.2.66", ("exploit_order", "2107469e-01b7-4b1b-a0c1-bc6ae4c53891", 1, [2, 3, 8, 12]),
                   ("auth_cookie", "3000 bytes; those issued have 496", 1, [8]),
                   ("auth_cookie", "2048 bytes; those issued have 496", 1, [12]))
        self.check("rogue", "192.0.2.40")  # a downstream server that does the same with what it was given

    def test_injected_updates(self):
        self.assertEqual(["injected"], [cause["rule"] for cause in self.found["rogue"]["all"]])
        cause = self.found["rogue"]["all"][0]
        self.assertEqual(("192.0.2.7:8530", "warning", [21, 24, 27, 29], "inferred"),
                         tuple(cause[key] for key in ("server", "weight", "frames", "basis")))
        self.assertEqual("revision ids of the tools, files where WSUS has none, a program that runs others, arguments of Sysinternals tools, "
                         "plug-in Anonymous, indented answers, no ranges, cookies of 47 bytes", cause["detail"])
        self.assertEqual({"program_runner", "tool_arguments", "plugin_anonymous", "tool_ids", "outside_content"},
                         {cause["rule"] for cause in self.found["rogue"]["192.0.2.20"]})
        self.check("rogue", "192.0.2.21")  # such ids, such a revision number and an installer with arguments, from WSUS

    def test_searches(self):
        check = functools.partial(self.check, "searches")
        for well in ("192.0.2.20", "192.0.2.26", "192.0.2.30", "192.0.2.31"):
            check(well)
        check("192.0.2.21", ("trips_near", "161 rounds", 1, [321, 641]))
        check("192.0.2.22", ("trips_over", "200 rounds", 1, [643, 1041]))
        check("192.0.2.23", ("reported_trips", "scan failed: update 48212120-fe80-4b4e-8dd7-8298a7444fcf", 1, [1047]))
        check("192.0.2.24", ("no_more_rounds", "", 1, [1050]))
        check("192.0.2.25", ("loop_config", "ConfigChanged", 3, [1052, 1056, 1059, 1060]))
        check("192.0.2.27", ("cookie_born_expired", "", 1, [1067, 1068]))
        check("192.0.2.28", ("driver_ids", "InvalidParameters (parameters.CachedDriverIDs)", 1, [1071, 1072]))
        check("192.0.2.29", ("loop_authorization", "InvalidAuthorizationCookie", 3, [1074, 1078, 1081, 1082]))
        check("192.0.2.32", ("loop_registration", "RegistrationRequired", 3, [1090, 1094, 1097, 1098]))
        check("192.0.2.33", ("loop_locations", "FileLocationChanged", 3, [1100, 1104, 1107, 1108]))
        check("all", ("server_slowing", "0.2 s on average at first, 3.0 s in the end", 1, [1110, 1142, 1170]))

    def test_a_report_of_too_many_rounds_is_part_of_them(self):
        over, told = (self.found["searches"][client][0] for client in ("192.0.2.22", "192.0.2.23"))
        self.assertEqual(("0x80244010", "documented", 1044), tuple(over[key] for key in ("code", "code_basis", "reported_frame")))
        self.assertEqual(("0x80244010", "wire", "SyncUpdates"), tuple(told[key] for key in ("code", "code_basis", "step")))

    def test_variants_of_injected_updates(self):
        check = functools.partial(self.check, "inject")
        check("192.0.2.20", ("tool_ids", "", 1, [1, 5]), ("tool_arguments", "", 1, [6, 8]),
              ("tool_arguments", "Windows-KB890830-V5.22.exe", 2, [9, 10]))
        check("192.0.2.8", ("accept_encoding", "", 1, [2]))
        check("192.0.2.21", ("plugin_anonymous", "", 1, [11, 12]), ("tool_ids", "", 1, [13, 14]), ("tool_arguments", "", 1, [15, 16]),
              ("outside_content", "", 1, [15, 16]))
        check("192.0.2.22")  # published by a company itself: always installable, with arguments and such a revision number
        self.assertEqual({
            ("192.0.2.7:8530", "revision ids of the tools, files where WSUS has none, arguments of Sysinternals tools, plug-in Anonymous"),
            ("wsus.example.test:8530", "revision ids of the tools, arguments of Sysinternals tools, a changed Accept-Encoding, no ranges")},
            {(cause["server"], cause["detail"]) for cause in self.found["inject"]["all"] if cause["rule"] == "injected"})

    def test_variants_of_exploits(self):
        check = functools.partial(self.check, "inject")
        server, second = "2107469e-01b7-4b1b-a0c1-bc6ae4c53891", "7f8925a7-c61c-41e7-bd42-1ed6f704e639"
        check("192.0.2.40")  # a downstream server, which asks first
        check("192.0.2.66", ("exploit_order", server, 1, [24, 27]))
        check("192.0.2.67", ("exploit_order", server, 1, [24, 29]))  # has the id from elsewhere
        check("192.0.2.68", ("exploit_order", second, 1, [31, 34]))  # the other way round
        check("192.0.2.69", ("auth_plugin", "ExampleTargeting; the server names SimpleTargeting", 1, [36, 37]))
        check("192.0.2.70", ("auth_cookie", "6000 bytes; those issued have 496", 1, [47]))
        check("192.0.2.71")  # issued before the capture; and none

    def test_nothing_failed_where_something_deserves_a_look(self):
        lines = text(CAPTURES / "rogue.pcapng").splitlines()
        self.assertEqual("No failure: 4 clients, 14 requests, 14 responses; 7 warnings; 3 notes.", lines[0])
        self.assertIn("192.0.2.66 (host): no failure, 3 warnings", lines)

    def test_the_first_screen(self):
        """Who, where, why, and what to check: in the first 24 lines of 80 columns, what most clients failed of first."""
        lines = text(CAPTURES / "patterns.pcapng").splitlines()[:24]
        self.assertEqual(["9 of 18 clients failed: 39 requests, 39 responses; 13 causes of failure; 8", "    warnings; 5 notes.",
                          "  192.0.2.32, 192.0.2.33, 192.0.2.34: SyncUpdates: HTTP 503, 0x80244022",
                          "      WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL, server 192.0.2.2:8530",
                          "    why         The service is not available: the application pool is stopped,"], lines[:5])
        self.assertIn("  192.0.2.25: GetConfig: HTTP 404, 0x80244019 WU_E_PT_HTTP_STATUS_NOT_FOUND,", lines)
        self.assertIn("    check       The policy should name the port: http://SERVER:8530 or", lines)

    def test_lines_fit_a_screen(self):
        for capture in own_captures():
            # a word that is longer than a line has a line of its own
            long = [line for line in text(capture).splitlines() if len(line) > 80 and " " in line.strip()]
            self.assertEqual([], long, capture.stem)


class Streams(unittest.TestCase):
    def test_follow_shows_what_was_compressed(self):
        shown = tshark(CAPTURES / "scan-xpress.pcapng", "-q", "-z", "follow,wsus,ascii,0")
        self.assertIn("Follow: wsus,ascii", shown)
        self.assertIn("<GetConfigResponse xmlns=", shown)
        self.assertIn("Content-Encoding: xpress", shown)


if __name__ == "__main__":
    unittest.main()
