"""Two storages on one SQLite file: each learns what the other changed, exactly that, and at once."""

from __future__ import annotations

from microblog_core.ports.operations import AddJob, AddValue, DeleteValue, Job, PutValue, value_key
from microblog_core.testing.builder import Builder
from microblog_plugins.sql import writer as writer_module


async def test_each_learns_what_the_other_changed(sqlite_storage, other_sqlite_storage):
    build = Builder(sqlite_storage)
    ada = await build.account("ada")
    assert other_sqlite_storage.stale_keys() == {f"account:{ada.id}", "accounts"}
    post = await build.post(ada, tags=("tea",))
    assert other_sqlite_storage.stale_keys() == {
        f"post:{post.id}",
        f"posts-of:{ada.id}",
        f"thread:{post.id}",
        "public",
        "tag:tea",
    }
    assert other_sqlite_storage.stale_keys() == frozenset()


async def test_nobody_is_told_of_own_changes(sqlite_storage):
    await Builder(sqlite_storage).account("ada")
    assert sqlite_storage.stale_keys() == frozenset()


async def test_what_came_before_opening_is_not_news(sqlite_storage, sqlite_url):
    await Builder(sqlite_storage).account("ada")
    from microblog_plugins.sql.sqlite import SqliteStorage

    late = SqliteStorage(sqlite_url)
    await late.open()
    assert late.stale_keys() == frozenset()
    await late.close()


async def test_units_that_change_nothing_cached_leave_no_trace(sqlite_storage, other_sqlite_storage):
    job = Job(id=1, kind="k", key="1", payload=b"{}", due_at=0, created_at=0)
    await sqlite_storage.commit([AddJob(job=job)])
    assert other_sqlite_storage.stale_keys() == frozenset()


async def test_each_learns_which_values_of_plugins_the_other_wrote_or_removed(
    sqlite_storage, other_sqlite_storage
):
    for operation in (
        AddValue(plugin="test", key="k", value=b"1"),
        PutValue(plugin="test", key="k", value=b"2"),
        DeleteValue(plugin="test", key="k"),
    ):
        await sqlite_storage.commit([operation])
        assert other_sqlite_storage.stale_keys() == {value_key("test", "k")}


async def test_who_missed_pruned_changes_drops_everything(sqlite_storage, other_sqlite_storage, monkeypatch):
    monkeypatch.setattr(writer_module, "CHANGES_KEPT", 2)
    monkeypatch.setattr(writer_module, "PRUNE_EVERY", 4)
    build = Builder(sqlite_storage)
    for number in range(9):
        await build.account(f"person{number}x")
    assert other_sqlite_storage.stale_keys() is None
    assert other_sqlite_storage.stale_keys() == frozenset()
    ada = await build.account("ada")
    assert f"account:{ada.id}" in other_sqlite_storage.stale_keys()


async def test_old_changes_are_pruned(sqlite_storage, sqlite_connection, monkeypatch):
    monkeypatch.setattr(writer_module, "CHANGES_KEPT", 2)
    monkeypatch.setattr(writer_module, "PRUNE_EVERY", 4)
    build = Builder(sqlite_storage)
    for number in range(20):
        await build.account(f"person{number}x")
    (kept,) = sqlite_connection.execute("SELECT COUNT(*) FROM changes").fetchone()
    assert kept <= 2 + 4
