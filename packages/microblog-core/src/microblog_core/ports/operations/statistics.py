"""Operations of statistics beside what accounts, posts and relations bring with them."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from microblog_core.domain.statistics import DayFigures, StaleSlot, Windows
from microblog_core.ports.operations.base import Operation

CACHE_KEY = "statistics"


class PutDay(Operation, frozen=True, kw_only=True):
    """A day's figures in place of those that are stored; nothing where those were computed later.

    `people` were active on the day; the windows of this day and of the 29 after it are due then. With None
    it stays what it was, and so do the windows. `counted` are the stale slots of the day as they were before
    it was counted; one that was marked since stays stale.
    """

    needs: ClassVar[str] = "statistics"
    figures: DayFigures
    people: tuple[int, ...] | None
    counted: tuple[StaleSlot, ...] = ()

    def changed(self) -> tuple[str, ...]:
        return (CACHE_KEY,)


class PutWindows(Operation, frozen=True, kw_only=True):
    """Who was active on the 7 and 30 days that end with a day, as `StatisticsReader.windows` said it."""

    needs: ClassVar[str] = "statistics"
    windows: Windows

    def changed(self) -> tuple[str, ...]:
        return (CACHE_KEY,)


class PrunePeople(Operation, frozen=True, kw_only=True):
    """Forget who was active before a day, and who logged in before its first moment."""

    needs: ClassVar[str] = "statistics"
    day: date
    since: int
