"""A small town with one faulty plugin in it: what the fault matrix stands on."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec

from microblog_api import app as api
from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest, Surface
from microblog_core.domain.accounts import Account
from microblog_core.domain.permissions import Actor
from microblog_core.domain.timelines import Page
from microblog_core.hookspecs import hookimpl
from microblog_core.http.app import Application, create_app
from microblog_core.http.sessions import SESSION_COOKIE
from microblog_core.ports.operations import Job
from microblog_core.runtime import executor
from microblog_core.runtime.jobs import JobRunner
from microblog_core.services import sessions
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.site import Site
from microblog_core.testing.builder import Builder, FrozenClock
from microblog_core.testing.sites import site_with
from microblog_core.testing.tokens import make_token
from microblog_web import app as web

NAME = "faulty"
SOUND = "sound"
SLOW = 0.02
ORIGIN = "http://localhost:8000"


class Kind(enum.StrEnum):
    """What is wrong with a contribution when it is used."""

    RAISES = "raises at run time"
    WAITS = "waits forever"
    SLOW = "is slow"


class Fault:
    """What a faulty contribution calls where a good one would do its work. `calls` counts that, while it is
    `armed`; `notes` are for the row.
    """

    def __init__(self, kind: Kind, error: Exception, *, armed: bool = True) -> None:
        self.kind, self.calls, self.armed = kind, 0, armed
        self.notes: dict[str, Any] = {}
        self._error = error
        self._never = threading.Event()

    @property
    def slow(self) -> bool:
        """Whether the contribution works, only slowly."""
        return self.kind is Kind.SLOW

    def now(self) -> None:
        """In a synchronous function."""
        if not self.armed:
            return
        self.calls += 1
        if self.kind is Kind.RAISES:
            raise self._error
        self._never.wait(SLOW if self.slow else None)

    async def later(self) -> None:
        """In an asynchronous one."""
        if not self.armed:
            return
        self.calls += 1
        if self.kind is Kind.RAISES:
            raise self._error
        await (asyncio.sleep(SLOW) if self.slow else asyncio.Event().wait())

    def end(self) -> None:
        """Let go what waits in a thread."""
        self._never.set()


Look = Callable[["Town", Fault], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One hook in the matrix.

    `make` gives what the hook returns, `more` what other hooks of the plugin do, and `beside` what hooks of a
    sound plugin beside it return. `look` uses it on an open
    site and asserts the direction that the hook's page documents; `senseless` says of a kind of fault why it
    can't be. `options` are those of `site_with`. Where `publishes` is False it is part of the direction that
    nobody publishes any more. Where it is not `armed` from the beginning, `look` arms it. What is `hurried`
    waits until the request's time is over: it is short then.
    """

    face: str = "plugins"
    make: Callable[[Fault], Any]
    look: Look | None = None
    more: Mapping[str, Callable[[Fault], Any]] = field(default_factory=dict)
    beside: Mapping[str, Callable[[Fault], Any]] = field(default_factory=dict)
    senseless: Mapping[Kind, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    error: type[Exception] = RuntimeError
    publishes: bool = True
    hurried: bool = False
    armed: bool = True


def never(reason: str) -> dict[Kind, str]:
    """Nothing of a contribution is called at run time, for this reason."""
    return dict.fromkeys(Kind, reason)


def plugin_of(name: str, **hooks: Callable[..., Any]) -> Any:
    """A plugin with these hooks, which take nothing."""
    return SimpleNamespace(
        __name__=name,
        PLUGIN=Manifest(name=name),
        **{hook: hookimpl(specname=hook)(function) for hook, function in hooks.items()},
    )


def plugins_of(hook: str, row: Row, fault: Fault) -> dict[str, dict[str, Any]]:
    """The plugins of a row by name, each by face."""
    made = {hook: lambda: row.make(fault)} | _hooks(row.more, fault)
    plugins = {NAME: {"plugins": plugin_of(NAME)}}
    plugins[NAME][row.face] = plugin_of(NAME, **made)
    if row.beside:
        plugins[SOUND] = {"plugins": plugin_of(SOUND, **_hooks(row.beside, fault))}
    return plugins


def _hooks(makes: Mapping[str, Callable[[Fault], Any]], fault: Fault) -> dict[str, Callable[[], Any]]:
    return {hook: (lambda make=make: make(fault)) for hook, make in makes.items()}


class Town:
    """An open site with its website and API, somebody who writes and somebody who reads."""

    def __init__(self, site: Site, app: Application, http: httpx.AsyncClient, clock: FrozenClock) -> None:
        self.site, self.app, self.http, self.clock = site, app, http, clock
        self.ports = site.ports
        self.ada: Account
        self.bob: Account

    async def settle_in(self) -> None:
        build = Builder(self.ports.storage, self.clock)
        self.ada, self.bob = await build.people("ada", "bob")
        token = await make_token(self.ports, self.ada)
        self.bearer = {"authorization": f"Bearer {token}"}
        session = await sessions.open_session(self.ports, self.ada)
        self.cookie = {"cookie": f"{SESSION_COOKIE}={session.token}"}

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=headers)

    async def status(self, path: str, **headers: str) -> int:
        return (await self.get(path, **headers)).status_code

    async def toot(self, text: str) -> httpx.Response:
        """Publish by the API."""
        return await self.http.post("/api/v1/statuses", data={"status": text}, headers=self.bearer)

    async def publish(self, text: str, author: Account | None = None) -> str:
        """Publish by the use case; the post's HTML."""
        actor = Actor(account=author or self.ada)
        return (await publish_post(self.ports, actor, PublishPost(text=text))).post.html

    async def answers(self, *, publishes: bool = True) -> None:
        """Whether ordinary requests are answered: a page, the API, writing, and reading what was written."""
        assert await self.status("/public") == 200
        assert await self.status("/about") == 200
        assert await self.status("/api/v2/instance") == 200
        wrote = await self.toot("An ordinary post")
        if not publishes:
            assert 400 <= wrote.status_code < 504, wrote.text
            return
        assert wrote.status_code == 200, wrote.text
        found = (await self.get("/api/v1/timelines/public")).json()
        assert found[0]["id"] == wrote.json()["id"]
        assert "An ordinary post" in (await self.get("/public")).text

    async def queue(self, kind: str, site: Site | None = None) -> None:
        """Put a job into the outbox."""
        ports = (site or self.site).ports
        now, unit = ports.clock.now(), ports.unit()
        job_id = ports.ids.at(now)
        unit.outbox.add(Job(id=job_id, kind=kind, key=str(job_id), payload=b"{}", due_at=now, created_at=now))
        await unit.commit()

    async def jobs_of(self, kind: str, site: Site | None = None) -> list[Job]:
        """Those of a kind that are not done."""
        pages = [
            await (site or self.site).ports.storage.queue.page(state, Page(limit=40), kind=kind)
            for state in ("queued", "leased", "dead")
        ]
        return [job for page in pages for job in page.items]

    async def run_due(self, fault: Fault) -> JobRunner:
        """Run what is due. Where a job waits forever: until it does, then ordinary requests, then an end."""
        runner = JobRunner(self.site)
        if fault.kind is not Kind.WAITS:
            await runner.run_due()
            return runner
        stop = asyncio.Event()
        running = asyncio.create_task(runner.run(stop))
        async with asyncio.timeout(10):
            while not fault.calls and not running.done():
                await asyncio.sleep(0.005)
        await self.answers()
        stop.set()
        await running
        return runner


