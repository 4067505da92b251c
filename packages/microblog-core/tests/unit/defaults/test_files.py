"""The blob store in a folder keeps the contract, and leaves nothing half written in its place."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from microblog_core.defaults.files import PARTS, FileBlobs, folder_of
from microblog_core.domain.errors import ConfigurationError, Unavailable
from microblog_core.testing.blob_suite import KEY, TYPE, BlobStoreSuite


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deep" / "media"


@pytest.fixture
def file_blobs(folder):
    return FileBlobs(folder)


def files_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


class TestFileBlobs(BlobStoreSuite):
    @pytest.fixture
    def blobs(self, file_blobs):
        return file_blobs


async def test_files_are_for_their_owner_alone(file_blobs, folder):
    await file_blobs.put(KEY, b"x", TYPE)
    assert files_in(folder) == [KEY]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "ab", folder / KEY)}
    assert modes == {0o700, 0o600}


async def test_a_write_that_fails_leaves_what_was_there(file_blobs, folder, monkeypatch):
    await file_blobs.put(KEY, b"old", TYPE)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        await file_blobs.put(KEY, b"new", TYPE)
    with pytest.raises(Unavailable):
        await file_blobs.ping()
    assert await file_blobs.get(KEY) == b"old"
    assert files_in(folder) == [KEY]


async def test_what_a_killed_process_left_half_written_goes_after_a_day(file_blobs, folder):
    (folder / PARTS).mkdir(parents=True)
    old, young = folder / PARTS / "a.part", folder / PARTS / "b.part"
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 90_000,) * 2)
    await file_blobs.put(KEY, b"x", TYPE)
    assert files_in(folder) == [KEY, "parts/b.part"]


@pytest.mark.parametrize(
    ("url", "path"),
    [("files:media", "media"), ("files:///srv/media", "/srv/media"), ("files:/srv/media", "/srv/media")],
)
def test_a_url_names_a_folder(url, path):
    assert folder_of(url) == Path(path)


def test_a_url_without_a_folder_says_what_to_write():
    with pytest.raises(ConfigurationError) as error:
        folder_of("files:")
    assert "files:///" in error.value.hint
