"""The pages of the site, by subject. Each handler reads the request, calls one use case and hands values to
a template.
"""

from __future__ import annotations

from typing import Any

from microblog_web.controllers import (
    about,
    campaigns,
    deliveries,
    drafts,
    editing,
    entry,
    jobs,
    notifications,
    people,
    polls,
    posts,
    profiles,
    scheduled,
    settings,
    statistics,
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
    *people.HANDLERS,
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
