"""Quotes: who quotes a status, taking a quote back, and who may quote and reply
(https://docs.joinmastodon.org/methods/statuses/).
"""

from __future__ import annotations

import msgspec

from microblog_api.endpoints import Call, get, post, put
from microblog_api.entities import Status
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.posts import check_quote_policy
from microblog_core.domain.replies import check_reply_policy
from microblog_core.services import quotes, replies


class InteractionPolicy(msgspec.Struct, frozen=True):
    """Who may quote a status: `public`, `followers` or `nobody`; and who may reply: `public`, `followers`,
    `followed` (whom the author follows), `mentioned` or `nobody`. What is not given stays.
    """

    quote_approval_policy: str = ""
    reply_approval_policy: str = ""


@get("/api/v1/statuses/{id:str}/quotes", needs="read:statuses", pages="cursor")
async def quoted_by(call: Call, given: None) -> list[Status]:
    """View the statuses that quote a status, newest first."""
    found = await quotes.read_quotes(call.ports, call.actor, call.id(), call.page())
    return await call.statuses(found, FilterContext.PUBLIC)


@post("/api/v1/statuses/{id:str}/quotes/{quoting_id:str}/revoke", needs="write:statuses")
async def revoke(call: Call, given: None) -> Status:
    """No longer be quoted by a status; the answer is that status."""
    command = quotes.RevokeQuote(post_id=call.id(), quoting_id=call.id("quoting_id"))
    return call.present.status(await quotes.revoke_quote(call.ports, call.actor, command))


@put("/api/v1/statuses/{id:str}/interaction_policy", needs="write:statuses")
async def set_policy(call: Call, given: InteractionPolicy) -> Status:
    """Say who may quote an own status, and who may reply; what quotes it or replies already stays."""
    post_id, quoting, answering = call.id(), given.quote_approval_policy, given.reply_approval_policy
    if quoting or not answering:
        # Both are asked about before anything is changed.
        check_quote_policy(quoting)
    changed = None
    if answering:
        change = replies.SetReplyPolicy(post_id=post_id, policy=check_reply_policy(answering))
        changed = await replies.set_reply_policy(call.ports, call.actor, change)
    if changed is None or quoting:
        command = quotes.SetQuotePolicy(post_id=post_id, policy=check_quote_policy(quoting))
        changed = await quotes.set_quote_policy(call.ports, call.actor, command)
    return call.present.status(changed)


ENDPOINTS = (quoted_by, revoke, set_policy)
