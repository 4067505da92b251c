"""Surfaces: which application answers which path, built once per distinct set of plugins, and their
lifespans.

A surface gets the whole path, its prefix included. What an application has to know of a site is in the ASGI
scope.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from types import TracebackType
from typing import TYPE_CHECKING, Any

from microblog_core.contributions import AsgiApp, Rejection, Surface
from microblog_core.domain.errors import ConfigurationError, MicroblogError, PluginError, RateLimited
from microblog_core.http.health import PREFIX as HEALTH
from microblog_core.http.pages import HTML, PlainPages
from microblog_core.http.scope import Headers, Message, Scope

if TYPE_CHECKING:
    from microblog_core.site import Site

GROUP = "microblog.surfaces"

_log = logging.getLogger("microblog.http")


class Mount:
    """A prefix with its surface, and the surface's application for each site (by the site's name)."""

    __slots__ = ("_below", "apps", "prefix", "surface")

    def __init__(self, prefix: str, surface: Surface, apps: dict[str, AsgiApp]) -> None:
        self.prefix = prefix
        self.surface = surface
        self.apps = apps
        self._below = prefix if prefix == "/" else prefix + "/"

    def holds(self, path: str) -> bool:
        """Whether the path is the prefix or below it."""
        return path.startswith(self._below) or path == self.prefix


class Mounts:
    """All surfaces by path, the longest prefix first. Their applications are built by `build`, once the
    sites are open.

    Raises `ConfigurationError` for two surfaces at one prefix, `PluginError` for a malformed prefix.
    """

    def __init__(self, surfaces: Sequence[Surface]) -> None:
        self._surfaces = tuple(surfaces)
        taken: dict[str, str] = {HEALTH: "core"}
        mounts = []
        for surface in surfaces:
            apps: dict[str, AsgiApp] = {}
            for prefix in surface.mounts:
                _check_prefix(surface, prefix, taken)
                mounts.append(Mount(prefix, surface, apps))
        self._mounts = tuple(sorted(mounts, key=lambda mount: len(mount.prefix), reverse=True))

    def find(self, path: str) -> Mount | None:
        """The mount that a path belongs to."""
        for mount in self._mounts:
            if mount.holds(path):
                return mount
        return None

    def build(self, sites: Sequence[Site]) -> list[tuple[str, AsgiApp]]:
        """Build each surface's application, once per distinct set of plugins; (surface's name, application)
        of each.

        A site whose plugin of the surface's name isn't active doesn't have the surface. Raises
        `PluginError` where one can't be built.
        """
        apps: list[tuple[str, AsgiApp]] = []
        for surface in self._surfaces:
            of_site = next((mount.apps for mount in self._mounts if mount.surface is surface), {})
            built: dict[tuple[tuple[str, int], ...], AsgiApp] = {}
            for site in sites:
                if any(each.name == surface.name and each.state != "active" for each in site.report):
                    continue
                faces = site.faces.get(f"microblog.{surface.name}", {})
                key = tuple((name, id(face)) for name, face in faces.items())
                if key not in built:
                    built[key] = _make_app(surface, faces)
                    apps.append((surface.name, built[key]))
                of_site[site.name] = built[key]
        return apps


def _make_app(surface: Surface, faces: Mapping[str, Any]) -> AsgiApp:
    try:
        return surface.make_app(faces)
    except MicroblogError:
        raise
    except Exception as error:
        raise PluginError(
            f"the surface {surface.name!r} can't be built: {type(error).__name__}: {error}",
            hint="Disable its plugin (plugins.disabled), or see `microblog plugins show`.",
        ) from error


def _check_prefix(surface: Surface, prefix: str, taken: dict[str, str]) -> None:
    if not prefix.startswith("/") or (prefix != "/" and prefix.endswith("/")):
        raise PluginError(f"the surface {surface.name!r} has the mount {prefix!r}: write /name, or / alone")
    if prefix in taken:
        raise ConfigurationError(
            f"the surfaces {taken[prefix]!r} and {surface.name!r} both want the path {prefix}",
            hint="Disable the plugin of one of them (plugins.disabled).",
        )
    taken[prefix] = surface.name


def installed_surfaces() -> tuple[Surface, ...]:
    """The surfaces of the entry point group `microblog.surfaces`, by name.

    One that can't be imported (a missing extra, say) is left out, and the log says why.
    """
    surfaces = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            surface = point.load().SURFACE
        except Exception as error:
            _log.error("the surface %r is left out: %s: %s", point.name, type(error).__name__, error)
            continue
        if isinstance(surface, Surface):
            surfaces.append(surface)
        else:
            _log.error("the surface %r is left out: its SURFACE is no Surface", point.name)
    return tuple(surfaces)


def rejection(surface: Surface | None, scope: Scope, error: MicroblogError) -> Rejection:
    """How a surface answers an error; in plain HTML where there is no surface, or where its renderer
    raises.
    """
    drawn: Rejection | None = None
    if surface is not None:
        try:
            drawn = surface.render_error(scope, error)
        except Exception:
            _log.exception("the surface %r can't draw its error page", surface.name)
    if drawn is None:
        text = f"{error.message} {error.hint}".strip()
        drawn = Rejection(
            status=error.status, headers=(HTML,), body=PlainPages().message(str(error.status), text)
        )
    return drawn


def rejection_messages(
    scope: Scope, drawn: Rejection, error: MicroblogError | None = None
) -> tuple[Message, Message]:
    """The ASGI messages of a rejection, with its length and, where the error says so, `retry-after` (RFC
    9110 section 10.2.3).
    """
    headers: Headers = [*drawn.headers, (b"content-length", b"%d" % len(drawn.body))]
    present = {name for name, _ in headers}
    if isinstance(error, RateLimited) and b"retry-after" not in present:
        headers.append((b"retry-after", b"%d" % max(1, round(error.retry_after + 0.5))))
    elif drawn.status == 503 and b"retry-after" not in present:
        headers.append((b"retry-after", b"5"))
    if b"cache-control" not in present:
        headers.append((b"cache-control", b"no-store"))
    body = b"" if scope.get("method") == "HEAD" else drawn.body
    return (
        {"type": "http.response.start", "status": drawn.status, "headers": headers},
        {"type": "http.response.body", "body": body},
    )


class AppLifespan:
    """Drives one application's lifespan, as a server would (ASGI lifespan protocol 2.0).

    An application that knows no lifespan raises before it answers, and is left alone. One that says that
    its start failed raises `PluginError` on entering. `state` is what it puts there for its requests.
    """

    def __init__(self, name: str, app: AsgiApp, *, seconds: float = 10.0) -> None:
        self._name = name
        self._app = app
        self._seconds = seconds
        self.state: dict[str, Any] = {}
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._answers: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"lifespan of {self._name}")
        answer = await self._ask("lifespan.startup")
        if answer is not None and answer["type"] == "lifespan.startup.failed":
            raise PluginError(f"the surface {self._name!r} did not start: {answer.get('message', '')}")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        if not self._task.done():
            answer = await self._ask("lifespan.shutdown")
            if answer is not None and answer["type"] == "lifespan.shutdown.failed":
                _log.error("the surface %r did not stop well: %s", self._name, answer.get("message", ""))
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        try:
            await self._app(
                {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state},
                self._inbox.get,
                self._answers.put,
            )
        except Exception as error:
            _log.debug("the surface %r takes part in no lifespan: %r", self._name, error)

    async def _ask(self, question: str) -> Message | None:
        """The application's answer; None if it ended without one, or kept still for too long."""
        assert self._task is not None
        self._inbox.put_nowait({"type": question})
        waiting = asyncio.create_task(self._answers.get())
        await asyncio.wait((waiting, self._task), timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        waiting.cancel()
        if not self._task.done():
            _log.error("the surface %r does not answer %s after %g s", self._name, question, self._seconds)
        return None if self._answers.empty() else self._answers.get_nowait()
