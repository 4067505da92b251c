"""The plugin `apikeys`: people make keys for programs of their own, and the API takes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, Subscriber
from microblog_core.domain.events import AccountDeleted
from microblog_core.plugins.marks import implements
from microblog_core.ports.auth import Authenticator
from microblog_plugins.apikeys.settings import ApiKeySettings, check_settings

if TYPE_CHECKING:
    from microblog_core.site import Site

PLUGIN = Manifest(
    name="apikeys",
    summary="Keys that people make for programs of their own.",
    settings=ApiKeySettings,
    translations=Path(__file__).parent / "locale",
)


def settings_of(site: Site) -> ApiKeySettings:
    """The site's settings of this plugin."""
    given = site.settings("apikeys")
    return given if isinstance(given, ApiKeySettings) else ApiKeySettings()


@implements(hookspecs.register_authenticators)
def register_authenticators(site: Site) -> Iterable[Authenticator]:
    """Keys, on the API's paths. Raises `ConfigurationError`."""
    from microblog_plugins.apikeys.authenticator import KeyAuthenticator

    check_settings(settings_of(site))
    return (KeyAuthenticator(lambda: site.ports),)


@implements(hookspecs.register_subscribers)
def register_subscribers(site: Site) -> Iterable[Subscriber]:
    """The keys of an account go with it."""
    from microblog_plugins.apikeys.keys import forget_keys

    async def forget(event: AccountDeleted) -> None:
        await forget_keys(site.ports, event.account_id)

    return (Subscriber(name="forget", event=AccountDeleted, handler=forget, durable=True),)


@implements(hookspecs.register_commands)
def register_commands() -> Iterable[click.Command]:
    """Keys of anybody, for operators."""
    from microblog_plugins.apikeys.commands import COMMANDS

    return COMMANDS
