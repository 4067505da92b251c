"""`microblog announcements` and `microblog emojis`: what operators say, and the pictures they offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from microblog_core.cli.console import table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, run
from microblog_core.domain.announcements import Announcement, CustomEmoji
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import PAGE_MAX, Page

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group()
@pass_invocation
def announcements(invocation: Invocation) -> None:
    """Add, list and remove announcements."""
    quiet_logs(debug=invocation.debug)


@announcements.command()
@data_options
@click.argument("text")
@click.option("--starts", type=_MOMENT, help="When people see it first, in UTC; at once by default.")
@click.option("--ends", type=_MOMENT, help="When they see it no longer, in UTC; never by default.")
@click.option("--draft", is_flag=True, help="Keep it without showing it.")
@pass_invocation
def add(
    invocation: Invocation, text: str, starts: datetime | None, ends: datetime | None, draft: bool
) -> None:
    """Announce something to everybody."""
    from microblog_core.services.announcements import AddAnnouncement, add_announcement

    command = AddAnnouncement(
        text=text, starts_at=_milliseconds(starts), ends_at=_milliseconds(ends), published=not draft
    )

    async def work() -> Announcement:
        async with invocation.open_site() as site:
            return await add_announcement(site.ports, SYSTEM, command)

    click.echo(f"Announced with id {run(work()).id}.")


@announcements.command("list")
@data_options
@pass_invocation
def list_all(invocation: Invocation) -> None:
    """List the newest announcements."""
    from microblog_core.services.announcements import list_announcements

    async def work() -> tuple[tuple[Announcement, ...], int]:
        async with invocation.open_site() as site:
            listing = await list_announcements(site.ports, SYSTEM, Page(limit=PAGE_MAX))
            return listing.items, site.ports.clock.now()

    found, now = run(work())
    if not found:
        click.echo("Nothing is announced. `microblog announcements add TEXT` does.")
        return
    rows = [
        [
            str(each.id),
            "on" if each.is_on(now) else "off",
            _moment(each.starts_at),
            _moment(each.ends_at),
            " ".join(each.text.split())[:60],
        ]
        for each in found
    ]
    table(["id", "state", "starts", "ends", "text"], rows)


@announcements.command()
@data_options
@click.argument("announcement_id", type=int)
@pass_invocation
def remove(invocation: Invocation, announcement_id: int) -> None:
    """Take an announcement away for good."""
    from microblog_core.services.announcements import AnnouncementCommand, remove_announcement

    async def work() -> None:
        async with invocation.open_site() as site:
            command = AnnouncementCommand(announcement_id=announcement_id)
            await remove_announcement(site.ports, SYSTEM, command)

    run(work())
    click.echo(f"{announcement_id} is announced no longer.")


@click.group()
@pass_invocation
def emojis(invocation: Invocation) -> None:
    """List and remove custom emojis."""
    quiet_logs(debug=invocation.debug)


@emojis.command("list")
@data_options
@pass_invocation
def list_emojis(invocation: Invocation) -> None:
    """List all custom emojis."""
    from microblog_core.services import announcements as services

    async def work() -> Sequence[CustomEmoji]:
        async with invocation.open_site() as site:
            return await services.list_emojis(site.ports, SYSTEM)

    found = run(work())
    if not found:
        click.echo("There are no custom emojis.")
        return
    rows = [[f":{each.shortcode}:", each.category, "off" if each.disabled else "on"] for each in found]
    table(["shortcode", "category", "state"], rows)


@emojis.command("remove")
@data_options
@click.argument("shortcode")
@pass_invocation
def remove_emoji(invocation: Invocation, shortcode: str) -> None:
    """Offer a custom emoji no longer."""
    from microblog_core.services.emojis import EmojiCommand, delete_emoji

    async def work() -> CustomEmoji:
        async with invocation.open_site() as site:
            return await delete_emoji(site.ports, SYSTEM, EmojiCommand(shortcode=shortcode))

    click.echo(f":{run(work()).shortcode}: is gone.")


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.replace(tzinfo=UTC).timestamp() * 1000)


def _moment(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "-"
    return f"{datetime.fromtimestamp(milliseconds / 1000, tz=UTC):%Y-%m-%d %H:%M}"
