"""Suggestions whom to follow (https://docs.joinmastodon.org/methods/suggestions/)."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_api.endpoints import Call, delete, get
from microblog_api.entities import Account, Empty, Suggestion
from microblog_api.paging import limit_of
from microblog_core.domain.suggestions import SUGGESTIONS_MAX, SuggestionSource
from microblog_core.domain.suggestions import Suggestion as DomainSuggestion
from microblog_core.services import suggestions

_SOURCES = {
    SuggestionSource.FRIENDS_OF_FRIENDS: "past_interactions",
    SuggestionSource.MOST_FOLLOWED: "global",
}
"""The names that `source` had before there was `sources`."""


@get("/api/v2/suggestions", needs="read:accounts", pages="limit")
async def read_all(call: Call, given: None) -> list[Suggestion]:
    """View people whom one may want to follow, the best first."""
    return [
        Suggestion(
            source=_SOURCES[each.source],
            sources=[str(each.source)],
            account=call.present.account(each.account),
        )
        for each in await _suggested(call)
    ]


@get("/api/v1/suggestions", needs="read:accounts", pages="limit")
async def read_accounts(call: Call, given: None) -> list[Account]:
    """View them without the reasons."""
    return call.present.accounts(each.account for each in await _suggested(call))


@delete("/api/v1/suggestions/{account_id:str}", needs="write:accounts")
async def dismiss(call: Call, given: None) -> Empty:
    """Suggest somebody no longer."""
    command = suggestions.DismissSuggestion(account_id=call.id("account_id"))
    await suggestions.dismiss_suggestion(call.ports, call.actor, command)
    return Empty()


async def _suggested(call: Call) -> Sequence[DomainSuggestion]:
    limit = limit_of(call.sent, 40, SUGGESTIONS_MAX)
    return await suggestions.read_suggestions(call.ports, call.actor, limit)


ENDPOINTS = (read_all, read_accounts, dismiss)
