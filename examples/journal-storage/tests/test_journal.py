"""The journal storage keeps what it acknowledged, whatever happens to its writer, and passes core's suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from microblog_journal.plugin import register_storages
from microblog_journal.storage import JournalStorage

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddAccount, AddJob, EndJob, Job, PutValue
from microblog_core.testing.storage_suite import StorageSuite


class TestJournalStorage(StorageSuite):
    """Everything that core promises of a storage."""

    @pytest.fixture
    async def storage(self, tmp_path: Path) -> AsyncIterator[JournalStorage]:
        storage = JournalStorage(tmp_path / "site.journal")
        await storage.open()
        yield storage
        await storage.close()


def ada(identifier: int) -> AddAccount:
    return AddAccount(account=Account(id=identifier, username=f"ada_{'x' * identifier}", created_at=1))


def job(identifier: int) -> AddJob:
    return AddJob(
        job=Job(id=identifier, kind="k", key=str(identifier), payload=b"{}", due_at=1, created_at=1)
    )


async def test_what_was_acknowledged_is_there_after_a_restart(tmp_path: Path) -> None:
    first = JournalStorage(tmp_path / "site.journal")
    await first.open()
    await first.commit([ada(1), PutValue(plugin="p", key="k", value=b"\x00\xff"), job(5), job(6)])
    one, other = await first.queue.claim(1, limit=2, lease=1000)
    await first.queue.finish([one])
    assert await first.queue.bury(other, error="no")
    await first.close()
    again = JournalStorage(tmp_path / "site.journal")
    await again.open()
    assert (await again.accounts.get(1)) == ada(1).account
    assert await again.values("p") == {"k": b"\x00\xff"}
    assert (await again.counts()).dead_jobs == 1
    assert await again.queue.next_due() is None
    await again.close()


async def test_jobs_end_after_a_restart_as_they_did_before(tmp_path: Path) -> None:
    first = JournalStorage(tmp_path / "site.journal")
    await first.open()
    await first.commit([job(5), job(6)])
    ended, late = await first.queue.claim(1, limit=2, lease=1)
    (held, _) = await first.queue.claim(2, limit=2, lease=1000)
    assert not await first.queue.retry(late, due_at=9, error="lost")
    await first.commit([EndJob(job_id=ended.id, attempts=held.attempts), job(7)])
    await first.close()
    again = JournalStorage(tmp_path / "site.journal")
    await again.open()
    assert [each.id for each in (await again.queue.page("queued", Page())).items] == [7, 6]
    assert await again.queue.next_due() == 1
    await again.close()


@pytest.mark.parametrize("cut", [1, 10, 60])
async def test_a_line_cut_off_by_a_kill_is_removed_and_writing_goes_on(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "site.journal"
    first = JournalStorage(path)
    await first.open()
    await first.commit([ada(1)])
    whole = path.stat().st_size
    await first.commit([ada(2)])
    await first.close()
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - cut)
    for expected in (None, ada(3).account):
        again = JournalStorage(path)
        await again.open()
        assert await again.accounts.get(2) is None
        assert await again.accounts.get(3) == expected
        if expected is None:
            assert path.stat().st_size == whole
            await again.commit([ada(3)])
        await again.close()


async def test_a_journal_has_one_writer(tmp_path: Path) -> None:
    first, second = (JournalStorage(tmp_path / "site.journal") for _ in range(2))
    await first.open()
    with pytest.raises(ConfigurationError):
        await second.open()
    await first.close()
    await second.open()
    await second.close()


def test_an_address_without_a_file_says_how_to_write_one() -> None:
    (factory,) = register_storages()
    with pytest.raises(ConfigurationError) as refused:
        factory.open("journal://site.journal")
    assert "journal:///" in refused.value.hint
