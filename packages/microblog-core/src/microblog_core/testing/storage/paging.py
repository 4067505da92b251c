"""Paging, the same for every listing: nothing is skipped or repeated, whichever way one goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.ids import MAX_ID
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.posts import Delivery, Entry, Visibility
from microblog_core.domain.relations import Related
from microblog_core.domain.reports import ReportState
from microblog_core.domain.timelines import HomeSource, Listing, Page
from microblog_core.ports.operations import AddAudit, AddJob, Job
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.announcements import announce
from microblog_core.testing.storage.applications import allow, make_application
from microblog_core.testing.storage.base import StorageTests
from microblog_core.testing.storage.conversations import say
from microblog_core.testing.storage.lists import make_list, put_on
from microblog_core.testing.storage.moderation import MODERATORS_LISTINGS, moderators_listing
from microblog_core.testing.storage.reports import make_report
from microblog_core.testing.storage.scheduled import schedule

COUNT = 7

Read = Callable[[Page], Awaitable[Listing[Any]]]
Add = Callable[[], Awaitable[int]]
"""Makes one more item of a listing and returns the id that it pages by."""
Maker = Callable[[Builder], Awaitable[tuple[Read, Add]]]


async def _accounts(build: Builder) -> tuple[Read, Add]:
    async def add() -> int:
        number = build.next_id()
        await build.account(f"remote{number}", domain="example.org")
        return (await build.account(f"local{number}")).id

    return build.storage.accounts.page, add


def _people(kind: str) -> Maker:
    """Lists of people, with somebody suspended between any two."""

    async def make(build: Builder) -> tuple[Read, Add]:
        ada = await build.account("ada")
        post, made = await build.post(ada), await make_list(build, ada)
        storage = build.storage

        async def members(page: Page) -> Listing[Related]:
            found = await storage.lists.members(ada.id, made.id, page)
            assert found is not None
            return found

        async def relate(username: str) -> int:
            other = await build.account(username)
            if kind == "followers":
                return await build.follow(other, ada)
            if kind == "following":
                return await build.follow(ada, other)
            if kind == "list members":
                await build.follow(ada, other)
                return await put_on(build, made, other)
            if kind == "blocked":
                return await build.block(ada, other)
            if kind == "muted":
                return await build.mute(ada, other)
            if kind == "favourited by":
                return await build.favourite(other, post)
            return (await build.boost(other, post)).id

        async def add() -> int:
            number = build.next_id()
            if kind not in ("blocked", "muted"):
                await relate(f"hidden{number}")
                hidden = await storage.accounts.by_name(f"hidden{number}")
                assert hidden is not None
                await build.set_state(hidden, AccountState.SUSPENDED)
            return await relate(f"shown{number}")

        readers: Mapping[str, Read] = {
            "followers": lambda page: storage.relations.followers(None, ada.id, page),
            "following": lambda page: storage.relations.following(None, ada.id, page),
            "blocked": lambda page: storage.relations.blocked(ada.id, page),
            "muted": lambda page: storage.relations.muted(ada.id, page),
            "list members": members,
            "favourited by": lambda page: storage.posts.favourited_by(None, post.id, page),
            "boosted by": lambda page: storage.posts.boosted_by(None, post.id, page),
        }
        return readers[kind], add

    return make


def _posts(kind: str) -> Maker:
    """Listings of posts, with posts between any two that the viewer may not see or does not want."""

    async def make(build: Builder) -> tuple[Read, Add]:
        viewer, ada, star, muted = await build.people("viewer", "ada", "star", "muted")
        await build.follow(viewer, ada, star, muted)
        await build.mute(viewer, muted)
        storage, turn = build.storage, 0

        async def add() -> int:
            nonlocal turn
            turn += 1
            pulled = kind.startswith("home") and turn % 2 == 1
            author, delivery = (star, Delivery.PULLED) if pulled else (ada, Delivery.ROWS)
            unwanted = await build.post(muted, tags=("tag",), delivery=delivery)
            await build.post(author, visibility=Visibility.MEMBERS, tags=("tag",), delivery=delivery)
            await build.post(author, visibility=Visibility.DIRECT, tags=("tag",), delivery=delivery)
            if kind != "profile":
                await build.boost(author, unwanted, delivery=delivery)
            if kind.startswith("home") and turn % 3 == 0:
                stranger = await build.account(f"stranger{turn}")
                return (await build.boost(author, await build.post(stranger), delivery=delivery)).id
            return (await build.post(author, tags=("tag",), delivery=delivery)).id

        async def profile(page: Page) -> Listing[Entry]:
            found = await storage.timelines.profile(viewer.id, "ada", "", page, replies=False)
            assert found is not None
            return found.posts

        made = await make_list(build, viewer, ada, star, muted)

        async def of_list(page: Page) -> Listing[Entry]:
            found = await storage.timelines.list(viewer.id, made.id, page)
            assert found is not None
            return found

        readers: Mapping[str, Read] = {
            "public": lambda page: storage.timelines.public(viewer.id, page),
            "tag": lambda page: storage.timelines.tag(viewer.id, "tag", page),
            "home": lambda page: storage.timelines.home(viewer.id, page, HomeSource.ROWS),
            "home by follows": lambda page: storage.timelines.home(viewer.id, page, HomeSource.FOLLOWS),
            "profile": profile,
            "list": of_list,
        }
        return readers[kind], add

    return make


async def _notifications(build: Builder) -> tuple[Read, Add]:
    ada, bob, muted = await build.people("ada", "bob", "muted")
    await build.mute(ada, muted)

    async def add() -> int:
        await build.notify(ada, NotificationKind.FOLLOW, muted)
        return (await build.notify(ada, NotificationKind.FOLLOW, bob)).id

    return (lambda page: build.storage.notifications.page(ada.id, page)), add


async def _authorisations(build: Builder) -> tuple[Read, Add]:
    ada, bob = await build.people("ada", "bob")

    async def add() -> int:
        application = await make_application(build)
        await allow(build, application, bob, f"bob's {application.id}")
        return (await allow(build, application, ada, f"ada's {application.id}")).authorisation_id

    return (lambda page: build.storage.applications.authorised(ada.id, page)), add


async def _jobs(build: Builder) -> tuple[Read, Add]:
    async def add() -> int:
        job_id, now = build.next_id(), build.clock.now()
        job = Job(id=job_id, kind="suite", key=str(job_id), payload=b"{}", due_at=now, created_at=now)
        await build.apply(AddJob(job=job))
        return job_id

    return (lambda page: build.storage.queue.page("queued", page)), add


async def _audit(build: Builder) -> tuple[Read, Add]:
    async def add() -> int:
        line_id, now = build.next_id(), build.clock.now()
        await build.apply(
            AddAudit(id=line_id, actor_id=None, action="suite.did", subject="it", created_at=now)
        )
        return line_id

    return build.storage.audit, add


async def _scheduled(build: Builder) -> tuple[Read, Add]:
    ada, bob = await build.people("ada", "bob")

    async def add() -> int:
        await schedule(build, bob)
        return (await schedule(build, ada)).id

    return (lambda page: build.storage.scheduled.page(ada.id, page)), add


def _talks(kind: str) -> Maker:
    """Conversations by their newest post, and direct posts, with those of somebody muted between any two."""

    async def make(build: Builder) -> tuple[Read, Add]:
        ada, bob, muted = await build.people("ada", "bob", "muted")
        await build.mute(ada, muted)

        async def add() -> int:
            await say(build, muted, ada)
            return (await say(build, bob, ada)).id

        async def talks(page: Page) -> Listing[Any]:
            found = await build.storage.conversations.page(ada.id, page)
            return Listing(tuple(talk.last for talk in found.items), found.older, found.newer)

        readers: Mapping[str, Read] = {
            "conversations": talks,
            "direct": lambda page: build.storage.conversations.direct(ada.id, page),
        }
        return readers[kind], add

    return make


async def _reports(build: Builder) -> tuple[Read, Add]:
    ada, bob = await build.people("ada", "bob")

    async def add() -> int:
        await make_report(build, ada, bob, state=ReportState.RESOLVED)
        return (await make_report(build, ada, bob)).id

    return (lambda page: build.storage.reports.page(ReportState.OPEN, page)), add


async def _announcements(build: Builder) -> tuple[Read, Add]:
    async def add() -> int:
        return (await announce(build)).id

    return build.storage.announcements.page, add


LISTINGS: Mapping[str, Maker] = {
    "accounts": _accounts,
    **{
        kind: _people(kind)
        for kind in (
            "followers",
            "following",
            "blocked",
            "muted",
            "list members",
            "favourited by",
            "boosted by",
        )
    },
    **{kind: _posts(kind) for kind in ("public", "tag", "home", "home by follows", "profile", "list")},
    "authorisations": _authorisations,
    "notifications": _notifications,
    "scheduled": _scheduled,
    **{kind: _talks(kind) for kind in ("conversations", "direct")},
    "jobs": _jobs,
    "audit": _audit,
    "reports": _reports,
    **{kind: moderators_listing(kind) for kind in MODERATORS_LISTINGS},
    "announcements": _announcements,
}


def _ids(listing: Listing[Any]) -> list[int]:
    return [item.id for item in listing.items]


async def _forward(read: Read, limit: int) -> list[list[int]]:
    """All pages from the newest on, by `older`."""
    listing = await read(Page(limit=limit))
    assert listing.newer is None, "the first page is the newest"
    pages = [_ids(listing)]
    while listing.older is not None:
        assert len(pages) <= COUNT, "there is no end"
        assert listing.older == pages[-1][-1]
        listing = await read(Page(limit=limit, max_id=listing.older))
        pages.append(_ids(listing))
    return pages


async def _back(read: Read, limit: int, start: int) -> list[list[int]]:
    """All pages newer than `start`, by `newer`."""
    listing = await read(Page(limit=limit, min_id=start))
    pages = [_ids(listing)]
    while listing.newer is not None:
        assert len(pages) <= COUNT, "there is no end"
        assert listing.newer == pages[-1][0]
        listing = await read(Page(limit=limit, min_id=listing.newer))
        pages.append(_ids(listing))
    return pages


class PagingTests(StorageTests):
    """Every listing, read in every way."""

    @pytest.fixture(params=list(LISTINGS))
    async def listing(self, request: pytest.FixtureRequest, build: Builder) -> tuple[Read, Add]:
        """How to read a listing, and how to add to it."""
        return await LISTINGS[request.param](build)

    async def test_an_empty_listing_has_one_empty_page(self, listing: tuple[Read, Add]) -> None:
        read, _ = listing
        for page in (Page(), Page(max_id=MAX_ID), Page(since_id=1), Page(min_id=1)):
            found = await read(page)
            assert (found.items, found.older, found.newer) == ((), None, None)

    async def test_pages_follow_one_another_without_gap_or_repetition(
        self, listing: tuple[Read, Add]
    ) -> None:
        read, add = listing
        oldest_first = [await add() for _ in range(COUNT)]
        newest_first = oldest_first[::-1]
        for limit in (1, 2, 3, COUNT - 1, COUNT, COUNT + 1):
            pages = await _forward(read, limit)
            assert [item for page in pages for item in page] == newest_first
            assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
            assert pages[-1], "the last page is not empty: `older` is None at the end"
            pages = await _back(read, limit, oldest_first[0] - 1)
            assert [item for page in reversed(pages) for item in page] == newest_first
            assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
            assert pages[-1], "the last page is not empty: `newer` is None at the end"

    async def test_bounds_are_open_and_choose_their_end(self, listing: tuple[Read, Add]) -> None:
        read, add = listing
        oldest_first = [await add() for _ in range(COUNT)]
        newest_first = oldest_first[::-1]
        first, third, fifth = oldest_first[0], oldest_first[2], oldest_first[4]
        for page, expected in (
            (Page(limit=80, max_id=fifth), [3, 2, 1, 0]),
            (Page(limit=2, max_id=fifth), [3, 2]),
            (Page(limit=80, since_id=third), [6, 5, 4, 3]),
            (Page(limit=2, since_id=third), [6, 5]),
            (Page(limit=80, min_id=third), [6, 5, 4, 3]),
            (Page(limit=2, min_id=third), [4, 3]),
            (Page(limit=80, max_id=fifth, since_id=first), [3, 2, 1]),
            (Page(limit=1, max_id=fifth, since_id=first), [3]),
            (Page(limit=1, max_id=fifth, min_id=first), [1]),
            (Page(limit=80, max_id=fifth + 1, min_id=third - 1), [4, 3, 2]),
            (Page(limit=80, max_id=first), []),
            (Page(limit=80, since_id=newest_first[0]), []),
            (Page(limit=80, min_id=newest_first[0]), []),
            (Page(limit=80, max_id=MAX_ID, since_id=1), [6, 5, 4, 3, 2, 1, 0]),
        ):
            assert [oldest_first.index(item) for item in _ids(await read(page))] == expected, page

    async def test_turning_round_leads_back_to_the_same_items(self, listing: tuple[Read, Add]) -> None:
        read, add = listing
        newest_first = [await add() for _ in range(COUNT)][::-1]
        first = await read(Page(limit=3))
        second = await read(Page(limit=3, max_id=first.older))
        assert _ids(second) == newest_first[3:6]
        assert second.newer == newest_first[3]
        back = await read(Page(limit=3, min_id=second.newer))
        assert _ids(back) == newest_first[:3]
        assert back.newer is None
        assert back.older == newest_first[2]
        assert _ids(await read(Page(limit=3, max_id=back.older))) == newest_first[3:6]

    async def test_what_comes_while_somebody_reads_moves_nothing(self, listing: tuple[Read, Add]) -> None:
        read, add = listing
        newest_first = [await add() for _ in range(COUNT)][::-1]
        first = await read(Page(limit=3))
        fresh = [await add() for _ in range(2)]
        second = await read(Page(limit=3, max_id=first.older))
        assert _ids(first) + _ids(second) == newest_first[:6]
        since = await read(Page(limit=80, since_id=newest_first[0]))
        assert _ids(since) == fresh[::-1]
        assert since.newer is None
