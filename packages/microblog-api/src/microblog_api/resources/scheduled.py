"""Statuses that wait for their time (https://docs.joinmastodon.org/methods/scheduled_statuses/)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_api.decoding import Moment
from microblog_api.endpoints import Call, delete, get, put
from microblog_api.entities import Empty, MediaAttachment, ScheduledParams, ScheduledStatus
from microblog_api.names import moment, visibility_name
from microblog_core.domain.scheduled import ScheduledPost
from microblog_core.services import scheduled


class Moved(msgspec.Struct, frozen=True):
    """When to publish."""

    scheduled_at: Moment


@get("/api/v1/scheduled_statuses", needs="read:statuses", pages="cursor")
async def read(call: Call, given: None) -> list[ScheduledStatus]:
    """View what waits, newest first."""
    listing = await scheduled.read_scheduled_posts(call.ports, call.actor, call.page())
    return await shown(call, call.linked(listing))


@get("/api/v1/scheduled_statuses/{id:str}", needs="read:statuses")
async def read_one(call: Call, given: None) -> ScheduledStatus:
    """View a status that waits."""
    return (await shown(call, [await scheduled.read_scheduled_post(call.ports, call.actor, call.id())]))[0]


@put("/api/v1/scheduled_statuses/{id:str}", needs="write:statuses")
async def move(call: Call, given: Moved) -> ScheduledStatus:
    """Choose another time."""
    command = scheduled.MovePost(scheduled_id=call.id(), scheduled_at=given.scheduled_at)
    return (await shown(call, [await scheduled.move_scheduled_post(call.ports, call.actor, command)]))[0]


@delete("/api/v1/scheduled_statuses/{id:str}", needs="write:statuses")
async def cancel(call: Call, given: None) -> Empty:
    """Cancel a status that waits."""
    command = scheduled.CancelPost(scheduled_id=call.id())
    await scheduled.cancel_scheduled_post(call.ports, call.actor, command)
    return Empty()


async def shown(call: Call, waiting: Sequence[ScheduledPost]) -> list[ScheduledStatus]:
    """Statuses that wait, with what they will be made of."""
    media = await scheduled.read_scheduled_media(call.ports, waiting)
    return [_shown(each, call.present.attachments(media[each.id])) for each in waiting]


def _shown(waiting: ScheduledPost, attachments: list[MediaAttachment]) -> ScheduledStatus:
    command = scheduled.command_of(waiting)
    poll = command.poll
    return ScheduledStatus(
        id=str(waiting.id),
        scheduled_at=moment(waiting.scheduled_at),
        params=ScheduledParams(
            text=command.text,
            poll=None
            if poll is None
            else {
                "options": list(poll.options),
                "expires_in": str(poll.expires_in),
                "multiple": poll.multiple,
                "hide_totals": poll.hide_totals,
            },
            media_ids=[str(each) for each in command.media_ids] or None,
            sensitive=command.sensitive,
            spoiler_text=command.spoiler or None,
            visibility=visibility_name(command.visibility),
            in_reply_to_id=command.in_reply_to_id,
            language=command.language or None,
            application_id=command.application_id or 0,
            scheduled_at=None,
            idempotency=None,
            with_rate_limit=False,
        ),
        media_attachments=attachments,
    )


ENDPOINTS = (read, read_one, move, cancel)
