"""Filters in memory: what operations on them write, and reading them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.domain.filters import Filter, FilterKeyword, FilterStatus
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations import (
    AddFilter,
    AddFilterStatus,
    DeleteFilter,
    DeleteFilterStatus,
    UpdateFilter,
)


def _own(tables: Tables, account_id: int) -> list[Filter]:
    return [each for each in tables.filters.rows.values() if each.account_id == account_id]


def _existing(tables: Tables, account_id: int, filter_id: int) -> Filter:
    found = tables.filters.get(filter_id)
    if found is None or found.account_id != account_id:
        raise Conflict("The filter is gone.", guard="exists")
    return found


def _fresh_keywords(tables: Tables, keywords: Iterable[FilterKeyword]) -> None:
    taken = {keyword.id for each in tables.filters.rows.values() for keyword in each.keywords}
    for keyword in keywords:
        if keyword.id in taken:
            raise Conflict("A keyword with this id exists.", guard="id")
        taken.add(keyword.id)


def _fresh_statuses(tables: Tables, statuses: Iterable[FilterStatus]) -> None:
    taken = {status.id for each in tables.filters.rows.values() for status in each.statuses}
    for status in statuses:
        if status.post_id not in tables.posts:
            raise Conflict("The post is gone.", guard="exists")
        if status.id in taken:
            raise Conflict("A filtered post with this id exists.", guard="id")
        taken.add(status.id)


def _bound(tables: Tables, account_id: int, limit: int) -> None:
    own = _own(tables, account_id)
    keywords, statuses = sum(len(each.keywords) for each in own), sum(len(each.statuses) for each in own)
    if keywords > limit or statuses > limit:
        raise Conflict("The filters are too long.", guard="keywords")


def add_filter(tables: Tables, operation: AddFilter) -> None:
    """A new filter; guards `id`, `exists`, `limit`, `keywords`."""
    made = operation.filter
    if made.account_id not in tables.accounts:
        raise Conflict("The account is gone.", guard="exists")
    if len(_own(tables, made.account_id)) >= operation.limit:
        raise Conflict("There are too many filters.", guard="limit")
    if made.id in tables.filters:
        raise Conflict("A filter with this id exists.", guard="id")
    _fresh_keywords(tables, made.keywords)
    _fresh_statuses(tables, made.statuses)
    tables.filters.put(made.id, made)
    _bound(tables, made.account_id, operation.keywords_limit)


def update_filter(tables: Tables, operation: UpdateFilter) -> None:
    """Other properties and keywords; guards `id`, `exists`, `keywords`."""
    found = _existing(tables, operation.account_id, operation.filter_id)
    given = {"title": operation.title, "context": operation.context, "action": operation.action}
    changes: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    if operation.expires_at is not msgspec.UNSET:
        changes["expires_at"] = operation.expires_at
    keywords = {keyword.id: keyword for keyword in found.keywords}
    for keyword in operation.change:
        if keyword.id not in keywords:
            raise Conflict("The keyword is gone.", guard="exists")
        keywords[keyword.id] = keyword
    for keyword_id in operation.delete:
        keywords.pop(keyword_id, None)
    _fresh_keywords(tables, operation.add)
    changes["keywords"] = tuple(sorted((*keywords.values(), *operation.add), key=lambda keyword: keyword.id))
    tables.filters.put(found.id, replace(found, **changes))
    _bound(tables, found.account_id, operation.keywords_limit)


def delete_filter(tables: Tables, operation: DeleteFilter) -> None:
    """A filter goes with its keywords and posts."""
    found = tables.filters.get(operation.filter_id)
    if found is not None and found.account_id == operation.account_id:
        tables.filters.remove(found.id)


def add_filter_status(tables: Tables, operation: AddFilterStatus) -> None:
    """A single post more; guards `id`, `exists`, `filtered`, `keywords`."""
    found = _existing(tables, operation.account_id, operation.filter_id)
    status = operation.status
    if any(each.post_id == status.post_id for each in found.statuses):
        raise Conflict("The filter matches this post already.", guard="filtered")
    _fresh_statuses(tables, (status,))
    statuses = tuple(sorted((*found.statuses, status), key=lambda each: each.id))
    tables.filters.put(found.id, replace(found, statuses=statuses))
    _bound(tables, found.account_id, operation.keywords_limit)


def delete_filter_status(tables: Tables, operation: DeleteFilterStatus) -> None:
    """A single post less."""
    found = tables.filters.get(operation.filter_id)
    if found is not None and found.account_id == operation.account_id:
        _keep(tables, found, [each for each in found.statuses if each.id != operation.status_id])


def _keep(tables: Tables, found: Filter, statuses: Sequence[FilterStatus]) -> None:
    if len(statuses) != len(found.statuses):
        tables.filters.put(found.id, replace(found, statuses=tuple(statuses)))


def forget_post(tables: Tables, post_id: int) -> None:
    """A post that is deleted leaves all filters."""
    for found in tuple(tables.filters.rows.values()):
        _keep(tables, found, [each for each in found.statuses if each.post_id != post_id])


class FilterReads:
    """A `ports.filters.FilterReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def of(self, account_id: int) -> Sequence[Filter]:
        """All filters of the account, oldest first."""
        return tuple(sorted(_own(self._tables, account_id), key=lambda each: each.id))
