"""The trace that a task belongs to, as W3C Trace Context writes it. Core carries it and never makes one."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar

current_trace: ContextVar[str] = ContextVar("current_trace", default="")
"""The `traceparent` of what goes on in this task; empty where nobody traces. Set by observers."""


def trace_headers() -> Mapping[str, str]:
    """The header fields that tell another service of the trace; put them on every request that is sent."""
    trace = current_trace.get()
    return {"traceparent": trace} if trace else {}
