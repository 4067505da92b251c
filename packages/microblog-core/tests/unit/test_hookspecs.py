"""Each hook of the menu: what a plugin contributes through it takes effect in the composed site. And the menu
itself.
"""

from __future__ import annotations

import contextlib
import inspect
import typing
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from microblog_core import hookspecs
from microblog_core.config_payments import PaymentsConfig
from microblog_core.contributions import (
    BlobStoreFactory,
    GatewayFactory,
    HealthCheck,
    Manifest,
    Renderer,
    StorageFactory,
    Subscriber,
    Timeline,
)
from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Forbidden, Invalid
from microblog_core.domain.events import AccountCreated, Event
from microblog_core.domain.permissions import Actor, Decision, Permission
from microblog_core.domain.posts import Delivery, Visibility
from microblog_core.domain.timelines import Listing
from microblog_core.hookspecs import hookimpl
from microblog_core.memory.blobs import MemoryBlobs
from microblog_core.memory.storage import MemoryStorage
from microblog_core.plugins.manager import hook_names
from microblog_core.ports.auth import FormPage, Refused
from microblog_core.ports.content import Draft, Entity
from microblog_core.ports.queue import JobKind, Schedule
from microblog_core.site import Site
from microblog_core.testing.sites import report_of, site_with

HOOKS = hook_names(hookspecs)


def with_hook(hook, function, name="sample", **options) -> Site:
    """A site with a plugin that implements just this hook."""
    given = (lambda site: function()) if not inspect.signature(function).parameters else function
    method = (lambda site: given(site)) if takes_site(hook) else (lambda: given(None))
    plugin = SimpleNamespace(PLUGIN=Manifest(name=name), **{hook: hookimpl(method)})
    site = site_with({name: plugin}, **options)
    report = report_of(site, name)
    assert report.state == "active", report.reason
    return site


def takes_site(hook: str) -> bool:
    return "site" in inspect.signature(getattr(hookspecs, hook)).parameters


async def nothing(*arguments: object, **named: object) -> None:
    return None


# The menu


def test_every_hook_has_a_test_of_its_own():
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_hook*.py"))
    assert [hook for hook in HOOKS if f"def test_{hook}(" not in tests] == []


# Lifecycle


async def test_lifespan():
    steps = []

    def lifespan(site):
        @contextlib.asynccontextmanager
        async def around():
            steps.append("entered")
            await site.ports.storage.ping()
            yield
            await site.ports.storage.ping()
            steps.append("left")

        return around()

    site = with_hook("lifespan", lifespan)
    assert steps == []
    async with site:
        assert steps == ["entered"]
    assert steps == ["entered", "left"]


async def test_lifespan_may_decline():
    async with with_hook("lifespan", lambda: None) as site:
        assert report_of(site, "sample").state == "active"


async def test_register_health_checks():
    async def unwell():
        raise RuntimeError("unwell")

    site = with_hook(
        "register_health_checks", lambda: [HealthCheck(name="mood", check=unwell, critical=True)]
    )
    (check,) = site.contributions.health_checks
    assert (check.name, check.critical) == ("sample.mood", True)
    with pytest.raises(RuntimeError, match="unwell"):
        await check.check()


# Authentication


def test_register_authenticators():
    authenticator = SimpleNamespace(authenticate=nothing)
    site = with_hook("register_authenticators", lambda: [authenticator])
    assert site.contributions.authenticators[-1] is authenticator
    assert len(site.contributions.authenticators) == 2


async def test_register_login_methods():
    async def refuse(*arguments):
        return Refused(message="No.")

    method = SimpleNamespace(name="riddle", label="Answer a riddle", begin=refuse, resume=refuse)
    site = with_hook("register_login_methods", lambda: [method])
    assert [each.name for each in site.contributions.login_methods] == ["password", "riddle"]
    assert await site.contributions.login_methods[1].begin("203.0.113.1") == Refused(message="No.")


