"""Suggestions: two statements, whose work is bound by the constants of the domain."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from microblog_core.domain.accounts import Account
from microblog_core.domain.suggestions import (
    FOLLOWS_ASKED,
    FOLLOWS_OF_EACH,
    POPULAR_ASKED,
    Suggestion,
    SuggestionSource,
)
from microblog_plugins.sql.dialect import Dialect, exists
from microblog_plugins.sql.rows import ACCOUNT, ACCOUNT_WIDTH, account_of, columns
from microblog_plugins.sql.steps import Reader, Steps, reads
from microblog_plugins.sql.visibility import account_discoverable, account_shown, account_wanted


def _wanted(account: str) -> str:
    """Whether somebody may be suggested to the viewer."""
    follows = exists("follows w", f"w.follower_id = :viewer AND w.followee_id = {account}.id")
    asked = exists("follow_requests w", f"w.follower_id = :viewer AND w.followee_id = {account}.id")
    dismissed = exists("dismissed_suggestions w", f"w.account_id = :viewer AND w.dismissed_id = {account}.id")
    return (
        f"{account}.state = 'active' AND {account}.id <> :viewer AND NOT {follows} AND NOT {asked}"
        f" AND NOT {dismissed} AND {account_discoverable(account)}"
        f" AND {account_shown(account, True)} AND {account_wanted(f'{account}.id', True)}"
    )


@functools.cache
def _friends(dialect: Dialect) -> str:
    follows = f"follows f{dialect.indexed('follows_order')}"
    oldest = (
        f"COALESCE((SELECT o.id FROM follows o{dialect.indexed('follows_order')}"
        " WHERE o.follower_id = c.id ORDER BY o.id DESC"
        f" LIMIT 1 OFFSET {FOLLOWS_OF_EACH - 1}), 0)"
    )
    shared = (
        "SELECT g.followee_id AS id, COUNT(*) AS shared FROM"
        f" (SELECT f.followee_id AS id FROM {follows} WHERE f.follower_id = :viewer"
        f" ORDER BY f.id DESC LIMIT {FOLLOWS_ASKED}) AS c"
        f" CROSS JOIN follows g{dialect.indexed('follows_order')}"
        f" WHERE g.follower_id = c.id AND g.id >= {oldest} GROUP BY g.followee_id"
    )
    return (
        f"SELECT {columns(ACCOUNT, 'a')}, s.shared FROM ({shared}) AS s CROSS JOIN accounts a"
        f" WHERE a.id = s.id AND {_wanted('a')} ORDER BY s.shared DESC, a.id DESC LIMIT :limit"
    )


@functools.cache
def _popular(dialect: Dialect) -> str:
    most = (
        f"SELECT x.id AS id FROM accounts x{dialect.indexed('accounts_popular')} WHERE x.state = 'active'"
        f" ORDER BY x.followers_count DESC, x.id DESC LIMIT {POPULAR_ASKED}"
    )
    return (
        f"SELECT {columns(ACCOUNT, 'a')} FROM ({most}) AS c CROSS JOIN accounts a"
        f" WHERE a.id = c.id AND {_wanted('a')} AND NOT ({dialect.among('a.id', 'found')})"
        " ORDER BY a.followers_count DESC, a.id DESC LIMIT :limit"
    )


@functools.cache
def _directory(dialect: Dialect, viewer: bool, by_activity: bool) -> str:
    index, order = (
        ("accounts_active", "a.last_post_at DESC, a.id") if by_activity else ("accounts_local", "a.id")
    )
    wrote = " AND a.last_post_at IS NOT NULL" if by_activity else ""
    return (
        f"SELECT {columns(ACCOUNT, 'a')} FROM accounts a{dialect.indexed(index)}"
        f" WHERE a.domain = '' AND a.state = 'active'{wrote} AND {account_discoverable('a')}"
        f" AND {account_shown('a', viewer)} AND {account_wanted('a.id', viewer)}"
        f" ORDER BY {order} DESC LIMIT :limit OFFSET :offset"
    )


class Suggestions(Reader):
    """The contract's `SuggestionReader`."""

    @reads
    def of(self, viewer: int, limit: int) -> Steps[Sequence[Suggestion]]:
        """Whom people followed follow, then the most followed."""
        rows = yield _friends(self._dialect), {"viewer": viewer, "limit": limit}
        friends = [
            Suggestion(
                account=account_of(row),
                source=SuggestionSource.FRIENDS_OF_FRIENDS,
                shared=row[ACCOUNT_WIDTH],
            )
            for row in rows
        ]
        if len(friends) == limit:
            return tuple(friends)
        found = self._dialect.ids(each.account.id for each in friends)
        parameters = {"viewer": viewer, "limit": limit - len(friends), "found": found}
        rows = yield _popular(self._dialect), parameters
        popular = [Suggestion(account=account_of(row), source=SuggestionSource.MOST_FOLLOWED) for row in rows]
        return (*friends, *popular)

    @reads
    def directory(
        self, viewer: int | None, *, by_activity: bool, limit: int, offset: int = 0
    ) -> Steps[Sequence[Account]]:
        """Local people who wish to be discovered."""
        statement = _directory(self._dialect, viewer is not None, by_activity)
        rows = yield statement, {"viewer": viewer, "limit": limit, "offset": offset}
        return tuple([account_of(row) for row in rows])
