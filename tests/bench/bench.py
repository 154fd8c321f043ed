#!/usr/bin/env python3
"""The measurements of tests/bench/run, which sets up what they need: see there.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections
import csv
import functools
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dissection"))
sys.path.insert(0, str(HERE))

import traffic  # noqa: E402
from harness import CAPTURES, DROP, REPO, RUN, environment, run, tshark  # noqa: E402

ROUNDS = 7                   # of CPU time: the least counts
PACKETS = 4_000              # of each kind of unrelated traffic
SCANS, FEW_SCANS = 240, 12
MEGABYTE = 1 << 20

UNRELATED_BUDGET, UNRELATED_GOAL = 1.02, 1.005
STOCK_BUDGET = 0.70
FLOOR_GOAL = 1.05
DOUBLING_BUDGET = 2.4        # time; instructions are exact
TENFOLD_BUDGET = 10.5
LUA_BUDGET = 1.0

# tshark with the plugin or without it, and what it is called with
Variant = collections.namedtuple("Variant", "plugin arguments")
STOCK = Variant(False, ())
PLUGIN = Variant(True, ())
FLOOR = Variant(False, ("--disable-protocol", "xml"))
LUA = Variant(False, ("-X", f"lua_script:{RUN / 'wsus.lua'}", "-X", f"lua_script1:{RUN / 'known.lua'}"))

UNRELATED_MODES = {"summary": (), "-V": ("-V",), "-Y http": ("-Y", "http"), "-q -z io,stat,0": ("-q", "-z", "io,stat,0")}

# Arguments with the plugin, and what a user of stock tshark would ask for instead.
WSUS_MODES = {
    "summary": ((), ()),
    "-Y wsus.operation (stock: -Y http)": (("-Y", "wsus.operation"), ("-Y", "http")),
    "-q -z wsus,tree (stock: http,tree)": (("-q", "-z", "wsus,tree"), ("-q", "-z", "http,tree")),
}

LUA_FIELDS = ["frame.number", "wsus.operation", "wsus.status_code", "wws.fault.code", "wws.fault.errorcode", "winerr.code",
              "winerr.symbol"]


# ---- the table ------------------------------------------------------------------------------------------------------

class Table:
    """Prints one line for each figure; those with a budget are tests."""

    def __init__(self):
        self.passed = self.failed = 0

    @staticmethod
    def section(title):
        print(f"\n== {title}", flush=True)

    def figure(self, name, value, budget=None, goal=None, form="{:10.3f}"):
        word, remark = "", ""
        if budget is not None:
            word = self.count(value <= budget)
            remark = f"budget {budget:g}"
        if goal is not None:
            remark += f"{', ' if remark else ''}goal {goal:g}{'' if value <= goal else ' missed'}"
        print(f"{word:<5}{name:<70}{form.format(value)}  {remark}".rstrip(), flush=True)

    def check(self, name, good, reason=""):
        print(f"{self.count(good):<5}{name}{'' if good else ': ' + reason}", flush=True)

    def count(self, good):
        if good:
            self.passed += 1
        else:
            self.failed += 1
        return "ok" if good else "FAIL"

    def close(self):
        print(f"\n{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


# ---- measuring ------------------------------------------------------------------------------------------------------

def command(variant, capture, arguments):
    return ["tshark", "-n", "-r", str(capture), *variant.arguments, *arguments]


def fixed_addresses():
    """Addresses are the same in every run, where the system lets us ask for that."""
    words = ["setarch", "-R"]
    return words if subprocess.run([*words, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0 else []


def count_instructions(variant, words):
    done = subprocess.run(
        [*DROP, *fixed_addresses(), "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *words],
        env=environment(variant.plugin, LD_PRELOAD=str(RUN / "seed.so")), stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, check=False)
    counted = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not counted:
        sys.exit(f"{' '.join(words)}: status {done.returncode}\n{done.stderr}")
    return int(counted[1])


@functools.lru_cache(maxsize=None)
def instructions(variant, capture, arguments=()):
    """Instructions that a capture costs, without what an empty one costs."""
    if capture == EMPTY:
        return count_instructions(variant, command(variant, capture, arguments))
    return count_instructions(variant, command(variant, capture, arguments)) - instructions(variant, EMPTY, arguments)


def usage(variant, words):
    """CPU seconds in user mode and the most memory, in bytes, of one run."""
    process = subprocess.Popen([*DROP, *words], env=environment(variant.plugin), stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    complaints = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(words)}: status {process.returncode}\n{complaints.decode(errors='replace')}")
    return used.ru_utime, used.ru_maxrss * 1024


def cpu_times(capture, runs):
    """CPU seconds of several runs, (variant, arguments) each, net of starting. They take turns, so that what disturbs
    the machine disturbs all of them."""
    least = collections.defaultdict(lambda: float("inf"))
    for _ in range(ROUNDS):
        for which in (EMPTY, capture):
            for run in runs:
                variant, arguments = run
                least[run, which] = min(least[run, which], usage(variant, command(variant, which, arguments))[0])
    return [least[run, capture] - least[run, EMPTY] for run in runs]


def core(*arguments):
    """The lines of numbers that the core program prints."""
    done = subprocess.run([RUN / "core", *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return [[float(word) for word in line.split("\t")] for line in done.stdout.splitlines()]


# ---- captures -------------------------------------------------------------------------------------------------------

def made(name):
    return RUN / f"{name}.pcap"


EMPTY = made("empty")


@functools.lru_cache(maxsize=None)
def connections(name):
    """The messages of a sample capture, by connection."""
    return traffic.read_connections(tshark(
        CAPTURES / f"{name}.pcapng", "-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.stream", "-e", "tcp.srcport",
        "-e", "tcp.dstport", "-e", "tcp.payload", plugin=False))


def scan_messages():
    return connections("scan-plain")[0]


def exchange(operation):
    """The first request of that operation in a scan, with its answer."""
    messages = scan_messages()
    start = next(n for n, (side, data) in enumerate(messages) if side == 0 and f"/{operation}\"".encode() in data)
    return messages[start:start + 2]


def faults():
    """Requests to ClientWebService that are answered by a fault, with their answers."""
    found = []
    for messages in connections("asmx").values():
        for (side, request), (_, answer) in zip(messages, messages[1:]):
            if side == 0 and request.startswith(b"POST /ClientWebService/") and b"Fault>" in answer:
                found += [(0, request), (1, answer)]
    return found


@functools.lru_cache(maxsize=None)
def encoder():
    return traffic.load_encoder(CAPTURES)


@functools.lru_cache(maxsize=None)
def scans(xpress=False):
    return traffic.Scans(scan_messages(), encoder() if xpress else None)


def write(name, function, *arguments):
    path = made(name)
    if not path.exists():
        function(path, *arguments)
    return path


def scan_capture(count, xpress=False):
    return write(f"scans-{count}-{xpress}", traffic.write_scans, scans(xpress), count)


def largest_answer():
    """The longest answer to SyncUpdates of the scans."""
    return max((data for scan in scans().variants for side, data in scan if side), key=len)


# ---- sections -------------------------------------------------------------------------------------------------------

def unrelated(table, modes, kinds):
    table.section("Unrelated traffic: instructions, with the plugin / stock")
    for name, of in kinds.items():
        capture = write(f"unrelated-{name}", traffic.write_unrelated, of, PACKETS)
        for mode in modes:
            arguments = UNRELATED_MODES[mode]
            ratio = instructions(PLUGIN, capture, arguments) / instructions(STOCK, capture, arguments)
            table.figure(f"{name}, {mode}", ratio, UNRELATED_BUDGET, UNRELATED_GOAL)


def starting(table):
    table.section("Starting: instructions, with the plugin / stock")
    versions = [count_instructions(variant, ["tshark", "-v"]) for variant in (PLUGIN, STOCK)]
    table.figure("tshark -v", versions[0] / versions[1])
    table.figure("an empty capture", instructions(PLUGIN, EMPTY) / instructions(STOCK, EMPTY))


def windows_update_instructions(table, modes):
    table.section("Windows Update traffic: instructions, with the plugin / stock, and / stock without the XML dissector")
    capture = scan_capture(FEW_SCANS)
    for mode in modes:
        ours, theirs = WSUS_MODES[mode]
        mine = instructions(PLUGIN, capture, ours)
        table.figure(f"scans, {mode}", mine / instructions(STOCK, capture, theirs), STOCK_BUDGET)
        table.figure(f"scans, {mode}, to the floor", mine / instructions(FLOOR, capture, theirs), goal=FLOOR_GOAL)
    if len(modes) > 1:
        capture = write("faults", traffic.write_exchanges, faults(), 40, 1)
        table.figure("faults, summary", instructions(PLUGIN, capture) / instructions(STOCK, capture))
        capture = scan_capture(FEW_SCANS, xpress=True)
        table.figure("scans with xpress, which stock cannot read, summary",
                     instructions(PLUGIN, capture) / instructions(STOCK, capture))


def windows_update_time(table):
    table.section("Windows Update traffic: user CPU time, with the plugin / stock, and / stock without the XML dissector")
    capture = scan_capture(SCANS)
    for mode, (ours, theirs) in WSUS_MODES.items():
        mine, stock, floor = cpu_times(capture, [(PLUGIN, ours), (STOCK, theirs), (FLOOR, theirs)])
        table.figure(f"scans, {mode}", mine / stock, STOCK_BUDGET)
        table.figure(f"scans, {mode}, to the floor", mine / floor, goal=FLOOR_GOAL)


def xpress(table):
    table.section("xpress: the core decoder")
    sizes = [1, 2, 4, 8]
    bodies = []
    for size in sizes:
        bodies.append(RUN / f"body-{size}")
        bodies[-1].write_bytes(traffic.xpress_body(largest_answer(), encoder(), size * MEGABYTE))
    rows = core("xpress", *bodies)
    for size, (_, decoding, copying) in zip(sizes, rows):
        table.figure(f"{size} MB: decoded MB/s / MB/s of memcpy", copying / decoding)
    for size, before, after in zip(sizes, rows, rows[1:]):
        table.figure(f"time of {size * 2} MB / {size} MB", after[1] / before[1], DOUBLING_BUDGET)


def xpress_in_tshark(table):
    table.section("Linear: instructions of tshark with the plugin, net")
    request, answer = exchange("SyncUpdates")
    captures = [write(f"answer-{size}", traffic.write_one_answer, request[1], answer[1],
                      traffic.xpress_body(largest_answer(), encoder(), size * MEGABYTE)) for size in (1, 2, 4, 8)]
    counts = [instructions(PLUGIN, capture) for capture in captures]
    for size, before, after in zip((2, 4, 8), counts, counts[1:]):
        table.figure(f"an xpress answer of {size} MB / {size // 2} MB", after / before, DOUBLING_BUDGET)


def tenfold(table):
    for name, captures in {
            "scans, 12 and 120": [scan_capture(FEW_SCANS), scan_capture(10 * FEW_SCANS)],
            "GetCookie, 1,000 and 10,000": [exchanges(1_000), exchanges(10_000)]}.items():
        counts = {variant: [instructions(variant, capture) for capture in captures] for variant in (PLUGIN, STOCK)}
        table.figure(f"10 times the packets: {name}", counts[PLUGIN][1] / counts[PLUGIN][0], TENFOLD_BUDGET)
        table.figure(f"    the same of stock", counts[STOCK][1] / counts[STOCK][0])


def exchanges(count):
    return write(f"exchanges-{count}", traffic.write_exchanges, exchange("GetCookie"), count)


def updates(count):
    return write(f"updates-{count}", traffic.write_updates, exchange("SyncUpdates"), count)


def memory(table):
    table.section("Memory: growth of the peak from 1,000 to 10,000 exchanges, bytes per exchange")
    for name, capture in {"GetCookie": exchanges, "SyncUpdates, 24 new updates each": updates}.items():
        few, many = (1_000, 10_000) if capture is exchanges else (200, 2_000)
        growth = {}
        for variant in (PLUGIN, STOCK):
            peaks = [usage(variant, command(variant, capture(count), ()))[1] for count in (few, many)]
            growth[variant] = (peaks[1] - peaks[0]) / (many - few)
        table.figure(f"{name}: with the plugin", growth[PLUGIN], form="{:10.0f}")
        table.figure(f"{name}: stock", growth[STOCK], form="{:10.0f}")
        table.figure(f"{name}: the plugin's own", growth[PLUGIN] - growth[STOCK], form="{:10.0f}")


def lookup(table):
    table.section("Code lookup: lookups per second / those of plainer means over the same rows")
    (readings, by_bsearch, by_hash), = core("lookup")
    table.figure("all readings of a code / bsearch()", by_bsearch / readings)
    table.figure("all readings of a code / a hash table", by_hash / readings)


# ---- the same job in Lua --------------------------------------------------------------------------------------------

def lua_value(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"[{lua_value(k)}]={lua_value(v)}" for k, v in value.items()) + "}"
    return str(value) if isinstance(value, int) else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rows_of(name):
    with (REPO / "tables" / f"{name}.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def names_of(values, field):
    """{number: name} from the output of tshark -G values."""
    return {int(number, 0): name for number, name in re.findall(rf"^V\t{re.escape(field)}\t(\w+)\t(.*)$", values, re.M)}


def write_names():
    """What the Lua dissector knows of codes: the names that the plugin shows, and the mappings of its tables."""
    values = run("tshark", "-G", "values").stdout.decode()
    faults = {row["fault"]: {key: int(row[key], 16) for key in ("value", "older_value") if row[key]}
              for row in rows_of("soap_faults")}
    agent_codes = {int(row["http_status"]) if row["http_status"].isdigit() else row["http_status"]: int(row["value"], 16)
                   for row in rows_of("http_to_code")}
    any_fault = next(int(row["value"], 16) for row in rows_of("wws_mapping") if (row["kind"], row["key"]) == ("fault", "any"))
    unknown_fault = next(int(row["wu_value"], 16) for row in rows_of("wws_to_wua") if int(row["ws_value"], 16) == any_fault)
    (RUN / "known.lua").write_text("return " + lua_value({
        "codes": names_of(values, "winerr.code"), "statuses": names_of(values, "wsus.status_code"), "faults": faults,
        "agent_codes": agent_codes, "any_fault": any_fault, "unknown_fault": unknown_fault}) + "\n", encoding="utf-8")


def field_arguments():
    return ("-Y", "wsus", "-T", "fields", *(part for name in LUA_FIELDS for part in ("-e", name)))


def lua(table):
    table.section("The same job in Lua: with the plugin / with Lua")
    write_names()
    few = write("lua-few", traffic.write_scans, scans(), FEW_SCANS, [faults()])
    many = write("lua-many", traffic.write_scans, scans(), SCANS, [faults()])
    arguments = field_arguments()
    mine, theirs = (tshark(few, *variant.arguments, *arguments, plugin=variant.plugin).splitlines() for variant in (PLUGIN, LUA))
    differing = [pair for pair in zip(mine, theirs) if pair[0] != pair[1]]
    table.check("the fields are equal", bool(mine) and len(mine) == len(theirs) and not differing,
                "\n".join(f"{len(mine)} and {len(theirs)} rows\n    {a}\n    {b}" for a, b in differing[:3]))
    for mode, words in {"summary": (), "the fields": arguments}.items():
        table.figure(f"{mode}: instructions", instructions(PLUGIN, few, words) / instructions(LUA, few, words), LUA_BUDGET)
        times = cpu_times(many, [(PLUGIN, words), (LUA, words)])
        table.figure(f"{mode}: user CPU time", times[0] / times[1], LUA_BUDGET)


# ---------------------------------------------------------------------------------------------------------------------

def quick(table):
    unrelated(table, ["summary"], {"all kinds": list(traffic.UNRELATED)})
    windows_update_instructions(table, ["summary"])
    xpress(table)


def full(table):
    unrelated(table, UNRELATED_MODES, {kind: [kind] for kind in traffic.UNRELATED})
    starting(table)
    windows_update_instructions(table, WSUS_MODES)
    windows_update_time(table)
    xpress(table)
    xpress_in_tshark(table)
    tenfold(table)
    lookup(table)
    memory(table)
    lua(table)


def main():
    table = Table()
    write("empty", traffic.write_empty)
    if sys.argv[1:] == ["--quick"]:
        quick(table)
    else:
        full(table)
    return table.close()


if __name__ == "__main__":
    sys.exit(main())
