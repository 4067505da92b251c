"""From an entry of an outbox to what is taken of it. What it says is believed of nothing but itself.

The format is ActivityStreams as Mastodon writes it (https://docs.joinmastodon.org/spec/activitypub/); what
other programs do differently is read where it is plain what they mean.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import msgspec

from microblog_core.domain.accounts import LANGUAGE_LENGTH, clean_line, is_blank
from microblog_core.domain.archives import SOURCE_LENGTH
from microblog_core.domain.errors import DomainError
from microblog_core.domain.media import ATTACHMENTS_MAX, CENTRE, DESCRIPTION_LENGTH, Focus
from microblog_core.domain.polls import OPTIONS_MIN, OPTIONS_MOST
from microblog_core.domain.posts import Visibility
from microblog_core.runtime.archives.activities import MEMBERS, PUBLIC
from microblog_core.runtime.archives.items import ITEM_BYTES
from microblog_core.runtime.archives.texts import Names, text_of

EARLIEST = 631_152_000_000
"""1990, in Unix milliseconds: what is older is no date but a mistake."""
OPTION_LENGTH = 200
VOTES_MAX = 100_000_000
_EVERYBODY = {PUBLIC, "as:Public", "Public"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
_MEDIA = re.compile(r"media_attachments/.+$")


class Refused(DomainError):
    """An entry that can't be taken; the message says why. `source` is what it calls itself."""

    code = "refused"

    def __init__(self, message: str, source: str = "") -> None:
        super().__init__(message)
        self.source = source


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose archive it is: the address of its author, and how names of theirs are read."""

    uri: str
    names: Names


class ParsedMedia(msgspec.Struct, frozen=True):
    """A file of the archive that a post shows."""

    name: str
    description: str
    focus: Focus


class ParsedPoll(msgspec.Struct, frozen=True):
    """A poll with the votes that it had; `ends_at` is None where it isn't said."""

    options: tuple[str, ...]
    counts: tuple[int, ...]
    voters: int
    multiple: bool
    ends_at: int | None


class ParsedPost(msgspec.Struct, frozen=True, kw_only=True):
    """A post. `notes` says what is left out of it."""

    source: str
    text: str
    spoiler: str
    sensitive: bool
    language: str
    visibility: Visibility
    created_at: int
    edited_at: int | None
    in_reply_to: str
    quote: str
    media: tuple[ParsedMedia, ...]
    poll: ParsedPoll | None
    notes: tuple[str, ...]


class ParsedBoost(msgspec.Struct, frozen=True, kw_only=True):
    """A boost of the post that `object` names."""

    source: str
    object: str
    created_at: int


def source_key(address: str) -> str:
    """How an entry's own name is stored: as it is, or its hash where it is too long or can't be stored."""
    if len(address) <= SOURCE_LENGTH and address.isprintable():
        return address
    return "sha256:" + hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()


def parse(data: bytes, owner: Owner, now: int) -> ParsedPost | ParsedBoost:
    """Read an entry. Raises `Refused`."""
    if len(data) > ITEM_BYTES:
        raise Refused("The entry is too long.")
    try:
        activity = msgspec.json.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise Refused("The entry is broken: it is no JSON.") from None
    if not isinstance(activity, dict):
        raise Refused("The entry is broken: it is no object.")
    kind, inner = activity.get("type"), activity.get("object")
    source = _address(activity)
    if kind == "Announce":
        return _boost(activity, source, now)
    if kind != "Create" or not isinstance(inner, dict):
        raise Refused(f"An entry of the type {_word(kind)} is no post.", source)
    source = _address(inner) or source
    if not source:
        raise Refused("The post has no address of its own, so that it could come twice.")
    written_by = inner.get("attributedTo") or activity.get("actor")
    if owner.uri and isinstance(written_by, str) and written_by != owner.uri:
        raise Refused("It was written by somebody else.", source)
    return _post(inner, activity, source, owner, now)


def _boost(activity: Mapping[str, Any], source: str, now: int) -> ParsedBoost:
    inner = activity.get("object")
    wanted = inner if isinstance(inner, str) else _address(inner) if isinstance(inner, dict) else ""
    if not wanted or not source:
        raise Refused("The boost does not say what it boosts.", source)
    created_at = _moment(activity.get("published"), now)
    if created_at is None:
        raise Refused("The boost has no date, or one that can't be.", source)
    return ParsedBoost(source=source_key(source), object=wanted, created_at=created_at)


def _post(
    note: Mapping[str, Any], activity: Mapping[str, Any], source: str, owner: Owner, now: int
) -> ParsedPost:
    created_at = _moment(note.get("published") or activity.get("published"), now)
    if created_at is None:
        raise Refused("The post has no date, or one that can't be.", source)
    edited_at = _moment(note.get("updated"), now)
    notes: list[str] = []
    media = _media(note.get("attachment"), notes)
    poll = _poll(note, notes)
    spoiler = note.get("summary")
    return ParsedPost(
        source=source_key(source),
        text=_text(note, owner.names, source),
        spoiler=clean_line(spoiler) if isinstance(spoiler, str) else "",
        sensitive=note.get("sensitive") is True,
        language=_language(note.get("contentMap")),
        visibility=_visibility(note, activity, owner),
        created_at=created_at,
        edited_at=edited_at if edited_at is not None and edited_at >= created_at else None,
        in_reply_to=_reference(note.get("inReplyTo")),
        quote=_reference(note.get("quote") or note.get("quoteUrl") or note.get("quoteUri")),
        media=media,
        poll=poll,
        notes=tuple(notes),
    )


