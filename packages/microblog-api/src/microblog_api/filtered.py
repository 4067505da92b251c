"""Filters as entities, and what of them a status matches."""

from __future__ import annotations

from microblog_api import entities
from microblog_api.names import moment
from microblog_core.domain.filters import Filter, FilterMatch


def filter_entity(found: Filter) -> entities.Filter:
    """A filter without what it holds: so statuses name it."""
    return entities.Filter(
        id=str(found.id),
        title=found.title,
        context=[str(context) for context in found.context],
        expires_at=None if found.expires_at is None else moment(found.expires_at),
        filter_action=str(found.action),
    )


def filter_result(match: FilterMatch) -> entities.FilterResult:
    """A filter, with what of it a status matches."""
    return entities.FilterResult(
        filter=filter_entity(match.filter),
        keyword_matches=list(match.keywords) or None,
        status_matches=[str(post_id) for post_id in match.post_ids] or None,
    )
