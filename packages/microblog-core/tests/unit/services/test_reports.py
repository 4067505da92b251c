"""Reports: what may be reported by whom, and what moderators do with it."""

from __future__ import annotations

import dataclasses

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.errors import Forbidden, Invalid, NotFound, RateLimited, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS
from microblog_core.domain.posts import Visibility
from microblog_core.domain.reports import ReportCategory, ReportState, check_category
from microblog_core.domain.rules import Rule
from microblog_core.domain.site_texts import SiteDefaults
from microblog_core.domain.timelines import Page
from microblog_core.services import reports
from microblog_core.services.reports import AssignReportTo, ReportAccount, ReportCommand
from microblog_core.testing.world import World


async def people(world: World, *names: str):
    return [await world.actor(account) for account in await world.build.people(*names)]


async def moderator(world: World):
    return await world.actor(await world.build.account("mod", role=Role.MODERATOR))


async def test_a_report_goes_to_the_moderators_who_resolve_it(world: World) -> None:
    ada, bob = await people(world, "ada", "bob")
    mod = await moderator(world)
    post = await world.build.post(bob.account)
    command = ReportAccount(
        account_id=bob.id, post_ids=(post.id, post.id), comment="  Spam\r\n ", category=ReportCategory.SPAM
    )
    report = await reports.report_account(world.ports, ada, command)
    assert (report.post_ids, report.comment, report.category) == ((post.id,), "Spam", ReportCategory.SPAM)
    (entry,) = (await reports.list_reports(world.ports, mod, ReportState.OPEN, Page())).items
    assert (entry.report, entry.reporter.id, entry.target.id) == (report, ada.id, bob.id)
    taken = await reports.assign_report(
        world.ports, mod, AssignReportTo(report_id=report.id, moderator_id=mod.id)
    )
    assert taken.assigned is not None and taken.assigned.id == mod.id
    for _ in range(2):
        resolved = await reports.resolve_report(world.ports, mod, ReportCommand(report_id=report.id))
        assert resolved.report.state is ReportState.RESOLVED
    reopened = await reports.reopen_report(world.ports, mod, ReportCommand(report_id=report.id))
    assert (reopened.report.state, reopened.report.action_taken_at) == (ReportState.OPEN, None)
    assert await reports.read_report(world.ports, mod, report.id) == reopened
    lines = [(line.action, line.actor_id) for line in (await world.storage.audit(Page())).items]
    assert lines == [
        ("report.reopened", mod.id),
        ("report.resolved", mod.id),
        ("report.assigned", mod.id),
    ]


async def test_rules_are_those_of_the_site(world: World) -> None:
    ada, bob = await people(world, "ada", "bob")
    ports = dataclasses.replace(world.ports, said=SiteDefaults(rules=(Rule(id="kind", text="Be kind."),)))
    report = await reports.report_account(ports, ada, ReportAccount(account_id=bob.id, rule_ids=("kind",)))
    assert (report.category, report.rule_ids) == (ReportCategory.VIOLATION, ("kind",))
    with pytest.raises(Invalid) as refused:
        await reports.report_account(ports, ada, ReportAccount(account_id=bob.id, rule_ids=("kind", "2")))
    assert set(refused.value.fields) == {"rule_ids"}


async def test_what_can_not_be_reported(world: World) -> None:
    ada, bob, cy = await people(world, "ada", "bob", "cy")
    secret = await world.build.post(bob.account, visibility=Visibility.DIRECT)
    other = await world.build.post(cy.account)
    for command, error in (
        (ReportAccount(account_id=1), NotFound),
        (ReportAccount(account_id=ada.id), Invalid),
        (ReportAccount(account_id=bob.id, post_ids=(secret.id,)), NotFound),
        (ReportAccount(account_id=bob.id, post_ids=(other.id,)), NotFound),
        (ReportAccount(account_id=bob.id, post_ids=tuple(range(1, 52))), Invalid),
        (ReportAccount(account_id=bob.id, comment="x" * 1001), Invalid),
    ):
        with pytest.raises(error):
            await reports.report_account(world.ports, ada, command)
    with pytest.raises(Unauthenticated):
        await reports.report_account(world.ports, ANONYMOUS, ReportAccount(account_id=bob.id))
    with pytest.raises(Invalid):
        check_category("boring")
    assert (await world.storage.reports.page(None, Page())).items == ()


async def test_only_moderators_read_and_resolve(world: World) -> None:
    ada, bob = await people(world, "ada", "bob")
    mod = await moderator(world)
    report = await reports.report_account(world.ports, ada, ReportAccount(account_id=bob.id))
    which = ReportCommand(report_id=report.id)
    for attempt in (
        reports.list_reports(world.ports, ada, None, Page()),
        reports.read_report(world.ports, ada, report.id),
        reports.resolve_report(world.ports, ada, which),
        reports.reopen_report(world.ports, ada, which),
        reports.assign_report(world.ports, ada, AssignReportTo(report_id=report.id, moderator_id=None)),
    ):
        with pytest.raises(Forbidden):
            await attempt
    with pytest.raises(Invalid) as refused:
        await reports.assign_report(
            world.ports, mod, AssignReportTo(report_id=report.id, moderator_id=ada.id)
        )
    assert set(refused.value.fields) == {"moderator_id"}
    for missing in (
        reports.read_report(world.ports, mod, 1),
        reports.resolve_report(world.ports, mod, ReportCommand(report_id=1)),
        reports.assign_report(world.ports, mod, AssignReportTo(report_id=1, moderator_id=mod.id)),
    ):
        with pytest.raises(NotFound):
            await missing


async def test_nobody_reports_without_end(world: World) -> None:
    ada, bob = await people(world, "ada", "bob")
    for _ in range(20):
        await reports.report_account(world.ports, ada, ReportAccount(account_id=bob.id))
    with pytest.raises(RateLimited):
        await reports.report_account(world.ports, ada, ReportAccount(account_id=bob.id))
