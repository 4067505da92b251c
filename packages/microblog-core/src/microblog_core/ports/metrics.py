"""Metrics: counters and timings of what the site does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable


class MetricsSink(Protocol):
    """Takes figures. What it raises is logged once, and the sink dropped."""

    def count(self, name: str, value: int = 1, labels: Mapping[str, str] | None = None) -> None:
        """Something happened `value` times."""
        ...

    def timing(self, name: str, seconds: float, labels: Mapping[str, str] | None = None) -> None:
        """Something took `seconds`."""
        ...


@runtime_checkable
class Gauged(Protocol):
    """What says by itself how busy it is, such as a storage."""

    def gauges(self) -> Mapping[str, Callable[[], float]]:
        """What to read the present values by, by name (snake_case, with the unit at its end)."""
        ...
