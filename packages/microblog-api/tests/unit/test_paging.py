"""Cursors in, `Link` out, as the clients in use read them."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from microblog_api.decoding import Parameters
from microblog_api.paging import OFFSET_MAX, link_header, offset_link_header, offset_of, page_of
from microblog_core.domain.errors import Invalid
from microblog_core.domain.ids import MAX_ID
from microblog_core.domain.timelines import Listing, Page


def scope(query: bytes = b"", path: str = "/api/v1/timelines/home", base_url: str = "") -> dict[str, Any]:
    site = SimpleNamespace(config=SimpleNamespace(base_url=base_url))
    state = {"site": site, "scheme": "https", "host": "ada.example"}
    return {"query_string": query, "path": path, "state": state}


def listing(*ids: int, older: int | None = None, newer: int | None = None) -> Listing[Any]:
    return Listing(tuple(SimpleNamespace(id=each) for each in ids), older, newer)


def links(header: str) -> dict[str, str]:
    return {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', header)}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Page(20)),
        ({"limit": "5"}, Page(5)),
        ({"limit": 5}, Page(5)),
        ({"limit": "1000"}, Page(40)),
        ({"limit": "9" * 200}, Page(40)),
        ({"limit": "0"}, Page(1)),
        ({"limit": "-1"}, Page(20)),
        ({"limit": "many"}, Page(20)),
        ({"limit": ["1"]}, Page(20)),
        ({"max_id": "7", "since_id": "3", "min_id": ""}, Page(20, max_id=7, since_id=3)),
        ({"min_id": "0"}, Page(20, min_id=0)),
        ({"max_id": "9" * 19}, Page(20, max_id=MAX_ID)),
        ({"max_id": "9" * 199}, Page(20, max_id=MAX_ID)),
    ],
)
def test_pages_are_read_generously(given: dict[str, Any], expected: Page) -> None:
    assert page_of(Parameters(given)) == expected


def test_each_listing_has_its_own_limits() -> None:
    assert page_of(Parameters({}), default=40, most=80).limit == 40
    assert page_of(Parameters({"limit": "100"}), default=40, most=80).limit == 80


@pytest.mark.parametrize("name", ["max_id", "since_id", "min_id"])
@pytest.mark.parametrize("value", ["01H455VB4PEX5VSKNK084SN02Q", "-1", "1.0", " 1", "²"])
def test_what_is_no_id_is_named(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        page_of(Parameters({name: value}))
    assert list(refused.value.fields) == [name]


def test_next_comes_first_where_toot_looks_for_it() -> None:
    header = link_header(scope(), listing(9, 8, older=8))
    match = re.match(r'<([^>]+)>; rel="next"', header)
    assert match is not None
    assert match.group(1) == "https://ada.example/api/v1/timelines/home?max_id=8"
    assert links(header)["prev"] == "https://ada.example/api/v1/timelines/home?min_id=9"


def test_the_newest_page_has_prev_and_the_last_one_no_next() -> None:
    assert set(links(link_header(scope(), listing(9, older=9)))) == {"next", "prev"}
    assert set(links(link_header(scope(), listing(9, newer=9)))) == {"prev"}
    assert link_header(scope(b"max_id=1"), listing()) == ""


def test_items_without_ids_page_by_the_cursor_that_is_given() -> None:
    assert links(link_header(scope(), Listing(("a",), older=3), first=5)) == {
        "next": "https://ada.example/api/v1/timelines/home?max_id=3",
        "prev": "https://ada.example/api/v1/timelines/home?min_id=5",
    }


def test_all_other_parameters_are_kept_in_order_and_no_secret() -> None:
    query = (
        b"limit=5&max_id=1&types[]=mention&types%5B%5D=follow&since_id=0&any[]=a%26b&q=%3Ex,y;z"
        b"&access_token=secret&max%5Fid=2&local"
    )
    header = link_header(scope(query), listing(9, 8, older=8))
    assert "secret" not in header
    assert header.count(",") == 1
    assert parse_qsl(urlsplit(links(header)["next"]).query, keep_blank_values=True) == [
        ("limit", "5"),
        ("types[]", "mention"),
        ("types[]", "follow"),
        ("any[]", "a&b"),
        ("q", ">x,y;z"),
        ("local", ""),
        ("max_id", "8"),
    ]


def test_nothing_in_an_address_breaks_out_of_the_field() -> None:
    query = 'a=>; rel="next", <https://evil.example>;\r\nset-cookie: a=b&ü=ü'.encode()
    header = link_header(scope(query, "/api/v1/timelines/tag/<ü>, %2F"), listing(9, older=9))
    assert set(links(header)) == {"next", "prev"}
    assert header.isascii()
    assert header.isprintable()
    assert header.count("<") == header.count(",") + 1 == 2
    assert urlsplit(links(header)["next"]).path == "/api/v1/timelines/tag/%3C%C3%BC%3E%2C%20%252F"


def test_links_lead_to_the_public_address() -> None:
    header = link_header(scope(base_url="https://public.example/"), listing(9, older=9))
    assert all(url.startswith("https://public.example/api/") for url in links(header).values())


def test_offsets_are_read_and_bounded() -> None:
    assert offset_of(Parameters({})) == 0
    assert offset_of(Parameters({"offset": "20"})) == 20
    for wrong in ("-1", "x", str(OFFSET_MAX + 1), "9" * 100):
        with pytest.raises(Invalid):
            offset_of(Parameters({"offset": wrong}))


def test_pages_by_offset_lead_on_and_back() -> None:
    there = scope(b"limit=10&offset=10", "/api/v1/trends/tags")
    found = links(offset_link_header(there, offset=10, limit=10, more=True))
    assert found == {
        "next": "https://ada.example/api/v1/trends/tags?limit=10&offset=20",
        "prev": "https://ada.example/api/v1/trends/tags?limit=10&offset=0",
    }
    assert set(links(offset_link_header(there, offset=0, limit=10, more=True))) == {"next"}
    assert offset_link_header(there, offset=0, limit=10, more=False) == ""
    assert set(links(offset_link_header(there, offset=OFFSET_MAX, limit=10, more=True))) == {"prev"}
