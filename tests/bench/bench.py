#!/usr/bin/env python3
"""The measurements of tests/bench/run, which sets up what they need: see there.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections
import concurrent.futures
import csv
import functools
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dissection"))
sys.path.insert(0, str(HERE))

import traffic  # noqa: E402
from harness import BUILD, CAPTURES, DROP, REPO, RUN, environment, run, tshark  # noqa: E402

ROUNDS = 7                   # of CPU time: the least counts
PACKETS = 2_000              # of each kind of unrelated traffic
SCANS, FEW_SCANS = 240, 12
MEGABYTE = 1 << 20

UNRELATED_BUDGET, UNRELATED_GOAL = 1.02, 1.005
STOCK_BUDGET = 0.70
FLOOR_GOAL = 1.05
DOUBLING_BUDGET = 3.0        # of time, which caches and other work disturb; 4 would be quadratic
COUNTED_DOUBLING_BUDGET = 2.1
TENFOLD_BUDGET = 10.5
STARTING_BUDGET = 1.02
MEMORY_BUDGET = 1.25         # of growth with each exchange
HUGE_BUDGET = 1.7            # times as fast in two parts
HUGE_ROUNDS = 3
DECODE_BUDGET = 1.5          # of user and system time
RECORDS_BUDGET = 1.2         # of instructions
RECORDS_XPRESS_BUDGET = 1.5  # the least does not even decompress what is read here
PROCESSORS_BUDGET = 1 / 0.85
LUA_BUDGET = 1.0
LOG_MEGABYTES = 128
LOG_SPEED = 100              # megabytes of a WindowsUpdate.log in a second of CPU time
LOG_BUDGET = 12.0            # times what grep -oE takes, which knows one form of codes and no words
LZ77_BUDGET = 1.0

# tshark with the plugin or without it, and what it is called with
Variant = collections.namedtuple("Variant", "plugin arguments")
STOCK = Variant(False, ())
PLUGIN = Variant(True, ())
FLOOR = Variant(False, ("--disable-protocol", "xml"))
LUA = Variant(False, ("-X", f"lua_script:{RUN / 'wsus.lua'}", "-X", f"lua_script1:{RUN / 'known.lua'}"))

PLUGIN_DIR = {True: str(RUN / "plugins"), False: str(RUN / "without")}  # of one length, as captures are: see made()

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

    def __init__(self, markdown):
        self.markdown = markdown
        self.passed = self.failed = 0

    def section(self, title):
        if self.markdown:
            print(f"\n{title}:\n\n| measured | figure | budget or goal |\n|---|---:|---|", flush=True)
        else:
            print(f"\n== {title}", flush=True)

    def figure(self, name, value, budget=None, goal=None, form="{:.3f}", least=None):
        word, remarks = "", []
        if least is not None:
            word = self.count(value >= least)
            remarks.append(f"at least {least:g}{'' if value >= least else ' missed'}")
        if budget is not None:
            word = self.count(value <= budget)
            remarks.append(f"budget {budget:g}{'' if value <= budget else ' missed'}")
        if goal is not None:
            remarks.append(f"goal {goal:g}{'' if value <= goal else ' missed'}")
        self.line(word, name, form.format(value), ", ".join(remarks))

    def check(self, name, good, reason=""):
        self.line(self.count(good), name, "yes" if good else "no", "" if good else reason)

    def line(self, word, name, value, remark):
        if self.markdown:
            print(f"| {name} | {value} | {remark} |", flush=True)
        else:
            print(f"{word:<5}{name:<70}{value:>12}  {remark}".rstrip(), flush=True)

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
        env=environment(variant.plugin, LD_PRELOAD=str(RUN / "seed.so"), WIRESHARK_PLUGIN_DIR=PLUGIN_DIR[variant.plugin]),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    counted = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not counted:
        sys.exit(f"{' '.join(words)}: status {done.returncode}\n{done.stderr}")
    return int(counted[1])


@functools.lru_cache(maxsize=None)
def all_instructions(variant, capture, arguments=()):
    return count_instructions(variant, command(variant, capture, arguments))


def instructions(variant, capture, arguments=()):
    """Instructions that a capture costs, without what an empty one costs."""
    return all_instructions(variant, capture, arguments) - all_instructions(variant, EMPTY, arguments)


def count_ahead(*wanted):
    """Counts what instructions() will be asked for, (variant, capture, arguments) each, on all processors: nothing that
    runs beside it changes a count."""
    runs = dict.fromkeys(run for variant, capture, arguments in wanted
                         for run in ((variant, EMPTY, arguments), (variant, capture, arguments)))
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(lambda run: all_instructions(*run), runs))


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
    """The path of a capture: all are of one length, because what starting costs depends by a thousandth of what is measured on
    where strings lie in memory, and has to be the same in all runs."""
    return RUN / f"{name:-<24}.pcap"


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

ALL_KINDS = "all kinds"


def unrelated(table, wanted):
    """wanted: (kind of traffic, mode) each."""
    table.section("Unrelated traffic: instructions, with the plugin / stock")
    runs = {(kind, mode): (write(f"unrelated-{kind}", traffic.write_unrelated,
                                 list(traffic.UNRELATED) if kind == ALL_KINDS else [kind], PACKETS), UNRELATED_MODES[mode])
            for kind, mode in wanted}
    count_ahead(*((variant, *run) for run in runs.values() for variant in (PLUGIN, STOCK)))
    for (kind, mode), run in runs.items():
        ratio = instructions(PLUGIN, *run) / instructions(STOCK, *run)
        table.figure(f"{kind}, {mode}", ratio, UNRELATED_BUDGET, UNRELATED_GOAL)


def starting(table):
    table.section("Starting: instructions, with the plugin / stock")
    for words in (["tshark", "-v"], ["tshark", "-G", "fields"]):
        counts = [count_instructions(variant, words) for variant in (PLUGIN, STOCK)]
        table.figure(" ".join(words), counts[0] / counts[1], STARTING_BUDGET)
    table.figure("an empty capture", all_instructions(PLUGIN, EMPTY) / all_instructions(STOCK, EMPTY), STARTING_BUDGET)


def windows_update_instructions(table, modes):
    table.section("Windows Update traffic: instructions, with the plugin / stock, and / stock without the XML dissector")
    capture = scan_capture(FEW_SCANS)
    count_ahead(*((variant, capture, WSUS_MODES[mode][variant != PLUGIN]) for mode in modes
                  for variant in (PLUGIN, STOCK, FLOOR)))
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
    for size, (_, decoding, copying, wireshark) in zip(sizes, rows):
        table.figure(f"{size} MB: decoded MB/s / MB/s of memcpy", copying / decoding)
        table.figure(f"{size} MB: time / that of Wireshark's own LZ77 routine", decoding / wireshark, LZ77_BUDGET)
    for size, before, after in zip(sizes, rows, rows[1:]):
        table.figure(f"time of {size * 2} MB / {size} MB", after[1] / before[1], DOUBLING_BUDGET)


def xpress_in_tshark(table):
    table.section("Linear: instructions of tshark with the plugin, net")
    request, answer = exchange("SyncUpdates")
    captures = [write(f"answer-{size}", traffic.write_one_answer, request[1], answer[1],
                      traffic.xpress_body(largest_answer(), encoder(), size * MEGABYTE)) for size in (1, 2, 4, 8)]
    count_ahead(*((PLUGIN, capture, ()) for capture in captures))
    counts = [instructions(PLUGIN, capture) for capture in captures]
    for size, before, after in zip((2, 4, 8), counts, counts[1:]):
        table.figure(f"an xpress answer of {size} MB / {size // 2} MB", after / before, COUNTED_DOUBLING_BUDGET)


def tenfold(table):
    for name, captures in {
            "scans, 12 and 120": [scan_capture(FEW_SCANS), scan_capture(10 * FEW_SCANS)],
            "GetCookie, 1,000 and 10,000": [exchanges(1_000), exchanges(10_000)]}.items():
        count_ahead(*((variant, capture, ()) for variant in (PLUGIN, STOCK) for capture in captures))
        counts = {variant: [instructions(variant, capture) for capture in captures] for variant in (PLUGIN, STOCK)}
        table.figure(f"10 times the packets: {name}", counts[PLUGIN][1] / counts[PLUGIN][0], TENFOLD_BUDGET)
        table.figure("    the same of stock", counts[STOCK][1] / counts[STOCK][0])


def exchanges(count):
    return write(f"exchanges-{count}", traffic.write_exchanges, exchange("GetCookie"), count)


def updates(count):
    return write(f"updates-{count}", traffic.write_updates, exchange("SyncUpdates"), count)


def memory(table):
    table.section("Memory: the peak, and its growth with each exchange")
    for name, capture in {"GetCookie": exchanges, "SyncUpdates, 24 new updates each": updates}.items():
        few, many = (1_000, 10_000) if capture is exchanges else (200, 2_000)
        growth, peaks = {}, {}
        for variant in (PLUGIN, STOCK):
            peaks[variant] = [usage(variant, command(variant, capture(count), ()))[1] for count in (few, many)]
            growth[variant] = (peaks[variant][1] - peaks[variant][0]) / (many - few)
        for count, mine, theirs in zip((few, many), peaks[PLUGIN], peaks[STOCK]):
            table.figure(f"{name}: peak at {count:,} exchanges, with the plugin / stock", mine / theirs)
        table.figure(f"{name}: bytes per exchange with the plugin", growth[PLUGIN], form="{:.0f}")
        table.figure(f"{name}: bytes per exchange of stock", growth[STOCK], form="{:.0f}")
        table.figure(f"{name}: bytes per exchange, plugin / stock", growth[PLUGIN] / growth[STOCK], MEMORY_BUDGET)


def lookup(table):
    table.section("Code lookup: lookups per second / those of plainer means over the same rows")
    (readings, by_bsearch, by_hash), = core("lookup")
    table.figure("millions of lookups a second, on the machine that measured", 1000 / readings, form="{:.1f}")
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


# ---- captures/decode ------------------------------------------------------------------------------------------------

DECODE = REPO / "captures" / "decode"
LARGE_SCANS, SMALL_CALLS = 800, 20_000
READING = ("-q", "-z", "io,stat,0")  # what makes tshark -q dissect, at the least cost


def decode_captures():
    return {f"{LARGE_SCANS} scans": scan_capture(LARGE_SCANS), f"{LARGE_SCANS} scans, xpress": scan_capture(LARGE_SCANS, xpress=True),
            f"{SMALL_CALLS:,} small calls": exchanges(SMALL_CALLS)}


def spent(words, output=None, **more):
    """User and system time of a command with all that it starts, and the time on the clock."""
    started = time.monotonic()
    process = subprocess.Popen([*map(str, words)], stdout=output or subprocess.DEVNULL, stderr=subprocess.PIPE, **more)
    complaints = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(map(str, words))}: status {process.returncode}\n{complaints.decode(errors='replace')}")
    return used.ru_utime + used.ru_stime, time.monotonic() - started


def decode(*words, wrapper=(), output=None):
    """User and system time of captures/decode, and the time on the clock. With the Python of the system: one of a version manager
    is a script that runs longer than what is measured."""
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return spent([*wrapper, DECODE, *words], env={**os.environ, "PATH": path}, output=output)


def records_instructions(table):
    """What the plugin alone does for captures/decode, of small captures of the same kinds: counted, for machines that are not
    quiet."""
    table.section("tshark -q -z wsus,records: instructions / the least that reading costs, tshark -q -z io,stat,0 without the plugin "
                  "and without the XML dissector")
    captures = {"scans": scan_capture(FEW_SCANS), "scans, xpress": scan_capture(2 * FEW_SCANS, xpress=True), "small calls": exchanges(1_000)}
    records = ("-q", "-z", "wsus,records")
    count_ahead(*((variant, capture, words) for capture in captures.values() for variant, words in ((PLUGIN, records), (FLOOR, READING))))
    for name, capture in captures.items():
        ratio = instructions(PLUGIN, capture, records) / instructions(FLOOR, capture, READING)
        if name.endswith("xpress"):
            table.figure(name, ratio, RECORDS_XPRESS_BUDGET)
        else:
            table.figure(name, ratio, RECORDS_BUDGET)


def decode_time(table, rounds):
    table.section("captures/decode as a whole: user and system CPU time / the least that reading costs, tshark -q -z io,stat,0 "
                  "without the plugin and without the XML dissector")
    decode(EMPTY)  # builds what has to be built
    mine, theirs = (collections.defaultdict(lambda: float("inf")) for _ in range(2))
    for _ in range(rounds):
        for name, capture in decode_captures().items():
            theirs[name] = min(theirs[name], spent([*DROP, *command(FLOOR, capture, READING)], env=environment(False))[0])
            mine[name] = min(mine[name], decode(capture)[0])
    for name in mine:
        table.figure(name, mine[name] / theirs[name], DECODE_BUDGET)
        if name.endswith("xpress"):  # the least is that of a tshark that does not decompress
            table.figure(f"{name} / the least for the same scans as plain text", mine[name] / theirs[f"{LARGE_SCANS} scans"], 1.0)


def decode_processors(table):
    """Several captures on all processors, and on one of them."""
    processors = len(os.sched_getaffinity(0))
    table.section(f"captures/decode, {4 * processors} captures: time on {processors} processors x {processors} / time on one")
    captures = []
    for number in range(4 * processors):
        captures.append(RUN / f"copy-{number}.pcap")
        captures[-1].unlink(missing_ok=True)
        os.link(scan_capture(SCANS), captures[-1])
    on_all = min(decode("--jobs", processors, *captures)[1] for _ in range(3))
    on_one = min(decode("--jobs", 1, *captures, wrapper=["taskset", "-c", "0"])[1] for _ in range(3))
    table.figure("scans", on_all * processors / on_one, PROCESSORS_BUDGET)


def decode_huge(table):
    """One capture of a gigabyte in parts on two processors, as many clients make it; and the output is the same. In one process
    tshark is what takes time, as the records are written by another processor meanwhile."""
    table.section("captures/decode, one capture of 1 GB in two parts on 2 processors: CPU time of one tshark / half of all CPU time in "
                  "parts, and time on the clock, in one / in parts")
    processors = ",".join(map(str, sorted(os.sched_getaffinity(0))[:2]))
    alone = ("-o", "wsus.records_at_once:FALSE", "-q", "-z", "wsus,records")
    for name, count, compressed in (("scans, xpress", 17_500, True), ("scans, as plain text", 4_900, False)):
        capture = write(f"huge-{compressed}", traffic.write_scans, scans(compressed), count, (), True)
        spending, times, outputs = (collections.defaultdict(lambda: float("inf")) for _ in range(3))
        for _ in range(HUGE_ROUNDS):
            spending[1] = min(spending[1], spent([*DROP, *command(PLUGIN, capture, alone)], env=environment())[0])
            for jobs in (1, 2):
                path = RUN / f"output-{jobs}"
                with path.open("wb") as file:
                    words = ["--json", "--no-summary", "--jobs", jobs, capture]
                    cpu, clock = decode(*words, wrapper=["taskset", "-c", processors], output=file)
                times[jobs] = min(times[jobs], clock)
                if jobs == 2:
                    spending[2] = min(spending[2], cpu)
                with path.open("rb") as file:
                    outputs[jobs] = hashlib.file_digest(file, "sha256").digest(), path.stat().st_size
                path.unlink()
        table.figure(name, spending[1] / (spending[2] / 2), least=HUGE_BUDGET)
        table.figure(f"{name}, on the clock", times[1] / times[2], least=HUGE_BUDGET)
        table.check(f"{name}: the output is the same", outputs[1] == outputs[2] and outputs[1][1] > MEGABYTE)
        capture.unlink()


def windows_update_log():
    """A log as Get-WindowsUpdateLog makes it: a code in one of 24 lines, and numbers of all kinds that are none."""
    path = RUN / "WindowsUpdate.log"
    lines = (REPO / "tests" / "wuerr" / "corpus" / "WindowsUpdate-etw.log").read_text(encoding="ascii").splitlines(True)
    plain = [line for line in lines if not re.search("fail|error|hr =|result|flags", line, re.I)]
    block = "".join((plain * 10)[:23] + [line for line in lines if "FAILED" in line][:1]).encode()
    with path.open("wb") as file:
        for _ in range(LOG_MEGABYTES * MEGABYTE // len(block)):
            file.write(block)
    return path


def logs(table):
    table.section(f"wuerr --summary, a WindowsUpdate.log of {LOG_MEGABYTES} MB")
    path = windows_update_log()
    mine = min(spent([BUILD / "wuerr", "--summary", path])[0] for _ in range(3))
    pattern = r"0x[0-9A-Fa-f]{8}|\[[0-9A-Fa-f]{8}\]"
    theirs = min(spent(["sh", "-c", 'grep -oE "$0" "$1" | wc -l', pattern, path],  # to a null device it would stop early
                       env={**os.environ, "LC_ALL": "C.UTF-8"})[0] for _ in range(3))
    table.figure("megabytes in a second of CPU time", path.stat().st_size / MEGABYTE / mine, form="{:.0f}", least=LOG_SPEED)
    table.figure("CPU time / that of grep -oE", mine / theirs, LOG_BUDGET)
    path.unlink()


# ---------------------------------------------------------------------------------------------------------------------

def quick(table):
    unrelated(table, [(kind, "summary") for kind in (*traffic.UNRELATED, ALL_KINDS)])
    windows_update_instructions(table, ["summary"])
    xpress(table)
    logs(table)
    records_instructions(table)
    decode_time(table, 5)


def full(table):
    unrelated(table, [*((kind, "summary") for kind in traffic.UNRELATED), *((ALL_KINDS, mode) for mode in UNRELATED_MODES)])
    starting(table)
    windows_update_instructions(table, WSUS_MODES)
    windows_update_time(table)
    xpress(table)
    xpress_in_tshark(table)
    tenfold(table)
    lookup(table)
    logs(table)
    memory(table)
    lua(table)
    records_instructions(table)
    decode_time(table, ROUNDS)
    decode_processors(table)


def main():
    table = Table("--table" in sys.argv[1:])
    write("empty", traffic.write_empty)
    if "--huge" in sys.argv[1:]:
        decode_huge(table)
    elif "--quick" in sys.argv[1:]:
        quick(table)
    else:
        full(table)
    return table.close()


if __name__ == "__main__":
    sys.exit(main())
