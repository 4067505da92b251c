"""The settings of the plugin `ranked`."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import ConfigurationError

CANDIDATES_MAX = 500


class RankedSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.ranked]`. Used where a site says `timeline = "ranked"`.

    The newest `candidates` posts of the last `hours` are ordered. Those of the last `fresh_minutes` come
    first, by time; the others by their score (`scoring.score`): `half_life_hours` is after how long a post
    counts half, `favourites`, `boosts`, `replies` are what one of each counts, `closeness` what it counts
    that the reader has to do with the author. `base` is the strategy that fills timelines, and gives them to
    programs.
    """

    base: str = "hybrid"
    hours: float = 48
    candidates: int = 200
    fresh_minutes: float = 15
    half_life_hours: float = 6
    favourites: float = 1
    boosts: float = 2
    replies: float = 1.5
    closeness: float = 1


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
