"""How often people post: counted by what was stored, by age of the account and by role, for all processes."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.errors import Invalid, RateLimited
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import report_of, site_with


def house(clock=None, **pace):
    return site_with(installed=["pace"], settings={"pace": pace}, clock=clock)


async def person(site, name="ada", role=Role.MEMBER):
    command = CreateAccount(
        username=name, email=f"{name}@example.org", password="a long pass phrase", role=role
    )
    return Actor(account=await create_account(site.ports, SYSTEM, command))


async def write(site, actor, times=1):
    for _ in range(times):
        await publish_post(site.ports, actor, PublishPost(text="hello"))


async def refusal(site, actor):
    with pytest.raises(RateLimited) as refused:
        await write(site, actor)
    return refused.value


async def test_installed_alone_it_limits_nothing():
    async with house() as site:
        assert report_of(site, "pace").state == "active"
        assert site.contributions.post_guards == ()


async def test_the_limit_of_each_window_holds_and_says_when_it_is_over():
    clock = FrozenClock()
    async with house(clock, per_minute=1, per_hour=2, per_day=3) as site:
        ada, bob = await person(site), await person(site, "bob")
        await write(site, ada)
        clock.advance(15)
        refused = await refusal(site, ada)
        assert (refused.message, refused.retry_after) == (
            "Posts in a minute: at most 1. Wait for 45 s.",
            45,
        )
        await write(site, bob)
        clock.advance(45)
        await write(site, ada)
        clock.advance(60)
        assert (await refusal(site, ada)).message == "Posts in an hour: at most 2. Wait for 58 min."
        clock.advance(3600)
        await write(site, ada)
        clock.advance(3600)
        assert (await refusal(site, ada)).message == "Posts in a day: at most 3. Wait for 22 h."
        clock.advance(24 * 3600)
        await write(site, ada)


async def test_what_is_not_valid_does_not_count():
    async with house(per_minute=1) as site:
        ada = await person(site)
        for _ in range(2):
            with pytest.raises(Invalid):
                await publish_post(site.ports, ada, PublishPost(text=""))
        await write(site, ada)


async def test_newcomers_and_roles_have_a_pace_of_their_own():
    clock = FrozenClock()
    roles = {"moderator": {"per_minute": 3}, "owner": {}}
    async with house(clock, per_minute=2, newcomers={"hours": 1, "per_minute": 1}, roles=roles) as site:
        ada, bob = await person(site), await person(site, "bob", Role.MODERATOR)
        cid, dan = await person(site, "cid", Role.ADMINISTRATOR), await person(site, "dan", Role.OWNER)
        for actor, times in ((ada, 1), (bob, 3), (cid, 1)):
            await write(site, actor, times)
            await refusal(site, actor)
        await write(site, dan, 5)
        clock.advance(3600)
        for actor, times in ((ada, 2), (bob, 3), (cid, 2)):
            await write(site, actor, times)
            await refusal(site, actor)


async def test_processes_that_share_a_limiter_count_together(redis_url):
    settings = {"pace": {"per_minute": 2}, "redis": {"url": redis_url}}
    one, two = (site_with(installed=["pace", "redis"], settings=settings) for _ in range(2))
    async with one, two:
        actor = await person(one)
        await write(one, actor, 2)
        assert "in a minute: at most 2" in (await refusal(two, actor)).message


@pytest.mark.parametrize(
    ("pace", "reason"),
    [
        ({"per_day": -1}, "plugins.pace.per_day is negative"),
        ({"newcomers": {"per_hour": -1}}, "plugins.pace.newcomers.per_hour is negative"),
        ({"newcomers": {"hours": 0}}, "not more than 0"),
        ({"roles": {"member": {"per_day": 1}}}, "no role 'member'"),
        ({"per_week": 1}, "per_week"),
    ],
)
def test_settings_that_cannot_be_meant_are_told(pace, reason):
    report = report_of(house(**pace), "pace")
    assert report.state == "broken"
    assert reason in report.reason
