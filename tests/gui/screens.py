"""What the windows of Wireshark show of the sample captures, with the profile; called by run, which says how.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import argparse
import os
import pathlib
import random
import re
import subprocess
import sys
import time
import traceback

from desk import Atspi, Desk, Missing, Table, act, find, find_all, place_of, role_of, text_of, until, walk

REPO = pathlib.Path(__file__).resolve().parents[2]
CAPTURES = REPO / "captures"
FAULTS = CAPTURES / "faults-text.pcapng"
SCAN = CAPTURES / "scan-xpress.pcapng"
DIAGNOSIS = re.compile("Why did Windows Update fail")
CLIENTS = re.compile("Windows Update Clients")
EXPLAINED = re.compile("Windows error codes of this packet")
PREFERENCES = re.compile("Preferences")
OWN_CODES = re.compile("^(Wireshark · )?Windows error codes$")
COLUMNS = ["No.", "Time", "Source", "Destination", "Protocol", "Code", "Info"]
HIDDEN = "Operation"
FAILURES = "winerr.error == 1 || wws.fault_received || wsus.event.failed || wsus.connection.outcome"
BUTTONS = ["Updates", "Failures", "Connections", "Faults", "Recovery", "Reports", "Unanswered", "Slow", "Security"]
VERSION = tuple(map(int, re.search(r"(\d+)\.(\d+)", subprocess.run(["wireshark", "--version"], capture_output=True, text=True,
                                                                  check=True).stdout).groups()))

TESTS = []


def test(when, capture):
    """A test is a function that gets the desk. when: quick, or full. The capture is opened when another one is."""
    def add(function):
        TESTS.append((function, when, capture))
        return function
    return add


def equal(found, wanted, what=""):
    if found != wanted:
        raise AssertionError(f"{what}\n    found  {found!r}\n    wanted {wanted!r}")


def has(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError(f"{part!r} is not in\n    " + text.replace("\n", "\n    "))


def has_not(text, *parts):
    for part in parts:
        if part in text:
            raise AssertionError(f"{part!r} is in\n    " + text.replace("\n", "\n    "))


def table_of(window):
    return Table(until("a table", lambda: find(window, "tree") or find(window, "table") or find(window, "tree table")))


# ---- the main window --------------------------------------------------------------------------------------------------


@test("quick", FAULTS)
def packet_list(desk):
    packets = desk.packets()
    shown = [heading for heading in packets.headings() if heading != HIDDEN]  # Qt 5 tells of those that are hidden as well
    equal(shown, COLUMNS, "the columns of the profile")
    row = [text for heading, text in zip(packets.headings(), packets.rows()[95]) if heading != HIDDEN]
    equal(row[:1] + row[2:], ["96", "192.0.2.1", "192.0.2.20", "WSUS", "WU_E_PT_SOAPCLIENT_SOAPFAULT",
                              "SyncUpdates Fault InvalidParameters, 0x80244007 WU_E_PT_SOAPCLIENT_SOAPFAULT"])
    names = [node.get_name() for node in walk(desk.main()) if "button" in role_of(node)]  # with or without a menu
    equal([name for name in names if name in BUTTONS], [name for name in BUTTONS if name in names], "the order of the buttons")
    equal(sorted(set(BUTTONS) - set(names)), [], f"buttons of the profile that are not among {names}")
    desk.picture(desk.main().get_name(), "packet-list-whole")


@test("quick", FAULTS)
def details_of_a_fault(desk):
    desk.go_to(96)
    desk.choose("View", "Collapse All")
    desk.settle()
    rows = desk.details().column(0)
    equal(rows[-2:], ["Windows Update, ClientWebService, SyncUpdates Fault: InvalidParameters, 0x80244007 WU_E_PT_SOAPCLIENT_SOAPFAULT",
                      "Windows Web Services, Fault: InvalidParameters"])
    has_not("\n".join(rows), "eXtensible Markup Language")
    desk.expand()
    rows = "\n".join(desk.details().column(0))
    has(rows, "[What to check:", "Windows Error Code: ", "ErrorCode: InvalidParameters")


@test("quick", FAULTS)
def no_bytes_twice(desk):
    desk.go_to(96)
    tabs = desk.byte_tabs()
    has("\n".join(tabs), " (578 bytes)", " body (406 bytes)")
    equal(len({tab.split(" (")[-1] for tab in tabs}), len(tabs), f"the same bytes in two of {tabs}")


@test("quick", FAULTS)
def diagnosis(desk):
    desk.choose("Windows Update", "Why did Windows Update fail?")
    window = desk.opened(DIAGNOSIS)
    text = text_of(find(window, "text"))
    has(text, "1 of 1 client failed", "192.0.2.20: ", "SyncUpdates", "check ", "frames ")
    has_not(text, "\t", "\r", "\x1b")
    wide = [line for line in text.splitlines() if len(line) > 68]
    equal(wide, [], "lines that are wider than the window")
    desk.picture(DIAGNOSIS, "diagnosis-window")
    act(find(window, "push button", "Show these packets"), "Press")
    found = until("the filter", lambda: re.fullmatch(r"frame\.number in \{([\d, ]+)\}", desk.filter_text()))
    equal(desk.displayed(), len(found[1].split(",")), "packets that are shown")
    act(find(window, "push button", "Close"), "Press")
    until("the end of the window", lambda: not desk.window(DIAGNOSIS))
    desk.filter("")


@test("quick", FAULTS)
def menu_and_filters(desk):
    equal(desk.entries("Windows Update"), ["Why did Windows Update fail?", "Show All Messages", "Show Failures", "Show Failed Connections",
                                           "Show Recovery", "Show Security Findings"])
    for entry, wanted in [("Show All Messages", "wsus"), ("Show Failures", FAILURES), ("Show Failed Connections", "wsus.connection.outcome"),
                          ("Show Recovery", "wws.recovery || wsus.authentication.asked"), ("Show Security Findings", "wsus.finding.warning")]:
        desk.choose("Windows Update", entry)
        until(f"the filter of {entry}", lambda wanted=wanted: desk.filter_text() == wanted)
    desk.choose("Windows Update", "Show Recovery")
    until("faults of recovery", lambda: desk.displayed() == 9)
    desk.filter("")


@test("quick", SCAN)
def conversation_filters(desk):
    desk.go_to(3)
    for entry, wanted, number in [("Windows Update scan", 'wsus.correlation_base == "Ktq3Zb0vS0aW7xNe"', 16),
                                  ("Windows Update client", "wsus && ip.addr == 192.0.2.20", 18)]:
        desk.choose("Analyze", "Conversation Filter", entry)
        until(f"the filter of {entry}", lambda wanted=wanted: desk.filter_text() == wanted)
        until(f"{number} packets", lambda number=number: desk.displayed() == number)
    desk.filter("")


@test("full", FAULTS)
def explain_the_codes(desk):
    """A right click on a packet, in versions that let plugins add to its menu: Windows Update stands behind Packet Comments."""
    if VERSION < (4, 4):
        return
    desk.go_to(96)
    desk.context(desk.packet(96), *["Down"] * 6, "Right", "Return")
    window = desk.opened(EXPLAINED)
    text = text_of(find(window, "text"))
    has(text, "500 HTTP_STATUS_SERVER_ERROR\n", "0x80244007 WU_E_PT_SOAPCLIENT_SOAPFAULT\n", "    Check: ", "    Derived from: ")
    desk.picture(EXPLAINED, "explained")
    act(find(window, "push button", "Close"), "Press")
    until("the end of the window", lambda: not desk.window(EXPLAINED))


@test("full", SCAN)
def follow_menu(desk):
    names = desk.entries("Analyze", "Follow")
    if VERSION >= (4, 4):
        desk.go_to(3)
        desk.choose("Analyze", "Follow", "WSUS Stream")
        window = desk.opened(re.compile("Follow WSUS Stream"))
        text = until("the stream", lambda: text_of(find(window, "text")))
        has(text, "POST /ClientWebService/client.asmx", "GetConfigResult")
        desk.picture(re.compile("Follow WSUS Stream"), "follow")
        act(find(window, "push button", "Close"), "Press")
        desk.filter("")
    else:
        equal([name for name in names if "WSUS" in name], [], "4.0 lists its own streams only; tshark follows ours")


@test("full", CAPTURES / "downloads.pcapng")
def findings(desk):
    """The button leaves what deserves a look; the download of a program that runs others says so, as its metadata did."""
    act(find(desk.main(), "push button", "Security"), "Press")
    until("the filter", lambda: desk.filter_text() == "wsus.finding.warning")
    desk.settle(1)
    packets = desk.packets()
    rows = [row[-1] for row in packets.rows()]
    equal(desk.displayed(), len(rows), "packets that are shown")
    if not 0 < len(rows) < 20:
        raise AssertionError(f"{len(rows)} findings in a capture with a few")
    has("\n".join(rows), "GetExtendedUpdateInfo Response [", "[Program that runs other programs as installer]", "Download Request [", "Download Response [")
    equal([row for row in rows if "[" not in row[:70]], [], "findings that are out of view")
    desk.picture(desk.main().get_name(), "findings")
    desk.filter("")


@test("full", SCAN)
def lists_say_what_they_leave_out(desk):
    desk.go_to(28)
    desk.expand()
    rows = desk.details().column(0, 2000)
    has("\n".join(rows), "[74 more not shown (preference wsus.list_limit; a filter on them finds all)]")
    has_not("\n".join(rows), "Installed update: 1050")
    desk.filter("wsus.sync.installed_id == 1050")
    equal(desk.displayed(), 1, "packets with an id behind those that are shown")
    desk.go_to(28)
    desk.expand()
    rows = desk.details().column(0, 2000)
    has("\n".join(rows), "Installed update: 1050")
    desk.picture(desk.main().get_name(), "list-whole")
    desk.filter("")


def preferences_of(desk, name):
    """The dialog of preferences with the page of a protocol, found by its keys: the names in its tree are not told."""
    desk.choose("Edit", re.compile("^Preferences"))
    window = desk.opened(PREFERENCES)
    x, y, _, _ = place_of(find(window, "tree"))
    desk.xdotool("windowactivate", "--sync", desk.number(PREFERENCES), "mousemove", str(x + 20), str(y + 15), "click", "1")
    for keys in (("type", "--delay", "20", "Protocols"), ("key", "Right"), ("type", "--delay", "20", name)):
        desk.xdotool(*keys)
        desk.settle(1.2)
    return window


def shown(window, role):
    return [node for node in walk(window) if role_of(node) == role and node.get_state_set().contains(Atspi.StateType.SHOWING)]


@test("full", SCAN)
def preferences(desk):
    """The limit of lists is changed, as a user does it, and what is shown follows."""
    for limit, found in (("100", True), ("20", False)):
        window = preferences_of(desk, "WSUS")
        labels = [label.get_name() for label in shown(window, "label")]
        has("\n".join(labels), "Windows Update", "Ids shown of one list", "Own update servers", "Ports of update servers")
        has("\n".join(box.get_name() for box in shown(window, "check box")), "Show security findings",
            "Leave out the XML tree of recognised bodies")
        texts = [text_of(text) for text in shown(window, "text")]
        has("\n".join(texts), "8530-8531")
        desk.picture(PREFERENCES, "preferences")
        entry = next(text for text in shown(window, "text") if text_of(text) in ("20", "100"))
        x, y, width, height = place_of(entry)
        desk.xdotool("mousemove", str(x + width // 2), str(y + height // 2), "click", "1", "key", "--clearmodifiers", "ctrl+a")
        desk.xdotool("type", "--delay", "20", limit)
        act(find(window, "push button", "OK"), "Press")
        until("the end of the dialog", lambda: not desk.window(PREFERENCES))
        desk.settle(1)
        desk.go_to(28)
        desk.expand()
        equal("Installed update: 1050" in desk.details().column(0, 2000), found, f"with {limit} ids of a list")


@test("full", SCAN)
def own_codes(desk):
    """The table of own codes of WinErr's page."""
    window = preferences_of(desk, "WinErr")
    labels = [label.get_name() for label in shown(window, "label")]
    has("\n".join(labels), "Language of meanings", "Own codes")
    act(next(button for button in shown(window, "push button") if button.get_name().startswith("Edit")), "Press")
    codes = desk.opened(OWN_CODES)
    act(next(button for button in find_all(codes, "push button") if "Create" in button.get_description() or "new" in button.get_description()), "Press")
    equal(table_of(codes).headings(), ["Value", "Symbol", "Family", "Text"])
    desk.picture(OWN_CODES, "own-codes")
    act(find(codes, "push button", "Cancel"), "Press")
    until("the end of the table", lambda: not desk.window(OWN_CODES))
    act(find(window, "push button", "Cancel"), "Press")
    until("the end of the dialog", lambda: not desk.window(PREFERENCES))


