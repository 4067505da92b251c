"""The bare queries: what a page's rows cost with the standard library's sqlite3, on the loop, as tuples."""

from __future__ import annotations

import sqlite3
from pathlib import Path

PAGE = 21
_ENTRY = "SELECT p.*, a.* FROM"
QUERIES = {
    "public": f"{_ENTRY} posts p INDEXED BY posts_listed CROSS JOIN accounts a"
    f" WHERE p.listed AND a.id = p.account_id ORDER BY p.id DESC LIMIT {PAGE}",
    "home": f"{_ENTRY} home_rows h CROSS JOIN posts p CROSS JOIN accounts a WHERE h.account_id = :key"
    f" AND p.id = h.post_id AND a.id = p.account_id ORDER BY h.post_id DESC LIMIT {PAGE}",
    "profile": f"{_ENTRY} posts p INDEXED BY posts_account CROSS JOIN accounts a WHERE p.account_id = :key"
    f" AND a.id = p.account_id ORDER BY p.id DESC LIMIT {PAGE}",
    "profiles": f"{_ENTRY} posts p INDEXED BY posts_account CROSS JOIN accounts a WHERE p.account_id = :key"
    f" AND a.id = p.account_id ORDER BY p.id DESC LIMIT {PAGE}",
    "credentials": "SELECT * FROM accounts WHERE id = :key",
    "thread": f"{_ENTRY} posts p INDEXED BY posts_thread CROSS JOIN accounts a WHERE p.thread_id = :key"
    " AND p.boost_of_id IS NULL AND a.id = p.account_id ORDER BY p.id",
}


class Rows:
    """Reads a page's rows by its name and the key that the load sends (a viewer, an author, a thread)."""

    def __init__(self, database: Path) -> None:
        self._connection = sqlite3.connect(database)
        self._connection.execute("PRAGMA query_only = ON")

    def read(self, name: str, key: str) -> list[tuple[object, ...]]:
        return self._connection.execute(QUERIES[name], {"key": int(key or 0)}).fetchall()

    def close(self) -> None:
        self._connection.close()
