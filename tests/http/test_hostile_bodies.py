"""What the API of a real process answers to parameters that no client should send, and to those all send."""

from __future__ import annotations

import contextlib
import email.utils
import json
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from http_processes import HOST, answer, connected, everything

from microblog_core.testing.servers import ServerProcess, free_port

LIMIT = 1 << 20
SECONDS = 20
"""Far more than any of these takes, and far less than a decoder whose time grows with the square."""

ECHO = b"/api/x/echo/echo"
FORM = b"application/x-www-form-urlencoded"
JSON = b"application/json"
MULTIPART = b"multipart/form-data; boundary=edge"
PART = b'--edge\r\nContent-Disposition: form-data; name="text"\r\n\r\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder, port = tmp_path_factory.mktemp("site"), free_port()
    command = [sys.executable, str(Path(__file__).with_name("echo_site.py")), str(port), str(folder)]
    with ServerProcess(command, port, folder / "server.log") as running:
        yield running


def asked(
    server: ServerProcess, method: bytes, target: bytes, body: bytes = b"", kind: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    """Status, header fields and body of an answer."""
    head = method + b" " + target + b" HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n" % len(body)
    raw = answer(server, head + (b"Content-Type: " + kind + b"\r\n" if kind else b""), body)
    top, _, content = raw.partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split(" ")[1]), fields, content


