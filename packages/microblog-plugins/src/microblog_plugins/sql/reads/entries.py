"""Entries out of rows, with the accounts that the rows only name: one statement more, whatever the number of
rows.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Listing
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import ACCOUNT, ENTRY_AUTHOR, ENTRY_POST, POST, account_of, columns, entry_of
from microblog_plugins.sql.steps import Row, Steps
from microblog_plugins.sql.visibility import account_shown

_ANSWERED = ENTRY_POST + POST.index("in_reply_to_account_id")
_BOOSTER = 1


@functools.cache
def shown_accounts(dialect: Dialect, viewer: bool) -> str:
    """Accounts by their ids, as far as they are shown to the viewer."""
    return (
        f"SELECT {columns(ACCOUNT, 'a')} FROM accounts a"
        f" WHERE {dialect.among('a.id', 'ids')} AND {account_shown('a', viewer)}"
    )


def people_of(
    dialect: Dialect, viewer: int | None, rows: Iterable[Row], offset: int = 0
) -> Steps[dict[int, Account]]:
    """All accounts that these rows of entries need: authors from the rows, boosters and who is answered from
    the table.

    `offset` is where an entry's columns begin. Who is answered and may not be seen is missing.
    """
    accounts: dict[int, Account] = {}
    named: set[int | None] = set()
    author_at, answered_at, booster_at = ENTRY_AUTHOR + offset, _ANSWERED + offset, _BOOSTER + offset
    for row in rows:
        author = row[author_at]
        if author is not None and author not in accounts:
            accounts[author] = account_of(row, author_at)
        named.add(row[answered_at])
        named.add(row[booster_at])
    wanted = [account for account in named if account is not None and account not in accounts]
    if wanted:
        parameters = {"ids": dialect.ids(wanted), "viewer": viewer}
        for row in (yield shown_accounts(dialect, viewer is not None), parameters):
            accounts[row[0]] = account_of(row)
    return accounts


def entries_of(dialect: Dialect, viewer: int | None, rows: Sequence[Row]) -> Steps[list[Entry]]:
    """The entries of these rows, in their order."""
    accounts = yield from people_of(dialect, viewer, rows)
    return [entry_of(row, accounts) for row in rows]


def entry_page(dialect: Dialect, viewer: int | None, rows: Listing[Row]) -> Steps[Listing[Entry]]:
    """A page of rows as entries."""
    entries = yield from entries_of(dialect, viewer, rows.items)
    return Listing(tuple(entries), rows.older, rows.newer)
