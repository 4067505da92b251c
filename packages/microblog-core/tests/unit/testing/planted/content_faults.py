"""Content filters with a fault each."""

from __future__ import annotations

import html
from pathlib import Path

from msgspec.structs import replace

from microblog_core.defaults.content import PlainText
from microblog_core.testing.content_suite import ContentFilterSuite
from microblog_core.testing.planted import Planted


class HasNoName(PlainText):
    name = ""


class CanNotEncode(PlainText):
    def apply(self, content):
        content.text.encode()
        return super().apply(content)


class AnswersWithText(PlainText):
    def apply(self, content):
        return super().apply(content).html


class Trims(PlainText):
    def apply(self, content):
        return replace(super().apply(content), text=content.text.strip(" \n"))


class DropsEntities(PlainText):
    def apply(self, content):
        return replace(super().apply(content), entities=())


class Counts(PlainText):
    count = 0

    def apply(self, content):
        self.count += 1
        return replace(super().apply(content), html=f"<p>{self.count}: {html.escape(content.text)}</p>")


class EscapesTwice(PlainText):
    def apply(self, content):
        return replace(content, html=html.escape(super().apply(content).html))


class MakesAnew(PlainText):
    def apply(self, content):
        return super().apply(replace(content, html=""))


class EscapesNothing(PlainText):
    def apply(self, content):
        return replace(content, html=content.html or f"<p>{content.text}</p>")


class Styles(PlainText):
    def apply(self, content):
        made = super().apply(content)
        return replace(made, html=made.html.replace("<p>", '<p style="color: red">'))


class RepeatsItself(PlainText):
    def apply(self, content):
        made = super().apply(content)
        before = [html.escape(content.text[:end]) for end in range(0, len(content.text), 50)]
        return replace(made, html=made.html + "".join(before))


class LooksAgainAndAgain(PlainText):
    def apply(self, content):
        words = content.text.split(" ")
        for word in words:
            if word.startswith("http"):
                # Often enough to stand out beside what every filter does.
                sum(each == word for _ in range(10) for each in words)
        return super().apply(content)


class Reads(PlainText):
    def apply(self, content):
        Path(__file__).read_text()
        return super().apply(content)


PLANTED = (
    Planted(
        suite=ContentFilterSuite,
        fixture="content_filter",
        sound=PlainText,
        faults={
            "test_it_has_a_name": [HasNoName],
            "test_any_text_becomes_html_and_nothing_is_raised": [CanNotEncode, AnswersWithText],
            "test_what_the_author_wrote_stays_as_it_is": [Trims, DropsEntities],
            "test_the_same_text_always_becomes_the_same": [Counts],
            "test_what_is_written_can_be_read": [EscapesTwice],
            "test_what_an_earlier_filter_made_can_be_read": [MakesAnew],
            "test_what_looks_like_markup_is_none": [EscapesNothing],
            "test_core_takes_nothing_away_from_its_html": [Styles],
            "test_html_grows_with_the_text_and_no_faster": [RepeatsItself],
            "test_ten_times_the_text_takes_about_ten_times_as_long": [LooksAgainAndAgain],
            "test_it_opens_nothing": [Reads],
        },
    ),
)
