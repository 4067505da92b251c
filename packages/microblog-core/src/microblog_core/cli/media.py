"""`microblog media`: how much room pictures take and who uses most, and copying files to another store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click
import msgspec

from microblog_core.cli.console import progress, table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, run
from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.media_usage import PersonUsage
from microblog_core.domain.permissions import SYSTEM

if TYPE_CHECKING:
    from microblog_core.ports.blobs import BlobStore
    from microblog_core.services.file_copies import Copied
    from microblog_core.site import Site


@click.group()
@pass_invocation
def media(invocation: Invocation) -> None:
    """Show how much room pictures take, and who uses most; copy files to another store."""
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


@media.command()
@data_options
@click.option(
    "--to", "target", default="", metavar="URL", help="The store to copy to.  [default: the site's]"
)
@click.option(
    "--from", "source", default="", metavar="URL", help="The store to copy from.  [default: the site's]"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_invocation
def copy(invocation: Invocation, target: str, source: str, as_json: bool) -> None:
    """Copy all files from one store to another, while the service runs.

    What is there already with the same size is left alone: when this is interrupted, run it again, and once
    more when the site uses the other store.
    """
    from microblog_core.services.media_usage import in_words

    if bool(target) == bool(source):
        raise ConfigurationError(
            "Name the other store, and only that one.",
            hint="--to URL copies the site's files there, --from URL copies others to the site.",
        )
    copied = run(_copy(invocation, source, target))
    if as_json:
        click.echo(msgspec.json.encode(copied).decode())
        return
    click.echo(
        f"{copied.copied} copied ({in_words(copied.bytes)}), {copied.present} there already,"
        f" {copied.missing} missing."
    )
    for key in copied.keys:
        click.echo(f"Missing: {key}")


async def _copy(invocation: Invocation, source: str, target: str) -> Copied:
    from microblog_core.services.file_copies import copy_files, count_files

    async with invocation.open_site() as site, _beside(site, source or target) as other:
        own = site.ports.blobs
        stores = (other, own) if source else (own, other)
        total = await count_files(site.ports)
        with progress("Copying files", total) as bar:
            return await copy_files(site.ports, *stores, bar.advance)


@asynccontextmanager
async def _beside(site: Site, url: str) -> AsyncIterator[BlobStore]:
    """The other store, of which it is certain that it takes files."""
    from microblog_core.blob_stores import open_blobs

    if url == site.blobs_url:
        raise ConfigurationError("That is the site's own store.", hint="Name another one.")
    store = open_blobs(site, url)
    try:
        await store.ping()
        yield store
    finally:
        await store.close()
