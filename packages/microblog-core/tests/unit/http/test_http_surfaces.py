from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from http_fakes import FakeSite, respond, serving, surface

from microblog_core.domain.errors import ConfigurationError, NotFound, PluginError
from microblog_core.http.surfaces import AppLifespan, Mounts, installed_surfaces, rejection


def _named(name: str, *mounts: str) -> Any:
    return surface(lambda scope, receive, send: respond(send, name.encode()), name=name, mounts=mounts)


async def test_the_longest_prefix_wins_and_prefixes_end_at_a_slash() -> None:
    made = (_named("web", "/"), _named("api", "/api", "/.well-known/nodeinfo"), _named("v2", "/api/v2"))
    async with serving(surfaces=made) as http:
        for path, name in (
            ("/", "web"),
            ("/apis", "web"),
            ("/api", "api"),
            ("/api/", "api"),
            ("/api/v1/x", "api"),
            ("/api/v2", "v2"),
            ("/api/v2/x", "v2"),
            ("/.well-known/nodeinfo", "api"),
            ("/.well-known/other", "web"),
        ):
            assert (await http.get(path)).text == name


def test_two_surfaces_at_one_prefix_are_an_error_that_names_both() -> None:
    with pytest.raises(ConfigurationError, match=r"'one'.*'two'.*/x"):
        Mounts([_named("one", "/x"), _named("two", "/x")])
    with pytest.raises(ConfigurationError, match="'core'"):
        Mounts([_named("one", "/health")])


@pytest.mark.parametrize("prefix", ["", "x", "/x/"])
def test_malformed_prefixes_are_errors(prefix: str) -> None:
    with pytest.raises(PluginError, match="'one'"):
        Mounts([_named("one", prefix)])


async def test_an_application_is_built_once_per_distinct_set_of_plugins() -> None:
    built: list[Any] = []

    def make_app(faces: Any) -> Any:
        built.append(dict(faces))
        return respond

    first, second = object(), object()
    sites = [FakeSite(name) for name in ("one", "two", "three", "four")]
    for site, faces in zip(sites, ({"a": first}, {"a": first}, {"a": first, "b": second}, {}), strict=True):
        site.faces = {"microblog.web": faces, "microblog.api": {"other": first}}
    mounts = Mounts([surface(respond, name="web", make_app=make_app)])
    apps = mounts.build(sites)  # type: ignore[arg-type]
    assert built == [{"a": first}, {"a": first, "b": second}, {}]
    assert len(apps) == 3


async def test_a_site_whose_plugin_is_switched_off_has_no_surface() -> None:
    on, off = FakeSite("on", hosts=("on.example",)), FakeSite("off", hosts=("off.example",))
    on.report = (SimpleNamespace(name="test", state="active"),)
    off.report = (SimpleNamespace(name="test", state="disabled"),)
    async with serving(None, on, off) as http:
        assert (await http.get("/", headers={"host": "on.example"})).status_code == 200
        assert (await http.get("/", headers={"host": "off.example"})).status_code == 404


def test_an_error_page_that_raises_gives_way_to_the_plain_one() -> None:
    def render_error(scope: Any, error: Any) -> Any:
        raise RuntimeError

    drawn = rejection(surface(respond, render_error=render_error), {}, NotFound("Nothing <here>"))
    assert drawn.status == 404
    assert b"Nothing &lt;here&gt;" in drawn.body


async def test_a_surface_whose_start_fails_says_so() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no disk"})

    with pytest.raises(PluginError, match="no disk"):
        await AppLifespan("test", app).__aenter__()


async def test_a_surface_that_never_answers_is_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    with caplog.at_level(logging.ERROR, "microblog.http"):
        async with AppLifespan("deaf", app, seconds=0.01):
            pass
    assert "'deaf'" in caplog.text


async def test_a_surface_that_stops_badly_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.failed", "message": "stuck"})

    with caplog.at_level(logging.ERROR, "microblog.http"):
        async with AppLifespan("test", app):
            pass
    assert "stuck" in caplog.text


def test_installed_surfaces_that_cannot_be_loaded_are_left_out_by_name(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good = _named("good", "/")

    class Point:
        def __init__(self, name: str, module: Any) -> None:
            self.name = name
            self._module = module

        def load(self) -> Any:
            if isinstance(self._module, Exception):
                raise self._module
            return self._module

    points = [
        Point("good", SimpleNamespace(SURFACE=good)),
        Point("absent", ImportError("needs the extra")),
        Point("wrong", SimpleNamespace(SURFACE="text")),
        Point("empty", SimpleNamespace()),
    ]
    monkeypatch.setattr("microblog_core.http.surfaces.entry_points", lambda group: points)
    with caplog.at_level(logging.ERROR, "microblog.http"):
        assert installed_surfaces() == (good,)
    for name in ("absent", "wrong", "empty"):
        assert repr(name) in caplog.text


async def test_what_an_application_keeps_of_its_lifespan_is_in_its_requests_and_replaces_nothing() -> None:
    async def keeping(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            scope["state"].update(pool="a pool", site="not a site")
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            kept = scope["state"].get("pool", "nothing")
            await respond(send, f"{kept} at {scope['state']['site'].name}".encode())

    async def forgetting(scope: Any, receive: Any, send: Any) -> None:
        await respond(send, scope["state"].get("pool", "nothing").encode())

    both = (
        surface(forgetting, name="other", mounts=("/other",)),
        surface(keeping, make_app=lambda faces: keeping),
    )
    async with serving(None, FakeSite(), surfaces=both) as http:
        assert (await http.get("/")).text == "a pool at main"
        assert (await http.get("/other")).text == "nothing"
