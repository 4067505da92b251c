"""A site that asks a real server for the pages that posts link to."""

from __future__ import annotations

import io
import time

from PIL import Image

from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.runtime.jobs import JobRunner
from microblog_core.runtime.plugin_tables import migrate_tables
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.link_previews import read_link_previews
from microblog_core.services.posts import (
    DeletePost,
    EditPost,
    PublishPost,
    delete_post,
    edit_post,
    publish_post,
)
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import site_with
from microblog_plugins.linkpreviews.commands import previewer_of
from microblog_plugins.linkpreviews.tables import MIGRATIONS

HEAD = (
    '<!doctype html><html lang="en"><head><title>Plain</title>'
    '<meta property="og:title" content="Otters &amp; rivers">'
    '<meta property="og:site_name" content="The River">'
    '<meta property="og:description" content="How otters live."><meta name="author" content="Ida">'
)
BODY = "</head><body><p>Text</p></body></html>"


def html(more=""):
    return (HEAD + more + BODY).encode()


def picture(width=800, height=420, kind="PNG", colour="green"):
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, kind)
    return file.getvalue()


async def begin(url):
    """Let there be the tables of a site on this storage, and ada and bob."""
    site = site_with(installed=("sql",), storage=url)
    site.storage_factory.tools(site.storage_url).migrate()
    async with site:
        await migrate_tables(site.storage, "linkpreviews", MIGRATIONS)
        for name in ("ada", "bob"):
            command = CreateAccount(username=name, email=f"{name}@people.example", password="correct horse")
            await create_account(site.ports, SYSTEM, command)


class LinkTown:
    def __init__(self, pages, folder, *, installed=("sql", "linkpreviews"), settings=None, **changes):
        self.pages = pages
        self.clock = FrozenClock(round(time.time() * 1000))
        self.site = site_with(
            installed=installed,
            settings={"linkpreviews": {"seconds": 2.0, **(settings or {})}},
            clock=self.clock,
            base_url="https://blog.example",
            **{
                "storage": f"sqlite:///{folder}/links.db",
                "private_targets": ("127.0.0.1",),
                "undo_seconds": 0,
                **changes,
            },
        )
        self.runner = JobRunner(self.site, chance=lambda: 0.5)

    async def __aenter__(self):
        await self.site.open()
        found = await self.ports.storage.accounts.by_names((("ada", ""), ("bob", "")))
        people = {account.username: Actor(account=account) for account in found}
        self.ada, self.bob = people["ada"], people["bob"]
        return self

    async def __aexit__(self, *error):
        await self.site.close()

    @property
    def ports(self):
        return self.site.ports

    @property
    def previewer(self):
        return previewer_of(self.site)

    async def post(self, text, who=None, **changes):
        """A post whose jobs have run."""
        self.clock.advance(0.001)
        entry = await publish_post(self.ports, who or self.ada, PublishPost(text=text, **changes))
        await self.work()
        return entry.post

    async def edit(self, post, text, who=None):
        self.clock.advance(0.001)
        entry = await edit_post(self.ports, who or self.ada, EditPost(post_id=post.id, text=text))
        await self.work()
        return entry.post

    async def delete(self, post, who=None):
        await delete_post(self.ports, who or self.ada, DeletePost(post_id=post.id))
        await self.work()

    async def work(self, seconds=0):
        """Run what is due now and in so many seconds."""
        await self.runner.run_due()
        if seconds:
            self.clock.advance(seconds)
            await self.runner.run_due()

    async def preview(self, post):
        """What is shown of a post's link, None for nothing."""
        return (await read_link_previews(self.ports, [post])).get(post.id)

    async def dead(self):
        return (await self.ports.storage.counts()).dead_jobs
