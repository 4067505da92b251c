"""Metrics: counters and timings of what the site does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class MetricsSink(Protocol):
    """Takes figures. What it raises is logged once, and the sink dropped."""

    def count(self, name: str, value: int = 1, labels: Mapping[str, str] | None = None) -> None:
        """Something happened `value` times."""
        ...

    def timing(self, name: str, seconds: float, labels: Mapping[str, str] | None = None) -> None:
        """Something took `seconds`."""
        ...
