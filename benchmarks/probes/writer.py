"""The bare publication: the rows that the site writes for a post, by hand, durable, from one writer thread.

The benchmark counts the rows of both, and refuses to run where they differ.
"""

from __future__ import annotations

import asyncio
import json
import queue
import secrets
import sqlite3
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from microblog_core.domain.ids import IdFactory
from microblog_plugins.sql.connection import CHECKPOINT_PAGES, PAGE_CACHE_KIB

PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    f"cache_size = -{PAGE_CACHE_KIB}",
    f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
    "temp_store = MEMORY",
    "busy_timeout = 5000",
)
GROUP = 256
HOME = (
    "INSERT INTO home_rows (account_id, post_id)"
    " SELECT follower_id, :post FROM follows WHERE followee_id = :author UNION ALL SELECT :author, :post"
)

Work = tuple[int, Mapping[str, Any], "asyncio.Future[int]"]


class Writer:
    """Commits publications; with `group`, all that wait share one commit, else each has its own."""

    def __init__(self, database: Path, *, group: bool) -> None:
        self._connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        self._group = GROUP if group else 1
        self._ids = IdFactory()
        self._columns = [row[1] for row in self._connection.execute("PRAGMA table_info(posts)")]
        named = ", ".join(f":{column}" for column in self._columns)
        self._insert = f"INSERT INTO posts ({', '.join(self._columns)}) VALUES ({named})"
        self._templates: dict[int, dict[str, Any]] = {}
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    async def publish(self, author: int, form: Mapping[str, Any]) -> int:
        """Write a post with everything that belongs to it; its id, once it survives a power cut."""
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queue.put((author, form, future))
        return await future

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            group = [first]
            while len(group) < self._group and not self._queue.empty():
                work = self._queue.get()
                if work is None:
                    self._queue.put(None)
                    break
                group.append(work)
            self._commit(group)

    def _commit(self, group: list[Work]) -> None:
        done: list[tuple[asyncio.Future[int], int]] = []
        self._connection.execute("BEGIN IMMEDIATE")
        for author, form, future in group:
            done.append((future, self._write(author, form)))
        keys = json.dumps(["public", *(f"post:{post}" for _, post in done)])
        self._connection.execute("INSERT INTO changes (origin, keys) VALUES (?, ?)", ("probe", keys))
        self._connection.execute("COMMIT")
        group[0][2].get_loop().call_soon_threadsafe(_answer, done)

    def _write(self, author: int, form: Mapping[str, Any]) -> int:
        execute, now, text = self._connection.execute, time.time_ns() // 1_000_000, form["text"]
        post = self._ids.at(now)
        tags = list(dict.fromkeys(word[1:].casefold() for word in text.split() if word.startswith("#")))
        row = self._template(author) | {
            "id": post,
            "text": text,
            "html": f"<p>{text}</p>",
            "thread_id": post,
            "tags": json.dumps(tags),
            "created_at": now,
        }
        execute(self._insert, row)
        for tag in tags:
            execute("INSERT INTO post_tags (tag, post_id) VALUES (?, ?)", (tag, post))
        execute("UPDATE accounts SET posts_count = posts_count + 1 WHERE id = ?", (author,))
        execute(HOME, {"post": post, "author": author})
        execute(
            "INSERT INTO idempotency_keys (account_id, key, result_id, created_at) VALUES (?, ?, ?, ?)",
            (author, form.get("once") or secrets.token_hex(16), post, now),
        )
        return post

    def _template(self, author: int) -> dict[str, Any]:
        """A plain post of this author, as the site stored it."""
        if author not in self._templates:
            found = self._connection.execute(
                "SELECT * FROM posts WHERE account_id = ? AND listed AND boost_of_id IS NULL"
                " AND mentions IN ('', '[]') ORDER BY id DESC LIMIT 1",
                (author,),
            ).fetchone()
            self._templates[author] = dict(zip(self._columns, found, strict=True))
        return self._templates[author]


def _answer(done: list[tuple[asyncio.Future[int], int]]) -> None:
    for future, post in done:
        if not future.cancelled():
            future.set_result(post)
