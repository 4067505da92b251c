"""The plugin `linkpreviews`: what the pages that posts link to say of themselves.

Import-light: the HTTP client loads when a site is composed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, Migration, Subscriber
from microblog_core.domain.events import AccountDeleted, PostDeleted, PostEdited, PostPublished
from microblog_core.plugins.marks import implements
from microblog_core.ports.housekeeping import Sweep
from microblog_core.ports.link_previews import LinkPreviews
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind
from microblog_plugins.linkpreviews.settings import LinkPreviewSettings, check_settings

if TYPE_CHECKING:
    from microblog_core.patterns.outgoing import Outgoing
    from microblog_core.site import Site
    from microblog_plugins.linkpreviews.previewing import Previewer

PLUGIN = Manifest(
    name="linkpreviews",
    summary="Shows what the pages that posts link to say of themselves.",
    settings=LinkPreviewSettings,
    capabilities=("sql",),
)
LIMIT = 8
"""Pages that a process asks for at a time."""
SECONDS = 120.0

logger = logging.getLogger("microblog.linkpreviews")


def _previewer(site: Site) -> Previewer:
    """The site's previewer, once it is composed."""
    from microblog_plugins.linkpreviews.commands import previewer_of

    return previewer_of(site)


@implements(hookspecs.register_link_previews)
def register_link_previews(site: Site) -> Iterable[LinkPreviews]:
    """What is known of pages. Raises `ConfigurationError`."""
    from microblog_plugins.linkpreviews.previewing import Previewer

    given = site.settings("linkpreviews")
    settings = given if isinstance(given, LinkPreviewSettings) else LinkPreviewSettings()
    check_settings(settings)

    def make() -> Outgoing:
        from microblog_core.patterns.outgoing import Outgoing

        return Outgoing(
            allowed=site.ports.limits.targets,
            seconds=settings.seconds,
            ca_file=settings.ca_file,
            tell=_tell,
            seen_by=site.observers,
            label="linkpreviews",
        )

    outgoing = site.resources.add("linkpreviews.outgoing", make, lambda made: made.close())
    return (Previewer(site, settings, outgoing),)


def _tell(name: str, what: str) -> None:
    if what in ("open", "half_open", "closed"):
        logger.info("The linked host %s: the circuit is %s", name, what.replace("_", " "))


@implements(hookspecs.register_migrations)
def register_migrations() -> Iterable[Migration]:
    """Pages, and which posts link to them."""
    from microblog_plugins.linkpreviews.tables import MIGRATIONS

    return MIGRATIONS


@implements(hookspecs.register_subscribers)
def register_subscribers(site: Site) -> Iterable[Subscriber]:
    """Posts that come with links, change, and go."""

    async def look_at(event: PostPublished | PostEdited) -> None:
        await _previewer(site).look_at(event)

    async def post_gone(event: PostDeleted) -> None:
        await _previewer(site).post_gone(event)

    async def account_gone(event: AccountDeleted) -> None:
        await _previewer(site).account_gone(event)

    return (
        Subscriber(name="published", event=PostPublished, handler=look_at, durable=True, having="linked"),
        Subscriber(name="edited", event=PostEdited, handler=look_at, durable=True),
        Subscriber(name="deleted", event=PostDeleted, handler=post_gone, durable=True),
        Subscriber(name="accounts", event=AccountDeleted, handler=account_gone, durable=True),
    )


@implements(hookspecs.register_jobs)
def register_jobs(site: Site) -> Iterable[JobKind]:
    """Asking for a page, and removing pictures that nothing shows."""
    from microblog_plugins.linkpreviews.previewing import FETCH_JOB, RETRY, TIDY_JOB

    async def fetch(job: Job) -> None:
        await _previewer(site).fetch(job)

    async def tidy(job: Job) -> None:
        await _previewer(site).tidy(job)

    return (
        JobKind(name=FETCH_JOB, handler=fetch, retry=RETRY, timeout=SECONDS, priority=-5, limit=LIMIT),
        JobKind(name=TIDY_JOB, handler=tidy, priority=-5),
    )


@implements(hookspecs.register_sweeps)
def register_sweeps(site: Site) -> Iterable[Sweep]:
    """Pages that no post links to."""

    async def count(now: int, limit: int) -> int:
        return await _previewer(site).count_unused(now, limit)

    async def remove(now: int, limit: int) -> int:
        return await _previewer(site).remove_unused(now, limit)

    return (Sweep(name="pages", title="Link previews of no post", count=count, remove=remove, chunk=100),)


@implements(hookspecs.register_commands)
def register_commands() -> Iterable[click.Command]:
    """What is known of pages, and forgetting it."""
    from microblog_plugins.linkpreviews.commands import COMMANDS

    return COMMANDS
