"""zip.py FOLDER ZIP TIME: packs a folder, the same bytes for the same content. TIME is of all files, in seconds of Unix.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import pathlib
import sys
import time
import zipfile


def main(folder, target, seconds):
    folder = pathlib.Path(folder)
    date = time.gmtime(max(int(seconds), 315532800))[:6] # a zip knows no year before 1980
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), compresslevel=9)


if __name__ == "__main__":
    main(*sys.argv[1:])
