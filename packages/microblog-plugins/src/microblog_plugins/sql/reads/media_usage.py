"""How much room uploads take. What each person has is counted as it is written (`writes.media_usage`)."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from microblog_core.domain.media_usage import MediaUsage, PersonUsage, UploadedDay
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import ACCOUNT, ACCOUNT_WIDTH, account_of, columns
from microblog_plugins.sql.steps import Reader, Steps, reads

_TOTAL = (
    "SELECT COALESCE(SUM(u.files), 0), COALESCE(SUM(u.bytes), 0), COUNT(*)"
    " FROM media_usage u WHERE u.files > 0"
)
_EMOJIS = "SELECT COUNT(*), COALESCE(SUM(c.size), 0) FROM custom_emojis c"
_OF = "SELECT u.files, u.bytes FROM media_usage u WHERE u.account_id = :account_id"


@functools.cache
def _unattached(dialect: Dialect) -> str:
    return (
        f"SELECT COUNT(*), COALESCE(SUM(m.size), 0) FROM media m{dialect.indexed('media_unattached')}"
        " WHERE m.unattached_at IS NOT NULL"
    )


@functools.cache
def _largest(dialect: Dialect) -> str:
    return (
        f"SELECT {columns(ACCOUNT, 'a')}, u.files, u.bytes FROM (SELECT n.account_id, n.files, n.bytes"
        f" FROM media_usage n{dialect.indexed('media_usage_bytes')} WHERE n.files > 0"
        " ORDER BY n.bytes DESC, n.account_id DESC LIMIT :limit OFFSET :offset) AS u"
        " CROSS JOIN accounts a WHERE a.id = u.account_id ORDER BY u.bytes DESC, u.account_id DESC"
    )


@functools.cache
def _days(dialect: Dialect) -> str:
    return (
        "SELECT m.created_at / 86400000, COUNT(*), SUM(m.size)"
        f" FROM media m{dialect.indexed('media_created')}"
        " WHERE m.created_at >= :since GROUP BY m.created_at / 86400000 ORDER BY 1"
    )


class MediaUsages(Reader):
    """The contract's `MediaUsageReader`."""

    @reads
    def total(self) -> Steps[MediaUsage]:
        """What there is altogether."""
        ((files, size, people),) = yield _TOTAL, {}
        ((free_files, free_size),) = yield _unattached(self._dialect), {}
        ((emojis, emoji_size),) = yield _EMOJIS, {}
        return MediaUsage(
            files=int(files),
            bytes=int(size),
            people=int(people),
            unattached_files=int(free_files),
            unattached_bytes=int(free_size),
            emojis=int(emojis),
            emoji_bytes=int(emoji_size),
        )

    @reads
    def of(self, account_id: int) -> Steps[tuple[int, int]]:
        """Files and bytes of somebody."""
        rows = yield _OF, {"account_id": account_id}
        return (int(rows[0][0]), int(rows[0][1])) if rows else (0, 0)

    @reads
    def largest(self, *, limit: int, offset: int = 0) -> Steps[Sequence[PersonUsage]]:
        """Who uses most."""
        rows = yield _largest(self._dialect), {"limit": limit, "offset": offset}
        return tuple(
            [
                PersonUsage(
                    account=account_of(row), files=int(row[ACCOUNT_WIDTH]), bytes=int(row[ACCOUNT_WIDTH + 1])
                )
                for row in rows
            ]
        )

    @reads
    def days(self, since: int) -> Steps[Sequence[UploadedDay]]:
        """What was uploaded on each day."""
        rows = yield _days(self._dialect), {"since": since}
        return tuple([UploadedDay(day=int(day), files=int(n), bytes=int(size)) for day, n, size in rows])
