"""Plain-text content: what becomes a link, what stays text, and that nothing gets past the sanitiser."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microblog_core.defaults.content import Addresses, Hashtags, Mentions, PlainText, link_to
from microblog_core.domain.posts import Mention
from microblog_core.ports.content import Entity
from microblog_core.services.content import Pipeline

PIPELINE = Pipeline((Mentions(), Hashtags(), Addresses()), (PlainText(),), ())
ADA = Mention(1, "Ada")


def render(text: str, *mentions: Mention) -> str:
    return PIPELINE.render(text, PIPELINE.find(text), mentions)


def found(text: str) -> list[tuple[str, str]]:
    return [(entity.kind, entity.value) for entity in PIPELINE.find(text)]


def test_a_mention_of_somebody_links_to_their_page_as_they_spell_it() -> None:
    assert render("hi @ada!", ADA) == (
        '<p>hi <span class="h-card"><a href="/@Ada" class="u-url mention">@<span>Ada</span></a></span>!</p>'
    )


def test_a_mention_of_nobody_stays_text() -> None:
    assert render("hi @ghost") == "<p>hi @ghost</p>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail ada@example.org", []),
        ("@ada@example.org.", [("mention", "ada@example.org")]),
        ("(@ada)", [("mention", "ada")]),
        ("#one,#two", [("tag", "one"), ("tag", "two")]),
        ("#123 &#39; a#b", []),
        ("#Grüße #日本語", [("tag", "Grüße"), ("tag", "日本語")]),
        ("see https://example.org/a, then", [("url", "https://example.org/a")]),
        ("(https://example.org/a_(b))", [("url", "https://example.org/a_(b)")]),
        ("https://example.org/#part", [("url", "https://example.org/#part")]),
        ("https://example.org/@ada", [("url", "https://example.org/@ada")]),
        ("javascript:alert(1) ftp://x.org", []),
        ("https://", []),
    ],
)
def test_entities_are_found_where_people_mean_them(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_blank_lines_make_paragraphs_and_line_ends_breaks() -> None:
    assert render("one\ntwo\n\nthree") == "<p>one<br>two</p><p>three</p>"


def test_a_long_address_shows_its_middle_and_keeps_the_rest_for_copying() -> None:
    shown = render("https://example.org/" + "x" * 60)
    assert re.sub(r"<[^>]+>", "", shown) == "https://example.org/" + "x" * 60
    assert '<span class="ellipsis">example.org/' in shown


def test_an_entity_of_another_kind_links_what_it_stands_for() -> None:
    class Tickets:
        kind = "ticket"

        def find(self, text: str) -> list[Entity]:
            return [Entity(kind="ticket", start=4, end=7, value="T<1", href="https://t.example/1")]

    pipeline = Pipeline((Tickets(),), (PlainText(),), ())
    assert pipeline.render("See T<1", pipeline.find("See T<1"), ()) == (
        '<p>See <a href="https://t.example/1">T&lt;1</a></p>'
    )


def test_tags_link_case_folded_and_keep_their_spelling() -> None:
    assert '<a href="/tags/python" class="mention hashtag" rel="tag">#<span>Python</span></a>' in render(
        "#Python"
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        'https://example.org/"onmouseover="alert(1)',
        "https://example.org/'><script>alert(1)</script>",
        "#<b>",
        "</p><iframe src=//example.org>",
    ],
)
def test_markup_in_a_text_is_shown_and_never_runs(text: str) -> None:
    shown = render(text)
    assert re.findall(r"<(\w+)", shown.replace("<br>", "")) == re.findall(r"<(p|a|span)\b", shown)
    assert not re.search(r"<[^>]*\son\w+\s*=", shown)


@given(st.text(max_size=300))
def test_any_text_comes_out_as_the_allowed_elements_and_loses_nothing(text: str) -> None:
    shown = render(text)
    assert set(re.findall(r"</?([a-zA-Z][^\s/>]*)", shown)) <= {"p", "a", "span", "br"}
    assert not re.search(r"href=\"(?!https?://|/)", shown)


class _Failing:
    kind = name = "failing"

    def find(self, text: str) -> list[object]:
        raise RuntimeError("find")

    def apply(self, content: object) -> object:
        raise RuntimeError("apply")


class _Evil:
    name = "evil"

    def apply(self, content: object) -> object:
        import msgspec

        return msgspec.structs.replace(content, html='<p onclick="x()">a<script>x()</script></p>')  # type: ignore[type-var]


def test_a_finder_or_filter_that_raises_is_skipped() -> None:
    pipeline = Pipeline((_Failing(), Mentions()), (_Failing(), PlainText()), ())  # type: ignore[arg-type]
    assert pipeline.render("a @ada", pipeline.find("a @ada"), (ADA,)).count("<a ") == 1


def test_core_sanitises_after_every_filter() -> None:
    pipeline = Pipeline((), (_Evil(),), ())  # type: ignore[arg-type]
    assert pipeline.render("a", (), ()) == "<p>a</p>"


def test_an_entity_of_a_plugin_links_what_is_written() -> None:
    entity = Entity(kind="sample", start=0, end=5, value="x", href="https://x.example/?a=1&b=2")
    assert link_to(entity, "a < b") == '<a href="https://x.example/?a=1&amp;b=2">a &lt; b</a>'
    assert link_to(msgspec.structs.replace(entity, href=""), "a < b") == "a &lt; b"
