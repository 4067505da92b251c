"""The tables, and everything that is asked of them: one statement for a question, however many posts.

A page is kept once, whoever links to it. `loose` marks those that may have lost their last post, so that
looking for them looks at no others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from microblog_core.contributions import Migration
from microblog_core.domain.link_previews import LinkPreview
from microblog_core.ports.storage import Storage
from microblog_core.ports.tables import select
from microblog_core.ports.unit import UnitOfWork

AT_ONCE = 200
"""Posts that one statement asks for."""

MIGRATIONS = (
    Migration(
        version=1,
        up=(
            "CREATE TABLE x_linkpreviews_pages (page TEXT PRIMARY KEY, address TEXT NOT NULL,"
            " asked_at BIGINT NOT NULL, preview TEXT NOT NULL, picture TEXT NOT NULL, error TEXT NOT NULL,"
            " loose BIGINT NOT NULL)",
            "CREATE INDEX x_linkpreviews_pages_loose ON x_linkpreviews_pages (loose, page)",
            "CREATE INDEX x_linkpreviews_pages_asked ON x_linkpreviews_pages (asked_at)",
            "CREATE INDEX x_linkpreviews_pages_picture ON x_linkpreviews_pages (picture)",
            "CREATE TABLE x_linkpreviews_posts (post_id BIGINT PRIMARY KEY, account_id BIGINT NOT NULL,"
            " page TEXT NOT NULL)",
            "CREATE INDEX x_linkpreviews_posts_page ON x_linkpreviews_posts (page, post_id)",
            "CREATE INDEX x_linkpreviews_posts_account ON x_linkpreviews_posts (account_id)",
        ),
        down=("DROP TABLE x_linkpreviews_posts", "DROP TABLE x_linkpreviews_pages"),
    ),
)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A page: when it was asked (Unix milliseconds), and its preview, or why it has none. `picture` is the
    key of its file, empty for none; `posts` says how many link to it, where that was asked.
    """

    page: str
    address: str
    asked_at: int
    preview: LinkPreview | None = None
    picture: str = ""
    error: str = ""
    posts: int = 0


_PAGE = "page, address, asked_at, preview, picture, error"


def _kept(row: Sequence[object]) -> Kept:
    page, address, asked_at, preview, picture, error, *rest = row
    return Kept(
        page=str(page),
        address=str(address),
        asked_at=int(str(asked_at)),
        preview=msgspec.json.decode(str(preview), type=LinkPreview) if preview else None,
        picture=str(picture),
        error=str(error),
        posts=int(str(rest[0])) if rest else 0,
    )


async def page_of(storage: Storage, page: str) -> Kept | None:
    """A page; None where it was never asked."""
    rows = await select(storage, f"SELECT {_PAGE} FROM x_linkpreviews_pages WHERE page = :page", page=page)
    return _kept(rows[0]) if rows else None


async def linked_by(storage: Storage, post_id: int) -> str:
    """The page that a post links to; empty for none."""
    statement = "SELECT page FROM x_linkpreviews_posts WHERE post_id = :post"
    rows = await select(storage, statement, post=post_id)
    return str(rows[0][0]) if rows else ""


async def posts_with(storage: Storage, page: str, limit: int) -> Sequence[tuple[int, int]]:
    """The posts that link to a page, newest first, with the ids of their authors."""
    statement = (
        "SELECT post_id, account_id FROM x_linkpreviews_posts WHERE page = :page"
        " ORDER BY post_id DESC LIMIT :limit"
    )
    return [(int(post), int(by)) for post, by in await select(storage, statement, page=page, limit=limit)]


async def previews_of(storage: Storage, post_ids: Sequence[int]) -> Mapping[int, tuple[str, LinkPreview]]:
    """The previews of these posts, with the addresses that were asked; posts without one are left out."""
    found: dict[int, tuple[str, LinkPreview]] = {}
    for at in range(0, len(post_ids), AT_ONCE):
        names = {f"p{number}": post_id for number, post_id in enumerate(post_ids[at : at + AT_ONCE])}
        listed = ", ".join(f":{name}" for name in names)
        rows = await select(
            storage,
            "SELECT l.post_id, p.address, p.preview FROM x_linkpreviews_posts l"
            f" JOIN x_linkpreviews_pages p ON p.page = l.page WHERE l.post_id IN ({listed})",
            **names,
        )
        for post_id, address, preview in rows:
            if preview:
                found[int(post_id)] = (str(address), msgspec.json.decode(preview, type=LinkPreview))
    return found


async def shows_picture(storage: Storage, key: str) -> bool:
    """Whether a page has this picture."""
    statement = "SELECT page FROM x_linkpreviews_pages WHERE picture = :key LIMIT 1"
    return bool(await select(storage, statement, key=key))


