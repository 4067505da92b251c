"""What plugins contributed to a site: names claimed while it is collected, then frozen into one value.

The hooks' menu is in `hookspecs`; the fields of `Contributions` are its `register_...` hooks by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import click
import msgspec

from microblog_core.contributions import (
    BlobStoreFactory,
    GatewayFactory,
    HealthCheck,
    Migration,
    Renderer,
    SharedPorts,
    StorageFactory,
    Subscriber,
    Timeline,
)
from microblog_core.domain.errors import PluginError
from microblog_core.domain.events import CORE_EVENTS, Event
from microblog_core.domain.permissions import CORE_PERMISSIONS, Permission
from microblog_core.plugins.tables import tables_made
from microblog_core.ports.auth import Authenticator, LoginMethod, SecondFactor
from microblog_core.ports.channels import Channel, RoutingRule
from microblog_core.ports.content import ContentFilter, EntityFinder, PostGuard, PostValidator
from microblog_core.ports.housekeeping import Sweep
from microblog_core.ports.link_previews import LinkPreviews
from microblog_core.ports.media import MediaProcessor
from microblog_core.ports.metrics import MetricsSink
from microblog_core.ports.observing import Observer
from microblog_core.ports.policies import Policy
from microblog_core.ports.queue import JobKind, Schedule

Bundle = Mapping[str, tuple[Any, ...]]
"""The items of one plugin by hook."""

CORE = "core"
NAME_TAKEN, NOT_NAMESPACED = "plugin_name_taken", "plugin_namespace"
"""Codes of the errors about names."""
_NAMESPACED = {"register_events": "event type", "register_jobs": "job", "register_permissions": "permission"}
_NAMED = {
    **_NAMESPACED,
    "register_login_methods": "log-in method",
    "register_second_factors": "second factor",
    "register_media_processors": "media processor",
    "register_channels": "channel",
    "register_gateways": "gateway",
    "register_subscribers": "subscriber",
    "register_schedules": "schedule",
    "register_sweeps": "sweep",
    "register_timelines": "timeline",
    "register_page_renderers": "page renderer",
    "register_health_checks": "health check",
}
_PREFIXED = frozenset(
    {"register_subscribers", "register_schedules", "register_sweeps", "register_health_checks"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """Everything that the active plugins of a site contributed, in the plugins' order. Names are unique in
    the site.

    Core's own events and permissions are there too. `owners` maps `id(item)` to the plugin's name.
    """

    health_checks: tuple[HealthCheck, ...] = ()
    authenticators: tuple[Authenticator, ...] = ()
    login_methods: tuple[LoginMethod, ...] = ()
    second_factors: tuple[SecondFactor, ...] = ()
    storages: tuple[StorageFactory, ...] = ()
    blob_stores: tuple[BlobStoreFactory, ...] = ()
    migrations: tuple[Migration, ...] = ()
    shared_ports: tuple[SharedPorts, ...] = ()
    media_processors: tuple[MediaProcessor, ...] = ()
    channels: tuple[Channel, ...] = ()
    routing_rules: tuple[RoutingRule, ...] = ()
    gateways: tuple[GatewayFactory, ...] = ()
    events: tuple[type[Event], ...] = CORE_EVENTS
    subscribers: tuple[Subscriber, ...] = ()
    jobs: Mapping[str, JobKind] = field(default_factory=lambda: MappingProxyType({}))
    schedules: tuple[Schedule, ...] = ()
    sweeps: tuple[Sweep, ...] = ()
    timelines: tuple[Timeline, ...] = ()
    content_filters: tuple[ContentFilter, ...] = ()
    entities: tuple[EntityFinder, ...] = ()
    post_validators: tuple[PostValidator, ...] = ()
    post_guards: tuple[PostGuard, ...] = ()
    link_previews: tuple[LinkPreviews, ...] = ()
    permissions: tuple[Permission, ...] = CORE_PERMISSIONS
    policies: tuple[Policy, ...] = ()
    metrics_sinks: tuple[MetricsSink, ...] = ()
    observers: tuple[Observer, ...] = ()
    commands: Mapping[str, tuple[click.Command, ...]] = field(default_factory=lambda: MappingProxyType({}))
    page_renderers: tuple[Renderer, ...] = ()
    owners: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))

    def owner(self, item: object) -> str:
        """The name of the plugin that contributed an item; `core` for what no plugin did."""
        return self.owners.get(id(item), CORE)


class Claims:
    """Names that are taken in a site, and by whom. A plugin that claims another's name is told so and left
    out.
    """

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], tuple[str, object]] = {}
        for event in CORE_EVENTS:
            self._taken["event type", event.type] = (CORE, event)
        for permission in CORE_PERMISSIONS:
            self._taken["permission", permission.name] = (CORE, permission)

    def take(self, plugin: str, bundle: Bundle, *, builtin: bool) -> Bundle:
        """Claim all names of a bundle or none; the bundle with full names. Raises `PluginError`."""
        mine: dict[tuple[str, str], tuple[str, object]] = {}
        full: dict[str, tuple[Any, ...]] = {}
        for hook, items in bundle.items():
            full[hook] = tuple(_with_full_name(hook, item, plugin) for item in items)
            for item in full[hook]:
                if hook in _NAMED:
                    _check_name(hook, item, plugin, builtin=builtin)
                    self._claim(mine, (_NAMED[hook], name_of(item)), plugin, item)
                if hook == "register_subscribers":
                    _check_having(item)
            if hook == "register_migrations":
                for table, step in tables_made(plugin, items):
                    self._claim(mine, ("table", table), plugin, step)
        self._taken |= mine
        return full

    def _claim(
        self, mine: dict[tuple[str, str], tuple[str, object]], key: tuple[str, str], plugin: str, item: object
    ) -> None:
        owner, earlier = mine.get(key) or self._taken.get(key) or (plugin, item)
        if earlier is not item:
            kind, name = key
            taken = "named twice" if owner == plugin else f"taken by the plugin {owner!r}"
            raise PluginError(
                f"the {kind} {name!r} is {taken}",
                hint="Give it another name, or disable one of the two plugins.",
                code=NAME_TAKEN,
            )
        mine[key] = (plugin, item)


def name_of(item: object) -> str:
    """What an item is called in reports: its name, an event's type, or its class."""
    if isinstance(item, type):
        return str(getattr(item, "type", item.__qualname__))
    for attribute in ("name", "kind", "key"):
        name = getattr(item, attribute, None)
        if isinstance(name, str):
            return name
    return type(item).__qualname__


