"""What a real process answers to what no client should send."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from http_processes import HOST, answer, streaming_site

from microblog_core.testing.servers import ServerProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with streaming_site(tmp_path_factory.mktemp("site")) as running:
        yield running


CHUNKED = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\r\n" + HOST, b"", 200, id="fine"),
        pytest.param(b"GET /%ff%fe HTTP/1.1\r\n" + HOST, b"", 400, id="no-utf8-escape"),
        pytest.param(b"GET /\xff HTTP/1.1\r\n" + HOST, b"", 400, id="no-utf8-byte"),
        pytest.param(b"GET /?q=%c3%28 HTTP/1.1\r\n" + HOST, b"", 400, id="no-utf8-query"),
        pytest.param(b"GET /%00 HTTP/1.1\r\n" + HOST, b"", 400, id="null"),
        pytest.param(b"GET / HTTP/1.1\r\n", b"", 400, id="no-host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n", b"", 400, id="two-hosts"),
        pytest.param(
            b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 40_000 + b"\r\n", b"", 431, id="long-field"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 900_000 + b"\r\n", b"", 431, id="huge-field"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: a\r\n" % n for n in range(500)),
            b"",
            431,
            id="many-fields",
        ),
        pytest.param(b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST, b"", 414, id="long-address"),
        pytest.param(b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n" + HOST, b"", 414, id="huge-address"),
        pytest.param(
            b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: abc\r\n", b"", 400, id="length-no-number"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nContent-Length: 4\r\n",
            b"abcd",
            400,
            id="two-lengths",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1001\r\n",
            b"a" * 1001,
            413,
            id="declared-too-long",
        ),
        pytest.param(CHUNKED, b"3e9\r\n" + b"a" * 1001 + b"\r\n0\r\n\r\n", 413, id="chunks-too-long"),
        pytest.param(CHUNKED, b"3e8\r\n" + b"a" * 1000 + b"\r\n0\r\n\r\n", 200, id="chunks-at-the-limit"),
        pytest.param(b"\x16\x03\x01\x00\xa5\r\n", b"", 400, id="not-http"),
    ],
)
def test_what_no_client_should_send_is_a_clear_4xx(
    server: ServerProcess, head: bytes, body: bytes, status: int
) -> None:
    assert answer(server, head, body).startswith(b"HTTP/1.1 %d " % status)


def test_half_an_answer_ends_before_its_length(server: ServerProcess) -> None:
    received = answer(server, b"GET /half HTTP/1.1\r\n" + HOST)
    assert b"content-length: 9\r\n" in received
    assert received.endswith(b"\r\n\r\nhalf")
