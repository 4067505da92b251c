"""What was done can be undone, and done again."""

import unittest

from pattern_primer.command import Favourite, History


class Undoing(unittest.TestCase):
    def setUp(self):
        self.likes = set()
        self.history = History()
        for who in ("ada", "bob"):
            self.history.execute(Favourite(who, self.likes))

    def test_the_last_is_undone_first(self):
        self.assertTrue(self.history.undo())
        self.assertEqual(self.likes, {"ada"})
        self.assertTrue(self.history.undo())
        self.assertEqual(self.likes, set())
        self.assertFalse(self.history.undo())

    def test_what_was_undone_can_be_done_again_until_something_else_is_done(self):
        self.history.undo()
        self.assertTrue(self.history.redo())
        self.assertEqual(self.likes, {"ada", "bob"})
        self.history.undo()
        self.history.execute(Favourite("eve", self.likes))
        self.assertFalse(self.history.redo())
        self.assertEqual(self.likes, {"ada", "eve"})

    def test_one_that_fails_is_not_in_the_history(self):
        class Fails:
            def execute(self):
                raise OSError("no")

            def undo(self):
                raise AssertionError("was never done")

        with self.assertRaises(OSError):
            self.history.execute(Fails())
        self.history.undo()
        self.assertEqual(self.likes, {"ada"})
