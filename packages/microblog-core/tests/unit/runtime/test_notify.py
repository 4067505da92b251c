from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import msgspec
import pytest

from microblog_core.contributions import Manifest
from microblog_core.domain.deliveries import Frequency
from microblog_core.domain.errors import Conflict
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.hookspecs import hookimpl
from microblog_core.ports.channels import AddressGone, Permanent, Temporary
from microblog_core.ports.operations import Job
from microblog_core.runtime.current import current_job
from microblog_core.runtime.executor import job_kinds
from microblog_core.runtime.jobs import JobRunner
from microblog_core.runtime.links import Links
from microblog_core.runtime.notify import DELIVER_JOB, next_digest
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.deliveries import ChangeDeliveryPreferences, change_delivery_preferences
from microblog_core.services.posts import DeletePost, PublishPost, delete_post, publish_post
from microblog_core.services.relations import RelationCommand, mute
from microblog_core.testing.sites import site_with


class Letters:
    """A plugin with a channel that keeps what it delivers, or raises what it is told to, and a rule."""

    PLUGIN = Manifest(name="letters")
    name = "letters"

    def __init__(self, *problems: Exception, routes=("letters",)) -> None:
        self.problems = list(problems)
        self.routes = routes
        self.delivered = []

    async def deliver(self, message, *, key: str) -> None:
        if self.problems:
            raise self.problems.pop(0)
        self.delivered.append((key, message))

    def route(self, message, channels):
        if isinstance(self.routes, Exception):
            raise self.routes
        return self.routes

    @hookimpl
    def register_channels(self, site):
        return [self]

    @hookimpl
    def register_routing_rules(self, site):
        return [self]


class Town:
    """An open site with a plugin and two people."""

    def __init__(self, *plugins: Letters) -> None:
        given = {f"letters{number or ''}": plugin for number, plugin in enumerate(plugins)}
        self.site = site_with(given, base_url="https://example.org")
        self.runner = JobRunner(self.site)

    async def __aenter__(self):
        await self.site.open()
        self.ada, self.bob = [await self._person(name) for name in ("ada", "bob")]
        await self.runner.run_due()
        return self

    async def __aexit__(self, *error):
        await self.site.close()

    async def _person(self, name):
        command = CreateAccount(username=name, email=f"{name}@example.org", password="correct horse")
        return Actor(account=await create_account(self.site.ports, SYSTEM, command))

    async def mention(self):
        return await publish_post(self.site.ports, self.ada, PublishPost(text="Hello @bob, how are you?"))


async def test_a_mention_reaches_the_channel_that_the_rule_names_with_a_key_of_its_own():
    letters = Letters()
    async with Town(letters) as town:
        entry = await town.mention()
        await town.runner.run_due()
        ((key, message),) = letters.delivered
        assert message.account_id == town.bob.id
        assert message.subject == "ada (@ada) mentioned you"
        assert message.text == "Hello @bob, how are you?"
        assert message.url == f"https://example.org/@ada/{entry.post.id}"
        assert message.address == ""
        assert key.endswith(":letters")


async def test_a_mention_that_two_processes_route_or_one_twice_is_delivered_once():
    letters = Letters()
    async with Town(letters) as town:
        await town.mention()
        queue, now = town.site.storage.queue, town.site.ports.clock.now()
        kinds = job_kinds(town.site)
        routing = [name for name in kinds if name.startswith("events.") and name.endswith("notifications")]
        (late,) = await queue.claim(now, limit=1, lease=0, kinds=routing)
        (holder,) = await queue.claim(now, limit=1, lease=0, kinds=routing)
        current_job.set(holder)
        await kinds[holder.kind].handler(holder)
        await town.runner.run_due()  # what it queued is done, and its key is free again
        for job in (late, holder):
            current_job.set(job)
            with pytest.raises(Conflict):
                await kinds[job.kind].handler(job)
        await town.runner.run_due()
        assert len(letters.delivered) == 1


async def test_what_is_temporary_is_tried_again_and_what_is_permanent_is_kept_with_the_dead():
    letters = Letters(Temporary("busy", retry_after=0.0), Permanent("no"))
    async with Town(letters) as town:
        await town.mention()
        await town.runner.run_due()
        assert town.runner.retried == 1
        queue = town.site.storage.queue
        due = await queue.next_due()
        (job,) = await queue.claim(due, limit=1, lease=1)
        await queue.retry(job, due_at=town.site.ports.clock.now(), error=job.error)
        await town.runner.run_due()
        assert (town.runner.buried, letters.delivered) == (1, [])
        assert (await town.site.storage.counts()).dead_jobs == 1


