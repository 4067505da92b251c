"""Moments in somebody's own time zone: what a form for a date and a time means, and how a moment is shown.

Moments are Unix milliseconds in UTC. Where clocks are put forward, some local times never come; where they
are put back, some come twice: then a form has to say which one.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from microblog_core.domain import statistics
from microblog_core.domain.errors import Invalid
from microblog_web.i18n import DEFAULT
from microblog_web.times import date_words

if TYPE_CHECKING:
    from microblog_web.views import View

FIRST, SECOND = "first", "second"
"""Which of two moments with the same local time is meant."""
WHICH = "scheduled_which"


class Zone(msgspec.Struct, frozen=True):
    """A time zone by its IANA name."""

    name: str
    rules: tzinfo

    def field(self, at: int) -> str:
        """A moment as a field for date and time has it."""
        return self._local(at).strftime("%Y-%m-%dT%H:%M")

    def words(self, at: int, locale: str = DEFAULT) -> str:
        """To the minute, with the zone's name: `2 Jan 2026, 10:30 Europe/Berlin`."""
        local = self._local(at)
        return f"{date_words(local, locale)}, {local.hour:02}:{local.minute:02} {self.name}"

    def which(self, at: int) -> str:
        """Which of two moments this is, where its local time comes twice; empty where it comes once."""
        local = self._local(at)
        if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
            return ""
        return SECOND if local.fold else FIRST

    def moment(self, text: str, which: str = "", *, field: str = "scheduled_at") -> int | None:
        """A date and time as a form has it, in this zone unless it says otherwise; None for nothing. Raises
        `Invalid` with this field for what never comes, and with `WHICH` for what comes twice.
        """
        text = text.strip()
        if not text:
            return None
        try:
            if len(text) > 32:
                raise ValueError(text)
            local = datetime.fromisoformat(text)
            if local.tzinfo is None:
                local = self._chosen(local, which, field)
            return int(local.timestamp() * 1000)
        except (ValueError, OverflowError):
            raise Invalid(fields={field: "Use a date and a time such as 2027-01-31T18:00."}) from None

    def _chosen(self, wall: datetime, which: str, field: str) -> datetime:
        first, second = (wall.replace(tzinfo=self.rules, fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return first
        if first.astimezone(UTC).astimezone(self.rules).replace(tzinfo=None) != wall:
            told = (
                f"This time does not exist in {self.name}: clocks are put forward then. Choose a later one."
            )
            raise Invalid(fields={field: told})
        if which not in (FIRST, SECOND):
            told = (
                f"This time comes twice in {self.name}: clocks are put back then. Choose which one you mean."
            )
            raise Invalid(fields={WHICH: told})
        return second if which == SECOND else first

    def _local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at // 1000, self.rules)


@lru_cache(maxsize=256)
def zone_called(name: str, otherwise: str = "UTC") -> Zone:
    """The zone of this name; the other one where it is empty or unknown, and UTC where that is."""
    for each in (name, otherwise):
        try:
            if each:
                return Zone(each, statistics.zone_of(each))
        except LookupError:
            continue
    return Zone("UTC", UTC)


def zone_of(view: View) -> Zone:
    """The reader's time zone; the site's where they chose none."""
    return zone_called(getattr(view.login, "timezone", ""), view.ports.statistics.name)
