"""What all parts of the storage suite stand on: the fixtures, and how guards are checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import pytest

from microblog_core.domain.errors import Conflict
from microblog_core.domain.posts import Entry, Post
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.operations import AddAudit, Operation, PutValue
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder

T = TypeVar("T")

ALL = Page(limit=80)
"""A page that holds all that a test makes."""


class StorageTests:
    """The root of the parts. A subclass gives the fixture `storage`: opened, empty, closed afterwards."""

    @pytest.fixture
    def build(self, storage: Storage) -> Builder:
        """Puts people and posts into the storage."""
        return Builder(storage)


async def refused(build: Builder, guard: str, *operations: Operation) -> None:
    """Check that these operations fail at a guard, and that nothing before or after them in the unit is
    kept.
    """
    before = PutValue(plugin="suite", key="before", value=b"1")
    after = AddAudit(id=1, actor_id=None, action="suite.after", subject="", created_at=build.clock.now())
    counts = await build.storage.counts()
    with pytest.raises(Conflict) as conflict:
        await build.apply(before, *operations, after)
    assert conflict.value.guard == guard
    assert await build.storage.values("suite") == {}
    assert (await build.storage.audit(ALL)).items == ()
    assert await build.storage.counts() == counts


def ids(listing: Listing[Entry]) -> list[int]:
    """The ids that a listing of posts pages by."""
    return [entry.id for entry in listing.items]


def texts(entries: Iterable[Entry]) -> list[str]:
    """The texts of posts in a listing or thread."""
    return [entry.post.text for entry in entries]


async def seen(build: Builder, viewer: int | None, post_id: int) -> Entry:
    """The post as this viewer sees it; fails where they don't."""
    entry = await build.storage.posts.get(viewer, post_id)
    assert entry is not None
    return entry


async def stored(build: Builder, post: Post) -> Post:
    """The post as its author sees it now."""
    return (await seen(build, post.account_id, post.id)).post
