from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from microblog_core.testing.browser import Browser, Form, NoSuchForm, Page

PAGE = """
<form id="act" method="post" action="/logout"><input type="hidden" name="csrf_token" value="a&amp;b"></form>
<button form="act" formaction="/posts/1/boost">Boost</button>
<form action="/compose" method="POST"><textarea name="text">
 kept
typed</textarea>
<select name="visibility"><option value="public">P</option><option value="direct" selected>D</option></select>
<select name="language"><option value="en">E</option><option value="de">D</option></select>
<input type="checkbox" name="sensitive" value="yes"><input type="checkbox" name="quiet" checked>
<input type="submit" name="go" value="Send"></form>
<input form="act" name="return_to" value="/here">
"""


def page(text: str = PAGE, path: str = "/@ada?page=2", status: int = 200) -> Page:
    return Page(path, status, {}, text.encode())


def test_a_form_is_read_as_a_browser_would_send_it() -> None:
    assert page().form("text") == Form(
        action="/compose",
        method="post",
        fields={"text": " kept\ntyped", "visibility": "direct", "language": "en", "quiet": "on"},
        names=frozenset({"text", "visibility", "language", "sensitive", "quiet"}),
        buttons=frozenset(),
    )


def test_inputs_and_buttons_outside_belong_to_the_form_that_they_name() -> None:
    form = page().form("csrf_token")
    assert form.fields == {"csrf_token": "a&b", "return_to": "/here"}
    assert form.buttons == {"/posts/1/boost"}


def test_a_form_without_an_action_goes_to_its_page() -> None:
    assert page("<form><input name=q></form>").form("q").action == "/@ada?page=2"


def test_a_missing_form_is_an_error_that_names_what_is_there() -> None:
    with pytest.raises(NoSuchForm, match=r"/logout\(csrf_token, return_to\)"):
        page().form("password")


class Site:
    """A server that remembers what it was asked and answers what it was told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self.answers:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                (int(line.split(":")[1]) for line in head.splitlines() if line.startswith("content-l")), 0
            )
            self.asked.append(head + (await reader.readexactly(length)).decode())
            writer.write(self.answers.pop(0))
            await writer.drain()
        writer.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    async with await asyncio.start_server(site.serve, "127.0.0.1", 0) as server:
        site.port = server.sockets[0].getsockname()[1]
        yield site


def answer(body: str = "", status: int = 200, **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {status} X", f"content-length: {len(body)}", *lines, "", body]).encode()


async def test_cookies_are_kept_sent_and_forgotten(site: Site) -> None:
    site.answers = [answer(set_cookie="a=1; Path=/; HttpOnly"), answer(set_cookie="a=; Max-Age=0"), answer()]
    async with Browser(site.port) as browser:
        for _ in range(3):
            await browser.get("/")
    assert ["cookie: a=1" in asked for asked in site.asked] == [False, True, False]


async def test_redirects_of_a_page_are_followed_and_those_of_a_form_are_shown(site: Site) -> None:
    site.answers = [answer(status=302, location=f"http://localhost:{site.port}/b?c=d"), answer("there")]
    site.answers += [answer(status=303, location="/done")]
    async with Browser(site.port) as browser:
        assert (await browser.get("/a")).text == "there"
        sent = await browser.submit(page().form("text"), text="höch & tief")
    assert site.asked[1].startswith("GET /b?c=d HTTP/1.1")
    assert (sent.status, sent.location) == (303, "/done")
    assert sent.acknowledged
    assert site.asked[2].endswith("text=h%C3%B6ch+%26+tief&visibility=direct&language=en&quiet=on")
    assert f"origin: http://localhost:{site.port}" in site.asked[2]


async def test_a_chunked_body_is_put_together(site: Site) -> None:
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    site.answers = [head + b"3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"]
    async with Browser(site.port) as browser:
        assert (await browser.get("/")).text == "abc0123456789"


async def test_a_server_that_goes_away_is_a_connection_error(site: Site) -> None:
    site.answers = [answer("short").replace(b"length: 5", b"length: 9")]
    async with Browser(site.port) as browser:
        with pytest.raises(ConnectionError, match="GET /"):
            await browser.get("/")


async def test_an_input_that_the_form_does_not_have_is_an_error(site: Site) -> None:
    async with Browser(site.port) as browser:
        with pytest.raises(NoSuchForm, match="colour"):
            await browser.submit(page().form("text"), colour="red")


async def test_a_server_of_http_1_0_gets_a_connection_for_each_request(site: Site) -> None:
    async with Browser(site.port) as browser:
        for text in ("first", "second"):
            site.answers = [answer(text).replace(b"HTTP/1.1", b"HTTP/1.0")]
            assert (await browser.get("/")).text == text
