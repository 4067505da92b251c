"""Reading accounts, log-ins, sessions and how accounts stand to one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from microblog_core.domain.accounts import (
    HIDDEN_STATES,
    LOCAL,
    Account,
    AccountState,
    Login,
    Session,
    email_key,
    username_key,
)
from microblog_core.domain.relations import Related, Relationship
from microblog_core.domain.timelines import Listing, Page
from microblog_core.domain.words import name_words
from microblog_core.memory.account_writes import CAN_LOG_IN
from microblog_core.memory.paging import cut
from microblog_core.memory.payment_writes import member_of
from microblog_core.memory.tables import Pair, Relation, Table, Tables
from microblog_core.memory.visibility import Sight, sees_account
from microblog_core.ports.clock import SystemClock
from microblog_core.ports.marks import FAMILIAR_MAX
from microblog_core.ports.storage import SessionRow

R = TypeVar("R", bound=Relation)

HIDDEN = HIDDEN_STATES


def sight_of(tables: Tables, viewer: int | None) -> Sight:
    """How the viewer stands to everybody."""
    states = {account.id: account.state for account in tables.accounts.rows.values()}
    follows = {pair[1]: follow.options for pair, follow in tables.follows.rows.items() if pair[0] == viewer}
    mutes = {
        pair[1]: mute.notifications
        for pair, mute in tables.mutes.rows.items()
        if pair[0] == viewer and not mute.ended(SystemClock().now())
    }
    return Sight(
        viewer=viewer,
        follows=frozenset(follows),
        without_boosts=frozenset(other for other, options in follows.items() if not options.boosts),
        languages={other: options.languages for other, options in follows.items() if options.languages},
        blocks=frozenset(other for blocker, other in tables.blocks.rows if blocker == viewer),
        mutes=frozenset(mutes),
        unheard=frozenset(other for other, notifications in mutes.items() if notifications),
        muted_threads=frozenset(thread for muter, thread in tables.thread_mutes.rows if muter == viewer),
        blocked_by=frozenset(blocker for blocker, other in tables.blocks.rows if other == viewer),
        hidden=frozenset(account_id for account_id, state in states.items() if state in HIDDEN),
        silenced=frozenset(
            account_id for account_id, state in states.items() if state is AccountState.SILENCED
        ),
        unindexed=frozenset(account.id for account in tables.accounts.rows.values() if not account.indexable),
        exclusive=frozenset(
            member
            for (list_id, member), _ in tables.list_members.rows.items()
            if (own := tables.lists.rows[list_id]).exclusive and own.account_id == viewer
        ),
        deleted=frozenset(tables.hidden.rows),
        member_of=member_of(tables, viewer),
    )


def _is_named(account: Account, words: Sequence[str]) -> bool:
    names = name_words(account.username, account.display_name)
    return all(any(name.startswith(word) for name in names) for word in words)


class AccountReads:
    """A `ports.storage.AccountReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, account_id: int) -> Account | None:
        """The account, whatever its state."""
        return self._tables.accounts.get(account_id)

    async def get_many(self, viewer: int | None, account_ids: Sequence[int]) -> Sequence[Account]:
        """The accounts that are shown to the viewer, in the order of the ids."""
        sight = sight_of(self._tables, viewer)
        found = (self._tables.accounts.get(account_id) for account_id in dict.fromkeys(account_ids))
        return tuple(account for account in found if account and sees_account(sight, account.id))

    async def search(
        self,
        viewer: int | None,
        words: Sequence[str],
        *,
        limit: int,
        offset: int = 0,
        following: bool = False,
    ) -> Sequence[Account]:
        """People whose names have a part for each of the words."""
        sight, exact = sight_of(self._tables, viewer), "".join(words)
        if not words:
            return ()
        found = [
            account
            for account in self._tables.accounts.rows.values()
            if account.state not in HIDDEN
            and sees_account(sight, account.id)
            and not (following and account.id not in sight.follows)
            and _is_named(account, words)
        ]
        found.sort(
            key=lambda account: (
                username_key(account.username) != exact,
                account.id not in sight.follows,
                -account.followers_count,
                account.id,
            )
        )
        return found[offset : offset + limit]

    async def by_name(self, username: str, domain: str = "") -> Account | None:
        """The account of this name in any spelling."""
        return self.named(username, domain)

    def named(self, username: str, domain: str) -> Account | None:
        """The same, for other readers."""
        account_id = self._tables.names.get((username_key(username), domain))
        return None if account_id is None else self._tables.accounts.get(account_id)

    async def by_names(self, names: Sequence[tuple[str, str]]) -> Sequence[Account]:
        """The accounts of these names that are shown."""
        found = (self.named(username, domain) for username, domain in names)
        shown = {account.id: account for account in found if account and account.state not in HIDDEN}
        return tuple(shown.values())

    async def login(self, name_or_email: str) -> tuple[Account, Login] | None:
        """The account and log-in of a username or e-mail address in any spelling."""
        account_id = self._tables.names.get((username_key(name_or_email), LOCAL))
        if account_id is None:
            account_id = self._tables.emails.get(email_key(name_or_email))
        if account_id is None:
            return None
        account, login = self._tables.accounts.get(account_id), self._tables.logins.get(account_id)
        return None if account is None or login is None else (account, login)

    async def login_of(self, account_id: int) -> Login | None:
        """The log-in of an account."""
        return self._tables.logins.get(account_id)

    async def page(self, page: Page) -> Listing[Account]:
        """All local accounts, newest first."""
        local = (account for account in self._tables.accounts.rows.values() if account.domain == LOCAL)
        return cut(local, page, lambda account: account.id)


class SessionReads:
    """A `ports.storage.SessionReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, token_hash: str, now: int) -> SessionRow | None:
        """The session if it and its account are good."""
        session = self._tables.sessions.get(token_hash)
        if session is None or session.expires_at <= now:
            return None
        account = self._tables.accounts.get(session.account_id)
        login = self._tables.logins.get(session.account_id)
        if account is None or login is None or account.state not in CAN_LOG_IN:
            return None
        return SessionRow(session=session, account=account, login=login)

    async def of(self, account_id: int, now: int) -> Sequence[Session]:
        """The account's sessions that have not expired, newest first."""
        theirs = (
            session
            for session in self._tables.sessions.rows.values()
            if session.account_id == account_id and session.expires_at > now
        )
        return tuple(sorted(theirs, key=lambda session: session.created_at, reverse=True))


