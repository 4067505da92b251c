"""The figures of one process: a registry of its own, so that nothing else in the process shows up in it.

Labels have few values, whatever visitors do: routes are templates, methods and statuses are classes, kinds of
jobs and guards are named by plugins. What a plugin counts by itself may have up to `SERIES` of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily, Metric

from microblog_core.ports.queue import JobCount

if TYPE_CHECKING:
    from microblog_core.site import Site

SERIES = 500
REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
JOB_BUCKETS = (0.005, 0.02, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)
WAIT_BUCKETS = (0.05, 0.2, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0)
OTHER = "other"

_NAME = re.compile(r"[^a-zA-Z0-9_]+")


class Figures:
    """What is counted, and what is read when somebody asks."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.present = Present()
        registry.register(self.present)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"microblog_{name}", text, ("site", *labels), registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"microblog_{name}", text, ("site", *labels), registry=registry)

        def seconds(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(
                f"microblog_{name}_seconds", text, ("site", *labels), registry=registry, buckets=buckets
            )

        self.requests = counter("http_requests", "Requests answered.", "method", "route", "status")
        self.request_seconds = seconds(
            "http_request", "How long answering took.", REQUEST_BUCKETS, "method", "route"
        )
        self.requests_running = gauge("http_requests_in_progress", "Requests that are being answered.")
        self.jobs = counter("job_runs", "Tries of jobs that ended in this process.", "kind", "outcome")
        self.jobs_running = gauge("jobs_running", "Jobs that run in this process.", "kind")
        self.job_seconds = seconds("job", "How long a try took.", JOB_BUCKETS, "kind")
        self.job_wait = seconds("job_wait", "From when it was due to its begin.", WAIT_BUCKETS, "kind")
        self.calls = counter("calls", "Guarded calls to what may hang or fail.", "call", "outcome")
        self.calls_running = gauge("calls_in_progress", "Guarded calls that are being made.", "call")
        self.call_seconds = seconds(
            "call", "How long a guarded call took, retries included.", JOB_BUCKETS, "call"
        )
        self.call_events = counter("call_events", "What guards say: retried, refused.", "call", "event")
        self.circuits = gauge("circuit_state", "Circuit breakers: 0 closed, 1 half open, 2 open.", "call")
        self._counted: dict[str, Counter] = {}
        self._timed: dict[str, Histogram] = {}
        self._series: dict[str, set[tuple[str, ...]]] = {}

    def count(self, name: str, value: int, labels: Mapping[str, str]) -> None:
        """A figure of a plugin's own: `mail.bounced` becomes `microblog_mail_bounced_total`."""
        known = self._counted.get(name)
        if known is None:
            known = self._counted[name] = Counter(
                _metric_name(name), f"{name}.", tuple(labels), registry=self.registry
            )
        known.labels(*self._values(name, known, labels)).inc(value)

    def time(self, name: str, value: float, labels: Mapping[str, str]) -> None:
        """The same in seconds: `jobs.run` becomes `microblog_jobs_run_seconds`."""
        known = self._timed.get(name)
        if known is None:
            known = self._timed[name] = Histogram(
                f"{_metric_name(name)}_seconds",
                f"{name}.",
                tuple(labels),
                registry=self.registry,
                buckets=JOB_BUCKETS,
            )
        known.labels(*self._values(name, known, labels)).observe(value)

    def _values(self, name: str, metric: Any, labels: Mapping[str, str]) -> tuple[str, ...]:
        """By the labels that the figure had first: Prometheus wants the same ones each time."""
        values = tuple(labels.get(label, "") for label in metric._labelnames)
        series = self._series.setdefault(name, set())
        if values not in series:
            if len(series) >= SERIES:
                return (OTHER,) * len(values)
            series.add(values)
        return values


class Present:
    """What is read at the moment of asking: a collector of the registry."""

    def __init__(self) -> None:
        self.sites: list[Site] = []
        self.queues: dict[str, tuple[int, Iterable[JobCount]] | None] = {}
        """By site: what was counted when (Unix milliseconds), None where it could not be."""

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: gauges come and go with what they are read from."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The queues as they were counted just now, and every gauge of every site."""
        waiting = GaugeMetricFamily(
            "microblog_jobs", "Jobs in the outbox, in any process.", labels=("site", "kind", "state")
        )
        oldest = GaugeMetricFamily(
            "microblog_jobs_oldest_due_seconds",
            "For how long the oldest due job has been waiting to begin.",
            labels=("site", "kind"),
        )
        readable = GaugeMetricFamily(
            "microblog_queue_readable", "Whether the outbox could be counted.", labels=("site",)
        )
        for site, counted in self.queues.items():
            readable.add_metric((site,), float(counted is not None))
            now, counts = counted or (0, ())
            for each in counts:
                waiting.add_metric((site, each.kind, each.state), each.count)
                if each.state == "queued":
                    oldest.add_metric((site, each.kind), max(0, now - each.oldest_due_at) / 1000)
        yield from (waiting, oldest, readable)
        yield from self._gauges()

    def _gauges(self) -> Iterable[Metric]:
        families: dict[str, tuple[tuple[str, ...], GaugeMetricFamily]] = {}
        for site in self.sites:
            for name, labels, value in site.observers.gauges():
                if name not in families:
                    names = ("site", *labels)
                    family = GaugeMetricFamily(_metric_name(name), f"{name}.", labels=names)
                    families[name] = (tuple(labels), family)
                known, family = families[name]
                family.add_metric((site.name, *(labels.get(label, "") for label in known)), value)
        return [family for _, family in families.values()]


def _metric_name(name: str) -> str:
    return f"microblog_{_NAME.sub('_', name)}"
