"""How accounts stand to one another, and lists of accounts by a relation."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from microblog_core.domain.relations import Related, Relationship
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.dialect import Dialect, exists
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.rows import ACCOUNT, account_of, columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import account_shown, state_shown


def relationship_columns(other: str) -> str:
    """How `:viewer` stands to the account whose id is the expression `other`: five booleans."""
    relations = (
        ("follows", "follower_id", "followee_id", ":viewer", other),
        ("follows", "follower_id", "followee_id", other, ":viewer"),
        ("blocks", "blocker_id", "blocked_id", ":viewer", other),
        ("blocks", "blocker_id", "blocked_id", other, ":viewer"),
        ("mutes", "muter_id", "muted_id", ":viewer", other),
    )
    return ", ".join(
        exists(f"{table} r", f"r.{left} = {who} AND r.{right} = {whom}")
        for table, left, right, who, whom in relations
    )


def relationship_of(account_id: int, row: Row, start: int) -> Relationship:
    """The relationship of the columns `relationship_columns` that begin at `start`."""
    following, followed_by, blocking, blocked_by, muting = (flag == 1 for flag in row[start : start + 5])
    return Relationship(
        account_id=account_id,
        following=following,
        followed_by=followed_by,
        blocking=blocking,
        blocked_by=blocked_by,
        muting=muting,
    )


@functools.cache
def _relationships(dialect: Dialect) -> str:
    return f"SELECT unpacked.value, {relationship_columns('unpacked.value')} FROM {dialect.unpacked('ids')}"


@functools.cache
def _related(dialect: Dialect, table: str, index: str, owner: str, other: str, condition: str) -> Source:
    return Source(
        f"r.id, {columns(ACCOUNT, 'a')}",
        f"{table} r{dialect.indexed(index)} CROSS JOIN accounts a"
        f" WHERE r.{owner} = :owner AND a.id = r.{other} AND {condition}",
        "r.id",
    )


def related_of(row: Row) -> Related:
    """An account in a list; the row is the relation's id and the account."""
    return Related(row[0], account_of(row, 1))


class Relations(Reader):
    """The contract's `RelationReader`."""

    @reads
    def get(self, viewer: int, account_ids: Sequence[int]) -> Steps[Mapping[int, Relationship]]:
        """How the viewer stands to each of these accounts."""
        if not account_ids:
            return {}
        parameters = {"ids": self._dialect.ids(set(account_ids)), "viewer": viewer}
        rows = yield _relationships(self._dialect), parameters
        return {row[0]: relationship_of(row[0], row, 1) for row in rows}

    @reads
    def followers(self, viewer: int | None, account_id: int, page: Page) -> Steps[Listing[Related]]:
        """Who follows the account, newest follow first."""
        shown = account_shown("a", viewer is not None)
        source = _related(self._dialect, "follows", "follows_followers", "followee_id", "follower_id", shown)
        return mapped(
            (yield from read_page(source, {"owner": account_id, "viewer": viewer}, page)), related_of
        )

    @reads
    def following(self, viewer: int | None, account_id: int, page: Page) -> Steps[Listing[Related]]:
        """Whom the account follows, newest follow first."""
        shown = account_shown("a", viewer is not None)
        source = _related(self._dialect, "follows", "follows_order", "follower_id", "followee_id", shown)
        return mapped(
            (yield from read_page(source, {"owner": account_id, "viewer": viewer}, page)), related_of
        )

    @reads
    def blocked(self, account_id: int, page: Page) -> Steps[Listing[Related]]:
        """Whom the account blocks, newest first."""
        source = _related(
            self._dialect, "blocks", "blocks_order", "blocker_id", "blocked_id", state_shown("a")
        )
        return mapped((yield from read_page(source, {"owner": account_id}, page)), related_of)

    @reads
    def muted(self, account_id: int, page: Page) -> Steps[Listing[Related]]:
        """Whom the account mutes, newest first."""
        source = _related(self._dialect, "mutes", "mutes_order", "muter_id", "muted_id", state_shown("a"))
        return mapped((yield from read_page(source, {"owner": account_id}, page)), related_of)

    @reads
    def follower_ids(self, account_id: int, after: int, limit: int) -> Steps[Sequence[tuple[int, int]]]:
        """Pairs of (relation id, follower's account id) with a relation id above `after`, oldest first."""
        statement = (
            "SELECT r.id, r.follower_id FROM follows r WHERE r.followee_id = :account AND r.id > :after"
            " ORDER BY r.id LIMIT :limit"
        )
        rows = yield statement, {"account": account_id, "after": after, "limit": limit}
        return [(row[0], row[1]) for row in rows]
