"""What a storage reads of people's marks, of tags, and in batches: parts of the contract in `ports.storage`.

The rules of visibility are those that `ports.storage` draws; `viewer` is who looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from microblog_core.domain.accounts import Account
from microblog_core.domain.marks import FeaturedTag, FollowedTag, Marker, TagInfo, TagUse
from microblog_core.domain.notifications import NotificationEntry
from microblog_core.domain.posts import Entry, Marked
from microblog_core.domain.relations import Related
from microblog_core.domain.timelines import Listing, Page

FAMILIAR_MAX = 80
"""How many familiar followers are named of one account."""


class AccountsFound(Protocol):
    """Accounts by ids, and by parts of their names."""

    async def get_many(self, viewer: int | None, account_ids: Sequence[int]) -> Sequence[Account]:
        """The accounts that are shown to the viewer, in the order of the ids, each once."""
        ...

    async def search(
        self,
        viewer: int | None,
        words: Sequence[str],
        *,
        limit: int,
        offset: int = 0,
        following: bool = False,
    ) -> Sequence[Account]:
        """People whose username or display name has a part for each of these words (`words.name_words`);
        only those that the viewer follows if `following`.

        The one whose username is all of the words comes first, then whom the viewer follows, then who has
        the most followers. Suspended and deleted people and those who block the viewer are left out. Without
        words nobody is found.
        """
        ...


class RelationsFound(Protocol):
    """Lists of relations beside follows, blocks and mutes."""

    async def requests(self, account_id: int, page: Page) -> Listing[Related]:
        """Who asks to follow the account, newest request first."""
        ...

    async def familiar_followers(
        self, viewer: int, account_ids: Sequence[int]
    ) -> Mapping[int, Sequence[Account]]:
        """For each of these accounts who follows it among those that the viewer follows, at most
        `FAMILIAR_MAX`, newest account first; nobody who hides their collections, and nobody for an account
        that does.
        """
        ...

    async def notified_ids(self, account_id: int, after: int, limit: int) -> Sequence[tuple[int, int]]:
        """Pairs of (relation id, follower's account id) of followers with `notify`, oldest first, with a
        relation id above `after`.
        """
        ...


class PostsFound(Protocol):
    """Posts by ids."""

    async def get_many(self, viewer: int | None, post_ids: Sequence[int]) -> Sequence[Entry]:
        """The posts that may be seen, in the order of the ids, each once. A boost's id gives the boost, as a
        listing shows it.
        """
        ...


class PostsListed(Protocol):
    """Posts with certain tags, and an account's own."""

    async def tag(
        self,
        viewer: int | None,
        tag: str,
        page: Page,
        *,
        any: Sequence[str] = (),
        all: Sequence[str] = (),
        none: Sequence[str] = (),
        only_media: bool = False,
    ) -> Listing[Entry]:
        """Public posts with this tag or one of `any`, with each of `all` and none of `none` (case folded),
        answers included; with `only_media` those with pictures.
        """
        ...

    async def account_posts(
        self,
        viewer: int | None,
        account_id: int,
        page: Page,
        *,
        replies: bool = True,
        boosts: bool = True,
        pinned: bool = False,
        tag: str = "",
        only_media: bool = False,
    ) -> Listing[Entry]:
        """An account's posts and boosts as its own page shows them: answers to others only if `replies`,
        boosts only if `boosts`, with `tag` (case folded) only posts that have it and with `only_media` only
        those with pictures, which no boost does.

        `pinned` gives the posts shown on top instead, newest pin first, as one page without cursors; the
        bounds are those of the posts' ids, and of the others only `tag` counts. Empty if the account is
        suspended, deleted or blocks the viewer.
        """
        ...


class NotificationsFound(Protocol):
    """Notifications of certain kinds, and single ones."""

    async def page(
        self,
        viewer: int,
        page: Page,
        *,
        kinds: Sequence[str] = (),
        without: Sequence[str] = (),
        account_id: int | None = None,
        post_id: int | None = None,
    ) -> Listing[NotificationEntry]:
        """The viewer's notifications, newest first: of these kinds (all if empty), but `without` those, by
        `account_id` and about `post_id` alone if these are given. Kinds that the viewer never wants on the
        channel `domain.deliveries.SITE` are left out.
        """
        ...

    async def get(self, viewer: int, notification_id: int) -> NotificationEntry | None:
        """One of the viewer's notifications; None if there is none or the list leaves it out."""
        ...

    async def several(self, viewer: int, notification_ids: Sequence[int]) -> Sequence[NotificationEntry]:
        """Those of these notifications of the viewer's that the list shows, or would show if all kinds were
        wanted there, oldest first.
        """
        ...


class MarkReader(Protocol):
    """What somebody marked for themselves."""

    async def bookmarks(self, viewer: int, page: Page) -> Listing[Marked]:
        """The viewer's bookmarks that may still be seen, newest bookmark first."""
        ...

    async def favourites(self, viewer: int, page: Page) -> Listing[Marked]:
        """The viewer's favourites that may still be seen, newest favourite first."""
        ...

    async def markers(self, account_id: int) -> Sequence[Marker]:
        """How far the account has read, those markers that were ever set."""
        ...


class TagReader(Protocol):
    """Hashtags, all case folded."""

    async def get(self, viewer: int | None, name: str, now: int) -> TagInfo:
        """A tag, used or not, with its use on the last days up to `now` (Unix milliseconds) in public posts
        by people who are neither silenced nor hidden.
        """
        ...

    async def followed(self, account_id: int, page: Page) -> Listing[FollowedTag]:
        """The tags that the account follows, newest first."""
        ...

    async def featured(self, account_id: int) -> Sequence[FeaturedTag]:
        """The tags on the account's profile, newest first."""
        ...

    async def uses(self, account_id: int, limit: int) -> Sequence[TagUse]:
        """The tags that the account uses most in public and unlisted posts and does not feature, most used
        first, then by name.
        """
        ...
