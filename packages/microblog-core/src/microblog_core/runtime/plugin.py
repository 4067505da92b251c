"""The plugin `runtime`: core's own jobs, contributed through the same hooks as anybody's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from microblog_core import __version__
from microblog_core.contributions import Manifest, Subscriber
from microblog_core.defaults.timelines import FAN_OUT_JOB
from microblog_core.domain.events import LinkPreviewChanged, NotificationCreated
from microblog_core.hookspecs import hookimpl
from microblog_core.patterns.commands import COMMAND_JOB
from microblog_core.ports.housekeeping import Sweep
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind, Schedule
from microblog_core.ports.storage import TRENDS
from microblog_core.runtime import media
from microblog_core.runtime.account_mail import AccountMailer
from microblog_core.runtime.archives.jobs import archive_jobs
from microblog_core.runtime.campaigns import CAMPAIGN_RETRY, CampaignRunner
from microblog_core.runtime.campaigns import TIMEOUT as CAMPAIGN_SECONDS
from microblog_core.runtime.fan_out import fan_out
from microblog_core.runtime.moderation_mail import ModerationMailer
from microblog_core.runtime.notify import DELIVER_JOB, DELIVER_RETRY, GATHER_JOB, Notifier
from microblog_core.runtime.payments import payment_jobs, payment_schedules
from microblog_core.runtime.polls import end_poll
from microblog_core.runtime.statistics import COMPUTE_JOB, COMPUTE_SECONDS, TIMEOUT, compute_statistics
from microblog_core.runtime.told import tell_followers
from microblog_core.services.campaigns import CAMPAIGN_JOB, TEST_JOB
from microblog_core.services.commands import core_commands
from microblog_core.services.housekeeping import core_sweeps, sweep_all
from microblog_core.services.leaving import ERASE_JOB, ERASE_SECONDS, erase_departed
from microblog_core.services.link_previews import drop_shown
from microblog_core.services.mails import ACCOUNT_MAIL_JOB
from microblog_core.services.media import PROCESS_JOB
from microblog_core.services.media_usage import CLEAN_UP_JOB
from microblog_core.services.moderation_mails import MODERATION_MAIL_JOB
from microblog_core.services.polls import END_POLL_JOB
from microblog_core.services.relations import END_MUTE_JOB, end_mute
from microblog_core.services.scheduled import SCHEDULED_JOB, publish_scheduled
from microblog_core.services.search import prune_trends
from microblog_core.services.telling import STATUS_JOB
from microblog_core.services.undo import REMOVE_HIDDEN_JOB, remove_all_hidden
from microblog_core.services.uploads import REMOVE_FILES_JOB

if TYPE_CHECKING:
    from microblog_core.site import Site

PLUGIN = Manifest(
    name="runtime",
    version=__version__,
    summary="Fan-out for people with many followers, delivery of notifications, media, queued commands",
)

PRUNE_JOB = "trends.prune"
SWEEP_JOB = "housekeeping.sweep"
SWEEP_SECONDS = 600.0


@hookimpl
def lifespan(site: Site) -> AbstractAsyncContextManager[None]:
    """What is kept of posts is made anew when their links show something else, in every process."""
    return _link_previews(site)


@asynccontextmanager
async def _link_previews(site: Site) -> AsyncIterator[None]:
    end = site.ports.bus.subscribe(
        LinkPreviewChanged, lambda event: drop_shown(site.ports, event), everywhere=True
    )
    yield
    end()


@hookimpl
def register_subscribers(site: Site) -> Iterable[Subscriber]:
    """Route each notification to channels."""
    handler = Notifier(site).route
    return (Subscriber(name="notifications", event=NotificationCreated, handler=handler, durable=True),)


@hookimpl
def register_jobs(site: Site) -> Iterable[JobKind]:
    """Fan-out, delivery, mails, media, posts told of, mutes that end, queued commands."""
    commands = core_commands()

    async def run_fan_out(job: Job) -> None:
        await fan_out(site.ports, job)

    async def run_tell(job: Job) -> None:
        await tell_followers(site.ports, job)

    async def run_end_mute(job: Job) -> None:
        await end_mute(site.ports, job)

    async def execute(job: Job) -> None:
        await commands.run(site.ports, job)

    async def finish_poll(job: Job) -> None:
        await end_poll(site.ports, job)

    async def publish(job: Job) -> None:
        await publish_scheduled(site.ports, job)

    async def prune(job: Job) -> None:
        if TRENDS in site.ports.storage.capabilities:
            await prune_trends(site.ports)

    async def process(job: Job) -> None:
        await media.process_media(site.ports, job)

    async def remove_files(job: Job) -> None:
        await media.remove_media_files(site.ports, job)

    notifier, mailer, campaigns = Notifier(site), AccountMailer(site), CampaignRunner(site)
    # What waits for a mail server has limits: others get on beside it, and it waits here, not by failing.
    return (
        JobKind(name=SCHEDULED_JOB, handler=publish, timeout=30.0),
        JobKind(name=END_POLL_JOB, handler=finish_poll, timeout=30.0),
        JobKind(name=PRUNE_JOB, handler=prune, timeout=120.0),
        JobKind(name=COMPUTE_JOB, handler=lambda job: compute_statistics(site.ports, job), timeout=TIMEOUT),
        JobKind(name=FAN_OUT_JOB, handler=run_fan_out, timeout=30.0),
        JobKind(name=STATUS_JOB, handler=run_tell, timeout=30.0),
        JobKind(name=END_MUTE_JOB, handler=run_end_mute, timeout=30.0),
        JobKind(name=DELIVER_JOB, handler=notifier.deliver, retry=DELIVER_RETRY, timeout=60.0, limit=20),
        JobKind(name=GATHER_JOB, handler=notifier.gather, timeout=30.0),
        JobKind(name=ACCOUNT_MAIL_JOB, handler=mailer.send, retry=DELIVER_RETRY, timeout=60.0, limit=8),
        JobKind(name=MODERATION_MAIL_JOB, handler=ModerationMailer(site).send, retry=DELIVER_RETRY, limit=4),
        JobKind(
            name=CAMPAIGN_JOB,
            handler=campaigns.send,
            retry=CAMPAIGN_RETRY,
            timeout=CAMPAIGN_SECONDS,
            priority=-10,
            limit=2,
        ),
        JobKind(name=TEST_JOB, handler=campaigns.test, retry=DELIVER_RETRY, timeout=30.0),
        JobKind(name=COMMAND_JOB, handler=execute, timeout=30.0),
        JobKind(name=PROCESS_JOB, handler=process, retry=media.PROCESS_RETRY, timeout=media.PROCESS_SECONDS),
        JobKind(name=REMOVE_FILES_JOB, handler=remove_files, timeout=60.0),
        JobKind(name=REMOVE_HIDDEN_JOB, handler=lambda job: remove_all_hidden(site.ports), timeout=60.0),
        JobKind(
            name=ERASE_JOB,
            handler=lambda job: erase_departed(site.ports, job),
            timeout=ERASE_SECONDS,
            limit=1,
        ),
        *archive_jobs(lambda: site.ports),
        *payment_jobs(lambda: site.ports),
        JobKind(name=SWEEP_JOB, handler=lambda job: _sweep(site), timeout=600.0, limit=1),
        JobKind(name=CLEAN_UP_JOB, handler=lambda job: _sweep(site, "media"), timeout=600.0, limit=1),
    )


@hookimpl
def register_schedules(site: Site) -> Iterable[Schedule]:
    """Once a day what is too old to trend is forgotten, every few minutes days are counted and what has had
    its time goes.
    """
    return (
        Schedule(name="trends", kind=PRUNE_JOB, every=24 * 3600.0),
        Schedule(name="statistics", kind=COMPUTE_JOB, every=COMPUTE_SECONDS),
        Schedule(name="housekeeping", kind=SWEEP_JOB, every=SWEEP_SECONDS),
        *(payment_schedules() if site.config.payments.gateways else ()),
    )


@hookimpl
def register_sweeps(site: Site) -> Iterable[Sweep]:
    """What core keeps with an end."""
    return core_sweeps(lambda: site.ports)


async def _sweep(site: Site, only: str = "") -> None:
    sweeps = [each for each in site.contributions.sweeps if only in ("", each.name)]
    await sweep_all(site.ports, sweeps)
