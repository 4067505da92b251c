"""`microblog campaigns`: write one from a file, start it, watch it, pause, resume, cancel."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from microblog_core.cli.console import printable, progress, table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, run
from microblog_core.domain.accounts import Role
from microblog_core.domain.campaigns import Audience, Campaign, CampaignState
from microblog_core.domain.errors import Invalid
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import Page
from microblog_core.ports.context import Ports

T = TypeVar("T")

FOLLOW_SECONDS = 1.0
_MOMENT = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
_MOVING = (CampaignState.SCHEDULED, CampaignState.RUNNING)


class AudienceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[audience]`; days are those of the site's time zone."""

    roles: tuple[Role, ...] = ()
    locale: str = ""
    joined_after: date | None = None
    joined_before: date | None = None
    active_since: date | None = None


class CampaignFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A campaign as a TOML file has it."""

    name: str
    subject: str
    body: str
    rate: int = 0
    audience: AudienceFile = AudienceFile()


@click.group()
@pass_invocation
def campaigns(invocation: Invocation) -> None:
    """Mail many people, once each, and look after it."""
    quiet_logs(debug=invocation.debug)


@campaigns.command("list")
@data_options
@click.option("--limit", type=click.IntRange(1, 80), default=40, show_default=True, help="How many at most.")
@click.option("--before", type=int, default=None, help="Only those with a smaller id: the next page.")
@pass_invocation
def list_all(invocation: Invocation, limit: int, before: int | None) -> None:
    """List campaigns, newest first."""
    from microblog_core.services import campaigns as services

    page = Page(limit=limit, max_id=before)
    found = _done(invocation, lambda ports: services.list_campaigns(ports, SYSTEM, page))
    if not found.items:
        click.echo("There are no campaigns. `microblog campaigns create --file FILE` makes one.")
        return
    rows = [
        [str(each.id), each.state, str(each.counts.sent), str(each.counts.total), each.name]
        for each in found.items
    ]
    table(["id", "state", "sent", "of", "name"], rows)
    if found.older is not None:
        click.echo(f"There are more: --before {found.older}")


@campaigns.command()
@data_options
@click.argument("campaign_id", type=int)
@click.option("--follow", is_flag=True, help="Show a bar until nothing moves any more.")
@pass_invocation
def show(invocation: Invocation, campaign_id: int, follow: bool) -> None:
    """Show everything about one campaign."""
    from microblog_core.services import campaigns as services

    async def work(ports: Ports) -> tuple[Campaign, int]:
        campaign = await services.read_campaign(ports, SYSTEM, campaign_id)
        if follow:
            campaign = await _follow(ports, campaign)
        return campaign, await services.count_audience(ports, SYSTEM, campaign.audience)

    campaign, size = _done(invocation, work)
    counts = campaign.counts
    for name, value in (
        ("id", str(campaign.id)),
        ("name", campaign.name),
        ("subject", campaign.subject),
        ("state", campaign.state),
        ("problem", campaign.problem or "-"),
        ("audience", f"{size} people now"),
        ("rate", f"{campaign.rate} mails a minute" if campaign.rate else "no limit"),
        ("starts", _moment(campaign.starts_at)),
        ("begun", _moment(campaign.started_at)),
        ("ended", _moment(campaign.finished_at)),
        ("sent", f"{counts.sent} of {counts.total}"),
        ("waiting", str(counts.waiting + counts.sending)),
        ("failed", str(counts.failed)),
        ("unclear", str(counts.unclear)),
        ("skipped", str(counts.skipped)),
    ):
        click.echo(f"{name:<9}{printable(value)}")


@campaigns.command()
@data_options
@click.option(
    "--file",
    "source",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A TOML file with name, subject, body, rate and [audience].",
)
@pass_invocation
def create(invocation: Invocation, source: Path) -> None:
    """Write a draft from a file."""
    from microblog_core.services import campaigns as services

    given = _read(source)

    def work(ports: Ports) -> Awaitable[Campaign]:
        zone, audience = ports.statistics.zone, given.audience

        def begins(day: date | None) -> int | None:
            moment = None if day is None else datetime.combine(day, time(), zone)
            return None if moment is None else round(moment.timestamp() * 1000)

        command = services.AddCampaign(
            name=given.name,
            subject=given.subject,
            body=given.body,
            rate=given.rate,
            audience=Audience(
                roles=audience.roles,
                locale=audience.locale,
                joined_after=begins(audience.joined_after),
                joined_before=begins(audience.joined_before),
                active_since=begins(audience.active_since),
            ),
        )
        return services.add_campaign(ports, SYSTEM, command)

    campaign = _done(invocation, work)
    click.echo(f"Draft {campaign.id}. `microblog campaigns start {campaign.id}` sends it.")


@campaigns.command()
@data_options
@click.argument("campaign_id", type=int)
@click.option("--at", type=_MOMENT, help="When, in the site's time zone; as soon as possible by default.")
@pass_invocation
def start(invocation: Invocation, campaign_id: int, at: datetime | None) -> None:
    """Start a draft; it can be taken back with cancel until it begins."""
    from microblog_core.services import campaigns as services

    def work(ports: Ports) -> Awaitable[Campaign]:
        moment = None if at is None else round(at.replace(tzinfo=ports.statistics.zone).timestamp() * 1000)
        return services.start_campaign(
            ports, SYSTEM, services.StartCampaign(campaign_id=campaign_id, at=moment)
        )

    campaign = _done(invocation, work)
    click.echo(f"{campaign_id} begins at {_moment(campaign.starts_at)}.")


def _change(name: str, use_case: str, help_text: str, said: str) -> None:
    """Add a command that changes a campaign's state."""

    @campaigns.command(name, help=help_text)
    @data_options
    @click.argument("campaign_id", type=int)
    @pass_invocation
    def command(invocation: Invocation, campaign_id: int) -> None:
        from microblog_core.services import campaigns as services

        which = services.CampaignCommand(campaign_id=campaign_id)
        campaign: Campaign = _done(
            invocation, lambda ports: getattr(services, use_case)(ports, SYSTEM, which)
        )
        click.echo(said.format(id=campaign_id, state=campaign.state))


