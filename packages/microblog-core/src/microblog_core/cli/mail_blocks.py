"""`microblog mail-blocks`: mail addresses that nobody signs up with."""

from __future__ import annotations

import click

from microblog_core.cli.console import table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, run
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.signing_up import MailBlock
from microblog_core.domain.timelines import PAGE_MAX, Page


@click.group("mail-blocks")
@pass_invocation
def mail_blocks(invocation: Invocation) -> None:
    """Block mail addresses and domains, list and lift blocks."""
    quiet_logs(debug=invocation.debug)


@mail_blocks.command()
@data_options
@click.argument("pattern")
@click.option("--note", default="", help="Why, for other operators.")
@pass_invocation
def add(invocation: Invocation, pattern: str, note: str) -> None:
    """Block a domain (with all below it) or a single address."""
    from microblog_core.services.mail_blocks import BlockMail, block_mail

    async def work() -> MailBlock:
        async with invocation.open_site() as site:
            return await block_mail(site.ports, SYSTEM, BlockMail(pattern=pattern, note=note))

    click.echo(f"Nobody signs up with {run(work()).pattern} any more.")


@mail_blocks.command("list")
@data_options
@pass_invocation
def list_blocks(invocation: Invocation) -> None:
    """List all blocks, newest first."""
    blocks = run(_all(invocation))
    if not blocks:
        click.echo("Nothing is blocked.")
        return
    table(["id", "blocked", "note"], [[str(each.id), each.pattern, each.note] for each in blocks])


@mail_blocks.command()
@data_options
@click.argument("pattern")
@pass_invocation
def remove(invocation: Invocation, pattern: str) -> None:
    """Lift a block."""
    from microblog_core.domain.errors import NotFound
    from microblog_core.domain.signing_up import check_pattern
    from microblog_core.services.mail_blocks import UnblockMail, unblock_mail

    async def work() -> None:
        async with invocation.open_site() as site:
            found = await site.ports.storage.sign_ups.mail_block([check_pattern(pattern)])
            if found is None:
                raise NotFound(
                    f"{pattern} is not blocked.", hint="`microblog mail-blocks list` shows what is."
                )
            await unblock_mail(site.ports, SYSTEM, UnblockMail(block_id=found.id))

    run(work())
    click.echo(f"{pattern} is no longer blocked.")


async def _all(invocation: Invocation) -> list[MailBlock]:
    from microblog_core.services.mail_blocks import list_mail_blocks

    async with invocation.open_site() as site:
        blocks: list[MailBlock] = []
        older: int | None = None
        while True:
            listing = await list_mail_blocks(site.ports, SYSTEM, Page(limit=PAGE_MAX, max_id=older))
            blocks.extend(listing.items)
            older = listing.older
            if older is None or not listing.items:
                return blocks
