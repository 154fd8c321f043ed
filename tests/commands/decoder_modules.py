"""The modules behind captures/decode, for tests that call them.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import sys

from harness import REPO

FOLDER = REPO / "captures" / "decoder"
sys.path.append(str(FOLDER))

import arguments  # noqa: E402,F401
import diagnosis  # noqa: E402,F401
import inputs  # noqa: E402,F401
import layout  # noqa: E402,F401
import outputs  # noqa: E402,F401
import setup  # noqa: E402,F401
import split  # noqa: E402,F401
import totals  # noqa: E402,F401
