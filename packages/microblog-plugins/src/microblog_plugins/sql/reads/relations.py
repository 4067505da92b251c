"""How accounts stand to one another, and lists of accounts by a relation."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from microblog_core.domain.accounts import Account
from microblog_core.domain.relations import FollowOptions, Related, Relationship
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.marks import FAMILIAR_MAX
from microblog_plugins.sql.dialect import Dialect, exists
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.rows import ACCOUNT, account_of, columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import account_shown, hides_collections, mute_lasts, state_shown

RELATION_WIDTH = 12


def relationship_columns(other: str) -> str:
    """How `:viewer` stands to the account whose id is the expression `other`: `RELATION_WIDTH` columns.

    Six booleans; the options of the follow or request, a mute's, and a note, NULL where there is none.
    """
    relations = (
        ("follows", "follower_id", "followee_id", ":viewer", other),
        ("follows", "follower_id", "followee_id", other, ":viewer"),
        ("follow_requests", "follower_id", "followee_id", ":viewer", other),
        ("follow_requests", "follower_id", "followee_id", other, ":viewer"),
        ("blocks", "blocker_id", "blocked_id", ":viewer", other),
        ("blocks", "blocker_id", "blocked_id", other, ":viewer"),
    )
    flags = [
        exists(f"{table} r", f"r.{left} = {who} AND r.{right} = {whom}")
        for table, left, right, who, whom in relations
    ]
    asked = f"r.follower_id = :viewer AND r.followee_id = {other}"
    options = [
        f"COALESCE((SELECT r.{name} FROM follows r WHERE {asked}),"
        f" (SELECT r.{name} FROM follow_requests r WHERE {asked}))"
        for name in ("boosts", "notify", "languages")
    ]
    muted = f"r.muter_id = :viewer AND r.muted_id = {other} AND {mute_lasts('r')}"
    mute = [f"(SELECT r.{name} FROM mutes r WHERE {muted})" for name in ("notifications", "expires_at")]
    note = f"(SELECT r.note FROM account_notes r WHERE r.account_id = :viewer AND r.about_id = {other})"
    return ", ".join((*flags, *options, *mute, note))


def relationship_of(account_id: int, row: Row, start: int) -> Relationship:
    """The relationship of the columns `relationship_columns` that begin at `start`."""
    following, followed_by, requested, requested_by, blocking, blocked_by = (
        flag == 1 for flag in row[start : start + 6]
    )
    boosts, notify, languages, notifications, expires_at, note = row[start + 6 : start + RELATION_WIDTH]
    options = None
    if boosts is not None:
        options = FollowOptions(boosts=boosts == 1, notify=notify == 1, languages=tuple(languages.split()))
    return Relationship(
        account_id=account_id,
        following=following,
        followed_by=followed_by,
        requested=requested,
        requested_by=requested_by,
        options=options,
        blocking=blocking,
        blocked_by=blocked_by,
        muting=notifications is not None,
        muting_notifications=notifications == 1,
        mute_expires_at=expires_at,
        note=note or "",
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


def _shown_to(owner: str, viewer: bool) -> str:
    """Whether a list of followers or followees shows somebody, and is shown at all."""
    shown = f"NOT {exists('accounts o', f'o.id = {owner} AND ' + hides_collections('o'))}"
    return f"{account_shown('a', viewer)} AND {f'({owner} = :viewer OR {shown})' if viewer else shown}"


@functools.cache
def _familiar(dialect: Dialect) -> str:
    open_one = exists("accounts o", f"o.id = unpacked.value AND NOT {hides_collections('o')}")
    return (
        f"SELECT c.about, {columns(ACCOUNT, 'a')} FROM ("
        "SELECT unpacked.value AS about, x.id AS id,"
        " ROW_NUMBER() OVER (PARTITION BY unpacked.value ORDER BY x.id DESC) AS place"
        f" FROM {dialect.unpacked('ids')} CROSS JOIN follows m CROSS JOIN follows f CROSS JOIN accounts x"
        " WHERE m.follower_id = :viewer AND f.follower_id = m.followee_id AND f.followee_id = unpacked.value"
        f" AND x.id = m.followee_id AND NOT {hides_collections('x')} AND {account_shown('x', True)}"
        f" AND {open_one}"
        ") AS c CROSS JOIN accounts a WHERE c.place <= :most AND a.id = c.id ORDER BY c.about, c.place"
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
        shown = _shown_to("r.followee_id", viewer is not None)
        source = _related(self._dialect, "follows", "follows_followers", "followee_id", "follower_id", shown)
        return mapped(
            (yield from read_page(source, {"owner": account_id, "viewer": viewer}, page)), related_of
        )

    @reads
    def following(self, viewer: int | None, account_id: int, page: Page) -> Steps[Listing[Related]]:
        """Whom the account follows, newest follow first."""
        shown = _shown_to("r.follower_id", viewer is not None)
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
        lasting = f"{state_shown('a')} AND {mute_lasts('r')}"
        source = _related(self._dialect, "mutes", "mutes_order", "muter_id", "muted_id", lasting)
        return mapped((yield from read_page(source, {"owner": account_id}, page)), related_of)

    @reads
    def requests(self, account_id: int, page: Page) -> Steps[Listing[Related]]:
        """Who asks to follow the account, newest request first."""
        source = _related(
            self._dialect,
            "follow_requests",
            "follow_requests_order",
            "followee_id",
            "follower_id",
            account_shown("a", True),
        )
        parameters = {"owner": account_id, "viewer": account_id}
        return mapped((yield from read_page(source, parameters, page)), related_of)

    @reads
    def familiar_followers(
        self, viewer: int, account_ids: Sequence[int]
    ) -> Steps[Mapping[int, Sequence[Account]]]:
        """Who follows each account among those that the viewer follows."""
        found: dict[int, list[Account]] = {account_id: [] for account_id in account_ids}
        if found:
            parameters = {"ids": self._dialect.ids(found), "viewer": viewer, "most": FAMILIAR_MAX}
            for row in (yield _familiar(self._dialect), parameters):
                found[row[0]].append(account_of(row, 1))
        return found

    @reads
    def notified_ids(self, account_id: int, after: int, limit: int) -> Steps[Sequence[tuple[int, int]]]:
        """Pairs of (relation id, follower's account id) of followers with `notify`, oldest first."""
        statement = (
            f"SELECT r.id, r.follower_id FROM follows r{self._dialect.indexed('follows_notified')}"
            " WHERE r.followee_id = :account AND r.id > :after AND r.notify ORDER BY r.id LIMIT :limit"
        )
        rows = yield statement, {"account": account_id, "after": after, "limit": limit}
        return [(row[0], row[1]) for row in rows]

    @reads
    def follower_ids(self, account_id: int, after: int, limit: int) -> Steps[Sequence[tuple[int, int]]]:
        """Pairs of (relation id, follower's account id) with a relation id above `after`, oldest first."""
        statement = (
            "SELECT r.id, r.follower_id FROM follows r WHERE r.followee_id = :account AND r.id > :after"
            " ORDER BY r.id LIMIT :limit"
        )
        rows = yield statement, {"account": account_id, "after": after, "limit": limit}
        return [(row[0], row[1]) for row in rows]
