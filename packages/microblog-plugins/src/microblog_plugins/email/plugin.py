"""The plugin `email`: tells people by mail what happened to them.

Import-light: aiosmtplib and Jinja load when a site with a mail server is composed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from microblog_core import hookspecs
from microblog_core.contributions import HealthCheck, Manifest
from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.marks import implements
from microblog_core.ports.channels import Channel
from microblog_plugins.email.settings import EmailSettings, check_settings

if TYPE_CHECKING:
    from microblog_core.site import Site
    from microblog_plugins.email.channel import EmailChannel

PLUGIN = Manifest(
    name="email",
    summary="Mail by SMTP: notifications, digests, new passwords. Does nothing without plugins.email.host.",
    settings=EmailSettings,
    translations=Path(__file__).parent / "locale",
)

_CHANNELS: WeakKeyDictionary[Site, EmailChannel] = WeakKeyDictionary()


def _channel(site: Site) -> EmailChannel | None:
    """The site's channel, None where no server is set. Raises `ConfigurationError`."""
    settings = site.settings("email")
    if not isinstance(settings, EmailSettings) or not settings.host:
        return None
    if site not in _CHANNELS:
        _CHANNELS[site] = _make(site, settings)
    return _CHANNELS[site]


def _make(site: Site, settings: EmailSettings) -> EmailChannel:
    sender = check_settings(settings)
    if not site.public_url:
        raise ConfigurationError(
            "Mails need the address of the site for their links.", hint=f"Set sites.{site.name}.base_url."
        )
    from microblog_plugins.email.channel import EmailChannel
    from microblog_plugins.email.connections import Connections
    from microblog_plugins.email.letters import LetterWriter

    host = urlsplit(site.public_url).hostname or ""
    connections = site.resources.add(
        "email.connections",
        # EHLO takes a name (RFC 5321 section 4.1.1.1); an address would need brackets.
        lambda: Connections(settings, helo=host if host.rpartition(".")[2].isalpha() and "." in host else ""),
        lambda made: made.close(),
    )
    writer = LetterWriter(sender=sender, host=host)
    return EmailChannel(
        settings,
        writer=writer,
        sender=sender.addr_spec,
        connections=connections,
        seen_by=site.observers,
    )


@implements(hookspecs.register_channels)
def register_channels(site: Site) -> Iterable[Channel]:
    """The channel `email`, where a server is set."""
    channel = _channel(site)
    return (channel,) if channel is not None else ()


@implements(hookspecs.register_health_checks)
def register_health_checks(site: Site) -> Iterable[HealthCheck]:
    """Whether the mail server can be reached; the site works without it."""
    channel = _channel(site)
    return (HealthCheck(name="email", check=channel.check),) if channel is not None else ()
