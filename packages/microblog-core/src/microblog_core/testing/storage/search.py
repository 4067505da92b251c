"""Search and trends: what is found, by whom, and that it is what the reference finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec
import pytest

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.posts import Visibility
from microblog_core.domain.search import PostSearch, parse_query
from microblog_core.domain.tags import DAY, HEAT_WINDOW
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddBookmark, DeletePost, EditPost, PruneTrends, UpdateProfile
from microblog_core.ports.search import SearchStorage, TrendStorage
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import NOON, Builder
from microblog_core.testing.storage.base import StorageTests
from microblog_core.testing.storage.life import LOOK_EVERY, STEPS, TAGS, Life

TEXTS = (
    "Die Straße nach Zürich ist gesperrt",
    "STRASSE, zurich: closed!",
    "明日は東京タワーへ行きます",
    "京都 is not 東京",
    "สวัสดีครับ ยินดีต้อนรับ",
    "안녕하세요 여러분",
    "the quick brown fox",
    "the brown quick fox -- don't 'quote' \\ % _ : * \" ( ) AND OR NOT NEAR",
    "हिन्दी में लिखा",
    "x" * 300,
)
QUERIES = (
    "strasse zürich",
    "ZURICH",
    '"quick brown"',
    '"brown quick"',
    "fox -quick",
    "fox -closed",
    "東京",
    "京",
    "タワー",
    "東京タワー",
    "京東",
    "สวัสดี",
    "ครับ",
    "여러분",
    "하세",
    "हिन्दी",
    "the",
    "-the",
    "",
    '"',
    "AND",
    "NOT the",
    "quick OR nothing",
    'fox" OR "x',
    "don't",
    "*",
    "qui*",
    "(",
    "'quote'",
    "words:quick",
    "x" * 300,
    "x" * 10,
    "NEAR(quick brown)",
    "{fox}",
    "^the",
    "fox AND -the",
    "-",
    '-"quick brown" fox',
    ":* & !",
    "\\",
    "%",
    "_a1",
)


def search_for(text: str, **changes: object) -> PostSearch:
    """What a text asks for, without its author."""
    query = parse_query(text)
    search = PostSearch(wanted=query.wanted, unwanted=query.unwanted)
    return msgspec.structs.replace(search, **changes)


async def texts_found(storage: Storage, viewer: Account | None, text: str, **changes: object) -> list[str]:
    """The texts of the posts that are found."""
    found = await cast(SearchStorage, storage).search.posts(
        None if viewer is None else viewer.id, search_for(text, **changes), Page(limit=40)
    )
    return [entry.post.text for entry in found]


class SearchLife(Life):
    """A random history whose texts are searched, and whose hashtags and reactions trend."""

    async def everything(self, storage: Storage, viewer: int | None) -> dict[str, object]:
        searching, trending = cast(SearchStorage, storage).search, cast(TrendStorage, storage).trends
        shown: dict[str, object] = {}
        for query in ("post", "post 1", '"post 2"', "-post", "post -3", "1"):
            for page in (Page(limit=40), Page(limit=3), *self._bounded(query)):
                found = await searching.posts(viewer, search_for(query), page)
                shown[f"posts {query} {page}"] = list(found)
        for person in self.people:
            search = search_for("", author_id=person.id)
            shown[f"from {person.username}"] = list(await searching.posts(viewer, search, Page(limit=40)))
        following = search_for("post", following=True)
        shown["following"] = list(await searching.posts(viewer, following, Page(limit=40), 1))
        now = self.build.clock.now()
        for prefix in ("", "c", "dog"):
            shown[f"tags {prefix}"] = list(await searching.tags(prefix, now, limit=5))
        shown["trending tags"] = list(await trending.tags(now, limit=5))
        shown["history"] = [await storage.tags.get(None, tag, now) for tag in TAGS]
        shown["trending posts"] = list(await trending.posts(viewer, now, limit=10))
        shown["trending later"] = list(await trending.posts(viewer, now, limit=3, offset=2))
        return shown

    def _bounded(self, query: str) -> Sequence[Page]:
        if not self.posts:
            return ()
        middle = self.posts[len(self.posts) // 2].id
        return Page(limit=3, max_id=middle), Page(limit=3, min_id=middle)


class SearchSuite(StorageTests):
    """What a storage with the capability `search` must do besides."""

    async def test_a_storage_says_that_it_can_search(self, storage: Storage) -> None:
        assert "search" in storage.capabilities

    @pytest.mark.parametrize("query", QUERIES)
    async def test_every_storage_finds_the_same_posts(
        self, storage: Storage, build: Builder, query: str
    ) -> None:
        from microblog_core.memory.storage import MemoryStorage

        reference = MemoryStorage()
        for where in (storage, reference):
            maker = Builder(where)
            ada = await maker.account("ada")
            for text in TEXTS:
                await maker.post(ada, text)
        found = await texts_found(storage, None, query)
        assert found == await texts_found(reference, None, query)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("strasse", 2), ("zurich", 2), ("東京", 2), ("京", 2), ("タワーへ", 1), ("สวัสดี", 1), ("하세", 1),
            ('"quick brown"', 1), ("fox", 2), ("fox -don't", 1), ("हिन्दी", 1), ("qui", 0), ("-the", 0),
        ],
    )  # fmt: skip
    async def test_words_are_found_in_every_script(
        self, storage: Storage, build: Builder, query: str, found: int
    ) -> None:
        ada = await build.account("ada")
        for text in TEXTS:
            await build.post(ada, text)
        assert len(await texts_found(storage, None, query)) == found

    async def test_an_edited_post_is_found_by_its_new_words_and_a_deleted_one_no_longer(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        post = await build.post(ada, "first words", spoiler="warning")
        assert await texts_found(storage, None, "warning first") == ["first words"]
        edited = await build.edit(post, "second words", spoiler="")
        assert await texts_found(storage, None, "first") == []
        assert await texts_found(storage, None, "warning") == []
        assert await texts_found(storage, None, "second") == ["second words"]
        await build.apply(DeletePost(post=edited))
        assert await texts_found(storage, None, "words") == []

    async def test_what_one_unit_writes_edits_and_deletes_is_found_as_it_ends(
        self, storage: Storage, build: Builder
    ) -> None:
        from microblog_core.ports.operations import AddPost

        ada = await build.account("ada")
        posts = [build.draft(ada, f"draft {number}") for number in range(3)]
        after = [msgspec.structs.replace(post, text="final", edited_at=NOON, version=2) for post in posts]
        await build.apply(
            *(AddPost(post=post) for post in posts),
            *(EditPost(before=posts[place], after=after[place]) for place in range(2)),
            DeletePost(post=after[0]),
        )
        assert await texts_found(storage, None, "final") == ["final"]
        assert await texts_found(storage, None, "draft") == ["draft 2"]
        await build.apply(DeletePost(post=after[1]), DeletePost(post=posts[2]))
        assert await texts_found(storage, None, "final") == await texts_found(storage, None, "draft") == []

    async def test_only_what_one_may_know_of_is_found(self, storage: Storage, build: Builder) -> None:
        owner, named, friend, other = await build.people("owner", "named", "friend", "other")
        await build.follow(friend, owner)
        liked = None
        for level in Visibility:
            post = await build.post(owner, f"word {level}", visibility=level, mentions=(named,))
            if level is Visibility.FOLLOWERS:
                liked = post
        assert liked is not None
        assert await texts_found(storage, None, "word") == ["word public"]
        assert await texts_found(storage, other, "word") == ["word public"]
        assert await texts_found(storage, friend, "word") == ["word public"]
        await build.favourite(friend, liked)
        assert await texts_found(storage, friend, "word") == ["word followers", "word public"]
        direct = await build.post(owner, "word for friends", visibility=Visibility.FOLLOWERS)
        assert "word for friends" not in await texts_found(storage, friend, "word")
        mark = AddBookmark(id=build.next_id(), account_id=friend.id, post_id=direct.id, created_at=1)
        await build.apply(mark)
        assert "word for friends" in await texts_found(storage, friend, "word")
        assert "word for friends" not in await texts_found(storage, other, "word")
        await build.apply(DeletePost(post=direct))
        assert sorted(await texts_found(storage, owner, "word")) == sorted(f"word {v}" for v in Visibility)
        assert sorted(await texts_found(storage, named, "word")) == [
            "word direct", "word followers", "word public", "word unlisted",
        ]  # fmt: skip
        await build.block(owner, named)
        assert await texts_found(storage, named, "word") == []
        await build.mute(other, owner)
        assert await texts_found(storage, other, "word") == []
        await build.set_state(owner, AccountState.SILENCED)
        assert await texts_found(storage, None, "word") == []

    async def test_who_does_not_wish_it_is_found_by_themselves_alone(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        await build.post(ada, "word")
        hide = UpdateProfile(
            account_id=ada.id, version=1, display_name="", bio="", bio_html="", indexable=False
        )
        await build.apply(hide)
        assert await texts_found(storage, bob, "word") == []
        assert await texts_found(storage, ada, "word") == ["word"]
        kept = UpdateProfile(account_id=ada.id, version=2, display_name="", bio="", bio_html="")
        await build.apply(kept)
        account = await storage.accounts.get(ada.id)
        assert account is not None
        assert not account.indexable

    async def test_boosts_are_not_found(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        await build.boost(bob, await build.post(ada, "word"))
        assert await texts_found(storage, None, "", author_id=bob.id) == []

    async def test_offset_and_bounds_cut_what_is_found(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        posts = [await build.post(ada, f"word {number}") for number in range(9)]
        reader = cast(SearchStorage, storage).search

        async def numbers(page: Page, offset: int = 0) -> list[str]:
            found = await reader.posts(None, search_for("word"), page, offset)
            return [entry.post.text[-1] for entry in found]

        assert await numbers(Page(limit=3)) == ["8", "7", "6"]
        assert await numbers(Page(limit=3), 3) == ["5", "4", "3"]
        assert await numbers(Page(limit=3, max_id=posts[4].id)) == ["3", "2", "1"]
        assert await numbers(Page(limit=3, min_id=posts[4].id)) == ["7", "6", "5"]
        assert await numbers(Page(limit=3, since_id=posts[4].id)) == ["8", "7", "6"]
        assert await numbers(Page(limit=3), 9) == []

    async def test_hashtags_are_found_by_their_beginning_the_most_used_first(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        await build.post(ada, tags=("tea", "teapot"))
        last = await build.post(ada, tags=("teapot", "straße"))
        await build.post(ada, tags=("teatime",), visibility=Visibility.UNLISTED)
        reader, now = cast(SearchStorage, storage).search, build.clock.now()

        async def names(prefix: str, **changes: int) -> list[str]:
            return [
                tag.name for tag in await reader.tags(prefix, now, limit=changes.pop("limit", 9), **changes)
            ]

        assert await names("tea") == ["teapot", "tea"]
        assert await names("tea", offset=1) == ["tea"]
        assert await names("str") == ["straße"]
        assert await names("teax") == []
        await build.apply(DeletePost(post=last))
        assert await names("") == ["tea", "teapot"]

    @pytest.mark.parametrize("seed", range(4))
    async def test_everybody_finds_what_the_reference_finds(self, storage: Storage, seed: int) -> None:
        life = SearchLife(seed, storage)
        await life.begin()
        for number in range(1, STEPS + 1):
            await life.step()
            if number % LOOK_EVERY == 0:
                await life.compare()


class TrendSuite(StorageTests):
    """What a storage with the capability `trends` must do besides."""

    async def test_a_storage_says_that_it_knows_trends(self, storage: Storage) -> None:
        assert "trends" in storage.capabilities

    async def test_hashtags_are_counted_by_day_and_by_person(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        reader = cast(TrendStorage, storage).trends
        await build.post(ada, tags=("tea",))
        await build.post(ada, tags=("tea",))
        last = await build.post(bob, tags=("tea",))
        build.clock.advance(24 * 3600)
        await build.post(ada, tags=("tea", "cake"))
        await build.post(ada, tags=("tea",), visibility=Visibility.UNLISTED)
        tea = await storage.tags.get(None, "tea", build.clock.now())
        assert [(day.uses, day.accounts) for day in tea.history] == [(1, 1), (3, 2), *[(0, 0)] * 5]
        assert tea.history[0].day == build.clock.now() // DAY * DAY
        assert [tag.name for tag in await reader.tags(build.clock.now(), limit=5)] == ["tea"]
        await build.apply(DeletePost(post=last))
        tea = await storage.tags.get(None, "tea", build.clock.now())
        assert [(day.uses, day.accounts) for day in tea.history[:2]] == [(1, 1), (2, 1)]
        assert [tag.name for tag in await reader.tags(build.clock.now() + 7 * DAY, limit=5)] == []

    async def test_who_is_silenced_makes_no_trend_until_they_are_restored(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, eve = await build.people("ada", "bob", "eve")
        reader = cast(TrendStorage, storage).trends
        for author in (ada, bob, eve):
            await build.post(author, tags=("tea",))
        hot = await build.post(eve, "hot")
        await build.favourite(ada, hot)
        await build.set_state(eve, AccountState.SILENCED)
        await build.post(eve, tags=("tea",))
        now = build.clock.now()
        assert (await storage.tags.get(None, "tea", now)).history[0].accounts == 2
        assert list(await reader.posts(ada.id, now, limit=5)) == []
        await build.set_state(eve, AccountState.ACTIVE)
        today = (await storage.tags.get(None, "tea", now)).history[0]
        assert (today.uses, today.accounts) == (4, 3)
        assert [entry.id for entry in await reader.posts(ada.id, now, limit=5)] == [hot.id]

    async def test_what_trends_cools_down(self, storage: Storage, build: Builder) -> None:
        people = await build.people("ada", "bob", "eve", "joe")
        reader = cast(TrendStorage, storage).trends
        old = await build.post(people[0], "old")
        for person in people:
            await build.favourite(person, old)
        await build.boost(people[1], old)
        build.clock.advance(12 * 3600)
        middle = await build.post(people[0], "middle")
        for person in people[:3]:
            await build.favourite(person, middle)
        build.clock.advance(24 * 3600)
        fresh = await build.post(people[0], "fresh")
        await build.favourite(people[1], fresh)
        await build.post(people[0], "nobody likes it")
        hidden = await build.post(people[0], "hidden", visibility=Visibility.UNLISTED)
        await build.favourite(people[1], hidden)

        async def trending(now: int, **changes: int) -> list[int]:
            limit = changes.pop("limit", 5)
            return [entry.id for entry in await reader.posts(None, now, limit=limit, **changes)]

        now = build.clock.now()
        assert await trending(now) == [fresh.id, middle.id, old.id]
        assert await trending(now, limit=1, offset=1) == [middle.id]
        assert await trending(old.created_at + HEAT_WINDOW) == [fresh.id, middle.id]
        await build.apply(PruneTrends(before=middle.created_at))
        assert await trending(old.created_at + HEAT_WINDOW) == [fresh.id, middle.id]
        await build.apply(DeletePost(post=fresh))
        assert await trending(old.created_at + HEAT_WINDOW) == [middle.id]
