"""Exports and imports: how often there may be one, how far it has got, and that nothing is imported twice."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from microblog_core.domain.accounts import Account
from microblog_core.domain.archives import (
    Export,
    ExportState,
    Import,
    ImportKind,
    ImportPart,
    ImportProblem,
    ImportState,
)
from microblog_core.domain.polls import Poll, PollOption
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import (
    AddExport,
    AddImport,
    AddImported,
    AddPost,
    AddVote,
    AdvanceImport,
    BeginImport,
    DeleteExport,
    DeleteImport,
    EndImport,
    FinishExport,
    PutPoll,
    SetPollCounts,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import StorageTests, refused

DAY = 24 * 3600 * 1000


def export(build: Builder, account: Account, **changes: Any) -> Export:
    """One that is not stored yet."""
    number = build.next_id()
    now = build.clock.now()
    values: dict[str, Any] = {"created_at": now, "expires_at": now + DAY, **changes}
    return Export(id=number, account_id=account.id, key=f"ab/{number:030x}.archive", **values)


def an_import(build: Builder, account: Account, **changes: Any) -> Import:
    """One that is not stored yet."""
    number = build.next_id()
    values: dict[str, Any] = {"kind": ImportKind.ARCHIVE, "created_at": build.clock.now(), **changes}
    return Import(id=number, account_id=account.id, key=f"ab/{number:030x}.archive", **values)


class ArchiveTests(StorageTests):
    """What people take away and bring along."""

    async def test_an_archive_is_asked_for_now_and_then_and_finished_once(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        first = export(build, ada)
        await build.apply(AddExport(export=first, since=build.clock.now() - DAY))
        second = export(build, ada)
        await refused(build, "often", AddExport(export=second, since=first.created_at - 1))
        await build.apply(AddExport(export=export(build, bob), since=first.created_at - 1))
        await refused(build, "id", AddExport(export=first, since=build.clock.now()))
        await refused(build, "exists", AddExport(export=replace(second, account_id=1)))
        await build.apply(
            FinishExport(export_id=first.id, state=ExportState.FAILED, at=5, error="The disk is full.")
        )
        await refused(build, "exists", FinishExport(export_id=first.id, state=ExportState.READY, at=6))
        # What failed is no reason to wait.
        await build.apply(AddExport(export=second, since=first.created_at - 1))
        ready = FinishExport(export_id=second.id, state=ExportState.READY, size=7, posts=3, at=8)
        await build.apply(ready)
        assert await storage.archives.export(second.id) == replace(
            second, state=ExportState.READY, size=7, posts=3, finished_at=8
        )
        found = await storage.archives.exports(ada.id, Page(limit=1))
        assert [each.id for each in found.items] == [second.id] and found.older == second.id
        older = await storage.archives.exports(ada.id, Page(limit=1, max_id=found.older))
        assert [each.error for each in older.items] == ["The disk is full."]
        old = await storage.archives.old_exports(second.expires_at, 1)
        assert [each.id for each in old] == [first.id]
        await build.apply(DeleteExport(export_id=first.id), DeleteExport(export_id=first.id))
        assert await storage.archives.export(first.id) is None

    async def test_an_import_goes_on_from_where_it_was_and_nobody_goes_on_twice(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        parts = (ImportPart.POSTS, ImportPart.BOOKMARKS)
        item = an_import(build, ada, parts=parts, overwrite=True, name="ada's.zip", size=9)
        await build.apply(AddImport(item=item))
        assert await storage.archives.get(item.id) == item
        await refused(build, "busy", AddImport(item=an_import(build, ada)))
        await build.apply(AddImport(item=an_import(build, bob)))
        await refused(build, "exists", AddImport(item=replace(an_import(build, ada), account_id=1)))
        step = AdvanceImport(import_id=item.id, cursor=0, to=3, taken=1, known=1, refused=1, limit=2)
        await refused(build, "cursor", step)
        for total in (10, 99):
            await build.apply(BeginImport(import_id=item.id, total=total))
        problems = tuple(
            [
                ImportProblem(id=build.next_id(), import_id=item.id, place=place, source="x", reason="y")
                for place in (2, 3, 4)
            ]
        )
        step = replace(step, problems=problems)
        await build.apply(step)
        await refused(build, "cursor", step)
        found = await storage.archives.get(item.id)
        assert found == replace(
            item, state=ImportState.RUNNING, total=10, cursor=3, taken=1, known=1, refused=1, problems=3
        )
        kept = await storage.archives.problems(item.id, Page(limit=1))
        assert kept.items == (problems[1],)
        assert (await storage.archives.problems(item.id, Page(max_id=kept.older))).items == (problems[0],)
        await build.apply(replace(step, cursor=3, to=10))
        assert len((await storage.archives.problems(item.id, Page())).items) == 2
        await build.apply(EndImport(import_id=item.id, state=ImportState.DONE, at=11))
        end = EndImport(import_id=item.id, state=ImportState.FAILED, at=12)
        for late, guard in ((end, "exists"), (replace(step, cursor=10, to=11), "cursor")):
            await refused(build, guard, late)
        await refused(build, "exists", BeginImport(import_id=item.id, total=1))
        again = an_import(build, ada)
        await build.apply(AddImport(item=again))
        listed = await storage.archives.imports(ada.id, Page())
        assert [each.id for each in listed.items] == [again.id, item.id]
        assert [each.state for each in listed.items] == [ImportState.WAITING, ImportState.DONE]
        old = await storage.archives.old_imports(again.created_at, 10)
        assert item.id in [each.id for each in old] and again.id not in [each.id for each in old]
        await build.apply(DeleteImport(import_id=item.id))
        assert await storage.archives.get(item.id) is None
        assert (await storage.archives.problems(item.id, Page())).items == ()

    async def test_an_entry_is_imported_once_for_each_account(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        source = "https://old.example/users/ada/statuses/1"
        post = build.draft(ada)
        await build.apply(
            AddPost(post=post), AddImported(account_id=ada.id, source=source, result_id=post.id)
        )
        twice = build.draft(ada)
        await refused(
            build,
            "imported",
            AddPost(post=twice),
            AddImported(account_id=ada.id, source=source, result_id=twice.id),
        )
        assert await storage.posts.get(ada.id, twice.id) is None
        await build.apply(AddImported(account_id=bob.id, source=source, result_id=7))
        assert await storage.archives.imported(ada.id, (source, "other")) == {source: post.id}
        assert await storage.archives.imported(ada.id, ()) == {}

    @pytest.mark.parametrize("voted", [False, True])
    async def test_a_poll_brings_its_votes_along_where_nobody_voted_yet(
        self, storage: Storage, build: Builder, voted: bool
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        options = (PollOption("Tea"), PollOption("Coffee"))
        poll = Poll(id=build.next_id(), post_id=post.id, options=options, expires_at=build.clock.now() + DAY)
        await build.apply(PutPoll(post_id=post.id, account_id=ada.id, thread_id=post.thread_id, poll=poll))
        if voted:
            vote = AddVote(
                id=build.next_id(),
                poll_id=poll.id,
                post_id=post.id,
                account_id=bob.id,
                choices=(0,),
                created_at=build.clock.now(),
            )
            await build.apply(vote)
        assert (await storage.posts.get(ada.id, post.id)) is not None
        await build.apply(SetPollCounts(poll_id=poll.id, post_id=post.id, counts=(4, 2), voters=5))
        entry = await storage.posts.get(ada.id, post.id)
        assert entry is not None and entry.poll is not None
        counts = [option.votes_count for option in entry.poll.options]
        told = (counts, entry.poll.votes_count, entry.poll.voters_count)
        assert told == (([1, 0], 1, 1) if voted else ([4, 2], 6, 5))
