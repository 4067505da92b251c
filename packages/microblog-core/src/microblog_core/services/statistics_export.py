"""Statistics as files: CSV (RFC 4180) for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from microblog_core.domain.statistics import DayFigures
from microblog_core.services.statistics import Statistics

COLUMNS = (
    "posts",
    "boosts",
    "favourites",
    "follows",
    "sign_ups",
    "log_ins",
    "active",
    "active_week",
    "active_month",
)
PUBLIC_COLUMNS = tuple(name for name in COLUMNS if name != "log_ins")
"""What everybody may know; how many people log in, operators see alone."""


def to_csv(days: Iterable[DayFigures], columns: Sequence[str] = COLUMNS) -> str:
    """A line of headings, and one for each day; hashtags are in one field, the first one on top."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["day", *columns, "top_tags"])
    for each in days:
        tags = " ".join(f"#{tag.name}" for tag in each.tags)
        writer.writerow([each.day.isoformat(), *(getattr(each, name) for name in columns), tags])
    return text.getvalue()


def to_json(statistics: Statistics, columns: Sequence[str] = COLUMNS) -> bytes:
    """An object with `timezone`, `computed_at` (null for never) and `days`."""
    at = statistics.computed_at
    moment = datetime.fromtimestamp(at // 1000, UTC).isoformat().replace("+00:00", "Z")
    days = [
        {
            "day": each.day,
            **{name: getattr(each, name) for name in columns},
            "top_tags": [{"name": tag.name, "uses": tag.uses, "people": tag.people} for tag in each.tags],
        }
        for each in statistics.days
    ]
    body = {"timezone": statistics.timezone, "computed_at": moment if at else None, "days": days}
    return msgspec.json.encode(body)
