"""Scheduled posts: guards of their number and of their end."""

from __future__ import annotations

from typing import Any

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.media import MediaState
from microblog_core.domain.scheduled import ScheduledPost
from microblog_core.domain.tags import DAY
from microblog_core.ports.operations import (
    AddPost,
    AddScheduledPost,
    DeleteMedia,
    DeleteScheduledPost,
    DescribeMedia,
    FailScheduledPost,
    MoveScheduledPost,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import NOON, Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused

MIDNIGHT = NOON // DAY * DAY + DAY


def _waits(build: Builder, account: Account, **changes: Any) -> ScheduledPost:
    scheduled = ScheduledPost(
        id=build.next_id(),
        account_id=account.id,
        scheduled_at=MIDNIGHT,
        params='{"text":"\N{SNOWMAN} :name ?"}',
        created_at=build.clock.now(),
    )
    return msgspec.structs.replace(scheduled, **changes)


async def schedule(build: Builder, account: Account, **changes: Any) -> ScheduledPost:
    """A post that waits."""
    scheduled = _waits(build, account, **changes)
    await build.apply(AddScheduledPost(scheduled=scheduled))
    return scheduled


class ScheduledTests(StorageTests):
    """Posts that wait for their time."""

    async def test_a_scheduled_post_comes_back_as_it_was_stored(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        kept = await schedule(build, ada, error="why")
        assert await storage.scheduled.get(kept.id) == kept
        assert await storage.scheduled.get(kept.id + 1) is None
        assert (await storage.scheduled.page(bob.id, ALL)).items == ()
        await refused(build, "id", AddScheduledPost(scheduled=_waits(build, ada, id=kept.id)))
        await refused(build, "exists", AddScheduledPost(scheduled=_waits(build, ada, account_id=1)))

    async def test_only_so_many_wait_in_all_and_for_one_day(self, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        last = await schedule(build, ada, scheduled_at=MIDNIGHT + DAY - 1)
        await schedule(build, ada)
        other = await schedule(build, ada, scheduled_at=MIDNIGHT - 1)
        await refused(build, "scheduled_total", AddScheduledPost(scheduled=_waits(build, ada), total_max=3))
        await refused(build, "scheduled_day", AddScheduledPost(scheduled=_waits(build, ada), day_max=2))
        await build.apply(AddScheduledPost(scheduled=_waits(build, bob), total_max=1, day_max=1))
        move = MoveScheduledPost(id=other.id, account_id=ada.id, scheduled_at=MIDNIGHT, day_max=2)
        await refused(build, "scheduled_day", move)
        await build.apply(MoveScheduledPost(id=last.id, account_id=ada.id, scheduled_at=MIDNIGHT, day_max=2))

    async def test_another_time_forgets_why_it_failed(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        kept = await schedule(build, ada)
        await build.apply(FailScheduledPost(id=kept.id, scheduled_at=MIDNIGHT + 1, error="not this time"))
        assert await storage.scheduled.get(kept.id) == kept
        await build.apply(FailScheduledPost(id=kept.id, scheduled_at=MIDNIGHT, error="gone"))
        assert await storage.scheduled.get(kept.id) == msgspec.structs.replace(kept, error="gone")
        await refused(
            build, "exists", MoveScheduledPost(id=kept.id, account_id=bob.id, scheduled_at=MIDNIGHT)
        )
        await build.apply(MoveScheduledPost(id=kept.id, account_id=ada.id, scheduled_at=MIDNIGHT + 9))
        moved = msgspec.structs.replace(kept, scheduled_at=MIDNIGHT + 9)
        assert await storage.scheduled.get(kept.id) == moved

    async def test_its_media_wait_with_it_and_nothing_else_has_them(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        first, second, theirs = [await build.medium(each) for each in (ada, ada, bob)]
        waiting = await build.medium(ada, state=MediaState.PROCESSING)
        used = await build.medium(ada)
        await build.post(ada, attachments=(used,))
        for wrong in (theirs, waiting, used):
            adding = AddScheduledPost(scheduled=_waits(build, ada), media_ids=(first.id, wrong.id))
            await refused(build, "media", adding)
        await refused(build, "media", AddScheduledPost(scheduled=_waits(build, ada), media_ids=(1,)))
        kept = _waits(build, ada)
        await build.apply(AddScheduledPost(scheduled=kept, media_ids=(second.id, first.id)))
        (held,) = await storage.media.some([first.id])
        assert held == msgspec.structs.replace(first, scheduled_id=kept.id)
        assert [each.id for each in await storage.media.unattached(1 << 60, 9)] == [theirs.id, waiting.id]
        again = AddScheduledPost(scheduled=_waits(build, ada), media_ids=(first.id,))
        await refused(build, "media", again)
        await refused(build, "media", AddPost(post=build.draft(ada, attachments=(held,))))
        await refused(build, "exists", DeleteMedia(media_id=first.id))
        await refused(build, "exists", DescribeMedia(media_id=first.id, account_id=ada.id, description="x"))
        released = first.created_at + 10**9
        ending = DeleteScheduledPost(id=kept.id, account_id=ada.id, released_at=released)
        post = build.draft(ada, attachments=(first,))
        await build.apply(ending, AddPost(post=post))
        assert (await storage.media.some([first.id]))[0].post_id == post.id
        assert second.id not in [each.id for each in await storage.media.unattached(released, 9)]
        assert second.id in [each.id for each in await storage.media.unattached(released + 1, 9)]
        assert await storage.media.get(second.id) == second

    async def test_it_ends_once_and_at_the_time_that_it_waits_for(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        kept = await schedule(build, ada)
        for account, at in ((ada, MIDNIGHT + 1), (bob, MIDNIGHT), (bob, None)):
            ending = DeleteScheduledPost(id=kept.id, account_id=account.id, scheduled_at=at)
            await refused(build, "scheduled", ending)
        await build.apply(DeleteScheduledPost(id=kept.id, account_id=ada.id, scheduled_at=MIDNIGHT))
        assert await storage.scheduled.get(kept.id) is None
        await refused(build, "scheduled", DeleteScheduledPost(id=kept.id, account_id=ada.id))
