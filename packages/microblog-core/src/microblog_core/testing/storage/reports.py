"""Reports: guards, states, listings, and what may be reported."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.posts import Visibility
from microblog_core.domain.reports import Report, ReportCategory, ReportEntry, ReportState
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddReport, AssignReport, SetReportState
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused


async def make_report(build: Builder, reporter: Account, target: Account, **changes: Any) -> Report:
    """A report."""
    report = Report(
        id=build.next_id(),
        reporter_id=reporter.id,
        target_id=target.id,
        **{"created_at": build.clock.now(), **changes},
    )
    await build.apply(AddReport(report=report))
    return report


class ReportTests(StorageTests):
    """What people told the moderators."""

    async def test_a_report_comes_back_with_its_people(self, storage: Storage, build: Builder) -> None:
        ada, bob, mod = await build.people("ada", "bob", "mod")
        post = await build.post(bob)
        report = await make_report(
            build,
            ada,
            bob,
            post_ids=(post.id, 1),
            comment="Spam,\nspam",
            category=ReportCategory.VIOLATION,
            rule_ids=("1", "kind"),
        )
        await build.apply(AssignReport(report_id=report.id, moderator_id=mod.id))
        await build.set_state(bob, AccountState.SUSPENDED)
        target = await storage.accounts.get(bob.id)
        assert target is not None
        assert await storage.reports.get(report.id) == ReportEntry(
            id=report.id,
            report=replace(report, assigned_id=mod.id),
            reporter=ada,
            target=target,
            assigned=mod,
        )
        assert await storage.reports.get(1) is None
        await build.apply(AssignReport(report_id=report.id, moderator_id=None))
        entry = await storage.reports.get(report.id)
        assert entry is not None and entry.assigned is None

    async def test_reports_need_their_people_and_come_once(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        report = await make_report(build, ada, bob)
        await refused(build, "id", AddReport(report=report))
        for change in ({"reporter_id": 1}, {"target_id": 1}):
            await refused(build, "exists", AddReport(report=replace(report, id=build.next_id(), **change)))
        await refused(build, "exists", AssignReport(report_id=report.id, moderator_id=1))
        await refused(build, "exists", AssignReport(report_id=1, moderator_id=ada.id))
        await refused(build, "exists", SetReportState(report_id=1, state=ReportState.RESOLVED, at=1))

    async def test_a_report_is_resolved_once_and_may_be_opened_again(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        report = await make_report(build, ada, bob)
        other = await make_report(build, bob, ada)

        async def open_ones() -> list[int]:
            return [each.id for each in (await storage.reports.page(ReportState.OPEN, ALL)).items]

        resolve = SetReportState(report_id=report.id, state=ReportState.RESOLVED, at=7)
        await build.apply(resolve)
        await refused(build, "state", resolve)
        (entry,) = (await storage.reports.page(ReportState.RESOLVED, ALL)).items
        assert entry.report == replace(report, state=ReportState.RESOLVED, action_taken_at=7)
        assert await open_ones() == [other.id]
        await build.apply(SetReportState(report_id=report.id, state=ReportState.OPEN, at=8))
        assert await open_ones() == [other.id, report.id]
        entry_now = await storage.reports.get(report.id)
        assert entry_now is not None and entry_now.report == report
        newest = await storage.reports.page(None, Page(limit=1))
        assert ([each.id for each in newest.items], newest.older) == ([other.id], other.id)

    async def test_only_what_is_theirs_and_may_be_seen_can_be_reported(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        public = await build.post(bob)
        private = await build.post(bob, visibility=Visibility.FOLLOWERS)
        direct = await build.post(bob, visibility=Visibility.DIRECT, mentions=[ada])
        other = await build.post(cy)
        boost = await build.boost(bob, other)
        everything = [post.id for post in (public, private, direct, other, boost)] + [1]
        assert await storage.reports.reportable(ada.id, bob.id, everything) == {
            public.id,
            direct.id,
            boost.id,
        }
        assert await storage.reports.reportable(cy.id, bob.id, everything) == {public.id, boost.id}
        assert await storage.reports.reportable(cy.id, bob.id, []) == frozenset()
        await build.block(bob, ada)
        assert await storage.reports.reportable(ada.id, bob.id, everything) == frozenset()
