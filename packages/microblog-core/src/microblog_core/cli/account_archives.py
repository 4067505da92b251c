"""`microblog archive`: everything of an account in one file, and from one. Copies of whole sites are
`microblog backup`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from microblog_core.cli.console import printable, progress, table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, run
from microblog_core.domain.errors import Invalid, NotFound

if TYPE_CHECKING:
    from microblog_core.domain.accounts import Account
    from microblog_core.domain.archives import Import
    from microblog_core.ports.context import Ports

KINDS = ("archive", "following", "blocks", "mutes", "bookmarks")
PARTS = ("posts", "favourites", "bookmarks", "profile")
SHOWN = 20
"""How many problems are shown; all of them are on the person's page."""


class Chosen(msgspec.Struct, frozen=True):
    """A file on this machine and what is wanted of it; `size` in bytes."""

    file: Path
    size: int
    kind: str
    parts: tuple[str, ...]
    overwrite: bool


@click.group()
@pass_invocation
def archive(invocation: Invocation) -> None:
    """Write everything of one account to a file, or bring it along from one."""
    quiet_logs(debug=invocation.debug)


@archive.command("export")
@data_options
@click.argument("username")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_invocation
def export(invocation: Invocation, username: str, file: Path) -> None:
    """Write everything of an account as a .zip in Mastodon's format."""
    posts = run(_export(invocation, username, file))
    click.echo(f"Wrote {posts} posts and boosts of @{username} to {file}.")


async def _export(invocation: Invocation, username: str, file: Path) -> int:
    from microblog_core.runtime.archives.exporting import write_archive

    async with invocation.open_site() as site:
        ports = site.ports
        account = await _account(ports, username)
        part = file.with_name(f"{file.name}.part")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as stream, progress("Exporting", account.posts_count) as bar:
                posts = await write_archive(ports, account, stream, bar.advance)
                stream.flush()
                os.fsync(stream.fileno())
            await _remember(ports, "archive.exported", account)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
        return posts


@archive.command("import")
@data_options
@click.argument("username")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--kind", type=click.Choice(KINDS), default="archive", show_default=True)
@click.option(
    "--part",
    "parts",
    type=click.Choice(PARTS),
    multiple=True,
    help="Only this of an archive (may be given several times); all but the profile otherwise.",
)
@click.option("--overwrite", is_flag=True, help="Of a list: what it does not name goes.")
@pass_invocation
def bring(
    invocation: Invocation, username: str, file: Path, kind: str, parts: tuple[str, ...], overwrite: bool
) -> None:
    """Bring an archive, or a list as CSV, along for an account.

    Nobody is told. When this is interrupted, run it again with the same file: it goes on.
    """
    chosen = Chosen(file, file.stat().st_size, kind, parts or PARTS[:3], overwrite)
    item = run(_import(invocation, username, chosen))
    click.echo(f"{item.taken} taken, {item.known} there already, {item.refused} not taken.")
    if item.error:
        raise Invalid(item.error)


async def _import(invocation: Invocation, username: str, chosen: Chosen) -> Import:
    from microblog_core.domain.archives import Import, ImportKind, ImportPart
    from microblog_core.runtime.archives.importing import import_file
    from microblog_core.runtime.archives.local import local_import

    async with invocation.open_site() as site:
        ports = site.ports
        account = await _account(ports, username)
        now = ports.clock.now()
        wanted = Import(
            id=ports.ids.at(now),
            account_id=account.id,
            kind=ImportKind(chosen.kind),
            parts=tuple(
                ImportPart(part) for part in PARTS if part in chosen.parts and chosen.kind == KINDS[0]
            ),
            overwrite=chosen.overwrite and chosen.kind != KINDS[0],
            name=printable(chosen.file.name)[:200],
            key="",
            size=chosen.size,
            created_at=now,
        )
        item = await local_import(ports, wanted)
        await _remember(ports, "archive.imported", account)
        with progress("Importing", 100) as bar:
            shown = 0

            def told(done: int, total: int) -> None:
                nonlocal shown
                hundredths = done * 100 // max(total, 1)
                bar.advance(hundredths - shown)
                shown = hundredths

            await import_file(ports, item, chosen.file, told)
        return await _reported(ports, item.id)


async def _reported(ports: Ports, import_id: int) -> Import:
    """The import as it is, with its problems on the terminal."""
    from microblog_core.domain.timelines import Page

    item = await ports.storage.archives.get(import_id)
    if item is None:
        raise NotFound("The import is gone.")
    problems = (await ports.storage.archives.problems(import_id, Page(limit=SHOWN, min_id=0))).items[::-1]
    if problems:
        rows = [[str(each.place), each.source, each.reason] for each in problems]
        table(["place", "entry", "why it could not be taken, or not wholly"], rows)
    if item.problems > len(problems):
        click.echo(f"There are {item.problems - len(problems)} more; all are on the person's page.")
    return item


async def _account(ports: Ports, username: str) -> Account:
    account = await ports.storage.accounts.by_name(username.removeprefix("@"))
    if account is None:
        raise NotFound(f"There is nobody called {username}.", hint="`microblog users list` shows them.")
    return account


async def _remember(ports: Ports, action: str, account: Account) -> None:
    """An operator who reads or writes everything of somebody leaves a line in the audit log."""
    from microblog_core.ports.operations import AddAudit

    now = ports.clock.now()
    unit = ports.unit()
    line = AddAudit(
        id=ports.ids.at(now),
        actor_id=None,
        action=action,
        subject=str(account.id),
        detail="system",
        created_at=now,
    )
    unit.apply(line)
    await unit.commit()
