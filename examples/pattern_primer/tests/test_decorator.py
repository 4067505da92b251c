"""What stands around a function."""

import unittest

from pattern_primer.decorator import Refused, logged, only_for


class Around(unittest.TestCase):
    def setUp(self):
        self.log = []

        @logged(self.log)
        @only_for({"ada"})
        def publish(who, text, *, times=1):
            """Publish a text."""
            return f"{who}: {text * times}"

        self.publish = publish

    def test_the_function_keeps_its_name_its_arguments_and_its_result(self):
        self.assertEqual(self.publish("ada", "ho", times=2), "ada: hoho")
        self.assertEqual((self.publish.__name__, self.publish.__doc__), ("publish", "Publish a text."))

    def test_the_outer_one_sees_what_the_inner_one_refuses(self):
        with self.assertRaisesRegex(Refused, "bob may not publish"):
            self.publish("bob", "hi")
        self.assertEqual(self.log, ["bob: publish"])

    def test_turned_around_what_is_refused_is_never_logged(self):
        quiet = only_for({"ada"})(logged(self.log)(lambda who: who))
        with self.assertRaises(Refused):
            quiet("bob")
        self.assertEqual(self.log, [])
