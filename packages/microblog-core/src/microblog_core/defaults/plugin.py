"""The plugin `core`: the built-in choices, contributed through the same hooks as anybody's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from microblog_core import __version__
from microblog_core.contributions import BlobStoreFactory, GatewayFactory, Manifest, Timeline
from microblog_core.defaults.console import ConsoleChannel, ConsoleRule
from microblog_core.defaults.content import Addresses, Hashtags, Mentions, PlainText
from microblog_core.defaults.password_login import PasswordLogin
from microblog_core.defaults.policy import OwnerPolicy
from microblog_core.defaults.preferences import PreferenceRule
from microblog_core.defaults.sandbox import SandboxGateway, sandbox_path
from microblog_core.defaults.sandbox_shelf import StorageShelf
from microblog_core.defaults.timelines import Chronological, Hybrid
from microblog_core.domain import payments
from microblog_core.domain.events import CORE_EVENTS, Event
from microblog_core.domain.permissions import CORE_PERMISSIONS, Permission
from microblog_core.hookspecs import hookimpl
from microblog_core.http.sessions import SessionAuthenticator
from microblog_core.ports.auth import Authenticator, LoginMethod
from microblog_core.ports.blobs import BlobStore
from microblog_core.ports.channels import Channel, RoutingRule
from microblog_core.ports.content import ContentFilter, EntityFinder
from microblog_core.ports.policies import Policy

if TYPE_CHECKING:
    from microblog_core.site import Site


class CoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.core]`. It works without any."""

    console: bool = False
    """Whether notifications are also written to the log."""


PLUGIN = Manifest(
    name="core",
    version=__version__,
    summary="Sessions, password log-in, files, timelines, plain text, owner policy, console, sandbox gateway",
    settings=CoreSettings,
)


def _settings(site: Site) -> CoreSettings:
    settings = site.settings("core")
    return settings if isinstance(settings, CoreSettings) else CoreSettings()


@hookimpl
def register_authenticators(site: Site) -> Iterable[Authenticator]:
    """The session cookie, for the website and for the log-in pages of an API without one."""
    return (SessionAuthenticator(lambda: site.ports),)


@hookimpl
def register_login_methods(site: Site) -> Iterable[LoginMethod]:
    """The password form."""
    return (PasswordLogin(lambda: site.ports),)


def _open_files(url: str) -> BlobStore:
    from microblog_core.defaults.files import FileBlobs, folder_of

    return FileBlobs(folder_of(url))


@hookimpl
def register_blob_stores() -> Iterable[BlobStoreFactory]:
    """A folder, for URLs such as `files:///srv/microblog/media`."""
    return (BlobStoreFactory(name="files", schemes=("files",), open=_open_files),)


@hookimpl
def register_timelines(site: Site) -> Iterable[Timeline]:
    """`hybrid`, the default, and `chronological`."""
    return (
        Timeline(name="hybrid", strategy=Hybrid()),
        Timeline(name="chronological", strategy=Chronological()),
    )


@hookimpl
def register_entities(site: Site) -> Iterable[EntityFinder]:
    """Mentions, hashtags and addresses."""
    return (Mentions(), Hashtags(), Addresses())


@hookimpl
def register_content_filters(site: Site) -> Iterable[ContentFilter]:
    """Plain text with links."""
    return (PlainText(),)


@hookimpl
def register_events() -> Iterable[type[Event]]:
    """The events of core."""
    return CORE_EVENTS


@hookimpl
def register_permissions() -> Iterable[Permission]:
    """The permissions of core."""
    return CORE_PERMISSIONS


@hookimpl
def register_policies(site: Site) -> Iterable[Policy]:
    """Roles, and what is somebody's own."""
    return (OwnerPolicy(lambda: site.contributions.permissions),)


@hookimpl
def register_channels(site: Site) -> Iterable[Channel]:
    """The console, where it is switched on."""
    return (ConsoleChannel(),) if _settings(site).console else ()


@hookimpl
def register_routing_rules(site: Site) -> Iterable[RoutingRule]:
    """Everything to the console, where it is switched on, and what people want to hear of."""
    return (ConsoleRule(),) if _settings(site).console else (PreferenceRule(),)


@hookimpl
def register_gateways(site: Site) -> Iterable[GatewayFactory]:
    """The sandbox; like every gateway it is used where the configuration names it."""

    def make() -> SandboxGateway:
        ports = site.ports
        return SandboxGateway(
            site.secret("sandbox gateway"),
            StorageShelf(ports),
            ports.clock,
            lambda gateway_id: f"{ports.base_url}{sandbox_path(gateway_id)}",
        )

    return (GatewayFactory(name="sandbox", make=make, capabilities=payments.CAPABILITIES, priority=-100),)
