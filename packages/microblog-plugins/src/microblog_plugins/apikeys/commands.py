"""`microblog apikeys`: the keys of an account, as operators see and end them."""

from __future__ import annotations

import click

from microblog_core.cli.console import day_of, table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, run
from microblog_core.domain.permissions import SYSTEM
from microblog_core.services.accounts import find_account
from microblog_plugins.apikeys.keys import KeyEntry, RevokeKey, keys_of, revoke_key


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


COMMANDS = (list_keys, revoke)
