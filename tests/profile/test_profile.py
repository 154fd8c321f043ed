"""The profile Windows Update: it loads without a word, its filters compile, and it shows and selects what it should.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import functools
import os
import re
import shutil
import unittest

import colour_distance
from harness import CAPTURES, REPO, RUN, fields, own_captures, run

PROFILE = REPO / "plugin" / "profile"
HOME = RUN / "home" / ".config" / "wireshark" / "profiles"
NAME = "Windows Update"
FAULTS = CAPTURES / "faults-text.pcapng"

# A packet of each line that the columns are asserted on, as tshark prints it with the profile.
LINES = {
    84: "192.0.2.1 → 192.0.2.20 WSUS SyncUpdates Fault ConfigChanged, next: GetConfig, GetAuthorizationCookie, "
        "GetCookie",
    95: "192.0.2.20 → 192.0.2.1 WSUS SyncUpdates Request",
    96: "192.0.2.1 → 192.0.2.20 WSUS WU_E_PT_SOAPCLIENT_SOAPFAULT "
        "SyncUpdates Fault InvalidParameters, 0x80244007 WU_E_PT_SOAPCLIENT_SOAPFAULT",
}

# capture, packet, the rule that colours it
COLOURS = [
    ("security", 5, "Update security finding"),
    ("downloads", 18, "Update security finding"),
    ("asmx", 29, "Update failure reported by the client"),
    ("reports", 43, "Update failure reported by the client"),
    ("faults-text", 96, "Update fault"),
    ("asmx", 94, "Update fault"),
    ("faults-text", 2, "Update fault"),
    ("status", 33, "Update HTTP error"),
    ("connections", 2, "Update connection failed"),
    ("connections", 35, "Update connection failed"),
    ("connections", 201, "Update connection failed"),
    ("faults-text", 80, "Update recovery"),
    ("faults-text", 84, "Update recovery"),
    ("incomplete", 9, "Update request without response"),
    ("asmx", 6, "Update response"),
    ("asmx", 8, "Update request"),
    ("asmx", 1, "TCP SYN/FIN"),
    ("asmx", 3, "TCP"),
]


def give(name):
    """Puts a copy of the profile where tshark looks for it. The profile itself is there already."""
    target = HOME / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(PROFILE, target)
    if os.getuid() == 0:
        for path in [HOME.parents[1], HOME.parent, HOME, target, *target.iterdir()]:
            os.chown(path, 65534, 65534)
    return target


def tshark(capture, *arguments, profile=NAME, check=True):
    """Standard output and the complaints of tshark with a profile."""
    options = ["-C", profile] if profile else []
    done = run("tshark", "-n", *options, "-r", capture, *arguments, check=False)
    complaints = done.stderr.decode(errors="replace")
    if check and (done.returncode or complaints):
        raise AssertionError(f"tshark {arguments}: status {done.returncode}\n{complaints}")
    return done.stdout.decode(errors="replace"), complaints


def numbers(capture, display, *arguments, **options):
    text, _ = tshark(capture, *arguments, "-Y", display, "-T", "fields", "-e", "frame.number", **options)
    return [int(line) for line in text.split()]


def lines(name):
    return [line for line in (PROFILE / name).read_text().splitlines() if line and not line.startswith("#")]


def table(name):
    """The rows of a file in the form of Wireshark's tables: quoted values, \\x22 for a quotation mark."""
    rows = []
    for line in lines(name):
        assert re.fullmatch(r'"[^"]*"(,"[^"]*")*', line), line
        rows.append([value.replace(r"\x22", '"') for value in line[1:-1].split('","')])
    return rows


def filters(name):
    """Names and filters of a file with one quoted name and a filter a line."""
    return dict(re.fullmatch(r'"([^"]+)" (.+)', line).groups() for line in lines(name))


def colour_rules():
    rule = re.compile(r"@([^@]+)@(.+)@\[\d+,\d+,\d+\]\[\d+,\d+,\d+\]")
    return [rule.fullmatch(line).groups() for line in lines("colorfilters")]


@functools.cache
def families():
    """The family names that the module has, in the order of their numbers."""
    values = run("tshark", "-G", "values").stdout.decode()
    return re.findall(r"^V\twinerr\.family\t\d+\t(\S+)$", values, re.M)


@functools.cache
def outcomes():
    """What becomes of a connection, as the module names it."""
    values = run("tshark", "-G", "values").stdout.decode()
    return re.findall(r"^V\twsus\.connection\.outcome\t\d+\t(.+)$", values, re.M)


def macro_of(family):
    return "wu_" + {"DeliveryOptimization": "delivery_optimization"}.get(family, family.lower())


@functools.cache
def codes(capture):
    return fields(capture, ["frame.number", "winerr.family", "winerr.error"], display="winerr")


def frames_with_error(capture, family):
    """By the single fields, which every code has one of: independent of winerr.error_family."""
    number = str(families().index(family))
    return [int(frame[0]) for frame, found, error in codes(capture)
            if any(f == number and e in ("1", "True") for f, e in zip(found, error, strict=True))]


