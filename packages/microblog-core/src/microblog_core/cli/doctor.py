"""`microblog doctor`: one line for each thing that is checked, each with what to do about it.

Exit code 0: nothing failed (warnings may be there). Exit code 1: something failed.
"""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

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
from microblog_core.domain.errors import MicroblogError

if TYPE_CHECKING:
    from microblog_core.config import Config
    from microblog_core.site import Site

Level = Literal["OK", "WARN", "FAIL"]
CHECK_SECONDS = 2.0
CLOCK_SECONDS = 30.0
EARLIEST = 1_735_689_600.0
"""1 January 2025 as Unix seconds: a clock before it was never set."""

_COLOURS = {"OK": "green", "WARN": "yellow", "FAIL": "red"}


class Line(NamedTuple):
    """The result of one check."""

    level: Level
    subject: str
    text: str
    hint: str = ""


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


def examine(invocation: Invocation) -> Iterator[Line]:
    """All checks; what can't be looked at because an earlier one failed is left out."""
    yield from _clock()
    try:
        config = invocation.config()
    except MicroblogError as error:
        yield Line("FAIL", "configuration", error.message, error.hint)
        return
    yield Line("OK", "configuration", f"{config.file or 'defaults'}, data in {config.data}")
    yield from _files(config)
    yield from _addresses(config)
    yield _jobs(config)
    for site_config in config.sites:
        one = Invocation(invocation.data, invocation.file, site_config.name, invocation.debug)
        site = one.compose(config)
        yield from _plugins(site)
        yield from _database(site, config)


def _clock() -> Iterator[Line]:
    now = time.time()
    if now < EARLIEST:
        yield Line(
            "FAIL",
            "clock",
            "it is set to the past",
            "Set the clock, for example by NTP; ids are made from it.",
        )
    else:
        yield Line("OK", "clock", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now)))


def _files(config: Config) -> Iterator[Line]:
    from microblog_core.keys import KEY_NAME

    if not os.access(config.data, os.W_OK):
        yield Line(
            "FAIL", "data folder", f"{config.data} can't be written to", "Give this user the right to."
        )
    key = config.data / KEY_NAME
    if key.is_file() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        yield Line("WARN", "secret key", f"others may read {key}", f"chmod 600 {key}")
    else:
        earlier = f", {len(config.previous_keys)} earlier ones verify" if config.previous_keys else ""
        yield Line("OK", "secret key", f"there{earlier}")


def _addresses(config: Config) -> Iterator[Line]:
    server = config.server
    public = server.host not in {"127.0.0.1", "::1", "localhost"}
    for site in config.sites:
        subject = f"address of {site.name}"
        if site.base_url.startswith("https://") and not server.proxies:
            yield Line(
                "WARN",
                subject,
                f"{site.base_url} is https, but no proxy is trusted: requests will look like http",
                "Name the proxy that ends TLS in server.proxies, for example 127.0.0.1.",
            )
        elif site.base_url.startswith("http://") and public:
            yield Line(
                "WARN", subject, f"{site.base_url} is not encrypted", "Put a proxy with TLS before it."
            )
        elif not site.base_url and (public or server.proxies):
            yield Line(
                "WARN",
                subject,
                "base_url is empty: links in mails and feeds can't be made, any Host is answered",
                f"Set sites.{site.name}.base_url and hosts.",
            )
        else:
            yield Line("OK", subject, site.base_url or f"http://{server.host}:{server.port}")
    if any(proxy in {"0.0.0.0/0", "::/0"} for proxy in server.proxies):
        yield Line(
            "FAIL",
            "proxies",
            "every address is trusted, so every visitor can pretend to come from anywhere",
            "Name only your proxies in server.proxies.",
        )


