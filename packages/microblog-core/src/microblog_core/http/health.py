"""Health: `/health/live` says that the process answers, `/health/ready` that its sites can work, `/health`
both in a word.

They answer to any Host, since load balancers ask by address. What a check raised is in the log, not in the
answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from microblog_core.contributions import HealthCheck, Rejection

if TYPE_CHECKING:
    from microblog_core.site import Site

PREFIX = "/health"
CHECK_SECONDS = 2.0

_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_LIVE = Rejection(status=200, headers=_HEADERS, body=b'{"status":"ok"}')

_log = logging.getLogger("microblog.health")


async def answer(path: str, sites: Sequence[Site], *, ready: bool) -> Rejection | None:
    """The answer to a health request, None where `path` is none.

    `ready` is False while the process starts or stops.
    """
    path = path.rstrip("/")
    if path == "/health/live":
        return _LIVE
    if path not in (PREFIX, "/health/ready"):
        return None
    results = await asyncio.gather(*(_check_site(site) for site in sites)) if ready else []
    states = {state for _, checks in results for state in checks.values()}
    down = not ready or "failed" in states
    body: dict[str, object] = {"status": "failed" if down else "degraded" if "degraded" in states else "ok"}
    if path != PREFIX:
        body["sites"] = dict(results)
    return Rejection(status=503 if down else 200, headers=_HEADERS, body=msgspec.json.encode(body))


async def _check_site(site: Site) -> tuple[str, dict[str, str]]:
    checks = [HealthCheck(name="storage", check=site.ports.storage.ping, critical=True), *site.health_checks]
    states = await asyncio.gather(*(_state(site.name, check) for check in checks))
    return site.name, {check.name: state for check, state in zip(checks, states, strict=True)}


async def _state(site: str, check: HealthCheck) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check.check()
    except Exception as error:
        _log.warning(
            "health check %s of site %s failed: %s: %s", check.name, site, type(error).__name__, error
        )
        return "failed" if check.critical else "degraded"
    return "ok"
