"""What operators see of a storage as a whole."""

from __future__ import annotations

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.reports import Report, ReportState
from microblog_core.ports.operations import AddReport, SetAccountState, SetReportState
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import StorageTests


class OperatingTests(StorageTests):
    """Figures for the operators' overview."""

    async def test_open_reports_are_counted_and_resolved_ones_are_not(
        self, storage: Storage, build: Builder
    ) -> None:
        empty = await storage.operating.figures()
        assert (empty.reports_open, empty.size >= 0) == (0, True)
        ada, bob = await build.people("ada", "bob")
        reports = [
            Report(id=build.next_id(), reporter_id=ada.id, target_id=bob.id, created_at=build.clock.now())
            for _ in range(3)
        ]
        await build.apply(*(AddReport(report=report) for report in reports))
        await build.apply(
            SetReportState(report_id=reports[0].id, state=ReportState.RESOLVED, at=build.clock.now())
        )
        assert (await storage.operating.figures()).reports_open == 2

    async def test_people_who_wait_for_approval_are_counted_until_somebody_decides(
        self, storage: Storage, build: Builder
    ) -> None:
        await build.people("ada")
        waiting = [await build.account(name, state=AccountState.PENDING) for name in ("bob", "cleo")]
        assert (await storage.operating.figures()).waiting == 2
        await build.apply(SetAccountState(account_id=waiting[0].id, state=AccountState.ACTIVE))
        assert (await storage.operating.figures()).waiting == 1
