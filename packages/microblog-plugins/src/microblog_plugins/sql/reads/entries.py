"""Entries out of rows, with the accounts that the rows only name: one statement more, whatever the number of
rows.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Sequence

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Listing
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.reads.attached import applications_of, polls_of, quoted_by
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


def people_of(dialect: Dialect, viewer: int | None, rows: Iterable[Row]) -> Steps[dict[int, Account]]:
    """All accounts that these rows of entries need: authors from the rows, boosters and who is answered from
    the table. Who is answered and may not be seen is missing.
    """
    accounts: dict[int, Account] = {}
    named: set[int | None] = set()
    for row in rows:
        author = row[ENTRY_AUTHOR]
        if author not in accounts:
            accounts[author] = account_of(row, ENTRY_AUTHOR)
        named.add(row[_ANSWERED])
        named.add(row[_BOOSTER])
    wanted = [account for account in named if account is not None and account not in accounts]
    return accounts | (yield from shown_people(dialect, viewer, wanted))


def shown_people(
    dialect: Dialect, viewer: int | None, account_ids: Collection[int]
) -> Steps[dict[int, Account]]:
    """These accounts by id, without those who aren't shown to the viewer."""
    if not account_ids:
        return {}
    parameters = {"ids": dialect.ids(account_ids), "viewer": viewer}
    rows = yield shown_accounts(dialect, viewer is not None), parameters
    return {row[0]: account_of(row) for row in rows}


def entries_of(dialect: Dialect, viewer: int | None, rows: Sequence[Row]) -> Steps[list[Entry]]:
    """The entries of these rows, in their order."""
    quoted_rows = yield from quoted_by(dialect, viewer, rows)
    every = [*rows, *quoted_rows] if quoted_rows else rows
    accounts = yield from people_of(dialect, viewer, every)
    polls = yield from polls_of(dialect, viewer, every)
    written_with = yield from applications_of(dialect, every)
    quoted = {row[0]: entry_of(row, accounts, polls, {}, written_with) for row in quoted_rows}
    return [entry_of(row, accounts, polls, quoted, written_with) for row in rows]


def entry_page(dialect: Dialect, viewer: int | None, rows: Listing[Row]) -> Steps[Listing[Entry]]:
    """A page of rows as entries."""
    entries = yield from entries_of(dialect, viewer, rows.items)
    return Listing(tuple(entries), rows.older, rows.newer)
