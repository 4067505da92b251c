"""The lists that people take along, as CSV in the shapes that Mastodon exports and imports
(https://docs.joinmastodon.org/user/moving/#export).
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import Marked
from microblog_core.domain.relations import FollowOptions, Related
from microblog_core.domain.timelines import PAGE_MAX, Listing, Page
from microblog_core.patterns.decorators import authorised
from microblog_core.ports.context import Ports

Row = Sequence[str]
Rows = AsyncIterator[Sequence[Row]]
_FOLLOWING: Row = ("Account address", "Show boosts", "Notify on new posts", "Languages")
_MUTED: Row = ("Account address", "Hide notifications")

LISTS = ("following_accounts", "followers", "blocked_accounts", "muted_accounts", "bookmarks", "lists")
"""The lists by the names of their files, without `.csv`."""


@authorised("account.write")
async def export_list(ports: Ports, actor: Actor, name: str) -> AsyncIterator[bytes]:
    """One of `LISTS` as CSV, a page at a time. Raises `NotFound` for any other name."""
    if name not in LISTS:
        raise NotFound("There is no such list.")
    return _as_csv(_rows(ports, require_account(actor), name))


async def _as_csv(rows: Rows) -> AsyncIterator[bytes]:
    async for page in rows:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([_harmless(row) for row in page])
        yield text.getvalue().encode()


def _harmless(row: Row) -> Row:
    # A spreadsheet takes a cell that begins so for a formula, whoever wrote it.
    return [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell for cell in row]


def _rows(ports: Ports, account: Account, name: str) -> Rows:
    relations = ports.storage.relations
    if name == "following_accounts":
        return _following(ports, account)
    if name == "followers":
        return _people(
            ports, lambda page: relations.followers(account.id, account.id, page), ("Account address",)
        )
    if name == "blocked_accounts":
        return _people(ports, lambda page: relations.blocked(account.id, page))
    if name == "muted_accounts":
        return _muted(ports, account)
    if name == "bookmarks":
        return _bookmarks(ports, account)
    return _lists(ports, account)


def address_of(ports: Ports, account: Account) -> str:
    """`ada@example.org`, also for people of this site."""
    domain = account.domain or ports.base_url.partition("://")[2]
    return f"{account.username}@{domain}" if domain else account.username


async def _pages(
    read: Callable[[Page], Awaitable[Listing[Related]]],
) -> AsyncIterator[Sequence[Account]]:
    older: int | None = None
    while True:
        found = await read(Page(limit=PAGE_MAX, max_id=older))
        yield [each.account for each in found.items]
        older = found.older
        if older is None:
            return


async def _people(
    ports: Ports, read: Callable[[Page], Awaitable[Listing[Related]]], heading: Row = ()
) -> Rows:
    if heading:
        yield [heading]
    async for accounts in _pages(read):
        yield [(address_of(ports, each),) for each in accounts]


async def _following(ports: Ports, account: Account) -> Rows:
    yield [_FOLLOWING]
    async for accounts in _pages(
        lambda page: ports.storage.relations.following(account.id, account.id, page)
    ):
        stands = await ports.storage.relations.get(account.id, [each.id for each in accounts])
        rows = []
        for each in accounts:
            options = stands[each.id].options or FollowOptions()
            said = (_said(options.boosts), _said(options.notify), ", ".join(options.languages))
            rows.append((address_of(ports, each), *said))
        yield rows


async def _muted(ports: Ports, account: Account) -> Rows:
    yield [_MUTED]
    async for accounts in _pages(lambda page: ports.storage.relations.muted(account.id, page)):
        stands = await ports.storage.relations.get(account.id, [each.id for each in accounts])
        yield [(address_of(ports, each), _said(stands[each.id].muting_notifications)) for each in accounts]


async def _bookmarks(ports: Ports, account: Account) -> Rows:
    older: int | None = None
    while True:
        found = await ports.storage.marks.bookmarks(account.id, Page(limit=PAGE_MAX, max_id=older))
        yield [(address,) for address in _addresses(ports, found.items)]
        older = found.older
        if older is None:
            return


def _addresses(ports: Ports, marks: Iterable[Marked]) -> Iterable[str]:
    for mark in marks:
        post, author = mark.entry.post, mark.entry.author
        yield post.uri or f"{ports.base_url}/@{author.username}/{post.id}"


async def _lists(ports: Ports, account: Account) -> Rows:
    for each in await ports.storage.lists.of(account.id):
        older: int | None = None
        while True:
            page = Page(limit=PAGE_MAX, max_id=older)
            found = await ports.storage.lists.members(account.id, each.id, page)
            if found is None:
                break
            yield [(each.title, address_of(ports, member.account)) for member in found.items]
            older = found.older
            if older is None:
                break


def _said(value: bool) -> str:
    return "true" if value else "false"
