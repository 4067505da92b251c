"""The plugin `passkeys`: people log in with a passkey, or show one after their password.

Import-light: what reads answers loads when the first one comes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, Subscriber
from microblog_core.domain.events import AccountDeleted
from microblog_core.plugins.marks import implements
from microblog_core.ports.auth import LoginMethod, SecondFactor
from microblog_core.ports.housekeeping import Sweep
from microblog_plugins.passkeys.settings import Party, PasskeySettings, party_of

if TYPE_CHECKING:
    from microblog_core.site import Site

PLUGIN = Manifest(
    name="passkeys",
    summary="Passkeys, to log in with and as a second factor.",
    settings=PasskeySettings,
    translations=Path(__file__).parent / "locale",
)

_log = logging.getLogger("microblog.plugins")


def settings_of(site: Site) -> PasskeySettings:
    """The site's settings of this plugin."""
    given = site.settings("passkeys")
    return given if isinstance(given, PasskeySettings) else PasskeySettings()


def party(site: Site) -> Party | None:
    """What authenticators know the site by; None where its address is no domain. Raises
    `ConfigurationError`.
    """
    return party_of(settings_of(site), site.public_url)


@implements(hookspecs.register_login_methods)
def register_login_methods(site: Site) -> Iterable[LoginMethod]:
    """The log-in by a passkey, where the site has a domain. Raises `ConfigurationError`."""
    from microblog_plugins.passkeys.login import PasskeyLogin

    found = party(site)
    if found is None:
        _log.info("the site %s has no passkeys: set its base_url to an address with a domain", site.name)
        return ()
    return (PasskeyLogin(site, found),)


@implements(hookspecs.register_second_factors)
def register_second_factors(site: Site) -> Iterable[SecondFactor]:
    """The second step. It is there without a domain, too: who has set it up is refused then, and not let
    in.
    """
    from microblog_plugins.passkeys.login import PasskeyFactor

    return (PasskeyFactor(site, party(site)),)


@implements(hookspecs.register_subscribers)
def register_subscribers(site: Site) -> Iterable[Subscriber]:
    """The passkeys of an account go with it."""

    async def forget(event: AccountDeleted) -> None:
        from microblog_plugins.passkeys.keys import forget_passkeys

        await forget_passkeys(site.ports, event.account_id)

    return (Subscriber(name="forget", event=AccountDeleted, handler=forget, durable=True),)


@implements(hookspecs.register_sweeps)
def register_sweeps(site: Site) -> Iterable[Sweep]:
    """Challenges that were answered are remembered for as long as they could be answered again."""
    from microblog_plugins.passkeys.challenges import Spent

    spent = Spent(site)
    return (Sweep(name="challenges", title="Answered challenges", count=spent.count, remove=spent.remove),)


@implements(hookspecs.register_commands)
def register_commands() -> Iterable[click.Command]:
    """Passkeys of anybody, for operators."""
    from microblog_plugins.passkeys.commands import COMMANDS

    return COMMANDS
