"""`microblog media`: how much room pictures take, and who uses most."""

from __future__ import annotations

from collections.abc import Sequence

import click

from microblog_core.cli.console import table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, run
from microblog_core.domain.media_usage import PersonUsage
from microblog_core.domain.permissions import SYSTEM


@click.group()
@pass_invocation
def media(invocation: Invocation) -> None:
    """Show how much room pictures take, and who uses most."""
    quiet_logs(debug=invocation.debug)


@media.command()
@data_options
@click.option("--people", default=10, show_default=True, type=click.IntRange(0, 40), help="How many to list.")
@pass_invocation
def usage(invocation: Invocation, people: int) -> None:
    """Show what pictures take, what they may take, and who uses most."""
    from microblog_core.services.media_usage import Growth, in_words, read_largest, read_usage

    async def work() -> tuple[Growth, Sequence[PersonUsage]]:
        async with invocation.open_site() as site:
            growth = await read_usage(site.ports, SYSTEM)
            return growth, await read_largest(site.ports, SYSTEM, limit=people) if people else ()

    growth, largest = run(work())
    found, caps = growth.usage, growth.caps
    rows = [
        ["of posts", str(found.posts_files), in_words(found.posts_bytes)],
        ["of no post", str(found.unattached_files), in_words(found.unattached_bytes)],
        ["custom emojis", str(found.emojis), in_words(found.emoji_bytes)],
    ]
    table(["pictures", "files", "size"], rows)
    for what, cap in (("The site", caps.site), ("Each person", caps.person)):
        click.echo(f"{what} may use {in_words(cap) if cap else 'any amount'}.")
    if largest:
        each = [[f"@{one.account.acct}", str(one.files), in_words(one.bytes)] for one in largest]
        table(["person", "files", "size"], each)
