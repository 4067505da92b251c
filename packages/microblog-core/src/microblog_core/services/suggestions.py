"""Suggestions: read and dismiss them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.suggestions import SUGGESTIONS_MAX, Suggestion
from microblog_core.patterns.decorators import authorised, rate_limited
from microblog_core.ports import operations as ops
from microblog_core.ports.context import Ports


class DismissSuggestion(msgspec.Struct, frozen=True, kw_only=True):
    """Who is no longer to be suggested."""

    account_id: int


async def read_suggestions(ports: Ports, actor: Actor, limit: int = 40) -> Sequence[Suggestion]:
    """People whom the actor may want to follow, the best first, 1 to `SUGGESTIONS_MAX`. Raises
    `Unauthenticated`.
    """
    limit = max(1, min(limit, SUGGESTIONS_MAX))
    return await ports.storage.suggestions.of(require_account(actor).id, limit)


async def read_directory(
    ports: Ports, actor: Actor, *, by_activity: bool, limit: int = 40, offset: int = 0
) -> Sequence[Account]:
    """Local people who wish to be discovered: who wrote last first, or the newest first."""
    limit = max(1, min(limit, SUGGESTIONS_MAX))
    return await ports.storage.suggestions.directory(
        actor.id, by_activity=by_activity, limit=limit, offset=offset
    )


@authorised("follows.write")
@rate_limited("dismiss", limit=1000, per=3600)
async def dismiss_suggestion(ports: Ports, actor: Actor, command: DismissSuggestion) -> None:
    """Suggest somebody no longer; doing it again changes nothing. Raises `NotFound`."""
    now = ports.clock.now()
    unit = ports.unit()
    unit.apply(
        ops.DismissSuggestion(
            account_id=require_account(actor).id, dismissed_id=command.account_id, created_at=now
        )
    )
    try:
        await unit.commit_once("dismissed")
    except NotFound:
        raise NotFound("There is no such account.") from None
