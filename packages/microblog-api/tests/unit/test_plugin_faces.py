from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from microblog_api.app import make_app
from microblog_api.contributions import ApiScope
from microblog_api.plugin_faces import GROUP, offered_scopes
from microblog_core.contributions import Manifest
from microblog_core.domain.applications import SCOPES
from microblog_core.hookspecs import hookimpl
from microblog_core.testing.sites import site_with


class Face:
    """A face that counts how often it is asked, and may be neither hashed nor compared."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, name: str, *scopes: str) -> None:
        self.PLUGIN = Manifest(name=name)
        self.asked = 0
        self.scopes = scopes

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("not to be compared")

    @hookimpl
    def register_scopes(self) -> Any:
        self.asked += 1
        return [ApiScope(name=scope, description=f"Use {scope}") for scope in self.scopes]


def site_of(**faces: Any) -> Any:
    plugins = {name: {"api": module} for name, module in faces.items()}
    return site_with(plugins, installed=("api",), faces=("api",))


def test_a_site_offers_cores_scopes_and_those_of_its_plugins_whose_hooks_are_called_once() -> None:
    weather = Face("weather", "weather:read", "weather:make")
    site = site_of(weather=weather)
    make_app(site.faces[GROUP])
    for _ in range(2):
        offered = offered_scopes(site)
        assert dict(offered) == {
            **SCOPES,
            "weather:read": "Use weather:read",
            "weather:make": "Use weather:make",
        }
    assert weather.asked == 1
    other = Face("weather", "weather:see")
    assert offered_scopes(site_of(weather=other)).keys() - SCOPES.keys() == {"weather:see"}


def test_a_face_that_is_left_out_offers_nothing_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    site = site_of(weather=Face("weather", "weather:read"), thief=Face("thief", "thief:read", "write:all"))
    with caplog.at_level(logging.ERROR, "microblog.plugins"):
        make_app(site.faces[GROUP])
        offered = offered_scopes(site)
    assert offered.keys() - SCOPES.keys() == {"weather:read"}
    assert caplog.text.count("the API face of the plugin thief is left out") == 1


def test_a_process_without_the_apis_faces_knows_of_cores_scopes() -> None:
    site = site_with({"weather": {"api": SimpleNamespace()}}, installed=("api",))
    assert dict(offered_scopes(site)) == dict(SCOPES)
