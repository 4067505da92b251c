"""Moderation: guards of decisions and appeals, who may act on whom, and what moderators read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from microblog_core.domain.accounts import Account, AccountState, Role
from microblog_core.domain.errors import Conflict
from microblog_core.domain.moderation import (
    AccountFigures,
    AccountFilter,
    AppealState,
    AuditFilter,
    ModerationAct,
    NoteEntry,
    ReportNote,
    Strike,
    StrikeEntry,
)
from microblog_core.domain.posts import Visibility
from microblog_core.domain.reports import ReportState
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.operations import (
    AddAudit,
    AddReportNote,
    AddStrike,
    AppealStrike,
    HidePost,
    OverruleStrike,
    RejectAppeal,
    SetAccountState,
    SetReportState,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused
from microblog_core.testing.storage.reports import make_report

Read = Callable[[Page], Awaitable[Listing[Any]]]
Add = Callable[[], Awaitable[int]]


async def make_strike(
    build: Builder, account: Account, moderator: Account | None = None, **changes: Any
) -> Strike:
    """A decision about an account."""
    strike = Strike(
        id=build.next_id(),
        account_id=account.id,
        moderator_id=None if moderator is None else moderator.id,
        **{"act": ModerationAct.WARN, "reason": "be kind", "created_at": build.clock.now(), **changes},
    )
    await build.apply(AddStrike(strike=strike))
    return strike


async def make_note(build: Builder, report_id: int, author: Account, text: str = "look") -> ReportNote:
    """A note on a report."""
    note = ReportNote(
        id=build.next_id(), report_id=report_id, author_id=author.id, text=text, created_at=build.clock.now()
    )
    await build.apply(AddReportNote(note=note))
    return note


async def audit_line(build: Builder, action: str, subject: str, actor: Account | None = None) -> int:
    """A line of the audit log."""
    line_id, now = build.next_id(), build.clock.now()
    actor_id = None if actor is None else actor.id
    await build.apply(AddAudit(id=line_id, actor_id=actor_id, action=action, subject=subject, created_at=now))
    return line_id


MODERATORS_LISTINGS = (
    *("strikes", "appeals", "assigned reports", "reports about"),
    *("audit by somebody", "moderators"),
)
"""What `moderators_listing` knows."""


def moderators_listing(kind: str) -> Callable[[Builder], Awaitable[tuple[Read, Add]]]:
    """Listings of moderators, with something else between any two."""

    async def make(build: Builder) -> tuple[Read, Add]:
        ada, bob = await build.people("ada", "bob")
        reader, reports = build.storage.moderation, build.storage.reports

        async def add() -> int:
            if kind == "strikes":
                await make_strike(build, bob)
                return (await make_strike(build, ada)).id
            if kind == "appeals":
                asked: dict[str, Any] = {"appeal": "no", "appeal_state": AppealState.OPEN, "appealed_at": 1}
                await make_strike(build, ada)
                return (await make_strike(build, ada, **asked)).id
            if kind in ("assigned reports", "reports about"):
                await make_report(build, ada, ada, assigned_id=ada.id)
                return (await make_report(build, ada, bob, assigned_id=bob.id)).id
            if kind == "audit by somebody":
                await audit_line(build, "suite.did", "it", ada)
                return await audit_line(build, "suite.did", "it", bob)
            await build.account(f"member{build.next_id()}")
            return (await build.account(f"moderator{build.next_id()}", role=Role.MODERATOR)).id

        readers: Mapping[str, Read] = {
            "strikes": lambda page: reader.strikes(ada.id, page),
            "appeals": reader.appeals,
            "assigned reports": lambda page: reports.assigned(bob.id, page),
            "reports about": lambda page: reports.about(bob.id, page),
            "audit by somebody": lambda page: reader.audit(AuditFilter(actor_id=bob.id), page),
            "moderators": lambda page: reader.accounts(AccountFilter(role=Role.MODERATOR), page),
        }
        return readers[kind], add

    return make


class ModerationTests(StorageTests):
    """Strikes, appeals, notes, ranks, and the audit log."""

    async def test_a_strike_comes_back_with_its_people(self, storage: Storage, build: Builder) -> None:
        (bob,) = await build.people("bob")
        mod = await build.account("mod", role=Role.MODERATOR)
        report = await make_report(build, mod, bob)
        changes = {"report_id": report.id, "post_ids": (1, 2), "act": ModerationAct.SUSPEND}
        strike = await make_strike(build, bob, mod, **changes)
        by_system = await make_strike(build, bob)
        assert await storage.moderation.strike(strike.id) == StrikeEntry(
            id=strike.id, strike=strike, account=bob, moderator=mod
        )
        assert await storage.moderation.strike(1) is None
        found = await storage.moderation.strikes(bob.id, ALL)
        assert [each.strike for each in found.items] == [by_system, strike]
        assert (await storage.moderation.strikes(mod.id, ALL)).items == ()
        assert await storage.moderation.in_force(bob.id) == [strike]
        assert await storage.moderation.in_force(mod.id) == []

    async def test_strikes_need_their_people_and_come_once(self, storage: Storage, build: Builder) -> None:
        (bob,) = await build.people("bob")
        strike = await make_strike(build, bob)
        await refused(build, "id", AddStrike(strike=strike))
        for change in ({"account_id": 1}, {"report_id": 1}):
            await refused(build, "exists", AddStrike(strike=replace(strike, id=build.next_id(), **change)))
        other = replace(strike, id=build.next_id())
        for operation in (
            OverruleStrike(strike=other, by=None, at=1),
            AppealStrike(strike=other, text="no", at=1),
            RejectAppeal(strike=other, by=None, at=1),
        ):
            await refused(build, "exists", operation)

    async def test_a_decision_is_taken_back_once(self, storage: Storage, build: Builder) -> None:
        (bob,) = await build.people("bob")
        strike = await make_strike(build, bob, act=ModerationAct.SILENCE)
        await build.apply(OverruleStrike(strike=strike, by=None, at=7))
        await refused(build, "overruled", OverruleStrike(strike=strike, by=None, at=8))
        await refused(build, "appeal", AppealStrike(strike=strike, text="late", at=9))
        entry = await storage.moderation.strike(strike.id)
        assert entry is not None and entry.strike == replace(strike, overruled_at=7)
        assert await storage.moderation.in_force(bob.id) == []

    async def test_an_appeal_is_made_once_and_decided_once(self, storage: Storage, build: Builder) -> None:
        (bob,) = await build.people("bob")
        mod = await build.account("mod", role=Role.MODERATOR)
        first, second = [await make_strike(build, bob, mod) for _ in range(2)]
        await refused(build, "appeal", RejectAppeal(strike=first, by=mod.id, at=1))
        for strike in (first, second):
            await build.apply(AppealStrike(strike=strike, text="I did not", at=5))
        await refused(build, "appeal", AppealStrike(strike=first, text="again", at=6))
        listed = await storage.moderation.appeals(ALL)
        assert [each.id for each in listed.items] == [second.id, first.id]
        await build.apply(RejectAppeal(strike=first, by=mod.id, at=7))
        await refused(build, "appeal", RejectAppeal(strike=first, by=mod.id, at=8))
        await build.apply(OverruleStrike(strike=second, by=mod.id, at=9))
        assert (await storage.moderation.appeals(ALL)).items == ()
        asked = {"appeal": "I did not", "appealed_at": 5, "decided_by": mod.id}
        found = [each.strike for each in (await storage.moderation.strikes(bob.id, ALL)).items]
        assert found == [
            replace(
                second,
                **asked,
                appeal_state=AppealState.ACCEPTED,
                decided_at=9,
                overruled_at=9,
                overruled_by=mod.id,
            ),
            replace(first, **asked, appeal_state=AppealState.REJECTED, decided_at=7),
        ]

    @pytest.mark.parametrize("actor", Role)
    @pytest.mark.parametrize("subject", Role)
    async def test_nobody_acts_on_the_same_or_a_higher_role(
        self, storage: Storage, build: Builder, actor: Role, subject: Role
    ) -> None:
        ada, bob = await build.account("ada", role=actor), await build.account("bob", role=subject)
        await build.account("root", role=Role.OWNER)
        strike = await make_strike(build, bob)
        await build.apply(AppealStrike(strike=strike, text="no", at=1))
        operations = (
            AddStrike(strike=replace(strike, id=build.next_id(), moderator_id=ada.id)),
            RejectAppeal(strike=strike, by=ada.id, at=2),
            OverruleStrike(strike=strike, by=ada.id, at=3),
            SetAccountState(account_id=bob.id, state=AccountState.SILENCED, by=ada.id),
            SetAccountState(account_id=bob.id, role=Role.MEMBER, by=ada.id),
        )
        order = list(Role)
        for operation in operations:
            if order.index(actor) > order.index(subject):
                await build.apply(operation)
            else:
                await refused(build, "rank", operation)

    async def test_roles_are_given_below_the_own_and_laid_down_by_oneself(
        self, storage: Storage, build: Builder
    ) -> None:
        (bob,) = await build.people("bob")
        chief = await build.account("chief", role=Role.ADMINISTRATOR)
        root = await build.account("root", role=Role.OWNER)

        def give(role: Role, by: Account | None, to: Account = bob) -> SetAccountState:
            return SetAccountState(account_id=to.id, role=role, by=None if by is None else by.id)

        await refused(build, "rank", give(Role.ADMINISTRATOR, chief))
        await refused(build, "rank", give(Role.OWNER, chief, to=chief))
        await refused(build, "rank", give(Role.MODERATOR, bob))
        await build.apply(give(Role.MODERATOR, chief))
        await build.apply(give(Role.OWNER, root))
        await refused(build, "rank", give(Role.MEMBER, root))
        await build.apply(give(Role.MODERATOR, bob, to=bob))
        await build.set_state(chief, AccountState.SUSPENDED)
        await refused(build, "rank", give(Role.MEMBER, chief))
        await refused(build, "exists", give(Role.MEMBER, None, to=replace(bob, id=1)))
        found = await storage.accounts.get(bob.id)
        assert found is not None and found.role is Role.MODERATOR

    async def test_the_last_owner_stays(self, storage: Storage, build: Builder) -> None:
        root, second = [await build.account(name, role=Role.OWNER) for name in ("root", "second")]
        await build.set_state(second, AccountState.SUSPENDED)
        for change in (
            SetAccountState(account_id=root.id, role=Role.ADMINISTRATOR),
            SetAccountState(account_id=root.id, role=Role.MEMBER, by=root.id),
            SetAccountState(account_id=root.id, state=AccountState.DISABLED),
            SetAccountState(account_id=root.id, state=AccountState.DELETED),
        ):
            await refused(build, "owner", change)
            await refused(build, "rank", replace(change, by=second.id))
        await build.apply(SetAccountState(account_id=root.id, state=AccountState.SILENCED))
        await build.set_state(second, AccountState.ACTIVE)
        await build.apply(SetAccountState(account_id=root.id, state=AccountState.DELETED))

    async def test_of_owners_who_step_down_at_the_same_time_one_stays(
        self, storage: Storage, build: Builder
    ) -> None:
        owners = [await build.account(f"owner{number}", role=Role.OWNER) for number in range(5)]
        # A unit of its own each: they run at the same time where the storage can.
        tries = [
            build.storage.commit([SetAccountState(account_id=each.id, role=Role.MEMBER, by=each.id)])
            for each in owners
        ]
        results = await asyncio.gather(*tries, return_exceptions=True)
        (failed,) = [each for each in results if each is not None]
        assert isinstance(failed, Conflict) and failed.guard == "owner"
        wanted = AccountFilter(role=Role.OWNER)
        assert len((await storage.moderation.accounts(wanted, ALL)).items) == 1

    async def test_an_account_that_changed_is_not_what_somebody_looked_at(
        self, storage: Storage, build: Builder
    ) -> None:
        (bob,) = await build.people("bob")
        change = SetAccountState(account_id=bob.id, state=AccountState.SILENCED, version=bob.version)
        await build.apply(change)
        await refused(build, "version", change)

    async def test_notes_stay_with_their_report(self, storage: Storage, build: Builder) -> None:
        ada, bob, mod = await build.people("ada", "bob", "mod")
        report, other = await make_report(build, ada, bob), await make_report(build, bob, ada)
        notes = [await make_note(build, report.id, mod, text) for text in ("first", "second")]
        assert await storage.moderation.notes(report.id) == [
            NoteEntry(id=note.id, note=note, author=mod) for note in notes
        ]
        assert await storage.moderation.notes(other.id) == []
        await refused(build, "id", AddReportNote(note=notes[0]))
        for change in ({"report_id": 1}, {"author_id": 1}):
            await refused(
                build, "exists", AddReportNote(note=replace(notes[0], id=build.next_id(), **change))
            )

    async def test_moderators_see_what_was_reported_and_nothing_else(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        posts = [await build.post(bob, visibility=level) for level in Visibility]
        unnamed, of_ada, deleted = await build.post(bob), await build.post(ada), await build.post(bob)
        boost = await build.boost(bob, of_ada)
        await build.apply(HidePost(post=deleted, hidden_at=build.clock.now()))
        ids = [each.id for each in (*posts, of_ada, deleted, boost)]
        report = await make_report(build, ada, bob, post_ids=(*ids, 1))
        await build.set_state(bob, AccountState.SUSPENDED)
        found = await storage.moderation.posts(report.id)
        assert [each.id for each in found] == [each.id for each in reversed(posts)]
        assert unnamed.id not in {each.id for each in found}
        assert await storage.moderation.posts(1) == ()

    async def test_reports_are_found_by_whom_they_are_about_and_who_took_them(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, mod = await build.people("ada", "bob", "mod")
        first = await make_report(build, ada, bob, assigned_id=mod.id)
        second = await make_report(build, bob, ada, assigned_id=mod.id)
        await make_report(build, mod, ada)
        await build.apply(SetReportState(report_id=second.id, state=ReportState.RESOLVED, at=1))
        assert [each.id for each in (await storage.reports.assigned(mod.id, ALL)).items] == [first.id]
        assert [each.id for each in (await storage.reports.about(bob.id, ALL)).items] == [first.id]
        assert len((await storage.reports.about(ada.id, ALL)).items) == 2

    async def test_accounts_are_found_by_role_state_name_and_address(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada", display_name="Zoë Lovelace", email="ada@example.org")
        mod = await build.account("moddy", role=Role.MODERATOR, email="m@example.org")
        await build.account("far", domain="example.org", role=Role.MODERATOR)
        cyd = await build.account("lovely", role=Role.MODERATOR)
        await build.set_state(cyd, AccountState.SUSPENDED)

        async def listed(**wanted: Any) -> list[str]:
            page = await storage.moderation.accounts(AccountFilter(**wanted), ALL)
            return [each.username for each in page.items]

        async def found(*words: str, email: str = "", **wanted: Any) -> list[str]:
            people = await storage.moderation.find(words, AccountFilter(**wanted), email)
            return [each.username for each in people]

        assert await listed() == ["lovely", "moddy", "ada"]
        assert await listed(role=Role.MODERATOR) == ["lovely", "moddy"]
        assert await listed(role=Role.MODERATOR, state=AccountState.ACTIVE) == ["moddy"]
        assert await listed(role=Role.MEMBER) == ["ada"]
        assert await listed(state=AccountState.SUSPENDED) == ["lovely"]
        assert await listed(state=AccountState.ACTIVE) == ["moddy", "ada"]
        assert await found("love") == ["lovely", "ada"]
        assert await found("love", "zoe") == ["ada"]
        assert await found("love", state=AccountState.SUSPENDED) == ["lovely"]
        assert await found(email="m@example.org") == ["moddy"]
        assert await found(email="m@example") == []
        assert await found() == []
        assert ada.id < mod.id

    async def test_figures_of_an_account(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        assert await storage.moderation.figures(ada.id, build.clock.now()) == AccountFigures()
        first = await make_report(build, bob, ada)
        await make_report(build, bob, ada)
        await build.apply(SetReportState(report_id=first.id, state=ReportState.RESOLVED, at=1))
        await make_strike(build, ada)
        await build.session(ada, "ended", seconds=1)
        build.clock.advance(5)
        at = (await build.session(ada, "going")).created_at
        assert await storage.moderation.figures(ada.id, build.clock.now()) == AccountFigures(
            reports=2, open_reports=1, strikes=1, sessions=1, last_log_in_at=at
        )
        assert (await storage.moderation.figures(bob.id, build.clock.now())).reported == 2

    async def test_the_audit_log_is_found_by_who_did_what_to_whom_and_when(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        start = build.clock.now()
        first = await audit_line(build, "account.state", "12 suspended", ada)
        second = await audit_line(build, "account.state", "123 active", bob)
        later = build.clock.advance(60)
        third = await audit_line(build, "post.deleted", "12", ada)
        fourth = await audit_line(build, "a.b", "")

        async def found(**wanted: Any) -> list[int]:
            page = await storage.moderation.audit(AuditFilter(**wanted), ALL)
            return [each.id for each in page.items]

        assert await found() == [fourth, third, second, first]
        assert await found(actor_id=ada.id) == [third, first]
        assert await found(action="account.state") == [second, first]
        assert await found(about="12") == [third, first]
        assert await found(about="12", actor_id=ada.id, action="account.state") == [first]
        assert await found(since=later) == [fourth, third]
        assert await found(until=later) == [second, first]
        assert await found(since=start, until=later, actor_id=bob.id) == [second]
        assert await found(since=1 << 60) == [] == await found(until=-5)
        assert await storage.moderation.audit_actions() == ["a.b", "account.state", "post.deleted"]
        (line, *_) = (await storage.moderation.audit(AuditFilter(), Page(limit=1, max_id=fourth))).items
        assert (line.actor, line.actor_id, line.subject) == (ada, ada.id, "12")