def freeze(bundles: Mapping[str, Bundle]) -> Contributions:
    """All bundles, by plugin name and in order, as one frozen value."""
    everything: dict[str, list[Any]] = {}
    owners: dict[int, str] = {}
    commands: dict[str, tuple[click.Command, ...]] = {}
    for plugin, bundle in bundles.items():
        for hook, items in bundle.items():
            if hook == "register_commands":
                commands[plugin] = items
            everything.setdefault(hook.removeprefix("register_"), []).extend(items)
            owners |= {id(item): plugin for item in items}
    jobs = {kind.name: kind for kind in everything.pop("jobs", ())}
    everything.pop("commands", None)
    everything.pop("lifespan", None)
    everything["events"] = _without_repeats(CORE_EVENTS, everything.get("events", ()))
    everything["permissions"] = _without_repeats(CORE_PERMISSIONS, everything.get("permissions", ()))
    return Contributions(
        **{name: tuple(items) for name, items in everything.items()},
        jobs=MappingProxyType(jobs),
        commands=MappingProxyType(commands),
        owners=MappingProxyType(owners),
    )


def _without_repeats(first: Iterable[Any], then: Iterable[Any]) -> list[Any]:
    kept = list(first)
    kept.extend(item for item in then if not any(item is other for other in kept))
    return kept


def _with_full_name(hook: str, item: Any, plugin: str) -> Any:
    """Names that need be unique in the plugin only get the plugin's name before them."""
    if hook not in _PREFIXED or not isinstance(item.name, str) or item.name.startswith(f"{plugin}."):
        return item
    return msgspec.structs.replace(item, name=f"{plugin}.{item.name}")


def _check_having(item: Subscriber) -> None:
    known = [field.name for field in msgspec.structs.fields(item.event)]
    if item.having and item.having not in known:
        raise PluginError(
            f"the event {item.event.type!r} of the subscriber {item.name!r} has no field {item.having!r}",
            hint=f"Use one of {', '.join(known)}.",
        )


def _check_name(hook: str, item: object, plugin: str, *, builtin: bool) -> None:
    name = name_of(item)
    if hook in _NAMESPACED and not builtin and not name.startswith(f"{plugin}."):
        raise PluginError(
            f"the {_NAMESPACED[hook]} {name!r} must begin with '{plugin}.'",
            hint=f"Call it '{plugin}.{name}'.",
            code=NOT_NAMESPACED,
        )
    if not name or len(name) > 200:
        raise PluginError(f"a {_NAMED[hook]} has no usable name", hint="Use 1 to 200 characters.")
