"""What storages with the capability `statistics` offer beside the required base.

A storage has the attribute `statistics` exactly if it declares the capability; `statistics_of` asks for it.
Such a storage keeps by itself who logs in (`AddSession`), to the quarter of an hour, and marks as stale the
quarters of an hour of which something is taken away or changed: a post or boost deleted, a hashtag edited, a
favourite or follow taken back, an author silenced or restored. Moments are Unix milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol, cast

from microblog_core.domain.errors import NotFound
from microblog_core.domain.statistics import Counted, DayFigures, StaleSlot, Windows
from microblog_core.ports.storage import STATISTICS, Storage


class StatisticsReader(Protocol):
    """Figures that are stored, and what they are made of."""

    async def begin(self) -> int | None:
        """The moment of the oldest account or post; None where there is nothing."""
        ...

    async def days(self, first: date, last: date) -> Sequence[DayFigures]:
        """The stored days from the first to the last one, oldest first."""
        ...

    async def count(self, since: int, until: int) -> Counted:
        """What there is from one moment up to another (excluded), counted now."""
        ...

    async def stale(self, limit: int) -> Sequence[StaleSlot]:
        """Quarters of an hour of which something was taken away since they were counted, oldest first."""
        ...

    async def windows(self, days: Sequence[date]) -> Sequence[Windows]:
        """Who was active on the days that end with each of these, in their order."""
        ...

    async def active(self, first: date, last: date) -> int:
        """How many people were active on any of these days, as far as it is kept (`PEOPLE_DAYS`)."""
        ...


class StatisticsStorage(Storage, Protocol):
    """A storage with the capability `statistics`."""

    statistics: StatisticsReader


def statistics_of(storage: Storage) -> StatisticsReader:
    """The storage's statistics. Raises `NotFound` where it has none."""
    if STATISTICS not in storage.capabilities:
        raise NotFound("This site has no statistics.", hint="Use a storage with the capability 'statistics'.")
    return cast(StatisticsStorage, storage).statistics