_APPS: dict[tuple[str, tuple[tuple[str, int], ...]], Any] = {}
"""Applications of sets of plugins that many towns have: they take longer to build than a town to open."""


def _kept(surface: Surface, group: str) -> Surface:
    def make(faces: Mapping[str, Any]) -> Any:
        if len(faces) > 1:
            return surface.make_app(faces)
        key = (group, tuple((name, id(module)) for name, module in faces.items()))
        if key not in _APPS:
            _APPS[key] = surface.make_app(faces)
        return _APPS[key]

    return msgspec.structs.replace(surface, make_app=make)


@contextlib.asynccontextmanager
async def town(
    faces: Mapping[str, Mapping[str, Any]],
    *,
    more: Sequence[str] = (),
    more_faces: Sequence[str] = (),
    **options: Any,
) -> AsyncIterator[Town]:
    """A town whose site has these plugins, and `more` installed ones."""
    clock = FrozenClock()
    installed, layers = ("web", "api", *more), ("web", "api", *more_faces)
    site = site_with(faces, installed=installed, faces=layers, clock=clock, **options)
    surfaces = [_kept(web.SURFACE, "web"), _kept(api.SURFACE, "api")]
    app = create_app([site], surfaces, server=ServerConfig())
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with app, httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        made = Town(site, app, http, clock)
        await made.settle_in()
        yield made


def kinds_of(town: Town) -> Mapping[str, Any]:
    """All kinds of jobs."""
    return executor.job_kinds(town.site)
