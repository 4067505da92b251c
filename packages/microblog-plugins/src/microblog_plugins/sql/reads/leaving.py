"""Who leaves, and what is left of them."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.leaving import Departure, Remnant
from microblog_plugins.sql.rows import POST, POST_WIDTH, columns, post_of
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import post_of_deleted
from microblog_plugins.sql.writes.leaving import LEFTOVERS

DEPARTURE = "account_id state left_at due_at".split()

_DEPARTURE = f"SELECT {columns(DEPARTURE, 'd')} FROM departures d WHERE "
_POSTS = (
    f"SELECT {columns(POST, 'p')}, p.hidden_at FROM posts p WHERE p.account_id = :account"
    f" AND {post_of_deleted('p')} ORDER BY p.id LIMIT :limit"
)


def _departure_of(row: Row) -> Departure:
    account_id, state, left_at, due_at = row
    return Departure(account_id=account_id, state=AccountState(state), left_at=left_at, due_at=due_at)


class Departures(Reader):
    """The contract's `DepartureReader`."""

    @reads
    def get(self, account_id: int) -> Steps[Departure | None]:
        """The departure of an account."""
        rows = yield f"{_DEPARTURE} d.account_id = :account", {"account": account_id}
        return _departure_of(rows[0]) if rows else None

    @reads
    def due(self, moment: int, limit: int) -> Steps[Sequence[Departure]]:
        """Those that are due, the first first."""
        due = f"{_DEPARTURE} d.due_at <= :moment ORDER BY d.due_at, d.account_id LIMIT :limit"
        rows = yield due, {"moment": moment, "limit": limit}
        return tuple([_departure_of(row) for row in rows])

    @reads
    def posts(self, account_id: int, limit: int) -> Steps[Sequence[Remnant]]:
        """Posts of an account that is deleted."""
        rows = yield _POSTS, {"account": account_id, "limit": limit}
        return tuple([Remnant(post_of(row), row[POST_WIDTH]) for row in rows])

    @reads
    def leftovers(self, account_id: int) -> Steps[bool]:
        """Whether something is left beside posts."""
        rows = yield LEFTOVERS, {"account": account_id}
        return bool(rows)
