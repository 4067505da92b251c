"""Announcements of the operators (https://docs.joinmastodon.org/methods/announcements/)."""

from __future__ import annotations

from microblog_api.endpoints import Call, delete, get, post, put
from microblog_api.entities import Announcement, Empty, Reaction, StatusTag
from microblog_api.names import moment
from microblog_core.domain.announcements import AnnouncementEntry
from microblog_core.services import announcements


@get("/api/v1/announcements")
async def read_all(call: Call, given: None) -> list[Announcement]:
    """View what is announced now, newest first."""
    found = await announcements.read_announcements(call.ports, call.actor)
    return [_entity(call, each) for each in found]


@post("/api/v1/announcements/{id:str}/dismiss", needs="write:accounts")
async def dismiss(call: Call, given: None) -> Empty:
    """Mark an announcement as read."""
    command = announcements.AnnouncementCommand(announcement_id=call.id())
    await announcements.dismiss_announcement(call.ports, call.actor, command)
    return Empty()


@put("/api/v1/announcements/{id:str}/reactions/{name:str}", needs="write:favourites")
async def react(call: Call, given: None) -> Empty:
    """React to an announcement with an emoji."""
    await announcements.react_to_announcement(call.ports, call.actor, _reaction(call))
    return Empty()


@delete("/api/v1/announcements/{id:str}/reactions/{name:str}", needs="write:favourites")
async def take_back(call: Call, given: None) -> Empty:
    """Take a reaction back."""
    await announcements.take_reaction_back(call.ports, call.actor, _reaction(call))
    return Empty()


def _reaction(call: Call) -> announcements.React:
    return announcements.React(announcement_id=call.id(), name=call.path("name"))


def _entity(call: Call, entry: AnnouncementEntry) -> Announcement:
    found = entry.announcement
    tags = [each.value.casefold() for each in call.ports.content.find(found.text) if each.kind == "tag"]
    shown = moment(max(found.created_at, found.starts_at or 0))
    return Announcement(
        id=str(found.id),
        content=call.present.html(found.html),
        starts_at=None if found.starts_at is None else moment(found.starts_at),
        ends_at=None if found.ends_at is None else moment(found.ends_at),
        all_day=False,
        published_at=shown,
        updated_at=shown,
        mentions=[],
        statuses=[],
        tags=[StatusTag(name=tag, url=call.present.tag_url(tag)) for tag in dict.fromkeys(tags)],
        emojis=[],
        reactions=[Reaction(name=each.name, count=each.count, me=each.me) for each in entry.reactions],
        read=entry.read,
    )


ENDPOINTS = (read_all, dismiss, react, take_back)
