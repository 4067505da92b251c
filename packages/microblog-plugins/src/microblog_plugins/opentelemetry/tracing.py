"""Spans of requests, jobs and guarded calls.

A request continues the trace that it names (W3C Trace Context), a job that of whoever queued it, a call that
of what makes it. Spans hold no texts, no addresses of people and no paths, which may hold secrets: routes are
templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Token
from typing import Any

from opentelemetry import context as contexts
from opentelemetry.context import Context
from opentelemetry.trace import (
    INVALID_SPAN,
    Span,
    SpanKind,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from microblog_core.http.scope import header, route_of
from microblog_core.ports.observing import Ended, Observer
from microblog_core.ports.operations import Job
from microblog_core.ports.tracing import current_trace

METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())
FAILED_JOBS = frozenset({"retried", "dead"})

_propagator = TraceContextTextMapPropagator()


class SpanObserver(Observer):
    """Makes spans while it has a `tracer`."""

    def __init__(self, site: str) -> None:
        self._site = site
        self.tracer: Tracer | None = None

    def begin_request(self, scope: Mapping[str, Any]) -> Ended | None:
        """A span of the kind `server`, named `GET /{handle}` when it ends."""
        if self.tracer is None:
            return None
        given = scope.get("method", "GET")
        method = given if given in METHODS else "_OTHER"
        parent = _context_of(header(scope, b"traceparent"), header(scope, b"tracestate"))  # type: ignore[arg-type]
        state = scope["state"]
        attributes = {
            "http.request.method": method,
            "url.scheme": state["scheme"],
            "server.address": state["host"],
            "microblog.site": self._site,
            "microblog.request_id": state["request_id"],
        }
        span = self.tracer.start_span(method, parent, SpanKind.SERVER, attributes)
        leave = _enter(span)

        def end(outcome: str) -> None:
            route = route_of(scope)
            span.update_name(f"{method} {route}")
            span.set_attribute("http.route", route)
            status = int(outcome)
            if status:
                span.set_attribute("http.response.status_code", status)
            if status >= 500 or not status:
                span.set_status(StatusCode.ERROR)
            leave()

        return end

    def begin_job(self, job: Job) -> Ended | None:
        """A span of the kind `consumer`, in the trace of whoever queued the job."""
        if self.tracer is None:
            return None
        attributes: dict[str, str | int] = {
            "microblog.site": self._site,
            "microblog.job.kind": job.kind,
            "microblog.job.id": str(job.id),
            "microblog.job.attempt": job.attempts,
        }
        span = self.tracer.start_span(
            f"job {job.kind}", _context_of(job.trace), SpanKind.CONSUMER, attributes
        )
        leave = _enter(span)

        def end(outcome: str) -> None:
            span.set_attribute("microblog.job.outcome", outcome)
            if outcome in FAILED_JOBS:
                span.set_status(StatusCode.ERROR)
            leave()

        return end

    def begin_call(self, name: str) -> Ended | None:
        """A span of the kind `client`."""
        if self.tracer is None:
            return None
        attributes = {"microblog.site": self._site, "microblog.call": name}
        span = self.tracer.start_span(f"call {name}", None, SpanKind.CLIENT, attributes)
        leave = _enter(span)

        def end(outcome: str) -> None:
            span.set_attribute("microblog.call.outcome", outcome)
            if outcome != "ok":
                span.set_status(StatusCode.ERROR)
            leave()

        return end

    def told(self, name: str, what: str) -> None:
        """An event of the span that goes on."""
        span = get_current_span()
        if span is not INVALID_SPAN:
            span.add_event(f"{name}: {what}")


def _context_of(traceparent: str, tracestate: str = "") -> Context:
    """An empty context, with the span that these name as the parent if they make sense."""
    carrier = {"traceparent": traceparent, "tracestate": tracestate} if traceparent else {}
    return _propagator.extract(carrier, Context())


class _Leave:
    """Ends a span and takes it out of the context again."""

    __slots__ = ("_span", "_token", "_trace")

    def __init__(self, span: Span, token: Token[Context], trace: Token[str]) -> None:
        self._span = span
        self._token = token
        self._trace = trace

    def __call__(self) -> None:
        contexts.detach(self._token)
        current_trace.reset(self._trace)
        self._span.end()


def _enter(span: Span) -> _Leave:
    """Make it the one that goes on in this task, for the library and for core."""
    known = span.get_span_context()
    trace = f"00-{known.trace_id:032x}-{known.span_id:016x}-{int(known.trace_flags):02x}"
    return _Leave(span, contexts.attach(set_span_in_context(span)), current_trace.set(trace))
