"""The file: one line of JSON a record, appended and brought to the disk before anybody is told.

A record is a list. `["commit", [[name, operation], ...]]` is a unit of work; `[method, ...]` a change of the
queue. The last line of a file whose writer was killed may be cut off; it was never acknowledged and is
removed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from microblog_core.domain.errors import ConfigurationError
from microblog_core.ports import operations as ops


def _kinds(root: type[ops.Operation]) -> Iterator[type[ops.Operation]]:
    for kind in root.__subclasses__():
        yield kind
        yield from _kinds(kind)


KINDS = {kind.__name__: kind for kind in _kinds(ops.Operation)}


class Journal:
    """An open journal. Only one process may hold it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab+", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise ConfigurationError(
                f"{path} is open in another process.", hint="Stop the other one; a journal has one writer."
            ) from error

    def records(self) -> Iterator[list[Any]]:
        """All whole records from the beginning; what is left of a cut one is removed."""
        self._file.seek(0)
        whole = 0
        # A buffered view of the same descriptor: closing it must leave the descriptor open.
        with open(self._file.fileno(), "rb", closefd=False) as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                yield msgspec.json.decode(line)
        if whole < os.fstat(self._file.fileno()).st_size:
            self._file.truncate(whole)
            os.fsync(self._file.fileno())

    def append(self, record: Sequence[object]) -> None:
        """Write a record and wait until the disk has it. Raises `OSError`, leaving whole records alone."""
        line = msgspec.json.encode(record) + b"\n"
        end = os.fstat(self._file.fileno()).st_size
        try:
            if self._file.write(line) != len(line):
                raise OSError("the disk took only a part of the record")
            os.fsync(self._file.fileno())
        except OSError:
            self._file.truncate(end)
            raise

    def close(self) -> None:
        """Let another process have it."""
        self._file.close()


def encode(operations: Sequence[ops.Operation]) -> list[object]:
    """A unit of work as a record."""
    return ["commit", [[type(operation).__name__, operation] for operation in operations]]


def decode(pairs: Sequence[tuple[str, object]]) -> list[ops.Operation]:
    """The operations of a `commit` record."""
    return [msgspec.convert(value, KINDS[name]) for name, value in pairs]
