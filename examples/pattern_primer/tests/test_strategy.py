"""The same posts in whatever order the strategy says."""

import unittest

from pattern_primer.strategy import Post, Timeline, popular_first

POSTS = [Post("old", 1, 3), Post("loved", 2, 9), Post("new", 3, 3)]


class Orders(unittest.TestCase):
    def test_the_newest_come_first_unless_something_else_is_said(self):
        self.assertEqual([post.text for post in Timeline(POSTS).read()], ["new", "loved", "old"])

    def test_the_strategy_can_be_changed_while_it_runs(self):
        timeline = Timeline(POSTS)
        timeline.order = popular_first
        self.assertEqual([post.text for post in timeline.read(2)], ["loved", "new"])

    def test_a_strategy_from_outside_is_as_good_as_any(self):
        timeline = Timeline(POSTS, lambda posts: sorted(posts, key=lambda post: post.text))
        self.assertEqual([post.text for post in timeline.read()], ["loved", "new", "old"])
