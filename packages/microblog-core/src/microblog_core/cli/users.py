"""`microblog users`: accounts, as operators manage them. Each command also takes everything as options, for
scripts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import IO

import click

from microblog_core.cli.console import ask, table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, run
from microblog_core.domain.accounts import Account, AccountState, Role
from microblog_core.domain.moderation import ModerationAct
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import PAGE_MAX, Page


@click.group()
@pass_invocation
def users(invocation: Invocation) -> None:
    """Create, list, approve, moderate and delete accounts, and give roles."""
    quiet_logs(debug=invocation.debug)


@users.command()
@data_options
@click.argument("username")
@click.option("--email", default="", help="Address to reach this person; never shown to others.")
@click.option("--password", default="", help="At least 8 characters; asked for where it is missing.")
@click.option(
    "--password-file", type=click.File(), help="Read the password from a file; - is standard input."
)
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.MEMBER.value, show_default=True
)
@click.option("--display-name", default="", help="The name shown beside the username.")
@pass_invocation
def create(
    invocation: Invocation,
    username: str,
    email: str,
    password: str,
    password_file: IO[str] | None,
    role: str,
    display_name: str,
) -> None:
    """Create an account."""
    from microblog_core.services.accounts import CreateAccount, create_account

    command = CreateAccount(
        username=username,
        email=email or ask("E-mail address", "--email"),
        password=_password(password, password_file),
        role=Role(role),
        display_name=display_name,
    )

    async def work() -> Account:
        async with invocation.open_site(make=True) as site:
            return await create_account(site.ports, SYSTEM, command)

    account = run(work())
    click.echo(f"Created {account.username} ({account.role.value}) with id {account.id}.")


@users.command("list")
@data_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_invocation
def list_users(invocation: Invocation, as_json: bool) -> None:
    """List all accounts, newest first."""
    import json

    from microblog_core.services.accounts import list_accounts

    async def work() -> list[Account]:
        async with invocation.open_site() as site:
            accounts: list[Account] = []
            older: int | None = None
            while True:
                listing = await list_accounts(site.ports, SYSTEM, Page(limit=PAGE_MAX, max_id=older))
                accounts.extend(listing.items)
                older = listing.older
                if older is None or not listing.items:
                    return accounts

    rows = [_row(account) for account in run(work())]
    if as_json:
        for row in rows:
            click.echo(json.dumps(row))
    elif rows:
        table(
            [key.replace("_", " ") for key in rows[0]],
            [[str(value) for value in row.values()] for row in rows],
        )
    else:
        click.echo("There are no accounts yet. `microblog users create NAME` makes one.")


@users.command("set-password")
@data_options
@click.argument("username")
@click.option("--password", default="", help="Asked for where it is missing.")
@click.option(
    "--password-file", type=click.File(), help="Read the password from a file; - is standard input."
)
@pass_invocation
def set_password(invocation: Invocation, username: str, password: str, password_file: IO[str] | None) -> None:
    """Give somebody a new password and end all their sessions."""
    from microblog_core.services.accounts import SetPassword, find_account
    from microblog_core.services.accounts import set_password as change

    secret = _password(password, password_file)

    async def work() -> None:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            await change(site.ports, SYSTEM, SetPassword(account_id=account.id, password=secret))

    run(work())
    click.echo(f"{username} has a new password; all sessions are ended.")


@users.command()
@data_options
@click.argument("username")
@pass_invocation
def disable(invocation: Invocation, username: str) -> None:
    """Keep somebody from logging in; sessions end at once, posts stay."""
    _set_state(invocation, username, AccountState.DISABLED)
    click.echo(f"{username} is disabled.")


@users.command()
@data_options
@click.argument("username")
@pass_invocation
def enable(invocation: Invocation, username: str) -> None:
    """Let somebody log in again."""
    _set_state(invocation, username, AccountState.ACTIVE)
    click.echo(f"{username} is active.")


@users.command()
@data_options
@click.argument("username")
@click.option("--at-once", is_flag=True, help="Without the grace in which the account can come back.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_invocation
def delete(invocation: Invocation, username: str, at_once: bool, yes: bool) -> None:
    """Hide an account at once, and remove everything of it but its name when its grace is over."""
    from microblog_core.services.accounts import find_account
    from microblog_core.services.leaving import DeleteAccount, delete_account, erase_account, moment_of

    if not yes:
        click.confirm(f"Delete {username} with all posts and pictures?", abort=True)

    async def work() -> int:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            command = DeleteAccount(account_id=account.id, at_once=at_once)
            departure = await delete_account(site.ports, SYSTEM, command)
            if at_once:
                await erase_account(site.ports, account.id)
            return departure.due_at

    due = run(work())
    click.echo(
        f"{username} is deleted." if at_once else f"{username} is hidden; deleted on {moment_of(due)}."
    )


@users.command()
@data_options
@click.argument("username")
@click.option("--reject", is_flag=True, help="Remove the sign-up instead.")
@pass_invocation
def approve(invocation: Invocation, username: str, reject: bool) -> None:
    """Let somebody in who waits for approval."""
    from microblog_core.services.accounts import find_account
    from microblog_core.services.approvals import DecideSignUp, approve_account, reject_account

    async def work() -> None:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            command = DecideSignUp(account_id=account.id)
            if reject:
                await reject_account(site.ports, SYSTEM, command)
            else:
                await approve_account(site.ports, SYSTEM, command)

    run(work())
    click.echo(f"{username} is {'rejected' if reject else 'approved'}.")


@users.command()
@data_options
@click.argument("username")
@click.option("--reason", default="", help="Why; the person is told.")
@pass_invocation
def silence(invocation: Invocation, username: str, reason: str) -> None:
    """Leave somebody's posts out of public timelines."""
    _decide(invocation, username, ModerationAct.SILENCE, reason)
    click.echo(f"{username} is silenced.")


