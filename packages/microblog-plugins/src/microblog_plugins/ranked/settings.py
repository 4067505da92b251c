"""The settings of the plugin `ranked`."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import ConfigurationError

CANDIDATES_MAX = 500


class RankedSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.ranked]`. Used where a site says `timeline = "ranked"`.

    The score that orders posts is `scoring.score`.
    """

    base: str = "hybrid"
    """The strategy that fills timelines, and gives them to programs."""
    hours: float = 48
    """How far back posts are ordered (hours)."""
    candidates: int = 200
    """How many posts are ordered at most: the newest."""
    fresh_minutes: float = 15
    """Posts of this time come first, the newest before the others (minutes)."""
    half_life_hours: float = 6
    """After how long a post counts half (hours)."""
    favourites: float = 1
    """What one favourite counts."""
    boosts: float = 2
    """What one boost counts."""
    replies: float = 1.5
    """What one reply counts."""
    closeness: float = 1
    """What it counts that the reader has to do with the author."""


def check_settings(settings: RankedSettings) -> None:
    """Raises `ConfigurationError` for what can't be meant."""
    for name in ("hours", "half_life_hours"):
        if getattr(settings, name) <= 0:
            raise ConfigurationError(f"plugins.ranked.{name} is not more than 0.", hint="Say how many hours.")
    for name in ("fresh_minutes", "favourites", "boosts", "replies", "closeness"):
        if getattr(settings, name) < 0:
            raise ConfigurationError(
                f"plugins.ranked.{name} is negative.", hint="Use 0 where it is not to count."
            )
    if not 1 <= settings.candidates <= CANDIDATES_MAX:
        raise ConfigurationError(
            "plugins.ranked.candidates is out of range.", hint=f"Use 1 to {CANDIDATES_MAX}."
        )
    if settings.base == "ranked":
        raise ConfigurationError("plugins.ranked.base is ranked itself.", hint="Use hybrid or chronological.")
