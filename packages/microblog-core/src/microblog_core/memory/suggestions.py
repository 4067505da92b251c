"""Suggestions in memory: dismissing and reading them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from microblog_core.domain.accounts import LOCAL, Account, AccountState
from microblog_core.domain.errors import Conflict
from microblog_core.domain.suggestions import (
    FOLLOWS_ASKED,
    FOLLOWS_OF_EACH,
    POPULAR_ASKED,
    Suggestion,
    SuggestionSource,
)
from microblog_core.memory.account_reads import sight_of
from microblog_core.memory.tables import Tables
from microblog_core.memory.visibility import sees_account
from microblog_core.ports.operations import DismissSuggestion


def dismiss_suggestion(tables: Tables, operation: DismissSuggestion) -> None:
    """Somebody is no longer to be suggested; guard `exists`."""
    pair = (operation.account_id, operation.dismissed_id)
    if not all(account_id in tables.accounts for account_id in pair):
        raise Conflict("The account is gone.", guard="exists")
    tables.dismissed.put(pair, operation.created_at)


class SuggestionReads:
    """A `ports.suggestions.SuggestionReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def of(self, viewer: int, limit: int) -> Sequence[Suggestion]:
        """Whom people followed follow, then the most followed."""
        accounts, sight = self._tables.accounts.rows, sight_of(self._tables, viewer)
        unwanted = sight.follows | sight.blocks | sight.mutes | {viewer}
        for pairs in (self._tables.dismissed.rows, self._tables.requests.rows):
            unwanted |= {other for owner, other in pairs if owner == viewer}

        def wanted(account: Account) -> bool:
            active = account.state is AccountState.ACTIVE
            chosen = active and account.discoverable and account.id not in unwanted
            return chosen and sees_account(sight, account.id)

        shared = Counter(
            other
            for friend in self._followed(viewer, FOLLOWS_ASKED)
            for other in self._followed(friend, FOLLOWS_OF_EACH)
            if wanted(accounts[other])
        )
        friends = sorted(shared, key=lambda other: (-shared[other], -other))[:limit]
        active = [account for account in accounts.values() if account.state is AccountState.ACTIVE]
        popular = sorted(active, key=lambda account: (-account.followers_count, -account.id))[:POPULAR_ASKED]
        more = [each for each in popular if wanted(each) and each.id not in friends][: limit - len(friends)]
        return (
            *(
                Suggestion(
                    account=accounts[other],
                    source=SuggestionSource.FRIENDS_OF_FRIENDS,
                    shared=shared[other],
                )
                for other in friends
            ),
            *(Suggestion(account=each, source=SuggestionSource.MOST_FOLLOWED) for each in more),
        )

    async def directory(
        self, viewer: int | None, *, by_activity: bool, limit: int, offset: int = 0
    ) -> Sequence[Account]:
        """Local people who wish to be discovered."""
        sight = sight_of(self._tables, viewer)
        found = [
            account
            for account in self._tables.accounts.rows.values()
            if account.state is AccountState.ACTIVE
            and account.domain == LOCAL
            and account.discoverable
            and account.id not in sight.blocks | sight.mutes
            and sees_account(sight, account.id)
            and not (by_activity and account.last_post_at is None)
        ]
        found.sort(key=lambda each: ((by_activity and each.last_post_at) or 0, each.id), reverse=True)
        return tuple(found[offset : offset + limit])

    def _followed(self, account_id: int, newest: int) -> list[int]:
        """Whom somebody follows, the newest follows."""
        own = [(row.id, pair[1]) for pair, row in self._tables.follows.rows.items() if pair[0] == account_id]
        return [other for _, other in sorted(own, reverse=True)[:newest]]
