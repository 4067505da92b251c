"""Drafts: what somebody began to write, kept until they publish it or throw it away.

They are values of the plugin `web`, so that every storage has them. Pictures are named by their ids only:
those that belong to no post are kept for a day (`domain.media.UNATTACHED_MILLISECONDS`), with a draft too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from microblog_core.domain.errors import Invalid, NotFound, TooLarge
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import authorised, rate_limited
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import DeleteValue, PutValue
from microblog_core.ports.operations.outbox import VALUE_BYTES

STORE = "web"
DRAFTS_MAX = 50
"""About how many drafts one person may keep; two saved at the same moment may both find room."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a form as they were typed, and the pictures uploaded with it; `saved_at` is in Unix
    milliseconds.
    """

    id: int
    values: Mapping[str, str]
    media_ids: tuple[int, ...] = ()
    saved_at: int


class SaveDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Keep these fields; in place of an own draft, if `draft_id` is one."""

    values: Mapping[str, str]
    media_ids: tuple[int, ...] = ()
    draft_id: int | None = None


@authorised("posts.write")
@rate_limited("drafts", limit=300, per=3600)
async def save_draft(ports: Ports, actor: Actor, command: SaveDraft) -> Draft:
    """Keep a draft. Raises `Invalid` (nothing is in it; there are too many), `TooLarge`, `RateLimited`."""
    values = {name: value for name, value in command.values.items() if value.strip()}
    if not command.media_ids and not any(name in values for name in ("text", "spoiler", "option_0")):
        raise Invalid(fields={"text": "Write something first."})
    owner, now = require_account(actor).id, ports.clock.now()
    kept = await ports.storage.values(STORE, _key(owner))
    replaces = command.draft_id is not None and _key(owner, command.draft_id) in kept
    if len(kept) >= DRAFTS_MAX and not replaces:
        raise Invalid(f"You have {DRAFTS_MAX} drafts.", hint="Throw one away, then save this one.")
    draft_id = command.draft_id if replaces and command.draft_id is not None else ports.ids.at(now)
    draft = Draft(id=draft_id, values=values, media_ids=command.media_ids, saved_at=now)
    encoded = msgspec.json.encode(draft)
    if len(encoded) > VALUE_BYTES:
        raise TooLarge("This is too long for a draft.", hint="Make it shorter.")
    unit = ports.unit()
    unit.apply(PutValue(plugin=STORE, key=_key(owner, draft_id), value=encoded))
    await unit.commit()
    return draft


@authorised("posts.write")
async def read_drafts(ports: Ports, actor: Actor) -> Sequence[Draft]:
    """All own drafts, the one saved last first."""
    kept = await ports.storage.values(STORE, _key(require_account(actor).id))
    drafts = [msgspec.json.decode(value, type=Draft) for value in kept.values()]
    return sorted(drafts, key=lambda draft: (draft.saved_at, draft.id), reverse=True)


@authorised("posts.write")
async def read_draft(ports: Ports, actor: Actor, draft_id: int) -> Draft:
    """An own draft. Raises `NotFound`."""
    key = _key(require_account(actor).id, draft_id)
    found = (await ports.storage.values(STORE, key)).get(key)
    if found is None:
        raise NotFound("You have no such draft.", hint="It may be published or thrown away already.")
    return msgspec.json.decode(found, type=Draft)


async def delete_draft(ports: Ports, actor: Actor, draft_id: int) -> None:
    """Throw an own draft away; nothing happens where there is none."""
    unit = ports.unit()
    unit.apply(ending(actor, draft_id))
    await unit.commit()


def ending(actor: Actor, draft_id: int) -> DeleteValue:
    """The operation that ends an own draft, for the transaction that publishes it."""
    return DeleteValue(plugin=STORE, key=_key(require_account(actor).id, draft_id))


def _key(account_id: int, draft_id: int | None = None) -> str:
    return f"draft:{account_id}:" if draft_id is None else f"draft:{account_id}:{draft_id}"
