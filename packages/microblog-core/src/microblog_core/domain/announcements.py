"""Announcements of a site to its people, and the pictures that it offers as emojis."""

from __future__ import annotations

import re

import msgspec

from microblog_core.domain.accounts import clean_line, clean_text, is_blank
from microblog_core.domain.errors import Invalid

ANNOUNCEMENT_LENGTH = 2_000
ANNOUNCEMENTS_SHOWN = 20
"""Announcements that are shown at once: the newest of those that are on."""
REACTIONS = ("👍", "❤", "🎉", "😂", "😮", "😢", "🙏", "🚀")
"""What people may react to an announcement with."""
SHORTCODE_LENGTH = 50

_SHORTCODE = re.compile(r"[A-Za-z0-9_]{2,}")
_VARIATION_SELECTOR = "\ufe0f"


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """Something that everybody here should know, from `starts_at` to `ends_at` (Unix milliseconds, None
    without an end), as long as it is published. `html` is the rendered, sanitised text.
    """

    id: int
    text: str
    html: str
    starts_at: int | None = None
    ends_at: int | None = None
    published: bool = True
    created_at: int

    def is_on(self, now: int) -> bool:
        """Whether people see it at `now` (Unix milliseconds)."""
        started = self.starts_at is None or self.starts_at <= now
        return self.published and started and (self.ends_at is None or self.ends_at > now)


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """How many reacted with one of `REACTIONS`, and whether the viewer is one of them."""

    name: str
    count: int
    me: bool = False


class AnnouncementEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement as a viewer sees it; nobody's is ever `read`. Reactions are in the order of
    `REACTIONS`.
    """

    announcement: Announcement
    read: bool = False
    reactions: tuple[Reaction, ...] = ()


class CustomEmoji(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that stands for `:shortcode:`, whose capitals don't matter. `picture_key` and `static_key`
    name blobs: the picture, and one that doesn't move; `size` is that of both in bytes.
    """

    shortcode: str
    picture_key: str
    static_key: str
    category: str = ""
    visible_in_picker: bool = True
    disabled: bool = False
    size: int = 0


def check_announcement(text: str, starts_at: int | None, ends_at: int | None) -> str:
    """Return the clean text; raises `Invalid` with the fields `text` and `ends_at`."""
    text = clean_text(text).strip()
    fields: dict[str, str] = {}
    if is_blank(text):
        fields["text"] = "Write what there is to announce."
    elif len(text) > ANNOUNCEMENT_LENGTH:
        fields["text"] = f"Use at most {ANNOUNCEMENT_LENGTH} characters."
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        fields["ends_at"] = "Let it end after it starts."
    if fields:
        raise Invalid(fields=fields)
    return text


def check_reaction(name: str) -> str:
    """Return the emoji as `REACTIONS` has it; raises `Invalid` with the field `name`."""
    plain = name.replace(_VARIATION_SELECTOR, "")
    if plain not in REACTIONS:
        raise Invalid(fields={"name": f"Choose one of {' '.join(REACTIONS)}"})
    return plain


def check_shortcode(shortcode: str) -> str:
    """Return the shortcode without colons; raises `Invalid` with the field `shortcode`."""
    shortcode = shortcode.strip().strip(":")
    if len(shortcode) > SHORTCODE_LENGTH or _SHORTCODE.fullmatch(shortcode) is None:
        raise Invalid(
            fields={
                "shortcode": f"Use 2 to {SHORTCODE_LENGTH} of the letters a to z, digits and underscores."
            }
        )
    return shortcode


def check_emoji_category(category: str) -> str:
    """Return the category on one clean line; raises `Invalid` with the field `category`."""
    category = clean_line(category)
    if len(category) > SHORTCODE_LENGTH:
        raise Invalid(fields={"category": f"Use at most {SHORTCODE_LENGTH} characters."})
    return category
