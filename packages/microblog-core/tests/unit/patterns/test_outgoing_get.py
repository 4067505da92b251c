"""Reading pages of others: each redirect is looked at anew, and no more is read than is wanted."""

from __future__ import annotations

import gzip
import socket
import threading
import time

import pytest

from microblog_core.domain.addresses import Allowed
from microblog_core.patterns import outgoing as module
from microblog_core.patterns.admission import Circuit
from microblog_core.patterns.outgoing import (
    FAILURES,
    REDIRECTS,
    ForbiddenTarget,
    Outgoing,
    ServerFailed,
    TooManyRedirects,
)
from microblog_core.ports.channels import Temporary
from microblog_core.testing.web_pages import WebPages

LOCAL = Allowed(["127.0.0.1"])
HTML = ("text/html",)


@pytest.fixture
def pages():
    with WebPages() as server:
        yield server


@pytest.fixture
async def client():
    made = Outgoing(allowed=LOCAL, seconds=2.0)
    yield made
    await made.close()


async def get(client, url, limit=1000, **options):
    return await client.get(url, takes=HTML, limit=limit, **options)


async def test_a_page_is_read_and_nothing_tells_who_asks_but_what_is_said(client, pages):
    url = pages.put("/a?b=c", b"<title>A</title>", headers={"Set-Cookie": "a=b"})
    for _ in range(2):
        answer = await get(client, url, headers={"user-agent": "Tester"})
        assert (answer.status, answer.media_type, answer.body) == (200, "text/html", b"<title>A</title>")
        assert (answer.whole, answer.url) == (True, url)
    for asked in pages.requests:
        assert asked.headers == {
            "host": f"127.0.0.1:{pages.port}",
            "user-agent": "Tester",
            "accept-encoding": "identity",
        }


async def test_redirects_are_followed_also_relative_ones_and_the_answer_says_where_it_is_from(client, pages):
    first = pages.redirect("/first", "second#part")
    pages.redirect("/second", pages.put("/third?x=%C3%A4", b"there"), status=308)
    answer = await get(client, first)
    assert (answer.body, answer.url) == (b"there", f"{pages.url}/third?x=%C3%A4")
    assert [each.path for each in pages.requests] == ["/first", "/second", "/third?x=%C3%A4"]
    assert all("referer" not in each.headers for each in pages.requests)


async def test_only_so_many_redirects_are_followed(client, pages):
    url = pages.redirect("/loop", "/loop")
    with pytest.raises(TooManyRedirects):
        await get(client, url)
    assert len(pages.requests) == REDIRECTS + 1
    assert client.circuit(url) is Circuit.CLOSED


@pytest.mark.parametrize(
    "where",
    [
        "http://127.0.0.2:{port}/",
        "http://[::1]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "//127.0.0.2:{port}/",
        "file:///etc/passwd",
        "ftp://ftp.example.org/",
        "gopher://127.0.0.1:{port}/",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://user:secret@127.0.0.1:{port}/",
        "http://127.0.0.1:22/",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "http://:80/",
    ],
)
async def test_a_redirect_leads_nowhere_that_the_first_address_may_not(client, pages, where):
    url = pages.redirect("/out", where.format(port=pages.port))
    with pytest.raises(ForbiddenTarget):
        await get(client, url)
    assert [each.path for each in pages.requests] == ["/out"]


async def test_a_redirect_to_a_name_that_leads_inside_is_refused(client, pages, monkeypatch):
    def resolve(host, port, **options):
        address = "127.0.0.1" if host == "127.0.0.1" else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(module.socket, "getaddrinfo", resolve)
    with pytest.raises(ForbiddenTarget, match="not on the public internet"):
        await get(client, pages.redirect("/out", f"http://pages.example.org:{pages.port}/"))
    assert len(pages.requests) == 1


async def test_each_address_on_the_way_has_to_be_allowed(client, pages):
    asked = []

    def allow(url):
        asked.append(url)
        return not url.endswith("/no")

    url = pages.redirect("/yes", "/no")
    with pytest.raises(ForbiddenTarget, match="is not asked here"):
        await get(client, url, allow=allow)
    assert asked == [url, f"{pages.url}/no"]
    assert [each.path for each in pages.requests] == ["/yes"]


@pytest.mark.parametrize(
    "url",
    ["", "http://ex ample.org/", "http://a.example\\@b.example/", "http://bücher.example/", "http://h/\n"],
)
async def test_what_is_no_plain_address_is_refused(client, url):
    with pytest.raises(ForbiddenTarget):
        await get(client, url)


async def test_of_an_endless_answer_only_the_beginning_is_read(client, pages):
    gone = threading.Event()

    def endless():
        try:
            while True:
                yield b"x" * 65536
        finally:
            gone.set()

    answer = await get(client, pages.put("/endless", endless), limit=100_000)
    assert (answer.body, answer.whole) == (b"x" * 100_000, False)
    assert await module.asyncio.to_thread(gone.wait, 10)


@pytest.mark.parametrize(
    ("kind", "status", "headers"),
    [
        ("video/mp4", 200, {}),
        ("", 200, {}),
        ("text/html", 404, {}),
        ("text/html", 206, {}),
        ("text/html", 200, {"Content-Encoding": "gzip"}),
    ],
)
async def test_what_is_not_wanted_is_not_read(client, pages, kind, status, headers):
    body = gzip.compress(b"x" * 1_000_000)
    url = pages.put("/it", body, kind, status=status, headers=headers)
    answer = await get(client, url, limit=10_000_000)
    assert (answer.status, answer.body, answer.whole) == (status, b"", False)


async def test_who_answers_byte_by_byte_is_given_up(pages):
    client = Outgoing(allowed=LOCAL, seconds=0.3)
    over = threading.Event()

    def drip():
        while not over.wait(0.02):
            yield b"x"

    began = time.monotonic()
    with pytest.raises(Temporary, match="did not answer in"):
        await get(client, pages.put("/drip", drip), limit=10_000_000)
    over.set()
    assert time.monotonic() - began < 2
    await client.close()


async def test_no_further_request_begins_when_the_time_is_over(pages):
    client = Outgoing(allowed=LOCAL, seconds=0.2)
    url = pages.redirect("/first", "/second")
    with pytest.raises(Temporary, match="did not answer in"):
        # Whoever is asked whether this is allowed takes all the time there is.
        await get(client, url, allow=lambda url: time.sleep(0.25) is None)
    assert [each.path for each in pages.requests] == ["/first"]
    await client.close()


async def test_a_host_that_fails_is_left_alone(client, pages):
    url = pages.put("/", status=503)
    for _ in range(FAILURES):
        with pytest.raises(ServerFailed):
            await get(client, url)
    with pytest.raises(Temporary):
        await get(client, url)
    assert len(pages.requests) == FAILURES
