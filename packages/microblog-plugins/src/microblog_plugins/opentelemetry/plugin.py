"""The plugin `opentelemetry`: traces of requests, jobs and calls, sent to a collector by OTLP over HTTP.

Does nothing unless the environment names a collector (`OTEL_EXPORTER_OTLP_ENDPOINT`). Nothing heavy is
imported before.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins.marks import implements
from microblog_core.ports.observing import Observer
from microblog_plugins.opentelemetry.environment import is_collected

if TYPE_CHECKING:
    from microblog_core.site import Site
    from microblog_plugins.opentelemetry.exporting import Exporting
    from microblog_plugins.opentelemetry.tracing import SpanObserver

PLUGIN = Manifest(
    name="opentelemetry",
    summary="Traces by OTLP over HTTP. Does nothing without OTEL_EXPORTER_OTLP_ENDPOINT.",
)

_OBSERVERS: WeakKeyDictionary[Site, SpanObserver] = WeakKeyDictionary()
_EXPORTING: list[Exporting] = []
"""None or one: the sites of a process send their spans together."""


@implements(hookspecs.register_observers)
def register_observers(site: Site) -> Iterable[Observer]:
    """What makes spans, where a collector is named."""
    if not is_collected(os.environ):
        return ()
    from microblog_plugins.opentelemetry.tracing import SpanObserver

    _OBSERVERS[site] = SpanObserver(site.name)
    return (_OBSERVERS[site],)


@implements(hookspecs.lifespan)
def lifespan(site: Site) -> AbstractAsyncContextManager[None] | None:
    """Send spans while the site is open."""
    return _sending(site) if is_collected(os.environ) else None


@asynccontextmanager
async def _sending(site: Site) -> AsyncIterator[None]:
    from microblog_plugins.opentelemetry.exporting import Exporting

    if not _EXPORTING:
        _EXPORTING.append(Exporting())
    (exporting,) = _EXPORTING
    observer = _OBSERVERS[site]
    observer.tracer = exporting.enter()
    try:
        yield
    finally:
        observer.tracer = None
        await exporting.leave()
