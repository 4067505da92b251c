"""What is looked at to say how well a site is: for `microblog doctor`, and for the operators' page of the
running site. Each finding says what to do about it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from microblog_core.contributions import HealthCheck
from microblog_core.domain.errors import MicroblogError
from microblog_core.runtime.logs import scrub

if TYPE_CHECKING:
    from microblog_core.config import ServerConfig, SiteConfig
    from microblog_core.site import Site

Level = Literal["OK", "WARN", "FAIL"]
CHECK_SECONDS = 2.0
LATE_SECONDS = 30.0
EARLIEST = 1_735_689_600.0
"""1 January 2025 as Unix seconds: a clock before it was never set."""
SPACE_LOW, SPACE_OUT = 1 << 30, 100 << 20
"""Free bytes below which there is a warning, and below which it fails."""


class Finding(NamedTuple):
    """The result of looking at one thing."""

    level: Level
    subject: str
    text: str
    hint: str = ""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A health check, how it went and how long it took."""

    name: str
    critical: bool
    milliseconds: float
    error: str = ""
    hint: str = ""


async def examine(site: Site, *, scheme: str = "", client: str = "") -> tuple[Finding, ...]:
    """Everything about a site that is open. `scheme` and `client` are those of the request that asks."""
    return (
        examine_clock(time.time()),
        await asyncio.to_thread(_space, site),
        examine_address(site.config, site.server),
        *_requests(site, scheme, client),
        _mail(site),
        await asyncio.to_thread(_schema, site),
        *await examine_work(site),
        await examine_blobs(site),
        *examine_plugins(site),
    )


async def run_checks(site: Site) -> tuple[Checked, ...]:
    """The storage and every health check of the plugins, all at once."""
    storage = HealthCheck(name="storage", check=site.ports.storage.ping, critical=True)
    return tuple(await asyncio.gather(*(_run(check) for check in (storage, *site.health_checks))))


async def _run(check: HealthCheck) -> Checked:
    began = time.perf_counter()
    error = hint = ""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check.check()
    except TimeoutError:
        error = "no answer within two seconds"
    except Exception as problem:
        error, hint = scrub(str(problem)) or type(problem).__name__, scrub(str(getattr(problem, "hint", "")))
    spent = round((time.perf_counter() - began) * 1000, 1)
    return Checked(name=check.name, critical=check.critical, milliseconds=spent, error=error, hint=hint)


def examine_clock(now: float) -> Finding:
    """Whether the clock was ever set; `now` is Unix seconds."""
    if now < EARLIEST:
        hint = "Set the clock, for example by NTP; ids are made from it."
        return Finding("FAIL", "clock", "it is set to the past", hint)
    return Finding("OK", "clock", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now)))


def examine_address(site: SiteConfig, server: ServerConfig) -> Finding:
    """Whether the site's public address and the server fit together."""
    public = server.host not in {"127.0.0.1", "::1", "localhost"}
    subject = f"address of {site.name}"
    if site.base_url.startswith("https://") and not server.proxies:
        text = f"{site.base_url} is https, but no proxy is trusted: requests will look like http"
        hint = "Name the proxy that ends TLS in server.proxies, for example 127.0.0.1."
        return Finding("WARN", subject, text, hint)
    if site.base_url.startswith("http://") and public:
        return Finding(
            "WARN", subject, f"{site.base_url} is not encrypted", "Put a proxy with TLS before it."
        )
    if not site.base_url and (public or server.proxies):
        text = "base_url is empty: links in mails and feeds can't be made, any Host is answered"
        return Finding("WARN", subject, text, f"Set sites.{site.name}.base_url and hosts.")
    return Finding("OK", subject, site.base_url or f"http://{server.host}:{server.port}")


def trusts_everybody(server: ServerConfig) -> Finding | None:
    """What is wrong where every address counts as a proxy."""
    if any(proxy in {"0.0.0.0/0", "::/0"} for proxy in server.proxies):
        text = "every address is trusted, so every visitor can pretend to come from anywhere"
        return Finding("FAIL", "proxies", text, "Name only your proxies in server.proxies.")
    return None


def _requests(site: Site, scheme: str, client: str) -> Iterator[Finding]:
    """What the request that asks tells of the proxies before the site."""
    trusting = trusts_everybody(site.server)
    if trusting is not None:
        yield trusting
    if scheme == "http" and site.config.base_url.startswith("https://"):
        yield Finding(
            "WARN",
            "this request",
            "it came as http, though the site's address is https: cookies are not marked as secure",
            "Have the proxy send X-Forwarded-Proto, and name it in server.proxies.",
        )
    if client and site.config.base_url.startswith("https://") and _is_near(client):
        yield Finding(
            "WARN",
            "this request",
            f"it seems to come from {client}: everybody may seem to, and share one rate limit",
            "Have the proxy send X-Forwarded-For, and name it in server.proxies.",
        )


