"""The entries of a collection in a JSON file, one at a time: of the file only a piece is ever in memory.

JSON is not parsed here but cut: strings and brackets are enough to see where an entry ends. What is inside an
entry is for whoever decodes it to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from microblog_core.domain.errors import Invalid

PIECE = 64 << 10
ITEM_BYTES = 1 << 20
"""An entry that is longer than this is none that could be taken."""
_MARK = re.compile(rb'["\\{}\[\],]')
_SPACE = b" \t\r\n"


class Lost(Invalid):
    """The file ends, or goes wrong, in the middle: what came before is good."""

    code = "lost"


def items_of(stream: IO[bytes], key: str = "orderedItems") -> Iterator[bytes]:
    """The elements of the array that the outermost object has under `key`, as they stand; an element of more
    than `ITEM_BYTES` comes as its beginning, which is no JSON.

    Raises `Lost` where the array breaks off, or there is none.
    """
    cutter = _Cutter(key)
    while piece := stream.read(PIECE):
        yield from cutter.feed(piece)
        if cutter.ended:
            return
    if cutter.found:
        raise Lost("The file breaks off in the middle.")
    raise Lost(f"The file has no list {key!r}.")


class _Cutter:
    """Finds the array, then cuts it at its commas."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._text = bytearray()
        self.found = False
        self.ended = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What is complete now."""
        start = position = 0
        if self._escaped:
            position, self._escaped = 1, False
        while mark := _MARK.search(piece, position):
            at, sign = mark.start(), mark[0]
            position = at + 1
            if self._in_string:
                if sign == b"\\":
                    position += 1
                    self._escaped = position > len(piece)
                self._in_string = sign != b'"'
            elif sign == b'"':
                self._in_string = True
            elif sign in b"{[":
                if self._opens(sign, piece[start:at]):
                    self._text.clear()
                    start, self.found = position, True
                self._depth += 1
            elif self._separates(sign):
                self._keep(piece[start:at])
                start = position
                yield from self._cut(last=sign != b",")
                if self.ended:
                    return
        self._keep(piece[start:])

    def _separates(self, sign: bytes) -> bool:
        """Whether something ends here that is looked at: an element of the array, or a member before it."""
        self._depth -= sign != b","
        return self._depth == 1 + (self.found and sign == b",")

    def _cut(self, *, last: bool) -> Iterator[bytes]:
        """An element, where this is the array; whatever stood before it is forgotten."""
        if self.found:
            self.ended = last
            yield from self._item()
        elif not last:
            self._text.clear()

    def _opens(self, sign: bytes, before: bytes) -> bool:
        """Whether the array begins here: an array right in the outermost object, under the key."""
        if self.found or sign != b"[" or self._depth != 1:
            return False
        member = (bytes(self._text) + before).strip(_SPACE + b"{")
        return member.rstrip(_SPACE + b":") == b'"%s"' % self._key

    def _keep(self, data: bytes) -> None:
        if len(self._text) <= ITEM_BYTES:
            self._text += data[: ITEM_BYTES + 1 - len(self._text)]

    def _item(self) -> Iterator[bytes]:
        item = bytes(self._text).strip(_SPACE)
        self._text.clear()
        if item:
            yield item
