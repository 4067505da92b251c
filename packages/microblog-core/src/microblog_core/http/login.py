"""Drives log-in methods: any surface shows what a `LoginFlow` answers, and hands back what the visitor sent.

Between two steps the method's state goes through the browser, signed, bound to that browser and to the
method, for ten minutes. It is in a hidden field for forms and scripts and in a cookie while the visitor is
at a provider's page.

Where an account has a second factor, `Done` of a method opens no session: the flow goes on with the factor,
and the state says whose it is. The surface notices nothing but another form. A method that has checked two
factors at once says so (`Done.two_factors`), and none is asked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.errors import NotFound, RateLimited, Unauthenticated, Unavailable
from microblog_core.http.cookies import delete_cookie, read_cookies, set_cookie
from microblog_core.http.scope import Scope, query_of, site_of
from microblog_core.http.second_factors import factors_for, mark_of
from microblog_core.http.sessions import anonymous_key, known_anonymous_key, log_in
from microblog_core.http.signing import seal, unseal
from microblog_core.ports.auth import Done, Form, LoginMethod, Redirect, Refused, Script, SecondFactor, Step

if TYPE_CHECKING:
    from microblog_core.site import Site

LOGIN_COOKIE = "microblog_login"
STATE_FIELD = "login_state"
"""The name of the hidden field that carries the signed state."""
FACTOR_FIELD = "second_factor"
"""The name of buttons that go on with another second factor; their value is the factor's name."""

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
_STALE = "This took too long, or began in another browser. Begin again."

_log = logging.getLogger("microblog.http")


class Show(msgspec.Struct, frozen=True, kw_only=True):
    """Show this form; `state` goes into the hidden field `STATE_FIELD`. With `second` it is about a second
    factor, and `others` are (name, label) of those that may be shown instead, by buttons `FACTOR_FIELD`.
    """

    form: Form
    state: str
    second: bool = False
    others: tuple[tuple[str, str], ...] = ()


class Go(msgspec.Struct, frozen=True, kw_only=True):
    """Send the browser to this address of a provider; the state is in a cookie."""

    url: str


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """Let the browser answer the challenge of this step by script (`http.challenges`); `state` goes along.
    `second` and `others` as in `Show`.
    """

    script: Script
    state: str
    second: bool = False
    others: tuple[tuple[str, str], ...] = ()


class LoggedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The session is open and its cookie set; go on to the local path `next`."""

    account: Account
    next: str


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """It ends here; `message` says why and what to do."""

    message: str


Outcome = Show | Go | Challenge | LoggedIn | Stopped


class _State(msgspec.Struct, frozen=True, array_like=True):
    """Where somebody is. With an `account_id` the method has said who it is, and `factor` is asked."""

    method: str
    next: str
    values: Mapping[str, str] = {}
    account_id: int = 0
    factor: str = ""
    mark: str = ""


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


def came_back(scope: Scope) -> bool:
    """Whether this request brings a provider's answer, for `resume`, and is no wish to begin.

    One with the `state` of such an answer (RFC 6749 section 4.1.2) that no log-in of this browser waits for
    is refused there: beginning anew would send a browser without cookies to the provider again and again.
    """
    query = query_of(scope)
    waited_for = LOGIN_COOKIE in read_cookies(scope) or "state" in query
    return waited_for and bool(set(query) - {"next"})


async def begin(scope: Scope, method: LoginMethod, *, next_path: str = "") -> Outcome:
    """Start with this method; after it `next_path` is where to go, if that is safe. Raises
    `RateLimited`, `Unavailable`.
    """
    step = await _asked(method.name, lambda: method.begin(scope["state"]["client"]))
    return await _follow(scope, _State(method.name, safe_next(next_path)), step)


async def resume(scope: Scope, method: LoginMethod, values: Mapping[str, str], state: str = "") -> Outcome:
    """Go on with what the visitor sent; `state` is the hidden field, empty where the cookie has it.

    Raises `RateLimited`, `Unavailable`. The caller has checked the form's CSRF token, where it was a form.
    """
    known = _read_state(scope, state or read_cookies(scope).get(LOGIN_COOKIE, ""))
    if LOGIN_COOKIE in read_cookies(scope):
        delete_cookie(scope, LOGIN_COOKIE)
    if known is None or known.method != method.name:
        return Stopped(message=_STALE)
    address = scope["state"]["client"]
    if known.account_id:
        return await _resume_second(scope, known, values)
    step = await _asked(method.name, lambda: method.resume(values, known.values, address))
    return await _follow(scope, known, step)


async def _asked(name: str, ask: Callable[[], Awaitable[Step]]) -> Step:
    """The step that a method or factor answers; what it raises refuses, and names no cause."""
    try:
        async with asyncio.timeout(STEP_SECONDS):
            return await ask()
    except (RateLimited, Unavailable):
        raise
    except Exception:
        _log.exception("the log-in method or second factor %r raised", name)
        return Refused(message=_FAILED)


async def _follow(
    scope: Scope,
    state: _State,
    step: Step,
    factors: tuple[SecondFactor, ...] = (),
    account: Account | None = None,
) -> Outcome:
    """What comes of a step; `factors` and `account` are there once a method has said who it is."""
    second = account is not None
    others = tuple((each.name, each.label) for each in factors if each.name != state.factor)
    if isinstance(step, Form):
        return Show(form=step, state=_seal_state(scope, state, step.state), second=second, others=others)
    if isinstance(step, Script):
        sealed = _seal_state(scope, state, step.state)
        return Challenge(script=step, state=sealed, second=second, others=others)
    if isinstance(step, Redirect):
        sealed = _seal_state(scope, state, step.state)
        set_cookie(scope, LOGIN_COOKIE, sealed, max_age=_MILLISECONDS // 1000)
        return Go(url=step.url)
    if not isinstance(step, Done):
        return Stopped(message=step.message if isinstance(step, Refused) else _FAILED)
    if step.account.state not in _MAY_LOG_IN:
        return Stopped(message=_REFUSED.get(step.account.state, _NOBODY))
    if account is None:
        if step.two_factors is True:
            return await _enter(scope, step.account, state.next)
        return await _begin_second(scope, state, step.account)
    if step.account.id != account.id:
        _log.error("the second factor %r named another account", state.factor)
        return Stopped(message=_FAILED)
    return await _enter(scope, account, state.next)


async def _begin_second(scope: Scope, state: _State, account: Account) -> Outcome:
    """Ask for a second factor where the account has one; else it is in."""
    site = site_of(scope)
    try:
        factors = await factors_for(site, account)
    except Unauthenticated as error:
        return Stopped(message=f"{error.message} {error.hint}")
    if not factors:
        return await _enter(scope, account, state.next)
    marked = replace(state, account_id=account.id, mark=await mark_of(site, account))
    return await _begin_factor(scope, marked, factors, factors[0], account)


async def _begin_factor(
    scope: Scope, state: _State, factors: tuple[SecondFactor, ...], factor: SecondFactor, account: Account
) -> Outcome:
    step = await _asked(factor.name, lambda: factor.begin(account, scope["state"]["client"]))
    return await _follow(scope, replace(state, factor=factor.name), step, factors, account)


async def _resume_second(scope: Scope, state: _State, values: Mapping[str, str]) -> Outcome:
    """Go on with a second factor. Whose it is, and which there are, is read anew: either may have changed."""
    site = site_of(scope)
    account = await site.ports.storage.accounts.get(state.account_id)
    if account is None or account.state not in _MAY_LOG_IN:
        return Stopped(message=_NOBODY)
    if state.mark != await mark_of(site, account):
        return Stopped(message=_STALE)
    try:
        factors = await factors_for(site, account)
    except Unauthenticated as error:
        return Stopped(message=f"{error.message} {error.hint}")
    by_name = {factor.name: factor for factor in factors}
    if values.get(FACTOR_FIELD) in by_name:
        return await _begin_factor(scope, state, factors, by_name[values[FACTOR_FIELD]], account)
    factor = by_name.get(state.factor)
    if factor is None:
        return Stopped(message=_STALE)
    given = {name: value for name, value in values.items() if name != FACTOR_FIELD}
    address = scope["state"]["client"]
    step = await _asked(factor.name, lambda: factor.resume(account, given, state.values, address))
    return await _follow(scope, state, step, factors, account)


async def _enter(scope: Scope, account: Account, next_path: str) -> LoggedIn:
    await log_in(scope, account)
    return LoggedIn(account=account, next=next_path)


def _seal_state(scope: Scope, state: _State, values: Mapping[str, str]) -> str:
    site = site_of(scope)
    expires_at = site.ports.clock.now() + _MILLISECONDS
    sealed = replace(state, values=dict(values))
    return seal(site.secret("login"), sealed, expires_at=expires_at, bound_to=anonymous_key(scope))


def _read_state(scope: Scope, text: str) -> _State | None:
    key = known_anonymous_key(scope)
    if not text or not key:
        return None
    site = site_of(scope)
    return unseal(site.secrets("login"), text, _State, now=site.ports.clock.now(), bound_to=key)
