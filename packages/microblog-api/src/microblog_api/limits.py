"""How often the API may be asked at all: per token and account, and per address for whoever shows no valid
token. Single use cases have tighter limits of their own.

A site's `rates` replaces the limits by name: `api` (a token), `api_account` (all tokens of an account),
`api_anonymous` (an address). The quota is in the request's state, where every answer finds it.
"""

from __future__ import annotations

import datetime
import functools
import ipaddress
from collections.abc import Mapping
from typing import Any

from microblog_api.bearer import access_of, identity_of, token_of
from microblog_core.domain.errors import RateLimited
from microblog_core.http.scope import Headers, Scope, site_of
from microblog_core.ports.limits import Quota

RATES: dict[str, tuple[int, float]] = {
    "api": (300, 300.0),
    "api_account": (1500, 300.0),
    "api_anonymous": (1500, 300.0),
}
"""Times and seconds. Many people may share an address, so it is given as much as an account."""

_KEY = "api.quota"
_PREFIX_LENGTH = 64
"""Bits of an IPv6 address that one network shares: a single home has that many addresses."""


async def count_request(scope: Scope) -> None:
    """Count this request. Raises `RateLimited`, and `Unavailable` when nobody can say whose a token is."""
    quota = await _count(scope)
    scope["state"][_KEY] = quota
    if quota.exceeded:
        wait = (quota.resets_at - site_of(scope).ports.clock.now()) / 1000
        raise RateLimited("Too many requests", retry_after=wait, hint="Wait until the limit is reset.")


def fields(scope: Mapping[str, Any]) -> Headers:
    """The header fields that tell what is left, if the request was counted.

    The reset is a moment in ISO 8601, as Mastodon writes it.
    """
    quota: Quota | None = (scope.get("state") or {}).get(_KEY)
    if quota is None:
        return []
    return [
        (b"x-ratelimit-limit", b"%d" % quota.limit),
        (b"x-ratelimit-remaining", b"%d" % quota.remaining),
        (b"x-ratelimit-reset", _iso(quota.resets_at)),
    ]


async def _count(scope: Scope) -> Quota:
    token = token_of(scope, anywhere=True)
    access = await access_of(scope, token) if token else None
    if access is not None:
        account, which = access.account, str(access.token.id)
    else:
        identity = await identity_of(scope, token) if token else None
        if identity is None:
            return await _hit(scope, "api_anonymous", _network(scope["state"]["client"]))
        account = identity.account
        which = f"{identity.method}:{account.id}:{identity.credential}"
    of_token = await _hit(scope, "api", which)
    if of_token.exceeded or account is None:
        return of_token
    of_account = await _hit(scope, "api_account", str(account.id))
    return min(of_token, of_account, key=lambda quota: (not quota.exceeded, quota.remaining))


async def _hit(scope: Scope, name: str, who: str) -> Quota:
    ports = site_of(scope).ports
    times, seconds = ports.limits.rates.get(name) or RATES[name]
    return await ports.limiter.count(f"{name}:{who}", limit=times, per=seconds)


@functools.lru_cache(maxsize=4096)
def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4 or parsed.ipv4_mapped is not None:
        return address
    return str(ipaddress.ip_network((parsed, _PREFIX_LENGTH), strict=False))


@functools.lru_cache(maxsize=4096)
def _iso(moment: int) -> bytes:
    at = datetime.datetime.fromtimestamp(moment // 1000, datetime.UTC).replace(
        microsecond=moment % 1000 * 1000
    )
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
