"""What a page says, however it says it, and that reading it never takes long."""

from __future__ import annotations

import time

import pytest

from microblog_plugins.linkpreviews import reading
from microblog_plugins.linkpreviews.reading import decoded, read_page

URL = "https://pages.example.org/a/b"
BYTES = 512 * 1024


def read(page, content_type="text/html", url=URL):
    data = page if isinstance(page, bytes) else page.encode()
    return read_page(data, content_type, url)


def test_open_graph_comes_first_then_what_else_there_is():
    page = read(
        '<html lang="de-AT"><title>Plain</title><meta name="description" content="Plain words">'
        '<meta property="og:title" content="Graph"><meta property="og:title" content="Twice">'
        '<meta name="author" content="Ida"><meta property="og:site_name" content="Pages">'
        '<meta property="article:published_time" content="2026-05-01T10:00:00+02:00">'
    )
    shown = page.preview
    assert (shown.title, shown.description, shown.language) == ("Graph", "Plain words", "de-AT")
    assert (shown.author_name, shown.provider_name) == ("Ida", "Pages")
    assert (shown.url, shown.provider_url) == (URL, "https://pages.example.org/")
    assert shown.published_at == 1_777_622_400_000
    assert page.picture_url == ""


@pytest.mark.parametrize(
    "page",
    ["", "<p>Words</p>", "<title></title>", "<title> \u200b\u202e </title>", b"\x00\xff\xfe\x00" * 100, "{}"],
)
def test_a_page_without_a_title_shows_nothing(page):
    assert read(page) is None


def test_texts_are_plain_clean_and_short():
    page = read(
        "<title>Pay\u202e\u0007 &lt;b&gt;me&lt;/b&gt;\n\n now&#8238;\u2066!</title>"
        f'<meta name="description" content="{"word " * 1000}">'
        f'<meta property="og:image:alt" content="{"x" * 9000}">'
    )
    assert page.preview.title == "Pay <b>me</b> now!"
    assert len(page.preview.description) <= reading.TEXT_LENGTH and page.preview.description.endswith("word…")
    assert len(page.picture_description) == reading.ALT_LENGTH


@pytest.mark.parametrize(
    ("said", "is_from"),
    [
        ('<meta property="og:image" content="c.png">', "https://pages.example.org/a/c.png"),
        ('<base href="/z/"><meta property="og:image" content="c.png">', "https://pages.example.org/z/c.png"),
        (
            '<base href="//cdn.example/"><meta property="og:image" content="c.png">',
            "https://cdn.example/c.png",
        ),
        (
            '<base href="javascript:x"><meta property="og:image" content="c.png">',
            "https://pages.example.org/a/c.png",
        ),
        ('<meta name="twitter:image" content="https://cdn.example/ü.png">', "https://cdn.example/%C3%BC.png"),
        ('<meta property="og:image" content="data:image/png;base64,AA">', ""),
        ('<meta property="og:image" content="file:///etc/passwd">', ""),
        ('<meta property="og:image" content="https://a:b@cdn.example/c.png">', ""),
        ('<meta property="og:image" content="http://[::1/c.png">', ""),
        ("<!-- <meta property='og:image' content='c.png'> -->", ""),
        ('<script>\'<meta property="og:image" content="c.png">\'</script>', ""),
    ],
)
def test_where_the_picture_is(said, is_from):
    assert read(f"<title>T</title>{said}<body>").picture_url == is_from


def test_what_comes_after_large_scripts_and_styles_is_found():
    page = f"<style>{'a{} ' * 10_000}</style><SCRIPT>{'if (a<b) ' * 10_000}</SCRIPT ><title>Found</title>"
    assert read(page).preview.title == "Found"


def test_an_author_that_is_an_address_is_no_name_and_no_other_scheme_comes_through():
    shown = read('<title>T</title><meta property="article:author" content="https://x.example/ida">').preview
    assert (shown.author_name, shown.author_url) == ("", "https://x.example/ida")
    shown = read(
        '<title>T</title><meta property="article:author" content="javascript://x/%0aalert(1)">'
    ).preview
    assert (shown.author_name, shown.author_url) == ("", "")


@pytest.mark.parametrize(
    "said", ["", "soon", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "1" * 5000]
)
def test_a_moment_that_is_none_is_left_out(said):
    page = f'<title>T</title><meta property="article:published_time" content="{said}">'
    assert read(page).preview.published_at is None


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        ("Füße ж".encode(), "text/html"),
        ("Füße ж".encode(), "text/html; charset=UTF-8"),
        (b"\xef\xbb\xbf" + "Füße ж".encode(), "text/html; charset=windows-1251"),
        ("\ufeffFüße ж".encode("utf-16-le"), "text/html"),
        ('<meta charset="windows-1251">Fьяe ж'.encode("cp1251"), "text/html"),
        ("Füße ж".encode(), "text/html; charset=unheard-of"),
        ("Füße ж".encode(), "text/html; charset=punycode"),
        ("Füße ж".encode(), "text/html; charset=zlib"),
        ("Füße ж".encode(), "text/html; charset=unicode_escape"),
    ],
)
def test_the_encoding_is_found_and_nothing_slow_or_strange_is_one(data, content_type):
    assert decoded(data, content_type)[-4:] in ("ße ж", "яe ж")


def test_latin_1_is_what_windows_writes_and_a_wrong_encoding_breaks_nothing():
    assert decoded(b"\x80 \xe9", "text/html; charset=ISO-8859-1") == "€ é"
    assert decoded(b"\xff\xe9", "text/html; charset=utf-8") == "\ufffd\ufffd"


HOSTILE = {
    "less": "<" * BYTES,
    "comments": "<!--" * (BYTES // 4),
    "declarations": "<!" * (BYTES // 2),
    "instructions": "<?" * (BYTES // 2),
    "sections": "<![CDATA[" * (BYTES // 9),
    "an open tag with attributes": "<a " + "a " * (BYTES // 2),
    "a tag with attributes": "<a" + " x=y" * (BYTES // 4) + ">",
    "open quotes": "<a " + 'a="' * (BYTES // 3),
    "empty quotes": "<a x=" + "'\"" * (BYTES // 2),
    "slashes": "<a" + "/" * BYTES,
    "deep": "<div>" * (BYTES // 5),
    "formatting": "".join(f"<b id={number}>" for number in range(20_000)) + "<p>x" * 60_000,
    "ends": "</a" * (BYTES // 3),
    "references": "&lt;" * (BYTES // 4),
    "a title": "<title>" + "x" * BYTES,
    "titles": "<title>&" * (BYTES // 8),
    "scripts": "<script>" * (BYTES // 8),
    "ends of scripts": "<script>" + "</scrip" * (BYTES // 7),
    "a meta": '<meta property="og:title" content="' + "a&amp;" * (BYTES // 6) + '">',
    "metas": '<meta property="og:title">' * (BYTES // 26),
    "names": "".join(f"<meta name=x{number} content=y>" for number in range(16_000)),
    "charsets": "<meta charset=" * (BYTES // 14),
    "spaces": "<meta" + " " * BYTES,
    "capitals that grow": "İ" * (BYTES // 2) + "<script>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_reading_never_takes_long(name, monkeypatch):
    monkeypatch.setattr(reading, "SECONDS", 0.1)
    began = time.thread_time()
    read("<title>T</title>" + HOSTILE[name])
    assert time.thread_time() - began < 0.6


def test_what_was_found_before_the_time_was_over_counts(monkeypatch):
    monkeypatch.setattr(reading, "SECONDS", 0.0)
    assert read("<title>T</title>" + "<" * BYTES).preview.title == "T"
