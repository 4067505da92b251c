"""`microblog apikeys`: the keys of an account, as operators see, make and end them."""

from __future__ import annotations

import click

from microblog_core.cli.console import day_of, table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, run
from microblog_core.domain.permissions import SYSTEM
from microblog_core.services.accounts import find_account
from microblog_plugins.apikeys.keys import (
    DEFAULT_DAYS,
    KeyEntry,
    MakeKey,
    MakeKeyFor,
    NewKey,
    RevokeKey,
    keys_of,
    make_key_for,
    revoke_key,
)
from microblog_plugins.apikeys.plugin import settings_of
from microblog_plugins.apikeys.scopes import offered

FACES = ("api",)
"""What says which scopes plugins add to the API."""


@click.command("list")
@data_options
@click.argument("username")
@pass_invocation
def list_keys(invocation: Invocation, username: str) -> None:
    """List somebody's keys: what they may do, and when they were used last."""

    async def work() -> tuple[KeyEntry, ...]:
        async with invocation.open_site() as site:
            return await keys_of(site.ports, (await find_account(site.ports, username)).id)

    found = run(work())
    if not found:
        click.echo(f"{username} has none.")
        return
    table(["id", "begins with", "name", "may", "made", "used", "ends"], [_row(each) for each in found])


@click.command()
@data_options
@pass_invocation
def scopes(invocation: Invocation) -> None:
    """List what keys may be allowed, what plugins add to the API included."""
    site = invocation.compose(invocation.config_or_default(), faces=FACES)
    table(["scope", "allows to"], [[name, words] for name, words in offered(site).items()])


@click.command()
@data_options
@click.argument("username")
@click.argument("name")
@click.option(
    "--may", "scopes", multiple=True, required=True, help="What it may do (`scopes` lists it); repeatable."
)
@click.option(
    "--days",
    type=click.IntRange(0, 9999),
    default=DEFAULT_DAYS,
    show_default=True,
    help="How long it works; 0 is until somebody revokes it.",
)
@pass_invocation
def make(invocation: Invocation, username: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a key that speaks for somebody, called NAME; it is written to standard output, once."""

    async def work() -> NewKey:
        async with invocation.open_site(faces=FACES) as site:
            account, settings = await find_account(site.ports, username), settings_of(site)
            key = MakeKey(
                name=name,
                scopes=scopes,
                offered=offered(site),
                days=days,
                longest_days=settings.longest_days,
                most=settings.most,
            )
            return await make_key_for(site.ports, SYSTEM, MakeKeyFor(account_id=account.id, key=key))

    click.echo(run(work()).token)


@click.command()
@data_options
@click.argument("username")
@click.argument("key_id", type=int)
@pass_invocation
def revoke(invocation: Invocation, username: str, key_id: int) -> None:
    """End one of somebody's keys at once."""

    async def work() -> None:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            await revoke_key(site.ports, SYSTEM, RevokeKey(account_id=account.id, key_id=key_id))

    run(work())
    click.echo("Revoked.")


def _row(entry: KeyEntry) -> list[str]:
    key = entry.key
    ends = {"": day_of(key.expires_at, "never"), "expired": "is over", "password": "ended with the password"}
    return [
        str(key.id),
        key.begins,
        key.name,
        " ".join(key.scopes),
        day_of(key.created_at),
        day_of(entry.used_at, "never"),
        ends[entry.ended],
    ]


COMMANDS = (list_keys, make, revoke, scopes)
