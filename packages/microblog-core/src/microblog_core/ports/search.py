"""What storages with the capabilities `search` and `trends` offer beside the required base.

A storage has the attribute `search` or `trends` exactly if it declares the capability; `search_of` and
`trends_of` ask for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from microblog_core.domain.errors import NotFound
from microblog_core.domain.posts import Entry
from microblog_core.domain.search import PostSearch
from microblog_core.domain.tags import Hashtag
from microblog_core.domain.timelines import Page
from microblog_core.ports.storage import SEARCH, TRENDS, Storage

SCANNED = 2000
"""How many of the newest posts with the words (of the accounts or hashtags with the name) a search looks at,
to find those that are shown. A storage may look at more.
"""


class SearchReader(Protocol):
    """Finding posts and hashtags; `ports.marks.AccountsFound` finds people. Nothing that the viewer may not
    see is returned.

    A search sees every commit that has returned.
    """

    async def posts(
        self, viewer: int | None, search: PostSearch, page: Page, offset: int = 0
    ) -> Sequence[Entry]:
        """Posts (no boosts) that hold the words, newest first, after leaving out `offset` of them.

        Public posts of people who are not silenced and wish to be found (`Account.indexable`), the viewer's
        own, those that name the viewer and those that the viewer favourited or bookmarked. Who the viewer
        blocks or mutes is left out. A search without anything wanted and without an author finds nothing.
        """
        ...

    async def tags(self, prefix: str, now: int, *, limit: int, offset: int = 0) -> Sequence[Hashtag]:
        """Hashtags of public posts that begin so (case folded), the most used in the last seven days first,
        then by name.
        """
        ...


class TrendReader(Protocol):
    """What is used most in the last days. `now` is Unix milliseconds. All is public."""

    async def tags(self, now: int, *, limit: int, offset: int = 0) -> Sequence[Hashtag]:
        """Hashtags that `domain.tags.may_trend`, by `domain.tags.tag_weight`, then by name."""
        ...

    async def posts(self, viewer: int | None, now: int, *, limit: int, offset: int = 0) -> Sequence[Entry]:
        """Public posts (no boosts) of the last 48 hours with reactions, by `domain.tags.heat_of`, newer ones
        first among equals. Who the viewer blocks or mutes and silenced people are left out.
        """
        ...


class SearchStorage(Storage, Protocol):
    """A storage with the capability `search`."""

    search: SearchReader


class TrendStorage(Storage, Protocol):
    """A storage with the capability `trends`."""

    trends: TrendReader


def search_of(storage: Storage) -> SearchReader:
    """The storage's search. Raises `NotFound` where it has none."""
    if SEARCH not in storage.capabilities:
        raise NotFound("This site has no search.", hint="Use a storage with the capability 'search'.")
    return cast(SearchStorage, storage).search


def trends_of(storage: Storage) -> TrendReader:
    """The storage's trends. Raises `NotFound` where it has none."""
    if TRENDS not in storage.capabilities:
        raise NotFound("This site has no trends.", hint="Use a storage with the capability 'trends'.")
    return cast(TrendStorage, storage).trends
