"""The API's own face: its resources come in through everybody's hook. They alone stand at the API's root."""

from __future__ import annotations

from collections.abc import Iterable

from microblog_api import hookspecs
from microblog_api.oauth import apps, authorize, authorized, discovery, login, tokens
from microblog_api.resources import (
    accounts,
    announcements,
    cards,
    conversations,
    credentials,
    directory,
    documents,
    earnings,
    empty,
    filters,
    filters_v1,
    grouped_notifications,
    instance,
    lists,
    marks,
    media,
    memberships,
    nodeinfo,
    notifications,
    payments,
    pictures,
    polls,
    push,
    quotes,
    registration,
    reports,
    requests,
    scheduled,
    search,
    statuses,
    suggestions,
    tags,
    timelines,
    unoffered,
)
from microblog_core.plugins.marks import implements

RESOURCES = (
    accounts,
    announcements,
    cards,
    conversations,
    credentials,
    directory,
    documents,
    earnings,
    empty,
    filters,
    filters_v1,
    grouped_notifications,
    instance,
    lists,
    marks,
    media,
    memberships,
    notifications,
    payments,
    polls,
    push,
    registration,
    quotes,
    reports,
    requests,
    scheduled,
    search,
    statuses,
    suggestions,
    tags,
    timelines,
    unoffered,
)
"""The modules that declare endpoints."""


@implements(hookspecs.register_resources)
def register_resources() -> Iterable[object]:
    """NodeInfo, the authorization server, and everything that clients read and write."""
    oauth = (apps, authorize, authorized, discovery, login, tokens)
    return (
        *nodeinfo.HANDLERS,
        pictures.read,
        *(handler for part in oauth for handler in part.HANDLERS),
        *(endpoint for part in RESOURCES for endpoint in part.ENDPOINTS),
    )
