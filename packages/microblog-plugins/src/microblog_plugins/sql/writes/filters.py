"""Filters with their keywords and posts. The account is locked first, so that counting holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from microblog_core.domain.errors import Conflict
from microblog_core.domain.filters import FilterKeyword, FilterStatus
from microblog_core.ports.operations import (
    AddFilter,
    AddFilterStatus,
    DeleteFilter,
    DeleteFilterStatus,
    UpdateFilter,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import insert
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes.locks import lock_account

_FILTER = insert("filters", ["id", "account_id", "title", "context", "action", "expires_at"])
_KEYWORD = insert("filter_keywords", ["id", "filter_id", "keyword", "whole_word"])
_STATUS = insert("filter_statuses", ["id", "filter_id", "post_id"])
_COUNT = "SELECT COUNT(*) FROM filters WHERE account_id = :account_id"
_COUNT_PARTS = (
    "SELECT (SELECT COUNT(*) FROM filters f CROSS JOIN filter_keywords k"
    " WHERE f.account_id = :account_id AND k.filter_id = f.id),"
    " (SELECT COUNT(*) FROM filters f CROSS JOIN filter_statuses s"
    " WHERE f.account_id = :account_id AND s.filter_id = f.id)"
)
_UPDATE = (
    "UPDATE filters SET title = COALESCE(:title, title), context = COALESCE(:context, context),"
    " action = COALESCE(:action, action){expires} WHERE id = :filter_id AND account_id = :account_id"
    " RETURNING id"
)
_CHANGE = (
    "UPDATE filter_keywords SET keyword = :keyword, whole_word = :whole_word"
    " WHERE id = :id AND filter_id = :filter_id RETURNING id"
)


def _gone() -> Conflict:
    return Conflict("The filter is gone.", guard="exists")


def _keywords(filter_id: int, keywords: Iterable[FilterKeyword]) -> Steps[None]:
    for each in keywords:
        values = {"id": each.id, "keyword": each.keyword, "whole_word": each.whole_word}
        yield _KEYWORD, values | {"filter_id": filter_id}


def _statuses(filter_id: int, statuses: Iterable[FilterStatus]) -> Steps[None]:
    for each in statuses:
        yield _STATUS, {"id": each.id, "filter_id": filter_id, "post_id": each.post_id}


def _bound(account_id: int, limit: int) -> Steps[None]:
    counted = yield _COUNT_PARTS, {"account_id": account_id}
    if max(counted[0]) > limit:
        raise Conflict("The filters are too long.", guard="keywords")


def add_filter(dialect: Dialect, operation: AddFilter) -> Steps[None]:
    """A new filter; guards `id`, `exists`, `limit`, `keywords`."""
    made = operation.filter
    yield from lock_account(dialect, made.account_id)
    counted = yield _COUNT, {"account_id": made.account_id}
    if counted[0][0] >= operation.limit:
        raise Conflict("There are too many filters.", guard="limit")
    yield (
        _FILTER,
        {
            "id": made.id,
            "account_id": made.account_id,
            "title": made.title,
            "context": " ".join(made.context),
            "action": str(made.action),
            "expires_at": made.expires_at,
        },
    )
    yield from _keywords(made.id, made.keywords)
    yield from _statuses(made.id, made.statuses)
    yield from _bound(made.account_id, operation.keywords_limit)


def update_filter(dialect: Dialect, operation: UpdateFilter) -> Steps[None]:
    """Other properties and keywords; guards `id`, `exists`, `keywords`."""
    yield from lock_account(dialect, operation.account_id)
    own = {"filter_id": operation.filter_id, "account_id": operation.account_id}
    values: dict[str, Any] = own | {
        "title": operation.title,
        "context": None if operation.context is None else " ".join(operation.context),
        "action": None if operation.action is None else str(operation.action),
    }
    expires = ""
    if operation.expires_at is not msgspec.UNSET:
        expires, values["expires_at"] = ", expires_at = :expires_at", operation.expires_at
    if not (yield _UPDATE.format(expires=expires), values):
        raise _gone()
    for each in operation.change:
        changed = {"id": each.id, "keyword": each.keyword, "whole_word": each.whole_word}
        if not (yield _CHANGE, own | changed):
            raise _gone()
    if operation.delete:
        statement = (
            f"DELETE FROM filter_keywords WHERE filter_id = :filter_id AND {dialect.among('id', 'ids')}"
        )
        yield statement, own | {"ids": dialect.ids(operation.delete)}
    yield from _keywords(operation.filter_id, operation.add)
    yield from _bound(operation.account_id, operation.keywords_limit)


def delete_filter(dialect: Dialect, operation: DeleteFilter) -> Steps[None]:
    """A filter goes with its keywords and posts."""
    values = {"filter_id": operation.filter_id, "account_id": operation.account_id}
    yield "DELETE FROM filters WHERE id = :filter_id AND account_id = :account_id", values


def add_filter_status(dialect: Dialect, operation: AddFilterStatus) -> Steps[None]:
    """A single post more; guards `id`, `exists`, `filtered`, `keywords`."""
    yield from lock_account(dialect, operation.account_id)
    values = {"filter_id": operation.filter_id, "account_id": operation.account_id}
    if not (yield "SELECT id FROM filters WHERE id = :filter_id AND account_id = :account_id", values):
        raise _gone()
    yield from _statuses(operation.filter_id, (operation.status,))
    yield from _bound(operation.account_id, operation.keywords_limit)


def delete_filter_status(dialect: Dialect, operation: DeleteFilterStatus) -> Steps[None]:
    """A single post less."""
    statement = (
        "DELETE FROM filter_statuses WHERE id = :id AND filter_id = :filter_id"
        " AND EXISTS (SELECT 1 FROM filters WHERE id = :filter_id AND account_id = :account_id)"
    )
    yield (
        statement,
        {
            "id": operation.status_id,
            "filter_id": operation.filter_id,
            "account_id": operation.account_id,
        },
    )
