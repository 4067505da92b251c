"""Lists and who is on them. Their timelines are in `timelines`."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from microblog_core.domain.lists import List, ListTag, RepliesPolicy
from microblog_core.domain.relations import Related
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.reads.relations import related_of
from microblog_plugins.sql.rows import ACCOUNT, columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import account_shown

_SELECT = "SELECT l.id, l.account_id, l.title, l.replies_policy, l.exclusive FROM lists l"
_OF = f"{_SELECT} WHERE l.account_id = :owner ORDER BY l.id"
_ONE = f"{_SELECT} WHERE l.id = :list AND l.account_id = :owner"
_WITH_TAGS = (
    "SELECT l.id, l.account_id, l.title, l.replies_policy, l.exclusive,"
    " EXISTS (SELECT 1 FROM list_tags t WHERE t.list_id = l.id)"
    " FROM lists l WHERE l.id = :list AND l.account_id = :owner"
)
_TAGS = "SELECT t.id, t.tag FROM list_tags t WHERE t.list_id = :list ORDER BY t.id"
_CONTAINING = (
    "SELECT l.id, l.account_id, l.title, l.replies_policy, l.exclusive"
    " FROM list_members m CROSS JOIN lists l"
    " WHERE m.owner_id = :owner AND m.account_id = :member AND l.id = m.list_id ORDER BY l.id"
)


@functools.cache
def _members(dialect: Dialect) -> Source:
    return Source(
        f"m.id, {columns(ACCOUNT, 'a')}",
        f"list_members m{dialect.indexed('list_members_order')} CROSS JOIN accounts a"
        f" WHERE m.list_id = :list AND a.id = m.account_id AND {account_shown('a', True)}",
        "m.id",
    )


def list_of(row: Row) -> List:
    """A list of a row."""
    return List(
        id=row[0],
        account_id=row[1],
        title=row[2],
        replies_policy=RepliesPolicy(row[3]),
        exclusive=row[4] == 1,
    )


def own_list(account_id: int, list_id: int) -> Steps[List | None]:
    """The list, if it is this account's."""
    rows = yield _ONE, {"owner": account_id, "list": list_id}
    return list_of(rows[0]) if rows else None


def list_with_tags(account_id: int, list_id: int) -> Steps[tuple[List | None, bool]]:
    """The list, if it is this account's, and whether it has hashtags."""
    rows = yield _WITH_TAGS, {"owner": account_id, "list": list_id}
    return (list_of(rows[0]), rows[0][5] == 1) if rows else (None, False)


class Lists(Reader):
    """The contract's `ListReader`."""

    @reads
    def of(self, account_id: int) -> Steps[Sequence[List]]:
        """All lists of the account, oldest first."""
        rows = yield _OF, {"owner": account_id}
        return tuple([list_of(row) for row in rows])

    @reads
    def get(self, account_id: int, list_id: int) -> Steps[List | None]:
        """One list of the account."""
        return (yield from own_list(account_id, list_id))

    @reads
    def containing(self, account_id: int, member_id: int) -> Steps[Sequence[List]]:
        """The account's lists that somebody is on, oldest first."""
        rows = yield _CONTAINING, {"owner": account_id, "member": member_id}
        return tuple([list_of(row) for row in rows])

    @reads
    def tags(self, account_id: int, list_id: int) -> Steps[Sequence[ListTag] | None]:
        """The hashtags on a list, in the order in which they came."""
        if (yield from own_list(account_id, list_id)) is None:
            return None
        rows = yield _TAGS, {"list": list_id}
        return tuple([ListTag(row[0], row[1]) for row in rows])

    @reads
    def members(self, account_id: int, list_id: int, page: Page) -> Steps[Listing[Related] | None]:
        """Who is on a list, who came last first."""
        if (yield from own_list(account_id, list_id)) is None:
            return None
        parameters = {"list": list_id, "viewer": account_id}
        return mapped((yield from read_page(_members(self._dialect), parameters, page)), related_of)
