"""`microblog totp`: what operators do for who has lost app and recovery codes."""

from __future__ import annotations

import click

from microblog_core.cli.context import Invocation, data_options, pass_invocation, run
from microblog_core.domain.permissions import SYSTEM
from microblog_core.services.accounts import find_account


@click.command()
@data_options
@click.argument("username")
@pass_invocation
def reset(invocation: Invocation, username: str) -> None:
    """Let somebody log in without a code: they have lost their app and their recovery codes."""
    from microblog_plugins.totp import enrolment

    async def work() -> None:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            await enrolment.reset(site.ports, SYSTEM, account.id)

    run(work())
    click.echo(f"{username} logs in without a code from now on. Make sure that it was them who asked.")


COMMANDS = (reset,)
