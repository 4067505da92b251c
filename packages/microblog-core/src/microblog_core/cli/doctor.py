"""`microblog doctor`: one line for each thing that is checked, each with what to do about it.

Exit code 0: nothing failed (warnings may be there). Exit code 1: something failed.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from microblog_core.cli.console import printable
from microblog_core.cli.context import (
    Invocation,
    data_options,
    pass_invocation,
    quiet_logs,
    run,
    schema_tools,
)
from microblog_core.cli.processes import process_names
from microblog_core.config_environment import overlooked
from microblog_core.domain.errors import MicroblogError
from microblog_core.examining import (
    Finding,
    Level,
    examine_address,
    examine_blobs,
    examine_clock,
    examine_plugins,
    examine_work,
    run_checks,
    trusts_everybody,
)

if TYPE_CHECKING:
    from microblog_core.config import Config
    from microblog_core.site import Site

_COLOURS = {"OK": "green", "WARN": "yellow", "FAIL": "red"}


@click.command()
@data_options
@pass_invocation
def doctor(invocation: Invocation) -> None:
    """Check configuration, database, clock, addresses and plugins, and say what to do."""
    quiet_logs(debug=invocation.debug)
    failed = False
    for line in examine(invocation):
        failed = failed or line.level == "FAIL"
        level = click.style(f"{line.level:4}", fg=_COLOURS[line.level], bold=True)
        click.echo(f"{level}  {line.subject}: {printable(line.text)}")
        if line.hint and line.level != "OK":
            click.echo(f"      {printable(line.hint)}")
    raise click.exceptions.Exit(1 if failed else 0)


def examine(invocation: Invocation) -> Iterator[Finding]:
    """All checks; what can't be looked at because an earlier one failed is left out."""
    yield examine_clock(time.time())
    try:
        config = invocation.config()
    except MicroblogError as error:
        yield Finding("FAIL", "configuration", error.message, error.hint)
        return
    yield Finding("OK", "configuration", f"{config.file or 'defaults'}, data in {config.data}")
    for variable, meant in overlooked(os.environ):
        yield Finding("WARN", "environment", f"{variable} sets nothing", f"Was {meant} meant?")
    yield from _files(config)
    yield from _addresses(config)
    yield _jobs(config)
    for site_config in config.sites:
        one = Invocation(invocation.data, invocation.file, site_config.name, invocation.debug)
        site = one.compose(config)
        yield from examine_plugins(site)
        yield from _database(site)


def _files(config: Config) -> Iterator[Finding]:
    from microblog_core.keys import KEY_NAME

    if not os.access(config.data, os.W_OK):
        yield Finding(
            "FAIL", "data folder", f"{config.data} can't be written to", "Give this user the right to."
        )
    key = config.data / KEY_NAME
    if key.is_file() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        yield Finding("WARN", "secret key", f"others may read {key}", f"chmod 600 {key}")
    else:
        earlier = f", {len(config.previous_keys)} earlier ones verify" if config.previous_keys else ""
        yield Finding("OK", "secret key", f"there{earlier}")


def _addresses(config: Config) -> Iterator[Finding]:
    for site in config.sites:
        yield examine_address(site, config.server)
    trusting = trusts_everybody(config.server)
    if trusting is not None:
        yield trusting


def _jobs(config: Config) -> Finding:
    """Who runs them, by the configuration."""
    scheme = config.jobs.broker.reveal().partition(":")[0]
    if config.jobs.embedded:
        beside = f", beside workers on {scheme}:" if scheme else ""
        return Finding("OK", "jobs", f"`microblog serve` runs them{beside}")
    if "worker" not in process_names():
        return Finding(
            "FAIL",
            "jobs",
            "`microblog serve` leaves them to workers, and there is no `microblog worker` here",
            "Install microblog-tasks, or take jobs.broker and jobs.run out of the configuration.",
        )
    if not scheme:
        text = "`microblog serve` leaves them to workers, which have no broker in common"
        return Finding("WARN", "jobs", text, "Set jobs.broker, for example to redis://localhost.")
    return Finding("OK", "jobs", f"`microblog worker` runs them, through the broker {scheme}:")


def _database(site: Site) -> Iterator[Finding]:
    subject = f"database of {site.name}"
    try:
        tools = schema_tools(site)
        if tools is not None:
            stored, needed = tools.status()
            if not stored:
                hint = (
                    "`microblog serve` makes it."
                    if site.storage_factory.embedded
                    else "`microblog migrate` makes it."
                )
                yield Finding("WARN", subject, "there is none yet", hint)
                return
            if stored != needed:
                yield Finding(
                    "FAIL", subject, f"at {stored}, this version needs {needed}", "Run `microblog migrate`."
                )
                return
        yield from run(_open_and_check(site))
    except MicroblogError as error:
        yield Finding("FAIL", subject, error.message, error.hint)


async def _open_and_check(site: Site) -> list[Finding]:
    """Open the site and ask what only an open one knows."""
    async with site:
        await site.storage.ping()
        found = [*await examine_work(site), await examine_blobs(site)]
        for each in (await run_checks(site))[1:]:
            level: Level = "OK" if not each.error else "FAIL" if each.critical else "WARN"
            found.append(Finding(level, each.name, each.error or "well", each.hint))
        return found
