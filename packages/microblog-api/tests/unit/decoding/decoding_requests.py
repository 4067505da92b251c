"""Requests with parameters, and a struct with one of every type."""

from __future__ import annotations

import enum
from typing import Any, Literal
from urllib.parse import quote_plus

import msgspec

from microblog_api.decoding import Id, Moment, Parameters, Upload, parameters

FORM = b"application/x-www-form-urlencoded"
JSON = b"application/json"
MULTIPART = b"multipart/form-data; boundary=edge"


async def read(
    query: bytes = b"", body: bytes = b"", kind: bytes = b"", method: str = "POST", size: int = 7
) -> Parameters:
    """The parameters of a request whose body comes in pieces of `size` bytes."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    messages = [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return await parameters(FakeRequest(query, method, kind, receive))  # type: ignore[arg-type]


class FakeRequest:
    """As much of a Litestar request as the decoder uses, without an application around it."""

    def __init__(self, query: bytes, method: str, kind: bytes, receive: Any) -> None:
        headers = [(b"content-type", kind)] if kind else []
        self.scope = {"query_string": query, "method": method, "headers": headers, "state": {}}
        self.receive = receive


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Item(msgspec.Struct, frozen=True):
    keyword: str
    whole_word: bool = False


class Source(msgspec.Struct, frozen=True):
    privacy: str | msgspec.UnsetType = msgspec.UNSET
    sensitive: bool | msgspec.UnsetType = msgspec.UNSET


class Everything(msgspec.Struct, frozen=True):
    text: str | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType | None = msgspec.UNSET
    number: int | msgspec.UnsetType | None = msgspec.UNSET
    ratio: float | None = None
    flag: bool | msgspec.UnsetType = msgspec.UNSET
    id: Id | None = None
    at: Moment | msgspec.UnsetType | None = msgspec.UNSET
    words: list[str] | msgspec.UnsetType = msgspec.UNSET
    ids: tuple[Id, ...] = ()
    items: list[Item] | msgspec.UnsetType = msgspec.UNSET
    source: Source | msgspec.UnsetType = msgspec.UNSET
    colour: Colour | None = None
    size: Literal["small", "large"] = "small"
    labels: dict[str, str] = {}
    file: Upload | msgspec.UnsetType = msgspec.UNSET


Pairs = list[tuple[str, str]]


def urlencoded(pairs: Pairs) -> bytes:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()


def multipart(pairs: Pairs) -> bytes:
    parts = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value.encode())
        for name, value in pairs
    )
    return parts + b"--edge--\r\n"
