"""What messages are taken to mean: twins that must read alike, faults, handshakes, downloads, findings, statistics.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import re
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from harness import CAPTURES, fields, own_captures, run, summary, tshark
from made import END, ENVELOPE, MadeCaptures, request, response
from test_golden import field_lines, ours

# What differs between two recordings of one exchange: frames, times, sizes of bodies, ids made by chance.
OF_THE_RECORDING = ("wsus.request_in", "wsus.response_in", "wsus.time", "wsus.metadata_in", "wsus.body.length",
                    "wsus.cookie.expir", "wsus.clock_skew", "wws.fault.id", "wsus.message_id", "wsus.relates_to")


def content(capture, leave_out):
    """The lines of the packet details of our protocols, over all frames."""
    document = tshark(CAPTURES / f"{capture}.pcapng", "-2", "-Y", "wsus || wws", "-T", "pdml")
    lines = []
    for packet in ElementTree.fromstring(document).findall("packet"):
        for protocol in ours(packet):
            lines.append(protocol.get("showname"))
            lines += [line for line in field_lines(protocol, 1) if not line.strip().startswith(leave_out)]
    return lines


class Twins(unittest.TestCase):
    maxDiff = None

    def test_compressed_answers_read_like_plain_ones(self):
        leave_out = (*OF_THE_RECORDING, "wsus.xpress")
        plain, compressed = content("scan-plain", leave_out), content("scan-xpress", leave_out)
        self.assertGreater(len(plain), 900)
        self.assertEqual(plain, compressed)

    def test_binary_messages_read_like_text(self):
        """SOAP 1.2 in both; the binary form has more calls before and behind those of the text."""
        leave_out = (*OF_THE_RECORDING, "wws.encoding")
        operations = {}
        for capture in ("wcf-soap12", "wcf-binary"):
            operations[capture] = {}
            for line in content(capture, leave_out):
                if not line.startswith(" ") and line.startswith("Windows Update, "):
                    key = (line, sum(1 for name, _ in operations[capture] if name == line))
                    operations[capture][key] = []
                operations[capture][key].append(line)
        text, binary = operations["wcf-soap12"], operations["wcf-binary"]
        self.assertGreater(len(text), 15)
        faults = 0
        for key, lines in text.items():
            twin = [candidate for (name, _), candidate in binary.items() if name == key[0] and candidate == lines]
            same_name = [candidate for (name, _), candidate in binary.items() if name == key[0]]
            self.assertTrue(twin, (key, lines, same_name[:1]))
            faults += any("wws.fault.code" in line for line in lines)
        self.assertGreaterEqual(faults, 5)

    def test_soap_11_as_text_and_soap_12_as_binary(self):
        """The recordings make the same calls: all the same but what the versions of SOAP have differently."""
        leave_out = (*OF_THE_RECORDING, "wws.encoding", "wws.fault.version", "wsus.soap_action", "wws.fault.code",
                     "wws.fault.subcode", "wws.fault.language", "wws.fault.action")
        text, binary = content("wcf-text", leave_out), content("wcf-binary", leave_out)
        self.assertGreater(len(text), 1000)
        self.assertEqual(text, binary)


class Faults(MadeCaptures):
    def derived(self, capture, display, *options):
        names = ["winerr.code", "winerr.derived", "winerr.symbol", "winerr.basis"]
        rows = fields(capture, names, *options, display=display)
        found = []
        for codes, derived, symbols, basis in rows:
            basis = iter(basis)  # only derived codes have one
            found.append([(symbol, next(basis)) for _, is_derived, symbol in zip(codes, derived, symbols)
                          if is_derived == "1"])
        return found

    def test_guesses_are_shown_only_on_demand(self):
        capture = CAPTURES / "status.pcapng"
        documented = [("WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL", "1")]
        self.assertEqual([documented], self.derived(capture, "frame.number == 81"))
        self.assertEqual([[("WS_E_ENDPOINT_NOT_AVAILABLE", "3")] + documented],
                         [sorted(codes) for codes in self.derived(capture, "frame.number == 81", "-o", "wsus.guesses:TRUE")])

    def test_only_the_last_refusal_of_a_handshake_is_an_error(self):
        """NTLM in three steps: asked, continued, let in; then one that is refused."""
        post = "POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: wsus.example.test\r\nUser-Agent: Windows-Update-Agent/10\r\n"
        body = ENVELOPE + "<GetConfig xmlns=\"http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService\"/>" + END
        rest = f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        challenge = "TlRMTVNTUAACAAAAAAAAADgAAAABAAAAAAAAAAAAAAAAAAAAAAAAAA=="
        negotiate = "TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA="
        authenticate = "TlRMTVNTUAADAAAAAAAAAEgAAAAAAAAASAAAAAAAAABIAAAAAAAAAEgAAAAAAAAASAAAAAAAAABIAAAAAAAAAA=="
        steps = [
            (post + rest).encode(), response("", "401 Unauthorized", extra="WWW-Authenticate: NTLM\r\n"),
            (f"{post}Authorization: NTLM {negotiate}\r\n" + rest).encode(),
            response("", "401 Unauthorized", extra=f"WWW-Authenticate: NTLM {challenge}\r\n"),
            (f"{post}Authorization: NTLM {authenticate}\r\n" + rest).encode(),
        ]
        let_in = self.capture(*steps, response(f"{ENVELOPE}<GetConfigResponse/>{END}"))
        self.assertEqual([], [row for row in fields(let_in, ["winerr.error"], "-2", display="winerr.error == 1")])
        infos = [info for _, info in summary(let_in, "-2").values()]
        self.assertIn("asks for authentication", infos[1])
        self.assertIn("authentication goes on", infos[3])
        refused = self.capture(*steps, response("", "401 Unauthorized", extra="WWW-Authenticate: NTLM\r\n"))
        self.assertEqual([["6"]], [row[0] for row in fields(refused, ["frame.number"], "-2", display="winerr.error == 1")])

    def test_requests_without_an_answer_are_flagged_on_the_second_pass(self):
        capture = self.capture(request(f"{ENVELOPE}<GetConfig/>{END}", operation="GetConfig"))
        self.assertEqual([], fields(capture, ["frame.number"], display="wsus.no_response == 1"))
        self.assertEqual([[["1"]]], fields(capture, ["frame.number"], "-2", display="wsus.no_response == 1"))


class Programs(unittest.TestCase):
    """Who asks, and for what: captures/made/programs.txt tells which frame is what."""

    maxDiff = None

    def answers(self, *options):
        """{frame: (service, operation, derived codes, whether any code is an error)} of all frames with answers. What the answer
        to a CONNECT says is said once more by the outcome of the connection."""
        names = ["frame.number", "wsus.service", "wsus.operation", "winerr.symbol", "winerr.derived", "winerr.error"]
        found = {}
        for number, service, operation, symbols, derived, errors in fields(
                CAPTURES / "programs.pcapng", names, *options, display="http.response"):
            codes = [symbol for symbol, is_derived in zip(symbols, derived) if is_derived == "1"]
            found[int(number[0])] = ("".join(dict.fromkeys(service)), "".join(dict.fromkeys(operation)),
                                     list(dict.fromkeys(codes)), "1" in errors)
        return found

    def test_paths_that_others_use_need_evidence(self):
        answers = self.answers()
        for frame in (2, 4, 6, 8):
            self.assertEqual(("", "", [], False), answers[frame], frame)
        for frame in (10, 12, 14):  # by the port, by the program, by what was seen on the connection
            self.assertEqual(("SelfUpdate", "SelfUpdate", ["WU_E_PT_HTTP_STATUS_NOT_FOUND"], True), answers[frame], frame)

    def test_nothing_is_derived_for_other_programs(self):
        answers = self.answers()
        self.assertEqual(("ClientWebService", "", [], True), answers[20])            # a scanner
        self.assertEqual(("ClientWebService", "GetConfig", [], True), answers[22])   # a script, with a fault
        self.assertEqual(("CertificateTrustList", "Download", [], True), answers[24])  # CryptoAPI
        self.assertEqual(("Connection", "Tunnel", [], True), answers[34])            # a tunnel of curl
        self.assertEqual(("", "", [], False), answers[36])                           # to a server of others
        self.assertEqual(("", "", [], False), answers[44])                           # WinRM by Python
        self.assertEqual(("", "", ["WS_E_ENDPOINT_FAULT_RECEIVED"], True), answers[46])  # by who knows whom

    def test_files_and_tunnels_of_the_agent(self):
        answers = self.answers()
        self.assertEqual(("Content", "AnonymousCheck", [], False), answers[16])
        self.assertEqual(("Content", "Download", ["ERROR_INVALID_OPERATION"], True), answers[18])
        self.assertEqual(("ServiceLocator", "Locate Windows Update",
                          ["WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL", "WU_E_REDIRECTOR_INVALID_RESPONSE"], True), answers[26])
        self.assertEqual(("TrafficShaping", "ContentRegulation", ["WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL"], True), answers[28])
        self.assertEqual(("DeliveryOptimization", "Download", ["HTTP_E_STATUS_SERVER_ERROR"], True), answers[30])
        self.assertEqual(("Connection", "Tunnel", ["WU_E_PT_HTTP_STATUS_FORBIDDEN"], True), answers[32])

    def test_a_password_that_was_given(self):
        """The proxy asks, the client goes on; then it asks again and nothing follows."""
        self.assertEqual([True, False, True], [self.answers()[frame][3] for frame in (38, 40, 42)])
        self.assertEqual([False, False, True], [self.answers("-2")[frame][3] for frame in (38, 40, 42)])
        rows = fields(CAPTURES / "programs.pcapng", ["frame.number", "wsus.authentication.continued_in"], "-2",
                      display="wsus.status_code == 407")
        self.assertEqual([[["38"], ["39"]], [["42"], []]], rows)


class Downloads(unittest.TestCase):
    def test_a_download_names_the_update(self):
        rows = fields(CAPTURES / "downloads.pcapng", ["frame.number", "wsus.update.kb", "wsus.range.first", "wsus.range.last",
                                                      "wsus.range.total", "wsus.metadata_in"],
                      display="wsus.operation == Download && frame.number <= 12")
        self.assertEqual([["5"], ["5099001"], ["2000"], ["2499"], [], ["4"]], rows[0])
        self.assertEqual([["7"], ["5099001"], ["2000"], ["2499"], ["2500"], ["4"]], rows[2])
        self.assertEqual([["12"], ["5099002"], ["0"], ["699"], ["700"], ["4"]], rows[7])

    def test_what_the_download_service_reports_is_derived(self):
        rows = fields(CAPTURES / "downloads.pcapng", ["winerr.symbol", "winerr.derived"], display="frame.number == 14")
        self.assertEqual([[["HTTP_STATUS_NOT_FOUND", "WU_E_PT_HTTP_STATUS_NOT_FOUND", "HTTP_E_STATUS_NOT_FOUND"],
                           ["0", "1", "1"]]], rows)

    def test_scan_and_download_share_a_correlation_vector(self):
        rows = fields(CAPTURES / "downloads.pcapng", ["wsus.correlation_base"], display="wsus.correlation_base")
        bases = {value for row in rows for value in row[0]}
        self.assertTrue(bases)
        for base in bases:
            self.assertRegex(base, r"^[A-Za-z0-9+/]{16,22}$")
            self.assertTrue(fields(CAPTURES / "downloads.pcapng", ["frame.number"], display=f'wsus.correlation_base == "{base}"'))


class Findings(unittest.TestCase):
    maxDiff = None

    # (finding): capture and frames; in no other frame of any sample does it fire
    EXPECTED = {
        "Serialized .NET object in a report event": {"security": [2, 5]},
        "Server event namespace used by a client": {"security": [2, 8]},
        "Download host is not the update server": {"downloads": [4, 20, 21], "ipv6-port": [22], "tls": [28]},
        "Digest does not match the URL": {"downloads": [4]},
        "Program that runs other programs as installer": {"downloads": [4, 18, 19, 22, 23], "rogue": [27, 28, 29]},
        "Update metadata over clear text HTTP": {
            "asmx": [19, 22, 77], "asmx-gzip": [18, 20], "cloud": [10], "downloads": [4],
            "http2-streams": [228], "inject": [3, 5, 8, 14, 16, 18, 20], "ipv6-port": [19, 22], "patterns": [40, 45], "pipeline": [14], "rogue": [24, 27, 31, 33],
            "scan-plain": [31, 39, 49, 55],
            "scan-xpress": [22, 29, 39, 43], "server-sync": [24, 32],
            "wcf-binary": [24, 29, 44, 54], "wcf-soap12": [27, 34], "wcf-text": [24, 30, 46, 57], "xpress-blocks": [20]},
        "Accept-Encoding of the request was changed": {"asmx-gzip": [4, 8, 11, 14, 17, 19, 21, 27], "inject": [2], "security": [16]},
        "Installer arguments of Sysinternals tools": {"downloads": [4], "inject": [8, 9, 10, 16], "rogue": [27]},
        "Installer is started with arguments": {"downloads": [4], "inject": [8, 16, 20], "rogue": [27, 33], "scan-plain": [55], "scan-xpress": [43]},
        "File of the update server where WSUS has none": {"inject": [16], "rogue": [27], "xpress-damaged": [46]},
        "Authorization plug-in Anonymous": {"inject": [12], "rogue": [21]},
        "Update ids that public injection tools give": {"inject": [5, 14], "rogue": [24]},
    }

    def test_findings_fire_where_they_should_and_nowhere_else(self):
        found = {}
        for capture in own_captures():
            output = tshark(capture, "-Y", "wsus.finding", "-T", "pdml", "-2")
            for packet in ElementTree.fromstring(output).findall("packet"):
                number = int(packet.find(".//field[@name='frame.number']").get("show"))
                names = {re.sub(r"^Finding: | \(\d+\)$", "", field.get("showname"))
                         for field in packet.iter("field") if field.get("name") == "wsus.finding"}
                for name in names:
                    found.setdefault(name, {}).setdefault(capture.stem, []).append(number)
        self.assertEqual(self.EXPECTED, found)

    def test_a_preference_mutes_them(self):
        for display in ("wsus.finding", "_ws.expert.group == \"Security\""):
            self.assertTrue(fields(CAPTURES / "security.pcapng", ["frame.number"], display=display))
            self.assertEqual([], fields(CAPTURES / "security.pcapng", ["frame.number"], "-o", "wsus.findings:FALSE",
                                        display=display))


class Statistics(unittest.TestCase):
    maxDiff = None

    def counts(self, capture, tree):
        """(level, name, count) of every node of a statistics tree."""
        output = tshark(CAPTURES / f"{capture}.pcapng", "-q", "-z", f"{tree},tree")
        rows = [re.match(r"( *)(.*?) {2,}(\d+) ", line) for line in output.splitlines()]
        return [(len(row[1]), row[2], int(row[3])) for row in rows if row]

    def test_operations_and_outcomes(self):
        self.assertEqual(
            [(0, "Windows Update messages", 10), (1, "ClientWebService", 8),
             (2, "SyncUpdates", 4), (3, "Request", 2), (3, "Success", 1), (3, "Recovery", 1), (4, "InvalidCookie", 1),
             (2, "RegisterComputer", 2), (3, "Success", 1), (3, "Request", 1),
             (2, "GetCookie", 2), (3, "Success", 1), (3, "Request", 1),
             (1, "ServerSyncWebService", 2),
             (2, "GetCookie", 2), (3, "Request", 1), (3, "Fault", 1), (4, "IncompatibleProtocolVersion", 1)],
            self.counts("pipeline", "wsus"))

    def test_connections_are_no_messages(self):
        """Messages are those that fields find; outcomes of connections have a root of their own, which is absent without any."""
        counted = self.counts("connections", "wsus")
        roots = {name: number for level, name, number in counted if level == 0}
        messages = sum(len(row[0]) for row in fields(CAPTURES / "connections.pcapng", ["wsus.message"], display="wsus.message"))
        self.assertEqual({"Windows Update messages": messages, "Outcomes of connections": 31}, roots)
        phases = counted[counted.index((0, "Outcomes of connections", 31)):]
        self.assertEqual({(1, "Exchange", 10), (1, "Secure", 9), (1, "Resolve", 5), (1, "Connect", 5), (1, "Tunnel", 2)},
                         {row for row in phases if row[0] == 1})
        self.assertIn((2, "Ended well, not read", 1), phases)
        self.assertIn((3, "TLS closed", 5), phases)
        self.assertEqual(["Windows Update messages"], [name for level, name, _ in self.counts("pipeline", "wsus") if level == 0])

    def test_errors_by_family_and_place(self):
        self.assertEqual(
            [(0, "Windows error codes", 1), (1, "HTTP", 1), (2, "500 HTTP_STATUS_SERVER_ERROR", 1),
             (3, "HTTP status (on the wire)", 1)],
            self.counts("pipeline", "wsus_errors"))

    def test_clients_one_line_each(self):
        lines = [line.split("|") for line in tshark(CAPTURES / "reports.pcapng", "-q", "-z", "wsus,clients").splitlines()]
        rows = {row[0].strip(): [cell.strip() for cell in row[1:10]] for row in lines if row[0].startswith("192.")}
        self.assertEqual(["192.0.2.20", "192.0.2.21"], sorted(rows))
        self.assertEqual(["desk8.example.test", "1508.2602.11032.0", "5", "0", "0", "0", "1", "46",
                          "scan failed, 0x8024402C WU_E_PT_WINHTTP_NAME_NOT_RESOLVED"], rows["192.0.2.21"])

    def test_response_times(self):
        output = tshark(CAPTURES / "scan-xpress.pcapng", "-q", "-z", "wsus,srt")
        row = next(line for line in output.splitlines() if "SyncUpdates" in line).split()
        self.assertEqual(["35", "SyncUpdates", "3", "0.054850", "0.140000", "0.089890", "0.269670"], row)
        times = fields(CAPTURES / "scan-xpress.pcapng", ["wsus.time"],
                       display='wsus.operation == "SyncUpdates" && wsus.message == 2')
        self.assertEqual([0.05485, 0.07482, 0.14], sorted(round(float(row[0][0]), 5) for row in times))

    def test_columns_of_response_times(self):
        """A table for each service, whose rows stand below its heading."""
        tables, table = {}, None
        for line in tshark(CAPTURES / "server-sync.pcapng", "-q", "-z", "wsus,srt").splitlines():
            heading = re.fullmatch(r"Index  (.{22}) Calls    Min SRT    Max SRT    Avg SRT    Sum SRT", line)
            row = re.fullmatch(r" *(\d+)  (.{22}) +(\d+)( +\d+\.\d{6}){4}", line)
            if heading:
                table = tables.setdefault(heading[1].strip(), {})
            elif line.strip() and not line.startswith(("=", "WSUS SRT", "Filter: ")):
                self.assertTrue(row, line)
                self.assertEqual(80, len(line), line)
                table[int(row[1])] = row[2].strip(), int(row[3])
        self.assertEqual(("GetCookie", 2), tables["ServerSyncWebService"][8])
        self.assertEqual(("GetRelatedRevisionsF..", 1), tables["ServerSyncWebService"][16])
        self.assertEqual({3: ("GetAuthorizationCookie", 1)}, tables["DssAuthWebService"])
        self.assertEqual(("ApiRemoting", 4), tables["Other, by service"][42])
        self.assertNotIn("ClientWebService", tables)

    def bodies(self, capture):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o777)
            run("tshark", "-q", "-r", CAPTURES / capture, "--export-objects", f"wsus,{folder}/bodies")
            return {path.name: path.read_bytes() for path in Path(folder, "bodies").iterdir()}

    def test_binary_bodies_are_written_as_xml(self):
        """The envelope, and the body of the same call as text, element by element."""
        text = ElementTree.fromstring(self.bodies("wcf-soap12.pcapng")["SyncUpdates-response-27.xml"])
        binary = ElementTree.fromstring(self.bodies("wcf-binary.pcapng")["SyncUpdates-response-24.xml"])
        envelope = "{http://www.w3.org/2003/05/soap-envelope}"
        for document in (text, binary):
            self.assertEqual(envelope + "Envelope", document.tag)
        elements = [[(e.tag, (e.text or "").strip()) for e in document.find(envelope + "Body").iter()
                     if not e.tag.endswith("}Expiration")] for document in (text, binary)]
        self.assertGreater(len(elements[0]), 20)
        self.assertEqual(*elements)

    def test_bodies_as_files(self):
        files = self.bodies("scan-xpress.pcapng")
        messages = fields(CAPTURES / "scan-xpress.pcapng", ["frame.number"], display="wsus.body.length > 0")
        self.assertEqual(len(messages), len(files))
        body = files["GetConfig-response-3.xml"]
        self.assertTrue(body.startswith(b"<s:Envelope"))
        self.assertTrue(body.endswith(b"</s:Envelope>"))


if __name__ == "__main__":
    unittest.main()
