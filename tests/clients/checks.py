"""How a client in Python states what it can do: functions named like the capability, and their helpers."""

from __future__ import annotations

import secrets
import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .capabilities import NAMES
from .site import Site

PATIENCE = 8.0
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class People:
    """Three people who are logged in with the same client: `ann` writes, `ben` reads, `cem` is somebody else.

    They follow nobody and are followed by nobody when a check begins, and the check leaves them like that.
    """

    ann: Any
    ben: Any
    cem: Any
    site: Site


Check = Callable[[People], None]


class Checks(dict[str, Check]):
    """The checks of one client by the name of the capability."""

    def add(self, function: Check) -> Check:
        """Register a check; `def write_a_post` is the one for the capability "write a post"."""
        name = function.__name__.strip("_").replace("_", " ")
        if name not in NAMES or name in self:
            raise ValueError(f"{name!r} is no capability, or there are two checks for it")
        self[name] = function
        return function


def word(start: str = "w") -> str:
    """A word that nobody has written yet."""
    return start + secrets.token_hex(5)


def eventually(look: Callable[[], Answer], *, seconds: float = PATIENCE) -> Answer:
    """What `look` returns once that is true; for what a site may do after it has answered."""
    deadline = time.monotonic() + seconds
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert seen, f"not within {seconds:.0f} seconds"
    return seen


def picture(*, side: int = 16) -> bytes:
    """A PNG of this width and height in pixels, of one random colour."""
    row = b"\0" + secrets.token_bytes(3) * side
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * side)),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body
