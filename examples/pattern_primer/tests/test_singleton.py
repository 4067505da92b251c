"""One object, whoever asks, and however many ask at the same time."""

import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from pattern_primer.singleton import Registry, Singleton


class OneOfEach(unittest.TestCase):
    def test_two_calls_give_the_same_object_with_the_same_state(self):
        first = Registry()
        first.names.append("ada")
        self.assertIs(Registry(), first)
        self.assertEqual(Registry().names[-1], "ada")

    def test_each_class_has_an_instance_of_its_own(self):
        class Other(Registry):
            pass

        self.assertIs(Singleton(), Singleton())
        self.assertIsNot(Other(), Registry())
        self.assertIsInstance(Other(), Other)

    def test_many_threads_that_ask_first_make_one(self):
        made = []
        ready = threading.Barrier(16)

        class Slow(Singleton):
            def set_up(self):
                made.append(self)

        def ask(_):
            ready.wait(10)
            return Slow()

        with ThreadPoolExecutor(16) as pool:
            found = set(map(id, pool.map(ask, range(16))))
        self.assertEqual((len(found), len(made)), (1, 1))

    def test_one_whose_setting_up_failed_is_not_kept(self):
        class Fails(Singleton):
            broken = True

            def set_up(self):
                if Fails.broken:
                    raise OSError("not yet")

        with self.assertRaises(OSError):
            Fails()
        Fails.broken = False
        self.assertIs(Fails(), Fails())
