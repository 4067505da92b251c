"""Query and body together: which wins, and how often they are read."""

from __future__ import annotations

from typing import Any

from decoding_requests import FORM, JSON, Everything, FakeRequest, read

from microblog_api.decoding import parameters


async def test_the_body_wins_over_the_query_and_get_reads_the_query_and_json() -> None:
    query, body = b"text=query&number=1&words[]=a", b"text=body&words[]=b"
    assert (await read(query, body, FORM)).into(Everything) == Everything(text="body", number=1, words=["b"])
    got = await read(query, body, FORM, method="GET")
    assert got.into(Everything) == Everything(text="query", number=1, words=["a"])
    got = await read(query, b'{"text": "body"}', JSON, method="GET")
    assert got.into(Everything) == Everything(text="body", number=1, words=["a"])


async def test_an_app_may_be_registered_in_the_query_alone() -> None:
    found = await read(b"text=Ice%20Cubes", b"", JSON)
    assert found.into(Everything).text == "Ice Cubes"


async def test_a_request_is_read_once() -> None:
    request: Any = FakeRequest(b"text=a", "GET", b"", None)
    assert await parameters(request) is await parameters(request)
