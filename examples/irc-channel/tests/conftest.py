"""A real IRC server (miniircd, in a process of its own), and people on it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from microblog_core.testing.servers import BackgroundProcess, free_port


class Server:
    """Where it listens, and its process."""

    def __init__(self, port: int, process: BackgroundProcess) -> None:
        self.port, self.process = port, process


@contextlib.contextmanager
def _running(folder: Path, *options: str) -> Iterator[Server]:
    port = free_port()
    # It refuses to run as root unless it is told to, as tests in containers do.
    as_root = ["--setuid", "root"] if os.geteuid() == 0 else []
    command = [sys.executable, "-m", "miniircd", "--listen", "127.0.0.1", "--ports", str(port)]
    command += [*as_root, *options]
    with BackgroundProcess(command, folder / "ircd.log") as process:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.pid and time.monotonic() < deadline, process.output()
                time.sleep(0.02)
        yield Server(port, process)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with _running(tmp_path) as server:
        yield server


@pytest.fixture
def locked_server(tmp_path: Path) -> Iterator[Server]:
    with _running(tmp_path, "--password", "sesame") as server:
        yield server


class Person:
    """Somebody who is connected, and what they are told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def line(self, beginning: str) -> str:
        """The next line with this command."""
        async with asyncio.timeout(10):
            while True:
                line = (await self._reader.readline()).decode().rstrip()
                assert line, "the server hung up"
                if line.split(" ")[1] == beginning:
                    return line

    async def told(self, lines: int) -> list[str]:
        """The next lines that somebody says to them."""
        return [(await self.line("PRIVMSG")).split(" ", 3)[3].removeprefix(":") for _ in range(lines)]


Join = Callable[[int, str], contextlib.AbstractAsyncContextManager[Person]]


@pytest.fixture
def join() -> Join:
    @contextlib.asynccontextmanager
    async def joining(port: int, nick: str) -> AsyncIterator[Person]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n".encode())
        person = Person(reader, writer)
        try:
            await person.line("001")
            yield person
        finally:
            writer.close()
            await writer.wait_closed()

    return joining
