"""Filters: whose they are, what they hold, and how they change."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from microblog_core.domain.accounts import Account
from microblog_core.domain.filters import Filter, FilterAction, FilterContext, FilterKeyword, FilterStatus
from microblog_core.ports.operations import (
    AddFilter,
    AddFilterStatus,
    DeleteFilter,
    DeleteFilterStatus,
    DeletePost,
    UpdateFilter,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import StorageTests, refused


def keyword(build: Builder, text: str, *, whole_word: bool = True) -> FilterKeyword:
    """A keyword that is not stored yet."""
    return FilterKeyword(id=build.next_id(), keyword=text, whole_word=whole_word)


def draft(build: Builder, owner: Account, *words: str, **changes: Any) -> Filter:
    """A filter that is not stored yet."""
    values: dict[str, Any] = {
        "title": "Noise",
        "context": (FilterContext.HOME, FilterContext.PUBLIC),
        **changes,
    }
    keywords = tuple(keyword(build, word) for word in words)
    return Filter(id=build.next_id(), account_id=owner.id, keywords=keywords, **values)


async def make_filter(build: Builder, owner: Account, *words: str, **changes: Any) -> Filter:
    """A filter with these keywords."""
    made = draft(build, owner, *words, **changes)
    await build.apply(AddFilter(filter=made))
    return made


class FilterTests(StorageTests):
    """What somebody doesn't want to read."""

    async def test_filters_are_their_owners_alone(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(bob)
        first = await make_filter(build, ada, "soccer", "Straße", action=FilterAction.BLUR, expires_at=5)
        status = FilterStatus(id=build.next_id(), post_id=post.id)
        second = await make_filter(build, ada, context=tuple(FilterContext), statuses=(status,))
        other = await make_filter(build, bob, "tea", action=FilterAction.HIDE)
        assert list(await storage.filters.of(ada.id)) == [first, second]
        assert list(await storage.filters.of(bob.id)) == [other]
        assert list(await storage.filters.of(1)) == []
        await build.apply(DeleteFilter(account_id=ada.id, filter_id=other.id))
        await build.apply(
            DeleteFilterStatus(account_id=bob.id, filter_id=second.id, status_id=status.id),
        )
        assert list(await storage.filters.of(bob.id)) == [other]
        assert list(await storage.filters.of(ada.id)) == [first, second]
        fresh = FilterStatus(id=build.next_id(), post_id=post.id)
        for operation in (
            UpdateFilter(account_id=ada.id, filter_id=other.id, title="Mine"),
            UpdateFilter(account_id=ada.id, filter_id=first.id, change=other.keywords),
            AddFilterStatus(account_id=ada.id, filter_id=other.id, status=fresh),
            AddFilterStatus(account_id=ada.id, filter_id=first.id, status=replace(fresh, post_id=1)),
            AddFilter(filter=Filter(id=build.next_id(), account_id=1, title="", context=())),
        ):
            await refused(build, "exists", operation)

    async def test_a_filter_changes_with_its_keywords_in_one_unit(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        made = await make_filter(build, ada, "a", "b", "c", expires_at=7)
        a, b, c = made.keywords
        await build.apply(UpdateFilter(account_id=ada.id, filter_id=made.id, title="Renamed"))
        assert list(await storage.filters.of(ada.id)) == [replace(made, title="Renamed")]
        d, changed = keyword(build, "d", whole_word=False), replace(b, keyword="B", whole_word=False)
        update = UpdateFilter(
            account_id=ada.id,
            filter_id=made.id,
            context=(FilterContext.THREAD,),
            action=FilterAction.HIDE,
            expires_at=None,
            add=(d,),
            change=(changed,),
            delete=(a.id, 1),
        )
        await build.apply(update)
        (found,) = await storage.filters.of(ada.id)
        assert found == Filter(
            id=made.id,
            account_id=ada.id,
            title="Renamed",
            context=(FilterContext.THREAD,),
            action=FilterAction.HIDE,
            keywords=(changed, c, d),
        )
        half = UpdateFilter(account_id=ada.id, filter_id=made.id, title="Lost", change=(a,))
        await refused(build, "exists", half)
        await refused(build, "id", UpdateFilter(account_id=ada.id, filter_id=made.id, add=(c,)))
        assert list(await storage.filters.of(ada.id)) == [found]
        await build.apply(UpdateFilter(account_id=ada.id, filter_id=made.id, expires_at=9))
        assert [each.expires_at for each in await storage.filters.of(ada.id)] == [9]

    async def test_a_filter_goes_with_all_that_it_holds(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        post = await build.post(ada)
        status = FilterStatus(id=build.next_id(), post_id=post.id)
        made = await make_filter(build, ada, "a", statuses=(status,))
        for _ in range(2):
            await build.apply(DeleteFilter(account_id=ada.id, filter_id=made.id))
            assert list(await storage.filters.of(ada.id)) == []
        await build.apply(AddFilter(filter=made))
        assert list(await storage.filters.of(ada.id)) == [made]

    async def test_single_posts_are_named_once_and_leave_when_they_are_deleted(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        first, second, third = [await build.post(ada) for _ in range(3)]
        made = await make_filter(build, ada)
        statuses = [FilterStatus(id=build.next_id(), post_id=post.id) for post in (first, second, third)]

        def add(status: FilterStatus) -> AddFilterStatus:
            return AddFilterStatus(account_id=ada.id, filter_id=made.id, status=status)

        for status in statuses:
            await build.apply(add(status))
        await refused(build, "filtered", add(FilterStatus(id=build.next_id(), post_id=first.id)))
        await build.apply(DeleteFilterStatus(account_id=ada.id, filter_id=made.id, status_id=statuses[0].id))
        assert (await storage.filters.of(ada.id))[0].statuses == tuple(statuses[1:])
        await build.apply(DeletePost(post=second))
        assert (await storage.filters.of(ada.id))[0].statuses == (statuses[2],)

    async def test_there_are_only_so_many(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        post, other = await build.post(ada), await build.post(ada)
        statuses = tuple(FilterStatus(id=build.next_id(), post_id=each.id) for each in (post, other))
        made = await make_filter(build, ada, "a", "b", statuses=statuses[:1])
        await make_filter(build, bob, "c", "d", "e")
        await refused(build, "limit", AddFilter(filter=draft(build, ada), limit=1))
        await refused(build, "keywords", AddFilter(filter=draft(build, ada, "c", "d"), keywords_limit=3))
        add = (keyword(build, "c"), keyword(build, "d"))
        update = UpdateFilter(account_id=ada.id, filter_id=made.id, add=add, keywords_limit=3)
        await refused(build, "keywords", update)
        await build.apply(replace(update, delete=(made.keywords[0].id,)))
        more = AddFilterStatus(account_id=ada.id, filter_id=made.id, status=statuses[1], keywords_limit=3)
        await build.apply(more)
        third = FilterStatus(id=build.next_id(), post_id=(await build.post(bob)).id)
        fourth = FilterStatus(id=build.next_id(), post_id=(await build.post(bob)).id)
        await build.apply(replace(more, status=third))
        await refused(build, "keywords", replace(more, status=fourth))
        assert len((await storage.filters.of(ada.id))[0].statuses) == 3
