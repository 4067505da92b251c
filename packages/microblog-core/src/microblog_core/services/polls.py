"""Polls: vote, read one, and what a new one brings with its post."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.polls import NewPoll, Poll, PollOption, check_choices, check_poll
from microblog_core.domain.posts import Entry, Post
from microblog_core.patterns.decorators import authorised, rate_limited
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddVote, Job, PutPoll
from microblog_core.ports.unit import UnitOfWork

END_POLL_JOB = "polls.end"
"""Tells the author and the voters that a poll has ended."""


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """Vote for options of a poll by their places, from 0."""

    poll_id: int
    choices: tuple[int, ...]


class EndedPoll(msgspec.Struct, frozen=True):
    """The payload of `END_POLL_JOB`: who voted after the vote `after` is still to be told."""

    poll_id: int
    after: int = 0


async def read_poll(ports: Ports, actor: Actor, poll_id: int) -> Entry:
    """The post of a poll, which is its `entry.poll`. Raises `NotFound`."""
    entry = await ports.storage.polls.post_of(actor.id, poll_id)
    if entry is None or entry.poll is None or entry.poll.id != poll_id:
        raise NotFound("This poll does not exist, or you may not see it.")
    return entry


@authorised("posts.write")
@rate_limited("react", limit=1000, per=3600)
async def vote(ports: Ports, actor: Actor, command: Vote) -> Entry:
    """Vote, once and for good; the post with its poll as it is now.

    Raises `NotFound`, `Invalid` (field `choices`: no such option, too many, ended, voted already, an own
    poll).
    """
    account = require_account(actor)
    entry = await read_poll(ports, actor, command.poll_id)
    assert entry.poll is not None
    choices = check_choices(entry.poll, command.choices)
    if entry.post.account_id == account.id:
        raise Invalid(fields={"choices": "This is your own poll."})
    now = ports.clock.now()
    unit = ports.unit()
    unit.apply(
        AddVote(
            id=ports.ids.at(now),
            poll_id=entry.poll.id,
            post_id=entry.post.id,
            account_id=account.id,
            choices=choices,
            created_at=now,
        )
    )
    try:
        await unit.commit()
    except Conflict as conflict:
        problems = {"vote": "You voted already.", "ended": "This poll has ended."}
        if conflict.guard == "exists":
            raise NotFound("This poll does not exist any more.") from conflict
        if conflict.guard not in problems:
            raise
        raise Invalid(fields={"choices": problems[conflict.guard]}) from conflict
    return await read_poll(ports, actor, command.poll_id)


def make_poll(ports: Ports, wanted: NewPoll, post_id: int, now: int) -> Poll:
    """A poll of a post, beginning at `now` (Unix milliseconds). Raises `Invalid` (field `poll`)."""
    poll = check_poll(wanted, options_max=ports.limits.poll_options)
    return Poll(
        id=ports.ids.at(now),
        post_id=post_id,
        options=tuple(PollOption(title) for title in poll.options),
        multiple=poll.multiple,
        hide_totals=poll.hide_totals,
        expires_at=now + poll.expires_in * 1000,
    )


def asks_the_same(one: Poll, other: Poll) -> bool:
    """Whether two polls ask the same, so that the votes of one stay."""
    titles = [[option.title for option in poll.options] for poll in (one, other)]
    return titles[0] == titles[1] and one.multiple == other.multiple


def put_poll(ports: Ports, unit: UnitOfWork, post: Post, poll: Poll | None, now: int) -> None:
    """Collect a post's poll, and the job at its end, into a unit of work."""
    unit.apply(PutPoll(post_id=post.id, account_id=post.account_id, thread_id=post.thread_id, poll=poll))
    if poll is not None:
        unit.outbox.add(end_job(ports, EndedPoll(poll.id), poll.expires_at, now))


def end_job(ports: Ports, ended: EndedPoll, due_at: int, now: int) -> Job:
    """The job that tells of a poll's end."""
    return Job(
        id=ports.ids.at(now),
        kind=END_POLL_JOB,
        key=f"{ended.poll_id}:{ended.after}",
        payload=msgspec.json.encode(ended),
        due_at=due_at,
        created_at=now,
    )


def edited_poll(ports: Ports, entry: Entry, poll: NewPoll | None, now: int, *, remove: bool) -> Poll | None:
    """The poll of a post's new version: the same one, as long as it asks the same; `now` is Unix
    milliseconds.
    """
    if remove:
        return None
    if poll is None:
        return entry.poll
    fresh = make_poll(ports, poll, entry.post.id, now)
    return entry.poll if entry.poll and asks_the_same(entry.poll, fresh) else fresh
