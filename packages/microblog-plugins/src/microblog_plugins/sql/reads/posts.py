"""Single posts, threads, histories, and who reacted."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from microblog_core.domain.posts import Entry, PostEdit, Thread
from microblog_core.domain.relations import Related
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.storage import THREAD_ANCESTORS, THREAD_DESCENDANTS
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.reads.entries import entries_of
from microblog_plugins.sql.reads.relations import related_of
from microblog_plugins.sql.rows import ACCOUNT, attachments_of, columns, entry_columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import account_shown, entry_seen, post_listed, post_seen

THREAD_SCANNED = 2000
"""How many posts of a thread are looked at, above and below, to find those that are shown."""

_SHOWN = "p.id = :id AND e.id = COALESCE(p.boost_of_id, p.id) AND a.id = e.account_id"


@functools.cache
def _seen(select: str, viewer: bool) -> str:
    """The post, or the boosted one for a boost's id, if the viewer may see it."""
    source = "posts p CROSS JOIN posts e CROSS JOIN accounts a"
    return f"SELECT {select} FROM {source} WHERE {_SHOWN} AND {entry_seen(viewer)}"


@functools.cache
def _post(viewer: bool) -> str:
    return _seen(entry_columns(viewer, "e", "e"), viewer)


@functools.cache
def _ancestors(viewer: bool) -> str:
    return (
        "WITH RECURSIVE above(id, parent, depth) AS ("
        "SELECT id, in_reply_to_id, 0 FROM posts WHERE id = :id UNION ALL"
        " SELECT posts.id, posts.in_reply_to_id, above.depth + 1 FROM above JOIN posts ON posts.id ="
        " above.parent"
        " WHERE above.depth < :scanned)"
        f" SELECT {entry_columns(viewer, 'p', 'p')} FROM above CROSS JOIN posts p CROSS JOIN accounts a"
        " WHERE above.depth > 0 AND p.id = above.id AND a.id = p.account_id AND"
        f" {post_listed('p', 'a', viewer)}"
        " ORDER BY above.depth LIMIT :limit"
    )


@functools.cache
def _answers(dialect: Dialect, viewer: bool) -> str:
    return (
        f"SELECT p.id, p.in_reply_to_id, {post_listed('p', 'a', viewer)}"
        f" FROM posts p{dialect.indexed('posts_thread')} CROSS JOIN accounts a"
        " WHERE p.thread_id = :thread AND p.boost_of_id IS NULL AND p.id > :id AND a.id = p.account_id"
        " ORDER BY p.id LIMIT :scanned"
    )


@functools.cache
def _entries(dialect: Dialect, viewer: bool) -> str:
    return (
        f"SELECT {entry_columns(viewer, 'p', 'p')} FROM posts p CROSS JOIN accounts a"
        f" WHERE {dialect.among('p.id', 'ids')} AND a.id = p.account_id AND {post_seen('p', 'a', viewer)}"
    )


@functools.cache
def _lines(dialect: Dialect, viewer: bool) -> str:
    return (
        f"SELECT {entry_columns(viewer)} FROM posts p CROSS JOIN posts e CROSS JOIN accounts a"
        f" WHERE {dialect.among('p.id', 'ids')} AND e.id = COALESCE(p.boost_of_id, p.id)"
        f" AND a.id = e.account_id AND {entry_seen(viewer)}"
    )


@functools.cache
def _version(viewer: bool) -> str:
    return _seen(
        "e.id, e.version, e.text, e.html, e.spoiler, e.sensitive, COALESCE(e.edited_at, e.created_at),"
        " e.attachments",
        viewer,
    )


_VERSIONS = (
    "SELECT post_id, version, text, html, spoiler, sensitive, created_at, attachments FROM post_edits"
    " WHERE post_id = :id ORDER BY version"
)


@functools.cache
def _boost() -> str:
    return (
        "SELECT p.id, p.created_at FROM posts p CROSS JOIN posts e CROSS JOIN accounts a"
        " WHERE p.boost_of_id = :post AND p.account_id = :viewer AND e.id = p.boost_of_id"
        f" AND a.id = e.account_id AND {entry_seen(True)}"
    )


@functools.cache
def _reactions(dialect: Dialect, table: str, index: str, post_id: str, viewer: bool) -> Source:
    seen = _seen("e.id", viewer)
    shown = post_seen("r", "a", viewer) if table == "posts" else account_shown("a", viewer)
    return Source(
        f"r.id, {columns(ACCOUNT, 'a')}",
        f"{table} r{dialect.indexed(index)} CROSS JOIN accounts a"
        f" WHERE r.{post_id} = ({seen}) AND a.id = r.account_id AND {shown}",
        "r.id",
    )


