"""`python -m benchmarks.plugins`: what twenty installed plugins cost that add nothing to the page.

Each has a channel, a job with a schedule, an event, a subscriber to it, a permission, a health check and a
command, a page of its own and a resource of the API. The application is called as a server would call it,
without a network; the processor time of the event loop's thread counts, and rounds alternate. Composition is
measured without imports: the plugins' modules are there.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import itertools
import operator
import statistics
import sys
import time
from collections.abc import AsyncIterator, MutableMapping
from types import SimpleNamespace
from typing import Any, ClassVar

import click
from litestar import get

from microblog_api.contributions import ApiScope
from microblog_core.config import ServerConfig
from microblog_core.contributions import HealthCheck, Manifest, Subscriber
from microblog_core.domain.events import Event
from microblog_core.domain.permissions import SYSTEM, Actor, Permission
from microblog_core.hookspecs import hookimpl
from microblog_core.http.app import Application, create_app
from microblog_core.http.sessions import SESSION_COOKIE
from microblog_core.http.surfaces import installed_surfaces
from microblog_core.ports.queue import JobKind, Schedule
from microblog_core.services import sessions
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.site import Site
from microblog_core.testing.sites import site_with
from microblog_web.contributions import StaticFolder

Message = MutableMapping[str, Any]
NUMBER = 20
POSTS = 20
MOST_SLOWER, MOST_MILLISECONDS = 0.05, 150.0
PAGES = {
    "a kept page": ("/public", False),
    "home": ("/", True),
    "the API's public": ("/api/v1/timelines/public", False),
}


def _plugin(name: str) -> dict[str, Any]:
    """The faces of one plugin."""

    class Rang(Event, frozen=True, kw_only=True):
        type: ClassVar[str] = f"{name}.rang"

    async def nothing(what: object = None) -> None:
        return None

    async def deliver(message: object, *, key: str) -> None:
        return None

    @get("/about")
    async def about() -> str:
        return name

    @get("/about")
    async def resource() -> dict[str, str]:
        return {"name": name}

    hooks = {
        "register_channels": [SimpleNamespace(name=name, deliver=deliver)],
        "register_jobs": [JobKind(name=f"{name}.work", handler=nothing)],
        "register_schedules": [Schedule(name="daily", kind=f"{name}.work", every=86_400.0)],
        "register_events": [Rang],
        "register_subscribers": [Subscriber(name="ring", event=Rang, handler=nothing)],
        "register_permissions": [Permission(f"{name}.ring", "Ring")],
        "register_health_checks": [HealthCheck(name="well", check=nothing)],
        "register_commands": [click.Command("ring")],
    }
    core = _module(name, **hooks)
    core.PLUGIN = Manifest(name=name, version="1.0", summary="A plugin that adds nothing to pages")
    web = _module(f"{name}_web", register_routes=[about], register_static=list[StaticFolder]())
    scopes = [ApiScope(name=f"{name}:read", description="Read it")]
    return {
        "plugins": core,
        "web": web,
        "api": _module(f"{name}_api", register_resources=[resource], register_scopes=scopes),
    }


def _module(name: str, **hooks: Any) -> Any:
    functions = {hook: hookimpl(specname=hook)(lambda made=made: made) for hook, made in hooks.items()}
    return SimpleNamespace(__name__=name, **functions)


PLUGINS = {f"plugin{number}": _plugin(f"plugin{number}") for number in range(NUMBER)}


def _compose(number: int) -> Site:
    chosen = dict(list(PLUGINS.items())[:number])
    return site_with(chosen, installed=("web", "api"), faces=("web", "api"))


@contextlib.asynccontextmanager
async def _served(number: int) -> AsyncIterator[tuple[Application, dict[str, str]]]:
    site = _compose(number)
    active = [report for report in site.report if report.name in PLUGINS and report.state.value == "active"]
    if len(active) != number:
        raise SystemExit(next(report.reason for report in site.report if report.state.value == "broken"))
    async with create_app([site], installed_surfaces(), server=ServerConfig()) as app:
        command = CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase")
        ada = await create_account(site.ports, SYSTEM, command)
        for post in range(POSTS):
            await publish_post(site.ports, Actor(account=ada), PublishPost(text=f"Post {post} of the town"))
        opened = await sessions.open_session(site.ports, ada)
        yield app, {"cookie": f"{SESSION_COOKIE}={opened.token}"}


async def _requests(app: Application, path: str, headers: dict[str, str], number: int, turn: int) -> float:
    """Seconds for each."""
    statuses: set[int] = set()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.add(message["status"])

    pairs = [(b"host", b"blog.example"), *((key.encode(), value.encode()) for key, value in headers.items())]

    # Each visitor comes from elsewhere: one alone would run into the API's rate limit.
    visitors = itertools.count()

    def scope() -> dict[str, Any]:
        visitor = next(visitors)
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": list(pairs),
            "client": (f"10.{turn}.{visitor >> 8}.{visitor & 255}", 50_000),
            "server": ("127.0.0.1", 8000),
        }

    for _ in range(5):
        await app(scope(), receive, send)
    began = time.thread_time()
    for _ in range(number):
        await app(scope(), receive, send)
    spent = (time.thread_time() - began) / number
    if statuses != {200}:
        raise SystemExit(f"{path} answered {statuses}")
    return spent


async def _rounds(given: argparse.Namespace) -> dict[str, dict[int, list[float]]]:
    """Seconds a request, by page and number of plugins; both sites are open, and take turns."""
    found: dict[str, dict[int, list[float]]] = {name: {0: [], NUMBER: []} for name in PAGES}
    async with _served(0) as none, _served(NUMBER) as twenty:
        gc.collect()
        gc.freeze()
        gc.disable()
        for turn in range(given.rounds):
            both = [(0, none), (NUMBER, twenty)]
            for name, (path, logged_in) in PAGES.items():
                for number, (app, cookies) in both if turn % 2 else both[::-1]:
                    headers = cookies if logged_in else {}
                    found[name][number].append(await _requests(app, path, headers, given.number, turn))
        gc.enable()
    return found


def _composition(rounds: int) -> dict[int, float]:
    """Milliseconds to compose a site, by number of plugins; the median."""
    found: dict[int, list[float]] = {0: [], NUMBER: []}
    for number in (0, NUMBER):
        _compose(number)
    for _ in range(rounds):
        for number, all_of in found.items():
            began = time.perf_counter()
            _compose(number)
            all_of.append((time.perf_counter() - began) * 1000)
    return {number: statistics.median(all_of) for number, all_of in found.items()}


def main(arguments: list[str] | None = None) -> int:
    """Print ratios; exit with 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plugins", description=__doc__)
    parser.add_argument("--number", type=int, default=100, help="requests of each turn")
    parser.add_argument("--rounds", type=int, default=60, help="turns; the median counts")
    given = parser.parse_args(arguments)
    missed = False
    for name, by_number in asyncio.run(_rounds(given)).items():
        none, twenty = (statistics.median(by_number[number]) for number in (0, NUMBER))
        # Both of one turn meet the same machine.
        ratio = statistics.median(map(operator.truediv, by_number[0], by_number[NUMBER]))
        missed |= ratio < 1 - MOST_SLOWER
        print(
            f"{name:<18}{none * 1e6:>9.1f} us alone, {twenty * 1e6:.1f} us with {NUMBER} plugins: "
            f"{ratio:.3f} of the throughput"
        )
    composed = _composition(15)
    missed |= composed[NUMBER] > MOST_MILLISECONDS
    print(f"{'composition':<18}{composed[0]:>9.1f} ms alone, {composed[NUMBER]:.1f} ms with {NUMBER} plugins")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
