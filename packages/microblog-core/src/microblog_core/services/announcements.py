"""Announcements, custom emojis and the site's rules: reading them, and what operators do with announcements.
What they do with emojis is in `emojis`, with rules in `site_texts`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_core.domain.announcements import (
    Announcement,
    AnnouncementEntry,
    CustomEmoji,
    check_announcement,
    check_reaction,
)
from microblog_core.domain.errors import Conflict, NotFound
from microblog_core.domain.events import AnnouncementChanged, AnnouncementDeleted, Event
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.rules import Rule
from microblog_core.domain.timelines import PAGE_MAX, Listing, Page
from microblog_core.patterns.decorators import audited, authorised, rate_limited, retried
from microblog_core.ports import operations as ops
from microblog_core.ports.context import Ports
from microblog_core.services.site_texts import read_face

NEWEST = "announcements:newest"
"""The key under which the newest announcements are kept in the cache."""


class AnnouncementCommand(msgspec.Struct, frozen=True, kw_only=True):
    """Which announcement."""

    announcement_id: int


class React(msgspec.Struct, frozen=True, kw_only=True):
    """An emoji for an announcement, one of `domain.announcements.REACTIONS`."""

    announcement_id: int
    name: str


class AddAnnouncement(msgspec.Struct, frozen=True, kw_only=True):
    """Something to announce, from and to moments in Unix milliseconds."""

    text: str
    starts_at: int | None = None
    ends_at: int | None = None
    published: bool = True


class UpdateAnnouncement(AddAnnouncement, frozen=True, kw_only=True):
    """What an announcement is to be from now on."""

    announcement_id: int


async def read_announcements(ports: Ports, actor: Actor) -> Sequence[AnnouncementEntry]:
    """What is announced now, newest first."""
    return await ports.storage.announcements.shown(actor.id, ports.clock.now())


async def read_unread(ports: Ports, actor: Actor) -> Sequence[AnnouncementEntry]:
    """What is announced now and the actor has not dismissed. Where nothing is on, which is nearly always, the
    storage is not asked.
    """
    account = require_account(actor)
    now = ports.clock.now()
    kept = ports.cache.get(NEWEST)
    if not isinstance(kept, Listing):
        fill = ports.cache.fill()
        kept = await ports.storage.announcements.page(Page(limit=PAGE_MAX))
        fill.put(NEWEST, kept, ("announcements",), size=sum(len(each.html) * 2 for each in kept.items))
    if kept.older is None and not any(each.is_on(now) for each in kept.items):
        return ()
    found = await ports.storage.announcements.shown(account.id, now)
    return tuple(entry for entry in found if not entry.read)


@authorised("announcements.manage")
async def read_announcement(ports: Ports, actor: Actor, announcement_id: int) -> Announcement:
    """One announcement, whether it is on or not. Raises `NotFound`."""
    return await _existing(ports, announcement_id)


async def dismiss_announcement(ports: Ports, actor: Actor, command: AnnouncementCommand) -> None:
    """The actor has read it. Raises `NotFound`, `Unauthenticated`."""
    account = require_account(actor)
    await _shown(ports, command.announcement_id)
    read = ops.MarkAnnouncementRead(account_id=account.id, announcement_id=command.announcement_id)
    await _commit(ports, read)


@authorised("announcements.react")
@rate_limited("react", limit=300, per=3600)
async def react_to_announcement(ports: Ports, actor: Actor, command: React) -> None:
    """React to an announcement; doing it again changes nothing. Raises `NotFound`, `Invalid` (field
    `name`).
    """
    name = check_reaction(command.name)
    await _shown(ports, command.announcement_id)
    await _commit(
        ports,
        ops.AddAnnouncementReaction(
            account_id=require_account(actor).id,
            announcement_id=command.announcement_id,
            name=name,
            created_at=ports.clock.now(),
        ),
    )


@authorised("announcements.react")
async def take_reaction_back(ports: Ports, actor: Actor, command: React) -> None:
    """Take a reaction back. Raises `NotFound`, `Invalid` (field `name`)."""
    name = check_reaction(command.name)
    await _shown(ports, command.announcement_id)
    await _commit(
        ports,
        ops.DeleteAnnouncementReaction(
            account_id=require_account(actor).id, announcement_id=command.announcement_id, name=name
        ),
    )


@authorised("announcements.manage")
async def list_announcements(ports: Ports, actor: Actor, page: Page) -> Listing[Announcement]:
    """All announcements, newest first."""
    return await ports.storage.announcements.page(page)


@authorised("announcements.manage")
@audited("announcement.added", lambda command: command.text[:60])
@retried("id")
async def add_announcement(ports: Ports, actor: Actor, command: AddAnnouncement) -> Announcement:
    """Announce something. Raises `Invalid` (fields `text`, `ends_at`)."""
    now = ports.clock.now()
    made = _made(ports, command, ports.ids.at(now), now)
    await _commit(ports, ops.AddAnnouncement(announcement=made), _changed(ports, made.id))
    return made


@authorised("announcements.manage")
@audited("announcement.updated", lambda command: command.announcement_id)
async def update_announcement(ports: Ports, actor: Actor, command: UpdateAnnouncement) -> Announcement:
    """Change what is announced. Raises `NotFound`, `Invalid` as `add_announcement`."""
    before = await _existing(ports, command.announcement_id)
    made = _made(ports, command, before.id, before.created_at)
    await _commit(ports, ops.UpdateAnnouncement(announcement=made), _changed(ports, made.id))
    return made


@authorised("announcements.manage")
@audited("announcement.removed", lambda command: command.announcement_id)
async def remove_announcement(ports: Ports, actor: Actor, command: AnnouncementCommand) -> None:
    """Take an announcement away for good. Raises `NotFound`."""
    await _existing(ports, command.announcement_id)
    now = ports.clock.now()
    await _commit(
        ports,
        ops.DeleteAnnouncement(announcement_id=command.announcement_id),
        AnnouncementDeleted(id=ports.ids.at(now), at=now, announcement_id=command.announcement_id),
    )


async def read_emojis(ports: Ports, actor: Actor) -> Sequence[CustomEmoji]:
    """The custom emojis that people may use, by shortcode."""
    return tuple(each for each in await ports.storage.announcements.emojis() if not each.disabled)


@authorised("emojis.manage")
async def list_emojis(ports: Ports, actor: Actor) -> Sequence[CustomEmoji]:
    """All custom emojis by shortcode, disabled ones too."""
    return await ports.storage.announcements.emojis()


def tags_in(ports: Ports, announcement: Announcement) -> Sequence[str]:
    """The hashtags in an announcement's text, case folded."""
    return [each.value.casefold() for each in ports.content.find(announcement.text) if each.kind == "tag"]


