"""The packages together: all our plugins come through the common door, and a site stands on one file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from microblog_core.cli.context import prepare
from microblog_core.config import load_config
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.timelines import Page
from microblog_core.plugins.discovery import OWN_DISTRIBUTIONS
from microblog_core.plugins.report import PluginState
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.services.timelines import read_home
from microblog_core.site import Site, compose_sites

FACES = ("web", "api", "tasks")


def compose(tmp_path: Path) -> Site:
    config = load_config(tmp_path / "data", environ={}, make_key=True)
    (site,) = compose_sites(config, faces=FACES)
    return site


def test_every_plugin_of_ours_is_active(tmp_path: Path):
    ours = [report for report in compose(tmp_path).report if report.distribution in OWN_DISTRIBUTIONS]
    names = {"core", "memory", "runtime", "web", "api", "tasks"}
    names |= {"sql", "media", "email", "redis", "webhooks", "webpush", "prometheus", "opentelemetry"}
    names |= {"stripe", "razorpay", "markdown", "pace", "spam", "ranked", "apikeys", "totp", "linkpreviews"}
    names |= {"passkeys", "oidc", "s3"}
    assert {report.name for report in ours} == names
    assert {report.name: report.reason for report in ours if report.state is not PluginState.ACTIVE} == {}


def test_faces_are_there_for_the_surfaces(tmp_path: Path):
    faces = compose(tmp_path).faces
    assert "web" in faces["microblog.web"]
    assert "api" in faces["microblog.api"]


async def test_a_site_stands_on_one_sqlite_file_by_itself(tmp_path: Path):
    site = compose(tmp_path)
    assert site.storage_factory.name == "sqlite"
    prepare(site, make=True)
    async with site:
        command = CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase")
        ada = Actor(account=await create_account(site.ports, SYSTEM, command))
        await publish_post(site.ports, ada, PublishPost(text="Hello from one file"))
        listing = await read_home(site.ports, ada, Page())
        assert [entry.post.text for entry in listing.items] == ["Hello from one file"]
    with closing(sqlite3.connect(tmp_path / "data" / "microblog.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
