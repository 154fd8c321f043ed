"""The program behind captures/decode.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import sys


def keep_compiled():
    """Modules are compiled once, into the build folder if that is this user's, and not in each run; the sources stay as they are."""
    folder = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "build")
    try:
        if os.lstat(folder).st_uid == os.getuid():
            sys.pycache_prefix = os.path.join(os.path.realpath(folder), "decoder")
            sys.dont_write_bytecode = False
    except OSError:
        pass  # there is none yet


def main():
    keep_compiled()
    import command

    return command.guarded(sys.argv[1:])


sys.exit(main())
