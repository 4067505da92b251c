"""Posts for members: who may write them, who reads them and answers, and the teaser that others see."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.events import PostPublished
from microblog_core.domain.posts import Visibility
from microblog_core.domain.timelines import Page
from microblog_core.ports.clock import SystemClock
from microblog_core.services.payments.memberships import EndMembership, end_membership
from microblog_core.services.payments.offers import RetireTier, retire_tier
from microblog_core.services.posts import DeletePost, PublishPost, delete_post, publish_post
from microblog_core.services.reactions import PostCommand, boost_post
from microblog_core.services.timelines import read_post, read_thread
from microblog_core.services.undo import UndoPublish, delete_post_undoably, undo_delete, undo_publish
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.payments import Till
from microblog_core.testing.world import World, make_ports


@pytest.fixture
def world():
    """A world of today: who is a member is asked of the machine's clock."""
    return World(make_ports(clock=FrozenClock(SystemClock().now())))


@pytest.fixture
async def club(world):
    """ada offers a tier, bob is her member, cy isn't."""
    till = Till(world)
    people = {name: await world.sign_up(name) for name in ("ada", "bob", "cy")}
    tier = await till.tier(people["ada"])
    await till.joined(people["bob"], tier)
    return Club(world, till, people, tier)


class Club:
    def __init__(self, world, till, people, tier):
        self.world, self.till, self.people, self.tier = world, till, people, tier

    async def actor(self, name):
        return await self.world.actor(self.people[name])

    async def write(self, name="ada", text="For members", **changes):
        self.world.clock.advance(1)
        command = PublishPost(**{"text": text, "visibility": Visibility.MEMBERS, **changes})
        return (await publish_post(self.world.ports, await self.actor(name), command)).post

    async def sees(self, name, post):
        try:
            await read_post(self.world.ports, await self.actor(name), post.id)
        except NotFound:
            return False
        return True

    async def readers(self, post):
        return [name for name in self.people if await self.sees(name, post)]


async def test_members_read_what_is_for_them_and_nobody_else(club):
    assert await club.readers(await club.write()) == ["ada", "bob"]


async def test_only_who_offers_a_tier_writes_for_members(club):
    for name in ("bob", "cy"):
        with pytest.raises(Invalid) as invalid:
            await club.write(name)
        assert list(invalid.value.fields) == ["visibility"]
    await retire_tier(club.world.ports, await club.actor("ada"), RetireTier(tier_id=club.tier.id))
    with pytest.raises(Invalid):
        await club.write()


async def test_answers_are_for_the_same_people_without_a_tier_of_ones_own(club):
    post = await club.write()
    for level in (Visibility.PUBLIC, Visibility.MEMBERS):
        answer = await club.write("bob", "Me too", in_reply_to_id=post.id, visibility=level)
        assert (answer.visibility, answer.members_of_id) == (Visibility.MEMBERS, club.people["ada"].id)
        assert await club.readers(answer) == ["ada", "bob"]
    deeper = await club.write("ada", "Thanks", in_reply_to_id=answer.id)
    assert deeper.members_of_id is None and await club.readers(deeper) == ["ada", "bob"]
    with pytest.raises(Invalid):
        await club.write("cy", in_reply_to_id=post.id)


async def test_what_is_for_members_is_not_boosted_or_quoted(club):
    post = await club.write()
    with pytest.raises(Invalid):
        await boost_post(club.world.ports, await club.actor("bob"), PostCommand(post_id=post.id))
    with pytest.raises(Invalid):
        await club.write("bob", quoted_post_id=post.id, visibility=Visibility.PUBLIC)


