"""`microblog oidc`: by which providers somebody logs in, as operators see and end it."""

from __future__ import annotations

import click

from microblog_core.cli.console import day_of, table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, run
from microblog_core.domain.permissions import SYSTEM
from microblog_core.services.accounts import find_account
from microblog_plugins.oidc.links import EndLinks, Link, end_links, links_of
from microblog_plugins.oidc.plugin import labels_of


@click.command()
@data_options
@click.argument("username")
@pass_invocation
def links(invocation: Invocation, username: str) -> None:
    """List by which providers somebody logs in."""

    async def work() -> tuple[Link, ...]:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            return (await links_of(site.ports, account.id)).links

    found = run(work())
    if not found:
        click.echo(f"{username} has none.")
        return
    table(["provider", "known as", "since", "issuer", "subject"], [_row(each) for each in found])


@click.command()
@data_options
@click.argument("username")
@click.argument("provider")
@pass_invocation
def unlink(invocation: Invocation, username: str, provider: str) -> None:
    """Let somebody log in by a provider no longer; all their sessions end."""

    async def work() -> bool:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            command = EndLinks(account_id=account.id, provider=provider, labels=labels_of(site))
            return await end_links(site.ports, SYSTEM, command)

    has_another = run(work())
    click.echo(f"{username} is not linked with {provider} any more, and logged out everywhere.")
    if not has_another:
        click.echo(f"There is no password either: `microblog users set-password {username}` gives one.")


def _row(link: Link) -> list[str]:
    return [link.provider, link.shown, day_of(link.since), link.issuer, link.subject]


COMMANDS = (links, unlink)
