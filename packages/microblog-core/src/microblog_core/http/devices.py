"""Which browsers somebody has logged in with before: a signed cookie in each of them, for a year.

It names accounts and proves nothing but that: it lets nobody in. Where it is missing, the log-in is from a
new device, as far as anybody can honestly say, and its owner is told by mail. Nobody is told of the first
minutes of an account.
"""

from __future__ import annotations

from microblog_core.domain.accounts import Account
from microblog_core.http.cookies import read_cookies, set_cookie
from microblog_core.http.scope import Scope, site_of
from microblog_core.http.signing import seal, unseal

DEVICE_COOKIE = "microblog_device"
YEAR_SECONDS = 365 * 24 * 3600
ACCOUNTS_MAX = 10
FIRST_MILLISECONDS = 10 * 60 * 1000

_PURPOSE = "known devices"


def remember_device(scope: Scope, account: Account) -> bool:
    """Note in the browser that this account logs in with it; whether its owner should hear of that."""
    site = site_of(scope)
    now = site.ports.clock.now()
    cookie = read_cookies(scope).get(DEVICE_COOKIE, "")
    known = unseal(site.secrets(_PURPOSE), cookie, list[int], now=now) or []
    others = [each for each in known if each != account.id][: ACCOUNTS_MAX - 1]
    sealed = seal(site.secret(_PURPOSE), [account.id, *others], expires_at=now + YEAR_SECONDS * 1000)
    set_cookie(scope, DEVICE_COOKIE, sealed, max_age=YEAR_SECONDS)
    return account.id not in known and now - account.created_at > FIRST_MILLISECONDS
