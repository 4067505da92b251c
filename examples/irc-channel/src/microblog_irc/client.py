"""As much of IRC (RFC 2812) as it takes to say something to somebody and to know whether they were there.

The server answers commands in order, so the PONG to a PING after the last line says that every line before
it was taken or refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec

from microblog_core.ports.channels import Permanent, Temporary, Unclear, Unreachable

WELCOME, NICK_TAKEN = "001", ("433", "436")
NOT_THERE = "401"
"""No such nick: they are not connected."""
_LINE_BYTES = 400
"""A line has 512 bytes with everything that the server puts before it."""
_NICKS = 5
_TOKEN = "all-said"


class Reply(msgspec.Struct, frozen=True):
    """A line of the server's without its prefix."""

    command: str
    parameters: tuple[str, ...]


class NotThere(Exception):
    """Nobody of that nickname is connected."""


def parse(line: bytes) -> Reply:
    """A line as command and parameters; malformed ones have an empty command."""
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    if text.startswith(":"):
        text = text.partition(" ")[2]
    middle, found, trailing = text.partition(" :")
    command, *parameters = middle.split() or [""]
    return Reply(command.upper(), (*parameters, trailing) if found else tuple(parameters))


def lines_of(text: str, limit: int) -> Sequence[str]:
    """Text as lines that fit, without what IRC would read as commands; an ellipsis for what is too much."""
    clean = [
        "".join(each if each.isprintable() else " " for each in line).strip() for line in text.splitlines()
    ]
    lines = [_cut(line) for line in clean if line]
    return lines if len(lines) <= limit else [*lines[: limit - 1], "…"]


def _cut(line: str) -> str:
    data = line.encode()
    return line if len(data) <= _LINE_BYTES else data[: _LINE_BYTES - 3].decode(errors="ignore") + "…"


class Client:
    """One conversation with a server, from connecting to leaving."""

    def __init__(self, host: str, port: int, *, tls: bool, nick: str, password: str, seconds: float) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._nick, self._password, self._seconds = nick, password, seconds

    async def say(self, nick: str, lines: Sequence[str]) -> None:
        """Say these lines to somebody. Raises `NotThere`, `Unreachable` (nothing was said), `Unclear`,
        `Temporary`, `Permanent` (the server takes no such text).
        """
        said = False
        try:
            async with asyncio.timeout(self._seconds):
                context = ssl.create_default_context() if self._tls else None
                reader, writer = await asyncio.open_connection(self._host, self._port, ssl=context)
                async with _leaving(writer):
                    await self._enter(reader, writer)
                    said = True
                    await self._talk(reader, writer, nick, lines)
        except (OSError, ValueError, EOFError) as error:
            kind = Unclear if said else Unreachable
            raise kind(
                f"The IRC server {self._host}:{self._port} is away: {str(error) or 'no answer'}"
            ) from error

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._password:
            _send(writer, f"PASS :{self._password}")
        _send(writer, f"NICK {self._nick}")
        _send(writer, f"USER {self._nick} 0 * :{self._nick}")
        tries = 0
        while (reply := await _next(reader, writer)).command != WELCOME:
            if reply.command in NICK_TAKEN and tries < _NICKS:
                tries += 1
                _send(writer, f"NICK {self._nick}{tries}")
            elif reply.command == "ERROR" or reply.command.startswith(("4", "5")):
                raise Temporary(f"The IRC server lets nobody in: {' '.join(reply.parameters)}")

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, nick: str, lines: Sequence[str]
    ) -> None:
        for line in lines:
            _send(writer, f"PRIVMSG {nick} :{line}")
        _send(writer, f"PING {_TOKEN}")
        refused = ""
        while (reply := await _next(reader, writer)).command != "PONG":
            if reply.command == NOT_THERE:
                raise NotThere(nick)
            if reply.command == "ERROR":
                raise EOFError(" ".join(reply.parameters))
            if reply.command.startswith(("4", "5")) and reply.command != "422":
                refused = f"{reply.command} {' '.join(reply.parameters)}"
        _send(writer, "QUIT")
        if refused:
            raise Permanent(f"The IRC server takes no such message: {refused}")


@asynccontextmanager
async def _leaving(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Hang up at the end; at once where something went wrong, since the other side may read no more."""
    try:
        yield
    except BaseException:
        writer.transport.abort()
        raise
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _send(writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(f"{line}\r\n".encode())


async def _next(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Reply:
    """The next line that isn't about being alive. Raises `EOFError`, `OSError`."""
    await writer.drain()
    while True:
        line = await reader.readline()
        if not line:
            raise EOFError("it hung up")
        reply = parse(line)
        if reply.command != "PING":
            return reply
        _send(writer, f"PONG :{reply.parameters[0] if reply.parameters else ''}")
