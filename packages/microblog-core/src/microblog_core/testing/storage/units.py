"""The unit of work and what belongs to no other part: atomicity, audit, idempotency keys, plugins' values."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.domain.errors import Conflict, PluginError, TooLarge
from microblog_core.domain.timelines import HomeSource
from microblog_core.ports.operations import (
    VALUE_BYTES,
    AddAudit,
    AddFavourite,
    AddIdempotencyKey,
    AddJob,
    AddPost,
    AddValue,
    DeletePost,
    DeleteValue,
    FanOut,
    Job,
    Operation,
    PutValue,
)
from microblog_core.ports.storage import CAPABILITIES, QUEUE, Audit, Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, ids, refused, stored


class _Unheard(Operation, frozen=True, kw_only=True):
    """An operation that no storage knows."""


class UnitTests(StorageTests):
    """All or nothing, and the small stores."""

    async def test_a_storage_says_what_it_can(self, storage: Storage) -> None:
        assert storage.capabilities <= CAPABILITIES
        assert isinstance(storage.coherent, bool)
        await storage.ping()

    async def test_an_empty_unit_is_no_error(self, build: Builder) -> None:
        await build.apply()

    async def test_operations_are_applied_in_order(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        post = build.draft(ada)
        await build.apply(
            AddPost(post=post),
            FanOut(post_id=post.id, author_id=ada.id),
            AddFavourite(id=build.next_id(), account_id=ada.id, post_id=post.id, created_at=1),
            PutValue(plugin="suite", key="a", value=b"1"),
            PutValue(plugin="suite", key="a", value=b"2"),
        )
        assert (await stored(build, post)).favourites_count == 1
        assert await storage.values("suite") == {"a": b"2"}
        await build.apply(DeletePost(post=post), AddPost(post=post))
        assert (await stored(build, post)).favourites_count == 0
        assert ids(await storage.timelines.home(ada.id, ALL, HomeSource.ROWS)) == []

    async def test_a_unit_that_fails_at_its_end_leaves_nothing(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        await build.follow(bob, ada)
        post = await build.post(ada, "stays")
        fresh = build.draft(ada, "goes", tags=("tag",), answers=post)
        now = build.clock.now()
        job = Job(id=build.next_id(), kind="suite", key="k", payload=b"{}", due_at=now, created_at=now)
        await refused(
            build,
            "exists",
            AddPost(post=fresh),
            FanOut(post_id=fresh.id, author_id=ada.id),
            AddFavourite(id=build.next_id(), account_id=bob.id, post_id=post.id, created_at=now),
            AddIdempotencyKey(account_id=ada.id, key="key", result_id=fresh.id, created_at=now),
            AddJob(job=job),
            DeletePost(post=post),
            AddFavourite(id=build.next_id(), account_id=ada.id, post_id=1, created_at=now),
        )
        assert await stored(build, post) == post
        assert await storage.posts.get(ada.id, fresh.id) is None
        for source in HomeSource:
            assert ids(await storage.timelines.home(bob.id, ALL, source)) == [post.id]
        assert ids(await storage.timelines.tag(None, "tag", ALL)) == []
        assert await storage.idempotent_result(ada.id, "key", 0) is None
        assert await storage.queue.next_due() is None
        account = await storage.accounts.get(ada.id)
        assert account is not None
        assert account.posts_count == 1

    async def test_units_at_the_same_time_are_each_whole(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        drafts = [build.draft(bob, str(number), answers=post) for number in range(20)]
        units = [
            (AddPost(post=draft), AddFavourite(id=draft.id, account_id=1, post_id=post.id, created_at=1))
            if number % 4 == 0
            else (AddPost(post=draft), PutValue(plugin="suite", key=str(number), value=b""))
            for number, draft in enumerate(drafts)
        ]
        results = await asyncio.gather(*(build.apply(*unit) for unit in units), return_exceptions=True)
        for number, result in enumerate(results):
            assert isinstance(result, Conflict) if number % 4 == 0 else result is None
        assert (await stored(build, post)).replies_count == 15
        assert len(await storage.values("suite")) == 15

    async def test_of_many_at_once_one_wins_a_guard(self, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        likes = [
            AddFavourite(id=build.next_id(), account_id=bob.id, post_id=post.id, created_at=1)
            for _ in range(10)
        ]
        results = await asyncio.gather(*(build.apply(like) for like in likes), return_exceptions=True)
        conflicts = [result for result in results if isinstance(result, Conflict)]
        assert [conflict.guard for conflict in conflicts] == ["favourite"] * 9
        assert (await stored(build, post)).favourites_count == 1

    async def test_an_operation_that_the_storage_does_not_know_is_refused(
        self, storage: Storage, build: Builder
    ) -> None:
        with pytest.raises(PluginError):
            await build.apply(PutValue(plugin="suite", key="a", value=b"1"), _Unheard())
        assert await storage.values("suite") == {}

    async def test_what_was_written_is_seen_at_once_and_no_key_is_stale(
        self, storage: Storage, build: Builder
    ) -> None:
        storage.stale_keys()
        await build.account("ada")
        assert storage.stale_keys() == frozenset()


class SmallStoreTests(StorageTests):
    """The audit log, idempotency keys and plugins' values."""

    async def test_the_audit_log_keeps_every_line(self, storage: Storage, build: Builder) -> None:
        first = Audit(
            id=build.next_id(),
            actor_id=5,
            action="account.disabled",
            subject="7",
            detail="spam, 'quoted'",
            created_at=build.clock.now(),
        )
        second = Audit(id=build.next_id(), actor_id=None, action="a.b", subject="", detail="", created_at=1)
        for line in (first, second):
            await build.apply(
                AddAudit(
                    id=line.id,
                    actor_id=line.actor_id,
                    action=line.action,
                    subject=line.subject,
                    detail=line.detail,
                    created_at=line.created_at,
                )
            )
        assert (await storage.audit(ALL)).items == (second, first)

    async def test_an_idempotency_key_is_used_once_by_each_account(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        key = AddIdempotencyKey(account_id=ada.id, key="key", result_id=7, created_at=1000)
        await build.apply(key)
        await refused(build, "key", key)
        await build.apply(AddIdempotencyKey(account_id=bob.id, key="key", result_id=8, created_at=1000))
        assert await storage.idempotent_result(ada.id, "key", 999) == 7
        assert await storage.idempotent_result(bob.id, "key", 0) == 8
        assert await storage.idempotent_result(ada.id, "KEY", 0) is None
        assert await storage.idempotent_result(ada.id, "key", 1000) is None

    async def test_an_idempotency_key_is_free_again_after_its_time(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        await build.apply(AddIdempotencyKey(account_id=ada.id, key="key", result_id=7, created_at=1000))
        again = AddIdempotencyKey(account_id=ada.id, key="key", result_id=8, created_at=5000, since=999)
        await refused(build, "key", again)
        await build.apply(
            AddIdempotencyKey(account_id=ada.id, key="key", result_id=9, created_at=5000, since=1000)
        )
        assert await storage.idempotent_result(ada.id, "key", 1000) == 9

    async def test_plugins_keep_values_apart_and_find_them_by_prefix(
        self, storage: Storage, build: Builder
    ) -> None:
        await build.apply(
            PutValue(plugin="suite", key="a:1", value=b"\x00\xff"),
            PutValue(plugin="suite", key="a:2", value=b""),
            PutValue(plugin="suite", key="A:3", value=b"3"),
            PutValue(plugin="suite", key="a%4", value=b"4"),
            PutValue(plugin="suite", key="a_\N{CAT FACE}", value=b"5"),
            PutValue(plugin="suites", key="a:1", value=b"other"),
        )
        assert await storage.values("suite", "a:") == {"a:1": b"\x00\xff", "a:2": b""}
        assert await storage.values("suite", "a%") == {"a%4": b"4"}
        assert await storage.values("suite", "a_") == {"a_\N{CAT FACE}": b"5"}
        assert len(await storage.values("suite")) == 5
        assert await storage.values("suites") == {"a:1": b"other"}
        assert await storage.values("nobody") == {}
        assert await storage.value("suite", "a:1") == b"\x00\xff"
        assert await storage.value("suite", "a:2") == b""
        assert [await storage.value(*each) for each in (("suite", "a:"), ("nobody", "a:1"))] == [None, None]
        await build.apply(DeleteValue(plugin="suite", key="a:1"), DeleteValue(plugin="suite", key="never"))
        assert await storage.values("suite", "a:") == {"a:2": b""}

    async def test_a_value_that_is_stored_once_is_the_first_ones(
        self, storage: Storage, build: Builder
    ) -> None:
        await build.apply(
            AddValue(plugin="once", key="a", value=b"1"), AddValue(plugin="once", key="b", value=b"2")
        )
        await refused(build, "value", AddValue(plugin="once", key="a", value=b"3"))
        await build.apply(DeleteValue(plugin="once", key="b"), AddValue(plugin="once", key="b", value=b"4"))
        assert await storage.values("once") == {"a": b"1", "b": b"4"}

    async def test_a_value_holds_64_kib_and_not_a_byte_more(self, storage: Storage, build: Builder) -> None:
        whole = b"x" * VALUE_BYTES
        await build.apply(PutValue(plugin="suite", key="whole", value=whole))
        with pytest.raises(TooLarge):
            await build.apply(
                PutValue(plugin="suite", key="before", value=b"1"),
                PutValue(plugin="suite", key="whole", value=whole + b"x"),
            )
        assert await storage.values("suite") == {"whole": whole}


class SeveralClaimersTests(StorageTests):
    """The capability `queue`: several claimers, maybe of several processes, never get the same job."""

    @pytest.fixture
    def other_storage(self, storage: Storage) -> Storage:
        """Another way to the same data: override it where several processes can open the storage."""
        return storage

    async def test_the_capability_is_declared(self, storage: Storage) -> None:
        assert QUEUE in storage.capabilities

    async def test_claims_at_the_same_time_share_the_jobs(
        self, storage: Storage, other_storage: Storage, build: Builder
    ) -> None:
        now = build.clock.now()
        jobs = [
            Job(id=build.next_id(), kind="suite", key=str(n), payload=b"{}", due_at=now, created_at=now)
            for n in range(40)
        ]
        await build.apply(*(AddJob(job=job) for job in jobs))
        claimed: list[int] = []

        async def work(queue_of: Storage) -> None:
            while mine := await queue_of.queue.claim(now, limit=3, lease=60_000):
                claimed.extend(job.id for job in mine)
                await asyncio.sleep(0)

        await asyncio.gather(*(work(storage if n % 2 else other_storage) for n in range(6)))
        assert sorted(claimed) == [job.id for job in jobs]

    async def test_what_one_finishes_the_other_does_not_get(
        self, storage: Storage, other_storage: Storage, build: Builder
    ) -> None:
        now = build.clock.now()
        job = Job(id=build.next_id(), kind="suite", key="k", payload=b"{}", due_at=now, created_at=now)
        await build.apply(AddJob(job=job))
        (mine,) = await other_storage.queue.claim(now, limit=3, lease=1000)
        assert list(await storage.queue.claim(now + 999, limit=3, lease=1000)) == []
        await other_storage.queue.finish([mine])
        assert list(await storage.queue.claim(now + 1000, limit=3, lease=1000)) == []
        assert await storage.queue.next_due() is None
