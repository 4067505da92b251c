"""Markdown: what becomes of each mark, what stays as it is, and that time grows as the text does."""

from __future__ import annotations

import re
import time
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microblog_core.defaults.content import Addresses, Hashtags, Mentions, PlainText
from microblog_core.domain.posts import Mention
from microblog_core.services.content import Pipeline
from microblog_plugins.markdown.drawing import Markdown
from microblog_plugins.markdown.finding import Spans

PIPELINE = Pipeline((Mentions(), Hashtags(), Addresses(), Spans()), (Markdown(), PlainText()), ())
ADA = Mention(1, "Ada")
REL = 'rel="nofollow noopener noreferrer"'


def render(text: str) -> str:
    return PIPELINE.render(text, PIPELINE.find(text), (ADA,))


def found(text: str) -> list[tuple[str, str]]:
    return [(entity.kind, text[entity.start : entity.end]) for entity in PIPELINE.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a *b* **c** _d_ ~~e~~", "<p>a <em>b</em> <strong>c</strong> <em>d</em> <del>e</del></p>"),
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("# Big\nsmall", "<p><strong>Big</strong></p><p>small</p>"),
        ("> said\n> so", "<blockquote><p>said<br>so</p></blockquote>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
        ("`x < y`", "<p><code>x &lt; y</code></p>"),
        ("```py\nx = 1\n\ny = 2\n```", "<pre><code>x = 1\n\ny = 2</code></pre>"),
        ("[a *b*](https://x.org/c_(d))", f'<p><a href="https://x.org/c_(d)" {REL}>a <em>b</em></a></p>'),
        ('[a](https://x.org "title")', f'<p><a href="https://x.org" {REL}>a</a></p>'),
        ("![a](https://x.org/b.png)", f'<p>!<a href="https://x.org/b.png" {REL}>a</a></p>'),
        (r"\*a\* 2*3*4 snake_case_name", "<p>*a* 2<em>3</em>4 snake_case_name</p>"),
        ("a\n---\nb\n\n***", "<p>a<br>---<br>b</p><p>***</p>"),
        ("[a](javascript:x) [b](c) [d][e]", "<p>[a](javascript:x) [b](c) [d][e]</p>"),
        ("<b>a</b> &amp; <script>", "<p>&lt;b&gt;a&lt;/b&gt; &amp;amp; &lt;script&gt;</p>"),
    ],
)
def test_a_mark_becomes_what_clients_know(text: str, expected: str) -> None:
    assert render(text) == expected


PLAIN = Pipeline((Mentions(), Hashtags(), Addresses()), (PlainText(),), ())


@pytest.mark.parametrize(
    "text",
    [
        "hi @ada, #tag_a_b and https://x.org/_a_*b*_c",
        "one\ntwo\n\nthree :a_b: :_c_:",
        "(https://x.org/a_(b)) #1 a#b",
        "\ufdd0" + "0\ufdd1 @ada",
    ],
)
def test_a_text_without_marks_is_what_it_is_without_markdown(text: str) -> None:
    plain = PLAIN.render(text, PLAIN.find(text), (ADA,))
    assert render(text) == plain.replace("\ufdd0", "\ufffd").replace("\ufdd1", "\ufffd")


def test_people_and_hashtags_stay_links_within_marks_and_addresses_in_angle_brackets() -> None:
    html = render("**@ada** *#tag_* > <https://x.org/a>")
    assert '<strong><span class="h-card"><a href="/@Ada"' in html
    assert "#<span>tag_</span></a>" in html
    assert html.endswith(
        f'&gt; <a href="https://x.org/a" {REL}>'
        '<span class="invisible">https://</span><span>x.org/a</span></a></p>'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`@ada` @ada", [("markdown", "`@ada`"), ("mention", "@ada")]),
        ("```\n@ada #a\n```\n#b", [("markdown", "```\n@ada #a\n```\n"), ("tag", "#b")]),
        ("~~~\n#never closed", [("markdown", "~~~\n#never closed")]),
        ("> - `a\n>   #b` #c", [("markdown", "`a\n>   #b`"), ("tag", "#c")]),
        ("> x `#a`\n> y `#b`", [("markdown", "`#a`"), ("markdown", "`#b`")]),
        ("## `#a` ##\n#b", [("markdown", "`#a`"), ("tag", "#b")]),
        ("[#a](https://x.org) #b", [("markdown", "[#a](https://x.org)"), ("tag", "#b")]),
        ("-  a\n\t\t`#b` #c", [("markdown", "`#b`"), ("tag", "#c")]),
        ("`#a", [("tag", "#a")]),
        (r"\`#a\`", [("tag", "#a")]),
    ],
)
def test_nothing_is_named_or_tagged_within_code_and_labels(text: str, expected: list) -> None:
    assert found(text) == expected


def test_the_address_of_a_labelled_link_can_be_seen_by_who_checks_posts() -> None:
    assert [entity.href for entity in PIPELINE.find("a [b](https://x.org/c) d")] == ["https://x.org/c"]


@pytest.mark.parametrize("label", ["https://bank.example", "@ada", "www.bank.example", "**@ada**"])
def test_a_label_that_looks_like_another_place_gives_way_to_the_address(label: str) -> None:
    html = render(f"[{label}](https://evil.example)")
    assert "bank" not in html and "ada" not in html
    assert "<span>evil.example</span>" in html


def test_what_goes_too_deep_is_shown_as_it_is_written() -> None:
    assert render("> " * 15 + "deep") == "<blockquote>" * 15 + "<p>deep</p>" + "</blockquote>" * 15
    html = render("> " * 60 + "`#deep`")
    assert html.startswith(f'<p>{"&gt; " * 60}`<a href="/tags/deep"')


def _words(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html))


@given(st.text(alphabet="ab *_`~[]()>#-1.\n\\@:<&!", max_size=120))
def test_whatever_is_written_keeps_its_letters(text: str) -> None:
    kept = [letter for letter in _words(render(text)) if letter in "ab@&<"]
    # Addresses of links are not among what is shown; this alphabet has none, nor words after a fence's marks.
    if "```" not in text and "~~~" not in text and not ("<" in text and ">" in text):
        assert kept == [letter for letter in text if letter in "ab@&<"]


HOSTILE = {
    "brackets": "[",
    "open links": "[a](",
    "long addresses": "[x](https://a(",
    "emphasis": "**a *b",
    "underscores": "_a_b",
    "backticks": "`",
    "code": "`a ``b ",
    "quotes": ">",
    "lists in lists": "- ",
    "lists": "- a\n",
    "quoted lists": ">- a\n",
    "fences": "```\n",
    "strikes": "~~a",
    "headings": "# a\n",
    "backslashes": "\\",
    "links in emphasis": "*[a*](https://b ",
    "angles": "<a",
    "names": "@a ",
    "colons": ":a",
}


def _seconds(text: str) -> float:
    times = []
    for _ in range(3):
        begun = time.process_time()
        render(text)
        times.append(time.process_time() - begun)
    return min(times)


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_as_the_text_does_whatever_it_is_made_of(piece: str) -> None:
    short, long = ((piece * length)[:length] for length in (1_000, 10_000))
    # Ten times as long; a hundred times as slow would be quadratic.
    assert _seconds(long) < 35 * max(_seconds(short), 0.0005)
