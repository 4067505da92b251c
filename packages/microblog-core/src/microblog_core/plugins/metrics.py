"""All metrics sinks of a site as one. A sink that raises is logged once and dropped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from microblog_core.ports.metrics import MetricsSink

logger = logging.getLogger("microblog.plugins")


class Metrics:
    """Hands each figure on to every sink that still works. Keeps `ports.metrics.MetricsSink`."""

    def __init__(self, sinks: Sequence[tuple[str, MetricsSink]] = ()) -> None:
        self._sinks = tuple(sinks)

    def count(self, name: str, value: int = 1, labels: Mapping[str, str] | None = None) -> None:
        """Something happened `value` times."""
        for owner, sink in self._sinks:
            self._tell(owner, sink, partial(sink.count, name, value, labels))

    def timing(self, name: str, seconds: float, labels: Mapping[str, str] | None = None) -> None:
        """Something took `seconds`."""
        for owner, sink in self._sinks:
            self._tell(owner, sink, partial(sink.timing, name, seconds, labels))

    def _tell(self, owner: str, sink: MetricsSink, tell: Callable[[], None]) -> None:
        try:
            tell()
        except Exception:
            self._sinks = tuple((name, each) for name, each in self._sinks if each is not sink)
            logger.exception("A metrics sink of the plugin %s failed and gets no more figures", owner)
