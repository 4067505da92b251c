"""Web hooks keep the contract of channels: what is delivered is queued, and what is queued arrives."""

from __future__ import annotations

import json

import pytest

from microblog_core.domain.timelines import Page
from microblog_core.runtime.notify import Notifier
from microblog_core.testing.channel_suite import ChannelSuite, Received


class HookRig:
    """A town whose bob has a target. Troubles come to the jobs that tell it, never to the channel."""

    troubles = frozenset()

    def __init__(self, town):
        self.town = town
        self.account_id = town.bob.id
        (self.channel,) = [each for each in town.site.contributions.channels if each.name == "webhooks"]

    async def message(self, text):
        await self.town.work(60)
        # What is published is not told by itself, only by the suite.
        await self.town.prefer(self.town.bob, mention="never")
        await self.town.post(self.town.ada, f"@bob {text}"[:500])
        await self.town.runner.run_due()
        await self.town.prefer(self.town.bob, mention="at_once")
        told = await self.town.ports.storage.notifications.page(self.account_id, Page(limit=1))
        ids = (told.items[0].id,)
        return await Notifier(self.town.site).message(self.channel, self.account_id, ids, "")

    async def received(self):
        # There is a limit of calls at a time to one place: what is above it is tried again.
        await self.town.work(60)
        requests = self.town.receiver.requests
        return [Received(each.headers["webhook-id"], text_of(each)) for each in requests]

    async def trouble(self, trouble):
        assert trouble is None


def text_of(request):
    return json.loads(request.body)["data"]["post"]["text"]


class TestWebhooks(ChannelSuite):
    @pytest.fixture
    async def rig(self, town):
        await town.target(town.bob)
        return HookRig(town)
