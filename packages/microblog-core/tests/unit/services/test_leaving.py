"""Leaving: the password is asked for, the account is hidden, comes back, or is gone with all it had."""

from __future__ import annotations

import pytest

from microblog_core.defaults.password_login import PasswordLogin
from microblog_core.domain.accounts import Account, AccountState, Role
from microblog_core.domain.errors import Forbidden, Invalid, NotFound, Unauthenticated
from microblog_core.domain.events import AccountDeleted
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM, Actor
from microblog_core.domain.timelines import Page
from microblog_core.ports.auth import Done, Form
from microblog_core.ports.operations import PutValue
from microblog_core.services import accounts, exports, leaving, login, pictures, sessions
from microblog_core.services.housekeeping import core_sweeps, sweep_all
from microblog_core.testing.world import World

from media_fakes import FILE, Studio  # isort: skip

PASSWORD = "correct horse"
DAY = 24 * 3600.0


async def leave(world: World, account: Account) -> None:
    actor = await world.actor(account)
    await leaving.delete_own_account(world.ports, actor, leaving.DeleteOwnAccount(password=PASSWORD))


async def run_job(world: World) -> None:
    jobs = await world.storage.queue.claim(world.clock.now(), limit=50, lease=60_000)
    for job in jobs:
        if job.kind == leaving.ERASE_JOB:
            await leaving.erase_departed(world.ports, job)


async def test_the_password_is_asked_for(world: World) -> None:
    ada = Actor(account=await world.sign_up("ada"))
    with pytest.raises(Invalid) as refused:
        await leaving.delete_own_account(world.ports, ada, leaving.DeleteOwnAccount(password="wrong"))
    assert set(refused.value.fields) == {"password"}


async def test_who_leaves_is_logged_out_and_offered_to_stay(world: World) -> None:
    ada = await world.sign_up("ada")
    session = await sessions.open_session(world.ports, ada)
    await leave(world, ada)
    assert await sessions.resume_session(world.ports, session.token) is None
    with pytest.raises(Unauthenticated) as refused:
        await login.log_in(world.ports, ANONYMOUS, login.LogIn(name="ada", password=PASSWORD))
    assert refused.value.code == "account_leaving"
    method = PasswordLogin(lambda: world.ports)
    wrong = await method.resume({"name": "ada", "password": "nothing"}, {}, "")
    assert isinstance(wrong, Form) and not wrong.state
    offer = await method.resume({"name": "ada", "password": PASSWORD}, {}, "")
    assert isinstance(offer, Form) and offer.submit == "Keep my account" and "2026-01-15" in offer.error
    done = await method.resume({}, offer.state, "")
    assert isinstance(done, Done) and done.account.state is AccountState.ACTIVE
    late = await method.resume({}, offer.state, "")
    assert isinstance(late, Form) and late.error
    world.clock.advance(15 * DAY)
    await run_job(world)
    assert (await world.actor(ada)).account is not None
    stays = await world.storage.accounts.get(ada.id)
    assert stays is not None and stays.state is AccountState.ACTIVE


