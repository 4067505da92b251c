"""The preview of a status' link by itself, as clients asked for it before statuses carried it."""

from __future__ import annotations

from microblog_api.cards import card_of
from microblog_api.endpoints import Call, get
from microblog_api.entities import Empty, PreviewCard
from microblog_core.services import timelines
from microblog_core.services.link_previews import read_link_previews


@get("/api/v1/statuses/{id:str}/card", who="anybody", needs="read:statuses")
async def card(call: Call, given: None) -> PreviewCard | Empty:
    """View the preview of a status' link; `{}` where there is none."""
    entry = await timelines.read_post(call.ports, call.actor, call.id())
    found = (await read_link_previews(call.ports, (entry.post,))).get(entry.post.id)
    return Empty() if found is None else card_of(found, call.present.file)


ENDPOINTS = (card,)
