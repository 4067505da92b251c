"""`microblog serve`: every installed surface and the job runner in one process."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

import click

from microblog_core.cli.context import Invocation, data_options, pass_invocation, prepare
from microblog_core.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from microblog_core.config import ServerConfig
    from microblog_core.site import Site


@click.command()
@data_options
@click.option("--host", help="Address to listen on (default: 127.0.0.1; 0.0.0.0 is every network).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (default: 8000).")
@click.option(
    "--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes; more need PostgreSQL."
)
@click.option(
    "--log-format", type=click.Choice(["auto", "json", "text"]), help="Text in a terminal, else JSON."
)
@pass_invocation
def serve(
    invocation: Invocation, host: str | None, port: int | None, workers: int, log_format: str | None
) -> None:
    """Serve every installed surface and run the jobs, in one process.

    Without any configuration it makes a data folder with one SQLite file, and brings that file to this
    version whenever it starts. Ctrl+C or SIGTERM ends it cleanly.
    """
    import msgspec

    from microblog_core.http.app import create_app
    from microblog_core.http.server import end_process, run_server
    from microblog_core.http.surfaces import installed_surfaces
    from microblog_core.runtime.background import run_jobs
    from microblog_core.runtime.logs import configure_logging
    from microblog_core.site import compose_sites

    config = invocation.config(make_key=True)
    given = {"host": host, "port": port, "log_format": log_format}
    server = msgspec.structs.replace(
        config.server, **{name: value for name, value in given.items() if value is not None}
    )
    configure_logging(server.log_format, "debug" if invocation.debug else server.log_level)
    surfaces = installed_surfaces()
    # Links in mails lead to where this process listens, unless the configuration names an address.
    config = dataclasses.replace(config, server=server)
    sites = compose_sites(config, faces=tuple(surface.name for surface in surfaces))
    check_workers(workers, sites)
    for site in sites:
        done = prepare(site, make=True, forward=True)
        if done:
            click.echo(f"{site.name}: {done}", err=True)
    app = create_app(sites, surfaces, server=server, background=(run_jobs,) if config.jobs.embedded else ())
    run_server(app, server, on_ready=lambda url: _say_where(url, server, sites))
    end_process(0)


def check_workers(workers: int, sites: tuple[Site, ...]) -> None:
    """Raises `ConfigurationError` for more workers than the storages take, or than this command starts."""
    if workers == 1:
        return
    for site in sites:
        if site.storage_factory.embedded:
            raise ConfigurationError(
                f"The site {site.name} has an embedded storage, which takes one process.",
                hint="Leave --workers out, or give the site a PostgreSQL database (sites.NAME.storage).",
            )
    raise ConfigurationError(
        "`microblog serve` is one process.",
        hint="Start it once for each worker, each with its own --port, behind a load balancer.",
    )


def _say_where(url: str, server: ServerConfig, sites: tuple[Site, ...]) -> None:
    addresses = [site.config.base_url or url for site in sites]
    click.echo(f"Microblog is at {' and '.join(dict.fromkeys(addresses))}")
    if sys.stdout.isatty():
        click.echo("Press Ctrl+C to stop it.")
    sys.stdout.flush()
