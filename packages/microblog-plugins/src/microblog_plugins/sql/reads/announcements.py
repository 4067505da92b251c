"""Announcements, who read them and how people react, and custom emojis."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Sequence

from microblog_core.domain.announcements import (
    ANNOUNCEMENTS_SHOWN,
    REACTIONS,
    Announcement,
    AnnouncementEntry,
    CustomEmoji,
    Reaction,
)
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.rows import columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads

ANNOUNCEMENT = "id text html starts_at ends_at published created_at".split()
EMOJI = "shortcode picture_key static_key category visible_in_picker disabled size".split()

_COLUMNS = columns(ANNOUNCEMENT, "n")
_ONE = f"SELECT {_COLUMNS} FROM announcements n WHERE n.id = :id"
_ALL = Source(_COLUMNS, "announcements n WHERE 1 = 1", "n.id")
_EMOJIS = f"SELECT {columns(EMOJI, 'c')} FROM custom_emojis c"


@functools.cache
def _shown(dialect: Dialect) -> str:
    return (
        f"SELECT {_COLUMNS} FROM announcements n{dialect.indexed('announcements_published')}"
        " WHERE n.published AND (n.starts_at IS NULL OR n.starts_at <= :now)"
        " AND (n.ends_at IS NULL OR n.ends_at > :now)"
        " ORDER BY n.id DESC LIMIT :limit"
    )


@functools.cache
def _read(dialect: Dialect) -> str:
    of_these = dialect.among("r.announcement_id", "ids")
    return f"SELECT r.announcement_id FROM announcement_reads r WHERE r.account_id = :viewer AND {of_these}"


@functools.cache
def _reactions(dialect: Dialect) -> str:
    return (
        "SELECT r.announcement_id, r.name, COUNT(*),"
        " COALESCE(MAX(CASE WHEN r.account_id = CAST(:viewer AS BIGINT) THEN 1 ELSE 0 END), 0)"
        f" FROM announcement_reactions r WHERE {dialect.among('r.announcement_id', 'ids')}"
        " GROUP BY r.announcement_id, r.name"
    )


def _announcement_of(row: Row) -> Announcement:
    values = dict(zip(ANNOUNCEMENT, row, strict=True))
    return Announcement(**(values | {"published": values["published"] == 1}))


def _emoji_of(row: Row) -> CustomEmoji:
    values = dict(zip(EMOJI, row, strict=True))
    flags = {name: values[name] == 1 for name in ("visible_in_picker", "disabled")}
    return CustomEmoji(**(values | flags))


class Announcements(Reader):
    """The contract's `AnnouncementReader`."""

    @reads
    def shown(self, viewer: int | None, now: int) -> Steps[Sequence[AnnouncementEntry]]:
        """The announcements that are on, newest first."""
        rows = yield _shown(self._dialect), {"now": now, "limit": ANNOUNCEMENTS_SHOWN}
        if not rows:
            return ()
        parameters = {"viewer": viewer, "ids": self._dialect.ids(row[0] for row in rows)}
        marks = () if viewer is None else (yield _read(self._dialect), parameters)
        read = {row[0] for row in marks}
        given: dict[int, dict[str, Reaction]] = defaultdict(dict)
        for announcement, name, count, me in (yield _reactions(self._dialect), parameters):
            given[announcement][name] = Reaction(name=name, count=count, me=me == 1)
        return tuple(
            [
                AnnouncementEntry(
                    announcement=_announcement_of(row),
                    read=row[0] in read,
                    reactions=tuple(given[row[0]][name] for name in REACTIONS if name in given[row[0]]),
                )
                for row in rows
            ]
        )

    @reads
    def get(self, announcement_id: int) -> Steps[Announcement | None]:
        """One announcement."""
        rows = yield _ONE, {"id": announcement_id}
        return _announcement_of(rows[0]) if rows else None

    @reads
    def page(self, page: Page) -> Steps[Listing[Announcement]]:
        """All announcements, newest first."""
        return mapped((yield from read_page(_ALL, {}, page)), _announcement_of)

    @reads
    def emojis(self) -> Steps[Sequence[CustomEmoji]]:
        """All custom emojis by shortcode."""
        rows = yield _EMOJIS, {}
        # Sorted here: databases differ in what order texts have.
        return tuple(sorted(map(_emoji_of, rows), key=lambda emoji: emoji.shortcode))
