"""`microblog webhooks`: the targets of the site itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import click

from microblog_core.cli.console import table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, run
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.webhooks import SITE_EVENTS, Webhook
from microblog_core.services.webhooks import (
    AddWebhook,
    ListWebhooks,
    WebhookCommand,
    add_webhook,
    list_webhooks,
    pause_webhook,
    ping_webhook,
    remove_webhook,
    resume_webhook,
    rotate_webhook,
)
from microblog_plugins.webhooks.settings import WebhookSettings

SECRET = "Its secret, which is not shown again: {secret}"
OFF = "Nothing is told yet: set site_events = true in [plugins.webhooks]."


@click.command()
@data_options
@click.argument("url")
@click.option(
    "--event", "events", multiple=True, type=click.Choice(SITE_EVENTS), help="Only this; may be repeated."
)
@pass_invocation
def add(invocation: Invocation, url: str, events: tuple[str, ...]) -> None:
    """Tell this address what happens on the site."""

    async def work() -> tuple[Webhook, bool]:
        async with invocation.open_site() as site:
            made = await add_webhook(site.ports, SYSTEM, AddWebhook(url=url, site=True, events=events))
            settings = site.settings("webhooks")
            return made, isinstance(settings, WebhookSettings) and settings.site_events

    made, told = run(work())
    click.echo(f"Added with id {made.id}.")
    click.echo(SECRET.format(secret=made.secret))
    if not told:
        click.echo(OFF)


@click.command("list")
@data_options
@pass_invocation
def list_all(invocation: Invocation) -> None:
    """List the targets of the site, and how it went last."""

    async def work() -> tuple[Webhook, ...]:
        async with invocation.open_site() as site:
            return await list_webhooks(site.ports, SYSTEM, ListWebhooks(site=True))

    found = run(work())
    if not found:
        click.echo("There are none. `microblog webhooks add URL` makes one.")
        return
    rows = [
        [str(each.id), str(each.state), each.url, " ".join(each.events) or "all", _last(each)]
        for each in found
    ]
    table(["id", "state", "url", "events", "last"], rows)


def _last(webhook: Webhook) -> str:
    if not webhook.last_at:
        return "-"
    when = datetime.fromtimestamp(webhook.last_at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    return f"{when} {webhook.last_error or webhook.last_status}"


@click.command()
@data_options
@click.argument("webhook_id", type=int)
@pass_invocation
def rotate(invocation: Invocation, webhook_id: int) -> None:
    """Give a target a new secret; for a day the one before signs too."""
    made = run(_on(invocation, webhook_id, rotate_webhook))
    click.echo(SECRET.format(secret=made.secret))


def _simple(name: str, use_case: Callable[..., Awaitable[None]], text: str, said: str) -> click.Command:
    @click.command(name, help=text)
    @data_options
    @click.argument("webhook_id", type=int)
    @pass_invocation
    def command(invocation: Invocation, webhook_id: int) -> None:
        run(_on(invocation, webhook_id, use_case))
        click.echo(said)

    return command


async def _on(invocation: Invocation, webhook_id: int, use_case: Callable[..., Awaitable[Any]]) -> Any:
    async with invocation.open_site() as site:
        return await use_case(site.ports, SYSTEM, WebhookCommand(webhook_id=webhook_id, site=True))


COMMANDS = (
    add,
    list_all,
    rotate,
    _simple("pause", pause_webhook, "Tell a target nothing for now.", "Paused."),
    _simple("resume", resume_webhook, "Tell a target again, whatever had stopped that.", "Resumed."),
    _simple("remove", remove_webhook, "Forget a target.", "Removed."),
    _simple("ping", ping_webhook, "Queue a message that says nothing but that it works.", "Queued."),
)
