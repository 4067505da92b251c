"""The storage on LMDB keeps what it acknowledged, and passes core's suite."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import lmdb
import pytest
from microblog_lmdb import engine
from microblog_lmdb.plugin import storages
from microblog_lmdb.storage import LmdbStorage

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import ConfigurationError, Conflict, Unavailable
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddAccount, AddJob, EndJob, Job, PutValue
from microblog_core.testing.storage_suite import StorageSuite


class TestLmdbStorage(StorageSuite):
    """Everything that core promises of a storage."""

    @pytest.fixture
    async def storage(self, tmp_path: Path) -> AsyncIterator[LmdbStorage]:
        storage = LmdbStorage(tmp_path / "site")
        await storage.open()
        yield storage
        await storage.close()


def ada(identifier: int) -> AddAccount:
    return AddAccount(account=Account(id=identifier, username=f"ada_{'x' * identifier}", created_at=1))


def job(identifier: int) -> AddJob:
    return AddJob(
        job=Job(id=identifier, kind="k", key=str(identifier), payload=b"{}", due_at=1, created_at=1)
    )


async def opened(folder: Path) -> LmdbStorage:
    storage = LmdbStorage(folder)
    await storage.open()
    return storage


async def test_what_was_acknowledged_is_there_after_a_restart(tmp_path: Path):
    first = await opened(tmp_path)
    await first.commit(
        [ada(1), PutValue(plugin="p", key="k", value=b"\x00\xff"), job(5), job(6), job(7), job(8)]
    )
    done, dead, late, ended = await first.queue.claim(1, limit=4, lease=1000)
    await first.queue.finish([done])
    assert await first.queue.bury(dead, error="no")
    assert await first.queue.retry(late, due_at=9, error="later")
    await first.commit([EndJob(job_id=ended.id, attempts=ended.attempts), job(9)])
    with pytest.raises(Conflict):
        await first.commit([job(10), ada(1)])
    await first.close()
    for _ in range(2):
        again = await opened(tmp_path)
        assert await again.accounts.get(1) == ada(1).account
        assert await again.values("p") == {"k": b"\x00\xff"}
        assert (await again.counts()).dead_jobs == 1
        waiting = (await again.queue.page("queued", Page())).items
        assert [(each.id, each.due_at, each.attempts) for each in waiting] == [(9, 1, 0), (7, 9, 1)]
        await again.close()


async def test_what_somebody_had_begun_is_done_again_after_a_restart(tmp_path: Path):
    first = await opened(tmp_path)
    await first.commit([job(5)])
    assert await first.queue.claim(1, limit=1, lease=10**12)
    await first.commit([ada(1)])
    await first.close()
    again = await opened(tmp_path)
    assert [each.id for each in await again.queue.claim(1, limit=1, lease=1000)] == [5]
    await again.close()


WRITER = """
import asyncio, sys
from pathlib import Path
from microblog_core.ports.operations import PutValue
from microblog_lmdb.storage import LmdbStorage

async def main():
    storage = LmdbStorage(Path(sys.argv[1]))
    await storage.open()
    for number in range(100000):
        await storage.commit([PutValue(plugin="p", key="last", value=str(number).encode())])
        print(number, flush=True)

asyncio.run(main())
"""


async def test_a_writer_that_is_killed_loses_nothing_of_what_it_said(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        said = [next(writer.stdout) for _ in range(50)]
        os.kill(writer.pid, signal.SIGKILL)
        said += list(writer.stdout)
    storage = await opened(tmp_path)
    assert int((await storage.values("p"))["last"]) >= int(said[-1])
    await storage.close()


async def test_one_process_has_it_all(tmp_path: Path):
    first = await opened(tmp_path)
    with pytest.raises(ConfigurationError, match="open in another process"):
        await opened(tmp_path)
    await first.close()
    await (await opened(tmp_path)).close()


async def test_a_file_that_is_full_stops_the_storage_and_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engine, "MAP_BYTES", 1 << 18)
    storage = await opened(tmp_path)
    await storage.commit([ada(1)])
    with pytest.raises(Unavailable, match="LMDB can't be written"):
        for number in range(100):
            await storage.commit([PutValue(plugin="p", key=str(number), value=b"x" * 60_000)])
    with pytest.raises(Unavailable):
        await storage.commit([ada(2)])
    await storage.close()
    monkeypatch.undo()
    again = await opened(tmp_path)
    assert await again.accounts.get(1) == ada(1).account
    assert await again.accounts.get(2) is None
    await again.close()
    assert lmdb.version() > (0, 9)


def test_an_address_without_a_folder_says_how_to_write_one():
    (factory,) = storages()
    for url in ("lmdb://site", "lmdb:///"):
        with pytest.raises(ConfigurationError) as refused:
            factory.open(url)
        assert "lmdb:///" in refused.value.hint
