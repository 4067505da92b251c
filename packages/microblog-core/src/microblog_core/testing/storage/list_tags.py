"""Hashtags on lists: whose they are, and what timelines and streams of lists show of them."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.lists import List
from microblog_core.domain.posts import Delivery, Visibility
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddListTag, DeleteList, DeleteListTag
from microblog_core.ports.storage import Storage
from microblog_core.ports.streaming import Listening
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import StorageTests, ids, refused
from microblog_core.testing.storage.lists import make_list, timeline


def tagged(build: Builder, made: List, tag: str, limit: int = 50) -> AddListTag:
    """A hashtag comes on a list: the operation."""
    return AddListTag(
        id=build.next_id(),
        account_id=made.account_id,
        list_id=made.id,
        tag=tag,
        created_at=build.clock.now(),
        limit=limit,
    )


async def tags_on(storage: Storage, made: List) -> list[str]:
    """The hashtags on a list, in their order."""
    tags = await storage.lists.tags(made.account_id, made.id)
    assert tags is not None
    return [tag.name for tag in tags]


class ListTagTests(StorageTests):
    """Hashtags on lists."""

    async def test_hashtags_on_a_list_are_its_owners_alone(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        made, other = await make_list(build, ada), await make_list(build, bob)
        await build.apply(tagged(build, made, "tea"), tagged(build, made, "art"), tagged(build, other, "tea"))
        await build.apply(tagged(build, made, "tea", limit=2))
        assert await tags_on(storage, made) == ["tea", "art"]
        assert await storage.lists.tags(ada.id, other.id) is None
        await refused(build, "limit", tagged(build, made, "jam", limit=2))
        foreign = List(id=other.id, account_id=ada.id, title="Not mine")
        await refused(build, "exists", tagged(build, foreign, "jam"))
        await build.apply(DeleteListTag(account_id=ada.id, list_id=other.id, tag="tea"))
        assert await tags_on(storage, other) == ["tea"]
        await build.apply(DeleteListTag(account_id=ada.id, list_id=made.id, tag="tea"))
        await build.apply(DeleteListTag(account_id=ada.id, list_id=made.id, tag="tea"))
        assert await tags_on(storage, made) == ["art"]
        await build.apply(DeleteList(account_id=ada.id, list_id=made.id))
        assert await storage.lists.tags(ada.id, made.id) is None
        again = List(id=made.id, account_id=ada.id, title="Again")
        await refused(build, "exists", tagged(build, again, "jam"))

    async def test_a_lists_timeline_has_people_and_hashtags(self, storage: Storage, build: Builder) -> None:
        ada, friend, other, blocked, silenced = await build.people("ada", "fay", "oda", "bea", "sil")
        made = await make_list(build, ada, friend)
        await build.apply(tagged(build, made, "tea"), tagged(build, made, "art"))
        plain = await build.post(friend, delivery=Delivery.PULLED)
        both = await build.post(friend, tags=("tea", "art"))
        public = await build.post(other, tags=("tea", "art"))
        mine = await build.post(ada, tags=("art",))
        await build.post(other, tags=("jam",))
        await build.post(other, tags=("tea",), visibility=Visibility.UNLISTED)
        await build.post(other, tags=("tea",), answers=public, visibility=Visibility.FOLLOWERS)
        await build.post(other, tags=("tea",), answers=plain)
        thread = await build.post(other, tags=("tea",), answers=public)
        await build.post(blocked, tags=("tea",))
        await build.post(silenced, tags=("tea",))
        boost = await build.boost(friend, public)
        await build.block(ada, blocked)
        await build.set_state(silenced, AccountState.SILENCED)
        expected = [boost.id, thread.id, mine.id, public.id, both.id, plain.id]
        assert ids(await timeline(storage, made)) == expected
        for limit in (1, 2, 4):
            found: list[int] = []
            page: Page | None = Page(limit=limit)
            while page is not None:
                listing = await storage.timelines.list(ada.id, made.id, page)
                assert listing is not None
                found += ids(listing)
                page = None if listing.older is None else Page(limit=limit, max_id=listing.older)
            assert found == expected
        middle = await storage.timelines.list(ada.id, made.id, Page(limit=2, min_id=both.id))
        assert middle is not None
        assert (ids(middle), middle.newer, middle.older) == ([mine.id, public.id], mine.id, public.id)
        tags_alone = await make_list(build, ada)
        await build.apply(tagged(build, tags_alone, "art"))
        assert ids(await timeline(storage, tags_alone)) == [mine.id, public.id, both.id]

    @pytest.mark.parametrize("tag", ["tea", "jam"])
    async def test_a_lists_stream_has_what_its_timeline_shows(
        self, storage: Storage, build: Builder, tag: str
    ) -> None:
        ada, other = await build.people("ada", "oda")
        made = await make_list(build, ada)
        await build.apply(tagged(build, made, "tea"))
        public = await build.post(other, tags=(tag,))
        quiet = await build.post(other, tags=(tag,), visibility=Visibility.UNLISTED)
        listening = Listening(lists={made.id: ada.id})
        shown = set(ids(await timeline(storage, made)))
        for post in (public, quiet):
            audience = await storage.streams.audience(post.id, listening)
            assert set(audience.lists) == ({made.id} if post.id in shown else set())
        gone = await storage.streams.reach(other.id, (tag,), listening)
        assert set(gone.lists) == ({made.id} if tag == "tea" else set())
