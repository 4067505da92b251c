"""The plugin `webhooks`: tells other programs what happens, signed.

Import-light: the HTTP client loads when a site is composed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from microblog_core import hookspecs
from microblog_core.contributions import HealthCheck, Manifest, Subscriber
from microblog_core.domain.events import Event
from microblog_core.domain.webhooks import WEBHOOK_JOB
from microblog_core.plugins.marks import implements
from microblog_core.ports.channels import Channel
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind
from microblog_plugins.webhooks.settings import WebhookSettings, check_settings

if TYPE_CHECKING:
    from microblog_core.patterns.outgoing import Outgoing
    from microblog_core.site import Site
    from microblog_plugins.webhooks.channel import WebhookChannel

PLUGIN = Manifest(
    name="webhooks",
    summary="Tells other programs what happens, by signed requests.",
    settings=WebhookSettings,
)
LIMIT = 16
"""Requests of a process at a time, to all hosts together."""

logger = logging.getLogger("microblog.webhooks")


def _settings(site: Site) -> WebhookSettings:
    given = site.settings("webhooks")
    return given if isinstance(given, WebhookSettings) else WebhookSettings()


def _channel(site: Site) -> WebhookChannel:
    """The site's channel, once it is composed."""
    from microblog_plugins.webhooks.channel import WebhookChannel

    return next(each for each in site.contributions.channels if isinstance(each, WebhookChannel))


def _make(site: Site) -> WebhookChannel:
    """Make it. Raises `ConfigurationError`."""
    from microblog_plugins.webhooks.channel import WebhookChannel

    settings = _settings(site)
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
            label="webhooks",
        )

    return WebhookChannel(site, site.resources.add("webhooks.outgoing", make, lambda made: made.close()))


def _tell(name: str, what: str) -> None:
    if what in ("open", "half_open", "closed"):
        logger.warning("The web hooks' host %s: the circuit is %s", name, what.replace("_", " "))


@implements(hookspecs.register_channels)
def register_channels(site: Site) -> Iterable[Channel]:
    """The channel `webhooks`."""
    return (_make(site),)


@implements(hookspecs.register_jobs)
def register_jobs(site: Site) -> Iterable[JobKind]:
    """Telling one target of one thing."""
    from microblog_plugins.webhooks.channel import RETRY

    async def send(job: Job) -> None:
        await _channel(site).send(job)

    return (JobKind(name=WEBHOOK_JOB, handler=send, retry=RETRY, timeout=30.0, limit=LIMIT),)


@implements(hookspecs.register_subscribers)
def register_subscribers(site: Site) -> Iterable[Subscriber]:
    """Public events for the site's targets, where that is switched on: each costs a job."""
    if not _settings(site).site_events:
        return ()
    from microblog_plugins.webhooks.channel import TOLD

    async def observe(event: Event) -> None:
        await _channel(site).observe(event)

    return tuple(
        Subscriber(name=event.type.replace(".", "_"), event=event, handler=observe, durable=True)
        for event in TOLD
    )


@implements(hookspecs.register_health_checks)
def register_health_checks(site: Site) -> Iterable[HealthCheck]:
    """Whether all targets of the site are told; the site works without them."""
    if not _settings(site).site_events:
        return ()

    async def check() -> None:
        await _channel(site).check()

    return (HealthCheck(name="webhooks", check=check),)


@implements(hookspecs.register_commands)
def register_commands() -> Iterable[click.Command]:
    """The site's own targets."""
    from microblog_plugins.webhooks.commands import COMMANDS

    return COMMANDS