def _jobs(config: Config) -> Line:
    """Who runs them, by the configuration."""
    scheme = config.jobs.broker.reveal().partition(":")[0]
    if config.jobs.embedded:
        beside = f", beside workers on {scheme}:" if scheme else ""
        return Line("OK", "jobs", f"`microblog serve` runs them{beside}")
    if "worker" not in process_names():
        return Line(
            "FAIL",
            "jobs",
            "`microblog serve` leaves them to workers, and there is no `microblog worker` here",
            "Install microblog-tasks, or take jobs.broker and jobs.run out of the configuration.",
        )
    if not scheme:
        text = "`microblog serve` leaves them to workers, which have no broker in common"
        return Line("WARN", "jobs", text, "Set jobs.broker, for example to redis://localhost.")
    return Line("OK", "jobs", f"`microblog worker` runs them, through the broker {scheme}:")


def _plugins(site: Site) -> Iterator[Line]:
    bad = [report for report in site.report if report.state.value not in {"active", "disabled"}]
    for report in bad:
        level: Level = "FAIL" if report.name in site.config.plugins.required else "WARN"
        yield Line(
            level,
            f"plugin {report.name}",
            f"{report.state.value}: {report.reason}",
            report.hint or f"`microblog plugins show {report.name}` says more.",
        )
    for doubt in site.doubts:
        yield Line(
            "WARN", f"plugins of {site.name}", doubt, "Correct the name in the configuration, or remove it."
        )
    yield Line("OK", f"plugins of {site.name}", f"{len(site.report) - len(bad)} in order")


def _database(site: Site, config: Config) -> Iterator[Line]:
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
                yield Line("WARN", subject, "there is none yet", hint)
                return
            if stored != needed:
                yield Line(
                    "FAIL", subject, f"at {stored}, this version needs {needed}", "Run `microblog migrate`."
                )
                return
        yield from run(_open_and_check(site, subject, config))
    except MicroblogError as error:
        yield Line("FAIL", subject, error.message, error.hint)


async def _open_and_check(site: Site, subject: str, config: Config) -> list[Line]:
    """Open the site and ask what only an open one knows."""
    lines: list[Line] = []
    async with site:
        await site.storage.ping()
        counts = await site.storage.counts()
        lines.append(Line("OK", subject, f"{counts.accounts} accounts, {counts.posts} posts"))
        if counts.dead_jobs:
            lines.append(
                Line(
                    "WARN",
                    f"jobs of {site.name}",
                    f"{counts.dead_jobs} failed for good",
                    "The log says why each did.",
                )
            )
        due = await site.storage.queue.next_due()
        late = (site.ports.clock.now() - due) / 1000 if due is not None else 0.0
        if late > CLOCK_SECONDS:
            lines.append(
                Line(
                    "WARN",
                    f"jobs of {site.name}",
                    f"one is due for {late:.0f} s",
                    "Is `microblog serve` running?"
                    if config.jobs.embedded
                    else "Is `microblog worker` running?",
                )
            )
        lines.append(await _blobs(site))
        for check in site.contributions.health_checks:
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    await check.check()
            except Exception as error:
                text = "no answer within two seconds" if isinstance(error, TimeoutError) else str(error)
                level: Level = "FAIL" if check.critical else "WARN"
                lines.append(Line(level, check.name, text, getattr(error, "hint", "")))
            else:
                lines.append(Line("OK", check.name, "well"))
    return lines


async def _blobs(site: Site) -> Line:
    """Whether files can be stored, and whether a backup has them."""
    subject, url = f"media of {site.name}", site.blobs_url
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await site.ports.blobs.ping()
    except TimeoutError:
        return Line("FAIL", subject, "no answer within two seconds", "Is the disk or the store well?")
    except MicroblogError as error:
        return Line("FAIL", subject, error.message, error.hint)
    if site.config.blobs and not url.startswith("memory:"):
        return Line("OK", subject, "well; `microblog backup` does not have these files, copy them yourself")
    if not site.storage_factory.embedded:
        hint = f"Where there are several, set sites.{site.name}.blobs to a folder that all of them share."
        return Line("WARN", subject, "the files are in this machine's data folder", hint)
    return Line("OK", subject, "well")
