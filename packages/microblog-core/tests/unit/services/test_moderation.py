"""Decisions: what they change at once, who may make them, what taking them back restores, and appeals."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from microblog_core.domain.accounts import AccountState, Role
from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from microblog_core.domain.moderation import AccountFilter, AppealState, AuditFilter, ModerationAct
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM
from microblog_core.domain.posts import Visibility
from microblog_core.domain.reports import ReportState
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import SetAccountState
from microblog_core.services import audit, moderation, moderators, timelines
from microblog_core.services.accounts import SetState, set_account_state
from microblog_core.services.moderation import (
    AppealDecision,
    DecisionCommand,
    ModerateAccount,
    RestoreAccount,
)
from microblog_core.services.moderation_mails import MODERATION_MAIL_JOB
from microblog_core.services.moderators import AccountCommand, ChangeRole, NoteOnReport
from microblog_core.services.reports import ReportAccount, report_account
from microblog_core.testing.world import World

ACT = ModerationAct


async def person(world: World, name: str, role: Role = Role.MEMBER):
    return await world.actor(await world.build.account(name, role=role))


async def decide(world: World, mod, account_id: int, act: ModerationAct, **values):
    command = ModerateAccount(account_id=account_id, act=act, reason="  Be kind.\r\n", **values)
    return await moderation.moderate_account(world.ports, mod, command)


async def state_of(world: World, account_id: int) -> AccountState:
    account = await world.storage.accounts.get(account_id)
    assert account is not None
    return account.state


async def reported(world: World, *levels: Visibility):
    """Somebody reported posts: (moderator, their author, the posts, the report)."""
    mod, ada, bob = [
        await person(world, name, role)
        for name, role in (("mod", Role.MODERATOR), ("ada", Role.MEMBER), ("bob", Role.MEMBER))
    ]
    posts = [await world.build.post(bob.account, visibility=level) for level in levels]
    command = ReportAccount(account_id=bob.id, post_ids=tuple(post.id for post in posts))
    return mod, bob, posts, await report_account(world.ports, ada, command)


async def test_a_suspension_hides_at_once_logs_out_and_is_taken_back(world: World) -> None:
    mod, bob = await person(world, "mod", Role.MODERATOR), await person(world, "bob")
    post = await world.build.post(bob.account)
    await world.build.session(bob.account, "token")
    strike = await decide(world, mod, bob.id, ACT.SUSPEND)
    assert (strike.reason, strike.moderator_id) == ("Be kind.", mod.id)
    assert await world.storage.sessions.get("token", world.clock.now()) is None
    with pytest.raises(NotFound):
        await timelines.read_post(world.ports, ANONYMOUS, post.id)
    taken_back = await moderation.overrule_decision(world.ports, mod, DecisionCommand(strike_id=strike.id))
    assert (taken_back.overruled_by, await state_of(world, bob.id)) == (mod.id, AccountState.ACTIVE)
    assert (await timelines.read_post(world.ports, ANONYMOUS, post.id)).id == post.id
    with pytest.raises(Conflict):
        await moderation.overrule_decision(world.ports, mod, DecisionCommand(strike_id=strike.id))
    lines = (await audit.list_audit(world.ports, mod, AuditFilter(about=str(bob.id)), Page())).items
    assert [(line.action, line.detail) for line in lines] == [("moderation.suspend", "  Be kind.\r\n")]


async def test_an_account_is_in_the_state_of_the_strictest_decision_in_force(world: World) -> None:
    mod, bob = await person(world, "mod", Role.MODERATOR), await person(world, "bob")
    silenced = await decide(world, mod, bob.id, ACT.SILENCE)
    suspended = await decide(world, mod, bob.id, ACT.SUSPEND)
    for act in (ACT.SILENCE, ACT.DISABLE, ACT.SUSPEND):
        with pytest.raises(Invalid) as caught:
            await decide(world, mod, bob.id, act)
        assert "act" in caught.value.fields
    await moderation.overrule_decision(world.ports, mod, DecisionCommand(strike_id=suspended.id))
    assert await state_of(world, bob.id) is AccountState.SILENCED
    await decide(world, mod, bob.id, ACT.DISABLE)
    await moderation.overrule_decision(world.ports, mod, DecisionCommand(strike_id=silenced.id))
    assert await state_of(world, bob.id) is AccountState.DISABLED
    await moderation.restore_account(world.ports, mod, RestoreAccount(account_id=bob.id))
    assert await state_of(world, bob.id) is AccountState.ACTIVE
    assert await world.storage.moderation.in_force(bob.id) == []
    again = await moderation.restore_account(world.ports, mod, RestoreAccount(account_id=bob.id))
    assert again.state is AccountState.ACTIVE


async def test_two_moderators_at_once_leave_the_stricter_decision(world: World) -> None:
    bob = await person(world, "bob")
    mods = [await person(world, name, Role.MODERATOR) for name in ("mod", "mad")]
    await asyncio.gather(
        decide(world, mods[0], bob.id, ACT.SUSPEND),
        decide(world, mods[1], bob.id, ACT.SILENCE),
        return_exceptions=True,
    )
    assert await state_of(world, bob.id) is AccountState.SUSPENDED


async def test_reported_posts_are_deleted_with_the_report_resolved(world: World) -> None:
    mod, bob, posts, report = await reported(world, Visibility.PUBLIC, Visibility.UNLISTED)
    for post_ids in ((), (1,)):
        with pytest.raises(Invalid) as caught:
            await decide(world, mod, bob.id, ACT.DELETE_POSTS, report_id=report.id, post_ids=post_ids)
        assert "post_ids" in caught.value.fields
    chosen = {"report_id": report.id, "post_ids": (posts[0].id, 1)}
    strike = await decide(world, mod, bob.id, ACT.DELETE_POSTS, **chosen)
    assert strike.post_ids == (posts[0].id,)
    file = await moderators.read_report_file(world.ports, mod, report.id)
    assert [each.id for each in file.posts] == [posts[1].id]
    assert file.entry.report.state is ReportState.RESOLVED
    assert (file.record.figures.strikes, file.record.login) == (1, None)
    with pytest.raises(NotFound):
        await decide(world, mod, mod.id + 1, ACT.WARN, report_id=report.id)


async def test_posts_marked_as_sensitive_are_as_before_when_it_is_taken_back(world: World) -> None:
    mod, bob, posts, report = await reported(world, Visibility.PUBLIC)
    chosen = {"report_id": report.id, "post_ids": (posts[0].id,)}
    strike = await decide(world, mod, bob.id, ACT.MARK_SENSITIVE, **chosen)
    entry = await timelines.read_post(world.ports, ANONYMOUS, posts[0].id)
    assert entry.post.sensitive and entry.post.text == posts[0].text
    await moderation.overrule_decision(world.ports, mod, DecisionCommand(strike_id=strike.id))
    assert not (await timelines.read_post(world.ports, ANONYMOUS, posts[0].id)).post.sensitive


@pytest.mark.parametrize("act", ACT)
async def test_nobody_decides_about_their_like(world: World, act: ModerationAct) -> None:
    mod, other = [await person(world, name, Role.MODERATOR) for name in ("mod", "other")]
    member = await person(world, "member")
    for actor, subject in ((mod, other), (mod, mod), (member, mod), (member, member)):
        with pytest.raises(Forbidden):
            await decide(world, actor, subject.id, act)


async def test_an_appeal_is_made_once_by_whom_it_is_about_and_accepted(world: World) -> None:
    mod, bob, eve = await person(world, "mod", Role.MODERATOR), await person(world, "bob"), None
    eve = await person(world, "eve")
    strike = await decide(world, mod, bob.id, ACT.SUSPEND)
    for actor, text, error in ((eve, "no", NotFound), (bob, " \u200b", Invalid), (bob, "x" * 2001, Invalid)):
        with pytest.raises(error):
            await moderation.appeal_decision(
                world.ports, actor, AppealDecision(strike_id=strike.id, text=text)
            )
    command = AppealDecision(strike_id=strike.id, text="It was not me.")
    asked = await moderation.appeal_decision(world.ports, bob, command)
    assert (asked.appeal, asked.appeal_state, asked.moderator_id) == (
        "It was not me.",
        AppealState.OPEN,
        None,
    )
    with pytest.raises(Conflict):
        await moderation.appeal_decision(world.ports, bob, command)
    (entry,) = (await moderation.list_appeals(world.ports, mod, Page())).items
    accepted = await moderation.overrule_decision(world.ports, mod, DecisionCommand(strike_id=entry.id))
    assert accepted.appeal_state is AppealState.ACCEPTED
    assert await state_of(world, bob.id) is AccountState.ACTIVE
    (told,) = (await moderation.list_decisions(world.ports, bob, Page())).items
    assert (told.moderator_id, told.overruled_by, told.decided_by) == (None, None, None)


async def test_a_rejected_appeal_leaves_the_decision(world: World) -> None:
    mod, bob = await person(world, "mod", Role.MODERATOR), await person(world, "bob")
    strike = await decide(world, mod, bob.id, ACT.SILENCE)
    with pytest.raises(Conflict):
        await moderation.reject_appeal(world.ports, mod, DecisionCommand(strike_id=strike.id))
    await moderation.appeal_decision(world.ports, bob, AppealDecision(strike_id=strike.id, text="no"))
    rejected = await moderation.reject_appeal(world.ports, mod, DecisionCommand(strike_id=strike.id))
    assert rejected.appeal_state is AppealState.REJECTED
    assert await state_of(world, bob.id) is AccountState.SILENCED


async def test_a_reason_is_needed_and_has_an_end(world: World) -> None:
    mod, bob = await person(world, "mod", Role.MODERATOR), await person(world, "bob")
    for reason in ("", " \n", "x" * 1001):
        command = ModerateAccount(account_id=bob.id, act=ACT.WARN, reason=reason)
        with pytest.raises(Invalid) as caught:
            await moderation.moderate_account(world.ports, mod, command)
        assert "reason" in caught.value.fields
    assert (await world.storage.audit(Page())).items == ()


async def test_the_person_is_told_by_mail_where_there_is_any(world: World) -> None:
    mod, bob = await person(world, "mod", Role.MODERATOR), await person(world, "bob")
    await decide(world, mod, bob.id, ACT.WARN)
    jobs = (await world.storage.queue.page("queued", Page())).items
    assert MODERATION_MAIL_JOB not in {job.kind for job in jobs}
    ports = dataclasses.replace(world.ports, mails=True)
    command = ModerateAccount(account_id=bob.id, act=ACT.WARN, reason="again")
    strike = await moderation.moderate_account(ports, mod, command)
    jobs = (await world.storage.queue.page("queued", Page())).items
    assert [job.key for job in jobs if job.kind == MODERATION_MAIL_JOB] == [f"{strike.id}:decided"]


async def test_roles_follow_the_order_and_an_owner_is_left(world: World) -> None:
    root, chief = await person(world, "root", Role.OWNER), await person(world, "chief", Role.ADMINISTRATOR)
    bob = await person(world, "bob")

    async def give(actor, role: Role, to=bob):
        return await moderators.change_role(world.ports, actor, ChangeRole(account_id=to.id, role=role))

    assert (await give(chief, Role.MODERATOR)).role is Role.MODERATOR
    for actor, role, to in (
        (chief, Role.ADMINISTRATOR, bob),
        (chief, Role.OWNER, chief),
        (chief, Role.MEMBER, root),
        (bob, Role.MEMBER, bob),
    ):
        with pytest.raises(Forbidden):
            await give(actor, role, to)
    with pytest.raises(Conflict) as caught:
        await give(root, Role.MEMBER, root)
    assert caught.value.guard == "owner"
    with pytest.raises(Conflict):
        await set_account_state(
            world.ports, SYSTEM, SetState(account_id=root.id, state=AccountState.SUSPENDED)
        )
    with pytest.raises(Forbidden):
        await set_account_state(
            world.ports, chief, SetState(account_id=root.id, state=AccountState.SUSPENDED)
        )
    await give(root, Role.OWNER)
    assert (await give(root, Role.MEMBER, root)).role is Role.MEMBER


async def test_who_manages_accounts_sees_addresses_and_others_do_not(world: World) -> None:
    mod, chief = await person(world, "mod", Role.MODERATOR), await person(world, "chief", Role.ADMINISTRATOR)
    bob = await world.actor(await world.build.account("bob", email="bob@example.org"))
    for actor, found in ((mod, []), (chief, ["bob"])):
        people = await moderators.find_people(world.ports, actor, "Bob@example.org", AccountFilter())
        assert [each.username for each in people] == found
    people = await moderators.find_people(world.ports, mod, "@bo", AccountFilter())
    assert [each.username for each in people] == ["bob"]
    assert await moderators.find_people(world.ports, mod, " @ ", AccountFilter()) == ()
    record = await moderators.read_account_record(world.ports, chief, bob.id)
    assert record.login is not None and record.login.email == "bob@example.org"
    await moderators.confirm_address_of(world.ports, chief, AccountCommand(account_id=bob.id))
    record = await moderators.read_account_record(world.ports, chief, bob.id)
    assert record.login is not None and record.login.email_confirmed_at == world.clock.now()


async def test_a_moderator_ends_sessions_and_leaves_notes(world: World) -> None:
    mod, bob, _, report = await reported(world)
    await world.build.session(bob.account, "token")
    await moderators.log_out_everywhere(world.ports, mod, AccountCommand(account_id=bob.id))
    assert await world.storage.sessions.get("token", world.clock.now()) is None
    await moderators.note_report(world.ports, mod, NoteOnReport(report_id=report.id, text=" seen "))
    (note,) = (await moderators.read_report_file(world.ports, mod, report.id)).notes
    assert (note.note.text, note.author.id) == ("seen", mod.id)
    with pytest.raises(NotFound):
        await moderators.note_report(world.ports, mod, NoteOnReport(report_id=1, text="x"))
    (about,) = (await moderators.list_reports_about(world.ports, mod, bob.id, Page())).items
    assert about.report.id == report.id
    assert (await moderators.list_assigned_reports(world.ports, mod, Page())).items == ()


async def test_the_audit_log_as_csv_holds_no_formula(world: World) -> None:
    mod, bob = await person(world, "mod", Role.MODERATOR), await person(world, "bob")
    command = ModerateAccount(account_id=bob.id, act=ACT.WARN, reason='=cmd|"calc"')
    await moderation.moderate_account(world.ports, mod, command)
    head, line, *rest = (await audit.export_audit(world.ports, mod, AuditFilter())).splitlines()
    assert head.startswith("time,actor,") and not rest
    assert f',mod,{mod.id},moderation.warn,{bob.id},"\'=cmd|""calc""",' in line
    with pytest.raises(Forbidden):
        await audit.export_audit(world.ports, bob, AuditFilter())
    assert await audit.list_audit_actions(world.ports, mod) == ["moderation.warn"]


@pytest.mark.parametrize("state", [AccountState.PENDING, AccountState.LEAVING])
async def test_nobody_restores_an_account_that_waits_or_leaves(world, state):
    mod, bob = await person(world, "mod", Role.MODERATOR), await person(world, "bob")
    await world.storage.commit([SetAccountState(account_id=bob.id, state=state)])
    with pytest.raises(Conflict):
        await moderation.restore_account(world.ports, mod, RestoreAccount(account_id=bob.id))
    with pytest.raises(Invalid):
        await decide(world, mod, bob.id, ACT.SILENCE)
    assert await state_of(world, bob.id) is state
    assert (await decide(world, mod, bob.id, ACT.WARN)).act is ACT.WARN