# ---- windows ----------------------------------------------------------------------------------------------------------


@test("full", CAPTURES / "reports.pcapng")
def statistics_of_the_command_line(desk):
    """wireshark -z: what tshark writes goes to standard output, once, and the diagnosis has its window."""
    name = desk.folder / "home" / "written"
    for words in ("wsus,records", "wsus,records,wsus.message == 1", "wsus,diagnosis,json"):
        expected = subprocess.run(["tshark", "-n", "-q", "-r", CAPTURES / "reports.pcapng", "-z", words], capture_output=True, check=True).stdout
        with open(name, "wb") as file:
            program = subprocess.Popen(["wireshark", "-n", "-r", CAPTURES / "reports.pcapng", "-z", words], stdout=file, stderr=desk.log,
                                       env=dict(os.environ, QT_QPA_PLATFORM="offscreen"))
        try:
            until(f"what -z {words} writes", lambda: os.path.getsize(name) >= len(expected))
            time.sleep(1)
            equal(pathlib.Path(name).read_bytes(), expected, words)
            equal(program.poll(), None)
        finally:
            program.terminate()
            program.wait()


@test("quick", CAPTURES / "asmx.pcapng")
def client_table(desk):
    desk.choose("Statistics", "Windows Update Clients")
    window = desk.opened(CLIENTS)
    table = table_of(window)
    equal(table.headings(), ["Client", "Computer", "Agent", "Requests", "Faults", "HTTP errors", "Connections failed", "Reported failures",
                             "In frame", "Last problem"])
    rows = until("rows", table.rows)
    desk.resize(CLIENTS, 1240, 300)
    desk.picture(CLIENTS, "clients-window")
    equal(len({row[0] for row in rows}), len(rows), "a client has one row")
    if not any(row[9] and row[8].isdigit() for row in rows):
        raise AssertionError(f"no client has a last problem: {rows}")
    desk.close_window(CLIENTS)


