"""The timelines whose pages are told of new posts: their addresses, and what is new since a page was read."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from microblog_core.domain.errors import NotFound
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.ids import COUNTER_BITS, parse_id
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import TAG_LENGTH, Entry
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.context import Ports
from microblog_core.ports.timelines import own_order
from microblog_core.services.filtering import apply_filters
from microblog_core.services.lists import read_list, read_list_timeline
from microblog_core.services.timelines import read_account_posts, read_home, read_public, read_tag

PREFIX = "/live"


class Kind(enum.StrEnum):
    """Which sort of timeline. `NONE`: a page without one, which is told of notifications only."""

    NONE = "me"
    HOME = "home"
    PUBLIC = "public"
    TAG = "tags"
    LIST = "lists"
    ACCOUNT = "accounts"
    ACCOUNT_REPLIES = "accounts-with-replies"
    ACCOUNT_MEDIA = "accounts-media"


_OF_ACCOUNTS = (Kind.ACCOUNT, Kind.ACCOUNT_REPLIES, Kind.ACCOUNT_MEDIA)
_OWN = (Kind.NONE, Kind.HOME, Kind.LIST)
_CONTEXTS = {
    Kind.PUBLIC: FilterContext.PUBLIC,
    Kind.TAG: FilterContext.PUBLIC,
    Kind.ACCOUNT: FilterContext.ACCOUNT,
    Kind.ACCOUNT_REPLIES: FilterContext.ACCOUNT,
    Kind.ACCOUNT_MEDIA: FilterContext.ACCOUNT,
}


class Timeline(msgspec.Struct, frozen=True):
    """A timeline: `value` is the hashtag, or the id of the list or of the account."""

    kind: Kind
    value: str | int = 0

    @property
    def path(self) -> str:
        """Where its page hears of new posts."""
        return f"{PREFIX}/{self.kind}" + (f"/{quote(str(self.value), safe='')}" if self.value else "")

    @property
    def context(self) -> FilterContext:
        """Where the reader's filters must apply to match in it."""
        return _CONTEXTS.get(self.kind, FilterContext.HOME)

    @property
    def of_account(self) -> bool:
        """Whether it is one person's."""
        return self.kind in _OF_ACCOUNTS

    def holds(self, entry: Entry) -> bool:
        """Whether such an entry belongs there, apart from who may see it."""
        post, boost = entry.post, entry.boosted_by is not None
        to_others = post.in_reply_to_account_id not in (None, post.account_id)
        if self.kind is Kind.PUBLIC:
            return not boost and not to_others
        if self.kind is Kind.TAG:
            return not boost and self.value in post.tags
        if self.of_account:
            by = entry.boosted_by.id if entry.boosted_by is not None else post.account_id
            if by != self.value:
                return False
        if self.kind is Kind.ACCOUNT:
            return boost or not to_others
        if self.kind is Kind.ACCOUNT_MEDIA:
            return not boost and bool(post.attachments)
        return self.kind is not Kind.NONE


def home_path(ports: Ports) -> str:
    """Where a home page that is read now hears of new posts. Where its first post need not be the newest, the
    path says since when.
    """
    path = Timeline(Kind.HOME).path
    if own_order(ports.timeline) is not None:
        return f"{path}/{ports.clock.now() << COUNTER_BITS}"
    return path


def timeline_of(kind: str, value: str = "") -> Timeline:
    """The timeline at an address. Raises `NotFound`."""
    if kind not in tuple(Kind):
        raise NotFound("There is no such stream.")
    found = Kind(kind)
    if found is Kind.TAG:
        name = value.casefold()
        if not name or len(name) > TAG_LENGTH:
            raise NotFound("There is no such stream.")
        return Timeline(found, name)
    if found is Kind.LIST or found in _OF_ACCOUNTS:
        number = parse_id(value)
        if number is None:
            raise NotFound("There is no such stream.")
        return Timeline(found, number)
    if value:
        raise NotFound("There is no such stream.")
    return Timeline(found)


async def check_reader(ports: Ports, actor: Actor, timeline: Timeline) -> None:
    """Raises `Unauthenticated` and, for somebody else's list, `NotFound`, where the actor may not listen."""
    if timeline.kind in _OWN:
        require_account(actor)
    if timeline.kind is Kind.LIST:
        await read_list(ports, actor, int(timeline.value))


async def newer_than(ports: Ports, actor: Actor, timeline: Timeline, since: int) -> Sequence[Entry]:
    """What came into the timeline after the entry `since`, oldest first, a page of it at most."""
    listing = await _read(ports, actor, timeline, Page(min_id=since))
    shown = await apply_filters(ports, actor, listing, timeline.context)
    return shown.items[::-1]


async def _read(ports: Ports, actor: Actor, timeline: Timeline, page: Page) -> Listing[Entry]:
    value = timeline.value
    if timeline.kind is Kind.HOME:
        return await read_home(ports, actor, page)
    if timeline.kind is Kind.PUBLIC:
        return await read_public(ports, actor, page)
    if timeline.kind is Kind.TAG:
        return await read_tag(ports, actor, str(value), page)
    if timeline.kind is Kind.LIST:
        return await read_list_timeline(ports, actor, int(value), page)
    return await read_account_posts(
        ports,
        actor,
        int(value),
        page,
        replies=timeline.kind is not Kind.ACCOUNT,
        only_media=timeline.kind is Kind.ACCOUNT_MEDIA,
    )
