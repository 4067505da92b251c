"""`microblog passkeys`: the passkeys of an account, as operators see and remove them."""

from __future__ import annotations

import click

from microblog_core.cli.console import day_of, table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, run
from microblog_core.domain.permissions import SYSTEM
from microblog_core.services.accounts import find_account
from microblog_plugins.passkeys.keys import (
    PasskeyEntry,
    RemovePasskey,
    is_second_step,
    passkeys_of,
    remove_passkey,
)


@click.command("list")
@data_options
@click.argument("username")
@pass_invocation
def list_passkeys(invocation: Invocation, username: str) -> None:
    """List somebody's passkeys, and whether they are asked for as a second step."""

    async def work() -> tuple[tuple[PasskeyEntry, ...], bool]:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            entries = await passkeys_of(site.ports, account.id)
            return entries, await is_second_step(site.ports, account.id)

    found, second = run(work())
    if not found:
        click.echo(f"{username} has none.")
        return
    table(["id", "name", "for", "made", "used", "synced"], [_row(each) for each in found])
    if second:
        click.echo(f"{username} is asked for one after any other way to log in.")


@click.command()
@data_options
@click.argument("username")
@click.argument("passkey_id", type=int)
@pass_invocation
def remove(invocation: Invocation, username: str, passkey_id: int) -> None:
    """Remove one of somebody's passkeys at once; with the last one goes the second step."""

    async def work() -> None:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            command = RemovePasskey(account_id=account.id, passkey_id=passkey_id)
            await remove_passkey(site.ports, SYSTEM, command)

    run(work())
    click.echo("Removed. Make sure that it was its owner who asked.")


def _row(entry: PasskeyEntry) -> list[str]:
    passkey = entry.passkey
    return [
        str(passkey.id),
        entry.name,
        passkey.rp_id,
        day_of(passkey.created_at),
        day_of(entry.used.day, "never"),
        "yes" if entry.used.synced else "no",
    ]


COMMANDS = (list_passkeys, remove)
