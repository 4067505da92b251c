"""Reports as moderators see them, and which posts somebody may report."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import msgspec

from microblog_core.domain.reports import Report, ReportCategory, ReportEntry, ReportState
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.reads.found import SHOWN
from microblog_plugins.sql.rows import ACCOUNT, ACCOUNT_WIDTH, account_of, columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import entry_seen

REPORT = (
    "id reporter_id target_id post_ids comment category rule_ids forwarded created_at state action_taken_at"
    " assigned_id"
).split()
_WIDTH = len(REPORT)
_post_ids_of = msgspec.json.Decoder(tuple[int, ...]).decode
_rule_ids_of = msgspec.json.Decoder(tuple[str, ...]).decode

_COLUMNS = ", ".join(
    (columns(REPORT, "r"), columns(ACCOUNT, "a"), columns(ACCOUNT, "t"), columns(ACCOUNT, "m"))
)
_PEOPLE = "CROSS JOIN accounts a CROSS JOIN accounts t LEFT JOIN accounts m ON m.id = r.assigned_id"
_JOINED = "a.id = r.reporter_id AND t.id = r.target_id"
_ONE = f"SELECT {_COLUMNS} FROM reports r {_PEOPLE} WHERE r.id = :id AND {_JOINED}"
_ALL = Source(_COLUMNS, f"reports r {_PEOPLE} WHERE {_JOINED}", "r.id")


@functools.cache
def _in_state(dialect: Dialect) -> Source:
    reports = f"reports r{dialect.indexed('reports_state')}"
    return Source(_COLUMNS, f"{reports} {_PEOPLE} WHERE r.state = :state AND {_JOINED}", "r.id")


@functools.cache
def _assigned(dialect: Dialect) -> Source:
    reports = f"reports r{dialect.indexed('reports_assigned')}"
    where = f"r.assigned_id = :moderator AND r.state = 'open' AND {_JOINED}"
    return Source(_COLUMNS, f"{reports} {_PEOPLE} WHERE {where}", "r.id")


@functools.cache
def _about(dialect: Dialect) -> Source:
    reports = f"reports r{dialect.indexed('reports_target')}"
    return Source(_COLUMNS, f"{reports} {_PEOPLE} WHERE r.target_id = :target AND {_JOINED}", "r.id")


@functools.cache
def _reportable(dialect: Dialect) -> str:
    return (
        "SELECT p.id FROM posts p CROSS JOIN posts e CROSS JOIN accounts a"
        f" WHERE {dialect.among('p.id', 'ids')} AND p.account_id = :target AND {SHOWN} AND {entry_seen(True)}"
    )


def _entry_of(row: Row) -> ReportEntry:
    values = dict(zip(REPORT, row[:_WIDTH], strict=True))
    values |= {
        "post_ids": _post_ids_of(values["post_ids"]),
        "rule_ids": _rule_ids_of(values["rule_ids"]),
        "category": ReportCategory(values["category"]),
        "state": ReportState(values["state"]),
        "forwarded": values["forwarded"] == 1,
    }
    report = Report(**values)
    return ReportEntry(
        id=report.id,
        report=report,
        reporter=account_of(row, _WIDTH),
        target=account_of(row, _WIDTH + ACCOUNT_WIDTH),
        assigned=None if report.assigned_id is None else account_of(row, _WIDTH + 2 * ACCOUNT_WIDTH),
    )


class Reports(Reader):
    """The contract's `ReportReader`."""

    @reads
    def get(self, report_id: int) -> Steps[ReportEntry | None]:
        """One report."""
        rows = yield _ONE, {"id": report_id}
        return _entry_of(rows[0]) if rows else None

    @reads
    def page(self, state: ReportState | None, page: Page) -> Steps[Listing[ReportEntry]]:
        """Reports in a state, newest first."""
        source = _ALL if state is None else _in_state(self._dialect)
        parameters = {} if state is None else {"state": str(state)}
        return mapped((yield from read_page(source, parameters, page)), _entry_of)

    @reads
    def assigned(self, moderator_id: int, page: Page) -> Steps[Listing[ReportEntry]]:
        """Open reports that a moderator has taken, newest first."""
        rows = yield from read_page(_assigned(self._dialect), {"moderator": moderator_id}, page)
        return mapped(rows, _entry_of)

    @reads
    def about(self, target_id: int, page: Page) -> Steps[Listing[ReportEntry]]:
        """All reports about an account, newest first."""
        rows = yield from read_page(_about(self._dialect), {"target": target_id}, page)
        return mapped(rows, _entry_of)

    @reads
    def reportable(self, viewer: int, target_id: int, post_ids: Sequence[int]) -> Steps[frozenset[int]]:
        """Those of these ids that are the target's and may be seen."""
        parameters = {"viewer": viewer, "target": target_id, "ids": self._dialect.ids(post_ids)}
        rows = yield _reportable(self._dialect), parameters
        return frozenset(row[0] for row in rows)
