"""The plugin `totp`: codes from an app as a second factor, with recovery codes.

Import-light: what makes codes loads when a site is composed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, Subscriber
from microblog_core.domain.events import AccountDeleted
from microblog_core.plugins.marks import implements
from microblog_core.ports.auth import SecondFactor
from microblog_plugins.totp.settings import TotpSettings, check_settings

if TYPE_CHECKING:
    from microblog_core.site import Site

PLUGIN = Manifest(
    name="totp",
    summary="Codes from an app as a second factor, with recovery codes.",
    settings=TotpSettings,
    translations=Path(__file__).parent / "locale",
)


def settings_of(site: Site) -> TotpSettings:
    """The site's settings of this plugin."""
    given = site.settings("totp")
    return given if isinstance(given, TotpSettings) else TotpSettings()


@implements(hookspecs.register_second_factors)
def register_second_factors(site: Site) -> Iterable[SecondFactor]:
    """The code. Raises `ConfigurationError`."""
    from microblog_plugins.totp.factor import TotpFactor

    check_settings(settings_of(site))
    return (TotpFactor(site),)


@implements(hookspecs.register_subscribers)
def register_subscribers(site: Site) -> Iterable[Subscriber]:
    """What an account has set up goes with it."""

    async def forget(event: AccountDeleted) -> None:
        from microblog_plugins.totp.enrolment import forget

        await forget(site.ports, event.account_id)

    return (Subscriber(name="forget", event=AccountDeleted, handler=forget, durable=True),)


@implements(hookspecs.register_commands)
def register_commands() -> Iterable[click.Command]:
    """`microblog totp reset`."""
    from microblog_plugins.totp.commands import COMMANDS

    return COMMANDS
