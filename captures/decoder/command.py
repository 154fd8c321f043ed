"""What captures/decode does: reads captures or totals, writes records, sums and diagnosis, and ends with a status.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import signal
import sys
import tempfile

import arguments
import diagnosis
import inputs
import layout
import outputs
import run
import setup
import totals


def complain(text):
    start = layout.START_OF_LINE if layout.steers(sys.stderr) else ""
    try:
        print(f"{start}decode: {layout.visible(text)}", file=sys.stderr, flush=True)
    except OSError:  # there is nobody left to tell it to, nor at the end
        sys.stderr = open(os.devnull, "w", encoding="ascii", errors="backslashreplace")


def encoding():
    """That of the locale; what it cannot write is written as escapes."""
    return sys.stdout.encoding or "ascii"


def reduce(options, sink):
    """--totals: sums up what earlier runs wrote."""
    everything = totals.Totals()
    failed = False
    for path in options.files:
        try:
            with (os.fdopen(os.dup(0), "rb") if path == "-" else open(path, "rb")) as file:
                everything.add(totals.read(file))
        except OSError as error:
            complain(f"{path}: {error.strerror}")
            failed = True
        except totals.NotTotals as error:
            complain(f"{path}: {error}")
            failed = True
    if not failed:
        close(everything, options, sink)
    return 1 if failed else 0


def close(everything, options, sink, text=None):
    """The diagnosis, then what was written before it was known, then the summary."""
    output = outputs.create(sink, options, encoding(), layout.width_for(sys.stdout))
    output.head(everything)
    if text:
        run.copy(text, sink)
    output.summary(everything)


def is_held(captures, options):
    """Whether the lines wait until the diagnosis, which stands at their head, is known. They do not where they come live."""
    text = not options.csv and not options.json
    return text and diagnosis.wanted(options) and not any(capture.live for capture in captures)


def decode(options, sink):
    captures = inputs.collect(options)
    if options.html:
        return write_page(captures, options, sink)
    if not is_held(captures, options):
        return read_all(captures, options, sink)
    with tempfile.TemporaryFile() as text:
        return read_all(captures, options, sink, text)


def write_page(captures, options, sink):
    import page  # takes packages that nothing else takes

    modules = page.load()
    everything, failed = gather(captures, options, sink)
    if everything.numbers["files"]:
        page.write(options.html, everything, modules, sink)
        if options.html != "-":
            sink.write(outputs.encoded([layout.visible(f"{options.html}: {diagnosis.headline(everything.diagnoses)}")], encoding()))
    return 1 if failed else 0


def read_all(captures, options, sink, text=None):
    """text: what takes the lines until the diagnosis is written."""
    everything, failed = gather(captures, options, text or sink)
    if everything.numbers["files"] and not options.no_summary:
        close(everything, options, sink, text)
    return 1 if failed else 0


def gather(captures, options, sink):
    """Reads the captures; what is written before everything is known goes to the sink."""
    everything = totals.Totals()
    width = layout.width_for(sys.stdout)
    failed = False
    with setup.tshark(options) as tshark:
        for result in run.results(tshark, captures, options, sink, encoding(), width):
            sink.flush()
            if result.problem:
                complain(f"{result.label}: {result.problem}")
                failed = True
            elif options.csv or options.json or options.html or options.summary_only:
                for line in result.remarks:
                    complain(f"{result.label}: {line}")
            if result.totals:
                everything.add(result.totals)
    return everything, failed


def main(words):
    options = arguments.parse(words)
    if options.help:
        print(arguments.HELP)
        return 0
    if options.version:
        print(f"decode {arguments.version()}, Windows Update dissector for Wireshark")
        return 0
    sink = sys.stdout.buffer
    status = reduce(options, sink) if options.totals else decode(options, sink)
    sink.flush()
    return status


class Ended(BaseException):
    """A signal that asks to end: what was made is removed before that."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def on_signal(number, _frame):
    for each in SIGNALS:
        signal.signal(each, lambda *_: None)  # once is enough; one that is on its way may not find SIG_IGN
    sys.unraisablehook = lambda _: None  # where it meets an object that is just being freed, Python would tell of it
    raise Ended(number)


def prepare_streams():
    """Standard input, output and error are open, as the next files would take their places. False: there is no output."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stderr = sys.stderr or open(2, "w", encoding="ascii", closefd=False)
    sys.stderr.reconfigure(errors="backslashreplace")
    return sys.stdout is not None


def end_by(number):
    """Ends as a signal ends a process, so that a shell sees it as one."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def reason(error):
    name = error.filename2 or error.filename
    return f"{name or 'cannot write'}: {error.strerror}"


def guarded(words):
    if not prepare_streams():
        complain("standard output is closed")
        return 1
    for number in SIGNALS:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, on_signal)
    try:
        return main(words)
    except setup.Refused as refusal:
        complain(str(refusal))
        return refusal.status
    except setup.Failure as failure:
        complain(str(failure))
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        end_by(signal.SIGPIPE)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        complain(reason(error))
        return 1
    except KeyboardInterrupt:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        complain("interrupted")
        end_by(signal.SIGINT)
    except Ended as ended:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        complain(signal.strsignal(ended.number).lower())
        end_by(ended.number)
    return 1