async def test_after_the_grace_all_is_gone_but_the_name(studio: Studio) -> None:
    ada, bob = await studio.sign_up("ada"), await studio.sign_up("bob")
    actor = await studio.actor(ada)
    await pictures.set_avatar(studio.ports, actor, pictures.ChangePicture(data=FILE))
    await exports.request_export(studio.ports, actor, exports.RequestExport())
    post = (await studio.publish(ada, "own")).post
    theirs = (await studio.publish(bob, "theirs")).post
    await studio.boost(ada, theirs)
    await studio.favourite(ada, theirs)
    await studio.follow(ada, bob)
    await studio.follow(bob, ada)
    await studio.storage.commit((PutValue(plugin="web", key=f"draft:{ada.id}:1", value=b"{}"),))
    await studio.storage.commit((PutValue(plugin="web", key=f"draft:{bob.id}:1", value=b"{}"),))
    await leave(studio, ada)
    assert await studio.storage.posts.get(bob.id, post.id) is None
    studio.clock.advance(14 * DAY - 1)
    await run_job(studio)
    assert len(await studio.storage.departures.due(studio.clock.now() + 2000, 9)) == 1, "not yet"
    studio.clock.advance(3)
    await run_job(studio)
    gone = await studio.storage.accounts.get(ada.id)
    assert gone is not None and gone.state is AccountState.DELETED
    assert (gone.display_name, gone.bio, gone.avatar, gone.posts_count) == ("", "", "", 0)
    assert await studio.storage.departures.get(ada.id) is None
    assert not (await studio.storage.archives.exports(ada.id, Page())).items
    assert set(await studio.storage.values("web", "draft:")) == {f"draft:{bob.id}:1"}
    left = await studio.storage.posts.get(bob.id, theirs.id)
    assert left is not None and (left.post.boosts_count, left.post.favourites_count) == (0, 0)
    after = await studio.storage.accounts.get(bob.id)
    assert after is not None and (after.followers_count, after.following_count) == (0, 0)
    with pytest.raises(Invalid) as taken:
        await studio.sign_up("ada")
    assert set(taken.value.fields) == {"username"}
    command = accounts.SignUp(username="adele", email="ada@example.org", password=PASSWORD)
    assert await accounts.sign_up(studio.ports, ANONYMOUS, command), "the address is free"


async def test_housekeeping_goes_on_where_a_job_died(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await world.sign_up("ada")
    for number in range(3):
        await world.publish(ada, f"post {number}")
    await leave(world, ada)
    world.clock.advance(15 * DAY)
    remove, removed = leaving._remove_post, []

    async def dies(ports: object, remnant: object) -> None:
        if removed:
            raise ConnectionError("killed")
        removed.append(remnant)
        await remove(ports, remnant)  # type: ignore[arg-type]

    monkeypatch.setattr(leaving, "_remove_post", dies)
    with pytest.raises(ConnectionError):
        await leaving.erase_account(world.ports, ada.id)
    monkeypatch.setattr(leaving, "_remove_post", remove)
    (sweep,) = [each for each in core_sweeps(lambda: world.ports) if each.name == "departures"]
    assert await sweep.count(world.clock.now(), 9) == 1
    (report,) = await sweep_all(world.ports, [sweep])
    assert report.run.removed == 1 and not report.run.error
    assert await world.storage.departures.posts(ada.id, 9) == ()
    assert await leaving.erase_account(world.ports, ada.id) is False, "once is enough"


async def test_operators_delete_others_with_a_grace_or_at_once(world: World) -> None:
    ada, bob = await world.sign_up("ada"), await world.sign_up("bob")
    operator = Actor(account=await world.build.account("op", role=Role.ADMINISTRATOR))
    with pytest.raises(Forbidden):
        await leaving.delete_account(
            world.ports, operator, leaving.DeleteAccount(account_id=operator.id or 0)
        )
    with pytest.raises(Forbidden):
        await leaving.delete_account(
            world.ports, await world.actor(bob), leaving.DeleteAccount(account_id=ada.id)
        )
    await leaving.delete_account(world.ports, operator, leaving.DeleteAccount(account_id=ada.id))
    with pytest.raises(NotFound):
        await leaving.delete_account(world.ports, SYSTEM, leaving.DeleteAccount(account_id=ada.id))
    await leaving.delete_account(world.ports, SYSTEM, leaving.DeleteAccount(account_id=bob.id, at_once=True))
    assert await leaving.erase_account(world.ports, ada.id) is False
    told: list[AccountDeleted] = []
    world.ports.bus.subscribe(AccountDeleted, told.append)
    assert await leaving.erase_account(world.ports, bob.id) is True
    assert [event.account_id for event in told] == [bob.id]
    actions = [line.action for line in (await world.storage.audit(Page(limit=9))).items]
    assert actions == ["account.deleted", "account.deleted"]
