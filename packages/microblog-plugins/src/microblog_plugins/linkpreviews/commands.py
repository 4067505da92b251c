"""`microblog linkpreviews`: what is known of pages, and forgetting it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from microblog_core.cli.console import table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, run
from microblog_core.domain.errors import PluginError
from microblog_core.site import Site
from microblog_plugins.linkpreviews.previewing import Previewer
from microblog_plugins.linkpreviews.tables import Kept


@click.command("list")
@data_options
@click.option("--failed", is_flag=True, help="Only pages without a preview, and why.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="So many.")
@pass_invocation
def list_all(invocation: Invocation, failed: bool, limit: int) -> None:
    """List the pages that were asked last."""

    async def work() -> Sequence[Kept]:
        async with invocation.open_site() as site:
            return await previewer_of(site).latest(limit, failed=failed)

    found = run(work())
    if not found:
        click.echo("There are none.")
        return
    rows = [[_moment(each.asked_at), str(each.posts), each.address, _said(each)] for each in found]
    table(["asked", "posts", "address", "preview"], rows)


@click.command()
@data_options
@click.argument("url")
@pass_invocation
def forget(invocation: Invocation, url: str) -> None:
    """Let a page have no preview any more, until somebody posts its address again."""

    async def work() -> None:
        async with invocation.open_site() as site:
            await previewer_of(site).forget(url)

    run(work())
    click.echo("Forgotten. To keep it so, name its host in plugins.linkpreviews.blocked.")


def previewer_of(site: Site) -> Previewer:
    """The site's link previews. Raises `PluginError` where the plugin is left out."""
    for each in site.contributions.link_previews:
        if isinstance(each, Previewer):
            return each
    raise PluginError(
        f"The plugin linkpreviews is not active on the site {site.name}.",
        hint="`microblog plugins show linkpreviews` says why.",
    )


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _said(kept: Kept) -> str:
    return kept.preview.title if kept.preview is not None else f"none: {kept.error}"


COMMANDS = (list_all, forget)