async def pictures(storage: Storage, after: str, limit: int) -> Sequence[str]:
    """The keys of pictures of pages, in their order, after this one."""
    wanted = "picture > :after ORDER BY picture LIMIT :limit"
    statement = f"SELECT DISTINCT picture FROM x_linkpreviews_pages WHERE {wanted}"
    return [str(key) for (key,) in await select(storage, statement, after=after, limit=limit)]


async def latest(storage: Storage, limit: int, *, failed: bool) -> Sequence[Kept]:
    """The pages that were asked last, with how many posts link to them; only those without a preview where
    `failed` says so.
    """
    rows = await select(
        storage,
        f"SELECT {_PAGE}, (SELECT COUNT(*) FROM x_linkpreviews_posts l WHERE l.page = p.page)"
        " FROM x_linkpreviews_pages p WHERE :failed = 0 OR preview = ''"
        " ORDER BY asked_at DESC, page LIMIT :limit",
        limit=limit,
        failed=int(failed),
    )
    return [_kept(row) for row in rows]


def link(unit: UnitOfWork, post_id: int, account_id: int, page: str) -> None:
    """The post links to this page now."""
    unlink(unit, post_id)
    unit.plugins.sql(
        "INSERT INTO x_linkpreviews_posts (post_id, account_id, page) VALUES (:post, :account, :page)"
        " ON CONFLICT (post_id) DO UPDATE SET page = excluded.page",
        post=post_id,
        account=account_id,
        page=page,
    )


def unlink(unit: UnitOfWork, post_id: int) -> None:
    """The post links to nothing any more."""
    _loosen(unit, "post_id = :post", post=post_id)
    unit.plugins.sql("DELETE FROM x_linkpreviews_posts WHERE post_id = :post", post=post_id)


def unlink_account(unit: UnitOfWork, account_id: int) -> None:
    """Of this account's posts nothing stays."""
    _loosen(unit, "account_id = :account", account=account_id)
    unit.plugins.sql("DELETE FROM x_linkpreviews_posts WHERE account_id = :account", account=account_id)


def _loosen(unit: UnitOfWork, which: str, **given: int) -> None:
    unit.plugins.sql(
        "UPDATE x_linkpreviews_pages SET loose = 1 WHERE page IN"
        f" (SELECT page FROM x_linkpreviews_posts WHERE {which})",
        **given,
    )


def put(unit: UnitOfWork, kept: Kept) -> None:
    """Keep what a page said, unless no post links to it any more. It begins as loose: should the last post go
    this very moment, it is found.
    """
    encoded = msgspec.json.encode(kept.preview).decode() if kept.preview is not None else ""
    unit.plugins.sql(
        f"INSERT INTO x_linkpreviews_pages ({_PAGE}, loose) SELECT CAST(:page AS TEXT),"
        " CAST(:address AS TEXT), CAST(:asked AS BIGINT), CAST(:preview AS TEXT), CAST(:picture AS TEXT),"
        " CAST(:error AS TEXT), 1"
        " WHERE EXISTS (SELECT 1 FROM x_linkpreviews_posts l WHERE l.page = CAST(:page AS TEXT))"
        " ON CONFLICT (page) DO UPDATE SET asked_at = excluded.asked_at, preview = excluded.preview,"
        " picture = excluded.picture, error = excluded.error, loose = 1",
        page=kept.page,
        address=kept.address,
        asked=kept.asked_at,
        preview=encoded,
        picture=kept.picture,
        error=kept.error,
    )


def forget(unit: UnitOfWork, page: str) -> None:
    """A page goes, and that posts link to it."""
    unit.plugins.sql("DELETE FROM x_linkpreviews_posts WHERE page = :page", page=page)
    unit.plugins.sql("DELETE FROM x_linkpreviews_pages WHERE page = :page", page=page)


_UNUSED = "loose = 1 AND NOT EXISTS (SELECT 1 FROM x_linkpreviews_posts l WHERE l.page = {pages}.page)"


async def unused(storage: Storage, limit: int) -> Sequence[tuple[str, str]]:
    """Pages that no post links to, with the keys of their pictures."""
    rows = await select(
        storage,
        f"SELECT page, picture FROM x_linkpreviews_pages p WHERE {_UNUSED.format(pages='p')}"
        " ORDER BY page LIMIT :limit",
        limit=limit,
    )
    return [(str(page), str(picture)) for page, picture in rows]


def remove_unused(unit: UnitOfWork, pages: Sequence[str]) -> None:
    """These pages go, as far as no post links to them; all others are not loose any more."""
    unit.plugins.sql(
        "UPDATE x_linkpreviews_pages SET loose = 0 WHERE loose = 1 AND EXISTS"
        " (SELECT 1 FROM x_linkpreviews_posts l WHERE l.page = x_linkpreviews_pages.page)"
    )
    for page in pages:
        unit.plugins.sql(
            "DELETE FROM x_linkpreviews_pages WHERE page = :page"
            f" AND {_UNUSED.format(pages='x_linkpreviews_pages')}",
            page=page,
        )