def _edit_of(row: Row) -> PostEdit:
    post_id, version, text, html, spoiler, sensitive, created_at, attachments = row
    return PostEdit(
        post_id=post_id,
        version=version,
        text=text,
        html=html,
        spoiler=spoiler,
        sensitive=sensitive == 1,
        created_at=created_at,
        attachments=attachments_of(attachments),
    )


def _below(answers: Sequence[Row], post_id: int) -> tuple[list[int], bool]:
    """The ids of what is shown below a post, depth first, oldest first, and whether there is more than a
    thread holds.

    Rows are (id, parent, shown), oldest first. What is not shown hides nothing that answers it.
    """
    children: dict[int, list[Row]] = {}
    for row in reversed(answers):
        children.setdefault(row[1], []).append(row)
    found: list[int] = []
    waiting = list(children.get(post_id, ()))
    while waiting:
        identifier, _, shown = waiting.pop()
        if shown == 1:
            found.append(identifier)
        waiting.extend(children.get(identifier, ()))
    oldest = set(sorted(found)[:THREAD_DESCENDANTS])
    return [identifier for identifier in found if identifier in oldest], len(found) > len(oldest)


class Posts(Reader):
    """The contract's `PostReader`."""

    @reads
    def get(self, viewer: int | None, post_id: int) -> Steps[Entry | None]:
        """The post; None if it does not exist or may not be seen."""
        return (yield from self._get(viewer, post_id))

    def _get(self, viewer: int | None, post_id: int) -> Steps[Entry | None]:
        rows = yield _post(viewer is not None), {"id": post_id, "viewer": viewer}
        entries = yield from entries_of(self._kept, viewer, rows)
        return entries[0] if entries else None

    @reads
    def get_many(self, viewer: int | None, post_ids: Sequence[int]) -> Steps[Sequence[Entry]]:
        """The posts and boosts that may be seen, in the order of the ids."""
        if not post_ids:
            return ()
        wanted = dict.fromkeys(post_ids)
        parameters = {"ids": self._dialect.ids(wanted), "viewer": viewer}
        rows = yield _lines(self._dialect, viewer is not None), parameters
        entries = yield from entries_of(self._kept, viewer, rows)
        by_id = {entry.id: entry for entry in entries}
        return [by_id[post_id] for post_id in wanted if post_id in by_id]

    @reads
    def thread(self, viewer: int | None, post_id: int) -> Steps[Thread | None]:
        """The post with what it answers and what answers it."""
        entry = yield from self._get(viewer, post_id)
        if entry is None:
            return None
        known, post = viewer is not None, entry.post
        parameters = {
            "id": post.id,
            "thread": post.thread_id,
            "viewer": viewer,
            "scanned": THREAD_SCANNED,
            "limit": THREAD_ANCESTORS,
        }
        above = yield _ancestors(known), parameters
        answers = yield _answers(self._dialect, known), parameters
        below, more = _below(answers, post.id)
        rows = yield _entries(self._dialect, known), {"ids": self._dialect.ids(below), "viewer": viewer}
        entries = yield from entries_of(self._kept, viewer, [*reversed(above), *rows])
        by_id = {item.id: item for item in entries}
        return Thread(
            ancestors=tuple([by_id[row[0]] for row in reversed(above) if row[0] in by_id]),
            entry=entry,
            descendants=tuple([by_id[item] for item in below if item in by_id]),
            more=more or len(answers) == THREAD_SCANNED,
        )

    @reads
    def edits(self, viewer: int | None, post_id: int) -> Steps[Sequence[PostEdit]]:
        """All versions, oldest first, the current one included."""
        current = yield _version(viewer is not None), {"id": post_id, "viewer": viewer}
        if not current:
            return ()
        earlier = yield _VERSIONS, {"id": current[0][0]}
        return [_edit_of(row) for row in (*earlier, *current)]

    @reads
    def boost_of(self, account_id: int, post_id: int) -> Steps[tuple[int, int] | None]:
        """The account's boost of this post, as far as the account may see it."""
        rows = yield _boost(), {"viewer": account_id, "post": post_id}
        return (rows[0][0], rows[0][1]) if rows else None

    @reads
    def favourited_by(self, viewer: int | None, post_id: int, page: Page) -> Steps[Listing[Related]]:
        """Who favourited the post, newest first."""
        source = _reactions(self._dialect, "favourites", "favourites_order", "post_id", viewer is not None)
        return mapped((yield from read_page(source, {"id": post_id, "viewer": viewer}, page)), related_of)

    @reads
    def boosted_by(self, viewer: int | None, post_id: int, page: Page) -> Steps[Listing[Related]]:
        """Who boosted the post, newest first."""
        source = _reactions(self._dialect, "posts", "posts_boosts", "boost_of_id", viewer is not None)
        return mapped((yield from read_page(source, {"id": post_id, "viewer": viewer}, page)), related_of)
