"""Messages that are shown once on the next page: kept in a signed cookie for five minutes, not in the
storage.
"""

from __future__ import annotations

import msgspec

from microblog_core.http.cookies import delete_cookie, read_cookies, set_cookie
from microblog_core.http.scope import Scope, site_of
from microblog_core.http.signing import seal, unseal

FLASH_COOKIE = "microblog_flash"
_MESSAGES = 3
_LENGTH = 400
_SECONDS = 300


class Flash(msgspec.Struct, frozen=True, array_like=True):
    """One message. `level` is `info`, `success` or `error`; what it tells of is taken back by a POST to the
    path `undo`, if there is one.
    """

    text: str
    level: str = "info"
    undo: str = ""


def add_flash(scope: Scope, text: str, level: str = "info", undo: str = "") -> None:
    """Show `text` (400 characters at most, the rest is cut off) on the next page; the last three are kept."""
    site = site_of(scope)
    kept = [*_read(scope), Flash(text[:_LENGTH], level, undo)][-_MESSAGES:]
    expires_at = site.ports.clock.now() + _SECONDS * 1000
    set_cookie(scope, FLASH_COOKIE, seal(site.secret("flash"), kept, expires_at=expires_at), max_age=_SECONDS)


def take_flashes(scope: Scope) -> tuple[Flash, ...]:
    """The messages that wait, oldest first; they are gone afterwards."""
    if FLASH_COOKIE not in read_cookies(scope):
        return ()
    messages = _read(scope)
    delete_cookie(scope, FLASH_COOKIE)
    return messages


def _read(scope: Scope) -> tuple[Flash, ...]:
    text = read_cookies(scope).get(FLASH_COOKIE, "")
    if not text:
        return ()
    site = site_of(scope)
    messages = unseal(site.secrets("flash"), text, tuple[Flash, ...], now=site.ports.clock.now())
    return messages or ()
