"""Polls and votes. The poll's row is locked before anything of it is counted."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.ports.operations import AddVote, PutPoll
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import as_json, insert
from microblog_plugins.sql.steps import Steps

_POLL = insert(
    "polls",
    ["id", "post_id", "account_id", "multiple", "hide_totals", "expires_at", "votes_count", "voters_count"],
)
_SET_POLL = "UPDATE posts SET revision = revision + 1, poll_id = :poll WHERE id = :post RETURNING id"
_OPTION = "INSERT INTO poll_options (poll_id, place, title, votes_count) VALUES (:poll, :place, :title, 0)"
_COUNT = (
    "UPDATE polls SET votes_count = votes_count + :votes, voters_count = voters_count + 1"
    " WHERE id = :poll AND expires_at > :now RETURNING id"
)
_VOTE = insert("poll_votes", ["poll_id", "account_id", "id", "choices"])
_COUNT_OPTION = (
    "UPDATE poll_options SET votes_count = votes_count + 1 WHERE poll_id = :poll AND place = :place"
)


def put_poll(dialect: Dialect, operation: PutPoll) -> Steps[None]:
    """A post's poll in place of its old one; guards `exists`, `id`."""
    poll = operation.poll
    values = {"post": operation.post_id, "poll": None if poll is None else poll.id}
    if not (yield _SET_POLL, values):
        raise Conflict("The post is gone.", guard="exists")
    yield "DELETE FROM polls WHERE post_id = :post", values
    if poll is None:
        return
    yield (
        _POLL,
        {
            "id": poll.id,
            "post_id": operation.post_id,
            "account_id": operation.account_id,
            "multiple": poll.multiple,
            "hide_totals": poll.hide_totals,
            "expires_at": poll.expires_at,
            "votes_count": 0,
            "voters_count": 0,
        },
    )
    for place, option in enumerate(poll.options):
        yield _OPTION, {"poll": poll.id, "place": place, "title": option.title}


def add_vote(dialect: Dialect, operation: AddVote) -> Steps[None]:
    """Votes; guards `exists`, `ended`, `vote`."""
    values = {
        "poll": operation.poll_id,
        "votes": len(operation.choices),
        "now": operation.created_at,
    }
    if not (yield _COUNT, values):
        if (yield "SELECT id FROM polls WHERE id = :poll", values):
            raise Conflict("The poll has ended.", guard="ended")
        raise Conflict("The poll is gone.", guard="exists")
    yield (
        _VOTE,
        {
            "poll_id": operation.poll_id,
            "account_id": operation.account_id,
            "id": operation.id,
            "choices": as_json(operation.choices),
        },
    )
    for place in operation.choices:
        yield _COUNT_OPTION, {"poll": operation.poll_id, "place": place}