async def read_rules(ports: Ports) -> Sequence[Rule]:
    """The rules of the site, in their order."""
    return (await read_face(ports)).rules


def _made(ports: Ports, command: AddAnnouncement, announcement_id: int, created_at: int) -> Announcement:
    text = check_announcement(command.text, command.starts_at, command.ends_at)
    entities = tuple(entity for entity in ports.content.find(text) if entity.kind != "mention")
    return Announcement(
        id=announcement_id,
        text=text,
        html=ports.content.render(text, entities, ()),
        starts_at=command.starts_at,
        ends_at=command.ends_at,
        published=command.published,
        created_at=created_at,
    )


async def _existing(ports: Ports, announcement_id: int) -> Announcement:
    found = await ports.storage.announcements.get(announcement_id)
    if found is None:
        raise NotFound("There is no such announcement.")
    return found


async def _shown(ports: Ports, announcement_id: int) -> None:
    """Raises `NotFound` unless people see it now."""
    if not (await _existing(ports, announcement_id)).is_on(ports.clock.now()):
        raise NotFound("There is no such announcement.")


def _changed(ports: Ports, announcement_id: int) -> AnnouncementChanged:
    now = ports.clock.now()
    return AnnouncementChanged(id=ports.ids.at(now), at=now, announcement_id=announcement_id)


async def _commit(ports: Ports, operation: ops.Operation, *events: Event) -> None:
    unit = ports.unit()
    unit.apply(operation)
    for event in events:
        unit.emit(event)
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard == "exists":
            raise NotFound("There is no such announcement.") from conflict
        raise
