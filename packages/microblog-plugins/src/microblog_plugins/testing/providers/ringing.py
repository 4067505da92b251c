"""Sending webhooks as providers do: in a thread, again while they are not taken, and with mischief."""

from __future__ import annotations

import heapq
import http.client
import itertools
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from microblog_plugins.testing.providers.mischief import Mischief, RingFault

TRIES = 8
FIRST_WAIT = 0.1
STALE_MILLISECONDS = 10 * 60 * 1000

Webhook = tuple[Mapping[str, str], bytes]
"""Header fields, with names in lower case, and the body."""
Sealing = Callable[[dict[str, Any], int, bool], Webhook]


class Delivery(NamedTuple):
    """A webhook that was sent; `kind` is `real`, `forged` or `stale`, `status` 0 where nobody answered."""

    kind: str
    status: int
    object_id: str


class _Ring(NamedTuple):
    due: float
    number: int
    url: str
    kind: str
    object_id: str
    event: dict[str, Any]
    tries: int


class Bell:
    """Sends webhooks to `endpoints`. `seal` signs one at a moment, `wall` says what moment it is."""

    def __init__(self, mischief: Mischief, seal: Sealing, wall: Callable[[], int]) -> None:
        self.endpoints: list[str] = []
        self.deliveries: list[Delivery] = []
        self._mischief, self._seal, self._wall = mischief, seal, wall
        self._events: dict[str, dict[str, Any]] = {}
        self._rings: list[_Ring] = []
        self._held: list[_Ring] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._busy = 0
        self._thread: threading.Thread | None = None
        self._stopped = False

    def last(self, object_id: str) -> dict[str, Any]:
        """The last event about an object. Raises `LookupError`."""
        return self._events[object_id]

    def ring(self, object_id: str, event: dict[str, Any]) -> None:
        """Send an event to every endpoint, unless mischief has it otherwise."""
        self._events[object_id] = event
        for url in self.endpoints:
            fault = self._mischief.for_ring()
            with self._changed:
                self._plan(url, object_id, event, fault)
                self._changed.notify_all()

    def start(self) -> None:
        """Begin to send."""
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send no more; what was not sent yet is kept."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def quiet(self, seconds: float) -> None:
        """Wait until nothing is left to send; what was held back for another order is sent."""
        with self._changed:
            self._release()
            done = self._changed.wait_for(lambda: not self._rings and not self._busy, seconds)
            assert done, f"{len(self._rings)} webhooks were not taken"

    def _plan(self, url: str, object_id: str, event: dict[str, Any], fault: RingFault | None) -> None:
        if fault is RingFault.LOST:
            return
        wait = self._mischief.delay_seconds if fault is RingFault.DELAYED else 0.0
        real = self._made(url, "real", object_id, event, wait)
        if fault is RingFault.REORDERED:
            self._held.append(real)
            return
        heapq.heappush(self._rings, real)
        if fault is RingFault.DUPLICATED:
            heapq.heappush(self._rings, self._made(url, "real", object_id, event, wait))
        elif fault in (RingFault.FORGED, RingFault.STALE):
            heapq.heappush(self._rings, self._made(url, str(fault), object_id, event, wait))
        self._release()

    def _release(self) -> None:
        """What was held back comes after what came since."""
        for ring in self._held:
            heapq.heappush(self._rings, ring._replace(due=time.monotonic(), number=next(self._numbers)))
        self._held.clear()

    def _made(self, url: str, kind: str, object_id: str, event: dict[str, Any], wait: float) -> _Ring:
        return _Ring(time.monotonic() + wait, next(self._numbers), url, kind, object_id, event, 0)

    def _run(self) -> None:
        while True:
            with self._changed:
                wait = self._rings[0].due - time.monotonic() if self._rings else 3600.0
                if self._stopped:
                    return
                if wait > 0:
                    self._changed.wait(wait)
                    continue
                ring = heapq.heappop(self._rings)
                self._busy += 1
            status = self._send(ring)
            with self._changed:
                self._busy -= 1
                self.deliveries.append(Delivery(ring.kind, status, ring.object_id))
                if ring.kind == "real" and not 200 <= status < 300 and ring.tries + 1 < TRIES:
                    due = time.monotonic() + FIRST_WAIT * 2**ring.tries
                    heapq.heappush(self._rings, ring._replace(due=due, tries=ring.tries + 1))
                self._changed.notify_all()

    def _send(self, ring: _Ring) -> int:
        at = self._wall() - (STALE_MILLISECONDS if ring.kind == RingFault.STALE else 0)
        headers, body = self._seal(ring.event, at, ring.kind == RingFault.FORGED)
        parts = urlsplit(ring.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            connection.request("POST", parts.path or "/", body, dict(headers))
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
