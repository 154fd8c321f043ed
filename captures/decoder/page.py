"""The page of --html: one file with the diagnosis, the clients with their time lines, codes, response times and updates.

The page is a template (template/) that Jinja2 fills in and escapes; the charts are pygal's. Neither is needed for anything else.
The page loads nothing, and its policy (CSP) would not let it.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import base64
import bisect
import collections
import datetime
import hashlib
import importlib
import os
import pathlib
import site
import sys

import diagnosis
import layout
from arguments import version
from setup import Failure, install
from story import FAILED, REPORT
from totals import ranked

TEMPLATES = pathlib.Path(__file__).resolve().parent / "template"
DEBIAN = "/usr/lib/python3/dist-packages"
NEEDED = {"jinja2": "python3-jinja2", "pygal": "python3-pygal"}

MOST_MARKS = 300     # of one time line; failures are drawn before others are
MOST_FRAMES = 40     # of a filter
MOST_PROOF = 8       # frames that are named for a code
OPEN_CLIENTS = 3     # time lines that are open at first
SHOWN_CLIENTS = 12   # time lines that are in the page as such; the others are unpacked when they are opened
NAMED_CLIENTS = 12   # of one cause
MOST_BARS = 14       # of a chart
MOST_CAUSES = 8      # that show at first
MOST_UPDATES = 5000
WEIGHTS = {"failure": 0, "warning": 2, "note": 3}


# ---- what it takes --------------------------------------------------------------------------------------------------

def find():
    """The modules of the packages that are there, and the names of the packages that are not; decode itself runs without the
    folders of packages."""
    found = {}
    site.main()
    for path in (*site.getsitepackages(), DEBIAN):
        if path not in sys.path:
            sys.path.append(path)
    for name in NEEDED:
        try:
            found[name] = importlib.import_module(name)
        except ImportError:
            pass
    return found, [package for name, package in NEEDED.items() if name not in found]


def load():
    """The modules of the packages, which are installed where they are missing, as all that decode needs (as root or with sudo).
    Failure names what is missing."""
    found, missing = find()
    if missing:
        install(missing)
        importlib.invalidate_caches()
        found, missing = find()
    if missing:
        raise Failure(f"--html needs {' and '.join(missing)}: sudo apt-get install --no-install-recommends {' '.join(missing)}")
    return found


# ---- texts ----------------------------------------------------------------------------------------------------------

def filter_of(frames):
    return f"frame.number in {{{', '.join(map(str, frames[:MOST_FRAMES]))}}}" if frames else ""


def filter_of_client(address):
    return f"{'ipv6' if ':' in address else 'ip'}.addr == {address} && wsus" if address else ""


def filter_of_code(name):
    number = name.split(" ")[0]
    return f"winerr.code == {number}"


def when(seconds):
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def clock(seconds):
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%H:%M:%S.%f")[:-3]
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def span(seconds):
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.2f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


# ---- causes ---------------------------------------------------------------------------------------------------------

def rank(cause):
    return 1 if diagnosis.is_passed(cause) else WEIGHTS.get(cause["weight"], 3)


def kind_of(cause):
    return "passed" if diagnosis.is_passed(cause) else cause["weight"]


def causes_of(diagnoses):
    """The same cause at several clients is one, with all of them: the worst and most frequent first."""
    found = {}
    for number, each in enumerate(diagnoses):
        for client, cause in [(None, cause) for cause in each["causes"]] + \
                             [(client, cause) for client in each["of_clients"] for cause in client["causes"]]:
            key = (kind_of(cause), cause["rule"], cause["what"], cause["server"])
            group = found.setdefault(key, {"cause": cause, "kind": kind_of(cause), "rank": rank(cause), "count": 0, "clients": [],
                                           "proof": [], "code": diagnosis.code_text(cause) if "code" in cause else ""})
            group["count"] += cause["count"]
            if client:
                group["clients"].append({"name": diagnosis.name_of(client), "address": client["client"], "file": number})
            if len(group["proof"]) < MOST_PROOF:
                group["proof"].append({"frames": cause["frames"], "file": number, "text": diagnosis.frames_text(cause),
                                       "filter": cause.get("filter") or filter_of(cause["frames"])})
    return sorted(found.values(), key=lambda group: (group["rank"], -len(group["clients"]), -group["count"]))


# ---- time lines -----------------------------------------------------------------------------------------------------

def thinned(marks):
    """At most MOST_MARKS, in order of time; of those without failure only as many as there is room for, evenly taken."""
    if len(marks) <= MOST_MARKS:
        return marks
    bad = [mark for mark in marks if mark.state in (FAILED, REPORT)][:MOST_MARKS * 2 // 3]
    good = [mark for mark in marks if mark.state not in (FAILED, REPORT)]
    room = MOST_MARKS - len(bad)
    step = max(1.0, len(good) / room) if room else 1.0
    taken = [good[int(number * step)] for number in range(min(room, len(good)))]
    return sorted(bad + taken, key=lambda mark: mark.time)


class Timeline:
    """Where marks stand on a time line: lanes of operations from the top down, time from left to right."""

    LEFT, RIGHT, LANE, TOP, WIDTH = 170, 15, 22, 8, 1000

    def __init__(self, marks):
        self.total = len(marks)
        marks = thinned(sorted(marks, key=lambda mark: mark.time))
        self.lanes = list(dict.fromkeys(mark.lane for mark in marks))
        self.first = min(mark.time - mark.duration for mark in marks)
        self.last = max(mark.time for mark in marks)
        self.height = self.TOP + self.LANE * len(self.lanes) + 26
        rows = {lane: number for number, lane in enumerate(self.lanes)}
        self.marks = [{"mark": mark, "x": self.x(mark.time), "from": self.x(mark.time - mark.duration),
                       "y": self.y(rows[mark.lane]), "number": number} for number, mark in enumerate(marks)]

    def x(self, time):
        whole = self.last - self.first
        return round(self.LEFT + (self.WIDTH - self.LEFT - self.RIGHT) * ((time - self.first) / whole if whole > 0 else 0.5), 1)

    def y(self, lane):
        return self.TOP + self.LANE * lane + self.LANE // 2

    def rows(self):
        return [{"name": lane, "y": self.y(number)} for number, lane in enumerate(self.lanes)]

    def ticks(self):
        whole = self.last - self.first
        if whole <= 0:
            return [{"x": self.x(self.first), "text": clock(self.first), "anchor": "middle"}]
        return [{"x": self.x(self.first + whole * part), "text": clock(self.first + whole * part),
                 "anchor": "start" if part == 0 else "end" if part == 1 else "middle"} for part in (0, 0.25, 0.5, 0.75, 1)]


def verdict_of(client, counts):
    """A word for the table, by the diagnosis where there is one."""
    if client is None:
        return "failed" if sum(counts.values()) else "well"
    if client["failed"]:
        return "failed"
    causes = client["causes"]
    if any(diagnosis.is_passed(cause) for cause in causes):
        return "passed"
    return "warning" if any(cause["weight"] == "warning" for cause in causes) else "well"


VERDICTS = {"failed": ("failed", 0), "passed": ("failed, then went well", 1), "warning": ("no failure, warnings", 2),
            "well": ("no failure", 3)}


def clients_of(diagnoses, stories):
    """All clients of all files, those that failed first."""
    found = []
    by_file = {each["file"]: each for each in diagnoses}
    for number, story in enumerate(stories):
        marks = collections.defaultdict(list)
        for mark in story.marks:
            marks[mark.client].append(mark)
        known = {client["client"]: client for client in by_file.get(story.file, {"of_clients": []})["of_clients"]}
        for address in [*known, *(address for address in marks if address not in known)]:
            found.append(client_of(number, address, known.get(address), marks.get(address, []), story))
    found.sort(key=lambda row: row["rank"])
    for number, row in enumerate(found):
        row["id"] = f"c{number}"
    return found


def client_of(file, address, client, marks, story):
    failures = collections.Counter(mark.of for mark in marks if mark.state in (FAILED, REPORT))
    verdict = verdict_of(client, failures)
    causes = sorted(client["causes"], key=rank) if client else []
    stop = next((cause for cause in causes if cause["stops"]), None)
    code = f"{stop['code']} {stop.get('symbol', '')}".strip() if stop and "code" in stop else ""
    name = diagnosis.name_of(client) if client else address + (f" ({story.names[address]})" if address in story.names else "")
    return {"file": file, "address": address, "name": name or "unknown", "verdict": verdict, "word": VERDICTS[verdict][0],
            "rank": VERDICTS[verdict][1], "client": client, "causes": causes, "stop": stop, "kinds": [kind_of(c) for c in causes],
            "at": stop["what"].removesuffix(f", {code}") if stop else "", "code": code,
            "exchanges": sum(mark.of == "exchange" for mark in marks), "failed_exchanges": failures["exchange"],
            "failed_connections": failures["connection"], "reports": failures["report"],
            "timeline": Timeline(marks) if marks else None, "filter": filter_of_client(address)}


# ---- codes, times, updates ------------------------------------------------------------------------------------------

def codes_of(everything, stories):
    """Families with their codes, the most frequent first, and the first frames of each."""
    frames = collections.defaultdict(list)
    for number, story in enumerate(stories):
        for mark in story.marks:
            for name in mark.codes:
                if len(frames[name]) < MOST_PROOF and mark.frames:
                    frames[name].append((number, mark.frames[-1]))
    rows = []
    for family, codes in ranked(everything.families, lambda counter: sum(counter.values())):
        for name, number in ranked(codes):
            proof = frames.get(name, [])
            rows.append({"family": family, "name": name, "count": number, "meaning": everything.meanings.get(name, ""),
                         "filter": filter_of_code(name), "frames": proof})
    return rows


def at(ordered, part):
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def times_of(stories):
    """Response times by operation: of exchanges of which both ends are in the capture."""
    found = collections.defaultdict(list)
    for number, story in enumerate(stories):
        for mark in story.marks:
            if mark.of == "exchange" and len(mark.frames) == 2:
                found[mark.lane].append((mark.duration, number, mark.frames))
    rows = []
    for lane, values in found.items():
        values.sort(key=lambda value: value[0])
        durations = [value[0] for value in values]
        longest = values[-1]
        slow = len(durations) - bisect.bisect_right(durations, 1.0)
        rows.append({"lane": lane, "count": len(values), "median": at(durations, 0.5), "late": at(durations, 0.95),
                     "most": longest[0], "slow": slow, "file": longest[1], "frames": longest[2], "filter": filter_of(longest[2])})
    return sorted(rows, key=lambda row: -row["late"])


def updates_of(stories):
    """What was offered, fetched and reported as failed: by update ID where it is known, else by title or file."""
    rows = {}

    def row_of(file, key, **more):
        row = rows.setdefault((file, key.lower()), {
            "file": file, "title": "", "kb": "", "update": "", "revision": "", "offered": [], "fetched": 0, "failed": 0, "reported": 0,
            "frames": [], "said": {}})
        for name, value in more.items():
            row[name] = row[name] or value
        return row

    for number, story in enumerate(stories):
        by_title = {}
        for update in story.updates:
            key = update["update"] or f"{update['server']} {update['revision']}"
            row = row_of(number, key, title=update["title"], kb=update["kb"], update=update["update"], revision=update["revision"])
            row["offered"].append(update["frame"])
            if update["title"]:
                by_title[update["title"]] = key
        for mark in story.marks:
            if mark.of == "report" and mark.update.strip("0-"):
                row = row_of(number, mark.update, update=mark.update)
                row["reported"] += 1
            elif mark.fetched:
                row = row_of(number, by_title.get(mark.title, mark.title or mark.fetched), title=mark.title or mark.fetched)
                row["fetched"] += mark.state in ("well", "recovery")
                row["failed"] += mark.state == FAILED
            else:
                continue
            if mark.state in (FAILED, REPORT):
                row["said"][mark.text] = row["said"].get(mark.text, 0) + 1
                row["frames"] += mark.frames
    found = sorted(rows.values(),
                   key=lambda row: (-(row["failed"] + row["reported"]), not row["title"], row["title"], row["revision"]))
    for row in found:
        row["filter"] = filter_of(sorted(set(row["frames"] or row["offered"])))
    return found


# ---- charts ---------------------------------------------------------------------------------------------------------

class Charts:
    """Bars, as pygal draws them, without its scripts: the page brings its own, and runs no other."""

    def __init__(self, pygal, markup):
        self.pygal = pygal
        self.markup = markup
        self.style = pygal.style.Style(
            background="transparent", plot_background="transparent", foreground="currentColor", foreground_strong="currentColor",
            foreground_subtle="currentColor", colors=("#0072B2", "#E69F00"), font_family="inherit", label_font_size=13,
            major_label_font_size=13, value_font_size=12, legend_font_size=13, opacity="1", opacity_hover="1",
            value_colors=("currentColor", "currentColor"))

    def bars(self, title, names, series, text):
        """series: {name: numbers}; the first names on top."""
        names, height = names[:MOST_BARS], 70 + 26 * min(len(names), MOST_BARS) * max(1, len(series))
        chart = self.pygal.HorizontalBar(js=[], style=self.style, width=900, height=height, explicit_size=False, margin=8,
                                         margin_right=80, show_legend=len(series) > 1, legend_at_bottom=True, print_values=True,
                                         print_values_position="top", value_formatter=text, disable_xml_declaration=True,
                                         truncate_label=-1, zero=0)
        chart.x_labels = [layout.visible(name) for name in reversed(names)]
        for name, numbers in series.items():
            chart.add(name, list(reversed(numbers[:MOST_BARS])))
        tree = chart.render_tree()
        for parent in list(tree.iter()):
            for child in list(parent):
                if not isinstance(child.tag, str) or child.tag.rpartition("}")[2] in ("script", "desc"):
                    parent.remove(child)
        tree.set("role", "img")
        tree.set("aria-label", title)
        return self.markup(self.pygal.etree.etree.tostring(tree, encoding="unicode"))


# ---- the page -------------------------------------------------------------------------------------------------------

def context(everything, charts):
    stories = sorted(everything.stories, key=lambda story: story.file)
    diagnoses = everything.diagnoses
    clients = clients_of(diagnoses, stories)
    codes, times, updates = codes_of(everything, stories), times_of(stories), updates_of(stories)
    families = ranked(everything.families, lambda counter: sum(counter.values()))
    ends = [end for story in stories for end in (story.first, story.last) if end is not None]
    numbers = everything.numbers
    return {
        "numbers": numbers, "files": [story.file for story in stories], "clients": clients, "causes": causes_of(diagnoses),
        "headline": diagnosis.headline(diagnoses) if diagnoses else "no diagnosis", "sealed": diagnosis.sealed_text(diagnoses),
        "failed": sum(row["verdict"] == "failed" for row in clients), "codes": codes, "times": times,
        "updates": updates[:MOST_UPDATES], "more_updates": max(0, len(updates) - MOST_UPDATES),
        "begin": when(min(ends)) if ends else "", "end": when(max(ends)) if ends else "", "version": version(),
        "made": when(datetime.datetime.now(datetime.timezone.utc).timestamp()),
        "family_chart": charts.bars("Error codes by family", [name for name, _ in families],
                                    {"codes": [sum(codes.values()) for _, codes in families]}, str) if families else "",
        "time_chart": charts.bars("Response times by operation", [row["lane"] for row in times],
                                  {"median": [round(row["median"], 4) for row in times],
                                   "95 of 100 are faster than": [round(row["late"], 4) for row in times]}, span) if times else "",
        "limits": {"open": OPEN_CLIENTS, "shown": SHOWN_CLIENTS, "named": NAMED_CLIENTS, "causes": MOST_CAUSES}}


def render(everything, modules):
    jinja2, markup = modules["jinja2"], modules["jinja2"].utils.markupsafe.Markup

    def harmless(value):
        """What steers a screen or turns the direction of writing is shown as an escape, wherever it came from."""
        return value if isinstance(value, markup) or not isinstance(value, str) else layout.visible(value)

    def breakable(value):
        """The name of a code, which may be broken behind its underscores."""
        return markup(markup.escape(layout.visible(value)).replace("_", markup("_<wbr>")))

    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
                                     finalize=harmless, trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(filter_of=filter_of, span=span, clock=clock, code_text=diagnosis.code_text,
                               frames_text=diagnosis.frames_text, why=diagnosis.why_text, breakable=breakable)
    return environment.get_template("page.html").generate(
        script=markup(script), digest=digest, style=markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),
        **context(everything, Charts(modules["pygal"], markup)))


def write(path, everything, modules, sink):
    """Writes the page to a file, or to standard output for "-". A file is there whole, or not at all."""
    if path == "-":
        for part in render(everything, modules):
            sink.write(part.encode("utf-8", "backslashreplace"))
        return
    path = os.path.realpath(path)  # a link stays one
    new = f"{path}.{os.getpid()}.part"
    if os.path.exists(path) and not os.path.isfile(path):
        new = path  # a device or pipe: written to, and not replaced
    try:
        with open(new, "wb") as file:
            for part in render(everything, modules):
                file.write(part.encode("utf-8", "backslashreplace"))
        if new != path:
            os.replace(new, path)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from None
    finally:
        if new != path and os.path.exists(new):
            os.unlink(new)
