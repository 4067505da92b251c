"""Charts: heights in proportion, texts for those who can't see them, nothing that a page could obey."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest

from microblog_web.charts import BOTTOM, HEIGHT, TOP, bars, scale_of


@pytest.mark.parametrize(
    ("most", "scale"), [(0, 1), (1, 1), (3, 5), (5, 5), (6, 10), (10, 10), (11, 20), (99, 100), (101, 200)]
)
def test_the_scale_is_a_round_number_that_holds_all(most, scale):
    assert scale_of(most) == scale


def test_bars_are_as_high_as_their_values():
    tree = ElementTree.fromstring(bars("posts", "Posts", "a & b", ["Mon", "Tue", "Wed"], [0, 5, 10]))
    heights = [float(bar.get("height")) for bar in tree if bar.tag == "rect"]
    assert heights == [0, (HEIGHT - TOP - BOTTOM) / 2, HEIGHT - TOP - BOTTOM]
    assert [bar[0].text for bar in tree if bar.tag == "rect"] == ["Mon: 0", "Tue: 5", "Wed: 10"]
    texts = {each.get("id"): each.text for each in tree if each.get("id")}
    assert texts == {"posts-title": "Posts", "posts-text": "a & b"}
    assert tree.get("aria-labelledby").split() == list(texts)
    assert [text.text for text in tree if text.tag == "text"] == ["0", "5", "10", "Mon", "Wed"]


def test_a_chart_of_nothing_and_of_hostile_labels_is_sound():
    ElementTree.fromstring(bars("x", "", "", [], []))
    hostile = bars("x", "<b>", '"', ["<script>"], [1])
    assert "<script>" not in hostile and "<b>" not in hostile
    assert not re.search(r"style=|on\w+=", hostile)
