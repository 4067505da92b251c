"""What operations of statistics write, and how others mark what is to be counted again."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from microblog_core.domain.statistics import MONTH_DAYS, SLOT, days_between
from microblog_core.memory.tables import CountedDay, Tables
from microblog_core.ports.operations import PrunePeople, PutDay, PutWindows


def mark_stale(tables: Tables, moment: int) -> None:
    """Something of this moment is taken away or changed."""
    slot = moment // SLOT * SLOT
    marks, counted = tables.stale_slots.get(slot) or (0, 0)
    tables.stale_slots.put(slot, (marks + 1, counted))


def mark_tagged(tables: Tables, account_id: int) -> None:
    """Whether this author's hashtags count may have changed."""
    for post in tables.posts.rows.values():
        if post.account_id == account_id and post.tags and post.boost_of_id is None:
            mark_stale(tables, post.created_at)


def note_log_in(tables: Tables, account_id: int, moment: int) -> None:
    """Somebody logged in."""
    tables.log_ins.put((moment // SLOT * SLOT, account_id), True)


def put_day(tables: Tables, operation: PutDay) -> None:
    """A day's figures, unless later ones are there."""
    figures = operation.figures
    before = tables.counted_days.get(figures.day)
    if before is not None and before.figures.computed_at > figures.computed_at:
        return
    stored = before or CountedDay(figures)
    if operation.people is None:
        tables.counted_days.put(figures.day, replace(stored, figures=figures))
    else:
        active = frozenset(operation.people)
        kept = replace(
            figures,
            active=len(active),
            active_week=stored.figures.active_week,
            active_month=stored.figures.active_month,
        )
        tables.counted_days.put(figures.day, replace(stored, figures=kept, people=active))
        last = figures.day + timedelta(days=MONTH_DAYS - 1)
        for day in days_between(figures.day, last):
            if (later := tables.counted_days.get(day)) is not None:
                tables.counted_days.put(day, replace(later, version=later.version + 1))
    for slot in operation.counted:
        marks, _ = tables.stale_slots.get(slot.at) or (slot.marks, 0)
        tables.stale_slots.put(slot.at, (marks, slot.marks))


def put_windows(tables: Tables, operation: PutWindows) -> None:
    """The windows of a stored day."""
    windows = operation.windows
    stored = tables.counted_days.get(windows.day)
    if stored is not None:
        figures = replace(stored.figures, active_week=windows.week, active_month=windows.month)
        changed = replace(stored, figures=figures, windows_version=windows.version)
        tables.counted_days.put(windows.day, changed)


def prune_people(tables: Tables, operation: PrunePeople) -> None:
    """Forget who was active and who logged in."""
    for day, stored in tuple(tables.counted_days.rows.items()):
        if day < operation.day and stored.people:
            tables.counted_days.put(day, replace(stored, people=frozenset()))
    for key in tuple(tables.log_ins.rows):
        if key[0] < operation.since:
            tables.log_ins.remove(key)
