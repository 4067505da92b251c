"""Who is attached is told; who isn't, is not."""

import unittest

from pattern_primer.observer import Subject


class Observing(unittest.TestCase):
    def setUp(self):
        self.subject = Subject()
        self.heard = []

    def test_who_is_attached_is_told_in_order_and_once(self):
        self.subject.attach(lambda event: self.heard.append(("first", event)))
        second = self.heard.append
        self.subject.attach(second)
        self.subject.attach(second)
        self.subject.notify("post")
        self.assertEqual(self.heard, [("first", "post"), "post"])

    def test_who_is_detached_is_told_no_more_and_may_be_detached_again(self):
        self.subject.attach(self.heard.append)
        self.subject.detach(self.heard.append)
        self.subject.detach(self.heard.append)
        self.subject.notify("post")
        self.assertEqual(self.heard, [])

    def test_one_that_raises_takes_nothing_from_the_others(self):
        def raises(event):
            raise RuntimeError(event)

        self.subject.attach(raises)
        self.subject.attach(self.heard.append)
        self.subject.notify("post")
        self.assertEqual(self.heard, ["post"])
        self.assertEqual([str(error) for error in self.subject.failures], ["post"])

    def test_one_may_detach_itself_while_it_is_told(self):
        def once(event):
            self.heard.append(event)
            self.subject.detach(once)

        self.subject.attach(once)
        self.subject.attach(lambda event: self.heard.append("also"))
        self.subject.notify(1)
        self.subject.notify(2)
        self.assertEqual(self.heard, [1, "also", "also"])
