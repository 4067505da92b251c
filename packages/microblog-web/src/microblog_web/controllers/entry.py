"""The way in and out: log in by any method that the site has, log out. Signing up is in `signing_up`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Forbidden, RateLimited
from microblog_core.http import csrf, login, sessions
from microblog_core.http.scope import query_of, site_of
from microblog_core.http.sessions import identify
from microblog_web.forms import read_form
from microblog_web.i18n import mark
from microblog_web.pages import Page
from microblog_web.requests import Sendable, answer_page, flash, scope_of, view_of
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PASSWORD = "password"
_STALE = mark("This page was open for too long, or cookies are off. Please send it again.")


@get("/login")
async def ask(request: Request[Any, Any, Any]) -> Sendable:
    """Begin with the first way to log in; links lead to the others. With `again` also for who is in."""
    scope = scope_of(request)
    query = query_of(scope)
    view = await view_of(scope)
    if view.me is not None and "again" not in query:
        return see_other(login.safe_next(query.get("next", "")))
    methods = site_of(scope).login_methods
    first = next((each for each in methods if each.name == PASSWORD), methods[0] if methods else None)
    if first is None:
        raise Forbidden("Nobody can log in here at the moment.")
    outcome = await login.begin(scope, first, next_path=query.get("next", ""))
    return await _followed(request, view, first.name, outcome, next_path=query.get("next", ""))


@get("/login/{name:str}")
async def begin(request: Request[Any, Any, Any], name: FromPath[str]) -> Sendable:
    """Begin with a way to log in, or come back to it from a provider's page with an answer in the query."""
    scope = scope_of(request)
    query = query_of(scope)
    method = login.method_named(site_of(scope), name)
    if login.came_back(scope):
        outcome = await login.resume(scope, method, query)
    else:
        outcome = await login.begin(scope, method, next_path=query.get("next", ""))
    view = await view_of(scope)
    return await _followed(request, view, name, outcome, next_path=query.get("next", ""))


@post("/login/{name:str}")
async def resume(request: Request[Any, Any, Any], name: FromPath[str]) -> Sendable:
    """Go on with what was typed."""
    scope = scope_of(request)
    values = await read_form(request)
    method = login.method_named(site_of(scope), name)
    next_path = login.safe_next(values.get("next", ""), "")
    try:
        await csrf.check(scope, values.get(csrf.FIELD, ""))
        state = values.get(login.STATE_FIELD, "")
        outcome = await login.resume(scope, method, _answers(values), state)
    except (csrf.Forged, RateLimited) as error:
        view = await view_of(scope)
        again = await login.begin(scope, method, next_path=next_path)
        message = view.translate(_STALE) if isinstance(error, csrf.Forged) else view.explain(error)
        return await _followed(
            request,
            view,
            name,
            again,
            next_path=next_path,
            values=values,
            message=message,
            status=error.status,
        )
    view = await view_of(scope)
    return await _followed(request, view, name, outcome, next_path=next_path, values=values)


@post("/logout")
async def leave(request: Request[Any, Any, Any]) -> Sendable:
    """End the session for good."""
    scope = scope_of(request)
    values = await read_form(request)
    await csrf.check(scope, values.get(csrf.FIELD, ""))
    view = await view_of(scope)
    await sessions.log_out(scope)
    flash(request, view.translate("You are logged out. See you soon."), "info")
    return see_other("/")


async def _followed(
    request: Request[Any, Any, Any],
    view: View,
    name: str,
    outcome: login.Outcome,
    *,
    next_path: str = "",
    values: Mapping[str, str] | None = None,
    message: str = "",
    status: int = 0,
) -> Sendable:
    """What a log-in method wants next, as an answer."""
    if isinstance(outcome, login.LoggedIn):
        return see_other(outcome.next)
    if isinstance(outcome, login.Go):
        return Answer(
            status=303, headers=((b"location", outcome.url.encode()), (b"cache-control", b"no-store"))
        )
    form = outcome.form if isinstance(outcome, login.Show) else None
    challenge = outcome.script if isinstance(outcome, login.Challenge) else None
    stopped = outcome.message if isinstance(outcome, login.Stopped) else ""
    asked = form or challenge
    error = message or stopped or (asked.error if asked is not None else "")
    second = isinstance(outcome, login.Show | login.Challenge) and outcome.second
    scope = scope_of(request)
    main = view.web.render(
        "web/login.html",
        view.locale,
        name=name,
        form=form,
        state=outcome.state if isinstance(outcome, login.Show | login.Challenge) else "",
        error=error,
        typed=values or {},
        challenge=challenge,
        csrf=(await identify(scope)).csrf,
        state_field=login.STATE_FIELD,
        mails=view.ports.mails,
        second=second,
        factors=outcome.others if isinstance(outcome, login.Show | login.Challenge) else (),
        factor_field=login.FACTOR_FIELD,
        next_path=login.safe_next(next_path, ""),
        others=[each for each in site_of(scope).login_methods if each.name != name and not second],
    )
    refused = 422 if error else 200
    return await answer_page(
        view,
        Page(title=view.translate("Log in"), main=main, active="login", newcomers=False),
        status or refused,
    )


def _answers(values: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in values.items() if name not in (csrf.FIELD, login.STATE_FIELD, "next")
    }


HANDLERS = (ask, begin, resume, leave)
