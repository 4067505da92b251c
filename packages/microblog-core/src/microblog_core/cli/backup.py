"""`microblog backup` and `microblog restore`."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from microblog_core import __version__
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, schema_tools
from microblog_core.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from microblog_core.cli.archive import Manifest
    from microblog_core.config import Config
    from microblog_core.ports.storage import SchemaTools


@click.command()
@data_options
@click.argument("target", required=False, type=click.Path(path_type=Path, dir_okay=False))
@pass_invocation
def backup(invocation: Invocation, target: Path | None) -> None:
    """Write database and media of every site to one archive, while the service runs.

    TARGET ends in .tar or .tar.gz; without it the archive is made in this folder, named by the moment.
    """
    from microblog_core.cli.archive import Manifest, database_name, media_files, write_archive

    quiet_logs(debug=invocation.debug)
    now = datetime.now(UTC)
    target = target or Path(f"microblog-{now:%Y%m%d-%H%M%S}.tar.gz")
    if target.exists():
        raise ConfigurationError(f"{target} exists already.", hint="Choose another name.")
    if not target.name.endswith((".tar", ".tar.gz", ".tgz")):
        raise ConfigurationError(f"{target} is no archive's name.", hint="Let it end in .tar.gz, or in .tar.")
    config = invocation.config()
    tools = _tools(invocation, config)
    revisions = {name: each.status()[0] for name, each in tools.items()}
    for name, revision in revisions.items():
        if not revision:
            raise ConfigurationError(f"The site {name} has no data yet.", hint="`microblog serve` makes it.")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=config.data) as folder:
        files = []
        for name, each in tools.items():
            copy = Path(folder, name)
            each.backup(str(copy))
            files.append((database_name(name), copy))
        manifest = Manifest(version=__version__, made_at=round(now.timestamp() * 1000), sites=revisions)
        whole = write_archive(target, manifest, (*files, *media_files(config.data)))
    size, media = target.stat().st_size / 1e6, len(whole.files) - len(tools)
    click.echo(f"Wrote {target}: {size:.1f} MB, databases of {', '.join(tools)}, {media} media files.")
    click.echo("The secret key and the configuration are not in it; keep them elsewhere.")


@click.command()
@data_options
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--force", is_flag=True, help="Replace the data that is there.")
@pass_invocation
def restore(invocation: Invocation, source: Path, force: bool) -> None:
    """Put an archive's databases and media in place. Stop the service first.

    It refuses to replace data unless --force is given. Nothing is touched before the whole archive is
    checked.
    """
    from microblog_core.cli.archive import MEDIA, database_name, put_media, unpack_archive

    quiet_logs(debug=invocation.debug)
    config = invocation.config(make_key=True)
    tools = _tools(invocation, config)
    if not force:
        _refuse_to_replace(config, tools)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=config.data) as folder:
        manifest = unpack_archive(source, Path(folder))
        _check_sites(manifest, tools)
        for name, each in tools.items():
            each.restore(str(Path(folder, database_name(name))))
        put_media(Path(folder), config.data)
    made = datetime.fromtimestamp(manifest.made_at / 1000, tz=UTC)
    media = sum(name.startswith(f"{MEDIA}/") for name in manifest.files)
    click.echo(
        f"Restored {', '.join(manifest.sites)} and {media} media files as of {made:%Y-%m-%d %H:%M:%S} UTC."
    )
    for name, each in tools.items():
        stored, needed = each.status()
        if stored != needed:
            click.echo(f"The database of {name} is at revision {stored}; run `microblog migrate`.")


def _tools(invocation: Invocation, config: Config) -> dict[str, SchemaTools]:
    """The schema tools of every site of the configuration."""
    found = {}
    for each in config.sites:
        tools = schema_tools(Invocation(invocation.data, invocation.file, each.name).compose(config))
        if tools is None:
            raise ConfigurationError(
                f"The storage of the site {each.name} can't be backed up.",
                hint="Use SQLite or PostgreSQL for it.",
            )
        found[each.name] = tools
    return found


def _refuse_to_replace(config: Config, tools: dict[str, SchemaTools]) -> None:
    from microblog_core.cli.archive import MEDIA

    media = config.data / MEDIA
    occupied = [f"the site {name}" for name, each in tools.items() if each.status()[0]]
    if media.is_dir() and any(media.iterdir()):
        occupied.append(str(media))
    if occupied:
        raise ConfigurationError(
            f"There is data already: {', '.join(occupied)}.",
            hint="Make a backup, then restore with --force; or restore into another folder (--data).",
        )


def _check_sites(manifest: Manifest, tools: dict[str, SchemaTools]) -> None:
    if set(manifest.sites) != set(tools):
        raise ConfigurationError(
            f"The archive holds the sites {', '.join(manifest.sites)}.",
            hint=f"The configuration has {', '.join(tools)}; use the one that the backup was made with.",
        )
