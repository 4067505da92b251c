"""Drives log-in methods: any surface shows what a `LoginFlow` answers, and hands back what the visitor sent.

Between two steps the method's state goes through the browser, signed, bound to that browser and to the
method, for ten minutes. It is in a hidden field for forms and scripts and in a cookie while the visitor is
at a provider's page.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.errors import NotFound, RateLimited, Unavailable
from microblog_core.http.cookies import delete_cookie, read_cookies, set_cookie
from microblog_core.http.scope import Scope, site_of
from microblog_core.http.sessions import anonymous_key, known_anonymous_key, log_in
from microblog_core.http.signing import seal, unseal
from microblog_core.ports.auth import Done, Form, LoginMethod, Redirect, Refused, Script, Step

if TYPE_CHECKING:
    from microblog_core.site import Site

LOGIN_COOKIE = "microblog_login"
STATE_FIELD = "login_state"
"""The name of the hidden field that carries the signed state."""

STEP_SECONDS = 15.0
"""How long a step may take; it may ask a provider."""

_MILLISECONDS = 10 * 60 * 1000
_NEXT_LENGTH = 2000
_MAY_LOG_IN = (AccountState.ACTIVE, AccountState.SILENCED)
_NOBODY = "This account can't log in. Ask the operators of this site."
_REFUSED = {
    AccountState.PENDING: "Your account waits for the people who run this site to approve it.",
    AccountState.LEAVING: "Your account is to be deleted. Log in with your password to keep it.",
}
_FAILED = "Logging in did not work. Begin again."

_log = logging.getLogger("microblog.http")


class Show(msgspec.Struct, frozen=True, kw_only=True):
    """Show this form; `state` goes into the hidden field `STATE_FIELD`."""

    form: Form
    state: str


class Go(msgspec.Struct, frozen=True, kw_only=True):
    """Send the browser to this address of a provider; the state is in a cookie."""

    url: str


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """Let the browser answer this challenge (JSON) by script; `state` goes along."""

    challenge: str
    state: str


class LoggedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The session is open and its cookie set; go on to the local path `next`."""

    account: Account
    next: str


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """It ends here; `message` says why and what to do."""

    message: str


Outcome = Show | Go | Challenge | LoggedIn | Stopped


class _State(msgspec.Struct, frozen=True, array_like=True):
    method: str
    next: str
    values: dict[str, str]


def method_named(site: Site, name: str) -> LoginMethod:
    """The log-in method of this name. Raises `NotFound`."""
    method: LoginMethod
    for method in site.login_methods:
        if method.name == name:
            return method
    raise NotFound("There is no such way to log in.", hint="Choose one from the log-in page.")


def safe_next(path: str, default: str = "/") -> str:
    """Where to go after logging in: `path` if it is an absolute path on this site, else `default`.

    What browsers could read as another host is refused: `//host`, backslashes, control characters, any
    scheme.
    """
    safe = (
        path.startswith("/")
        and not path.startswith("//")
        and len(path) <= _NEXT_LENGTH
        and "\\" not in path
        and path.isprintable()
    )
    return quote(path, safe="/?&=#%+:;,@!$'()*~-._[]") if safe else default


async def begin(scope: Scope, method: LoginMethod, *, next_path: str = "") -> Outcome:
    """Start with this method; after it `next_path` is where to go, if that is safe. Raises
    `RateLimited`, `Unavailable`.
    """
    try:
        async with asyncio.timeout(STEP_SECONDS):
            step = await method.begin(scope["state"]["client"])
    except (RateLimited, Unavailable):
        raise
    except Exception:
        _log.exception("the log-in method %r raised at its beginning", method.name)
        step = Refused(message=_FAILED)
    return await _follow(scope, method, step, safe_next(next_path))


async def resume(scope: Scope, method: LoginMethod, values: Mapping[str, str], state: str = "") -> Outcome:
    """Go on with what the visitor sent; `state` is the hidden field, empty where the cookie has it.

    Raises `RateLimited`, `Unavailable`. The caller has checked the form's CSRF token, where it was a form.
    """
    known = _read_state(scope, state or read_cookies(scope).get(LOGIN_COOKIE, ""))
    if LOGIN_COOKIE in read_cookies(scope):
        delete_cookie(scope, LOGIN_COOKIE)
    if known is None or known.method != method.name:
        return Stopped(message="This took too long, or began in another browser. Begin again.")
    try:
        async with asyncio.timeout(STEP_SECONDS):
            step = await method.resume(values, known.values, scope["state"]["client"])
    except (RateLimited, Unavailable):
        raise
    except Exception:
        _log.exception("the log-in method %r raised", method.name)
        step = Refused(message=_FAILED)
    return await _follow(scope, method, step, known.next)


async def _follow(scope: Scope, method: LoginMethod, step: Step, next_path: str) -> Outcome:
    if isinstance(step, Form):
        return Show(form=step, state=_seal_state(scope, method, step.state, next_path))
    if isinstance(step, Script):
        return Challenge(challenge=step.challenge, state=_seal_state(scope, method, step.state, next_path))
    if isinstance(step, Redirect):
        set_cookie(
            scope,
            LOGIN_COOKIE,
            _seal_state(scope, method, step.state, next_path),
            max_age=_MILLISECONDS // 1000,
        )
        return Go(url=step.url)
    if isinstance(step, Done):
        if step.account.state not in _MAY_LOG_IN:
            return Stopped(message=_REFUSED.get(step.account.state, _NOBODY))
        await log_in(scope, step.account)
        return LoggedIn(account=step.account, next=next_path)
    return Stopped(message=step.message if isinstance(step, Refused) else _FAILED)


def _seal_state(scope: Scope, method: LoginMethod, values: Mapping[str, str], next_path: str) -> str:
    site = site_of(scope)
    state = _State(method.name, next_path, dict(values))
    expires_at = site.ports.clock.now() + _MILLISECONDS
    return seal(site.secret("login"), state, expires_at=expires_at, bound_to=anonymous_key(scope))


def _read_state(scope: Scope, text: str) -> _State | None:
    key = known_anonymous_key(scope)
    if not text or not key:
        return None
    site = site_of(scope)
    return unseal(site.secrets("login"), text, _State, now=site.ports.clock.now(), bound_to=key)