def _is_near(address: str) -> bool:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return found.is_loopback or found.is_private


def _space(site: Site) -> Finding:
    """Whether the data folder's disk has room and may be written to."""
    folder = site.data
    subject = "disk"
    try:
        usage = shutil.disk_usage(folder)
    except OSError as error:
        if not site.config.storage:
            return Finding("FAIL", subject, f"{folder} can't be looked at: {error.strerror}", "Is it there?")
        return Finding("OK", subject, "there is no data folder")
    said = f"{usage.free / (1 << 30):.1f} GB free of {usage.total / (1 << 30):.1f} GB at {folder}"
    if not os.access(folder, os.W_OK):
        return Finding("FAIL", subject, f"{folder} can't be written to", "Give this user the right to.")
    if usage.free < SPACE_LOW:
        level: Level = "FAIL" if usage.free < SPACE_OUT else "WARN"
        return Finding(level, subject, said, "Make room: posts and pictures can't be kept without.")
    return Finding("OK", subject, said)


def _mail(site: Site) -> Finding:
    if site.ports.mails:
        return Finding("OK", "mail", "there is a channel that sends mail")
    return Finding(
        "WARN",
        "mail",
        "nothing sends mail: nobody can confirm an address or set a new password",
        "Install the extra email of microblog-plugins and set plugins.email.",
    )


def _schema(site: Site) -> Finding:
    """Whether the database is of this version."""
    subject = f"database of {site.name}"
    make = site.storage_factory.tools
    if make is None:
        return Finding("OK", subject, f"{site.storage_factory.name}, without a schema")
    try:
        stored, needed = make(site.storage_url).status()
    except MicroblogError as error:
        return Finding("FAIL", subject, error.message, error.hint)
    if stored != needed:
        return Finding(
            "FAIL", subject, f"at {stored}, this version needs {needed}", "Run `microblog migrate`."
        )
    return Finding("OK", subject, f"{site.storage_factory.name}, revision {stored}")


async def examine_work(site: Site) -> list[Finding]:
    """How much there is in the database, and whether somebody does the jobs."""
    counts = await site.storage.counts()
    found = [Finding("OK", f"database of {site.name}", f"{counts.accounts} accounts, {counts.posts} posts")]
    subject = f"jobs of {site.name}"
    if counts.dead_jobs:
        text = f"{counts.dead_jobs} failed for good"
        found.append(Finding("WARN", subject, text, "The log says why each did."))
    due = await site.storage.queue.next_due()
    late = (site.ports.clock.now() - due) / 1000 if due is not None else 0.0
    if late > LATE_SECONDS:
        runs = "serve" if site.jobs.embedded else "worker"
        found.append(
            Finding("WARN", subject, f"one is due for {late:.0f} s", f"Is `microblog {runs}` running?")
        )
    return found


async def examine_blobs(site: Site) -> Finding:
    """Whether files can be stored, and whether a backup has them."""
    subject, url = f"media of {site.name}", site.blobs_url
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await site.ports.blobs.ping()
    except TimeoutError:
        return Finding("FAIL", subject, "no answer within two seconds", "Is the disk or the store well?")
    except MicroblogError as error:
        return Finding("FAIL", subject, error.message, error.hint)
    if site.config.blobs and not url.startswith("memory:"):
        text = "well; `microblog backup` does not have these files, copy them yourself"
        return Finding("OK", subject, text)
    if not site.storage_factory.embedded:
        hint = f"Where there are several, set sites.{site.name}.blobs to a folder that all of them share."
        return Finding("WARN", subject, "the files are in this machine's data folder", hint)
    return Finding("OK", subject, "well")


def examine_plugins(site: Site) -> Iterator[Finding]:
    """Which plugins are not in order, and what the configuration probably does not mean so."""
    bad = [report for report in site.report if report.state.value not in {"active", "disabled"}]
    for report in bad:
        level: Level = "FAIL" if report.name in site.config.plugins.required else "WARN"
        yield Finding(
            level,
            f"plugin {report.name}",
            f"{report.state.value}: {report.reason}",
            report.hint or f"`microblog plugins show {report.name}` says more.",
        )
    for doubt in site.doubts:
        hint = "Correct the name in the configuration, or remove it."
        yield Finding("WARN", f"plugins of {site.name}", doubt, hint)
    yield Finding("OK", f"plugins of {site.name}", f"{len(site.report) - len(bad)} in order")