_change("pause", "pause_campaign", "Stop sending until it is resumed.", "{id} is paused.")
_change("resume", "resume_campaign", "Go on where it was paused.", "{id} goes on.")
_change(
    "cancel",
    "cancel_campaign",
    "End it for good; what has not begun becomes a draft again.",
    "{id} is cancelled; it is {state} now.",
)


async def _follow(ports: Ports, campaign: Campaign) -> Campaign:
    """Draw progress until the campaign neither waits for its moment nor runs."""
    from microblog_core.services import campaigns as services

    while campaign.state is CampaignState.SCHEDULED:
        await asyncio.sleep(FOLLOW_SECONDS)
        campaign = await services.read_campaign(ports, SYSTEM, campaign.id)
    with progress(printable(campaign.name), campaign.counts.total) as bar:
        done = 0
        while True:
            bar.advance(campaign.counts.settled - done)
            done = campaign.counts.settled
            if campaign.state not in _MOVING:
                return campaign
            await asyncio.sleep(FOLLOW_SECONDS)
            campaign = await services.read_campaign(ports, SYSTEM, campaign.id)


def _read(source: Path) -> CampaignFile:
    """The file. Raises `Invalid` that says what to mend."""
    try:
        return msgspec.convert(tomllib.loads(source.read_text(encoding="utf-8")), CampaignFile)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise Invalid(
            f"{source} is no campaign: {error}.",
            hint="It has name, subject, body, maybe rate, and [audience] with roles, locale and days.",
        ) from error


def _done(invocation: Invocation, work: Callable[[Ports], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with invocation.open_site() as site:
            return await work(site.ports)

    return run(opened())


def _moment(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "-"
    return f"{datetime.fromtimestamp(milliseconds / 1000, tz=UTC):%Y-%m-%d %H:%M:%S} UTC"
