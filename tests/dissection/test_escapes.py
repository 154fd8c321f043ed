"""Characters that formats escape, in a text of the wire: every way to print it gives the same text, escaped as that format says
and no more.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import base64
import json
import xml.etree.ElementTree
import xml.sax.saxutils

from harness import fields, flatten, json_packets, tree, tshark
from made import END, ENVELOPE, NAMESPACE, MadeCaptures, request, response

TITLE = '2026-03\\ Cumulative\\ Update "for" C:\\new\\table, \'x64\'; <KB5099001> & 100 %s é'
AGENT = TITLE[:TITLE.index("C:")]
DIGEST = bytes(range(20))
ID = "11111111-2222-3333-4444-555555555555"
MESSAGES = [
    request(f'{ENVELOPE}<SyncUpdates xmlns="{NAMESPACE}"></SyncUpdates>{END}'),
    response(f'{ENVELOPE}<SyncUpdatesResponse xmlns="{NAMESPACE}"><SyncUpdatesResult><NewUpdates><UpdateInfo><ID>1</ID><IsLeaf>true'
             '</IsLeaf><Xml>' + xml.sax.saxutils.escape(f'<UpdateIdentity UpdateID="{ID}" RevisionNumber="200" />') +
             '</Xml></UpdateInfo></NewUpdates><Truncated>false</Truncated></SyncUpdatesResult></SyncUpdatesResponse>' + END),
    request(f'{ENVELOPE}<GetExtendedUpdateInfo xmlns="{NAMESPACE}"></GetExtendedUpdateInfo>{END}', operation="GetExtendedUpdateInfo",
            extra=f"User-Agent: {AGENT}\r\n"),
    response(f'{ENVELOPE}<GetExtendedUpdateInfoResponse xmlns="{NAMESPACE}"><GetExtendedUpdateInfoResult><Updates><Update><ID>1</ID><Xml>' +
             xml.sax.saxutils.escape(f"<LocalizedProperties><Language>en</Language><Title>{xml.sax.saxutils.escape(TITLE)}</Title>"
                                     "</LocalizedProperties>") +
             "</Xml></Update><Update><ID>1</ID><Xml>" +
             xml.sax.saxutils.escape(f'<Files><File Digest="{base64.b64encode(DIGEST).decode()}" DigestAlgorithm="SHA1" FileName="a.cab" '
                                     'Size="4" /></Files>') +
             "</Xml></Update></Updates></GetExtendedUpdateInfoResult></GetExtendedUpdateInfoResponse>" + END),
    f"GET /Content/13/{DIGEST.hex().upper()}.cab HTTP/1.1\r\nHost: wsus.example.test:8530\r\n\r\n".encode(),
    response("MSCF", kind="application/octet-stream"),
]
NAME = "wsus.update.title"
TOLD = f"{NAME} && frame.number == 4"


class Escapes(MadeCaptures):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.made = self.capture(*MESSAGES)

    def test_fields(self):
        """-T fields of 4.4 doubles backslashes, whatever -E escape says: those of ours as those of stock Wireshark, and nothing else."""
        ((value,),) = fields(self.made, [NAME], display=TOLD)
        ((stock,),) = fields(self.made, ["http.user_agent"], display="http.user_agent")
        self.assertEqual([TITLE], value if stock == [AGENT] else [value[0].replace("\\\\", "\\")])
        self.assertIn(stock, ([AGENT], [AGENT.replace("\\", "\\\\")]))
        self.assertEqual(stock[0], value[0][:len(stock[0])])

    def test_json_ek_and_pdml(self):
        self.assertEqual([(NAME, TITLE)], flatten(json_packets(tshark(self.made, "-Y", TOLD, "-T", "json"))[0], {NAME}))
        packet = json.loads(tshark(self.made, "-Y", TOLD, "-T", "ek").splitlines()[1])
        self.assertEqual(TITLE, packet["layers"]["wsus"]["wsus_wsus_update_title"])
        page = xml.etree.ElementTree.fromstring(tshark(self.made, "-Y", TOLD, "-T", "pdml"))
        self.assertEqual([TITLE], [field.get("show") for field in page.iter("field") if field.get("name") == NAME])

    def test_details_and_columns(self):
        details = tree(self.made, TOLD)
        self.assertEqual([TITLE], [line.split(": ", 1)[1] for line in details if line.lstrip().startswith("Title: ")])
        self.assertEqual(f"{TITLE}\n", tshark(self.made, "-Y", TOLD, "-o", f'gui.column.format:"T","%Cus:{NAME}"'))

    def test_records_and_updates(self):
        records = [json.loads(line) for line in tshark(self.made, "-q", "-z", "wsus,records").splitlines()]
        self.assertEqual(["", "", TITLE], [record["title"] for record in records])
        updates = [json.loads(line) for line in tshark(self.made, "-q", "-z", "wsus,updates").splitlines()]
        self.assertEqual([TITLE], [update["title"] for update in updates if update["type"] == "update"])

    def test_what_filters_find(self):
        quoted = TITLE.replace("\\", "\\\\").replace('"', '\\"')
        self.assertEqual(1, len(fields(self.made, ["frame.number"], display=f'frame.number == 4 && {NAME} == "{quoted}"')))
        self.assertEqual(1, len(fields(self.made, ["frame.number"], display=f'frame.number == 4 && {NAME} contains "03\\\\ Cumulative\\\\ Upd"')))
        self.assertEqual([], fields(self.made, ["frame.number"], display=f'frame.number == 4 && {NAME} contains "03\\\\\\\\ Cumulative"'))
