"""The audit log: who did what to whom, and when. It is only ever read and added to."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from microblog_core.domain.moderation import CSV_LINES, AuditFilter, AuditLine
from microblog_core.domain.permissions import Actor
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import authorised
from microblog_core.ports.context import Ports

READ = "audit.read"
AT_ONCE = 1000
COLUMNS = ("time", "actor", "actor_id", "action", "subject", "detail", "id")


@authorised(READ)
async def list_audit(ports: Ports, actor: Actor, wanted: AuditFilter, page: Page) -> Listing[AuditLine]:
    """Lines of the audit log, newest first."""
    return await ports.storage.moderation.audit(wanted, page)


@authorised(READ)
async def list_audit_actions(ports: Ports, actor: Actor) -> Sequence[str]:
    """What was ever done, by name."""
    return await ports.storage.moderation.audit_actions()


@authorised(READ)
async def export_audit(ports: Ports, actor: Actor, wanted: AuditFilter) -> str:
    """The newest `CSV_LINES` lines as CSV (RFC 4180), with the names of columns."""
    lines: list[AuditLine] = []
    older: int | None = None
    while len(lines) < CSV_LINES:
        found = await ports.storage.moderation.audit(wanted, Page(limit=AT_ONCE, max_id=older))
        lines.extend(found.items)
        older = found.older
        if older is None:
            break
    return to_csv(lines[:CSV_LINES])


def to_csv(lines: Iterable[AuditLine]) -> str:
    """These lines as CSV. What a spreadsheet would take for a formula gets an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for line in lines:
        actor = "" if line.actor is None else line.actor.acct
        cells = (_moment(line.created_at), actor, line.actor_id or "", line.action, line.subject, line.detail)
        writer.writerow([_harmless(str(cell)) for cell in (*cells, line.id)])
    return file.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
