"""`python -m pattern_primer` runs everything and says one line of each."""

import contextlib
import io
import unittest

from pattern_primer.__main__ import SHOWN, main


class Running(unittest.TestCase):
    def test_each_pattern_says_a_line(self):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            main()
        names = [line.partition(": ")[0] for line in printed.getvalue().splitlines()]
        self.assertEqual(names, list(SHOWN))
        self.assertIn("ten jobs took about as long as one", printed.getvalue())
