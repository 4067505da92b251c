"""How much room each person's uploads take, counted in the transaction that changes it."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.domain.media import Attachment
from microblog_core.domain.media_usage import MediaCaps
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps

_ADD = (
    "INSERT INTO media_usage (account_id, files, bytes) VALUES (:account_id, 1, :size)"
    " ON CONFLICT (account_id) DO UPDATE SET files = media_usage.files + 1,"
    " bytes = media_usage.bytes + excluded.bytes RETURNING bytes"
)
_CHANGE = (
    "UPDATE media_usage SET files = files + :files, bytes = bytes + :bytes WHERE account_id = :account_id"
)
_SITE = "SELECT COALESCE(SUM(bytes), 0) FROM media_usage"


def count_upload(dialect: Dialect, attachment: Attachment, caps: MediaCaps) -> Steps[None]:
    """One more upload; guards `person_cap`, `site_cap`. The row of its person is locked until the end, so
    that of two at once the second sees the first. Where the site has a cap, uploads of everybody come one
    after another for the same reason: before any row is locked, so that no two wait for one another.
    """
    in_turn = dialect.one_at_a_time("media_usage") if caps.site else ""
    if in_turn:
        yield in_turn, {}
    rows = yield _ADD, {"account_id": attachment.account_id, "size": attachment.size}
    if caps.person and rows[0][0] > caps.person:
        raise Conflict("This person's uploads would take too much room.", guard="person_cap")
    if caps.site and (yield _SITE, {})[0][0] > caps.site:
        raise Conflict("The site's uploads would take too much room.", guard="site_cap")


def count_change(account_id: int, size: int, files: int = 0) -> Steps[None]:
    """So many bytes and files more, or less."""
    if size or files:
        yield _CHANGE, {"account_id": account_id, "bytes": size, "files": files}
