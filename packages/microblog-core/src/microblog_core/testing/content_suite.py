"""The contract of content filters as tests: subclass `ContentFilterSuite`, give it yours, and run pytest.

    class TestMyFilter(ContentFilterSuite):
        @pytest.fixture
        def content_filter(self):
            return MyFilter()

The filter is run by itself on texts with the entities that core finds, after core's own `plain` filter, and
within the whole way from text to HTML.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import partial
from html.parser import HTMLParser

import pytest

from microblog_core.defaults.content import Addresses, Hashtags, Mentions, PlainText
from microblog_core.domain.posts import Mention
from microblog_core.ports.content import Content, ContentFilter
from microblog_core.services.content import Pipeline, sanitised
from microblog_core.testing.watching import opened

PEOPLE = (Mention(1, "ada"), Mention(2, "bob", "example.org"))
ORDINARY = (
    "Good morning",
    "Good morning @ada and @bob@example.org, see https://example.org/a?b=c&d=e#f #tag",
    "one\ntwo\n\nthree",
    "1 < 2 & 3 > 2, \"quoted\" and 'quoted'",
)
HOSTILE = (
    "",
    " \n\t\r\n ",
    "\0\x01\x1f\x7f\x85\u2028",
    "\N{RIGHT-TO-LEFT OVERRIDE}txet\N{POP DIRECTIONAL FORMATTING}",
    "a" + "\N{COMBINING ACUTE ACCENT}" * 300,
    "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}" * 50,
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</p></div><!-- <![CDATA[ ]]> --> &lt; &#0; &amp;amp;",
    "[a](javascript:alert(1)) ![a](data:text/html,x) `" + "`" * 99,
    'https://example.org/"onmouseover=alert(1) #"><b> @ada"><b>',
    "{{ 7 * 7 }} ${x} %s %(x)s {0} \\1 \\g<0> \\N{DASH}",
    "\ud800 lone surrogate",
)
REPEATED = ("a", "<", "[", "(", "*", "_", "`", "&", "\n", "\n\n> ", "- a\n", "@ada ", "#tag ", "http://a.b/ ")
"""Small texts that, many times over, are what quadratic rules can't stand."""
LENGTH = 1500
TIMES = 10
SLOWEST = 4 * TIMES
"""A text ten times as long may take forty times as long: a quadratic rule takes a hundred times."""
MEASURABLE_SECONDS = 0.02
TRIES = 3
_NAME = re.compile(r"[a-z][a-z0-9_.-]*")


def content_of(text: str, html: str = "") -> Content:
    """A text as the first filter gets it: with the entities that core finds, people named in `PEOPLE`."""
    way = Pipeline((Mentions(), Hashtags(), Addresses()), (), (), "https://example.org")
    return Content(text=text, html=html, entities=way.linked(way.find(text), PEOPLE))


class Shown(HTMLParser):
    """What a browser makes of HTML: `text` is what is read, `tags` are elements with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[object] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.tags.append((tag, sorted((name, value or "") for name, value in attrs)))

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        """Text between."""
        self.text += data


def words(text: str) -> str:
    """A text without its white space."""
    return "".join(text.split())


class ContentFilterSuite:
    """What every content filter must do. Fixture: `content_filter`."""

    def made(self, content_filter: ContentFilter, text: str) -> list[str]:
        """The HTML of a text: by the filter alone, and after core's own."""
        content = content_of(text)
        return [
            content_filter.apply(content).html,
            content_filter.apply(PlainText().apply(content)).html,
        ]

    def test_it_has_a_name(self, content_filter: ContentFilter) -> None:
        assert _NAME.fullmatch(content_filter.name)

    @pytest.mark.parametrize("text", [*ORDINARY, *HOSTILE])
    def test_any_text_becomes_html_and_nothing_is_raised(
        self, content_filter: ContentFilter, text: str
    ) -> None:
        for content in (content_of(text), PlainText().apply(content_of(text))):
            try:
                result = content_filter.apply(content)
            except Exception as error:
                pytest.fail(f"{text!r} makes it raise {error!r}")
            assert isinstance(result, Content)
            assert isinstance(result.html, str)

    @pytest.mark.parametrize("text", [*ORDINARY, *HOSTILE])
    def test_what_the_author_wrote_stays_as_it_is(self, content_filter: ContentFilter, text: str) -> None:
        content, as_given = content_of(text), content_of(text)
        result = content_filter.apply(content)
        assert (result.text, result.entities) == (as_given.text, as_given.entities)
        assert content == as_given

    def test_the_same_text_always_becomes_the_same(self, content_filter: ContentFilter) -> None:
        first = [self.made(content_filter, text) for text in ORDINARY]
        again = [self.made(content_filter, text) for text in reversed(ORDINARY)]
        assert first == again[::-1]

    def test_what_is_written_can_be_read(self, content_filter: ContentFilter) -> None:
        for text in ORDINARY:
            # Core's own filter leaves out where people of other places are.
            readable = text.replace("@bob@example.org", "@bob")
            for html in self.made(content_filter, text):
                if html:
                    assert words(readable) in words(Shown(html).text)

    def test_what_an_earlier_filter_made_can_be_read(self, content_filter: ContentFilter) -> None:
        content = content_of("written", html="<p>made <em>earlier</em> &amp; kept</p>")
        assert "made earlier & kept" in Shown(content_filter.apply(content).html).text

    def test_what_looks_like_markup_is_none(self, content_filter: ContentFilter) -> None:
        for text in HOSTILE:
            for html in self.made(content_filter, text):
                names = {tag[0] for tag in Shown(html).tags if isinstance(tag, tuple)}
                assert not names & {"script", "img", "iframe", "style", "object", "form"}, (text, html)

    def test_core_takes_nothing_away_from_its_html(self, content_filter: ContentFilter) -> None:
        for text in ORDINARY:
            for html in self.made(content_filter, text):
                before, after = Shown(html), Shown(sanitised(html))
                assert (after.tags, after.text) == (before.tags, before.text)

    def test_html_grows_with_the_text_and_no_faster(self, content_filter: ContentFilter) -> None:
        for text in REPEATED:
            once, often = (
                sum(map(len, self.made(content_filter, text * (LENGTH * times // len(text)))))
                for times in (1, TIMES)
            )
            assert often <= 2 * TIMES * once + LENGTH, text

    def test_ten_times_the_text_takes_about_ten_times_as_long(self, content_filter: ContentFilter) -> None:
        for text in REPEATED:
            small, large = (content_of(text * (LENGTH * times // len(text))) for times in (1, TIMES))
            short, long = (_seconds(partial(content_filter.apply, content)) for content in (small, large))
            assert long < MEASURABLE_SECONDS or long < SLOWEST * short, text

    def test_it_opens_nothing(self, content_filter: ContentFilter) -> None:
        # What it imports late and keeps for ever is no matter.
        self.made(content_filter, "warm")
        contents = [content_of(text) for text in ORDINARY]
        with opened() as seen:
            for content in contents:
                content_filter.apply(content)
        assert seen == []


def _seconds(act: Callable[[], object]) -> float:
    """Of this thread's own computing, the best of some tries: what else the machine does makes it longer, and
    nothing makes it shorter.
    """
    taken = []
    for _ in range(TRIES):
        began = time.thread_time()
        act()
        taken.append(time.thread_time() - began)
    return min(taken)


__all__ = ["ContentFilterSuite", "Shown", "content_of"]
