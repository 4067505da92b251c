"""Announcements of the operators (https://docs.joinmastodon.org/methods/announcements/)."""

from __future__ import annotations

from microblog_api.endpoints import Call, delete, get, post, put
from microblog_api.entities import Announcement, Empty
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
    return call.present.announcement(entry, announcements.tags_in(call.ports, entry.announcement))


ENDPOINTS = (read_all, dismiss, react, take_back)
