"""The pages of the site, by subject. Each handler reads the request, calls one use case and hands values to
a template.
"""

from __future__ import annotations

from typing import Any

from microblog_web.controllers import (
    about,
    campaigns,
    conversations,
    deliveries,
    drafts,
    editing,
    entry,
    filters,
    jobs,
    lists,
    marks,
    notifications,
    people,
    polls,
    posts,
    profiles,
    reports,
    scheduled,
    settings,
    statistics,
    tags,
    timelines,
    undo,
    webhooks,
    writing,
)
from microblog_web.live import live_public

HANDLERS: tuple[Any, ...] = (
    *timelines.HANDLERS,
    *entry.HANDLERS,
    *writing.HANDLERS,
    *editing.HANDLERS,
    *drafts.HANDLERS,
    *scheduled.HANDLERS,
    *polls.HANDLERS,
    *undo.HANDLERS,
    *posts.HANDLERS,
    *marks.HANDLERS,
    *people.HANDLERS,
    *reports.HANDLERS,
    *lists.HANDLERS,
    *tags.HANDLERS,
    *filters.HANDLERS,
    *conversations.HANDLERS,
    *notifications.HANDLERS,
    *settings.HANDLERS,
    *deliveries.HANDLERS,
    *webhooks.HANDLERS,
    *about.HANDLERS,
    *statistics.HANDLERS,
    *campaigns.HANDLERS,
    *jobs.HANDLERS,
    *profiles.HANDLERS,
    live_public,
)
