"""Quotes: what a post may quote. The storage asks again when it is written (guard `quote`)."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import OPEN_VISIBILITIES, Entry, QuotePolicy
from microblog_core.ports.context import Ports
from microblog_core.services.timelines import read_post


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
