"""What one does not want to see, and why a status is filtered."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from microblog_api.entities.base import Entity


class FilterKeyword(Entity):
    """A word or phrase of a filter."""

    id: str
    keyword: str
    whole_word: bool


class FilterStatus(Entity):
    """A status that a filter names."""

    id: str
    status_id: str


class Filter(Entity):
    """What one does not want to see (version 2)."""

    id: str
    title: str
    context: list[str]
    expires_at: str | None
    filter_action: str
    keywords: list[FilterKeyword] | UnsetType = UNSET
    statuses: list[FilterStatus] | UnsetType = UNSET


class FilterV1(Entity):
    """One keyword of a filter, as version 1 has it."""

    id: str
    phrase: str
    context: list[str]
    whole_word: bool
    expires_at: str | None
    irreversible: bool


class FilterResult(Entity):
    """Why a status is filtered."""

    filter: Filter
    keyword_matches: list[str] | None
    status_matches: list[str] | None
