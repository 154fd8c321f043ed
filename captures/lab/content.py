#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the update files that the lab serves: content.py DIRECTORY

The bytes are the same every time, so the requests in curl/ can name the files by their SHA-1. The files only begin as what
they claim to be; nobody in the lab opens them.
"""

import hashlib
import os
import pathlib
import random
import sys

MODIFIED = 1714979289  # 2024-05-06 07:08:09 UTC, the date that the requests ask about

WSUS_FILES = [(b"MZ", "exe", 24 * 1024), (b"MSCF", "cab", 16 * 1024)]
CDN_FILE = ("filestreamingservice/files/7b1e3c52-0d4f-4a86-9c35-1f2e3d4c5b6a", 4 * 1024)


def main():
    root = pathlib.Path(sys.argv[1])
    filler = random.Random(1)
    for magic, extension, size in WSUS_FILES:
        content = magic + filler.randbytes(size - len(magic))
        digest = hashlib.sha1(content).hexdigest().upper()
        write(root / "Content" / digest[-2:] / f"{digest}.{extension}", content)
    name, size = CDN_FILE
    write(root / name, filler.randbytes(size))


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (MODIFIED, MODIFIED))


main()
