"""The plugin `prometheus`: figures of requests, jobs, calls and plugins, for whoever watches over the site.

Does nothing without `plugins.prometheus.port` or `worker_port`. Nothing heavy is imported before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakValueDictionary

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.marks import implements
from microblog_core.ports.metrics import MetricsSink
from microblog_core.ports.observing import Observer
from microblog_plugins.prometheus.settings import PrometheusSettings, check_settings

if TYPE_CHECKING:
    from microblog_core.site import Site
    from microblog_plugins.prometheus.exposition import Exposition

PLUGIN = Manifest(
    name="prometheus",
    summary="Figures for Prometheus at a port of its own. Does nothing without plugins.prometheus.port.",
    settings=PrometheusSettings,
)

_EXPOSITIONS: WeakKeyDictionary[Site, Exposition] = WeakKeyDictionary()
_OPEN: WeakValueDictionary[tuple[str, int, int], Exposition] = WeakValueDictionary()
"""Sites of one process share their address, and so their figures."""


def _exposition(site: Site) -> Exposition | None:
    """The site's figures, None where they are shown nowhere. Raises `ConfigurationError`."""
    settings = site.settings("prometheus")
    if not isinstance(settings, PrometheusSettings) or not (settings.port or settings.worker_port):
        return None
    if site not in _EXPOSITIONS:
        _EXPOSITIONS[site] = _shared(settings)
    return _EXPOSITIONS[site]


def _shared(settings: PrometheusSettings) -> Exposition:
    check_settings(settings)
    from microblog_plugins.prometheus.exposition import Exposition

    key, token = (settings.host, settings.port, settings.worker_port), settings.token.reveal()
    known = _OPEN.get(key)
    if known is None:
        known = _OPEN[key] = Exposition(settings.host, settings.port, token)
    if known.token != token:
        raise ConfigurationError(
            "Two sites show their figures at one address with different tokens.",
            hint="Set plugins.prometheus for all sites, not for each.",
        )
    return known


@implements(hookspecs.register_observers)
def register_observers(site: Site) -> Iterable[Observer]:
    """What counts requests, jobs and calls."""
    exposition = _exposition(site)
    if exposition is None:
        return ()
    from microblog_plugins.prometheus.watching import Watcher

    return (Watcher(exposition.figures, site.name, lambda: site.ports.clock),)


@implements(hookspecs.register_metrics_sinks)
def register_metrics_sinks(site: Site) -> Iterable[MetricsSink]:
    """What takes the figures of other plugins."""
    exposition = _exposition(site)
    if exposition is None:
        return ()
    from microblog_plugins.prometheus.watching import Sink

    return (Sink(exposition.figures, site.name),)


@implements(hookspecs.lifespan)
def lifespan(site: Site) -> AbstractAsyncContextManager[None] | None:
    """Show the figures while the site is open, where this kind of process has a port."""
    exposition = _exposition(site)
    return _showing(site, exposition) if exposition is not None else None


@asynccontextmanager
async def _showing(site: Site, exposition: Exposition) -> AsyncIterator[None]:
    settings: PrometheusSettings = site.settings("prometheus")
    exposition.port = _port(settings, site.faces)
    if not exposition.port:
        yield
        return
    await exposition.enter(site)
    try:
        yield
    finally:
        await exposition.leave(site)


def _port(settings: PrometheusSettings, faces: Collection[str]) -> int:
    """Only workers and schedulers load the faces of the tasks layer, and commands that come and go none."""
    if "microblog.tasks" in faces:
        return settings.worker_port
    return settings.port if set(faces) - {"microblog.plugins"} else 0
