"""What fills the figures: an observer and a metrics sink of one site."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from microblog_core.http.scope import route_of
from microblog_core.ports.clock import Clock
from microblog_core.ports.observing import Ended, Observer
from microblog_core.ports.operations import Job
from microblog_plugins.prometheus.figures import OTHER, Figures

METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())
STATES = {"closed": 0, "half_open": 1, "open": 2}


class Watcher(Observer):
    """Counts requests, jobs and calls. The library looks labels up slowly, so what it finds is remembered."""

    def __init__(self, figures: Figures, site: str, clock: Callable[[], Clock]) -> None:
        self._figures = figures
        self._site = site
        self._clock = clock
        self.running = 0
        figures.requests_running.labels(site).set_function(lambda: self.running)
        self._requests: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}
        self._jobs: dict[str, tuple[Gauge, Histogram, Histogram]] = {}
        self._calls: dict[str, tuple[Gauge, Histogram]] = {}

    def begin_request(self, scope: Mapping[str, Any]) -> Ended:
        """A request is answered."""
        began = perf_counter()
        self.running += 1

        def end(outcome: str) -> None:
            self.running -= 1
            # A WebSocket begins as a GET, and its scope names no method.
            method = scope.get("method", "GET")
            key = (method if method in METHODS else OTHER, route_of(scope), outcome)
            known = self._requests.get(key)
            if known is None:
                known = self._requests[key] = self._of_request(*key)
            counted, timed = known
            counted.inc()
            timed.observe(perf_counter() - began)

        return end

    def _of_request(self, method: str, route: str, status: str) -> tuple[Counter, Histogram]:
        status = f"{status[0]}xx" if len(status) == 3 else "cut"
        return (
            self._figures.requests.labels(self._site, method, route, status),
            self._figures.request_seconds.labels(self._site, method, route),
        )

    def begin_job(self, job: Job) -> Ended:
        """A job runs."""
        began, kind = perf_counter(), job.kind
        known = self._jobs.get(kind)
        if known is None:
            known = self._jobs[kind] = (
                self._figures.jobs_running.labels(self._site, kind),
                self._figures.job_wait.labels(self._site, kind),
                self._figures.job_seconds.labels(self._site, kind),
            )
        running, wait, seconds = known
        running.inc()
        wait.observe(max(0, self._clock().now() - job.due_at) / 1000)

        def end(outcome: str) -> None:
            running.dec()
            self._figures.jobs.labels(self._site, kind, outcome).inc()
            seconds.observe(perf_counter() - began)

        return end

    def begin_call(self, name: str) -> Ended:
        """A guarded call is made."""
        began = perf_counter()
        known = self._calls.get(name)
        if known is None:
            known = self._calls[name] = (
                self._figures.calls_running.labels(self._site, name),
                self._figures.call_seconds.labels(self._site, name),
            )
        running, seconds = known
        running.inc()

        def end(outcome: str) -> None:
            running.dec()
            self._figures.calls.labels(self._site, name, outcome).inc()
            seconds.observe(perf_counter() - began)

        return end

    def told(self, name: str, what: str) -> None:
        """What a guard did, or its circuit is."""
        if what in STATES:
            self._figures.circuits.labels(self._site, name).set(STATES[what])
        else:
            self._figures.call_events.labels(self._site, name, what).inc()


class Sink:
    """A `ports.metrics.MetricsSink`: what plugins count by themselves."""

    def __init__(self, figures: Figures, site: str) -> None:
        self._figures = figures
        self._site = site

    def count(self, name: str, value: int = 1, labels: Mapping[str, str] | None = None) -> None:
        """Something happened `value` times."""
        self._figures.count(name, value, {"site": self._site, **(labels or {})})

    def timing(self, name: str, seconds: float, labels: Mapping[str, str] | None = None) -> None:
        """Something took `seconds`."""
        self._figures.time(name, seconds, {"site": self._site, **(labels or {})})
