"""A site whose web hooks a real server receives, which verifies them with another library than ours."""

from __future__ import annotations

import json
import time

from standardwebhooks import Webhook as Verifier

from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.runtime.jobs import JobRunner
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.deliveries import ChangeDeliveryPreferences, change_delivery_preferences
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.services.webhooks import AddWebhook, ListWebhooks, add_webhook, list_webhooks
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import site_with


def verified(request, *secrets):
    """The body of a request that each of these secrets verifies."""
    for secret in secrets:
        Verifier(secret).verify(request.body, dict(request.headers))
    return json.loads(request.body)


class HookTown:
    def __init__(self, receiver, *, site_events=True, **changes):
        self.receiver = receiver
        # The library that verifies knows no clock but the machine's.
        self.clock = FrozenClock(round(time.time() * 1000))
        self.site = site_with(
            installed=("webhooks",),
            settings={"webhooks": {"seconds": 2.0, "rest_seconds": 0.0, "site_events": site_events}},
            clock=self.clock,
            base_url="https://blog.example",
            title="The Blog",
            **{"private_targets": ("127.0.0.1",), **changes},
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

    async def person(self, name):
        command = CreateAccount(username=name, email=f"{name}@people.example", password="correct horse")
        return Actor(account=await create_account(self.ports, SYSTEM, command))

    async def target(self, who, path="/hook", **changes):
        """A new target of this person's; of the site's for SYSTEM."""
        command = AddWebhook(url=f"{self.receiver.url}{path}", site=who is SYSTEM, **changes)
        return await add_webhook(self.ports, who, command)

    async def targets(self, who):
        return await list_webhooks(self.ports, who, ListWebhooks(site=who is SYSTEM))

    async def post(self, who, text, **changes):
        self.clock.advance(0.001)
        return (await publish_post(self.ports, who, PublishPost(text=text, **changes))).post

    async def prefer(self, who, channel="webhooks", **frequencies):
        command = ChangeDeliveryPreferences(channel=channel, frequencies=frequencies)
        await change_delivery_preferences(self.ports, who, command)

    async def work(self, seconds=0):
        """Run what is due now and in so many seconds; the requests that came of it."""
        before = len(self.receiver.requests)
        await self.runner.run_due()
        if seconds:
            self.clock.advance(seconds)
            await self.runner.run_due()
        return self.receiver.requests[before:]

    async def dead(self):
        return (await self.ports.storage.counts()).dead_jobs
