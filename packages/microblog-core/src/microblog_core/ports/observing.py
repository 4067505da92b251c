"""Observers of what goes on: requests, jobs, guarded calls, from their begin to their end.

Metrics count with them, traces make spans of them. Where a site has none, nothing of this costs anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from microblog_core.ports.operations import Job

Ended = Callable[[str], None]
"""Called once with the outcome, in the task and the context that began it."""


class Observer:
    """Sees what one site does. Derive from it and override what you want to see; all the rest is nothing.

    Every method is called in the event loop, by the task that does the work, and must return at once. It may
    set context variables, which the work then sees. One that raises is logged, and the observer gets nothing
    more.
    """

    def begin_request(self, scope: Mapping[str, Any]) -> Ended | None:
        """A request has found its site (`scope["state"]["site"]`).

        Its outcome is the status in digits; `0` where the connection was cut before an answer. By then
        `http.scope.route_of` knows the route.
        """
        return None

    def begin_job(self, job: Job) -> Ended | None:
        """A job begins. Its outcome: `done`, `retried` (it failed and is tried again), `dead`, or `stopped`
        with the process.
        """
        return None

    def begin_call(self, name: str) -> Ended | None:
        """A call through a `patterns.resilience.Guard` begins, retries and waiting included. Its outcome:
        `ok`, `failed`, `refused` (it was not made), `too_slow`.
        """
        return None

    def told(self, name: str, what: str) -> None:
        """A guard was `retried`, `refused` or `too_slow`, or its circuit is `open`, `half_open` or
        `closed`.
        """


class CallObserver(Protocol):
    """Who guards tell of their calls: a site's `observers`."""

    def begin_call(self, name: str) -> Ended | None:
        """As `Observer.begin_call`."""
        ...

    def told(self, name: str, what: str) -> None:
        """As `Observer.told`."""
        ...