def told(content: bytes) -> Any:
    return json.loads(content)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        pytest.param(b"[" * LIMIT, JSON, 400, id="json-lists"),
        pytest.param(b'{"a":' * (LIMIT // 5), JSON, 400, id="json-objects"),
        pytest.param(b'{"words":[' + b'"",' * 300_000 + b'""]}', JSON, 400, id="json-many"),
        pytest.param(b'{"number":' + b"9" * 500_000 + b"}", JSON, 400, id="json-digits"),
        pytest.param(b'{"number":1e400000}', JSON, 400, id="json-exponent"),
        pytest.param(b'{"number":99999999999999999999}', JSON, 422, id="json-too-big"),
        pytest.param(b'"text"', JSON, 400, id="json-no-object"),
        pytest.param(b'{"text":"\xff\xfe"}', JSON, 400, id="json-no-utf8"),
        pytest.param(b'{"text":"\\u0000"}', JSON, 400, id="json-null"),
        pytest.param(b"text=a", JSON, 400, id="form-as-json"),
        pytest.param(b"a" + b"[]" * (LIMIT // 2 - 1), FORM, 400, id="form-brackets"),
        pytest.param(b"a" + b"[" * (LIMIT - 1), FORM, 400, id="form-open-brackets"),
        pytest.param(b"&".join(b"a%d=1" % number for number in range(100_000)), FORM, 400, id="form-many"),
        pytest.param(b"items[][keyword]=a&" * 50_000, FORM, 400, id="form-many-items"),
        pytest.param(b"items[][whole_word]=1&" * 900, FORM, 422, id="form-items-without-names"),
        pytest.param(b"&".join(b"words[%d]=a" % -n for n in range(3)), FORM, 422, id="form-no-index"),
        pytest.param(b"words[" + b"9" * 190 + b"]=a", FORM, 200, id="form-huge-index"),
        pytest.param(b"text=a&text[b]=c", FORM, 400, id="form-contradiction"),
        pytest.param(b"text=%ff", FORM, 400, id="form-no-utf8"),
        pytest.param(b"text=%00", FORM, 400, id="form-null"),
        pytest.param(b"text=" + b"%" * (LIMIT - 5), FORM, 200, id="form-percents"),
        pytest.param(b"text=" + b"+" * (LIMIT - 5), FORM, 200, id="form-pluses"),
        pytest.param(b"&" * 900, FORM, 200, id="form-nothing"),
        pytest.param(b"id=0&at=never&number=x", FORM, 422, id="form-wrong-values"),
        pytest.param(PART, MULTIPART, 400, id="multipart-cut"),
        pytest.param(b"\r\n" * (LIMIT // 2), MULTIPART, 400, id="multipart-empty-lines"),
        pytest.param(b"--edge\r\n" * (LIMIT // 8), MULTIPART, 400, id="multipart-edges"),
        pytest.param(b"--edge\r\n" + b"a: b\r\n" * 100_000, MULTIPART, 400, id="multipart-many-fields"),
        pytest.param((PART + b"\r\n") * 5000 + b"--edge--", MULTIPART, 400, id="multipart-many-parts"),
        pytest.param(PART + b"\xff\r\n--edge--", MULTIPART, 400, id="multipart-no-utf8"),
        pytest.param(PART + b"\0\r\n--edge--", MULTIPART, 400, id="multipart-null"),
        pytest.param(PART + b"a\r\n--edge--", b"multipart/form-data", 400, id="multipart-no-boundary"),
        pytest.param(PART + b"a\r\n--edge--", b"multipart/form-data; boundary=", 400, id="multipart-no-edge"),
        pytest.param(b"<text/>", b"application/xml", 400, id="xml"),
        pytest.param(b"text", b";" * 20_000, 400, id="no-type"),
        pytest.param(b"a" * (LIMIT + 1), FORM, 413, id="too-large"),
    ],
)
def test_hostile_parameters_are_a_clear_4xx_in_json_at_once(
    server: ServerProcess, body: bytes, kind: bytes, status: int
) -> None:
    started = time.monotonic()
    found, fields, content = asked(server, b"POST", ECHO, body, kind)
    assert time.monotonic() - started < SECONDS
    assert found == status
    assert fields["content-type"] == "application/json"
    assert fields["access-control-allow-origin"] == "*"
    if status != 200:
        assert told(content)["error"]
        assert "traceback" not in content.decode().lower()
    assert asked(server, b"GET", ECHO)[0] == 200, "the next request is served"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(b'{"text":"h\xc3\xb6ch","words":["a","b"],"id":"7"}', JSON, id="json"),
        pytest.param(b"text=h%C3%B6ch&words[]=a&words[]=b&id=7", FORM, id="form"),
        pytest.param(b"text=h%C3%B6ch&words=a&words=b&id=7", b"", id="no-type"),
        pytest.param(
            PART
            + b"h\xc3\xb6ch\r\n"
            + b"".join(
                b'--edge\r\ncontent-disposition: form-data; name="%s"\r\n\r\n%s\r\n' % pair
                for pair in ((b"words[1]", b"b"), (b"words[0]", b"a"), (b"id", b"7"))
            )
            + b"--edge--\r\n",
            MULTIPART,
            id="multipart",
        ),
    ],
)
def test_every_kind_of_body_arrives(server: ServerProcess, body: bytes, kind: bytes) -> None:
    status, _, content = asked(server, b"POST", ECHO + b"/", body, kind)
    assert status == 200
    given = told(content)
    assert (given["text"], given["words"], given["id"]) == ("höch", ["a", "b"], 7)


def test_a_large_file_arrives_whole(server: ServerProcess) -> None:
    head = PART.replace(b'"text"', b'"file"; filename="../../a.png"').replace(
        b"\r\n\r\n", b"\r\nContent-Type: image/png\r\n\r\n"
    )
    data = bytes(range(256)) * 3900
    status, _, content = asked(server, b"POST", ECHO, head + data + b"\r\n--edge--\r\n", MULTIPART)
    assert (status, told(content)["file"]) == (200, ["a.png", "image/png", len(data)])


def test_chunks_beyond_the_limit_are_413_in_json(server: ServerProcess) -> None:
    head = b"POST " + ECHO + b" HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nContent-Type: "
    for kind in (FORM, JSON, MULTIPART):
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (LIMIT + 1, b"a" * (LIMIT + 1))
        raw = answer(server, head + kind + b"\r\n", chunks)
        assert raw.startswith(b"HTTP/1.1 413 ")
        assert told(raw.partition(b"\r\n\r\n")[2])["error"]


def test_the_date_is_right_for_clients_that_set_their_clock_by_it(server: ServerProcess) -> None:
    for method, target in ((b"GET", ECHO), (b"GET", b"/api/v1/nothing"), (b"HEAD", b"/api/v1/instance")):
        _, fields, _ = asked(server, method, target)
        moment = email.utils.parsedate_to_datetime(fields["date"])
        assert abs(moment.timestamp() - time.time()) < 60


def test_head_and_not_modified_have_no_body(server: ServerProcess) -> None:
    status, fields, content = asked(server, b"HEAD", b"/api/v1/instance")
    assert (status, content) == (200, b"")
    head = b"GET /api/v1/instance HTTP/1.1\r\n" + HOST + b"If-None-Match: " + fields["etag"].upper().encode()
    assert answer(server, head + b"\r\n").startswith(b"HTTP/1.1 200 ")
    etag = fields["etag"].replace("w/", "W/").encode()
    head = b"GET /api/v1/instance HTTP/1.1\r\n" + HOST + b"If-None-Match: " + etag + b"\r\n"
    raw = answer(server, head)
    assert raw.startswith(b"HTTP/1.1 304 ")
    assert raw.endswith(b"\r\n\r\n")


UPLOAD = MULTIPART.partition(b";")[0] + b"; boundary=edge"
PIECE = b"a" * 32_768


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "declared"])
@pytest.mark.parametrize(
    ("target", "pieces", "status"),
    [
        pytest.param(b"/api/v1/nothing", 20, 404, id="missing"),
        pytest.param(b"/nowhere", 20, 404, id="no-surface"),
        pytest.param(b"/api/v2/media", 20, 401, id="no-token"),
        pytest.param(ECHO, 60, 413, id="too-large"),
    ],
)
def test_who_still_sends_when_refused_sees_the_answer_and_goes_on(
    server: ServerProcess, target: bytes, pieces: int, status: int, chunked: bool
) -> None:
    length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % (pieces * len(PIECE))
    head = b"POST " + target + b" HTTP/1.1\r\n" + HOST + b"Content-Type: " + UPLOAD + b"\r\n" + length
    with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS) as connection:
        connection.sendall(head + b"\r\n\r\n")
        for _ in range(pieces):
            connection.sendall(b"%x\r\n%s\r\n" % (len(PIECE), PIECE) if chunked else PIECE)
            time.sleep(0.002)
        if chunked:
            connection.sendall(b"0\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 %d " % status)
        connection.sendall(b"GET /api/v1/instance HTTP/1.1\r\n" + HOST + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("expects", [True, False], ids=["asks-before", "says-nothing"])
def test_who_announces_a_body_and_sends_none_is_answered_soon(server: ServerProcess, expects: bool) -> None:
    head = b"POST /api/v1/nothing HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\nConnection: close\r\n"
    head += b"Expect: 100-continue\r\n" if expects else b""
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        # Several, since a connection that stays open now and then stays open.
        for each in [stack.enter_context(connected(server, head + b"\r\n")) for _ in range(20)]:
            assert everything(each).startswith(b"HTTP/1.1 404 ")
    assert time.monotonic() - started < 4
