"""What the dissection tests share: running Wireshark's programs with the plugin, and finding captures.

The environment is set up by tests/run: WSUS_RUN is a folder with the plugin folder and a home for tshark, WSUS_BUILD the
build folder. Every program of Wireshark runs unprivileged and stops at dissector bugs.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

REPO = pathlib.Path(__file__).resolve().parents[2]
RUN = pathlib.Path(os.environ["WSUS_RUN"])
BUILD = pathlib.Path(os.environ["WSUS_BUILD"])
TIMEOUT = 300
WORDS = {"True": "1", "False": "0"}

DROP = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []


def readable(folder, name):
    """A folder that programs of Wireshark can read: itself, or a copy of it where only root may look, as in /root."""
    if not folder.exists() or subprocess.run([*DROP, "ls", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                             check=False).returncode == 0:
        return folder
    copy = RUN / name
    if not copy.exists():
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("build", ".git"))
        subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
    return copy


CAPTURES = readable(REPO / "captures", "captures")
SHARED = readable(REPO.parent / "shared" / "captures", "shared")


def environment(plugin=True, **more):
    """The environment of a program of Wireshark, with the plugin or without any. A variable that is None is left out."""
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": str(RUN / "home"),
        "XDG_CONFIG_HOME": str(RUN / "home" / ".config"),
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "WIRESHARK_PLUGIN_DIR": str(RUN / "plugins") if plugin else "/nonexistent",
        "WIRESHARK_ABORT_ON_DISSECTOR_BUG": "1",
        "WIRESHARK_ABORT_ON_TOO_MANY_ITEMS": "1",
        "LD_PRELOAD": os.environ.get("WSUS_PRELOAD"),  # a sanitizer, for nothing but the programs of Wireshark
        **{key: os.environ[key] for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "WIRESHARK_DEBUG_WMEM_OVERRIDE")
           if key in os.environ},
        **more,
    }
    return {name: value for name, value in settings.items() if value is not None}


def run(program, *arguments, plugin=True, stdin=None, check=True, **more):
    """Runs a program of Wireshark. Its complaints are an error, but for what does not concern the plugin."""
    settings = environment(plugin, **more)
    options = {"input": stdin, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": TIMEOUT, "check": False}
    done = subprocess.run([*DROP, program, *map(str, arguments)], env=settings, **options)
    if b"LeakSanitizer: detected" in done.stderr:
        # whose it is: glib has no frame pointers, and stacks through it are found in the slow way alone
        settings["ASAN_OPTIONS"] += ":fast_unwind_on_malloc=0:malloc_context_size=12"
        done = subprocess.run([*DROP, program, *map(str, arguments)], env=settings, **options)
    complaints = done.stderr.decode(errors="replace")
    if check and (done.returncode or re.search(r"Dissector bug|dissector bug|ERROR: AddressSanitizer|runtime error", complaints)):
        raise AssertionError(f"{program} {' '.join(map(str, arguments))}: status {done.returncode}\n{complaints}")
    return done


def tshark(capture, *arguments, **options):
    """The output of tshark over a capture as text."""
    return run("tshark", "-n", "-r", capture, *arguments, **options).stdout.decode(errors="replace")


def fields(capture, names, *arguments, display="frame", **options):
    """The values of fields, one row for each packet that `display` selects, each a list of strings for each field.

    Booleans are 0 and 1, as 4.0 writes them; 4.4 writes words."""
    output = tshark(capture, "-Y", display, "-T", "fields", "-E", "separator=\x1f", "-E", "aggregator=\x1e", "-E",
                    "occurrence=a", *(part for name in names for part in ("-e", name)), *arguments, **options)
    return [[[WORDS.get(v, v) for v in value.split("\x1e") if v != ""] for value in line.split("\x1f")]
            for line in output.split("\n") if line]


def summary(capture, *arguments, **options):
    """{frame: (protocol, info)} from the columns."""
    output = tshark(capture, "-o", 'gui.column.format:"N","%m","P","%p","I","%i"', *arguments, **options)
    rows = {}
    for line in output.splitlines():
        match = re.match(r"\s*(\d+)\s+(\S+)\s+(.*)", line)
        if match:
            rows[int(match[1])] = (match[2], match[3].rstrip())
    return rows


def tree(capture, display, *arguments, protocols="wsus,wws,winerr", **options):
    """The packet details of our protocols as lines, the others in one line each left out."""
    lines = []
    keep = False
    for line in tshark(capture, "-Y", display, "-V", "-O", protocols, *arguments, **options).splitlines():
        if line and not line.startswith(" "):
            keep = line.lstrip("[").startswith(("Windows Update", "Windows Web Services", "Windows Error Code"))
        if keep and line:
            lines.append(line)
    return lines


def own_captures():
    """The sample captures of the project."""
    return sorted(CAPTURES.glob("*.pcapng"))


def shared_captures(folder):
    """Captures that are not part of the project. Tests that need them are skipped, loudly, where they are absent."""
    found = sorted((SHARED / folder).glob("*.pcap*"))
    if not found:
        raise unittest.SkipTest(f"SKIPPED: no captures in {SHARED / folder}")
    return found


def json_packets(output):
    """The packets of -T json; an object whose keys repeat keeps all of them, as a list of pairs."""
    return json.loads(output, object_pairs_hook=lambda pairs: pairs)


def flatten(pairs, names):
    """The values of fields by name, in order, from the pairs of a JSON packet."""
    found = []
    stack = [pairs]
    while stack:
        node = stack.pop()
        if isinstance(node, list) and all(isinstance(p, tuple) for p in node):
            for key, value in reversed(node):
                stack.append((key, value))
        elif isinstance(node, tuple):
            key, value = node
            if key in names and isinstance(value, str):
                found.append((key, value))
            elif key in names and isinstance(value, list) and all(isinstance(v, str) for v in value):
                found.extend((key, v) for v in value)
            else:
                stack.append(value)
        elif isinstance(node, list):
            stack.extend(reversed(node))
    return found
