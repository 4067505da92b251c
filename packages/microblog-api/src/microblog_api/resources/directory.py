"""The directory: people who wish to be discovered (https://docs.joinmastodon.org/methods/directory/)."""

from __future__ import annotations

import msgspec

from microblog_api.endpoints import Call, get
from microblog_api.entities import Account
from microblog_api.paging import limit_of, offset_of
from microblog_core.domain.errors import Invalid
from microblog_core.services import suggestions


class Wanted(msgspec.Struct, frozen=True):
    """In which order: `active` is who wrote last first, `new` the newest people first."""

    order: str = "active"


@get("/api/v1/directory", who="anybody", pages="offset")
async def read(call: Call, given: Wanted) -> list[Account]:
    """View people who wish to be discovered."""
    if given.order not in ("active", "new"):
        raise Invalid(fields={"order": "Choose active or new."})
    found = await suggestions.read_directory(
        call.ports,
        call.actor,
        by_activity=given.order == "active",
        limit=limit_of(call.sent, 40, 80),
        offset=offset_of(call.sent),
    )
    return call.present.accounts(found)


ENDPOINTS = (read,)
