"""The plugin `oidc`: people log in by providers that speak OpenID Connect.

Import-light: what asks providers loads when a site that has one is composed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from microblog_core import hookspecs
from microblog_core.contributions import HealthCheck, Manifest, Subscriber
from microblog_core.domain.events import AccountDeleted
from microblog_core.plugins.marks import implements
from microblog_core.ports.auth import LoginMethod
from microblog_plugins.oidc.settings import OidcSettings, ProviderSettings, check_settings

if TYPE_CHECKING:
    from microblog_core.site import Site
    from microblog_plugins.oidc.method import ProviderLogin

PLUGIN = Manifest(
    name="oidc",
    summary="Log-in at OpenID Connect providers.",
    settings=OidcSettings,
    translations=Path(__file__).parent / "locale",
)

logger = logging.getLogger("microblog.oidc")


def settings_of(site: Site) -> OidcSettings:
    """The site's settings of this plugin."""
    given = site.settings("oidc")
    return given if isinstance(given, OidcSettings) else OidcSettings()


def ways_of(site: Site) -> tuple[ProviderLogin, ...]:
    """The log-in methods of this plugin that the site has."""
    from microblog_plugins.oidc.method import ProviderLogin

    return tuple(each for each in site.login_methods if isinstance(each, ProviderLogin))


def labels_of(site: Site) -> Mapping[str, str]:
    """What people know the site's providers by, by their names."""
    return {way.provider_name: way.shown for way in ways_of(site)}


def _way(site: Site, name: str, settings: ProviderSettings) -> ProviderLogin:
    """The log-in method of one provider; what asks the provider is made when it is first needed."""
    from microblog_plugins.oidc.calls import Calls
    from microblog_plugins.oidc.method import ProviderLogin
    from microblog_plugins.oidc.provider import Provider

    def make() -> Provider:
        calls = Calls(name, ca_file=settings.ca_file, tell=_tell, seen_by=site.observers)
        return Provider(name, settings, calls, site.ports.clock.now)

    provider = site.resources.add(f"oidc.{name}", make, lambda made: made.close())
    return ProviderLogin(site, name, settings, provider)


def _tell(name: str, what: str) -> None:
    if what in ("open", "half_open", "closed"):
        logger.warning("The provider %s: the circuit is %s", name, what.replace("_", " "))


@implements(hookspecs.register_login_methods)
def register_login_methods(site: Site) -> Iterable[LoginMethod]:
    """One for each provider. Raises `ConfigurationError`."""
    settings = settings_of(site)
    check_settings(settings)
    return tuple(_way(site, name, provider) for name, provider in settings.providers.items())


@implements(hookspecs.register_health_checks)
def register_health_checks(site: Site) -> Iterable[HealthCheck]:
    """Whether each provider says what it is; the site works without them."""

    def check_of(name: str) -> HealthCheck:
        async def check() -> None:
            way = next(each for each in ways_of(site) if each.provider_name == name)
            await way.check()

        return HealthCheck(name=name, check=check)

    return tuple(check_of(name) for name in settings_of(site).providers)


@implements(hookspecs.register_subscribers)
def register_subscribers(site: Site) -> Iterable[Subscriber]:
    """What an account is linked with goes with it."""

    async def forget(event: AccountDeleted) -> None:
        from microblog_plugins.oidc.links import forget

        await forget(site.ports, event.account_id)

    return (Subscriber(name="forget", event=AccountDeleted, handler=forget, durable=True),)


@implements(hookspecs.register_commands)
def register_commands() -> Iterable[click.Command]:
    """`microblog oidc links` and `microblog oidc unlink`."""
    from microblog_plugins.oidc.commands import COMMANDS

    return COMMANDS