@test("full", CAPTURES / "asmx.pcapng")
def expert_information(desk):
    title = re.compile("Expert Information")
    desk.choose("Analyze", "Expert Information")
    window = desk.opened(title)
    rows = until("rows", lambda: [row for row in table_of(window).rows() if "WSUS" in row or "WWS" in row])
    counted = {row[1]: int(row[4]) for row in rows if row[0] == "Warning" and row[4]}
    if not counted:
        raise AssertionError(f"no warning of ours in {rows}")
    has_not("\n".join(" ".join(row) for row in rows), "not of the expected form", "Frame ")
    desk.picture(title, "expert")
    desk.close_window(title)


@test("full", CAPTURES / "asmx.pcapng")
def response_times_filter(desk):
    title = re.compile("Service Response Time Statistics")
    desk.choose("Statistics", "Service Response Time", "WSUS")
    window = desk.opened(title)
    table = table_of(window)
    row = until("a row", lambda: next((r for r in range(table.count()) if "GetCookie" in table.cell(r, 1).get_name()), None))
    number = table.cell(row, 0).get_name()
    x, y, _, height = place_of(table.cell(row, 1))
    desk.xdotool("windowactivate", "--sync", desk.number(title), "mousemove", str(x + 20), str(y + height // 2), "click", "1", "click", "3")
    desk.settle()
    desk.xdotool("key", "Down", "key", "Right", "key", "Return")  # Apply as Filter > Selected
    until("the filter", lambda: desk.filter_text().replace(" ", "") == f"wsus.operation.number=={number}")
    until("its packets", lambda: desk.displayed() > 0)
    desk.picture(title, "response-times")
    desk.close_window(title)
    desk.filter("")


@test("full", CAPTURES / "asmx.pcapng")
def trees(desk):
    for entry, root in [("Operations", "Windows Update messages"), ("Error Codes", "Windows error codes")]:
        title = re.compile(entry)
        desk.choose("Statistics", "Windows Update", entry)
        window = desk.opened(title)
        has("\n".join(until("rows", lambda: table_of(window).column(0))), root)
        desk.picture(title, entry.replace(" ", "-").lower())
        desk.close_window(title)


@test("full", CAPTURES / "asmx.pcapng")
def graphs(desk):
    title = re.compile("I/O Graph")
    desk.choose("Statistics", "I/O Graphs")
    window = desk.opened(title)
    rows = "\n".join(" ".join(row) for row in table_of(window).rows())
    has(rows, "All update messages", "WUA errors", "Other errors", "Failed connections")
    desk.settle(2)
    desk.picture(title, "graphs")
    desk.close_window(title)


@test("full", SCAN)
def enabled_protocols(desk):
    title = re.compile("Enabled Protocols")
    desk.choose("Analyze", re.compile("^Enabled Protocols"))
    window = desk.opened(title)
    x, y, _, height = place_of(find(window, "text"))
    desk.xdotool("mousemove", str(x + 9), str(y + height // 2), "click", "1", "type", "--delay", "20", "windows ")
    wanted = {"WSUS": "Windows Update", "WWS": "Windows Web Services", "WinErr": "Windows Error Codes"}
    rows = until("ours", lambda: {row[0]: row[1] for row in table_of(window).rows() if len(table_of(window).rows()) < 60})
    ours = {name: text for name, text in rows.items() if "Update" in text or "Update" in name or name in wanted}
    equal(ours, wanted, "what can be switched off")
    desk.picture(title, "enabled-protocols")
    desk.close_window(title)


@test("full", SCAN)
def export_and_preview(desk):
    title = re.compile("Export.*WSUS object list")
    desk.choose("File", "Export Objects", re.compile("^WSUS"))
    window = desk.opened(title)
    table = table_of(window)
    rows = until("rows", table.rows)
    equal(rows[1][4], "GetConfig-response-3.xml")
    x, y, _, height = place_of(table.cell(1, 4))
    desk.xdotool("windowactivate", "--sync", desk.number(title), "mousemove", str(x + 20), str(y + height // 2), "click", "1")
    desk.settle()
    button = find(window, "push button", "Preview")  # opens the viewer of the desktop, which there is none of here
    until("a preview", lambda: button.get_state_set().contains(Atspi.StateType.ENABLED), 10)
    desk.picture(title, "export")
    desk.close_window(title)


# ---- the pictures of the documents ------------------------------------------------------------------------------------


def documents(desk):
    """Packet list, a fault's details, the diagnosis and the table of clients, of captures with something to see in them."""
    desk.start(FAULTS)
    desk.choose("View", "Packet List")
    desk.choose("View", "Packet Bytes")
    desk.go_to(96)
    desk.choose("View", "Collapse All")
    for line in ("Windows Update, ", "Windows Web Services, ", r"\[Windows Error Code: 0x80244007"):
        desk.unfold(re.compile("^" + line))
    desk.picture(desk.main().get_name(), "details")
    desk.choose("View", "Packet List")
    desk.choose("View", "Packet Bytes")
    desk.start(CAPTURES / "asmx.pcapng")
    desk.filter("wsus")
    desk.go_to(52)
    desk.unfold(re.compile("^Windows Update, "))
    desk.picture(desk.main().get_name(), "packet-list")
    desk.start(CAPTURES / "downloads.pcapng")
    desk.choose("Windows Update", "Why did Windows Update fail?")
    act(find(desk.opened(DIAGNOSIS), "push button", "Show these packets"), "Press")
    desk.resize(DIAGNOSIS, 620, 560, (640, 150))
    desk.picture(DIAGNOSIS, "diagnosis", behind=True)
    desk.close_windows()
    desk.filter("")
    desk.choose("Statistics", "Windows Update Clients")
    desk.opened(CLIENTS)
    desk.resize(CLIENTS, 1280, 260)
    desk.picture(CLIENTS, "clients")
    desk.close_windows()


# ---- random actions ---------------------------------------------------------------------------------------------------


def random_action(desk, dice):
    """One of what somebody does who clicks around. Returns what it was."""
    main = desk.main_number()
    choice = dice.randrange(9)
    if choice == 0:
        number = dice.randrange(1, 80)
        desk.xdotool("windowactivate", "--sync", main)
        desk.choose("Go", "First Packet")
        for _ in range(number % 25):
            desk.choose("Go", "Next Packet")
        return f"packet {number % 25 + 1}"
    if choice == 1:
        entry = dice.choice(desk.entries("Windows Update"))
        desk.choose("Windows Update", entry)
        return entry
    if choice == 2:
        name = dice.choice(BUTTONS)
        button = find(desk.main(), "push button", name)
        if button:
            act(button, "Press")
        return f"button {name}"
    if choice == 3:
        desk.choose("View", dice.choice(["Expand All", "Collapse All"]))
        return "details"
    if choice == 4:
        path = dice.choice([("Statistics", "Windows Update Clients"), ("Statistics", "Windows Update", "Operations"),
                            ("Statistics", "Windows Update", "Error Codes"), ("Statistics", "Service Response Time", "WSUS"),
                            ("Analyze", "Expert Information"), ("Statistics", "I/O Graphs"), ("Statistics", "Flow Graph")])
        desk.choose(*path)
        return " > ".join(path)
    if choice == 5:
        x, y, width, height = 10, 120, 1240, 560
        desk.xdotool("windowactivate", main, "mousemove", str(x + dice.randrange(width)), str(y + dice.randrange(height)), "click", "1")
        return "click"
    if choice == 6:
        keys = [dice.choice(["Down", "Up", "Right", "Left", "Next", "Prior", "Tab"]) for _ in range(6)]
        desk.xdotool("windowactivate", main, "key", "--clearmodifiers", *keys)
        return "keys " + " ".join(keys)
    if choice == 7:
        entry = dice.choice(["Windows Update scan", "Windows Update client"])
        desk.choose("Analyze", "Conversation Filter", entry)
        return entry
    desk.close_windows()
    desk.choose("View", re.compile("^Reload"))
    return "reload"


def survive(desk, number, seed):
    dice = random.Random(seed)
    done = []
    for capture in ("asmx", "connections", "http2"):
        desk.start(CAPTURES / f"{capture}.pcapng")
        for _ in range((number + 2) // 3):
            try:
                done.append(random_action(desk, dice))
            except Missing as missing:
                if desk.alive():
                    done.append(f"not there: {missing}")
            desk.settle(0.2)
            if not desk.alive():
                raise AssertionError(f"Wireshark ended with {desk.program.returncode} after {done} (seed {seed})")
        until("an answer of the program", lambda: desk.alive() and desk.main(), 60)
        desk.close_windows()
    failed = [action for action in done if action.startswith("not there")]
    print(f"    {len(done) - len(failed)} of {len(done)} actions could be done", flush=True)
    if len(failed) > number // 3:
        raise AssertionError(f"too little of it was done: {done}")


# ---- running ----------------------------------------------------------------------------------------------------------


def complaints(log):
    """What Wireshark says of itself that a dissector or a window is to blame for."""
    bad = re.compile(r"Dissector bug|\[.*(CRITICAL|ERROR)\]|Assertion|assertion|Segmentation", re.I)
    return [line for line in log.read_text(errors="replace").splitlines() if bad.search(line)]


class Runner:
    def __init__(self, desk, names):
        self.desk, self.names = desk, names
        self.passed = self.failed = 0

    def wants(self, name):
        return not self.names or any(wanted in name for wanted in self.names)

    def run(self, name, function, *arguments):
        began = time.monotonic()
        try:
            function(*arguments)
            if not self.desk.alive():
                raise AssertionError(f"Wireshark ended with {self.desk.program.returncode}")
            self.passed += 1
            print(f"ok {name} ({time.monotonic() - began:.1f} s)", flush=True)
        except Exception:  # whatever it is, the next test begins anew
            self.failed += 1
            print(f"FAIL {name} ({time.monotonic() - began:.1f} s)\n    " + traceback.format_exc().replace("\n", "\n    ").rstrip(), flush=True)
            self.desk.keep(name)
            self.desk.recover()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=24)
    parser.add_argument("--pictures")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    screen = pathlib.Path(os.environ["XDG_RUNTIME_DIR"])
    log = screen / "log"
    desk = Desk(os.environ["WSUS_RUN"], log, screen if arguments.pictures else None)
    runner = Runner(desk, arguments.names)
    prefix = f"{VERSION[0]}.{VERSION[1]}: "
    try:
        if arguments.pictures:
            runner.run("the pictures of the documents", documents, desk)
        opened = None
        for function, when, capture in TESTS:
            name = prefix + function.__name__.replace("_", " ")
            if (arguments.quick and when == "full") or not runner.wants(name):
                continue
            if capture != opened or not desk.alive():
                runner.run(f"{prefix}open {capture.name}", desk.start, capture)
                opened = capture
            runner.run(name, function, desk)
        number = 15 if arguments.quick else 60
        if runner.wants(f"{prefix}random actions"):
            runner.run(f"{prefix}{number} random actions", survive, desk, number, arguments.seed)
    finally:
        desk.close()
    bad = complaints(log)
    if bad:
        runner.failed += 1
        print(f"FAIL {prefix}nothing is complained of\n    " + "\n    ".join(bad[:20]))
    else:
        runner.passed += 1
        print(f"ok {prefix}nothing is complained of")
    print(f"{runner.passed} passed, {runner.failed} failed")
    return runner.failed > 0


if __name__ == "__main__":
    sys.exit(main())
