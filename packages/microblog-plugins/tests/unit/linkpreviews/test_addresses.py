"""One spelling for each address, and which are none."""

from __future__ import annotations

import pytest

from microblog_core.ports.content import Entity
from microblog_plugins.linkpreviews.addresses import Hosts, key_of, links_in, normalised


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("HTTPS://Example.ORG", "https://example.org/"),
        ("https://example.org:443/a?b=c#d", "https://example.org/a?b=c"),
        ("http://example.org:8080", "http://example.org:8080/"),
        (
            "https://example.org/ä b?ü=%C3%BC",
            "https://example.org/%C3%A4%20b?%C3%BC=%C3%BC".replace("ü", "%C3%BC"),
        ),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[::1]:81/", "http://[::1]:81/"),
        ("https://example.org/a?", "https://example.org/a"),
    ],
)
def test_an_address_has_one_spelling(given, kept):
    assert normalised(given) == kept == normalised(kept)
    assert len(key_of(kept)) == 40


@pytest.mark.parametrize(
    "given",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "javascript:alert(1)",
        "https://",
        "https:///a",
        "https://a:b@example.org/",
        "https://a@example.org/",
        "https://a\\@example.org/",
        "https://exa mple.org/",
        "https://example.org:99999/",
        "https://[::1/",
        "https://[not-an-address]/",
        "https://a..b/",
        "https://" + "ü" * 80 + ".example/",
        "https://example.org/" + "a" * 3000,
        "https://example.org/" + "ä" * 1000,
    ],
)
def test_what_is_no_address_is_none(given):
    assert normalised(given) == ""


def test_hosts_have_what_is_below_them():
    hosts = Hosts(["Example.org", "bücher.example."])
    assert "example.org" in hosts and "a.b.example.org" in hosts and "xn--bcher-kva.example" in hosts
    assert "notexample.org" not in hosts and "org" not in hosts and "" not in hosts


def test_people_and_hashtags_are_no_links():
    entities = [
        Entity(kind="mention", start=0, end=1, value="ada", href="https://blog.example/@ada"),
        Entity(kind="tag", start=1, end=2, value="a", href="https://blog.example/tags/a"),
        Entity(kind="url", start=2, end=3, value="x", href="mailto:a@b.example"),
        Entity(kind="labelled", start=3, end=4, value="", href="https://one.example"),
        Entity(kind="url", start=4, end=5, value="", href="https://two.example/"),
    ]
    assert list(links_in(entities)) == ["https://one.example/", "https://two.example/"]