@users.command()
@data_options
@click.argument("username")
@click.option("--reason", default="", help="Why; the person is told.")
@pass_invocation
def suspend(invocation: Invocation, username: str, reason: str) -> None:
    """Hide somebody and all their posts; sessions and tokens end at once."""
    _decide(invocation, username, ModerationAct.SUSPEND, reason)
    click.echo(f"{username} is suspended.")


@users.command()
@data_options
@click.argument("username")
@click.option("--reason", default="", help="Why, for the audit log.")
@pass_invocation
def restore(invocation: Invocation, username: str, reason: str) -> None:
    """Take back all that was decided about somebody's state."""
    from microblog_core.services.accounts import find_account
    from microblog_core.services.moderation import RestoreAccount, restore_account

    async def work() -> None:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            await restore_account(site.ports, SYSTEM, RestoreAccount(account_id=account.id, reason=reason))

    run(work())
    click.echo(f"{username} is active.")


@users.command()
@data_options
@click.argument("username")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@pass_invocation
def role(invocation: Invocation, username: str, role: str) -> None:
    """Give somebody another role. The last owner keeps theirs."""
    from microblog_core.services.accounts import find_account
    from microblog_core.services.moderators import ChangeRole, change_role

    async def work() -> None:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            await change_role(site.ports, SYSTEM, ChangeRole(account_id=account.id, role=Role(role)))

    run(work())
    click.echo(f"{username} is {role} now.")


@users.command("forget-second-factors")
@data_options
@click.argument("username")
@pass_invocation
def forget_second_factors(invocation: Invocation, username: str) -> None:
    """Let somebody log in without second factors whose plugin is gone for good."""
    from microblog_core.services.accounts import find_account
    from microblog_core.services.second_factors import (
        SecondFactorCommand,
        second_factors_of,
        switch_off_second_factor,
    )

    async def work() -> list[str]:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            present = {factor.name for factor in site.contributions.second_factors}
            gone = sorted(await second_factors_of(site.ports, account.id) - present)
            for name in gone:
                command = SecondFactorCommand(account_id=account.id, name=name)
                await switch_off_second_factor(site.ports, SYSTEM, command)
            return gone

    gone = run(work())
    if gone:
        click.echo(f"{username} logs in without {', '.join(gone)} from now on.")
    else:
        click.echo(
            f"{username} has no second factor whose plugin is gone. That of a plugin is taken away by it."
        )


def _decide(invocation: Invocation, username: str, act: ModerationAct, reason: str) -> None:
    from microblog_core.services.accounts import find_account
    from microblog_core.services.moderation import ModerateAccount, moderate_account

    why = reason or ask("Why (the person is told)", "--reason")

    async def work() -> None:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            command = ModerateAccount(account_id=account.id, act=act, reason=why)
            await moderate_account(site.ports, SYSTEM, command)

    run(work())


def _set_state(invocation: Invocation, username: str, state: AccountState) -> None:
    from microblog_core.services.accounts import SetState, find_account, set_account_state

    async def work() -> None:
        async with invocation.open_site() as site:
            account = await find_account(site.ports, username)
            await set_account_state(site.ports, SYSTEM, SetState(account_id=account.id, state=state))

    run(work())


def _password(password: str, file: IO[str] | None) -> str:
    if file is not None:
        return file.read().rstrip("\r\n")
    return password or ask("Password", "--password or --password-file", hidden=True)


def _row(account: Account) -> dict[str, str | int]:
    created = datetime.fromtimestamp(account.created_at / 1000, tz=UTC)
    return {
        "id": str(account.id),
        "username": account.username,
        "display_name": account.display_name,
        "role": account.role.value,
        "state": account.state.value,
        "posts": account.posts_count,
        "followers": account.followers_count,
        "created": f"{created:%Y-%m-%d}",
    }
