"""Several sites in one process share neither storage nor state nor secrets nor settings."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import msgspec

from microblog_core.config import Config, load_config
from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl
from microblog_core.plugins import Secret
from microblog_core.site import Site, compose_site, compose_sites
from microblog_core.testing.sites import report_of

TOML = """
[sites.ada]
hosts = ["ada.example"]
storage = "memory:"
[sites.ada.plugins.shelf]
colour = "red"
[sites.bob]
hosts = ["bob.example"]
storage = "memory:"
[sites.bob.plugins]
disabled = ["vase"]
[sites.bob.plugins.shelf]
colour = "blue"
[plugins]
disabled = ["web", "api", "tasks", "sql", "journal"]
"""


class Settings(msgspec.Struct):
    colour: str


class Plugin:
    """A plugin with a channel of its own name."""

    def __init__(self, name: str, settings: type[msgspec.Struct] | None = None) -> None:
        self.PLUGIN = Manifest(name=name, settings=settings)

    @hookimpl
    def register_channels(self, site):
        return [SimpleNamespace(name=self.PLUGIN.name, deliver=deliver)]


async def deliver(message: object, *, key: str) -> None:
    return None


def two_sites(tmp_path: Path, **plugins: object) -> tuple[Config, tuple[Site, ...]]:
    (tmp_path / "microblog.toml").write_text(TOML)
    config = load_config(tmp_path, environ={}, make_key=True)
    given = {"shelf": Plugin("shelf", Settings), "vase": Plugin("vase"), **plugins}
    return config, compose_sites(config, plugins=given)


async def test_two_sites_share_neither_storage_nor_state_nor_secrets_nor_settings(tmp_path):
    _, (ada, bob) = two_sites(tmp_path)
    async with ada, bob:
        for shared in ("storage", "cache", "bus", "limiter", "ids", "passwords", "authoriser", "content"):
            assert getattr(ada.ports, shared) is not getattr(bob.ports, shared), shared
        assert ada.secret("cookies") != bob.secret("cookies")
        assert (ada.settings("shelf").colour, bob.settings("shelf").colour) == ("red", "blue")
        assert "vase" in {channel.name for channel in ada.contributions.channels}
        assert "vase" not in {channel.name for channel in bob.contributions.channels}
        assert ada.resources is not bob.resources
        assert (ada.ports.site, bob.ports.site) == ("ada", "bob")


async def test_a_plugin_that_breaks_in_one_site_works_in_the_other(tmp_path):
    class Choosy:
        PLUGIN = Manifest(name="choosy")

        @hookimpl
        def register_channels(self, site):
            if site.name == "ada":
                raise ValueError("not here")
            return []

    _, (ada, bob) = two_sites(tmp_path, choosy=Choosy())
    assert (report_of(ada, "choosy").state, report_of(bob, "choosy").state) == ("broken", "active")


def test_an_import_that_hangs_is_waited_for_once_for_all_sites(tmp_path, install_plugin):
    install_plugin("sample", "import sys\nsys.imported = getattr(sys, 'imported', 0) + 1\nraise ValueError")
    try:
        two_sites(tmp_path)
        assert sys.imported == 1
    finally:
        del sys.imported


def test_secrets_follow_the_key_and_earlier_keys_still_verify(tmp_path):
    config, (ada, _) = two_sites(tmp_path)
    rotated = Config(
        data=tmp_path, secret_key=Secret("cd" * 32), previous_keys=(config.secret_key,), sites=config.sites
    )
    after = compose_site(rotated, config.sites[0], plugins={"shelf": Plugin("shelf", Settings)})
    assert len(ada.secret("cookies")) == 32
    assert ada.secret("cookies") == ada.secret("cookies") != ada.secret("csrf")
    assert after.secret("cookies") != ada.secret("cookies")
    assert after.secrets("cookies") == (after.secret("cookies"), ada.secret("cookies"))
