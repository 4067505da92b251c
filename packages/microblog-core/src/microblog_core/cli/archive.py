"""The archive of a backup: a tar file with a manifest, a copy of each site's database, and the media folder.

    manifest.json           what is in it: version, moment, sites with their revision, files with size and
    SHA-256 sites/NAME/database     a consistent copy, as the storage's `SchemaTools.backup` writes it
    media/...               the files of the data folder's `media`

The secret key and the configuration are not in it: whoever gets an archive can sign nothing for the service.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from microblog_core.domain.errors import ConfigurationError, MicroblogError

FORMAT = 1
MANIFEST = "manifest.json"
MEDIA = "media"
_CHUNK = 1 << 20


class ArchiveError(MicroblogError):
    """An archive that can't be used."""

    code = "archive"


class StoredFile(msgspec.Struct, frozen=True):
    """A file of the archive; `size` in bytes."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive holds. `made_at` is Unix milliseconds, `sites` maps names to the schema's revision."""

    format: int = FORMAT
    version: str
    made_at: int
    sites: Mapping[str, str]
    files: Mapping[str, StoredFile] = {}


def database_name(site: str) -> str:
    """Where a site's database lies in the archive."""
    return f"sites/{site}/database"


def media_files(data: Path) -> Iterable[tuple[str, Path]]:
    """(name in the archive, path) of every media file; links are not followed, and what is half written is
    left out.
    """
    root = data / MEDIA
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink() and path.suffix != ".part":
                yield f"{MEDIA}/{path.relative_to(root).as_posix()}", path


def write_archive(target: Path, manifest: Manifest, files: Iterable[tuple[str, Path]]) -> Manifest:
    """Write the archive, readable by its owner only; return the manifest with all files.

    It has its name only when it is whole. A media file that is deleted meanwhile is left out.
    """
    part = target.with_name(target.name + ".part")
    mode = "w:gz" if target.name.endswith((".gz", ".tgz")) else "w:"
    stored: dict[str, StoredFile] = {}
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            with tarfile.open(fileobj=stream, mode=mode) as tar:  # type: ignore[call-overload]
                for name, path in files:
                    one = _add(tar, name, path)
                    if one is not None:
                        stored[name] = one
                whole = msgspec.structs.replace(manifest, files=stored)
                body = msgspec.json.format(msgspec.json.encode(whole), indent=2)
                tar.addfile(_entry(MANIFEST, len(body)), io.BytesIO(body))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return whole


def unpack_archive(source: Path, folder: Path) -> Manifest:
    """Unpack into an empty folder and check every file against the manifest. Raises `ArchiveError`.

    Nothing is written outside the folder, whatever the archive says.
    """
    seen: dict[str, StoredFile] = {}
    try:
        with tarfile.open(source, "r:*") as tar:
            for member in tar:
                _check_member(member)
                stream = tar.extractfile(member)
                if stream is None:
                    raise ArchiveError(f"{source} holds {member.name!r}, which is no file.")
                seen[member.name] = _unpack(stream, folder / PurePosixPath(member.name))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ArchiveError(
            f"{source} can't be read: {error}.", hint="Use a file that `microblog backup` wrote."
        ) from error
    manifest = _manifest(source, folder / MANIFEST)
    seen.pop(MANIFEST, None)
    if seen != dict(manifest.files):
        raise ArchiveError(
            f"{source} is damaged: its files are not those of its manifest.", hint="Use another backup."
        )
    return manifest


def put_media(unpacked: Path, data: Path) -> None:
    """Replace the data folder's media by the unpacked ones; the old ones go only when the new ones are
    there.
    """
    old, new, present = data / f"{MEDIA}.old", data / f"{MEDIA}.new", data / MEDIA
    for leftover in (old, new):
        shutil.rmtree(leftover, ignore_errors=True)
    if (unpacked / MEDIA).is_dir():
        shutil.copytree(unpacked / MEDIA, new)
    else:
        new.mkdir(parents=True)
    if present.exists():
        present.rename(old)
    new.rename(present)
    shutil.rmtree(old, ignore_errors=True)


def _add(tar: tarfile.TarFile, name: str, path: Path) -> StoredFile | None:
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return None
    with stream:
        reader = _Hashing(stream)
        size = os.fstat(stream.fileno()).st_size
        tar.addfile(_entry(name, size), reader)
        return StoredFile(size, reader.hash.hexdigest())


class _Hashing:
    """Hashes what is read through it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.hash = hashlib.sha256()
        self._stream = stream

    def read(self, count: int = -1) -> bytes:
        data = self._stream.read(count)
        self.hash.update(data)
        return data


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def _check_member(member: tarfile.TarInfo) -> None:
    path = PurePosixPath(member.name)
    inside = not path.is_absolute() and ".." not in path.parts
    known = member.name == MANIFEST or path.parts[:1] == (MEDIA,) or path.parts[:1] == ("sites",)
    if not (member.isfile() and inside and known):
        raise ArchiveError(f"The archive holds {member.name!r}, which is none of its parts.")


def _unpack(stream: IO[bytes], path: Path) -> StoredFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as output:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            output.write(chunk)
    return StoredFile(size, digest.hexdigest())


def _manifest(source: Path, path: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise ArchiveError(
            f"{source} has no manifest.", hint="Use a file that `microblog backup` wrote."
        ) from error
    if manifest.format != FORMAT:
        raise ConfigurationError(
            f"{source} has the format {manifest.format}; this version reads {FORMAT}.",
            hint="Use the version that wrote it.",
        )
    return manifest
