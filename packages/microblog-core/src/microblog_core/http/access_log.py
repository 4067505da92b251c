"""The access log: one record per request on the logger `microblog.access`, without secrets.

The figures are in the record's attribute `fields`, ready for JSON; how lines look is the handler's business.
"""

from __future__ import annotations

import logging
from time import perf_counter

from microblog_core.http.scope import Scope, target_of

_log = logging.getLogger("microblog.access")


def enabled() -> bool:
    """Whether anybody reads the access log; asked first, because making a record costs more than the rest."""
    return _log.isEnabledFor(logging.INFO)


def record(scope: Scope, *, status: int, size: int, started: float) -> None:
    """Log a finished request: `size` in bytes of body, `started` as `time.perf_counter()` gave it."""
    state = scope.get("state") or {}
    site = state.get("site")
    target = target_of(scope)
    milliseconds = round((perf_counter() - started) * 1000, 2)
    fields = {
        "method": scope["method"],
        "target": target,
        "status": status,
        "bytes": size,
        "milliseconds": milliseconds,
        "client": state.get("client", ""),
        "site": site.name if site is not None else "",
        "request_id": state.get("request_id", ""),
    }
    _log.info("%s %s %d %.1f ms", scope["method"], target, status, milliseconds, extra={"fields": fields})
