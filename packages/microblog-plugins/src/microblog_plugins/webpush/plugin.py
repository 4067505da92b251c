"""The plugin `webpush`: tells people's apps what happened to them.

Import-light: the HTTP client and the cryptography load when a site is composed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins.marks import implements
from microblog_core.ports.channels import Channel
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind
from microblog_plugins.webpush.settings import WebPushSettings, check_settings

if TYPE_CHECKING:
    from microblog_core.patterns.outgoing import Outgoing
    from microblog_core.site import Site
    from microblog_plugins.webpush.channel import WebPushChannel

PLUGIN = Manifest(
    name="webpush",
    summary="Push messages to people's apps (Web Push).",
    settings=WebPushSettings,
    translations=Path(__file__).parent / "locale",
)
LIMIT = 16
"""Pushes of a process at a time, to all hosts together."""

logger = logging.getLogger("microblog.webpush")


def _channel(site: Site) -> WebPushChannel:
    """The site's channel, once it is composed."""
    from microblog_plugins.webpush.channel import WebPushChannel

    return next(each for each in site.contributions.channels if isinstance(each, WebPushChannel))


def _make(site: Site) -> WebPushChannel:
    """Make it. Raises `ConfigurationError`."""
    from microblog_plugins.webpush.channel import WebPushChannel

    given = site.settings("webpush")
    settings = given if isinstance(given, WebPushSettings) else WebPushSettings()
    check_settings(settings)

    def make() -> Outgoing:
        from microblog_core.patterns.outgoing import Outgoing

        return Outgoing(
            allowed=site.ports.limits.targets,
            seconds=settings.seconds,
            at_once=settings.at_once,
            rest=settings.rest_seconds,
            ca_file=settings.ca_file,
            tell=_tell,
            seen_by=site.observers,
            label="webpush",
        )

    outgoing = site.resources.add("webpush.outgoing", make, lambda made: made.close())
    return WebPushChannel(site, settings, outgoing)


def _tell(name: str, what: str) -> None:
    if what in ("open", "half_open", "closed"):
        logger.warning("The push service %s: the circuit is %s", name, what.replace("_", " "))


@implements(hookspecs.register_channels)
def register_channels(site: Site) -> Iterable[Channel]:
    """The channel `webpush`."""
    return (_make(site),)


@implements(hookspecs.register_jobs)
def register_jobs(site: Site) -> Iterable[JobKind]:
    """Sending one push."""
    from microblog_plugins.webpush.channel import PUSH_JOB, PUSH_RETRY

    async def push(job: Job) -> None:
        await _channel(site).push(job)

    return (JobKind(name=PUSH_JOB, handler=push, retry=PUSH_RETRY, timeout=30.0, limit=LIMIT),)
