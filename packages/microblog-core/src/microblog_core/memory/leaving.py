"""Leaving in memory: what operations on it write, and reading who leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

from msgspec.structs import replace

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Conflict
from microblog_core.domain.leaving import Departure, Remnant
from microblog_core.memory.account_writes import set_account_state
from microblog_core.memory.post_writes import delete_favourite
from microblog_core.memory.relation_writes import delete_follow
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations import (
    AddDeparture,
    DeleteFavourite,
    DeleteFollow,
    EndDeparture,
    EraseAccount,
    FinishDeparture,
    SetAccountState,
)

_STAYS = (AccountState.LEAVING, AccountState.DELETED, AccountState.PENDING)
Remove = Callable[[], object]
"""Removes one row, and counts it where it is counted."""


def add_departure(tables: Tables, operation: AddDeparture) -> None:
    """The account leaves; guards `exists`, `state`."""
    account = tables.accounts.get(operation.account_id)
    if account is None:
        raise Conflict("The account is gone.", guard="exists")
    if account.state in _STAYS:
        raise Conflict("The account leaves already.", guard="state")
    tables.departures.put(
        account.id,
        Departure(
            account_id=account.id,
            state=account.state,
            left_at=operation.left_at,
            due_at=operation.due_at,
        ),
    )
    set_account_state(tables, SetAccountState(account_id=account.id, state=AccountState.LEAVING))


def end_departure(tables: Tables, operation: EndDeparture) -> None:
    """The account comes back; guard `departure`."""
    account, found = tables.accounts.get(operation.account_id), tables.departures.get(operation.account_id)
    if (
        account is None
        or found is None
        or account.state is not AccountState.LEAVING
        or found.due_at <= operation.at
    ):
        raise Conflict("The account can't come back.", guard="departure")
    tables.departures.remove(account.id)
    set_account_state(tables, SetAccountState(account_id=account.id, state=found.state))


def finish_departure(tables: Tables, operation: FinishDeparture) -> None:
    """Nothing is left."""
    tables.departures.remove(operation.account_id)


def erase_account(tables: Tables, operation: EraseAccount) -> None:
    """Remove some of what is left."""
    account = tables.accounts.get(operation.account_id)
    if account is None or account.state is not AccountState.DELETED:
        return
    for removals in _kinds(tables, account.id):
        for remove in tuple(islice(removals, operation.limit)):
            remove()


def _kinds(tables: Tables, own: int) -> Iterator[Iterator[Remove]]:
    """What is left of an account, by kind."""
    yield _follows(tables, own)
    yield _favourites(tables, own)
    # Votes stay counted, but nobody knows whose they were.
    for table, place in _owned_at(tables):
        yield _rows(table, partial(_is_at, place, own))
    for table in (tables.lists, tables.filters, tables.talks, tables.webhooks, tables.invitations):
        yield _rows(table, lambda key, row: row.account_id == own)
    yield _rows(tables.list_members, lambda key, row: key[0] not in tables.lists)
    yield _rows(tables.notifications, lambda key, row: own in (row.account_id, row.actor_id))
    yield _rows(tables.requests, lambda key, row: own in key)
    for alone in (tables.news_refusals, tables.sign_ups):
        yield _rows(alone, lambda key, row: key == own)
    yield _rows(tables.payees, lambda key, row: key == own)
    for worded, owners, texts in (
        (tables.payments, ("payer_id", "payee_id"), ("note", "description")),
        (tables.memberships, ("member_id", "author_id"), ("description",)),
        (tables.tiers, ("account_id",), ("name", "description")),
    ):
        yield _worded(worded, owners, texts, own)
    yield _scheduled(tables, own)
    yield _unattached(tables, own)


def _owned_at(tables: Tables) -> Sequence[tuple[Any, int]]:
    """Tables whose key has the owner at a place."""
    first: Sequence[Any] = (
        *(tables.bookmarks, tables.pins, tables.thread_mutes, tables.markers, tables.tag_follows),
        *(tables.featured_tags, tables.delivery_preferences, tables.deliveries, tables.notes, tables.blocks),
        *(tables.mutes, tables.home, tables.announcement_reads, tables.dismissed, tables.direct),
        *(tables.used_keys, tables.imported),
    )
    return (*((table, 0) for table in first), (tables.votes, 1), (tables.announcement_reactions, 2))


def _is_at(place: int, own: int, key: Any, row: Any) -> bool:
    return bool(key[place] == own)


def _rows(table: Any, which: Callable[[Any, Any], bool]) -> Iterator[Remove]:
    return (partial(table.remove, key) for key, row in table.rows.items() if which(key, row))


def _worded(table: Any, owners: Sequence[str], texts: Sequence[str], own: int) -> Iterator[Remove]:
    """What stays for the sake of the ledger, and loses its words."""
    for key, row in table.rows.items():
        if any(getattr(row, owner) == own for owner in owners) and any(getattr(row, text) for text in texts):
            yield partial(table.put, key, replace(row, **dict.fromkeys(texts, "")))


def _follows(tables: Tables, own: int) -> Iterator[Remove]:
    for follower, followee in tables.follows.rows:
        if own in (follower, followee):
            ended = DeleteFollow(follower_id=follower, followee_id=followee)
            yield partial(delete_follow, tables, ended)


def _favourites(tables: Tables, own: int) -> Iterator[Remove]:
    for account_id, post_id in tables.favourites.rows:
        if account_id == own:
            taken = DeleteFavourite(account_id=account_id, post_id=post_id)
            yield partial(delete_favourite, tables, taken)


def _scheduled(tables: Tables, own: int) -> Iterator[Remove]:
    for scheduled in tables.scheduled.rows.values():
        if scheduled.account_id == own:
            yield partial(_cancel, tables, scheduled.id)


def _cancel(tables: Tables, scheduled_id: int) -> None:
    tables.scheduled.remove(scheduled_id)
    for medium in tuple(tables.media.rows.values()):
        if medium.scheduled_id == scheduled_id:
            tables.media.put(medium.id, replace(medium, scheduled_id=None))
            tables.unattached.put(medium.id, 0)


def _unattached(tables: Tables, own: int) -> Iterator[Remove]:
    """What belongs to no post had its time: housekeeping removes it with its files."""
    for media_id, since in tables.unattached.rows.items():
        if since > 0 and tables.media.rows[media_id].account_id == own:
            yield partial(tables.unattached.put, media_id, 0)


class DepartureReads:
    """A `ports.leaving.DepartureReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, account_id: int) -> Departure | None:
        """The departure of an account."""
        return self._tables.departures.get(account_id)

    async def due(self, moment: int, limit: int) -> Sequence[Departure]:
        """Those that are due."""
        found = (each for each in self._tables.departures.rows.values() if each.due_at <= moment)
        return tuple(sorted(found, key=lambda each: (each.due_at, each.account_id))[:limit])

    async def posts(self, account_id: int, limit: int) -> Sequence[Remnant]:
        """Posts of an account that is deleted."""
        if not self._deleted(account_id):
            return ()
        own = (post for post in self._tables.posts.rows.values() if post.account_id == account_id)
        return tuple(Remnant(post, self._tables.hidden.get(post.id)) for post in islice(own, limit))

    async def leftovers(self, account_id: int) -> bool:
        """Whether something is left beside posts."""
        if not self._deleted(account_id):
            return False
        return any(True for removals in _kinds(self._tables, account_id) for _ in removals)

    def _deleted(self, account_id: int) -> bool:
        account = self._tables.accounts.get(account_id)
        return account is not None and account.state is AccountState.DELETED
