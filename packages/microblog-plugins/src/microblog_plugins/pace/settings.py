"""The settings of the plugin `pace`."""

from __future__ import annotations

import msgspec

from microblog_core.domain.accounts import Role
from microblog_core.domain.errors import ConfigurationError


class Pace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many posts one account may write; 0 is any number."""

    per_minute: int = 0
    """How many in a minute; 0: any number."""
    per_hour: int = 0
    """How many in an hour; 0: any number."""
    per_day: int = 0
    """How many in a day; 0: any number."""


class NewcomersPace(Pace, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same for accounts in their first `hours`."""

    hours: float = 24
    """How long an account is a newcomer (hours)."""


class PaceSettings(Pace, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[plugins.pace]`. Nothing is limited until it is set."""

    newcomers: NewcomersPace | None = None
    """What holds instead for young accounts."""
    roles: dict[str, Pace] = {}
    """What holds for whoever has a role, young or not, by its name: `moderator`, `administrator`, `owner`."""


def check_settings(settings: PaceSettings) -> None:
    """Raises `ConfigurationError` for what can't be meant."""
    paces = {"": settings, **{f"roles.{name}.": pace for name, pace in settings.roles.items()}}
    if settings.newcomers is not None:
        paces["newcomers."] = settings.newcomers
        if settings.newcomers.hours <= 0:
            raise ConfigurationError(
                "plugins.pace.newcomers.hours is not more than 0.",
                hint="Say for how many hours an account is new.",
            )
    for where, pace in paces.items():
        for name in ("per_minute", "per_hour", "per_day"):
            if getattr(pace, name) < 0:
                raise ConfigurationError(
                    f"plugins.pace.{where}{name} is negative.", hint="Use 0 for any number of posts."
                )
    known = [role.value for role in Role if role is not Role.MEMBER]
    for name in settings.roles:
        if name not in known:
            raise ConfigurationError(
                f"plugins.pace.roles has no role {name!r}.", hint=f"Use {', '.join(known)}."
            )
