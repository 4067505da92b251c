"""Polls and quotes as people use them."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.domain.polls import NewPoll, PollOption
from microblog_core.domain.posts import Entry, QuotePolicy, Visibility
from microblog_core.domain.timelines import Page
from microblog_core.runtime import polls as runtime
from microblog_core.services import notifications, polls, posts, relations, timelines
from microblog_core.services.polls import Vote, read_poll, vote
from microblog_core.testing.world import World

TEA = NewPoll(options=("Tea", "Coffee"), expires_in=3600)


async def someone(world: World, name: str) -> Actor:
    return await world.actor(await world.build.account(name))


async def publish(world: World, actor: Actor, text: str = "What?", **more: object) -> Entry:
    return await posts.publish_post(world.ports, actor, posts.PublishPost(text=text, **more))  # type: ignore[arg-type]


async def told(world: World, actor: Actor) -> list[str]:
    page = await notifications.read_notifications(world.ports, actor, Page(limit=80))
    return [item.kind for item in page.items]


def poll_id(entry: Entry) -> int:
    assert entry.poll is not None
    return entry.poll.id


def counts(entry: Entry) -> list[int | None]:
    assert entry.poll is not None
    return [option.votes_count for option in entry.poll.options]


async def test_a_vote_is_counted_once_and_shown_to_who_gave_it(world: World) -> None:
    ada, bob, eve = [await someone(world, name) for name in ("ada", "bob", "eve")]
    entry = await publish(world, ada, poll=TEA)
    voted = await vote(world.ports, bob, Vote(poll_id=poll_id(entry), choices=(1, 1)))
    assert voted.poll is not None
    assert (voted.poll.voted, voted.poll.own_votes, counts(voted)) == (True, (1,), [0, 1])
    for problem in ((0,), (1,)):
        with pytest.raises(Invalid, match="already"):
            await vote(world.ports, bob, Vote(poll_id=poll_id(entry), choices=problem))
    await vote(world.ports, eve, Vote(poll_id=poll_id(entry), choices=(0,)))
    shown = (await timelines.read_public(world.ports, ANONYMOUS, Page())).items[0]
    assert shown.poll is not None
    assert (shown.poll.voted, shown.poll.votes_count, shown.poll.voters_count) == (False, 2, 2)
    assert counts(shown) == [1, 1]
    assert await read_poll(world.ports, bob, poll_id(entry)) == await timelines.read_post(
        world.ports, bob, entry.id
    )


@pytest.mark.parametrize("choices", [(), (2,), (-1,), (0, 1), (10**30,)])
async def test_choices_that_there_are_not_are_refused(world: World, choices: tuple[int, ...]) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    entry = await publish(world, ada, poll=TEA)
    with pytest.raises(Invalid) as refused:
        await vote(world.ports, bob, Vote(poll_id=poll_id(entry), choices=choices))
    assert "choices" in refused.value.fields
    assert counts(await timelines.read_post(world.ports, bob, entry.id)) == [0, 0]


async def test_nobody_votes_in_an_own_ended_or_hidden_poll(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    own = await publish(world, ada, poll=TEA)
    hidden = await publish(world, ada, poll=TEA, visibility=Visibility.FOLLOWERS)
    with pytest.raises(Invalid, match="own"):
        await vote(world.ports, ada, Vote(poll_id=poll_id(own), choices=(0,)))
    for unknown in (poll_id(hidden), 1):
        with pytest.raises(NotFound):
            await vote(world.ports, bob, Vote(poll_id=unknown, choices=(0,)))
    world.clock.advance(3600)
    with pytest.raises(Invalid, match="ended"):
        await vote(world.ports, bob, Vote(poll_id=poll_id(own), choices=(0,)))


async def test_of_many_votes_at_once_by_one_person_one_counts(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    entry = await publish(world, ada, poll=msgspec.structs.replace(TEA, multiple=True))
    votes = [vote(world.ports, bob, Vote(poll_id=poll_id(entry), choices=(0, 1))) for _ in range(5)]
    outcomes = await asyncio.gather(*votes, return_exceptions=True)
    assert sum(isinstance(outcome, Entry) for outcome in outcomes) == 1
    assert counts(await timelines.read_post(world.ports, bob, entry.id)) == [1, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"options": ("one",)},
        {"options": ("one", "ONE")},
        {"options": ("one", " \u200b")},
        {"options": ("one", "x" * 51)},
        {"options": ("1", "2", "3", "4", "5")},
        {"expires_in": 299},
        {"expires_in": 10**12},
    ],
)
async def test_a_poll_that_breaks_a_rule_is_refused_with_its_post(
    world: World, wrong: dict[str, object]
) -> None:
    ada = await someone(world, "ada")
    with pytest.raises(Invalid) as refused:
        await publish(world, ada, poll=msgspec.structs.replace(TEA, **wrong))
    assert "poll" in refused.value.fields
    assert (await timelines.read_public(world.ports, ada, Page())).items == ()


async def test_hidden_totals_are_shown_at_the_end(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    entry = await publish(world, ada, poll=msgspec.structs.replace(TEA, hide_totals=True))
    voted = await vote(world.ports, bob, Vote(poll_id=poll_id(entry), choices=(0,)))
    assert voted.poll is not None
    now = world.clock.now()
    assert voted.poll.shown_at(now).options == (PollOption("Tea", None), PollOption("Coffee", None))
    assert voted.poll.shown_at(now + 3600_000).options == (PollOption("Tea", 1), PollOption("Coffee", 0))


async def test_another_question_begins_anew_and_the_same_one_keeps_its_votes(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    entry = await publish(world, ada, poll=TEA)
    await vote(world.ports, bob, Vote(poll_id=poll_id(entry), choices=(0,)))
    edit = posts.EditPost(post_id=entry.id, text="What now?", poll=TEA)
    assert poll_id(await posts.edit_post(world.ports, ada, edit)) == poll_id(entry)
    assert counts(await timelines.read_post(world.ports, bob, entry.id)) == [1, 0]
    other = msgspec.structs.replace(TEA, options=("Cake", "Pie"))
    changed = await posts.edit_post(
        world.ports, ada, posts.EditPost(post_id=entry.id, text="What now?", poll=other)
    )
    assert (changed.post.version, counts(await timelines.read_post(world.ports, bob, entry.id))) == (
        3,
        [0, 0],
    )
    with pytest.raises(NotFound):
        await vote(world.ports, bob, Vote(poll_id=poll_id(entry), choices=(0,)))
    await vote(world.ports, bob, Vote(poll_id=poll_id(changed), choices=(1,)))
    gone = posts.EditPost(post_id=entry.id, text="What now?", remove_poll=True)
    assert (await posts.edit_post(world.ports, ada, gone)).poll is None
    now = await timelines.read_post(world.ports, bob, entry.id)
    assert (now.poll, now.post.poll_id) == (None, None)


async def test_the_end_is_told_to_author_and_voters_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "CHUNK", 2)
    ada, *voters = [await someone(world, name) for name in ("ada", "bob", "eve", "joe", "kim")]
    entry = await publish(world, ada, poll=TEA)
    for voter in voters[:3]:
        world.clock.advance(1)
        await vote(world.ports, voter, Vote(poll_id=poll_id(entry), choices=(0,)))
    jobs = await world.storage.queue.claim(world.clock.now(), limit=9, lease=1000, kinds=[polls.END_POLL_JOB])
    assert list(jobs) == []
    world.clock.advance(3600)
    for _ in range(3):
        now = world.clock.now()
        for job in await world.storage.queue.claim(now, limit=9, lease=1000, kinds=[polls.END_POLL_JOB]):
            await runtime.end_poll(world.ports, job)
            await runtime.end_poll(world.ports, job)
            await world.storage.queue.finish([job])
    kinds = [await told(world, who) for who in (ada, *voters)]
    assert kinds == [[NotificationKind.POLL]] * 4 + [[]]
    assert await world.storage.queue.next_due() is None


async def test_the_end_of_a_poll_that_is_gone_is_told_to_nobody(world: World) -> None:
    ada = await someone(world, "ada")
    entry = await publish(world, ada, poll=TEA)
    await posts.delete_post(world.ports, ada, posts.DeletePost(post_id=entry.id))
    world.clock.advance(3600)
    (job,) = await world.storage.queue.claim(world.clock.now(), limit=9, lease=1000)
    await runtime.end_poll(world.ports, job)
    assert await told(world, ada) == []


# Quotes


async def test_a_quote_is_counted_told_and_comes_with_its_post(world: World) -> None:
    ada, bob = await someone(world, "ada"), await someone(world, "bob")
    quoted = await publish(world, ada, "original", poll=TEA)
    quote = await publish(world, bob, "see this", quoted_post_id=quoted.id)
    again = await publish(world, ada, "see that", quoted_post_id=quote.id)
    assert await told(world, ada) == [NotificationKind.QUOTE]
    shown = await timelines.read_post(world.ports, ANONYMOUS, quote.id)
    assert shown.quoted is not None
    assert (shown.quoted.post.text, shown.quoted.post.quotes_count) == ("original", 1)
    assert shown.quoted.poll is not None
    outer = await timelines.read_post(world.ports, ANONYMOUS, again.id)
    assert outer.quoted is not None
    assert (outer.quoted.post.text, outer.quoted.quoted) == ("see this", None)
    await posts.delete_post(world.ports, bob, posts.DeletePost(post_id=quote.id))
    assert (await timelines.read_post(world.ports, ada, quoted.id)).post.quotes_count == 0
    left = await timelines.read_post(world.ports, ada, again.id)
    assert (left.quoted, left.post.quote_of_id) == (None, quote.id)


async def test_what_is_quoted_is_hidden_from_who_may_not_see_it(world: World) -> None:
    ada, bob, eve = [await someone(world, name) for name in ("ada", "bob", "eve")]
    quoted = await publish(world, ada, "original")
    quote = await publish(world, bob, "see this", quoted_post_id=quoted.id)
    await relations.block(world.ports, ada, relations.RelationCommand(account_id=eve.id or 0))
    assert (await timelines.read_post(world.ports, eve, quote.id)).quoted is None
    assert (await timelines.read_post(world.ports, bob, quote.id)).quoted is not None


@pytest.mark.parametrize(
    ("policy", "stranger", "follower"),
    [
        (QuotePolicy.PUBLIC, True, True),
        (QuotePolicy.FOLLOWERS, False, True),
        (QuotePolicy.NOBODY, False, False),
    ],
)
async def test_the_author_says_who_may_quote(
    world: World, policy: QuotePolicy, stranger: bool, follower: bool
) -> None:
    ada, bob, eve = [await someone(world, name) for name in ("ada", "bob", "eve")]
    await relations.follow(world.ports, eve, relations.RelationCommand(account_id=ada.id or 0))
    quoted = await publish(world, ada, "original", quote_policy=policy)
    for actor, allowed in ((bob, stranger), (eve, follower), (ada, True)):
        if allowed:
            assert (await publish(world, actor, quoted_post_id=quoted.id)).quoted is not None
        else:
            with pytest.raises(Invalid) as refused:
                await publish(world, actor, quoted_post_id=quoted.id)
            assert "quoted_post_id" in refused.value.fields


async def test_what_is_gone_or_not_open_is_not_quoted(world: World) -> None:
    ada = await someone(world, "ada")
    closed = await publish(world, ada, "mine", visibility=Visibility.FOLLOWERS)
    for post_id in (closed.id, 1):
        with pytest.raises(Invalid) as refused:
            await publish(world, ada, quoted_post_id=post_id)
        assert "quoted_post_id" in refused.value.fields
