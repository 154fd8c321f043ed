"""The command line of captures/decode.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import argparse
import os
import re

from layout import visible

REPO = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))

HELP = """usage: decode [OPTION...] [FILE...]

Says which clients of Windows Update failed in capture files, at which step, why, and what to check; then one line for each
exchange, and sums. FILE is a capture, a folder (the captures in it and below it) or - (standard input); without FILE, the sample
captures beside this script are read. On a fresh Debian 12 it installs what is missing (as root or with sudo) and builds the plugin
first.

what is printed
  --csv               a table of comma separated values
  --json              one JSON object a line: the records of tshark -z wsus,records (plugin/docs/records.schema.json)
  --summary-only      the diagnosis and the summary, and nothing else
  --no-summary        the exchanges and nothing else
  --html FILE         one page for a browser: diagnosis, clients with their time lines, codes, response times, updates; - is
                      standard output. Needs python3-jinja2 and python3-pygal
  --totals FILE...    no captures: the summary of what earlier runs of decode --json wrote to FILE, summed up

what is read
  --series            the files are one capture, as a ring buffer makes them: they are put together in order of time
  -Y FILTER           only messages that this display filter selects; there is no diagnosis then
  -o NAME:VALUE       a preference, for tshark
  -d LAYER==SELECTOR,PROTOCOL
                      decode as, for tshark: -d tcp.port==8600,http
  --keylog FILE       secrets of TLS sessions, as SSLKEYLOGFILE writes them
  --jobs N            processors to use, 1 or more (default: all); a capture of 256 MB and more is read in as many parts

  --version           the version of the plugin
  -h, --help          this

Lines are folded to the width of a terminal, or to COLUMNS where that is set. Exit status: 0, 1 when a file could not be read, 2
for a wrong command line."""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"decode: {visible(message)}\nTry: decode --help\n")


def version():
    with open(os.path.join(REPO, "CMakeLists.txt"), encoding="utf-8") as file:
        return re.search(r"project\(wsus VERSION (\S+)", file.read())[1]


def jobs(text):
    if not re.fullmatch(r"[0-9]{1,4}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a number of processors from 1 on, not {text}")
    return int(text)


def processors():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def parse(words):
    parser = Parser(prog="decode", add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--version", action="store_true")
    parser.add_argument("--csv", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--summary-only", action="store_true")
    parser.add_argument("--no-summary", action="store_true")
    parser.add_argument("--html", metavar="FILE")
    parser.add_argument("--totals", action="store_true")
    parser.add_argument("--series", action="store_true")
    parser.add_argument("-Y", dest="filter", metavar="FILTER")
    parser.add_argument("-o", dest="preferences", metavar="NAME:VALUE", action="append", default=[])
    parser.add_argument("-d", dest="decode_as", metavar="LAYER==SELECTOR,PROTOCOL", action="append", default=[])
    parser.add_argument("--keylog", metavar="FILE")
    parser.add_argument("--jobs", metavar="N", type=jobs, default=processors())
    parser.add_argument("files", metavar="FILE", nargs="*")
    options = parser.parse_intermixed_args(words) if "--" not in words else parser.parse_args(words)
    check(parser, options)
    return options


def check(parser, options):
    for one, other in (("csv", "json"), ("summary_only", "no_summary"), ("csv", "summary_only"), ("totals", "csv"),
                       ("totals", "series"), ("totals", "no_summary"), *(("html", other) for other in (
                           "csv", "json", "summary_only", "no_summary", "totals", "filter"))):
        if getattr(options, one) and getattr(options, other):
            names = ["-Y" if name == "filter" else "--" + name.replace("_", "-") for name in (one, other)]
            parser.error(f"{names[0]} and {names[1]} do not go together")
    if options.totals and not options.files:
        parser.error("--totals takes the files that decode --json wrote")
    if options.series and not options.files:
        parser.error("--series takes the files of the series, or their folder")
    if options.files.count("-") > 1 or (options.series and "-" in options.files):
        parser.error("standard input is one capture")
    for text in options.preferences:
        if ":" not in text:
            parser.error(f"-o takes NAME:VALUE, not {text}")
    for text in options.decode_as:
        if "==" not in text or "," not in text:
            parser.error(f"-d takes LAYER==SELECTOR,PROTOCOL, not {text}")
