"""Polls (https://docs.joinmastodon.org/methods/polls/)."""

from __future__ import annotations

import msgspec

from microblog_api.endpoints import Call, get, post
from microblog_api.entities import Poll
from microblog_core.domain.errors import NotFound
from microblog_core.domain.posts import Entry
from microblog_core.services import polls


class Choices(msgspec.Struct, frozen=True):
    """What is voted for: the places of options, from 0."""

    choices: list[int] = []


@get("/api/v1/polls/{id:str}", who="anybody", needs="read:statuses")
async def read(call: Call, given: None) -> Poll:
    """View a poll of a status that one may see."""
    return _shown(call, await polls.read_poll(call.ports, call.actor, call.id()))


@post("/api/v1/polls/{id:str}/votes", needs="write:statuses")
async def vote(call: Call, given: Choices) -> Poll:
    """Vote once."""
    command = polls.Vote(poll_id=call.id(), choices=tuple(given.choices))
    return _shown(call, await polls.vote(call.ports, call.actor, command))


def _shown(call: Call, entry: Entry) -> Poll:
    if entry.poll is None:
        raise NotFound
    return call.present.poll(entry.poll)


ENDPOINTS = (read, vote)
