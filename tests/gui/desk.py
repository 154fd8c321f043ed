"""A screen without a monitor, with Wireshark on it: what its windows hold is read, and their menus are chosen, by AT-SPI, the
interface of screen readers. Nothing is recognised in pictures.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import pathlib
import re
import shutil
import subprocess
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

PROFILE = "Windows Update"
WAIT = float(os.environ.get("WSUS_GUI_WAIT", "40"))  # seconds that anything may take on a busy machine
TRIES = 25
WIDTH, HEIGHT = 1280, 800


class Missing(AssertionError):
    """Something did not come up in time."""


def until(what, found, seconds=WAIT):
    """The first true value of found(), or Missing. What goes away while it is looked at is not there."""
    end = time.monotonic() + seconds
    while True:
        while GLib.MainContext.default().iteration(False):
            pass
        try:
            value = found()
        except (GLib.Error, AttributeError):
            value = None
        if value:
            return value
        if time.monotonic() > end:
            raise Missing(what() if callable(what) else f"not there after {seconds:.0f} s: {what}")
        time.sleep(0.1)


# ---- what windows hold ------------------------------------------------------------------------------------------------


def children(node):
    for i in range(node.get_child_count()):
        child = node.get_child_at_index(i)
        if child is not None:
            yield child


def walk(node, into=lambda node: True):
    """Everything below a node, but for the rows of tables."""
    for child in children(node):
        yield child
        if into(child) and child.get_role_name() not in ("table", "tree", "list", "tree table"):
            yield from walk(child, into)


def role_of(node):
    """Its role, by the name that it had before AT-SPI 2.52."""
    return {"button": "push button"}.get(node.get_role_name(), node.get_role_name())


def find(node, role, name=None, **how):
    """The first node of a role below another one whose name is the one given, or fits the pattern."""
    for found in walk(node, **how):
        if role_of(found) == role and (name is None or fits(name, found.get_name())):
            return found
    return None


def find_all(node, role):
    return [found for found in walk(node) if role_of(found) == role]


def fits(name, text):
    return name.search(text or "") if isinstance(name, re.Pattern) else name == text


def text_of(node):
    return Atspi.Text.get_text(node, 0, Atspi.Text.get_character_count(node))


def act(node, name):
    """Does an action of a node. One that opens a dialog comes back only when that is closed: not waited for."""
    names = [Atspi.Action.get_action_name(node, i) for i in range(Atspi.Action.get_n_actions(node))]
    if name not in names:
        raise Missing(f"{node.get_role_name()} {node.get_name()!r} has the actions {names}, not {name}")
    try:
        Atspi.Action.do_action(node, names.index(name))
    except GLib.Error:
        pass


def place_of(node):
    box = Atspi.Component.get_extents(node, Atspi.CoordType.SCREEN)
    return box.x, box.y, box.width, box.height


class Table:
    """A table or a tree: its headings, and the rows that are not folded away."""

    def __init__(self, node):
        self.node = node
        self.columns = Atspi.Table.get_n_columns(node)

    def headings(self):
        return [Atspi.Table.get_column_description(self.node, c) for c in range(self.columns)]

    def cell(self, row, column):
        return Atspi.Table.get_accessible_at(self.node, row, column)

    def count(self):
        return Atspi.Table.get_n_rows(self.node)

    def rows(self, limit=400):
        rows = []
        for r in range(min(limit, self.count())):
            cells = (self.cell(r, c) for c in range(self.columns))
            rows.append([cell.get_name() if cell else "" for cell in cells])
        return rows

    def column(self, column, limit=400):
        return [self.cell(r, column).get_name() for r in range(min(limit, self.count()))]


# ---- the screen and the program ---------------------------------------------------------------------------------------


def start_accessibility():
    """Starts the bus of screen readers and its registry before any program looks for them. Returns the address of the bus."""

    def call(bus, to, path, method, arguments=None):
        return bus.call_sync(to, path, to, method, arguments, None, Gio.DBusCallFlags.NONE, int(WAIT * 1000), None).unpack()[0]

    session = Gio.bus_get_sync(Gio.BusType.SESSION)
    address = call(session, "org.a11y.Bus", "/org/a11y/bus", "GetAddress")
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    bus = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
    call(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "StartServiceByName", GLib.Variant("(su)", ("org.a11y.atspi.Registry", 0)))
    return address


class Desk:
    """Xvfb, a window manager and one Wireshark at a time."""

    def __init__(self, folder, log, pictures=None):
        """pictures: the folder that pictures are put into; None: none are taken."""
        self.folder = pathlib.Path(folder)
        self.pictures = pictures
        self.log = open(log, "ab")
        read, write = os.pipe()
        # not "local": the name of that socket is the machine's, and another root folder may have a screen of the same number
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH}x{HEIGHT + 160}x24", "-nolisten", "tcp", "-nolisten", "local"],
            pass_fds=[write], stderr=self.log)
        os.close(write)
        with os.fdopen(read) as answer:
            os.environ["DISPLAY"] = ":" + answer.readline().strip()
        self.manager = subprocess.Popen(["openbox", "--sm-disable"], stdout=self.log, stderr=self.log)
        self.program = None
        self.chosen = None  # in the menus, last
        start_accessibility()
        Atspi.init()
        Atspi.set_timeout(3000, 15000)

    def close(self):
        self.stop()
        for process in (self.manager, self.server):
            process.terminate()
            process.wait()
        self.log.close()

    # -- the program --

    def start(self, capture):
        """Opens a capture with the profile, in the Wireshark that runs, or else in one that is started."""
        if self.alive():
            self.close_windows()
            self.chosen = None
            self.xdotool("windowactivate", "--sync", self.main_number(), "key", "--clearmodifiers", "ctrl+o")
            self.opened(re.compile("Open Capture File"))
            self.xdotool("type", "--delay", "4", str(capture))
            self.xdotool("key", "Return")
        else:
            self.launch(capture)
        until(f"the window of {capture}", lambda: self.window(pathlib.Path(capture).name))
        until("all packets", lambda: re.search(r"Packets: \d+", self.status()))
        if self.filter_text():
            self.filter("")
        self.place()

    def launch(self, capture):
        home = self.folder / "home" / ".config" / "wireshark"
        (home / "recent_common").write_text(
            f"gui.geometry_main_x: 0\ngui.geometry_main_y: 0\ngui.geometry_main_width: {WIDTH}\ngui.geometry_main_height: {HEIGHT}\n"
            "gui.geometry_main_maximized: FALSE\n")
        environment = dict(os.environ, QT_ACCESSIBILITY="1", QT_LINUX_ACCESSIBILITY_ALWAYS_ON="1", WIRESHARK_ABORT_ON_DISSECTOR_BUG="1")
        command = ["wireshark", "-C", PROFILE, "-o", "gui.update.enabled:FALSE", "-r", str(capture)]
        for _ in range(TRIES):  # Qt 5 comes to the bus once in two or three times: it asks for its place before it is connected
            self.program = subprocess.Popen(command, env=environment, stdout=self.log, stderr=self.log)
            until("Wireshark, on the screen", lambda: self.numbers(pathlib.Path(capture).name) or not self.alive())
            try:
                until("the application", self.application, 2.5)
                return
            except Missing:
                self.stop()
        raise Missing(f"Wireshark did not come to the bus in {TRIES} tries")

    def place(self):
        """The main window at the upper left, as wide as the pictures are."""
        number = until("the main window", self.main_number)
        self.xdotool("windowmove", number, "0", "0", "windowsize", "--sync", number, str(WIDTH), str(HEIGHT - 60))
        self.settle()

    def stop(self):
        if not self.program:
            return
        self.program.terminate()
        try:
            self.program.wait(20)
        except subprocess.TimeoutExpired:
            self.program.kill()
            self.program.wait()
        self.program = None
        until("the end of the application", lambda: not self.application())

    def recover(self):
        """After a failure: as if nothing was open. What cannot be closed is ended."""
        try:
            self.close_windows()
            self.filter("")
        except (Missing, AttributeError, GLib.Error):
            self.stop()

    def alive(self):
        return self.program and self.program.poll() is None

    def settle(self, seconds=0.4):
        """What is drawn by timers has no end that could be waited for."""
        time.sleep(seconds)

    # -- windows --

    def application(self):
        desktop = Atspi.get_desktop(0)
        desktop.clear_cache()
        for node in children(desktop):
            if node.get_name().lower() == "wireshark" and self.program and node.get_process_id() == self.program.pid:
                return node
        return None

    def windows(self):
        application = self.application()
        return list(children(application)) if application else []

    def window(self, title):
        """An open window whose title is, or fits, this one."""
        for node in self.windows():
            if fits(title, node.get_name()) and node.get_state_set().contains(Atspi.StateType.SHOWING):
                return node
        return None

    def opened(self, title):
        """The window of that title, once it is there. Qt 5 now and then leaves one that is on the screen out of what it tells: what
        was chosen in a menu is then chosen again, and the first one closed."""
        path, self.chosen = self.chosen, None
        unseen = []
        for _ in range(3 if path else 0):
            try:
                until("the window", lambda: self.window(title), WAIT / 8)
                break
            except Missing:
                now = [number for number in self.numbers(title) if number not in unseen]
                if now:
                    act(self.menu(*path), "Press")
                unseen += now
        node = until(lambda: f"no window {title}; there are {[w.get_name() for w in self.windows()]}", lambda: self.window(title))
        for number in unseen:
            self.xdotool("windowactivate", "--sync", number, "key", "--clearmodifiers", "Escape")
        self.settle()
        return node

    def close_window(self, title):
        """By the window manager, as the cross at the upper right does."""
        for number in self.numbers(title):
            self.xdotool("windowactivate", "--sync", number, "key", "--clearmodifiers", "Escape")
        until(f"the end of {title}", lambda: not self.window(title))

    def close_windows(self):
        """All but the main one."""
        for node in self.windows():
            title = node.get_name()
            if title and not find(node, "menu bar", into=lambda node: False) and node.get_state_set().contains(Atspi.StateType.SHOWING):
                self.close_window(title)

    def main(self):
        for node in self.windows():
            if find(node, "menu bar", into=lambda node: False):
                return node
        raise Missing("no main window")

    def status(self):
        """What the status bar says."""
        bar = find(self.main(), "status bar")
        return " ".join(node.get_name() for node in walk(bar)) if bar else ""

    # -- menus --

    def menu(self, *path):
        """The entry of the menu bar, without opening menus."""
        node = find(self.main(), "menu bar", into=lambda node: False)
        for name in path:
            inner = [child for child in children(node)]
            if len(inner) == 1 and inner[0].get_role_name() == "popup menu":
                inner = list(children(inner[0]))
            node = next((child for child in inner if fits(name, child.get_name())), None)
            if node is None:
                raise Missing(f"no {name} in the menu {path}: {[child.get_name() for child in inner]}")
        return node

    def entries(self, *path):
        node = self.menu(*path)
        return [entry.get_name() for popup in children(node) for entry in children(popup) if entry.get_name()]

    def choose(self, *path):
        self.chosen = path
        act(self.menu(*path), "Press")

    def context(self, cell, *keys):
        """Opens the menu of a right click on a cell, which AT-SPI does not show, and goes through it with keys."""
        x, y, _, height = place_of(cell)
        self.xdotool("windowactivate", "--sync", self.main_number(), "mousemove", str(x + 20), str(y + height // 2), "click", "1", "click", "3")
        self.settle(1)
        self.xdotool("key", "--delay", "80", *keys)

    # -- main window --

    def packets(self):
        return Table(until("the packet list", lambda: find(self.main(), "tree", re.compile("^Packet list"))))

    def packet(self, number):
        """The cell of a packet's number."""
        packets = self.packets()
        row = next((r for r, text in enumerate(packets.column(0)) if text == str(number)), None)
        if row is None:
            raise Missing(f"packet {number} is not in the list")
        return packets.cell(row, 0)

    def details(self):
        return Table(until("the details", lambda: find(self.main(), "tree", re.compile("^Packet details"))))

    def expand(self):
        self.choose("View", "Expand All")
        self.settle()

    def unfold(self, name):
        """Opens a line of the details with what is below it, and scrolls to it."""
        line = until(lambda: f"no line {name} in {self.details().column(0)}", lambda: self.line(name), 10)
        x, y, _, height = place_of(line)
        self.xdotool("windowactivate", "--sync", self.main_number(), "mousemove", str(x + 60), str(y + height // 2), "click", "1",
                     "key", "Right")
        self.settle()

    def line(self, name):
        """A line of the details, or None."""
        details = self.details()
        row = next((r for r, text in enumerate(details.column(0)) if fits(name, text)), None)
        return None if row is None else details.cell(row, 0)

    def byte_tabs(self):
        """The names of the data sources of the packet."""
        return [node.get_name() for node in walk(self.main()) if node.get_role_name() == "page tab" and " bytes)" in node.get_name()] or \
               [node.get_name() for node in walk(self.main()) if re.search(r"\(\d+ bytes\)$", node.get_name() or "")]

    def filter_entry(self):
        """Of several entries of filters it is the one in a combo box."""
        def entry():
            return next((node for node in walk(self.main()) if node.get_role_name() == "text" and node.get_name() == "Display filter entry"
                         and node.get_parent().get_role_name() == "combo box"), None)
        return until("the filter entry", entry)

    def filter_text(self):
        return text_of(self.filter_entry())

    def displayed(self):
        """Packets that the filter leaves, by the status bar."""
        found = re.search(r"Displayed: (\d+)", self.status())
        return int(found[1]) if found else None

    def filter(self, text):
        entry = self.filter_entry()
        x, y, width, height = place_of(entry)
        self.xdotool("windowactivate", "--sync", self.main_number(), "mousemove", str(x + width // 3), str(y + height // 2), "click", "1",
                     "key", "--clearmodifiers", "ctrl+a")
        self.xdotool("type", "--delay", "4", text) if text else self.xdotool("key", "BackSpace")
        self.xdotool("key", "Return")
        until(f"the filter {text}", lambda: self.filter_text() == text)
        self.settle()

    def go_to(self, number):
        """Selects a packet, as one who types its number."""
        self.choose("Go", re.compile("^Go to Packet"))
        entry = until("the entry of a number", lambda: self.packet_number_entry())
        self.xdotool("windowactivate", "--sync", self.main_number(), "type", "--delay", "4", str(number))
        until("the number", lambda: text_of(entry) == str(number))
        self.xdotool("key", "Return")
        until(f"packet {number}", lambda: self.details().cell(0, 0).get_name().startswith(f"Frame {number}:"))
        self.settle()

    def packet_number_entry(self):
        label = find(self.main(), "label", "Packet:")
        bar = label.get_parent() if label else None
        return find(bar, "text") if bar and bar.get_state_set().contains(Atspi.StateType.SHOWING) else None

    # -- keys, mouse and pictures --

    def xdotool(self, *arguments):
        done = subprocess.run(["xdotool", *arguments], capture_output=True, text=True, timeout=WAIT, check=False)
        return done.stdout.split()

    def main_number(self):
        """The main window as X11 knows it."""
        return self.number(self.main().get_name())

    def numbers(self, title):
        pattern = title.pattern if isinstance(title, re.Pattern) else "^" + re.escape(title) + "$" if title else "."
        return self.xdotool("search", "--onlyvisible", "--name", pattern)

    def number(self, title):
        found = self.numbers(title)
        if not found:
            raise Missing(f"no window {title} on the screen")
        return found[-1]

    def resize(self, title, width, height, place=(20, 40)):
        number = self.number(title)
        self.xdotool("windowmove", number, str(place[0]), str(place[1]), "windowsize", "--sync", number, str(width), str(height))
        self.settle()

    def picture(self, title, name, behind=False):
        """A picture of a window, or of it and what is behind it, as small as colours allow, when pictures are wanted."""
        if not self.pictures:
            return
        number = self.number(title)
        self.xdotool("windowactivate", "--sync", number, "mousemove", str(WIDTH - 1), str(HEIGHT + 150))
        self.settle(0.8)
        subprocess.run(["import", "-silent", "-window", "root" if behind else number, "-crop",
                        f"{WIDTH}x{HEIGHT - 60}+0+0", "+repage", "-colors", "256", "-strip", f"png8:{self.pictures / name}.png"], check=True, timeout=WAIT)

    def keep(self, name):
        """A picture of the whole screen, for whoever looks into a failure."""
        if self.pictures:
            subprocess.run(["import", "-silent", "-window", "root", f"{self.pictures / ('failed ' + name.replace('/', ' '))}.png"], check=False,
                           timeout=WAIT)


def available():
    """What is missing to do any of this, as a text; empty when nothing is."""
    return ", ".join(name for name in ("wireshark", "Xvfb", "xdotool", "openbox", "import") if not shutil.which(name))
