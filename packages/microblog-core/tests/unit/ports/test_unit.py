"""The unit of work: everything or nothing, then caches, then observers."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import Account, AccountState, Session
from microblog_core.domain.errors import Conflict
from microblog_core.domain.events import AccountCreated, Event, JobsQueued
from microblog_core.domain.notifications import Notification, NotificationKind
from microblog_core.ports import operations as ops
from microblog_core.ports.operations import Job, changed_keys
from microblog_core.ports.unit import UnitOfWork
from microblog_core.testing.builder import NOON
from microblog_core.testing.world import World, make_ports

ADA = Account(id=7, username="ada", created_at=NOON)
CREATED = AccountCreated(id=9, at=NOON, account_id=7)
JOB = Job(id=5, kind="suite", key="k", payload=b"{}", due_at=NOON, created_at=NOON)


class Recorded:
    """A storage that only writes down what is committed, and a cache and bus that write down when."""

    capabilities: frozenset[str] = frozenset()

    def __init__(self, *, fails: bool = False) -> None:
        self.log: list[object] = []
        self.fails = fails

    async def commit(self, operations) -> None:
        if self.fails:
            raise Conflict("No.", guard="exists")
        self.log.append(operations)

    def drop(self, tags) -> None:
        self.log.append(tags)

    def publish(self, event: Event) -> None:
        self.log.append(event)


def unit_of(recorded: Recorded, durable=lambda event: ()) -> UnitOfWork:
    return UnitOfWork(recorded, recorded, recorded, durable)


async def test_a_commit_writes_then_drops_then_tells() -> None:
    recorded = Recorded()
    unit = unit_of(recorded)
    unit.accounts.add(ADA)
    unit.emit(CREATED)
    assert recorded.log == []
    await unit.commit()
    added = ops.AddAccount(account=ADA)
    assert recorded.log == [(added,), changed_keys((added,)), CREATED]


async def test_a_commit_that_fails_drops_and_tells_nothing_and_may_be_repeated() -> None:
    recorded = Recorded(fails=True)
    unit = unit_of(recorded)
    unit.accounts.add(ADA)
    unit.emit(CREATED)
    with pytest.raises(Conflict):
        await unit.commit()
    assert recorded.log == []
    recorded.fails = False
    await unit.commit()
    assert recorded.log[-1] == CREATED
    written = len(recorded.log)
    await unit.commit()
    assert recorded.log[written:] == [(), frozenset()]


async def test_a_durable_event_has_its_job_in_the_same_transaction() -> None:
    recorded = Recorded()
    unit = unit_of(recorded, lambda event: (JOB,) if isinstance(event, AccountCreated) else ())
    unit.accounts.add(ADA)
    unit.emit(CREATED)
    await unit.commit()
    operations, _, *told = recorded.log
    assert operations == (ops.AddAccount(account=ADA), ops.AddJob(job=JOB))
    assert told == [CREATED, JobsQueued(id=5, at=NOON)]


async def test_repositories_collect_in_the_order_of_the_calls() -> None:
    world = World(make_ports())
    post = world.build.draft(ADA)
    told = Notification(id=1, account_id=1, kind=NotificationKind.FOLLOW, actor_id=2, created_at=NOON)
    session = Session(token_hash="hash", account_id=7, created_at=NOON, expires_at=NOON)
    pair = {"id": 3, "created_at": NOON}
    expected: list[ops.Operation] = [
        ops.AddAccount(account=ADA),
        ops.UpdateProfile(account_id=7, version=1, display_name="", bio="", bio_html=""),
        ops.UpdateLogin(account_id=7, locale="de"),
        ops.SetAccountState(account_id=7, state=AccountState.SILENCED),
        ops.AddSession(session=session),
        ops.DeleteSession(token_hash="hash"),
        ops.DeleteSessions(account_id=7, keep_token_hash="kept"),
        ops.AddPost(post=post),
        ops.EditPost(before=post, after=post),
        ops.DeletePost(post=post),
        ops.DeleteBoost(account_id=7, post=post),
        ops.AddFavourite(account_id=7, post_id=1, **pair),
        ops.DeleteFavourite(account_id=7, post_id=1),
        ops.AddFollow(follower_id=7, followee_id=8, **pair),
        ops.DeleteFollow(follower_id=7, followee_id=8),
        ops.AddBlock(blocker_id=7, blocked_id=8, **pair),
        ops.DeleteBlock(blocker_id=7, blocked_id=8),
        ops.AddMute(muter_id=7, muted_id=8, **pair),
        ops.DeleteMute(muter_id=7, muted_id=8),
        ops.AddNotification(notification=told),
        ops.DeleteNotifications(account_id=1, kind="follow", actor_id=2),
        ops.MarkNotificationsRead(account_id=1, up_to_id=1),
        ops.AddJob(job=JOB),
        ops.PutValue(plugin="suite", key="k", value=b""),
        ops.DeleteValue(plugin="suite", key="k"),
        ops.RunSql(statement="SELECT :a", parameters={"a": 1}),
    ]
    recorded = Recorded()
    unit = unit_of(recorded)
    unit.accounts.add(ADA)
    unit.accounts.update_profile(expected[1])
    unit.accounts.update_login(expected[2])
    unit.accounts.set_state(expected[3])
    unit.accounts.add_session(session)
    unit.accounts.delete_session("hash")
    unit.accounts.delete_sessions(7, keep_token_hash="kept")
    unit.posts.add(post)
    unit.posts.edit(post, post)
    unit.posts.delete(post)
    unit.posts.delete_boost(7, post)
    unit.posts.favourite(expected[11])
    unit.posts.unfavourite(7, 1)
    unit.relations.follow(expected[13])
    unit.relations.unfollow(7, 8)
    unit.relations.block(expected[15])
    unit.relations.unblock(7, 8)
    unit.relations.mute(expected[17])
    unit.relations.unmute(7, 8)
    unit.notifications.add(told)
    unit.notifications.delete(1, "follow", 2)
    unit.notifications.mark_read(1, 1)
    unit.outbox.add(JOB)
    unit.plugins.put("suite", "k", b"")
    unit.plugins.delete("suite", "k")
    unit.plugins.sql("SELECT :a", a=1)
    await unit.commit()
    assert list(recorded.log[0]) == expected


async def test_a_unit_drops_what_is_cached_of_what_it_changed() -> None:
    world = World()
    ada = await world.sign_up("ada")
    world.ports.cache.fill().put("page", "old", [f"account:{ada.id}"])
    unit = world.ports.unit()
    unit.accounts.set_state(ops.SetAccountState(account_id=ada.id, state=AccountState.SILENCED))
    assert world.ports.cache.get("page") == "old"
    await unit.commit()
    assert world.ports.cache.get("page") is None
