"""Reads captures: one tshark for each, several at the same time, the output in the order of the captures.

A capture by itself is read in this process. Of several, each is read by a child of its own, which lays out its text and sums up
its records as well, so that all processors have work.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import contextlib
import errno
import os
import pickle
import shutil
import signal
import sys
import tempfile
import threading

import diagnosis
import explain
import inputs
import layout
import outputs
import split
import story
from setup import Failure, Refused


BUFFERED = ["-o", "wsus.records_at_once:FALSE"]
TOGETHER = 1 << 18  # bytes of lines that are taken at a time


class Result:
    """What became of a capture."""

    def __init__(self, label):
        self.label = label
        self.totals = None      # None when nothing of it could be read
        self.problem = None     # a reason for the user
        self.remarks = []       # why there is nothing
        self.interrupted = False


def records_tap(options):
    return ["-z", "wsus,records" + (f",{options.filter}" if options.filter else "")]


DIAGNOSIS_TAP = ["-z", "wsus,diagnosis,json"]


def taps(options):
    """What tshark is asked for, in one run."""
    return [*records_tap(options), *(DIAGNOSIS_TAP if diagnosis.wanted(options) else []), *updates_tap(options)]


def part_taps(options):
    return [*records_tap(options), *(["-z", "wsus,facts"] if diagnosis.wanted(options) else []), *updates_tap(options)]


def updates_tap(options):
    return ["-z", "wsus,updates"] if options.html else []


OF_OPTIONS = ("-o flag ", "Invalid ", "Unknown ", "Parameter ", "Filter ")  # starts of what tshark says of options that it does not take


def failure(file, status):
    """What tshark says of its end, to be raised."""
    file.seek(0)
    lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Running as")]
    if any("Invalid -z argument" in line for line in lines):
        return Refused("tshark did not load the plugin", 1)
    said = next(iter(lines), f"tshark ended with status {status}")
    for start in ("tshark: ", "-z wsus,records: "):
        said = said.removeprefix(start)
    kind = Refused if status == 1 and said.startswith(OF_OPTIONS) else Failure
    return kind(said.replace("The standard input", "The file"))


def some_lines(stream, live):
    """The lines that tshark writes, some at a time; each by itself where they come live."""
    return ([line] for line in stream) if live else iter(lambda: stream.readlines(TOGETHER), [])


def take(lines, writer, reader):
    """Hands records and updates to the writer, and lines of the diagnosis to its reader."""
    whole = [line for line in lines if line.endswith(b"}\n")]  # the last one may be cut when tshark ends early
    found = [line for line in whole if line.startswith(split.RECORD)]
    if found:
        writer.records(found)
    if len(found) == len(whole):
        return
    for line in whole:
        if line.startswith(diagnosis.START):
            reader.take(line)
        elif line.startswith(story.UPDATE):
            writer.update(line)


def records(tshark, capture, words, writer, watch):
    """Takes all that tshark writes of a capture. Failure when the capture ends early."""
    reader = diagnosis.Reader(capture.label)
    with capture.opened() as file, tempfile.TemporaryFile() as complaints:
        with tshark.start([*([] if capture.live else BUFFERED), "-q", *words], file, complaints) as process:
            watch(file)
            try:
                for lines in some_lines(process.stdout, capture.live):
                    take(lines, writer, reader)
            except BaseException:
                process.kill()
                raise
            finally:
                watch(None)
        writer.totals.diagnoses = reader.diagnoses()
        if process.returncode:
            raise failure(complaints, process.returncode)


class Gathered:
    """Takes what the parts of a capture write: records for the writer, and for later facts, and updates."""

    def __init__(self, writer):
        self.writer = writer
        self.facts = tempfile.TemporaryFile()
        self.updates = []

    def take(self, lines):
        self.writer.records([line for line in lines if line.startswith(split.RECORD)])
        self.facts.writelines(line for line in lines if line.startswith((split.FACT, b"sealed\t")))
        self.updates += [line for line in lines if line.startswith(story.UPDATE)]

    def end(self, tshark, capture, options):
        for update in story.merged_updates(self.updates):
            self.writer.update(update)
        if diagnosis.wanted(options):
            with tshark.with_facts(self.facts) as (words, nothing):
                records(tshark, nothing(capture.label), [*words, *DIAGNOSIS_TAP], self.writer, lambda _: None)


def copy(text, sink):
    """What was written to a file, behind what was written to another; by the system, where it does that."""
    at, size = 0, text.seek(0, os.SEEK_END)
    sink.flush()
    try:
        while at < size:
            at += os.sendfile(sink.fileno(), text.fileno(), at, size - at)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOSYS):
            raise
        text.seek(at)
        shutil.copyfileobj(text, sink, 1 << 20)


def read_parts(tshark, capture, options, output, parts):
    """The writer that has the records of a large capture, read in parts, or None when it has to be read as a whole."""
    sink = output.sink
    with tempfile.TemporaryFile() as text:
        output.sink = text
        writer = output.capture(capture.label, False)
        gathered = Gathered(writer)
        try:
            if not split.read(tshark, capture, [*BUFFERED, "-q", *part_taps(options)], parts, gathered.take, failure):
                return None
            gathered.end(tshark, capture, options)
        finally:
            output.sink = sink
        copy(text, sink)
    return writer


def read(tshark, capture, options, output, watch=lambda _: None, parts=1):
    """The result of one capture; its text is written to the sink of the output."""
    result = Result(capture.label)
    writer = None
    try:
        if parts > 1:
            writer = read_parts(tshark, capture, options, output, parts)
        if not writer:
            writer = output.capture(capture.label, capture.live)
            records(tshark, capture, taps(options), writer, watch)
    except Refused:
        raise
    except Failure as reason:
        result.problem = str(reason)
        writer = writer or output.capture(capture.label, capture.live)
    numbers = writer.totals.numbers
    found = numbers["exchanges"] or numbers["failed_connections"]
    if found or not result.problem:
        if not found and not capture.live and not result.problem:
            result.remarks = explain.lines(tshark, capture, options)
        result.remarks += capture.remarks
        writer.end(result.remarks)
        result.totals = writer.totals
    return result


# ---- progress -------------------------------------------------------------------------------------------------------

class Progress:
    """A line on a terminal: which capture, how far."""

    def __init__(self, total):
        self.shown = layout.steers(sys.stderr)
        self.total = total
        self.done = 0
        self.reading = None
        self.stopped = threading.Event()

    def write(self, text):
        if self.shown:
            width = shutil.get_terminal_size((80, 24)).columns - 1
            sys.stderr.write(f"{layout.START_OF_LINE}{layout.visible(text)[:width]}")
            sys.stderr.flush()

    def file(self, number):
        self.done = number
        self.write(f"{number} of {self.total} files" if number < self.total else "")

    def watch(self, capture):
        """A function for records(): follows how far tshark has read."""
        size = capture.size()

        def follow(file):
            while not self.stopped.wait(0.5):
                self.write(f"reading {os.path.basename(capture.label)}: {inputs.position(file, size):.0%}")

        def watch(file):
            if file is None:
                self.stopped.set()
                self.write("")
            elif self.shown and size and not sys.stdout.isatty():
                threading.Thread(target=follow, args=(file,), daemon=True).start()

        return watch


# ---- several --------------------------------------------------------------------------------------------------------

UNKNOWN = 255


class Child:
    """A process that reads one capture into a file. Its status is the number of an error, where there is one."""

    def __init__(self, work, capture):
        self.text = tempfile.TemporaryFile()
        self.answer = tempfile.TemporaryFile()
        self.done = False
        self.status = 0
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            status = UNKNOWN
            try:
                with self.answer:
                    pickle.dump(self.answer_of(work, capture), self.answer)
                self.text.flush()
                status = 0
            except OSError as error:
                status = error.errno or UNKNOWN
            finally:
                os._exit(status)

    def answer_of(self, work, capture):
        try:
            return work(capture, self.text)
        except Refused as refusal:
            return refusal

    def ended(self, status):
        self.done = True
        self.status = os.waitstatus_to_exitcode(status)

    def result(self, label):
        if self.status not in (0, UNKNOWN) and self.status > 0:  # its answer could not be written
            raise OSError(self.status, os.strerror(self.status), tempfile.gettempdir())
        self.answer.seek(0)
        try:
            answer = pickle.load(self.answer)
        except EOFError:
            answer = Result(label)
            answer.problem = "the process that read it ended early"
        if isinstance(answer, Refused):
            raise answer
        return answer

    def copy(self, sink):
        copy(self.text, sink)
        self.text.close()
        self.answer.close()


def several(captures, jobs, work, sink):
    """The results in order; the text of each is in the sink by then."""
    waiting = list(enumerate(captures))
    children, running = {}, {}
    try:
        for number, capture in enumerate(captures):
            while number not in children or not children[number].done:
                while waiting and len(running) < jobs:
                    index, next_one = waiting.pop(0)
                    children[index] = Child(work, next_one)
                    running[children[index].pid] = children[index]
                pid, status = os.wait()
                if pid in running:
                    running.pop(pid).ended(status)
            child = children.pop(number)
            result = child.result(capture.label)
            child.copy(sink)
            yield result
    finally:
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        for pid in running:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def results(tshark, captures, options, sink, encoding, width):
    """A result for each capture; all output but the summary is written to the sink."""
    progress = Progress(len(captures))
    outputs.create(sink, options, encoding, width).begin()
    if len(captures) == 1:
        output = outputs.create(sink, options, encoding, width)
        parts = split.parts_for(captures[0], options)
        yield read(tshark, captures[0], options, output, progress.watch(captures[0]), parts)
        return

    def work(capture, file):
        return read(tshark, capture, options, outputs.create(file, options, encoding, width))

    for done, result in enumerate(several(captures, options.jobs, work, sink), 1):
        progress.file(done)
        yield result
    progress.write("")
