"""The one place that sends spans: a provider of this process, made with its first open site and closed with
its last.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer

from microblog_core import __version__

SERVICE = "microblog"
STOP_SECONDS = 2.0

logger = logging.getLogger("microblog.opentelemetry")


class Exporting:
    """Counts its users. Sampling, batching, headers and limits are as the environment says."""

    def __init__(self) -> None:
        self._provider: TracerProvider | None = None
        self._users = 0

    def enter(self) -> Tracer:
        """What makes spans."""
        if self._provider is None:
            named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get(
                "OTEL_RESOURCE_ATTRIBUTES", ""
            )
            resource = Resource.create({} if named else {"service.name": SERVICE})
            # Without `shutdown_on_exit` nothing is sent behind our back when the interpreter goes.
            self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
            self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._users += 1
        return self._provider.get_tracer("microblog", __version__)

    async def leave(self) -> None:
        """The last one sends what is left, for as long as a stop may take; a collector that is away keeps
        nobody.
        """
        self._users -= 1
        if self._users == 0 and self._provider is not None:
            provider, self._provider = self._provider, None
            await _shut(provider)


async def _shut(provider: TracerProvider) -> None:
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def shut() -> None:
        provider.shutdown()
        with contextlib.suppress(RuntimeError):  # the loop is closed where nobody waited so long
            loop.call_soon_threadsafe(done.set)

    # Not a thread of the loop's own pool: the loop would wait for that, however long it takes.
    threading.Thread(target=shut, name="opentelemetry-shutdown", daemon=True).start()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await done.wait()
    except TimeoutError:
        logger.warning("The last spans could not be sent within %g seconds", STOP_SECONDS)
