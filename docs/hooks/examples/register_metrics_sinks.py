"""Figures are added up."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Mapping

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins import implements
from microblog_core.ports.metrics import MetricsSink
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="abacus")


counted: Counter[str] = Counter()


class Abacus:
    """A `MetricsSink`."""

    def count(self, name: str, value: int = 1, labels: Mapping[str, str] | None = None) -> None:
        counted[name] += value

    def timing(self, name: str, seconds: float, labels: Mapping[str, str] | None = None) -> None:
        counted[f"{name}.times"] += 1


@implements(hookspecs.register_metrics_sinks)
def metrics_sinks(site: Site) -> Iterable[MetricsSink]:
    return [Abacus()]


async def main() -> None:
    async with site_with({"abacus": sys.modules[__name__]}) as site:
        site.metrics.count("beads", 3)
        site.metrics.timing("push", 0.5)
    assert counted == {"beads": 3, "push.times": 1}


if __name__ == "__main__":
    asyncio.run(main())