class RelationReads:
    """A `ports.storage.RelationReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, viewer: int, account_ids: Sequence[int]) -> Mapping[int, Relationship]:
        """How the viewer stands to each of these accounts."""
        return {account_id: self.between(viewer, account_id) for account_id in account_ids}

    def between(self, viewer: int, account_id: int) -> Relationship:
        """How the viewer stands to an account."""
        there, back = (viewer, account_id), (account_id, viewer)
        follow, request = self._tables.follows.get(there), self._tables.requests.get(there)
        asked, mute = follow or request, self._tables.mutes.get(there)
        if mute is not None and mute.ended(SystemClock().now()):
            mute = None
        return Relationship(
            account_id=account_id,
            following=follow is not None,
            requested=request is not None,
            requested_by=back in self._tables.requests,
            options=None if asked is None else asked.options,
            followed_by=back in self._tables.follows,
            blocking=there in self._tables.blocks,
            blocked_by=back in self._tables.blocks,
            muting=mute is not None,
            muting_notifications=mute is not None and mute.notifications,
            mute_expires_at=None if mute is None else mute.expires_at,
            note=self._tables.notes.get(there) or "",
        )

    async def followers(self, viewer: int | None, account_id: int, page: Page) -> Listing[Related]:
        """Who follows the account, newest follow first."""
        found = self._collection(viewer, account_id, of=1)
        return people(self._tables, sight_of(self._tables, viewer), found, page)

    async def following(self, viewer: int | None, account_id: int, page: Page) -> Listing[Related]:
        """Whom the account follows, newest follow first."""
        found = self._collection(viewer, account_id, of=0)
        return people(self._tables, sight_of(self._tables, viewer), found, page)

    def _collection(self, viewer: int | None, account_id: int, *, of: int) -> list[tuple[int, int]]:
        """Followers (1) or who is followed (0), unless the account hides them from the viewer."""
        account = self._tables.accounts.get(account_id)
        if account is None or (account.hide_collections and viewer != account_id):
            return []
        return self._related(self._tables.follows, account_id, of=of)

    async def blocked(self, account_id: int, page: Page) -> Listing[Related]:
        """Whom the account blocks, newest first."""
        return people(
            self._tables, self._anybody(), self._related(self._tables.blocks, account_id, of=0), page
        )

    async def muted(self, account_id: int, page: Page) -> Listing[Related]:
        """Whom the account mutes, newest first."""
        now = SystemClock().now()
        found = [
            (mute.id, pair[1])
            for pair, mute in self._tables.mutes.rows.items()
            if pair[0] == account_id and not mute.ended(now)
        ]
        return people(self._tables, self._anybody(), found, page)

    def _anybody(self) -> Sight:
        """Everybody is seen who is neither suspended nor deleted, even who blocks the viewer."""
        return Sight(hidden=sight_of(self._tables, None).hidden)

    async def requests(self, account_id: int, page: Page) -> Listing[Related]:
        """Who asks to follow the account, newest request first."""
        found = self._related(self._tables.requests, account_id, of=1)
        return people(self._tables, sight_of(self._tables, account_id), found, page)

    async def familiar_followers(
        self, viewer: int, account_ids: Sequence[int]
    ) -> Mapping[int, Sequence[Account]]:
        """Who follows each account among those that the viewer follows."""
        sight, accounts = sight_of(self._tables, viewer), self._tables.accounts.rows

        def of(account_id: int) -> Sequence[Account]:
            account = accounts.get(account_id)
            if account is None or account.hide_collections:
                return ()
            found = (
                accounts[other]
                for other in sorted(sight.follows, reverse=True)
                if (other, account_id) in self._tables.follows and sees_account(sight, other)
            )
            return tuple([other for other in found if not other.hide_collections][:FAMILIAR_MAX])

        return {account_id: of(account_id) for account_id in account_ids}

    async def notified_ids(self, account_id: int, after: int, limit: int) -> Sequence[tuple[int, int]]:
        """Pairs of (relation id, follower's account id) of followers with `notify`, oldest first."""
        found = sorted(
            (follow.id, pair[0])
            for pair, follow in self._tables.follows.rows.items()
            if pair[1] == account_id and follow.id > after and follow.options.notify
        )
        return found[:limit]

    def _related(self, table: Table[Pair, R], account_id: int, *, of: int) -> list[tuple[int, int]]:
        """Pairs of (relation id, account id of the other one) where the account is at place `of`."""
        return [
            (relation.id, pair[1 - of]) for pair, relation in table.rows.items() if pair[of] == account_id
        ]

    async def follower_ids(self, account_id: int, after: int, limit: int) -> Sequence[tuple[int, int]]:
        """Pairs of (relation id, follower's account id), oldest first."""
        found = self._related(self._tables.follows, account_id, of=1)
        return sorted(pair for pair in found if pair[0] > after)[:limit]


def people(tables: Tables, sight: Sight, found: Iterable[tuple[int, int]], page: Page) -> Listing[Related]:
    """A page of the people in pairs of (relation id, account id) whom the viewer sees."""
    related = (
        Related(relation_id, tables.accounts.rows[account_id])
        for relation_id, account_id in found
        if sees_account(sight, account_id)
    )
    return cut(related, page, lambda item: item.id)
