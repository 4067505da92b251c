"""Accounts, log-ins and sessions."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from microblog_core.domain.accounts import Account, Login, Session, email_key, username_key
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.search import SCANNED
from microblog_core.ports.storage import SessionRow
from microblog_plugins.sql.dialect import Dialect, beyond, exists
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.reads.entries import shown_people
from microblog_plugins.sql.rows import (
    ACCOUNT,
    ACCOUNT_WIDTH,
    LOGIN,
    SESSION,
    account_of,
    columns,
    login_of,
    session_of,
)
from microblog_plugins.sql.steps import Reader, Steps, reads
from microblog_plugins.sql.visibility import account_shown, state_shown

_ACCOUNT = f"SELECT {columns(ACCOUNT, 'a')} FROM accounts a WHERE "
_BY_ID = f"{_ACCOUNT} a.id = :id"
_BY_NAME = f"{_ACCOUNT} a.username_key = :name AND a.domain = :domain"
_WITH_LOGIN = (
    f"SELECT {columns(ACCOUNT, 'a')}, {columns(LOGIN, 'l')}"
    " FROM accounts a JOIN logins l ON l.account_id = a.id WHERE "
)
_LOGIN_BY_NAME = f"{_WITH_LOGIN} a.username_key = :key AND a.domain = ''"
_LOGIN_BY_EMAIL = f"{_WITH_LOGIN} l.email_key = :key"
_LOGIN_OF = f"SELECT {columns(LOGIN, 'l')} FROM logins l WHERE l.account_id = :id"

_SESSION = (
    f"SELECT {columns(ACCOUNT, 'a')}, {columns(LOGIN, 'l')}, {columns(SESSION, 's')}"
    " FROM sessions s CROSS JOIN accounts a CROSS JOIN logins l"
    " WHERE s.token_hash = :token_hash AND s.expires_at > :now AND a.id = s.account_id AND l.account_id ="
    " a.id"
    " AND a.state IN ('active', 'silenced')"
)
_SESSIONS_OF = (
    f"SELECT {columns(SESSION, 's')} FROM sessions s WHERE s.account_id = :id AND s.expires_at > :now"
    " ORDER BY s.created_at DESC, s.token_hash"
)


@functools.cache
def _by_names(dialect: Dialect) -> str:
    names, domains = (
        dialect.among_texts("a.username_key", "names"),
        dialect.among_texts("a.domain", "domains"),
    )
    return f"{_ACCOUNT} {names} AND {domains} AND {state_shown('a')}"


@functools.cache
def _named(words: int, following: bool, viewer: bool) -> str:
    """Who has a name for each word: found by the first one, by exact name, and among the followed."""
    named = "w.word >= :word0 AND w.word < :last0"
    candidates = []
    if not following:
        candidates.append(
            "SELECT id FROM (SELECT DISTINCT w.account_id AS id FROM account_words w"
            f" WHERE {named} LIMIT :scanned) AS named"
        )
        candidates.append("SELECT x.id FROM accounts x WHERE x.username_key = :exact")
    followed = ""
    if viewer:
        candidates.append(
            "SELECT f.followee_id AS id FROM follows f WHERE f.follower_id = :viewer AND "
            + exists("account_words w", f"w.account_id = f.followee_id AND {named}")
        )
        followed = f"CASE WHEN {exists('follows f', 'f.follower_id = :viewer AND f.followee_id = a.id')}"
        followed += " THEN 0 ELSE 1 END,"
    each = [
        exists("account_words w", f"w.account_id = a.id AND w.word >= :word{n} AND w.word < :last{n}")
        for n in range(words)
    ]
    return (
        f"SELECT {columns(ACCOUNT, 'a')} FROM ({' UNION '.join(candidates)}) AS c CROSS JOIN accounts a"
        f" WHERE a.id = c.id AND {account_shown('a', viewer)} AND {state_shown('a')} AND {' AND '.join(each)}"
        f" ORDER BY CASE WHEN a.username_key = :exact THEN 0 ELSE 1 END, {followed}"
        " a.followers_count DESC, a.id LIMIT :limit OFFSET :offset"
    )


@functools.cache
def _local(dialect: Dialect) -> Source:
    table = f"accounts a{dialect.indexed('accounts_local')} WHERE a.domain = ''"
    return Source(columns(ACCOUNT, "a"), table, "a.id")


class Accounts(Reader):
    """The contract's `AccountReader`."""

    @reads
    def get(self, account_id: int) -> Steps[Account | None]:
        """The account, whatever its state."""
        rows = yield _BY_ID, {"id": account_id}
        return account_of(rows[0]) if rows else None

    @reads
    def by_name(self, username: str, domain: str = "") -> Steps[Account | None]:
        """The account of this name (any spelling), whatever its state."""
        rows = yield _BY_NAME, {"name": username_key(username), "domain": domain}
        return account_of(rows[0]) if rows else None

    @reads
    def by_names(self, names: Sequence[tuple[str, str]]) -> Steps[Sequence[Account]]:
        """The accounts of these (username, domain) pairs that are shown."""
        wanted = {(username_key(username), domain) for username, domain in names}
        if not wanted:
            return ()
        parameters = {
            "names": self._dialect.texts({username for username, _ in wanted}),
            "domains": self._dialect.texts({domain for _, domain in wanted}),
        }
        rows = yield _by_names(self._dialect), parameters
        accounts = [account_of(row) for row in rows]
        return [account for account in accounts if (account.username_key, account.domain) in wanted]

    @reads
    def get_many(self, viewer: int | None, account_ids: Sequence[int]) -> Steps[Sequence[Account]]:
        """The accounts that are shown to the viewer, in the order of the ids."""
        if not account_ids:
            return ()
        wanted = dict.fromkeys(account_ids)
        by_id = yield from shown_people(self._kept, viewer, wanted)
        return [by_id[account_id] for account_id in wanted if account_id in by_id]

    @reads
    def search(
        self,
        viewer: int | None,
        words: Sequence[str],
        *,
        limit: int,
        offset: int = 0,
        following: bool = False,
    ) -> Steps[Sequence[Account]]:
        """People whose names have a part for each of the words."""
        if not words or (following and viewer is None):
            return ()
        parameters: dict[str, Any] = {
            "viewer": viewer,
            "limit": limit,
            "offset": offset,
            "scanned": SCANNED,
            "exact": "".join(words),
        }
        for number, word in enumerate(words):
            parameters |= {f"word{number}": word, f"last{number}": beyond(word)}
        rows = yield _named(len(words), following, viewer is not None), parameters
        return [account_of(row) for row in rows]

    @reads
    def login(self, name_or_email: str) -> Steps[tuple[Account, Login] | None]:
        """The account and log-in of a username or e-mail address in any spelling."""
        if "@" in name_or_email:
            rows = yield _LOGIN_BY_EMAIL, {"key": email_key(name_or_email)}
        else:
            rows = yield _LOGIN_BY_NAME, {"key": username_key(name_or_email)}
        return (account_of(rows[0]), login_of(rows[0], ACCOUNT_WIDTH)) if rows else None

    @reads
    def login_of(self, account_id: int) -> Steps[Login | None]:
        """The log-in of an account."""
        rows = yield _LOGIN_OF, {"id": account_id}
        return login_of(rows[0]) if rows else None

    @reads
    def page(self, page: Page) -> Steps[Listing[Account]]:
        """All local accounts, newest first."""
        return mapped((yield from read_page(_local(self._dialect), {}, page)), account_of)


class Sessions(Reader):
    """The contract's `SessionReader`."""

    @reads
    def get(self, token_hash: str, now: int) -> Steps[SessionRow | None]:
        """The session if it has not expired and the account may log in."""
        rows = yield _SESSION, {"token_hash": token_hash, "now": now}
        if not rows:
            return None
        return SessionRow(
            session=session_of(rows[0], ACCOUNT_WIDTH + len(LOGIN)),
            account=account_of(rows[0]),
            login=login_of(rows[0], ACCOUNT_WIDTH),
        )

    @reads
    def of(self, account_id: int, now: int) -> Steps[Sequence[Session]]:
        """The account's sessions that have not expired, newest first."""
        rows = yield _SESSIONS_OF, {"id": account_id, "now": now}
        return [session_of(row) for row in rows]
