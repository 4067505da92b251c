"""What belongs to no reader: the plugin store, idempotency keys, the audit log and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from microblog_core.domain.errors import PluginError
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.storage import Audit, SiteCounts
from microblog_core.ports.tables import SqlValue
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.steps import Steps

_AUDIT = "id actor_id action subject detail created_at".split()


def value(plugin: str, key: str) -> Steps[bytes | None]:
    """One of a plugin's stored values."""
    statement = "SELECT value FROM plugin_values WHERE plugin = :plugin AND key = :key"
    rows = yield statement, {"plugin": plugin, "key": key}
    return bytes(rows[0][0]) if rows else None


def values(plugin: str, prefix: str) -> Steps[Mapping[str, bytes]]:
    """A plugin's stored values whose key begins with `prefix`."""
    statement = (
        "SELECT key, value FROM plugin_values WHERE plugin = :plugin AND substr(key, 1, length(:prefix)) ="
        " :prefix"
        " ORDER BY key"
    )
    rows = yield statement, {"plugin": plugin, "prefix": prefix}
    return {row[0]: bytes(row[1]) for row in rows}


def idempotent_result(account_id: int, key: str, since: int) -> Steps[int | None]:
    """What the first request with this key made, if it came after `since`."""
    statement = (
        "SELECT result_id FROM idempotency_keys"
        " WHERE account_id = :account AND key = :key AND created_at > :since"
    )
    rows = yield statement, {"account": account_id, "key": key, "since": since}
    return rows[0][0] if rows else None


def audit(page: Page) -> Steps[Listing[Audit]]:
    """The audit log, newest first."""
    rows = yield from read_page(Source(", ".join(_AUDIT), "audit WHERE 1 = 1", "id"), {}, page)
    return mapped(rows, lambda row: Audit(**dict(zip(_AUDIT, row, strict=True))))


def counts() -> Steps[SiteCounts]:
    """How much there is."""
    statement = (
        "SELECT COUNT(*), COALESCE(SUM(posts_count), 0), (SELECT COUNT(*) FROM jobs WHERE state = 'dead')"
        " FROM accounts WHERE domain = '' AND state NOT IN ('deleted', 'pending')"
    )
    rows = yield statement, {}
    return SiteCounts(int(rows[0][0]), int(rows[0][1]), int(rows[0][2]))


def select(statement: str, parameters: Mapping[str, SqlValue]) -> Steps[Sequence[Sequence[Any]]]:
    """A plugin's own question about its own tables."""
    if statement.split(None, 1)[:1] != ["SELECT"]:
        raise PluginError("A plugin reads by SELECT alone.", hint="Write tables in a unit of work.")
    rows: Sequence[Sequence[Any]] = yield statement, dict(parameters)
    return [tuple(row) for row in rows]


def nothing() -> Steps[None]:
    """The shortest question that shows whether the database answers."""
    yield "SELECT 1", {}
