"""What operations on polls write, and a poll as somebody sees it."""

from __future__ import annotations

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.domain.polls import Poll, PollOption
from microblog_core.memory.tables import Tables, Vote
from microblog_core.ports.operations import AddVote, PutPoll


def put_poll(tables: Tables, operation: PutPoll) -> None:
    """A post's poll in place of its old one; guards `exists`, `id`."""
    post, poll = tables.posts.get(operation.post_id), operation.poll
    if post is None:
        raise Conflict("The post is gone.", guard="exists")
    remove_poll(tables, post.poll_id)
    if poll is not None:
        if poll.id in tables.polls:
            raise Conflict("A poll with this id exists.", guard="id")
        fresh = tuple(PollOption(option.title) for option in poll.options)
        tables.polls.put(
            poll.id, replace(poll, options=fresh, votes_count=0, voters_count=0, voted=False, own_votes=())
        )
    tables.posts.put(post.id, replace(post, poll_id=None if poll is None else poll.id))


def remove_poll(tables: Tables, poll_id: int | None) -> None:
    """A poll with its votes."""
    if poll_id is not None:
        tables.polls.remove(poll_id)
        for pair in tuple(tables.votes.rows):
            if pair[0] == poll_id:
                tables.votes.remove(pair)


def add_vote(tables: Tables, operation: AddVote) -> None:
    """Votes; guards `exists`, `ended`, `vote`."""
    poll, pair = tables.polls.get(operation.poll_id), (operation.poll_id, operation.account_id)
    if poll is None or operation.account_id not in tables.accounts:
        raise Conflict("The poll is gone.", guard="exists")
    if poll.has_ended(operation.created_at):
        raise Conflict("The poll has ended.", guard="ended")
    if pair in tables.votes:
        raise Conflict("They voted already.", guard="vote")
    tables.votes.put(pair, Vote(operation.id, operation.choices))
    options = tuple(
        PollOption(option.title, (option.votes_count or 0) + (place in operation.choices))
        for place, option in enumerate(poll.options)
    )
    tables.polls.put(
        poll.id,
        replace(
            poll,
            options=options,
            votes_count=poll.votes_count + len(operation.choices),
            voters_count=poll.voters_count + 1,
        ),
    )


def poll_seen(tables: Tables, viewer: int | None, poll_id: int | None) -> Poll | None:
    """A poll as its viewer sees it."""
    poll = None if poll_id is None else tables.polls.get(poll_id)
    vote = None if poll is None or viewer is None else tables.votes.get((poll.id, viewer))
    return poll if poll is None or vote is None else replace(poll, voted=True, own_votes=vote.choices)