async def test_an_address_that_is_gone_is_paused_and_no_failure():
    letters = Letters(AddressGone("unsubscribed"))
    async with Town(letters) as town:
        await town.mention()
        await town.runner.run_due()
        await town.mention()
        await town.runner.run_due()
        assert (letters.delivered, town.runner.buried, town.runner.retried) == ([], 0, 0)


async def test_what_is_gone_or_muted_by_then_is_not_delivered():
    letters = Letters()
    async with Town(letters) as town:
        entry = await town.mention()
        await delete_post(town.site.ports, town.ada, DeletePost(post_id=entry.post.id))
        await town.runner.run_due()
        await town.mention()
        await mute(town.site.ports, town.bob, RelationCommand(account_id=town.ada.id))
        await town.runner.run_due()
        assert letters.delivered == []


@pytest.mark.parametrize("routes", [None, (), ("nowhere",), RuntimeError("boom")])
async def test_where_no_rule_names_a_channel_nothing_is_delivered(routes):
    letters = Letters(routes=routes)
    async with Town(letters) as town:
        await town.mention()
        await town.runner.run_due()
        assert letters.delivered == []
        assert await town.site.storage.queue.next_due() is None


class Post(Letters):
    """A channel that people set up for themselves."""

    name = "post"
    label = "Post"
    defaults: ClassVar = {NotificationKind.MENTION: Frequency.AT_ONCE}
    fold_seconds = 0.0
    digest_hour = 7
    by_address = True


async def test_what_somebody_never_wants_no_rule_sends_them():
    post = Post(routes=("post",))
    async with Town(post) as town:
        command = ChangeDeliveryPreferences(channel="post", frequencies={"mention": "never"})
        await change_delivery_preferences(town.site.ports, town.bob, command)
        await town.mention()
        await town.runner.run_due()
        assert post.delivered == []


async def test_a_channel_with_preferences_gets_the_address_a_way_out_and_no_rule_is_needed():
    post = Post(routes=None)
    async with Town(post) as town:
        await town.mention()
        await town.runner.run_due()
        ((_, message),) = post.delivered
        assert (message.address, message.confirmed) == ("bob@example.org", True)
        assert message.unsubscribe_url.startswith("https://example.org/unsubscribe?token=")
        read = Links(town.site).read_unsubscribe(message.unsubscribe_url.partition("token=")[2])
        assert (read.account_id, read.channel, read.kinds) == (town.bob.id, "post", ("mention",))


async def test_jobs_of_earlier_versions_are_delivered_too():
    letters = Letters()
    async with Town(letters) as town:
        await town.mention()
        await town.runner.run_due()
        ((key, message),) = letters.delivered
        told = int(key.partition(":")[0])
        old = {"channel": "letters", "notification_id": told, "account_id": town.bob.id}
        old |= {"kind": "mention", "actor_id": town.ada.id, "post_id": 1}
        unit, ports = town.site.ports.unit(), town.site.ports
        now = ports.clock.now()
        payload = msgspec.json.encode(old)
        unit.outbox.add(
            Job(
                id=ports.ids.at(now), kind=DELIVER_JOB, key="old", payload=payload, due_at=now, created_at=now
            )
        )
        await unit.commit()
        await town.runner.run_due()
        assert letters.delivered == [(key, message)] * 2


def moment(*when):
    return round(datetime(*when, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("after", "hour", "weekly", "due"),
    [
        (moment(2026, 1, 1, 6, 59), 7, False, moment(2026, 1, 1, 7)),
        (moment(2026, 1, 1, 7), 7, False, moment(2026, 1, 2, 7)),
        (moment(2026, 1, 1, 12), 7, True, moment(2026, 1, 5, 7)),
        (moment(2026, 1, 5, 7), 7, True, moment(2026, 1, 12, 7)),
        (moment(2026, 1, 5, 0), 0, True, moment(2026, 1, 12, 0)),
        (moment(2026, 1, 4, 23, 59), 0, True, moment(2026, 1, 5, 0)),
    ],
)
def test_digests_are_due_at_their_hour_weekly_ones_on_mondays(after, hour, weekly, due):
    assert next_digest(after, hour, weekly=weekly) == due
    assert datetime.fromtimestamp(due / 1000, UTC).weekday() == 0 or not weekly
