"""captures/decode --html, in a real browser: it opens from disk without a word on the console, its numbers are those of the records,
texts of the wire do nothing, and many clients do not keep anybody waiting.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import re
import subprocess
import sys
import time
import unittest

from browser import chromium, opened, parsed, with_script
from harness import CAPTURES, REPO, own_captures, tshark
from made import END, ENVELOPE, NAMESPACE, MadeCaptures, request, response

sys.path.append(str(REPO / "captures" / "decoder"))

import outputs  # noqa: E402
import page as maker  # noqa: E402
import totals  # noqa: E402

DECODE = REPO / "captures" / "decode"
EVIL = "<script>document.title=1</script>\"'><img src=x onerror=alert(1)>\u202egnp.exe"


def decode(*arguments, **more):
    done = subprocess.run([DECODE, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, check=False, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def is_network(attributes):
    """Whether an element would load something."""
    for name in ("src", "href", "srcset", "data", "action", "poster", "xlink:href"):
        if not attributes.get(name, "#").startswith("#"):
            return True
    return "url(" in attributes.get("style", "")


class Page(MadeCaptures):
    maxDiff = None

    def page(self, *captures, name="page.html"):
        path = self.folder / name
        status, output, _ = decode("--html", path, *captures)
        self.assertEqual((0, f"{path}: ", 1), (status, output[:len(str(path)) + 2], len(output.splitlines())))
        path.chmod(0o644)
        return path

    def test_the_numbers_are_those_of_the_records(self):
        """Sums, codes, and each client of every sample capture, in the browser."""
        captures = [capture for capture in own_captures() if capture.name != "other.pcapng"]
        root, console = opened(self.page(*captures))
        self.assertEqual([], console)
        sums = json.loads(decode("--json", "--summary-only", *captures)[1])["summary"]
        self.assertEqual({name: sums[name] for name in totals.NUMBERS},
                         {each.attributes["data-number"]: int(each.text()) for each in root.all("b", data_number=True)})
        codes = {(row.children[0].text(), row.attributes["data-code"]): int(row.children[2].text())
                 for row in root.all("tr", data_code=True)}
        self.assertEqual({(family, name): number for family, found in sums["families"].items() for name, number in found.items()},
                         codes)
        failed = {}
        for row in root.all("tr", data_client=True):
            numbers = [int(cell.text()) for cell in row.children[4:8]]
            failed[row.attributes["data-client"]] = [a + b for a, b in zip(failed.get(row.attributes["data-client"], [0] * 4), numbers)]
        self.assertEqual(sums["exchanges"], sum(numbers[0] for numbers in failed.values()))
        for address, client in sums["clients"].items():
            self.assertEqual([sum(client[kind].values()) for kind in totals.KINDS], failed[address][1:], address)
        bad = {client["client"] for each in sums["diagnosis"] for client in each["of_clients"] if client["failed"]}
        shown = {row.attributes["data-client"] for row in root.all("tr", data_client=True) if row.children[1].text() == "failed"}
        self.assertLessEqual(bad, shown)
        self.assertGreater(len(bad), 8)

    def test_every_failure_is_there_with_its_frames(self):
        capture = CAPTURES / "downloads.pcapng"
        root, _ = opened(self.page(capture))
        found = json.loads(decode("--json", "--summary-only", capture)[1])["summary"]["diagnosis"][0]
        section = root.one("section", id="diagnosis")
        filters = [button.attributes["data-filter"] for button in section.all("button", data_filter=True)]
        for client in found["of_clients"]:
            for cause in client["causes"]:
                self.assertIn(cause["filter"], filters)
                self.assertIn(cause["what"], section.text())
                self.assertIn(cause["check"], section.text())
        self.assertEqual("2 of 3 clients failed, 8 causes; 8 warnings, 2 notes",
                         section.all("p", **{"class": "headline"})[0].text())
        every = sorted({button.attributes["data-filter"] for button in root.all("button", data_filter=True)})
        for display in every[::8] + [every[-1]]:
            self.assertNotEqual("", tshark(capture, "-Y", display), display)

    def test_the_table_of_clients_says_where_each_failed(self):
        """What the diagnosis says of its first failure, and the code; what was seen of a connection stands in its cause."""
        captures = [CAPTURES / f"{name}.pcapng" for name in ("patterns", "connections")]
        root, _ = opened(self.page(*captures))
        summary = json.loads(decode("--json", "--summary-only", *captures)[1])["summary"]
        expected = {}
        for client in (client for each in summary["diagnosis"] for client in each["of_clients"] if client["failed"]):
            first = next(cause for cause in client["causes"] if cause["stops"])
            code = f"{first['code']} {first['symbol']}" if "code" in first else ""
            expected[client["client"]] = (first["what"].removesuffix(f", {code}"), code)
        self.assertEqual("SyncUpdates: cookies refused again and again: InvalidCookie", expected["192.0.2.26"][0])
        self.assertEqual(expected, {row.attributes["data-client"]: (row.children[2].text(), row.children[3].text())
                                    for row in root.all("tr", data_client=True) if row.children[1].text() == "failed"})
        self.assertIn("Seen: the SYN was answered by RST.", root.one("section", id="diagnosis").text())

    def test_updates(self):
        """Offered by -z wsus,updates, fetched and failed by the records."""
        capture = CAPTURES / "downloads.pcapng"
        known = [json.loads(line) for line in tshark(capture, "-q", "-z", "wsus,updates").splitlines()]
        self.assertIn({"type": "update", "server": "192.0.2.1", "revision": "2002", "update": "", "kb": "5099002", "frame": 4,
                       "title": "Definitions for Example Shield, version 1.21.3 (KB5099002)"}, known)
        records = [json.loads(line) for line in decode("--json", "--no-summary", capture)[1].splitlines()]
        table = opened(self.page(capture))[0].one("table", id="update-table")
        rows = table.all("tbody")[0].all("tr")
        self.assertEqual(sum(bool(record["fetched"]) and record["outcome"] == "success" for record in records),
                         sum(int(row.children[4].text()) for row in rows))
        self.assertEqual(sum(bool(record["fetched"]) and record["outcome"] == "http error" for record in records),
                         sum(int(row.children[5].text()) for row in rows))
        titles = {update["title"] for update in known if update["title"]}
        self.assertLessEqual(titles, {row.children[0].text() for row in rows})
        self.assertGreater(len(titles), 2)

    def test_nothing_is_loaded(self):
        """No element, style or script names another place; and the policy would not let it."""
        path = self.page(CAPTURES / "reports.pcapng")
        root, console = opened(path)
        self.assertEqual([], console)
        self.assertEqual([], [each.attributes for each in root.all() if is_network(each.attributes)])
        text = path.read_text(encoding="utf-8")
        self.assertNotIn("@import", text)
        policy = root.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
        self.assertRegex(policy, r"^default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[A-Za-z0-9+/=]+'; base-uri 'none'; "
                                 r"form-action 'none'$")
        blocked = self.folder / "blocked.html"
        blocked.write_text(text.replace("</body>", "<img src='http://192.0.2.1/x.png'><script>document.title = 'ran'</script></body>"),
                           encoding="utf-8")
        blocked.chmod(0o644)
        root, console = opened(blocked)
        self.assertEqual(2, len(console), console)
        self.assertNotIn("ran", root.all("title")[0].text())

    def test_a_hostile_capture_does_nothing(self):
        """Markup and characters that turn the direction, in a computer name, a host and a path: shown, not done."""
        name = EVIL.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        capture = self.capture(
            request(f'{ENVELOPE}<RegisterComputer xmlns="{NAMESPACE}"><computerInfo><DnsName>{name}</DnsName></computerInfo>'
                    f'</RegisterComputer>{END}', operation="RegisterComputer", extra="X-A: <script>\r\n"),
            response(f"{ENVELOPE}<s:Fault><faultcode>s:Server</faultcode><faultstring>{name}</faultstring><detail><ErrorCode>{name}"
                     f"</ErrorCode></detail></s:Fault>{END}", status="500 Internal Server Error"))
        path = self.page(capture)
        self.assertIn("&lt;script&gt;document.title=1&lt;/script&gt;", path.read_text(encoding="utf-8"))
        root, console = opened(path)
        self.assertEqual([], console)
        self.assertEqual(1, len(root.all("script")))
        self.assertEqual([], root.all("img"))
        self.assertTrue(root.all("title")[0].text().startswith("Windows Update: "))
        self.assertNotIn("\u202e", root.text())
        self.assertIn("<script>document.title=1</script>\"'><img src=x onerror=alert(1)>\ufffdgnp.exe",
                      root.one("section", id="clients").text())
        self.assertIn("onerror=alert(1)>\ufffdgnp.exe", root.one("section", id="timelines").text())

    def test_it_can_be_used(self):
        """Tables are sorted and filtered, a time line opens, a filter is copied; and none of it fails."""
        script = """
            const said = {};
            const rows = (id) => [...document.getElementById(id).tBodies[0].rows].filter((row) => !row.hidden);
            const cells = (id, n) => rows(id).map((row) => row.cells[n].textContent.trim());
            const head = document.querySelectorAll('#code-table th button');
            said.before = cells('code-table', 2);
            head[2].click(); said.up = cells('code-table', 2);
            head[2].click(); said.down = cells('code-table', 2);
            const input = document.querySelector('[data-table=code-table]');
            input.value = 'not_found wua'; input.dispatchEvent(new Event('input', {bubbles: true}));
            said.filtered = cells('code-table', 1); said.shown = document.querySelector('[data-of=code-table]').textContent;
            const last = [...document.querySelectorAll('details.client')].at(-1);
            said.packed = !!last.querySelector('template');
            location.hash = '#' + last.id;
            document.querySelector('button.copy').click();
            setTimeout(() => {
                said.opened = last.open && !last.querySelector('template') && !!last.querySelector('svg.timeline');
                said.copied = document.querySelector('.copied').textContent;
                document.title = JSON.stringify(said);
            }, 500);
        """
        captures = [CAPTURES / f"{name}.pcapng" for name in ("downloads", "asmx", "reports", "connections", "server-sync", "http2",
                                                             "content", "pages", "codes")]
        path = with_script(self.page(*captures), script, self.folder / "used.html")
        text, console = chromium(path, "--dump-dom", "--virtual-time-budget=3000")
        self.assertEqual([], console)
        said = json.loads(parsed(text).all("title")[0].text())
        numbers = sorted(map(int, said["before"]))
        self.assertEqual([numbers, numbers[::-1]], [list(map(int, said["up"])), list(map(int, said["down"]))])
        self.assertTrue(said["filtered"])
        self.assertEqual([], [name for name in said["filtered"] if "NOT_FOUND" not in name])
        self.assertEqual(f"{len(said['filtered'])} of {len(numbers)}", said["shown"])
        self.assertEqual([True, True], [said["packed"], said["opened"]])
        self.assertRegex(said["copied"], r"frame\.number in \{")

    def test_a_thousand_clients(self):
        """Made by records of a thousand clients with twenty exchanges each: written, opened and sorted within bounded time; every
        time line is there."""
        script = """
            addEventListener('load', () => {
                const said = {loaded: performance.now(), clients: document.querySelectorAll('tr[data-client]').length};
                document.querySelector('#client-table th button').click();
                said.sorted = performance.now() - said.loaded;
                said.headline = document.querySelector('.headline').textContent.trim();
                const closed = document.querySelectorAll('details.client');
                for (const details of closed) details.open = true;
                setTimeout(() => {
                    said.timelines = document.querySelectorAll('svg.timeline').length;
                    document.body.replaceChildren();
                    document.title = JSON.stringify(said);
                }, 100);
            });
        """
        path = self.folder / "many.html"
        began = time.monotonic()
        maker.write(str(path), many(1000, 20), maker.load(), None)
        written = time.monotonic() - began
        text, console = chromium(with_script(path, script, self.folder / "opened.html"), "--dump-dom", "--virtual-time-budget=60000",
                                 timeout=120)
        self.assertEqual([], console)
        said = json.loads(parsed(text).all("title")[0].text())
        self.assertEqual((1000, 1000, "250 of 1000 clients failed, 250 causes"),
                         (said["clients"], said["timelines"], said["headline"]))
        self.assertLess(written, 60)
        self.assertLess(said["loaded"], 15_000)
        self.assertLess(said["sorted"], 5_000)
        self.assertLess(path.stat().st_size, 25 << 20)

    def test_light_dark_and_print(self):
        """Drawn in both schemes, which differ, and as a document of several pages."""
        path = self.page(CAPTURES / "downloads.pcapng")
        self.folder.chmod(0o777)
        sizes = []
        for scheme in ("1", "0"):
            picture = self.folder / f"{scheme}.png"
            chromium(path, f"--screenshot={picture}", f"--blink-settings=preferredColorScheme={scheme}", "--window-size=1280,900")
            sizes.append(picture.read_bytes())
        self.assertNotEqual(sizes[0], sizes[1])
        for data in sizes:
            self.assertEqual(b"\x89PNG", data[:4])
            self.assertGreater(len(data), 20_000)
        document = self.folder / "page.pdf"
        chromium(path, f"--print-to-pdf={document}", "--no-pdf-header-footer")
        data = document.read_bytes()
        self.assertEqual(b"%PDF", data[:4])
        self.assertGreater(len(re.findall(rb"/Type\s*/Page\b", data)), 2)


def many(clients, exchanges):
    """Totals with a story of that many clients; every fourth one fails."""
    everything = totals.Totals()
    capture = outputs.PageCapture("many.pcapng")
    found = {"file": "many.pcapng", "sealed_well": 0, "sealed_failed": 0, "messages_of_further_clients": 0, "causes": [], "of_clients": []}
    for number in range(clients):
        address, fails = f"10.0.{number >> 8}.{number & 255}", number % 4 == 0
        for place in range(exchanges):
            bad = fails and place == exchanges - 1
            frame = 2 * (number * exchanges + place) + 1
            capture.records([json.dumps({
                "request": frame, "response": frame + 1, "told": frame + 1, "time": 1.8e9 + number + place, "utc": "", "client": address,
                "server": "192.0.2.1", "port": 8530, "host": "wsus.example.test:8530", "computer": f"pc{number}.example.test",
                "service": "ClientWebService", "operation": ("GetConfig", "GetCookie", "SyncUpdates", "Download")[place % 4], "asked": "",
                "answered": "", "status": 500 if bad else 200, "duration": 0.05 * (place + 1), "outcome": "http error" if bad else "success",
                "fault": "", "detail": "", "recovery": "", "connection": "", "stream": 0, "fetched": "", "title": "", "described": [],
                "events": [], "findings": [], "codes": []}).encode()])
        cause = {"rule": "server_error", "kind": "status", "weight": "failure", "stops": True, "task": "scan", "step": "download",
                 "what": f"Download: HTTP 500, {number}", "operation": "Download", "server": "wsus.example.test:8530", "detail": "HTTP 500",
                 "cause": "The server failed.", "basis": "documented", "check": "Event log.", "count": 1,
                 "frames": [frame, frame + 1], "last_frame": frame + 1, "filter": f"frame.number in {{{frame}, {frame + 1}}}"}
        found["of_clients"].append({
            "client": address, "computers": [f"pc{number}.example.test"], "client_ids": [], "servers": ["wsus.example.test:8530"],
            "agent": "", "failed": fails, "tried": ["scan"], "reached": ["connect"], "furthest": "connect", "requests": exchanges,
            "responses": exchanges, "rounds": 1, "reported_failures": 0, "first_frame": 1, "last_frame": frame,
            "causes": [cause] if fails else [], "more_causes": 0})
    capture.totals.diagnoses = [found]
    everything.add(capture.totals)
    return everything


class Command(MadeCaptures):
    def test_without_the_packages(self):
        """One clear line names them, and nothing is read; the rest of decode does not need them."""
        for name in ("jinja2", "pygal"):
            (self.folder / f"{name}.py").write_text("raise ImportError\n", encoding="ascii")
        blind = {**os.environ, "PYTHONPATH": str(self.folder)}
        path = self.folder / "page.html"
        status, output, errors = decode("--html", path, CAPTURES / "tls.pcapng", env=blind)
        self.assertEqual((1, "", "decode: --html needs python3-jinja2 and python3-pygal: sudo apt-get install --no-install-recommends "
                                 "python3-jinja2 python3-pygal\n"), (status, output, errors))
        self.assertFalse(path.exists())
        self.assertIn("\n" + errors.rpartition(": ")[2], (REPO / "plugin" / "docs" / "page.md").read_text(encoding="utf-8"))
        self.assertEqual(0, decode("--summary-only", CAPTURES / "tls.pcapng", env=blind)[0])

    def test_where_it_goes(self):
        status, output, errors = decode("--html", "-", CAPTURES / "tls.pcapng")
        self.assertEqual((0, "", "<!DOCTYPE html>"), (status, errors, output[:15]))
        status, output, errors = decode("--html", self.folder / "none" / "page.html", CAPTURES / "tls.pcapng")
        self.assertEqual((1, "", f"decode: {self.folder / 'none' / 'page.html'}: No such file or directory\n"), (status, output, errors))
        for option in ("--csv", "--json", "--summary-only", "--no-summary", "--totals"):
            status, _, errors = decode("--html", "x.html", option, CAPTURES / "tls.pcapng")
            self.assertEqual((2, f"decode: --html and {option} do not go together\nTry: decode --help\n"), (status, errors))

    def test_other_inputs(self):
        """A series, standard input and a capture in parts make the same page as the capture."""
        capture = CAPTURES / "asmx.pcapng"

        def page_of(*arguments, **more):
            status, output, _ = decode("--html", "-", *arguments, **more)
            self.assertEqual(0, status)
            text = re.sub(r"Made by .*? at [^.]*\.|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", output)
            return text.replace(str(capture), "FILE").replace("standard input", "FILE")

        whole = page_of(capture)
        self.assertEqual(whole, page_of("--series", capture))
        with capture.open("rb") as file:
            self.assertEqual(whole, page_of("-", stdin=file))
        self.assertEqual(whole, page_of("--jobs", "2", capture, env={**os.environ, "DECODE_SPLIT_FROM": "1"}))


if __name__ == "__main__":
    unittest.main()
