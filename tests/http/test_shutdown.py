"""What a real process does when it is told to stop."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from http_processes import HOST, PROGRAM, answer, connected, everything, streaming_site

from microblog_core.testing.servers import ServerProcess, free_port, site_server

STREAMS = 100


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with streaming_site(tmp_path) as running:
        yield running


def _stop(server: ServerProcess) -> tuple[int, float]:
    started = time.monotonic()
    return server.terminate(timeout=10), time.monotonic() - started


def _open_streams(server: ServerProcess, stack: contextlib.ExitStack, path: bytes) -> list[socket.socket]:
    request = b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n"
    streams = [stack.enter_context(connected(server, request)) for _ in range(STREAMS)]
    for stream in streams:
        data = b""
        while b"retry: " not in data:
            data += stream.recv(4096)
        assert data.startswith(b"HTTP/1.1 200")
    return streams


def test_with_a_hundred_open_streams_it_ends_well_within_three_seconds(
    server: ServerProcess, tmp_path: Path
) -> None:
    with contextlib.ExitStack() as stack:
        streams = _open_streams(server, stack, b"/stream")
        code, seconds = _stop(server)
        assert (code, seconds < 3) == (0, True), (seconds, server.output())
        for stream in streams:
            assert everything(stream).endswith(b"0\r\n\r\n"), "a stream was cut off instead of ended"
    assert (tmp_path / "surface").read_text() == (tmp_path / "plugin").read_text() == "closed"


def test_the_real_website_ends_its_hundred_streams_too(tmp_path: Path) -> None:
    with site_server(tmp_path / "data") as server, contextlib.ExitStack() as stack:
        streams = _open_streams(server, stack, b"/live/public")
        code, seconds = _stop(server)
        assert (code, seconds < 3) == (0, True), (seconds, server.output())
        for stream in streams:
            assert everything(stream).endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 100\r\n\r\nhalf", id="body"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: loc", id="head"),
        pytest.param(
            b"GET / HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n",
            id="websocket",
        ),
    ],
)
def test_whoever_never_finishes_does_not_keep_it_from_ending(
    server: ServerProcess, tmp_path: Path, request_: bytes
) -> None:
    with connected(server, request_):
        assert answer(server, b"GET /x HTTP/1.1\r\n" + HOST).startswith(b"HTTP/1.1 200")
        code, seconds = _stop(server)
    assert (code, seconds < 3) == (0, True), (seconds, server.output())
    assert (tmp_path / "plugin").exists()


def test_a_thread_that_never_ends_is_given_up_after_the_deadline(tmp_path: Path) -> None:
    with (
        streaming_site(tmp_path, "2.5") as server,
        connected(server, b"GET /thread HTTP/1.1\r\n" + HOST + b"\r\n"),
    ):
        answer(server, b"GET /x HTTP/1.1\r\n" + HOST)
        code, seconds = _stop(server)
    assert (code, seconds < 4) == (1, True), server.output()
    assert "giving up" in server.output()
    assert (tmp_path / "plugin").exists()


@pytest.mark.slow
def test_at_no_moment_after_its_start_does_it_hang(tmp_path: Path) -> None:
    for tenths in range(13):
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(free_port()), str(tmp_path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            time.sleep(tenths / 10)  # the moment is what is tested
            process.terminate()
            _, said = process.communicate(timeout=3)
        finally:
            process.kill()
        # Before Python has come to our code, nobody has taken the signal over: then it kills.
        assert process.returncode in (0, -15), said.decode()


def test_a_port_that_is_taken_is_told_and_not_shared(server: ServerProcess, tmp_path: Path) -> None:
    second = subprocess.run(
        [sys.executable, str(PROGRAM), str(server.port), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert f"Can't listen on 127.0.0.1, port {server.port}" in second.stderr
