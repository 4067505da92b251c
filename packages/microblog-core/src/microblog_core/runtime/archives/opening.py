"""Opening a file that somebody brings along: what it holds is unpacked, within limits, under names of ours.

Nothing that the file says is ever a path: an entry's own name is only what it is looked up by. What is no
plain file, or has a name that nobody asks for, is passed over.
"""

from __future__ import annotations

import gzip
import os
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from microblog_core.domain.errors import Invalid

MEMBERS_MAX = 200_000
DIRECTORY_BYTES = 64 << 20
HEADER_BYTES = 1 << 20
UNPACKED_TIMES = 4
UNPACKED_ALLOWANCE = 64 << 20
"""An archive unpacks to so many times the size that it may have, and a bit more, at most."""
_CHUNK = 256 << 10
_WANTED = re.compile(
    r"(?:^|/)((?:outbox|actor|likes|bookmarks)\.json|(?:avatar|header)\.\w{1,5}|media_attachments/.{1,500})$"
)
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")


class Unpacked:
    """What an archive holds, in a folder that goes with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Path] = {}

    def names(self) -> tuple[str, ...]:
        """What there is."""
        return tuple(self._files)

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return name in self._files

    def size(self, name: str) -> int:
        """How long a file is, in bytes. Raises `KeyError`."""
        return self._files[name].stat().st_size

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """A file to read. Raises `KeyError`."""
        with self._files[name].open("rb") as stream:
            yield stream

    def place(self, name: str) -> Path | None:
        """Where a file of this name goes; None if nobody asks for it, or it is there already."""
        wanted = _WANTED.search(name.replace("\\", "/"))
        if wanted is None or wanted[1] in self._files:
            return None
        path = self._folder / f"{len(self._files):06d}"
        self._files[wanted[1]] = path
        return path


def unpack(source: Path, folder: Path, limit: int) -> Unpacked:
    """Unpack an archive (.zip, .tar.gz or .tar) of at most `limit` bytes into an empty folder.

    Raises `Invalid` for what is no archive, or is one that would fill the disk.
    """
    unpacked = Unpacked(folder)
    budget = _Budget(UNPACKED_TIMES * limit + UNPACKED_ALLOWANCE)
    with source.open("rb") as stream:
        head = stream.read(4)
    try:
        if head == b"PK\3\4":
            _check_directory(source)
            _unpack_zip(source, unpacked, budget)
        else:
            _unpack_tar(source, unpacked, budget, packed=head[:2] == b"\x1f\x8b")
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError) as error:
        raise _broken() from error
    except (ValueError, RuntimeError, OverflowError, struct.error, gzip.BadGzipFile) as error:
        # Encrypted entries, dates that can't be, headers that aren't text: readers raise what they like.
        raise _broken() from error
    if not unpacked.has("outbox.json") and not unpacked.has("actor.json"):
        raise Invalid(
            "This is no archive of an account: it has neither outbox.json nor actor.json.",
            hint="Use the file that your old site gave you, as it is.",
        )
    return unpacked


def _broken() -> Invalid:
    return Invalid(
        "The archive can't be read.",
        hint="Use the file that your old site gave you, as it is: a .zip or a .tar.gz.",
    )


class _Budget:
    """Bytes and entries that may still come."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._members = MEMBERS_MAX

    def spend(self, size: int) -> None:
        """So many bytes more. Raises `Invalid`."""
        self._left -= size
        if self._left < 0:
            raise Invalid("The archive unpacks to far more than a site would keep.")

    def count(self) -> None:
        """An entry more. Raises `Invalid`."""
        self._members -= 1
        if self._members < 0:
            raise Invalid(f"The archive has more than {MEMBERS_MAX} files.")


def _copy(read: Callable[[int], bytes], path: Path | None, budget: _Budget) -> None:
    if path is None:
        while chunk := read(_CHUNK):
            budget.spend(len(chunk))
        return
    with path.open("wb") as output:
        while chunk := read(_CHUNK):
            budget.spend(len(chunk))
            output.write(chunk)


def _check_directory(source: Path) -> None:
    """Refuse a directory of entries that would not fit into memory: it is read as a whole."""
    with source.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        start = stream.seek(max(0, size - 65_535 - _END.size - _LOCATOR_64.size))
        tail = stream.read()
        at = tail.rfind(b"PK\5\6")
        if at < 0 or at + _END.size > len(tail):
            raise _broken()
        _, _, _, _, members, directory, _, _ = _END.unpack_from(tail, at)
        if tail[at - _LOCATOR_64.size :][:4] == b"PK\6\7" and at >= _LOCATOR_64.size:
            _, _, place, _ = _LOCATOR_64.unpack_from(tail, at - _LOCATOR_64.size)
            if place > start + at:
                raise _broken()
            stream.seek(place)
            end = stream.read(_END_64.size)
            if len(end) < _END_64.size or end[:4] != b"PK\6\6":
                raise _broken()
            members, directory = _END_64.unpack(end)[7:9]
    if members > MEMBERS_MAX or directory > DIRECTORY_BYTES:
        raise Invalid(f"The archive has more than {MEMBERS_MAX} files.")


def _unpack_zip(source: Path, unpacked: Unpacked, budget: _Budget) -> None:
    with zipfile.ZipFile(source) as archive:
        for member in archive.infolist():
            budget.count()
            link = (member.external_attr >> 16) & 0o170000 == 0o120000
            path = None if member.is_dir() or link else unpacked.place(member.filename)
            if path is not None:
                with archive.open(member) as stream:
                    _copy(stream.read, path, budget)


class _Bounded(tarfile.TarInfo):
    """An entry whose header may not be an entry's worth of data: it is read as a whole."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Bounded:
        entry = super().frombuf(buf, encoding, errors)
        if entry.type not in tarfile.REGULAR_TYPES and entry.size > HEADER_BYTES:
            raise tarfile.ReadError("a header is too long")
        return entry


def _unpack_tar(source: Path, unpacked: Unpacked, budget: _Budget, *, packed: bool) -> None:
    mode = "r|gz" if packed else "r|"
    with tarfile.open(source, mode, tarinfo=_Bounded) as archive:  # type: ignore[call-overload]
        for member in archive:
            budget.count()
            # What was read is remembered for ever otherwise.
            archive.members = []
            if not member.isreg() or member.issparse():
                budget.spend(member.size)
                continue
            path = unpacked.place(member.name)
            stream = archive.extractfile(member)
            if stream is not None:
                _copy(stream.read, path, budget)
