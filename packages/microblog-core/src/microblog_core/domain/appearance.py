"""How a person wants pages to look, and in which time zone they read moments. Empty always means: as the
browser, or the site, has it.
"""

from __future__ import annotations

import enum
import zoneinfo
from datetime import UTC, tzinfo
from functools import lru_cache

from microblog_core.domain.errors import Invalid

TIMEZONE_LENGTH = 64


class Theme(enum.StrEnum):
    """Colours; `auto` follows the device."""

    AUTO = ""
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


class Density(enum.StrEnum):
    """How much room things have."""

    COMFORTABLE = ""
    COMPACT = "compact"


class Motion(enum.StrEnum):
    """Whether things may move; `auto` follows the device."""

    AUTO = ""
    REDUCED = "reduced"


_CHOICES: dict[str, type[enum.StrEnum]] = {"theme": Theme, "density": Density, "motion": Motion}


def check_appearance(name: str, value: str) -> str:
    """Return the value if it is one of `theme`, `density` or `motion`; raises `Invalid` with that field."""
    try:
        return _CHOICES[name](value).value
    except ValueError:
        raise Invalid(fields={name: "Choose one from the list."}) from None


def check_timezone(name: str) -> str:
    """Return the IANA name of a time zone, or empty for the site's; raises `Invalid` with the field
    `timezone`.
    """
    if name and (len(name) > TIMEZONE_LENGTH or name not in timezones()):
        raise Invalid(fields={"timezone": "Choose a time zone from the list, such as Europe/Berlin."})
    return name


@lru_cache(maxsize=1)
def timezones() -> frozenset[str]:
    """The IANA names that this machine knows."""
    return frozenset(zoneinfo.available_timezones()) | {"UTC"}


@lru_cache(maxsize=256)
def zone_named(name: str) -> tzinfo:
    """The time zone of this name; UTC for one that this machine doesn't know (any more)."""
    if name in ("", "UTC"):
        return UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
