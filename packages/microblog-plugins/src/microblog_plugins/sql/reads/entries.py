"""Entries out of rows, which only name posts and accounts: one statement for the people of a page who aren't
its authors, and one each for the posts and the accounts that aren't kept, whatever the number of rows.

Between two statements somebody may delete what the first one named. Its rows make no entries.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Entry, Post
from microblog_core.domain.timelines import Listing
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.kept import Kept
from microblog_plugins.sql.reads.attached import applications_of, polls_of, quoted_by
from microblog_plugins.sql.rows import ENTRY_AUTHOR, ENTRY_POST, Attached, entry_of
from microblog_plugins.sql.steps import Row, Steps
from microblog_plugins.sql.visibility import account_shown

_BOOSTER = 1


@functools.cache
def shown_accounts(dialect: Dialect, viewer: bool) -> str:
    """Accounts by their ids, as far as they are shown to the viewer."""
    return (
        "SELECT a.id, a.revision FROM accounts a"
        f" WHERE {dialect.among('a.id', 'ids')} AND {account_shown('a', viewer)}"
    )


def _people_of(
    kept: Kept,
    viewer: int | None,
    rows: Iterable[Row],
    posts: Mapping[int, Post],
    authors: dict[int, Account],
) -> Steps[dict[int, Account]]:
    """The authors, boosters, and who is answered. Who is answered and may not be seen is missing."""
    named = {post.in_reply_to_account_id for post in posts.values()}
    named.update([row[_BOOSTER] for row in rows])
    wanted = [account for account in named if account is not None and account not in authors]
    return authors | (yield from shown_people(kept, viewer, wanted)) if wanted else authors


def shown_people(kept: Kept, viewer: int | None, account_ids: Collection[int]) -> Steps[dict[int, Account]]:
    """These accounts by id, without those who aren't shown to the viewer."""
    if not account_ids:
        return {}
    parameters = {"ids": kept.dialect.ids(account_ids), "viewer": viewer}
    return (
        yield from kept.accounts.read((yield shown_accounts(kept.dialect, viewer is not None), parameters))
    )


def entries_of(kept: Kept, viewer: int | None, rows: Sequence[Row]) -> Steps[list[Entry]]:
    """The entries of these rows, in their order."""
    posts = yield from kept.posts.read([row[ENTRY_POST:ENTRY_AUTHOR] for row in rows])
    quoted_rows = yield from quoted_by(kept.dialect, viewer, posts.values())
    every = rows
    if quoted_rows:
        posts |= yield from kept.posts.read([row[ENTRY_POST:ENTRY_AUTHOR] for row in quoted_rows])
        every = [*rows, *quoted_rows]
    authors = yield from kept.accounts.read({row[ENTRY_AUTHOR:] for row in every})
    attached = Attached(
        people=(yield from _people_of(kept, viewer, every, posts, authors)),
        polls=(yield from polls_of(kept.dialect, viewer, posts.values())),
        applications=(yield from applications_of(kept.dialect, posts.values())),
    )
    if quoted_rows:
        attached.quoted = {entry.id: entry for entry in _made(quoted_rows, posts, attached)}
    return _made(rows, posts, attached)


def _made(rows: Iterable[Row], posts: Mapping[int, Post], attached: Attached) -> list[Entry]:
    people = attached.people
    return [
        entry_of(row, posts[row[ENTRY_POST]], people[row[ENTRY_AUTHOR]], attached)
        for row in rows
        if row[ENTRY_POST] in posts
        and row[ENTRY_AUTHOR] in people
        and (row[_BOOSTER] is None or row[_BOOSTER] in people)
    ]


def entry_page(kept: Kept, viewer: int | None, rows: Listing[Row]) -> Steps[Listing[Entry]]:
    """A page of rows as entries."""
    entries = yield from entries_of(kept, viewer, rows.items)
    return Listing(tuple(entries), rows.older, rows.newer)
