#!/usr/bin/env python3
"""Asserts that the house stays as built: run.py PLUGIN BUILD; prints a line for each test and closes with the count.

PLUGIN is the folder plugin/, BUILD the folder that it was built in. Includes are read from the sources; who
calls whom, from the symbols of the objects, so that a call over a declaration written by hand is seen as well.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections
import pathlib
import re
import subprocess
import sys

# Floors from the bottom up. A room may use what is below its own floor, never what is beside or above.
FLOORS = [{"core"}, {"compat"}, {"traffic"}, {"exchange"}, {"verdict"}, {"show", "report"}, {"frame"}, {"plugin", "wuerr"}]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
GENERATED = {"wu_tables.h"}
MAX_LINES = 500
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
WIRESHARK = re.compile(r"(epan|wsutil|wiretap|wireshark)/|ws_version\.h")


def room_of(path):
    """The room of a file, by its path in plugin/: a folder, or what stands in the hall (verdict.c, verdict_text.c)."""
    return path.parts[0] if len(path.parts) > 1 else re.split(r"[._]", path.name)[0]


def sources(plugin):
    found = [*plugin.glob("*.[ch]")]
    for room in FLOOR:
        found += (plugin / room).glob("*.[ch]")
    return sorted(path.relative_to(plugin) for path in found)


def target_of(plugin, source, name):
    """The file of the house that an include means, or None."""
    for base in (plugin / source.parent, plugin, plugin / "core"):
        if (base / name).is_file():
            return (base / name).resolve().relative_to(plugin.resolve())
    return None


def include_faults(plugin):
    """What is wrong with the includes; and the graph of the headers."""
    faults, graph = [], collections.defaultdict(set)
    for source in sources(plugin):
        text = (plugin / source).read_text(encoding="utf-8")
        own = room_of(source)
        for kind, name in INCLUDE.findall(text):
            target = target_of(plugin, source, name) if kind == '"' else None
            if own == "core" and WIRESHARK.match(name):
                faults.append(f"{source} includes {name}: core knows nothing of Wireshark")
            if target is None:
                if kind == '"' and name not in GENERATED:
                    faults.append(f"{source} includes {name}, which is not there")
                continue
            graph[source].add(target)
            room = room_of(target)
            if room == own:
                continue
            if FLOOR[room] >= FLOOR[own]:
                faults.append(f"{source} includes {target}, which is not below it")
            if room not in ("core", "compat") and target.name != f"{room}.h":
                faults.append(f"{source} includes {target}: other rooms include {room}.h")
    return faults, graph


def symbols(build):
    """{file: (defined, used)} of the compiled files."""
    table = {}
    for path in sorted(build.glob("CMakeFiles/*.dir/plugin/**/*.c.o")):
        listing = subprocess.run(["nm", "--format=posix", path], stdout=subprocess.PIPE, check=True, text=True).stdout
        rows = [line.split() for line in listing.splitlines()]
        source = pathlib.Path(str(path).split(".dir/plugin/", 1)[1]).with_suffix("")
        table[source] = ({row[0] for row in rows if row[1] in "TDBRC"}, {row[0] for row in rows if row[1] == "U"})
    return table


def call_graph(table):
    owner = {name: source for source, (defined, _) in table.items() for name in defined}
    return {source: {owner[name] for name in used if name in owner} - {source} for source, (_, used) in table.items()}


def call_faults(graph):
    return [f"{source} uses {target}, which is not below it" for source, targets in graph.items() for target in targets
            if room_of(source) != room_of(target) and FLOOR[room_of(target)] >= FLOOR[room_of(source)]]


def circles(graph):
    """One circle of files, or nothing."""
    state = {}

    def walk(node, path):
        state[node] = "open"
        for target in sorted(graph.get(node, ())):
            if state.get(target) == "open":
                return [*path[path.index(target):], target] if target in path else [node, target]
            if target not in state:
                found = walk(target, [*path, target])
                if found:
                    return found
        state[node] = "done"
        return None

    for node in sorted(graph):
        if node not in state:
            found = walk(node, [node])
            if found:
                return [" > ".join(map(str, found))]
    return []


def version_faults(plugin):
    return [f"{source} looks at Wireshark's version" for source in sources(plugin) if source.name != "compat.h" and re.search(
        r"#\s*(el)?if.*(WIRESHARK_VERSION|COMPAT_AT_LEAST)", (plugin / source).read_text(encoding="utf-8"))]


def length_faults(plugin):
    """Files that hold two things: longer than allowed, without a reason in the head comment ("Long because ...")."""
    faults = []
    for path in sources(plugin):
        text = (plugin / path).read_text(encoding="utf-8")
        if text.count("\n") > MAX_LINES and "Long because" not in text[:text.index("*/")]:
            faults.append(f"{path} has {text.count(chr(10))} lines and its head comment gives no reason")
    return faults


def list_faults(plugin):
    """Lists of a kind whose leaks tests/analysis/stock-leaks.supp leaves out, as stock Wireshark's are."""
    return [f"{source} makes a GSList" for source in sources(plugin) if "g_slist_" in (plugin / source).read_text(encoding="utf-8")]


def main(arguments):
    plugin, build = map(pathlib.Path, arguments)
    faults, headers = include_faults(plugin)
    table = symbols(build)
    graph = call_graph(table)
    known = [str(path) for path in sources(plugin) if room_of(path) not in FLOOR]
    compiled = {path for path in sources(plugin) if path.suffix == ".c"}
    tests = [
        ("every file has a room", known),
        ("the objects are those of the sources", sorted(map(str, compiled ^ set(table)))),
        ("includes go down, to the one header of a room", faults),
        ("no circle of includes", circles(headers)),
        ("calls go down", call_faults(graph)),
        ("no circle of calls between files", circles(graph)),
        ("only compat.h looks at the version", version_faults(plugin)),
        ("a long file says why", length_faults(plugin)),
        ("no lists whose leaks would not be seen", list_faults(plugin)),
    ]
    for name, found in tests:
        print(f"{'FAIL' if found else 'ok'} {name}")
        for line in found:
            print(f"    {line}")
    failed = sum(bool(found) for _, found in tests)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