def _text(note: Mapping[str, Any], names: Names, source: str) -> str:
    written = note.get("source")
    if isinstance(written, dict) and written.get("mediaType") == "text/plain":
        plain = written.get("content")
        if isinstance(plain, str):
            return names.placed(plain)
    content = note.get("content")
    if not isinstance(content, str):
        by_language = note.get("contentMap")
        contents = by_language.values() if isinstance(by_language, dict) else ()
        content = next((each for each in contents if isinstance(each, str)), "")
    try:
        return text_of(content, names)
    except (RecursionError, AssertionError):
        raise Refused("The text can't be read.", source) from None


def _visibility(note: Mapping[str, Any], activity: Mapping[str, Any], owner: Owner) -> Visibility:
    to = _addresses(note.get("to") if "to" in note else activity.get("to"))
    cc = _addresses(note.get("cc") if "cc" in note else activity.get("cc"))
    if _EVERYBODY & set(to):
        return Visibility.PUBLIC
    if _EVERYBODY & set(cc):
        return Visibility.UNLISTED
    if any(each.endswith("/followers") for each in (*to, *cc)):
        return Visibility.FOLLOWERS
    if owner.uri and f"{owner.uri}{MEMBERS}" in to:
        return Visibility.MEMBERS
    return Visibility.DIRECT


def _media(given: object, notes: list[str]) -> tuple[ParsedMedia, ...]:
    if isinstance(given, dict):
        given = [given]
    found = []
    for each in given if isinstance(given, list) else ():
        if not isinstance(each, dict):
            continue
        url = each.get("url") or each.get("href")
        inside = _MEDIA.search(unquote(url)) if isinstance(url, str) else None
        if inside is None:
            notes.append("A picture is left out: the archive does not say which file it is.")
            continue
        name = each.get("name")
        description = name[:DESCRIPTION_LENGTH] if isinstance(name, str) else ""
        found.append(ParsedMedia(inside[0], description, _focus(each.get("focalPoint"))))
    if len(found) > ATTACHMENTS_MAX:
        notes.append(f"{len(found) - ATTACHMENTS_MAX} pictures are left out: a post has {ATTACHMENTS_MAX}.")
    return tuple(found[:ATTACHMENTS_MAX])


def _focus(given: object) -> Focus:
    numbers = given if isinstance(given, list) else ()
    if len(numbers) != 2 or not all(type(each) in (int, float) and -1 <= each <= 1 for each in numbers):
        return CENTRE
    return Focus(round(float(numbers[0]), 4), round(float(numbers[1]), 4))


def _poll(note: Mapping[str, Any], notes: list[str]) -> ParsedPoll | None:
    options = note.get("oneOf") or note.get("anyOf")
    if options is None and note.get("type") != "Question":
        return None
    titles, counts = [], []
    for each in options if isinstance(options, list) else ():
        title = each.get("name") if isinstance(each, dict) else None
        if not isinstance(title, str) or is_blank(clean_line(title)):
            continue
        titles.append(clean_line(title)[:OPTION_LENGTH])
        replies = each.get("replies")
        counts.append(_count(replies.get("totalItems") if isinstance(replies, dict) else 0))
    if not OPTIONS_MIN <= len(titles) <= OPTIONS_MOST:
        notes.append(f"Its poll is left out: it has {len(titles)} options.")
        return None
    ends = (note.get("endTime"), note.get("closed"))
    ends_at = next((at for at in map(_parsed_moment, ends) if at is not None), None)
    voters = note.get("votersCount")
    return ParsedPoll(
        options=tuple(titles),
        counts=tuple(counts),
        voters=_count(voters) if voters is not None else max(counts),
        multiple=bool(note.get("anyOf")),
        ends_at=ends_at,
    )


def _count(given: object) -> int:
    return min(max(given, 0), VOTES_MAX) if isinstance(given, int) and not isinstance(given, bool) else 0


def _language(by_language: object) -> str:
    names = list(by_language) if isinstance(by_language, dict) else []
    language = names[0] if len(names) == 1 else ""
    fits = len(language) <= LANGUAGE_LENGTH and _LANGUAGE.fullmatch(language) is not None
    return language if fits else ""


def _moment(text: object, now: int) -> int | None:
    """A moment in Unix milliseconds; None for what is none, long before there was a web, or to come."""
    at = _parsed_moment(text)
    return at if at is not None and EARLIEST <= at <= now else None


def _parsed_moment(text: object) -> int | None:
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        read = datetime.fromisoformat(text)
        aware = read if read.tzinfo is not None else read.replace(tzinfo=UTC)
        return round(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _address(thing: Mapping[str, Any]) -> str:
    address = thing.get("id")
    return address if isinstance(address, str) else ""


def _reference(thing: object) -> str:
    if isinstance(thing, dict):
        thing = thing.get("id")
    return thing if isinstance(thing, str) else ""


def _addresses(given: object) -> Sequence[str]:
    if isinstance(given, str):
        return (given,)
    return [each for each in given if isinstance(each, str)] if isinstance(given, list) else ()


def _word(kind: object) -> str:
    return kind[:30] if isinstance(kind, str) and kind.isprintable() else "?"
