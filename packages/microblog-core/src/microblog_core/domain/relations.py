"""Follows, follow requests, blocks, mutes and notes: how one account stands to another."""

from __future__ import annotations

import msgspec

from microblog_core.domain.accounts import Account, check_language
from microblog_core.domain.errors import Invalid

NOTE_LENGTH = 2000
LANGUAGES_MAX = 40
MUTE_SECONDS_MAX = 10 * 366 * 24 * 3600


class FollowOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What of somebody followed comes into the home timeline: boosts or none, posts in these languages or
    (where it is empty) in all; `notify` also tells of each new post.
    """

    boosts: bool = True
    notify: bool = False
    languages: tuple[str, ...] = ()


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """How the viewer stands to `account_id`. `blocked_by` is never shown as such; it explains what is
    refused.

    `requested`: the viewer asked to follow; `requested_by`: they asked to follow the viewer. `options` are
    those of the follow or of the request, None where there is neither. `muting_notifications` only while
    `muting`; `mute_expires_at` is Unix milliseconds, None for a mute without an end. `note` is the viewer's
    own. `endorsed` and `domain_blocking` are for what there isn't yet: never true.
    """

    account_id: int
    following: bool = False
    followed_by: bool = False
    requested: bool = False
    requested_by: bool = False
    options: FollowOptions | None = None
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False
    muting_notifications: bool = False
    mute_expires_at: int | None = None
    note: str = ""
    endorsed: bool = False
    domain_blocking: bool = False


class Related(msgspec.Struct, frozen=True):
    """An account in a list of relations; `id` is the relation's, by which the list pages."""

    id: int
    account: Account


def check_note(note: str) -> str:
    """Return the text of a private note; raises `Invalid` with the field `comment`."""
    note = note.strip()
    if len(note) > NOTE_LENGTH:
        raise Invalid(fields={"comment": f"Use at most {NOTE_LENGTH} characters; these are {len(note)}."})
    return note


def check_languages(languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return distinct language tags; raises `Invalid` with the field `languages`."""
    if len(languages) > LANGUAGES_MAX:
        raise Invalid(fields={"languages": f"Choose at most {LANGUAGES_MAX} languages."})
    chosen = (check_language(language, field="languages") for language in languages if language)
    return tuple(dict.fromkeys(chosen))


def check_duration(seconds: int) -> int:
    """Return how long a mute lasts, 0 for ever; raises `Invalid` with the field `duration`."""
    if not 0 <= seconds <= MUTE_SECONDS_MAX:
        raise Invalid(fields={"duration": f"Use 0 to {MUTE_SECONDS_MAX} seconds; 0 is for ever."})
    return seconds
