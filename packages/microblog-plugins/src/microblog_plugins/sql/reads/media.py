"""Uploaded pictures."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from microblog_core.domain.media import Attachment
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import MEDIA, columns, media_of
from microblog_plugins.sql.steps import Reader, Steps, reads

_MEDIA = f"SELECT {columns(MEDIA, 'm')} FROM media m"


@functools.cache
def _some(dialect: Dialect) -> str:
    return f"{_MEDIA} WHERE {dialect.among('m.id', 'ids')}"


@functools.cache
def _unattached(dialect: Dialect) -> str:
    return (
        f"{_MEDIA}{dialect.indexed('media_unattached')}"
        " WHERE m.unattached_at IS NOT NULL AND m.unattached_at < :before"
        " ORDER BY m.unattached_at, m.id LIMIT :limit"
    )


class Media(Reader):
    """The contract's `MediaReader`."""

    @reads
    def get(self, media_id: int) -> Steps[Attachment | None]:
        """The medium, whatever its state."""
        rows = yield f"{_MEDIA} WHERE m.id = :id", {"id": media_id}
        return media_of(rows[0]) if rows else None

    @reads
    def some(self, media_ids: Sequence[int]) -> Steps[Sequence[Attachment]]:
        """These media in this order."""
        if not media_ids:
            return ()
        rows = yield _some(self._dialect), {"ids": self._dialect.ids(media_ids)}
        found = {row[0]: media_of(row) for row in rows}
        return tuple([found[media_id] for media_id in media_ids if media_id in found])

    @reads
    def after(self, media_id: int, limit: int) -> Steps[Sequence[Attachment]]:
        """Media with a greater id, in the order of their ids."""
        rows = yield (
            f"{_MEDIA} WHERE m.id > :after ORDER BY m.id LIMIT :limit",
            {"after": media_id, "limit": limit},
        )
        return tuple([media_of(row) for row in rows])

    @reads
    def unattached(self, before: int, limit: int) -> Steps[Sequence[Attachment]]:
        """Media that belong to no post since before this moment, the longest first."""
        rows = yield _unattached(self._dialect), {"before": before, "limit": limit}
        return tuple([media_of(row) for row in rows])
