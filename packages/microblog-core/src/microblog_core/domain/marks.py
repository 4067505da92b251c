"""What people mark for themselves: how far they have read, which tags they follow or show."""

from __future__ import annotations

import enum
import re

import msgspec

from microblog_core.domain.errors import Invalid
from microblog_core.domain.posts import TAG_LENGTH

PINS_MAX = 5
"""Posts that a profile shows on top."""
FOLLOWED_TAGS_MAX = 100
"""Each one is looked at whenever the home timeline is read."""
FEATURED_TAGS_MAX = 10
TAG_FILTERS_MAX = 4
"""Tags that may be added to, demanded of or kept out of a tag's timeline, each."""
HISTORY_DAYS = 7
DAY_MILLISECONDS = 24 * 3600 * 1000

_TAG = re.compile(r"\w+")


class MarkerTimeline(enum.StrEnum):
    """What a marker is about."""

    HOME = "home"
    NOTIFICATIONS = "notifications"


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """How far somebody has read: `version` grows with each change, `updated_at` is Unix milliseconds."""

    timeline: MarkerTimeline
    last_read_id: int
    version: int
    updated_at: int


class TagDay(msgspec.Struct, frozen=True):
    """How often a tag was used on one day (UTC, `day` is Unix milliseconds of its beginning), and by how
    many.
    """

    day: int
    uses: int
    accounts: int


class TagInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A tag with what the viewer did with it, and its use in public posts on the last `HISTORY_DAYS` days,
    today first.
    """

    name: str
    following: bool = False
    featured: bool = False
    history: tuple[TagDay, ...] = ()


class FollowedTag(msgspec.Struct, frozen=True):
    """A tag in the list of those followed; `id` is the relation's, by which the list pages."""

    id: int
    name: str


class FeaturedTag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag on somebody's profile, with how many of their public and unlisted posts have it and when the last
    of them was published (Unix milliseconds, None without any).
    """

    id: int
    name: str
    posts_count: int = 0
    last_post_at: int | None = None


class TagUse(msgspec.Struct, frozen=True):
    """How often somebody used a tag in public and unlisted posts."""

    name: str
    posts_count: int


def check_tag(text: str) -> str:
    """Return the stored spelling of a tag: no `#`, case folded. Raises `Invalid` with the field `name`."""
    name = text.strip().removeprefix("#").casefold()
    only_digits = name.replace("_", "").isdecimal()
    if len(name) > TAG_LENGTH or _TAG.fullmatch(name) is None or only_digits or not name.strip("_"):
        raise Invalid(fields={"name": "Use a hashtag: letters, digits and underscores."})
    return name


def check_tag_filter(field: str, tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return distinct stored spellings of at most `TAG_FILTERS_MAX` tags; raises `Invalid` with the field."""
    names = tuple(dict.fromkeys(tag.removeprefix("#").casefold() for tag in tags if tag))
    if len(names) > TAG_FILTERS_MAX:
        raise Invalid(fields={field: f"Use at most {TAG_FILTERS_MAX} hashtags."})
    return names
