"""The access log: one record per request on the logger `microblog.access`, without secrets.

The figures are in the record's attribute `fields`, ready for JSON; how lines look is the handler's
business. `scrubbed` tells it that nothing is left to hide: looking again would cost more than the rest of
the request's way through core.
"""

from __future__ import annotations

import logging
from time import perf_counter

from microblog_core.domain.addresses import network_of
from microblog_core.http.scope import Scope, target_of

_log = logging.getLogger("microblog.access")


def enabled() -> bool:
    """Whether anybody reads the access log; asked first, because making a record costs more than the rest."""
    return _log.isEnabledFor(logging.INFO)


def _shown(address: str, how: str) -> str:
    """The address as the log has it: nobody clears away what stands there."""
    return address if how == "full" else network_of(address) if how == "network" else ""


def record(scope: Scope, *, status: int, size: int, started: float) -> None:
    """Log a finished request: `size` in bytes of body, `started` as `time.perf_counter()` gave it."""
    state = scope.get("state") or {}
    site = state.get("site")
    fields = {
        # A WebSocket begins as a GET, and its scope names no method.
        "method": scope.get("method", "GET"),
        "target": target_of(scope),
        "status": status,
        "bytes": size,
        "milliseconds": round((perf_counter() - started) * 1000, 2),
        "client": _shown(state.get("client", ""), site.config.log_addresses if site else "network"),
        "site": site.name if site is not None else "",
        "request_id": state.get("request_id", ""),
    }
    # Made by hand: `_log.info` would look up its caller on the stack, for every request the same line.
    entry = _log.makeRecord(
        _log.name,
        logging.INFO,
        __file__,
        0,
        "%(method)s %(target)s %(status)d %(milliseconds).1f ms",
        (fields,),
        None,
        extra={"fields": fields, "scrubbed": True},
    )
    _log.handle(entry)
