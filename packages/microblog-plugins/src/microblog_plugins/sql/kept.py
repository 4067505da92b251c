"""Posts and accounts as they were last read, so that a listing reads of most lines little more than ids.

Every row of `posts` and `accounts` has a `revision`, which grows with each change of it (a test holds all
statements to that). Who has a row's id and revision has the row: nothing has to be told when it changes, in
this process or another one. Only what is committed is kept, since readers see nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Generic, TypeVar

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Post
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import ACCOUNT, POST, account_of, columns, post_of
from microblog_plugins.sql.steps import Row, Steps

T = TypeVar("T")

KEPT = 5000
"""How many posts, and how many accounts: some 10 MB."""
_DROPPED = KEPT // 8


class Shelf(Generic[T]):
    """What was read of one table, by id, each with its revision."""

    def __init__(self, dialect: Dialect, table: str, names: list[str], make: Callable[[Row, int], T]) -> None:
        self._dialect = dialect
        self._statement = (
            f"SELECT t.revision, {columns(names, 't')} FROM {table} t WHERE {dialect.among('t.id', 'ids')}"
        )
        self._make = make
        self._found: dict[int, tuple[int, T]] = {}

    def read(self, revisions: Iterable[Row]) -> Steps[dict[int, T]]:
        """What has these pairs of id and revision (or a newer one), by id; one statement for what isn't kept.
        What is gone by now is missing.
        """
        found: dict[int, T] = {}
        missing: list[int] = []
        for identifier, revision in revisions:
            kept = self._found.get(identifier)
            if kept is not None and kept[0] == revision:
                found[identifier] = kept[1]
            else:
                missing.append(identifier)
        if missing:
            rows = yield self._statement, {"ids": self._dialect.ids(dict.fromkeys(missing))}
            for row in rows:
                found[row[1]] = made = self._make(row, 1)
                self._found[row[1]] = (row[0], made)
            self._drop()
        return found

    def _drop(self) -> None:
        """Forget what was read first, once there is too much."""
        if len(self._found) > KEPT:
            for identifier in list(islice(self._found, len(self._found) - KEPT + _DROPPED)):
                del self._found[identifier]

    def clear(self) -> None:
        """Forget everything."""
        self._found.clear()


class Kept:
    """What the readers of one storage share: the dialect, and what they keep."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.posts: Shelf[Post] = Shelf(dialect, "posts", POST, post_of)
        self.accounts: Shelf[Account] = Shelf(dialect, "accounts", ACCOUNT, account_of)

    def clear(self) -> None:
        """Forget everything, as when another database may answer from now on."""
        self.posts.clear()
        self.accounts.clear()
