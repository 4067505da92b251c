"""Quotes: what a post may quote, who quotes it, and taking that back.

Whether a post may be quoted the storage asks again when the quote is written (guard `quote`).
"""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from microblog_core.domain.events import Event, QuoteRevoked
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import OPEN_VISIBILITIES, Entry, QuotePolicy, QuoteState
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import authorised, rate_limited
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Operation
from microblog_core.ports.operations import RevokeQuote as RevokeStored
from microblog_core.ports.operations import SetQuotePolicy as SetStored
from microblog_core.services.timelines import read_post


class RevokeQuote(msgspec.Struct, frozen=True, kw_only=True):
    """The author of `post_id` no longer wishes to be quoted by `quoting_id`."""

    post_id: int
    quoting_id: int


class SetQuotePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Who may quote an own post from now on; what quotes it already stays."""

    post_id: int
    policy: QuotePolicy


async def quotable(ports: Ports, actor: Actor, post_id: int | None) -> Entry | None:
    """The post that is to be quoted; None for none. Raises `Invalid` (field `quoted_post_id`)."""
    if post_id is None:
        return None
    try:
        quoted = await read_post(ports, actor, post_id)
    except NotFound:
        raise Invalid(fields={"quoted_post_id": "The post that you quote is gone."}) from None
    if quoted.post.visibility not in OPEN_VISIBILITIES:
        raise Invalid(fields={"quoted_post_id": "Only public and unlisted posts can be quoted."})
    if not await _allows(ports, actor, quoted):
        raise Invalid(fields={"quoted_post_id": "The author does not wish this post to be quoted."})
    return quoted


async def _allows(ports: Ports, actor: Actor, quoted: Entry) -> bool:
    account_id, policy = require_account(actor).id, quoted.post.quote_policy
    if policy is QuotePolicy.PUBLIC or quoted.author.id == account_id:
        return True
    if policy is QuotePolicy.NOBODY:
        return False
    relations = await ports.storage.relations.get(account_id, (quoted.author.id,))
    return relations[quoted.author.id].following


def plain(quoted: Entry | None) -> Entry | None:
    """What is quoted, without what that one quotes."""
    return None if quoted is None else msgspec.structs.replace(quoted, quoted=None)


async def read_quotes(ports: Ports, actor: Actor, post_id: int, page: Page) -> Listing[Entry]:
    """The posts that quote a post, newest first, as the actor sees them. Raises `NotFound`."""
    quoted = await read_post(ports, actor, post_id)
    return await ports.storage.quotes.of(actor.id, quoted.post.id, page)


@authorised("posts.write")
@rate_limited("react", limit=300, per=3600)
async def revoke_quote(ports: Ports, actor: Actor, command: RevokeQuote) -> Entry:
    """Nobody is shown any more what the quoting post quotes; that post, as it is now. Doing it again changes
    nothing. Raises `NotFound`, `Forbidden` (the quoted post is somebody else's).
    """
    quoted = await _own(ports, actor, command.post_id)
    quoting = await read_post(ports, actor, command.quoting_id)
    if quoting.post.quote_of_id != quoted.post.id:
        raise NotFound("There is no such quote.")
    now, revoked = ports.clock.now(), quoting.post
    told = QuoteRevoked(
        id=ports.ids.at(now),
        at=now,
        post_id=revoked.id,
        account_id=revoked.account_id,
        quoted_id=quoted.post.id,
    )
    await _commit(ports, RevokeStored(post=revoked, account_id=quoted.author.id), told)
    post = msgspec.structs.replace(quoting.post, quote_state=QuoteState.REVOKED)
    return msgspec.structs.replace(quoting, post=post, quoted=None)


@authorised("posts.write")
@rate_limited("react", limit=300, per=3600)
async def set_quote_policy(ports: Ports, actor: Actor, command: SetQuotePolicy) -> Entry:
    """Say who may quote an own post; the post as it is now. Raises `NotFound`, `Forbidden`."""
    entry = await _own(ports, actor, command.post_id)
    await _commit(ports, SetStored(post=entry.post, policy=command.policy))
    return msgspec.structs.replace(
        entry, post=msgspec.structs.replace(entry.post, quote_policy=command.policy)
    )


async def _own(ports: Ports, actor: Actor, post_id: int) -> Entry:
    entry = await read_post(ports, actor, post_id)
    if entry.author.id != require_account(actor).id:
        raise Forbidden("Only its author decides who may quote a post.")
    return entry


async def _commit(ports: Ports, operation: Operation, *events: Event) -> None:
    unit = ports.unit()
    unit.apply(operation)
    for event in events:
        unit.emit(event)
    try:
        await unit.commit()
    except Conflict as conflict:
        raise NotFound from conflict