async def test_a_teaser_is_an_ordinary_post_and_what_it_teases_its_authors_answer(club):
    post = await club.write(teaser="There is more, @cy #club")
    thread = await read_thread(club.world.ports, await club.actor("cy"), post.in_reply_to_id)
    teaser = thread.entry.post
    assert (teaser.text, teaser.visibility) == ("There is more, @cy #club", Visibility.PUBLIC)
    assert teaser.teaser_for_members and teaser.tags == ("club",) and teaser.thread_id == teaser.id
    assert thread.descendants == ()
    assert (post.thread_id, post.in_reply_to_account_id) == (teaser.id, teaser.account_id)
    seen = await read_thread(club.world.ports, await club.actor("bob"), teaser.id)
    assert [each.post.id for each in seen.descendants] == [post.id]
    assert [event.post_id for event in club.world.bus.of(PostPublished)] == [teaser.id, post.id]
    public = await club.world.storage.timelines.public(None, Page())
    assert [each.post.id for each in public.items] == [teaser.id]


async def test_a_teaser_may_be_unlisted_and_go_on_in_a_thread(club):
    first = await club.write(text="One", visibility=Visibility.PUBLIC)
    post = await club.write(teaser="Two", teaser_visibility=Visibility.UNLISTED, in_reply_to_id=first.id)
    teaser = (await read_post(club.world.ports, await club.actor("cy"), post.in_reply_to_id)).post
    assert (teaser.visibility, teaser.in_reply_to_id) == (Visibility.UNLISTED, first.id)
    assert post.thread_id == first.id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"visibility": Visibility.PUBLIC}, "teaser"),
        ({"teaser": "x" * 501}, "teaser"),
        ({"teaser_visibility": Visibility.FOLLOWERS}, "teaser_visibility"),
    ],
)
async def test_what_is_wrong_with_a_teaser_is_said_and_nothing_is_published(club, changes, field):
    with pytest.raises(Invalid) as invalid:
        await club.write(**{"teaser": "Look", **changes})
    assert list(invalid.value.fields) == [field]
    assert club.world.bus.of(PostPublished) == []


async def test_an_answer_to_somebody_else_has_no_teaser(club):
    post = await club.write()
    with pytest.raises(Invalid):
        await club.write("bob", in_reply_to_id=post.id, teaser="Look")


async def gone(club, post):
    return not await club.sees("ada", post)


async def test_with_a_teaser_goes_what_it_teases_and_not_the_other_way_round(club):
    post = await club.write(teaser="Look")
    teaser = (await read_post(club.world.ports, await club.actor("ada"), post.in_reply_to_id)).post
    later = await club.write(text="More", in_reply_to_id=teaser.id)
    await delete_post(club.world.ports, await club.actor("ada"), DeletePost(post_id=teaser.id))
    assert await gone(club, teaser) and await gone(club, post) and not await gone(club, later)
    other = await club.write(teaser="Look")
    await delete_post(club.world.ports, await club.actor("ada"), DeletePost(post_id=other.id))
    assert await gone(club, other)
    assert await club.world.storage.posts.get(None, other.in_reply_to_id) is not None


async def test_both_come_back_together(club):
    post = await club.write(teaser="Look")
    actor = await club.actor("ada")
    teaser = (await read_post(club.world.ports, actor, post.in_reply_to_id)).post
    await delete_post_undoably(club.world.ports, actor, DeletePost(post_id=teaser.id))
    assert await gone(club, teaser) and await gone(club, post)
    await undo_delete(club.world.ports, actor, DeletePost(post_id=teaser.id))
    assert await club.readers(teaser) == ["ada", "bob", "cy"]
    assert await club.readers(post) == ["ada", "bob"]


async def test_taking_back_what_was_just_published_takes_the_teaser_back(club):
    post = await club.write(teaser="Look")
    entry = await undo_publish(club.world.ports, await club.actor("ada"), UndoPublish(post_id=post.id))
    assert entry.post.id == post.id
    assert await gone(club, post)
    assert await club.world.storage.posts.get(None, post.in_reply_to_id) is None


async def test_access_ends_with_what_was_paid(club):
    post = await club.write()
    club.world.clock.advance(1)
    membership = await club.till.read.live_membership(club.people["bob"].id, club.people["ada"].id)
    command = EndMembership(membership_id=membership.id, at_once=True)
    club.world.clock.at -= 60_000
    await end_membership(club.world.ports, await club.actor("bob"), command)
    assert await club.readers(post) == ["ada"]
