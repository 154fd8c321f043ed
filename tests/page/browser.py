"""Debian's Chromium without a screen: what a page becomes in it, and what it complains of.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import base64
import hashlib
import html.parser
import re
import shutil
import subprocess
import tempfile

from harness import DROP

# The names of what has no end tag.
EMPTY = {"meta", "link", "br", "wbr", "hr", "img", "input", "path", "circle", "rect", "line", "use"}


def chromium(page, *arguments, timeout=60):
    """Standard output of a run, and the lines of the page's console."""
    with tempfile.TemporaryDirectory() as folder:
        if DROP:
            shutil.chown(folder, 65534, 65534)
        done = subprocess.run(
            [*DROP, "env", f"HOME={folder}", f"TMPDIR={folder}", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-dev-shm-usage", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
             "--enable-logging=stderr", f"--user-data-dir={folder}/profile", *arguments, page.as_uri()],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, check=False)
    errors = done.stderr.decode(errors="replace")
    if done.returncode:
        raise AssertionError(f"chromium: status {done.returncode}\n{errors}")
    return done.stdout.decode(errors="replace"), [line for line in errors.splitlines() if "CONSOLE" in line]


class Element:
    def __init__(self, tag, attributes):
        self.tag, self.attributes, self.children, self.words = tag, dict(attributes), [], []

    def all(self, tag=None, **wanted):
        """Elements below with that tag and those attributes; True: with any value. data_x stands for data-x."""
        found = []
        for child in self.children:
            given = child.attributes
            if tag in (None, child.tag) and all(name.replace("_", "-") in given and (value is True or given[name.replace("_", "-")] == value)
                                                for name, value in wanted.items()):
                found.append(child)
            found += child.all(tag, **wanted)
        return found

    def one(self, tag=None, **wanted):
        element, = self.all(tag, **wanted)
        return element

    def text(self):
        return "".join(word if isinstance(word, str) else word.text() for word in self.words).strip()


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attributes):
        element = Element(tag, attributes)
        self.open[-1].children.append(element)
        self.open[-1].words.append(element)
        if tag not in EMPTY:
            self.open.append(element)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag in [element.tag for element in self.open[1:]]:
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data):
        self.open[-1].words.append(data)


def parsed(text):
    reader = Reader()
    reader.feed(text)
    return reader.root


def opened(page, **more):
    """The page as a browser has it when it is loaded: its elements, and the console."""
    text, console = chromium(page, "--dump-dom", **more)
    return parsed(text), console


def with_script(page, script, target):
    """A copy of the page that runs a script of the test as well: its policy allows that one by its digest, and no other."""
    text = page.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    text, changed = re.subn(r"(script-src 'sha256-[^']+')", rf"\1 'sha256-{digest}'", text)
    assert changed == 1
    target.write_text(text.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    target.chmod(0o644)
    return target