async def test_register_second_factors():
    async def never(account):
        return False

    factor = SimpleNamespace(name="code", label="Code", required=never, begin=nothing, resume=nothing)
    site = with_hook("register_second_factors", lambda: [factor])
    assert site.contributions.second_factors == (factor,)


# Storage


async def test_register_storages():
    made = []

    def make(url):
        made.append((url, MemoryStorage()))
        return made[-1][1]

    factory = StorageFactory(name="shelf", schemes=("shelf",), open=make)
    site = with_hook("register_storages", lambda: [factory], storage="shelf://upper")
    async with site:
        assert site.storage_factory is factory
        assert [(url, storage is site.ports.storage) for url, storage in made] == [("shelf://upper", True)]


def test_register_blob_stores():
    blobs = MemoryBlobs()
    factory = BlobStoreFactory(name="drawer", schemes=("drawer",), open=lambda url: blobs)
    site = with_hook("register_blob_stores", lambda: [factory], blobs="drawer://lower")
    assert site.ports.blobs is blobs


def test_register_media_processors():
    frames = SimpleNamespace(name="frames", content_types=(), probe=lambda data: None, process=nothing)
    site = with_hook("register_media_processors", lambda: [frames])
    assert site.ports.processors == (frames,)


# Notification


def test_register_channels():
    channel = SimpleNamespace(name="pigeon", deliver=nothing)
    site = with_hook("register_channels", lambda: [channel])
    assert site.contributions.channels == (channel,)
    assert site.contributions.owner(channel) == "sample"


def test_register_routing_rules():
    rule = SimpleNamespace(route=lambda message, channels: ("pigeon",))
    site = with_hook("register_routing_rules", lambda: [rule])
    assert rule in site.contributions.routing_rules


# Payment


def test_register_gateways():
    made = []
    gateway = SimpleNamespace(name="shells")
    factory = GatewayFactory(
        name="shells", make=lambda: made.append(1) or gateway, currencies=frozenset({"XPF"}), priority=5
    )
    config = PaymentsConfig(gateways=("shells",))
    site = with_hook("register_gateways", lambda: [factory], payments=config)
    route = site.gateways.route("XPF", "PF")
    assert route.gateways == ("shells",)
    assert route.explanation == ("shells: chosen, priority 5",)
    assert site.ports.gateways is site.gateways
    assert made == []
    assert site.gateways.get("shells") is site.gateways.get("shells") is gateway
    assert made == [1]


# Events


class Bloomed(Event, frozen=True, kw_only=True):
    """A flower opened."""

    type: typing.ClassVar[str] = "sample.bloomed"


class Stray(Event, frozen=True, kw_only=True):
    """An event outside of the plugin's name."""

    type: typing.ClassVar[str] = "bloomed"


def test_register_events():
    site = with_hook("register_events", lambda: [Bloomed])
    assert Bloomed in site.contributions.events
    assert AccountCreated in site.contributions.events


def test_an_event_outside_of_the_plugins_name_breaks_the_plugin():
    plugin = SimpleNamespace(PLUGIN=Manifest(name="sample"), register_events=hookimpl(lambda: [Stray]))
    assert report_of(site_with({"sample": plugin}), "sample").reason == (
        "the event type 'bloomed' must begin with 'sample.'"
    )


async def test_register_subscribers():
    import asyncio

    told: asyncio.Queue[Event] = asyncio.Queue()
    quick = Subscriber(name="garden", event=AccountCreated, handler=told.put)
    durable = Subscriber(name="ledger", event=AccountCreated, handler=nothing, durable=True)
    site = with_hook("register_subscribers", lambda: [quick, durable])
    event = AccountCreated(id=1, at=2, account_id=3)
    async with site:
        site.ports.bus.publish(event)
        assert await asyncio.wait_for(told.get(), 5) is event
        assert "events.sample.ledger" in {job.kind for job in site.ports.durable(event)}


# Tasks


def test_register_jobs():
    kind = JobKind(name="sample.water", handler=nothing)
    site = with_hook("register_jobs", lambda: [kind])
    assert site.contributions.jobs["sample.water"] is kind


