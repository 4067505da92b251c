"""The plugin `irc`: its settings, and the channel that they describe."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins import Secret, implements
from microblog_core.ports.channels import Channel
from microblog_core.site import Site
from microblog_irc.channel import IrcChannel
from microblog_irc.client import Client


class Settings(msgspec.Struct, frozen=True):
    """`[plugins.irc]`. `timeout`: seconds for a whole conversation; a message has up to `lines` lines."""

    host: str
    port: int = 6697
    tls: bool = True
    nick: str = "microblog"
    password: Secret = Secret("")
    timeout: float = 20.0
    lines: int = 4
    gone_days: int = 30


PLUGIN = Manifest(name="irc", version="0.1.0", summary="Notifications on IRC", settings=Settings)


@implements(hookspecs.register_channels)
def channels(site: Site) -> Iterable[Channel]:
    settings: Settings = site.settings("irc")
    client = Client(
        settings.host,
        settings.port,
        tls=settings.tls,
        nick=settings.nick,
        password=settings.password.reveal(),
        seconds=settings.timeout,
    )
    return [IrcChannel(site, client, lines=settings.lines, gone_days=settings.gone_days)]
