"""Model, view and controller, each without the others, and together."""

import unittest

from pattern_primer.mvc import Controller, Post, Posts, TextView


class MVC(unittest.TestCase):
    def test_the_model_keeps_its_rule_without_page_or_request(self):
        posts = Posts()
        with self.assertRaisesRegex(ValueError, "Write something"):
            posts.publish("ada", "  ")
        self.assertEqual(posts.newest(), ())

    def test_the_view_draws_what_it_is_given(self):
        self.assertEqual(TextView().timeline([Post("ada", "Hi")]), "ada wrote 'Hi'\n(1 post)")

    def test_the_controller_answers_a_form_with_what_the_view_draws(self):
        controller = Controller(Posts(), TextView())
        controller.publish({"author": "ada", "text": "one"})
        answer = controller.publish({"author": "bob", "text": "two"})
        self.assertEqual(answer, "bob wrote 'two'\nada wrote 'one'\n(2 posts)")
        self.assertEqual(controller.publish({"author": "bob"}), "Not published: Write something.")