def test_register_schedules():
    schedule = Schedule(name="daily", kind="statistics.compute", every=86400)
    found = with_hook("register_schedules", lambda: [schedule]).contributions.schedules[-1]
    assert (found.name, found.kind) == ("sample.daily", "statistics.compute")


def test_register_sweeps():
    sweep = hookspecs.Sweep(name="leaves", title="Fallen leaves", count=nothing, remove=nothing)
    assert with_hook("register_sweeps", lambda: [sweep]).contributions.sweeps[-1].name == "sample.leaves"


# Timelines


class Reversed:
    name = "reversed"

    def delivery(self, author):
        return Delivery.PULLED

    def on_publish(self, post, author, now, job_id):
        return ()

    def on_follow(self, follower_id, followee_id):
        return ()

    async def page(self, storage, viewer, page):
        return Listing(items=())


def test_register_timelines():
    strategy = Reversed()
    site = with_hook(
        "register_timelines", lambda: [Timeline(name="reversed", strategy=strategy)], timeline="reversed"
    )
    assert site.ports.timeline == strategy


# Content


def test_register_content_filters():
    import msgspec

    class Shout:
        name = "shout"

        def apply(self, content):
            return msgspec.structs.replace(content, html=f"<p>{content.text.upper()}<script>x</script></p>")

    site = with_hook("register_content_filters", lambda: [Shout()])
    assert site.ports.content.render("hello", (), ()) == "<p>HELLO</p>"


def test_register_entities():
    class Smileys:
        kind = "smiley"

        def find(self, text):
            at = text.find(":)")
            return [Entity(kind="smiley", start=at, end=at + 2, value=":)")] if at >= 0 else []

    site = with_hook("register_entities", lambda: [Smileys()])
    assert [entity.kind for entity in site.ports.content.find("hi :) #tag")] == ["smiley", "tag"]


def test_register_post_validators():
    class NoShouting:
        def validate(self, draft):
            if draft.text.isupper():
                raise Invalid(fields={"text": "Please write in lower case."})

    site = with_hook("register_post_validators", lambda: [NoShouting()])
    draft = Draft(
        account_id=1,
        author=Account(id=1, username="ada", created_at=0),
        text="HELLO",
        spoiler="",
        visibility=Visibility.PUBLIC,
        mentions=(),
        tags=(),
        in_reply_to_id=None,
    )
    with pytest.raises(Invalid, match="lower case"):
        site.ports.content.validate(draft)


# Permission


def test_register_permissions():
    permission = Permission("sample.water", "Water the flowers")
    site = with_hook("register_permissions", lambda: [permission])
    assert permission in site.contributions.permissions
    site.ports.authoriser.check(member(), "sample.water")


def test_register_policies():
    class Never:
        def decide(self, actor, permission, subject):
            return Decision.DENY if permission == "posts.write" else Decision.ABSTAIN

    site = with_hook("register_policies", lambda: [Never()])
    assert site.ports.authoriser.allows(member(), "follows.write")
    with pytest.raises(Forbidden):
        site.ports.authoriser.check(member(), "posts.write")


def member() -> Actor:
    return Actor(account=Account(id=1, username="ada", uri="", display_name="", created_at=0))


# Command line, pages (figures and observers are in test_hooks_that_watch)


def test_register_commands():
    command = click.Command("water")
    site = with_hook("register_commands", lambda: [command])
    assert site.contributions.commands == {"sample": (command,)}


def test_register_page_renderers():
    class Themed:
        def form(self, page):
            return b"themed form"

        def message(self, title, text, links=()):
            raise RuntimeError("out of paint")

    site = with_hook(
        "register_page_renderers", lambda: [Renderer(name="themed", renderer=Themed(), priority=1)]
    )
    assert site.page_renderer.form(FormPage(title="t", action="/", fields=(), submit="s")) == b"themed form"
    assert b"It works" in site.page_renderer.message("It works", "without paint")
