"""What comes with the posts of a page: their polls, the posts that they quote, and the applications that
they were written with. One statement for each
kind, and only where the page has any.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import msgspec

from microblog_core.domain.polls import Poll, PollOption
from microblog_core.domain.posts import Post, QuoteState, WrittenWith
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import entry_columns
from microblog_plugins.sql.steps import Row, Steps
from microblog_plugins.sql.visibility import post_listed

_choices_of = msgspec.json.Decoder(tuple[int, ...]).decode


@functools.cache
def _polls(dialect: Dialect, viewer: bool) -> str:
    vote = "v.choices" if viewer else "NULL"
    votes = " LEFT JOIN poll_votes v ON v.poll_id = l.id AND v.account_id = :viewer" if viewer else ""
    return (
        "SELECT l.id, l.post_id, l.multiple, l.hide_totals, l.expires_at, l.votes_count, l.voters_count,"
        f" {vote}, o.place, o.title, o.votes_count FROM polls l CROSS JOIN poll_options o{votes}"
        f" WHERE {dialect.among('l.id', 'ids')} AND o.poll_id = l.id"
    )


@functools.cache
def _quoted(dialect: Dialect, viewer: bool) -> str:
    return (
        f"SELECT {entry_columns(viewer, 'p', 'p')} FROM posts p CROSS JOIN accounts a"
        f" WHERE {dialect.among('p.id', 'ids')} AND a.id = p.account_id AND {post_listed('p', 'a', viewer)}"
    )


def polls_of(dialect: Dialect, viewer: int | None, posts: Iterable[Post]) -> Steps[dict[int, Poll]]:
    """The polls that these posts have, by id."""
    wanted = {post.poll_id for post in posts if post.poll_id is not None}
    if not wanted:
        return {}
    options: dict[int, dict[int, PollOption]] = {}
    first: dict[int, Row] = {}
    parameters = {"ids": dialect.ids(sorted(wanted)), "viewer": viewer}
    for row in (yield _polls(dialect, viewer is not None), parameters):
        first.setdefault(row[0], row)
        options.setdefault(row[0], {})[row[8]] = PollOption(row[9], row[10])
    return {
        poll_id: _poll_of(row, tuple([options[poll_id][place] for place in sorted(options[poll_id])]))
        for poll_id, row in first.items()
    }


def _poll_of(row: Row, options: tuple[PollOption, ...]) -> Poll:
    identifier, post_id, multiple, hide_totals, expires_at, votes_count, voters_count, choices = row[:8]
    return Poll(
        id=identifier,
        post_id=post_id,
        options=options,
        multiple=multiple == 1,
        hide_totals=hide_totals == 1,
        expires_at=expires_at,
        votes_count=votes_count,
        voters_count=voters_count,
        voted=choices is not None,
        own_votes=() if choices is None else _choices_of(choices),
    )


def quoted_by(dialect: Dialect, viewer: int | None, posts: Iterable[Post]) -> Steps[Sequence[Row]]:
    """Rows of the entries that these posts quote, as far as the viewer sees and wants them."""
    wanted = {
        post.quote_of_id
        for post in posts
        if post.quote_of_id is not None and post.quote_state is QuoteState.ACCEPTED
    }
    if not wanted:
        return ()
    parameters = {"ids": dialect.ids(sorted(wanted)), "viewer": viewer}
    return (yield _quoted(dialect, viewer is not None), parameters)


@functools.cache
def _applications(dialect: Dialect) -> str:
    return f"SELECT id, name, website FROM applications WHERE {dialect.among('id', 'ids')}"


def applications_of(dialect: Dialect, posts: Iterable[Post]) -> Steps[dict[int, WrittenWith]]:
    """What these posts were written with, by id."""
    wanted = {post.application_id for post in posts if post.application_id is not None}
    if not wanted:
        return {}
    found = yield _applications(dialect), {"ids": dialect.ids(sorted(wanted))}
    return {row[0]: WrittenWith(row[1], row[2]) for row in found}
