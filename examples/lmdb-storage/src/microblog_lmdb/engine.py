"""The file: two databases of one LMDB environment, written in one transaction.

`units` has what was committed, by a number that grows: a list of [name, operation]. `jobs` has the jobs that
there are now, by id: they come and go so fast that a log of them would soon be most of the file.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import lmdb
import msgspec

from microblog_core.domain.errors import ConfigurationError
from microblog_core.ports import operations as ops
from microblog_core.ports.operations import Job

MAP_BYTES = 1 << 36
"""How large the file may become; of it only what is used takes room."""


def _kinds(root: type[ops.Operation]) -> Iterator[type[ops.Operation]]:
    for kind in root.__subclasses__():
        yield kind
        yield from _kinds(kind)


KINDS = {kind.__name__: kind for kind in _kinds(ops.Operation)}


class Engine:
    """The open environment. Only one process may hold it; a call writes durably or raises `lmdb.Error`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock: IO[bytes] = (folder / "process").open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise ConfigurationError(
                f"{folder} is open in another process.", hint="Stop the other one: one process has it all."
            ) from error
        self._environment = lmdb.open(str(folder), map_size=MAP_BYTES, max_dbs=2)
        self._units = self._environment.open_db(b"units")
        self._jobs = self._environment.open_db(b"jobs")

    def units(self) -> Iterator[list[ops.Operation]]:
        """What was committed, from the beginning."""
        with self._environment.begin(db=self._units) as transaction:
            for _, value in transaction.cursor():
                yield [
                    msgspec.convert(operation, KINDS[name])
                    for name, operation in msgspec.json.decode(bytes(value))
                ]

    def jobs(self) -> Sequence[Job]:
        """The jobs that there are, oldest first."""
        with self._environment.begin(db=self._jobs) as transaction:
            return [msgspec.json.decode(bytes(value), type=Job) for _, value in transaction.cursor()]

    def write(self, unit: Iterable[ops.Operation], jobs: Mapping[int, Job | None]) -> None:
        """Add a unit of work (maybe an empty one) and put jobs as they are now, None for those that are
        gone.
        """
        pairs = [(type(operation).__name__, operation) for operation in unit]
        with self._environment.begin(write=True) as transaction:
            if pairs:
                cursor = transaction.cursor(self._units)
                last = int.from_bytes(cursor.key(), "big") if cursor.last() else 0
                transaction.put(_key(last + 1), msgspec.json.encode(pairs), db=self._units)
            for job_id, job in jobs.items():
                if job is None:
                    transaction.delete(_key(job_id), db=self._jobs)
                else:
                    transaction.put(_key(job_id), msgspec.json.encode(job), db=self._jobs)

    def close(self) -> None:
        """Let another process have it."""
        self._environment.close()
        self._lock.close()


def _key(number: int) -> bytes:
    return number.to_bytes(8, "big")
