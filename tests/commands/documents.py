"""The documents of the project as tests see them: blocks of code, tables, links.

A block ```console holds commands behind "$ " and what they print; all commands of a block are typed into one shell. A block
```sh holds commands that install or build; the comment above it says which test follows it.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import pathlib
import re
import subprocess

REPO = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(path for folder, pattern in (
    (".", "*.md"), (".github", "*.md"), ("captures", "README.md"), ("plugin", "**/*.md"), ("tables", "README.md"), ("tests", "**/README.md"))
    for path in (REPO / folder).glob(pattern))
CONSOLE = re.compile(r"```console\n(.*?)```\n", re.DOTALL)
SHELL = re.compile(r"(?:<!-- ([a-z :]+) -->\n)?```sh\n(.*?)```\n", re.DOTALL)
ROW = re.compile(r"^\| (.*) \|$", re.MULTILINE)
MARK = "\x1e"


def name(document):
    return str(document.relative_to(REPO))


def commands_of(block):
    """Each command of a console block with the output that follows it."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [part.partition("\n")[::2] for part in parts]


def type_into_shell(commands, arguments, **options):
    """What each of the commands prints, one after the other in one bash: [(command, output, status)], and the complaints."""
    script = "set -o pipefail\n" + "".join(f"{command}\nprintf '{MARK}%s{MARK}' $?\n" for command in commands)
    done = subprocess.run([*arguments, "bash"], input=script.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=600, check=False, **options)
    parts = done.stdout.decode(errors="replace").split(MARK)
    outputs = [re.sub(r"[ \t]+$", "", part, flags=re.MULTILINE) for part in parts[0::2]]
    return list(zip(commands, outputs, map(int, parts[1::2]))), done.stderr.decode(errors="replace")


def block_as_run(typed):
    """The text of a console block, from what its commands printed."""
    return "```console\n" + "".join(f"$ {command}\n{output}" for command, output, _ in typed) + "```\n"


def tables_with(text, heading):
    """The cells of each row of the tables below that heading: `| question | command |`."""
    rows = []
    for part in text.split(f"| {heading} |\n")[1:]:
        for line in part.splitlines()[1:]:
            match = ROW.match(line)
            if not match:
                break
            rows.append(match[1].split(" | "))
    return rows


def code_of(cell):
    """What stands between backquotes."""
    return cell.strip("`").replace("\\|", "|")
