"""What operations say is stale is all that is stale: kept pages stay right through random histories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import pytest

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Page
from microblog_core.memory.storage import MemoryStorage
from microblog_core.ports.operations import Operation, UpdateProfile, changed_keys
from microblog_core.testing.storage.life import TAGS, Life, Step

NEWEST = Page(limit=6)
PagesByName = dict[str, tuple[object, frozenset[str]]]


class KeepingPages(Life):
    """A history during which every page that anonymous readers see is kept, as the website keeps them."""

    def __init__(self, seed: int, *, without: str = "nothing") -> None:
        super().__init__(seed, MemoryStorage())
        self.without = without
        self.pages: PagesByName = {}

    def steps(self) -> Sequence[Step]:
        """Who is hidden and shown again changes most pages at once, so it happens more often here."""
        return (*super().steps(), (3, self.state))

    async def both(self, *operations: Operation) -> bool:
        went_well = await super().both(*operations)
        changed = changed_keys(operations) if went_well else frozenset()
        stale = {key for key in changed if key.partition(":")[0] != self.without}
        now = await self.draw()
        for name, (shown, tags) in self.pages.items():
            if tags.isdisjoint(stale):
                assert now.get(name, (None,))[0] == shown, (name, operations, stale)
        self.pages = now
        return went_well

    async def draw(self) -> PagesByName:
        """Every page with the tags of what it shows."""
        storage, pages = self.reference, {}
        public = (await storage.timelines.public(None, NEWEST)).items
        pages["public"] = (_lines(public), {"public", *_tags(public)})
        for tag in TAGS:
            tagged = (await storage.timelines.tag(None, tag, NEWEST)).items
            pages[f"#{tag}"] = (_lines(tagged), {f"tag:{tag}", *_tags(tagged)})
        for person in self.people:
            own = (f"account:{person.id}", f"posts-of:{person.id}")
            found = await storage.timelines.profile(None, person.username, "", NEWEST, replies=True)
            if found is not None:
                lines = (found.account, _lines(found.posts.items))
                pages[person.username] = (lines, {*own, *_tags(found.posts.items)})
            followers = (await storage.relations.followers(None, person.id, NEWEST)).items
            pages[f"followers of {person.username}"] = (
                [_shown(each.account) for each in followers],
                {own[0], *(f"account:{each.account.id}" for each in followers)},
            )
        for post in self.posts:
            thread = await storage.posts.thread(None, post.id)
            if thread is not None and post.boost_of_id is None:
                entries = (*thread.ancestors, thread.entry, *thread.descendants)
                pages[f"thread {post.id}"] = (_lines(entries), {f"thread:{post.thread_id}", *_tags(entries)})
        return {name: (shown, frozenset({"account-states", *tags})) for name, (shown, tags) in pages.items()}


def _shown(account: Account) -> Account:
    """An account as lines of listings show it: without its counts, and when it last wrote."""
    counts = {"posts_count": 0, "followers_count": 0, "following_count": 0, "last_post_at": None}
    return msgspec.structs.replace(account, **counts)


def _lines(entries: Iterable[Entry]) -> list[tuple[object, ...]]:
    return [
        (
            entry.id,
            entry.post,
            _shown(entry.author),
            entry.boosted_by and _shown(entry.boosted_by),
            entry.replied_to and _shown(entry.replied_to),
        )
        for entry in entries
    ]


def _tags(entries: Iterable[Entry]) -> set[str]:
    tags = set()
    for entry in entries:
        tags.add(f"post:{entry.post.id}")
        people = (entry.author, entry.boosted_by, entry.replied_to)
        tags.update(f"account:{account.id}" for account in people if account is not None)
    return tags


@pytest.mark.parametrize("seed", range(6))
async def test_a_page_that_no_operation_made_stale_is_still_right(seed: int) -> None:
    life = await _live(KeepingPages(seed))
    assert len(life.pages) > 5


@pytest.mark.parametrize("kind", ["public", "tag", "thread", "post", "posts-of", "account", "account-states"])
async def test_no_kind_of_key_could_be_missing(kind: str) -> None:
    with pytest.raises(AssertionError):
        for seed in range(30):
            await _live(KeepingPages(seed, without=kind))


async def _live(life: KeepingPages) -> KeepingPages:
    await life.begin()
    for _ in range(60):
        await life.step()
    return life


def test_keys_are_those_of_all_operations() -> None:
    changes = [
        UpdateProfile(account_id=number, version=1, display_name="", bio="", bio_html="") for number in (1, 2)
    ]
    assert changed_keys(changes) == {"account:1", "account:2"}
    assert changed_keys(()) == frozenset()
