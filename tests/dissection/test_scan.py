"""One scan, requests and answers, by the first part of its correlation vector: what Conversation Filter in Wireshark filters by.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import unittest

from harness import fields, own_captures


class Scan(unittest.TestCase):
    def test_both_halves_of_an_exchange_belong_to_it(self):
        capture = next(path for path in own_captures() if path.stem == "scan-xpress")
        rows = fields(capture, ["frame.number", "wsus.message"], display='wsus.correlation_base == "Ktq3Zb0vS0aW7xNe"')
        kinds = [kind for _, found in rows for kind in found]
        self.assertEqual((kinds.count("1"), kinds.count("2")), (8, 8))
        self.assertEqual(fields(capture, ["frame.number"], display='wsus.correlation_base == "another"'), [])

    def test_what_has_no_vector_belongs_to_none(self):
        for name in ("asmx", "status"):
            capture = next(path for path in own_captures() if path.stem == name)
            with self.subTest(name):
                self.assertEqual(fields(capture, ["frame.number"], display="wsus.correlation_base"), [])


if __name__ == "__main__":
    unittest.main()
