"""The storage suite itself: it catches storages that break their promises, and its SQL part can be kept."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from microblog_core.domain.errors import Invalid, PluginError
from microblog_core.domain.posts import Delivery, Visibility
from microblog_core.domain.timelines import HomeSource, Page
from microblog_core.memory import account_reads, post_reads, post_writes, relation_writes, visibility
from microblog_core.memory.queue import MemoryQueue
from microblog_core.memory.storage import MemoryStorage
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations import Operation, RunSql
from microblog_core.ports.storage import SQL, SessionRow
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.paging import LISTINGS
from microblog_core.testing.storage.visibility import make_scene
from microblog_core.testing.storage_suite import SqlSuite, StorageSuite

SUITE = StorageSuite()
Check = Callable[[MemoryStorage, Builder], Awaitable[None]]


def _nothing(*_: object, **__: object) -> None:
    """In place of something that is forgotten."""


def _always(*_: object, **__: object) -> bool:
    return True


async def _at_home(storage: MemoryStorage, build: Builder) -> None:
    await SUITE.test_home_timelines(storage, build, HomeSource.ROWS, Delivery.ROWS)


async def _counted(storage: MemoryStorage, build: Builder) -> None:
    await SUITE.test_public_and_unlisted_ones_are_counted(storage, build, Visibility.PUBLIC)


def _in_scene(test: Callable[..., Awaitable[None]]) -> Check:
    async def check(storage: MemoryStorage, build: Builder) -> None:
        await test(storage, await make_scene(build))

    return check


def _paged(test: Callable[..., Awaitable[None]]) -> Check:
    async def check(storage: MemoryStorage, build: Builder) -> None:
        await test(await LISTINGS["public"](build))

    return check


def _cut_that(change: Callable[[Page], Page]):
    right = post_reads.cut

    def cut(items, page, id_of):
        return right(items, change(page), id_of)

    return cut


def _inclusive(page: Page) -> Page:
    return Page(page.limit, None if page.max_id is None else page.max_id + 1, page.since_id, page.min_id)


def _from_the_wrong_end(page: Page) -> Page:
    return Page(page.limit, page.max_id, page.min_id or page.since_id)


def _stops_at_hidden(self, post):
    for answer in sorted(self._tables.posts.rows.values(), key=lambda each: each.id):
        if answer.in_reply_to_id == post.id and answer.visibility in ("public", "unlisted"):
            yield answer
            yield from _stops_at_hidden(self, answer)


async def _claims_without_lease(self, now, *, limit, lease, kinds=()):
    return tuple(self._tables.jobs.rows.values())[:limit]


FAULTS: dict[str, tuple[object, str, object, Check]] = {
    "shows what is muted": (visibility, "in_listing", visibility.may_see, _at_home),
    "shows everything": (post_reads, "may_see", _always, _in_scene(SUITE.test_single_posts)),
    "shows too much in public": (
        post_reads,
        "in_public",
        visibility.in_listing,
        _in_scene(SUITE.test_public_timelines_and_hashtags),
    ),
    "shows boosts of what is hidden": (
        post_reads,
        "may_see",
        lambda sight, post, boosted=None: visibility.may_see(sight, post),
        _in_scene(SUITE.test_boosts_of_what_one_may_not_see),
    ),
    "shows people who block": (
        account_reads,
        "sees_account",
        _always,
        _in_scene(SUITE.test_people_who_block_the_viewer_are_in_no_list_of_people),
    ),
    "forgets to count": (post_writes, "count_post", _nothing, _counted),
    "forgets to count follows": (
        relation_writes,
        "_count",
        _nothing,
        SUITE.test_follows_are_counted_on_both_sides,
    ),
    "keeps half of a unit": (
        Tables,
        "roll_back",
        _nothing,
        SUITE.test_a_unit_that_fails_at_its_end_leaves_nothing,
    ),
    "keeps what was about a deleted post": (
        post_writes,
        "_remove",
        lambda tables, post: tables.posts.remove(post.id),
        SUITE.test_a_deleted_post_takes_everything_with_it_but_answers,
    ),
    "repeats an item": (
        post_reads,
        "cut",
        _cut_that(_inclusive),
        _paged(SUITE.test_pages_follow_one_another_without_gap_or_repetition),
    ),
    "takes min_id for since_id": (
        post_reads,
        "cut",
        _cut_that(_from_the_wrong_end),
        _paged(SUITE.test_bounds_are_open_and_choose_their_end),
    ),
    "hides answers to hidden posts": (
        post_reads.PostReads,
        "_below",
        _stops_at_hidden,
        SUITE.test_hidden_posts_in_the_middle_are_left_out_and_the_rest_stays,
    ),
    "boosts twice": (
        post_writes,
        "boost_by",
        _nothing,
        SUITE.test_a_post_is_boosted_once_by_each,
    ),
    "claims without a lease": (
        MemoryQueue,
        "claim",
        _claims_without_lease,
        SUITE.test_a_job_whose_lease_has_ended_is_claimed_again,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_suite_catches_a_storage_that(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, broken, check = FAULTS[fault]
    sound = MemoryStorage()
    await check(sound, Builder(sound))
    monkeypatch.setattr(where, name, broken)
    storage = MemoryStorage()
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await check(storage, Builder(storage))


class NeverExpires(MemoryStorage):
    def __init__(self) -> None:
        super().__init__()
        self.sessions = _Timeless(self._tables)


class _Timeless(account_reads.SessionReads):
    async def get(self, token_hash: str, now: int) -> SessionRow | None:
        return await super().get(token_hash, 0)


async def test_sessions_that_never_expire_are_caught() -> None:
    storage = NeverExpires()
    with pytest.raises(AssertionError):
        await SUITE.test_a_session_ends_at_its_time(storage, Builder(storage))


class SqliteBeside(MemoryStorage):
    """The storage in memory, with plugins' statements in a database beside it."""

    capabilities = MemoryStorage.capabilities | {SQL}

    def __init__(self) -> None:
        super().__init__()
        self.database = sqlite3.connect(":memory:", isolation_level=None)

    async def commit(self, operations: Sequence[Operation]) -> None:
        self.database.execute("BEGIN")
        try:
            for operation in operations:
                if isinstance(operation, RunSql):
                    self.database.execute(operation.statement, dict(operation.parameters))
            await super().commit([each for each in operations if not isinstance(each, RunSql)])
        except sqlite3.Error as error:
            self.database.execute("ROLLBACK")
            raise Invalid(str(error)) from error
        except BaseException:
            self.database.execute("ROLLBACK")
            raise
        self.database.execute("COMMIT")

    async def select(self, statement: str, **parameters: object) -> list[tuple[object, ...]]:
        if not statement.startswith("SELECT"):
            raise PluginError("no question")
        try:
            return self.database.execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            raise PluginError(str(error)) from error


class TestSqlSuite(SqlSuite):
    @pytest.fixture
    async def storage(self) -> AsyncIterator[SqliteBeside]:
        storage = SqliteBeside()
        yield storage
        storage.database.close()

    @pytest.fixture
    def select(self, storage: SqliteBeside):
        async def select(statement: str) -> list[tuple[object, ...]]:
            return storage.database.execute(statement).fetchall()

        return select
