"""The pages of the site, by subject. Each handler reads the request, calls one use case and hands values to
a template.
"""

from __future__ import annotations

from typing import Any

from microblog_web.controllers import (
    about,
    campaigns,
    deliveries,
    entry,
    exploring,
    feeds,
    home_feed,
    jobs,
    notifications,
    oembed,
    people,
    posts,
    profiles,
    settings,
    sitemaps,
    statistics,
    timelines,
    undo,
    webhooks,
    writing,
)
from microblog_web.live import live_public

HANDLERS: tuple[Any, ...] = (
    *timelines.HANDLERS,
    *feeds.HANDLERS,
    *home_feed.HANDLERS,
    *exploring.HANDLERS,
    *sitemaps.HANDLERS,
    *oembed.HANDLERS,
    *entry.HANDLERS,
    *writing.HANDLERS,
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
