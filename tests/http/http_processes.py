"""What the tests of real processes share: the program `streaming_site`, and raw connections to it."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from microblog_core.testing.servers import ServerProcess, free_port

HOST = b"Host: localhost\r\n"
PROGRAM = Path(__file__).with_name("streaming_site.py")


def streaming_site(folder: Path, *options: str) -> ServerProcess:
    """The program, not started yet; its lifespans leave their marks in `folder`."""
    port = free_port()
    command = [sys.executable, str(PROGRAM), str(port), str(folder), *options]
    return ServerProcess(command, port, folder / "server.log")


@contextlib.contextmanager
def connected(server: ServerProcess, request: bytes) -> Iterator[socket.socket]:
    """A connection over which `request` has been sent as far as the server took it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        yield connection


def everything(connection: socket.socket) -> bytes:
    """All that still comes until the other side closes."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            data += piece
    return data


def answer(server: ServerProcess, head: bytes, body: bytes = b"") -> bytes:
    """The whole answer to one request; `head` without its last empty line."""
    with connected(server, head + b"Connection: close\r\n\r\n" + body) as connection:
        return everything(connection)
