"""A site whose mails a real server receives."""

from __future__ import annotations

from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.ports.operations import UpdateLogin
from microblog_core.runtime.jobs import JobRunner
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.deliveries import ChangeDeliveryPreferences, change_delivery_preferences
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import site_with

FOLD_SECONDS = 120
DAY_SECONDS = 24 * 3600


def settings_for(server, **changes):
    return {
        "host": "127.0.0.1",
        "port": server.port,
        "tls": "none",
        "sender": "Blog <noreply@blog.example>",
        "seconds": 5.0,
        **changes,
    }


class MailTown:
    def __init__(self, server, **settings):
        self.server = server
        self.clock = FrozenClock()
        self.site = site_with(
            installed=("email",),
            settings={"email": settings_for(server, **settings)},
            clock=self.clock,
            base_url="https://blog.example",
            title="The Blog",
        )
        self.runner = JobRunner(self.site, chance=lambda: 0.5)

    async def __aenter__(self):
        await self.site.open()
        self.ada, self.bob, self.cid = [await self.person(name) for name in ("ada", "bob", "cid")]
        await self.runner.run_due()
        return self

    async def __aexit__(self, *error):
        await self.site.close()

    @property
    def ports(self):
        return self.site.ports

    @property
    def channel(self):
        return self.site.contributions.channels[0]

    async def person(self, name):
        command = CreateAccount(username=name, email=f"{name}@people.example", password="correct horse")
        return Actor(account=await create_account(self.ports, SYSTEM, command))

    async def post(self, who, text, **changes):
        self.clock.advance(1)
        return (await publish_post(self.ports, who, PublishPost(text=text, **changes))).post

    async def speak(self, who, locale):
        unit = self.ports.unit()
        unit.accounts.update_login(UpdateLogin(account_id=who.id, locale=locale))
        await unit.commit()

    async def prefer(self, who, **frequencies):
        command = ChangeDeliveryPreferences(channel="email", frequencies=frequencies)
        await change_delivery_preferences(self.ports, who, command)

    async def work(self, seconds=FOLD_SECONDS):
        """Run what is due now, then what becomes due in so many seconds; the mails that came of it."""
        before = len(self.server.mails)
        await self.runner.run_due()
        self.clock.advance(seconds)
        await self.runner.run_due()
        return self.server.mails[before:]

    async def dead(self):
        return (await self.site.storage.counts()).dead_jobs
