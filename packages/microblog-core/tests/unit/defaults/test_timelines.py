"""The hybrid strategy: rows for most authors, a job for many followers, nothing for the very followed."""

from __future__ import annotations

import msgspec

from microblog_core.defaults.timelines import FAN_OUT_JOB, Chronological, FanOutPayload, Hybrid
from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Delivery, Post
from microblog_core.ports.operations import AddHomeRows, AddJob, BackfillHome, FanOut


def author(followers: int) -> Account:
    return Account(id=1, username="ada", created_at=0, followers_count=followers)


def post(delivery: Delivery) -> Post:
    return Post(id=9, account_id=1, thread_id=9, created_at=0, delivery=delivery)


def test_up_to_five_hundred_followers_rows_go_into_the_transaction() -> None:
    hybrid = Hybrid()
    assert hybrid.delivery(author(500)) is Delivery.ROWS
    assert hybrid.on_publish(post(Delivery.ROWS), author(500), 5, 7) == (FanOut(post_id=9, author_id=1),)


def test_above_the_author_sees_it_at_once_and_a_durable_job_does_the_rest() -> None:
    own, queued = Hybrid().on_publish(post(Delivery.ROWS), author(501), 5, 7)
    assert own == AddHomeRows(post_id=9, author_id=1, account_ids=(1,))
    assert isinstance(queued, AddJob)
    assert (queued.job.id, queued.job.kind, queued.job.due_at) == (7, FAN_OUT_JOB, 5)
    assert msgspec.json.decode(queued.job.payload, type=FanOutPayload) == FanOutPayload(9, 1, 0)


def test_the_very_followed_are_pulled() -> None:
    hybrid = Hybrid()
    assert hybrid.delivery(author(10_000)) is Delivery.ROWS
    assert hybrid.delivery(author(10_001)) is Delivery.PULLED
    assert hybrid.on_publish(post(Delivery.PULLED), author(10_001), 5, 7) == ()


def test_a_new_follow_back_fills_forty() -> None:
    assert Hybrid().on_follow(1, 2) == (BackfillHome(account_id=1, author_id=2, limit=40),)


def test_the_chronological_strategy_writes_nothing() -> None:
    strategy = Chronological()
    assert strategy.delivery(author(0)) is Delivery.PULLED
    assert strategy.on_publish(post(Delivery.PULLED), author(0), 5, 7) == strategy.on_follow(1, 2) == ()