class Profile(unittest.TestCase):
    def test_loads_without_a_warning(self):
        for name in ("asmx", "faults-text", "http2", "reports", "security", "tls"):
            with self.subTest(name):
                self.assertNotEqual(tshark(CAPTURES / f"{name}.pcapng", "--color")[0], "")

    def test_a_broken_profile_is_noticed(self):
        """What the other tests rely on: tshark complains when a file of the profile is in effect and wrong."""
        for name, good, wrong in [("colorfilters", "@wsus.finding.warning@", "@wsus.no_such_field@"),
                                  ("dfilter_buttons", '"TRUE","Updates"', '"TRUE","Updates","wsus"')]:
            with self.subTest(name):
                path = give("Broken") / name
                text = path.read_text()
                self.assertIn(good, text)
                path.write_text(text.replace(good, wrong, 1))
                _, complaints = tshark(FAULTS, "--color", "-c", "1", profile="Broken", check=False)
                self.assertIn("no_such_field" if name == "colorfilters" else name, complaints)

    def test_columns(self):
        wanted = [LINES[number] for number in sorted(LINES)]
        text, _ = tshark(FAULTS, "-Y", "frame.number in {84, 95, 96}")
        self.assertEqual([re.sub(r"^\d+ [\d.]+ ", "", " ".join(line.split())) for line in text.splitlines()], wanted)
        without, _ = tshark(FAULTS, "-Y", "frame.number == 96", profile=None)
        self.assertNotIn("WU_E_PT_SOAPCLIENT_SOAPFAULT SyncUpdates", without)

    def test_failures_are_read_at_1280_pixels(self):
        """What failed stands in the part of Info that is seen in a window of that width, and its code whole in a column of its own.
        Free text of servers may go on out of view."""
        recent = (PROFILE / "recent").read_text()
        widths = {name: int(width) for name, width in re.findall(r'^\t"?(%[^",]+)"?, (\d+)', recent, re.M)}
        hidden = re.search(r"^gui.column.hidden: (\S+):0:R$", (PROFILE / "preferences").read_text(), re.M)[1]
        before = sum(width for name, width in widths.items() if name not in ("%i", hidden))
        room = (1280 - 51 - before) // 8  # what scrolls and the map beside it take 51 pixels, a letter 8
        lines_of_failures = 0
        for capture in own_captures():
            text, _ = tshark(capture, "-Y", "wsus.code && !wsus.finding.warning", "-o", 'gui.column.format:"Info","%i"')
            for line in text.splitlines():
                line = line.split(" | ")[0].strip()  # the first of several messages in a packet
                failure = re.split(r",? (?:0x[0-9A-F]{8}|\d{3,5})(?: [A-Z]|$)", line)[0]
                known = re.split(r" \(|: (?!.*\[Windows)", failure)[0] if " Fault " in failure else failure
                with self.subTest(capture=capture.name, line=line):
                    self.assertLessEqual(len(known), room)
                lines_of_failures += 1
        self.assertGreater(lines_of_failures, 150)
        symbols = tshark(FAULTS, "-T", "fields", "-e", "wsus.code.symbol", "-Y", "wsus.code.symbol")[0].split()
        self.assertLessEqual(max(map(len, symbols)) * 8, widths["%Cus:wsus.code.symbol"])

    def test_colours(self):
        rows = {}
        for capture in {capture for capture, _, _ in COLOURS}:
            text, _ = tshark(CAPTURES / f"{capture}.pcapng", "-2", "--color", "-T", "fields", "-e", "frame.number",
                             "-e", "frame.coloring_rule.name")
            rows[capture] = dict(line.split("\t") for line in text.splitlines())
        for capture, number, rule in COLOURS:
            with self.subTest(f"{capture} {number}"):
                self.assertEqual(rows[capture][str(number)], rule)

    def test_colours_can_be_told_apart(self):
        """Whoever sees: what failed differs from everything else by at least 16, ordinary steps by 12 among themselves."""
        colours = [rule for rule in colour_distance.rules(PROFILE / "colorfilters") if rule[0].startswith("Update ")]
        self.assertEqual(10, len(colours))
        for sight in colour_distance.SIGHT:
            for distance, one, other in colour_distance.distances(colours, sight):
                ordinary = {one, other} <= {"Update response", "Update request", "Update request without response"}
                with self.subTest(sight=sight, one=one, other=other):
                    self.assertGreaterEqual(distance, 12 if ordinary else 16)

    def test_the_document_states_every_distance(self):
        document = (REPO / "plugin" / "docs" / "profile.md").read_text(encoding="utf-8")
        lines_of_it = [line.rstrip() for line in document.splitlines()]
        wanted = [f"    {line}".rstrip() for line in colour_distance.closest(PROFILE / "colorfilters")]
        self.assertIn("\n".join(wanted), "\n".join(lines_of_it),
                      "tests/profile/colour_distance.py plugin/profile/colorfilters prints what it has to be")

    def test_every_filter_compiles(self):
        everything = [*colour_rules(), *((label, expression) for _, label, expression, _ in table("dfilter_buttons")),
                      *((name, expression) for _, name, expression, *_ in table("io_graphs")),
                      *((name, "${%s}" % name) for name, text in filters("dmacros").items() if "$1" not in text)]
        self.assertGreater(len(everything), 80)
        for i in range(0, len(everything), 12):  # many at a time, one by one only to tell which of them does not
            some = everything[i:i + 12]
            try:
                tshark(FAULTS, "-c", "1", "-Y", " || ".join(f"({expression})" for _, expression in some))
            except AssertionError:
                for name, expression in some:
                    with self.subTest(name):
                        tshark(FAULTS, "-c", "1", "-Y", expression)

    def test_macros_are_the_same_in_both_formats(self):
        self.assertEqual(dict(table("dfilter_macros")), filters("dmacros"))

    def test_every_family_has_its_macro_and_button(self):
        wanted = [f'winerr.error_family == "{family}"' for family in families()]
        self.assertGreater(len(wanted), 18)
        self.assertEqual([filters("dmacros").get(macro_of(family)) for family in families()][1:], wanted[1:])
        self.assertEqual(filters("dmacros").get("wu_unknown"), wanted[0])
        self.assertEqual({row[2] for row in table("dfilter_buttons") if row[1].startswith("Errors//")}, set(wanted))

    def test_every_outcome_of_a_connection_has_its_button(self):
        buttons = {row[1]: row[2] for row in table("dfilter_buttons") if row[1].startswith("Connections//")}
        wanted = {f"Connections//{name}": f'wsus.connection.outcome == "{name}"' for name in outcomes()}
        self.assertEqual(17, len(wanted))
        self.assertEqual(buttons, {"Connections//All that failed": "wsus.connection.outcome", **wanted})

    def test_buttons_of_outcomes_select_their_frames(self):
        capture = CAPTURES / "connections.pcapng"
        every = numbers(capture, "${wu_connection}")
        self.assertGreater(len(every), 17)
        rows = fields(capture, ["frame.number", "wsus.connection.outcome"], display="wsus.connection.outcome")
        for name in ("Refused", "TLS alert", "Redirect loop"):
            wanted = [int(frame[0]) for frame, found in rows if str(outcomes().index(name) + 1) in found]
            self.assertEqual(numbers(capture, f'wsus.connection.outcome == "{name}"'), wanted)
            self.assertNotEqual(wanted, [])
        self.assertEqual(numbers(FAULTS, "${wu_connection}"), [])
        self.assertTrue(set(every) <= set(numbers(capture, "${wu_failure}")))

    def test_every_family_is_in_one_graph(self):
        shown = [name for row in table("io_graphs") if row[1].endswith(" errors") for name in re.findall(r'"(\w+)"', row[2])]
        self.assertEqual(sorted(families()), sorted(shown))
        self.assertIn("Other errors", [row[1] for row in table("io_graphs")])

    def test_macros_of_families_select_their_frames(self):
        seen = 0
        for family in families():
            for capture in (FAULTS, CAPTURES / "reports.pcapng"):
                with self.subTest(family=family, capture=capture.name):
                    wanted = frames_with_error(capture, family)
                    self.assertEqual(numbers(capture, "${%s}" % macro_of(family)), wanted)
                    seen += len(wanted)
        self.assertGreater(seen, 100)
        self.assertEqual(numbers(CAPTURES / "reports.pcapng", "${wu_com}"), [11, 19])

    def test_macros_with_a_value(self):
        self.assertEqual(numbers(FAULTS, "${wu_client:192.0.2.20} and frame.number > 102"), [103, 104, 105, 106])
        self.assertEqual(numbers(FAULTS, "${wu_client:192.0.2.21}"), [])
        slow = fields(FAULTS, ["frame.number", "wsus.time"], display="wsus.time")
        wanted = [int(number[0]) for number, time in slow if float(time[0]) >= 0.01]
        self.assertEqual(numbers(FAULTS, "${wu_slow:0.01}"), wanted)

    def test_macros_come_from_the_profile(self):
        self.assertNotEqual(tshark(FAULTS, "-Y", "${wu_wua}", profile=None, check=False)[1], "")

    def test_failures_and_recovery_are_apart(self):
        failures, recovery = (set(numbers(FAULTS, name)) for name in ("${wu_failure}", "${wu_recovery}"))
        self.assertEqual(recovery, {80, 82, 84, 86, 88, 90, 92, 94, 102})
        self.assertTrue({2, 78, 96, 98, 100} <= failures)
        self.assertEqual(failures & recovery, set())

    def test_graphs_have_the_form_of_the_table(self):
        for row in table("io_graphs"):
            with self.subTest(row[1]):
                enabled, _, _, colour, style, axis, field, average, factor = row
                self.assertIn(enabled, ("Enabled", "Disabled"))
                self.assertRegex(colour, r"^#[0-9a-f]{6}$")
                self.assertIn(style, ("Line", "Stacked Bar"))
                self.assertIn((axis, field), (("Packets", ""), ("MAX(Y Field)", "wsus.time")))
                self.assertEqual((average, factor), ("None", "1"))
        self.assertEqual(len({row[3] for row in table("io_graphs")}), len(table("io_graphs")))
