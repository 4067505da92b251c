"""Who is told of a post: whom it names, whom it answers, and followers who asked for it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.posts import OPEN_VISIBILITIES, Post, Visibility
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddJobForNotified, Job
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.notifications import notify

STATUS_JOB = "notifications.status"
_FOR_FOLLOWERS = (*OPEN_VISIBILITIES, Visibility.FOLLOWERS)


class ToldPayload(msgspec.Struct, frozen=True):
    """What the job `STATUS_JOB` is to do: tell of `post_id` those followers with `notify` who come after the
    relation `after`.
    """

    post_id: int
    author_id: int
    after: int = 0


def notify_named(
    ports: Ports, unit: UnitOfWork, post: Post, named: Iterable[int], now: int, *, replied: bool = True
) -> None:
    """Notify whom a post names, and with `replied` whom it answers."""
    answered = post.in_reply_to_account_id
    receivers = dict.fromkeys(named)
    if replied and answered is not None and post.visibility is not Visibility.DIRECT:
        receivers[answered] = None
    for receiver in receivers:
        kind = NotificationKind.REPLY if receiver == answered else NotificationKind.MENTION
        notify(ports, unit, receiver, kind, post.account_id, post.id, now)


def tell_followers(ports: Ports, unit: UnitOfWork, post: Post, now: int, *, due_at: int = 0) -> None:
    """Queue a notification for those followers who want to be told of each post, if there are any; they are
    told at `due_at` at the earliest.
    """
    answered = post.in_reply_to_account_id
    if post.visibility not in _FOR_FOLLOWERS or answered not in (None, post.account_id):
        return
    job = Job(
        id=ports.ids.at(now),
        kind=STATUS_JOB,
        key=f"{post.id}:0",
        payload=msgspec.json.encode(ToldPayload(post.id, post.account_id)),
        due_at=max(now, due_at),
        created_at=now,
    )
    unit.apply(AddJobForNotified(author_id=post.account_id, job=job))
