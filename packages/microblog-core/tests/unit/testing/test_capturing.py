"""The fixtures for plugins' tests: sites, people, and what happened there."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from microblog_core.contributions import Manifest
from microblog_core.defaults.preferences import PreferenceRule
from microblog_core.domain.deliveries import ALL_AT_ONCE
from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.events import AccountCreated, PostPublished
from microblog_core.hookspecs import hookimpl
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.testing.builder import NOON
from microblog_core.testing.sites import report_of

PLUGIN = SimpleNamespace(PLUGIN=Manifest(name="weather"))


async def test_sites_are_open_with_the_test_s_clock_and_closed_afterwards(make_site, frozen_clock):
    one, two = await make_site({"weather": PLUGIN}), await make_site(name="two")
    assert report_of(one, "weather").state == "active"
    assert (two.name, repr(one), repr(two)) == ("two", "<Site test (open)>", "<Site two (open)>")
    assert one.ports.clock.now() == two.ports.clock.now() == frozen_clock.at == NOON
    await make_site.close()
    assert (repr(one), repr(two)) == ("<Site test (closed)>", "<Site two (closed)>")


async def test_a_site_that_can_not_open_says_why(make_site):
    with pytest.raises(ConfigurationError):
        await make_site(timeline="nobody's")


async def test_people_act_and_what_happens_is_captured(
    make_site, people, captured_events, captured_deliveries, frozen_clock
):
    site = await make_site({"weather": PLUGIN})
    ada, bob = await people(site, "ada", "bob")
    frozen_clock.advance(1)
    entry = await publish_post(site.ports, ada, PublishPost(text="Hello @bob"))
    assert [event.account_id for event in captured_events.of(AccountCreated)] == [ada.id, bob.id]
    (published,) = captured_events.of(PostPublished)
    assert (published.post_id, published.at) == (entry.id, frozen_clock.at)
    (delivered,) = await captured_deliveries.deliver(site)
    assert (delivered.site, delivered.message.account_id, delivered.message.kind) == (
        "test",
        bob.id,
        "mention",
    )
    assert "Hello @bob" in delivered.message.text
    assert await captured_deliveries.deliver(site) == []
    assert list(captured_deliveries) == [delivered]


class Letters:
    """A channel that people set up, and a rule for those who don't."""

    PLUGIN = Manifest(name="letters")
    name, label, by_address, fold_seconds, digest_hour = "letters", "Letters", False, 0.0, 7
    defaults = ALL_AT_ONCE

    def __init__(self):
        self.told = []

    @hookimpl
    def register_channels(self, site):
        return [self]

    @hookimpl
    def register_routing_rules(self, site):
        return [PreferenceRule()]

    async def deliver(self, message, *, key):
        self.told.append(message.account_id)


async def test_what_is_captured_goes_its_own_way_as_well(make_site, people, captured_deliveries):
    letters = Letters()
    site = await make_site({"letters": letters})
    ada, bob = await people(site, "ada", "bob")
    await publish_post(site.ports, ada, PublishPost(text="Hello @bob"))
    assert [each.message.account_id for each in await captured_deliveries.deliver(site)] == [bob.id]
    assert letters.told == [bob.id]


async def test_without_capturing_nobody_gets_a_channel(make_site):
    site = await make_site()
    assert [channel.name for channel in site.contributions.channels if channel.name == "captured"] == []
