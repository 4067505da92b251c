"""The log-in pages of the authorization server, the same with a website and without one.

What a way to log in wants is decided by its method (`ports.auth.LoginMethod`), driven by `http.login`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from litestar import get, post
from litestar.params import FromPath

from microblog_api.oauth.answers import Answer, Asked, answered, page, scope_of, see_other
from microblog_api.oauth.forms import parameters, texts
from microblog_core.domain.errors import Forbidden, RateLimited
from microblog_core.http import csrf, login
from microblog_core.http.scope import Scope, query_of, site_of
from microblog_core.http.sessions import identify
from microblog_core.ports.auth import Button, Form, FormPage, Script

PATH = "/oauth/login"
AFTERWARDS = "/oauth/authorized_applications"
NEXT = "next"

_FIRST = "password"
_OURS = (csrf.FIELD, login.STATE_FIELD, NEXT)


def login_address(next_path: str, name: str = "") -> str:
    """The log-in page that leads on to a path of this site, by this method."""
    return f"{PATH}{'/' + name if name else ''}?{urlencode({NEXT: next_path})}"


@get(PATH)
async def ask(request: Asked) -> Answer:
    """Begin with the first way to log in; links lead to the others."""

    async def work(request: Asked) -> Answer:
        methods = site_of(scope_of(request)).login_methods
        names = [method.name for method in methods]
        if not names:
            raise Forbidden("Nobody can log in here at the moment.")
        return await _begin(scope_of(request), _FIRST if _FIRST in names else names[0])

    return await answered(request, work)


@get(PATH + "/{name:str}")
async def begin(request: Asked, name: FromPath[str]) -> Answer:
    """Begin with a way to log in, or come back to it from a provider's page with an answer in the query."""

    async def work(request: Asked) -> Answer:
        scope = scope_of(request)
        query = query_of(scope)
        if login.came_back(scope):
            method = login.method_named(site_of(scope), name)
            return await _followed(scope, name, await login.resume(scope, method, query), query)
        return await _begin(scope, name)

    return await answered(request, work)


@post(PATH + "/{name:str}", status_code=200)
async def resume(request: Asked, name: FromPath[str]) -> Answer:
    """Go on with what was typed."""

    async def work(request: Asked) -> Answer:
        scope = scope_of(request)
        values = texts(await parameters(request))
        method = login.method_named(site_of(scope), name)
        try:
            await csrf.check(scope, values.get(csrf.FIELD, ""))
            typed = {key: value for key, value in values.items() if key not in _OURS}
            outcome = await login.resume(scope, method, typed, values.get(login.STATE_FIELD, ""))
        except (csrf.Forged, RateLimited) as error:
            again = await login.begin(scope, method, next_path=_next(values))
            message = f"{error.message} {error.hint}".strip()
            return await _followed(scope, name, again, values, message=message, status=error.status)
        return await _followed(scope, name, outcome, values)

    return await answered(request, work)


async def _begin(scope: Scope, name: str) -> Answer:
    query = query_of(scope)
    method = login.method_named(site_of(scope), name)
    return await _followed(scope, name, await login.begin(scope, method, next_path=_next(query)), query)


def _next(values: Mapping[str, str]) -> str:
    """Where to go afterwards, if that is safe."""
    return login.safe_next(values.get(NEXT, ""), AFTERWARDS)


async def _followed(
    scope: Scope,
    name: str,
    outcome: login.Outcome,
    values: Mapping[str, str],
    *,
    message: str = "",
    status: int = 0,
) -> Answer:
    """What a log-in method wants next, as an answer."""
    if isinstance(outcome, login.LoggedIn):
        return see_other(outcome.next)
    if isinstance(outcome, login.Go):
        return see_other(outcome.url)
    site = site_of(scope)
    next_path = _next(values)
    second = isinstance(outcome, login.Show | login.Challenge) and outcome.second
    links = [
        (method.label, login_address(next_path, method.name))
        for method in site.login_methods
        if method.name != name and not second
    ]
    if second:
        links.append(("Begin again", login_address(next_path)))
    others: tuple[Button, ...] = ()
    if isinstance(outcome, login.Show | login.Challenge):
        others = tuple(
            Button(label=label, name=login.FACTOR_FIELD, value=factor) for factor, label in outcome.others
        )
    if isinstance(outcome, login.Stopped):
        links.insert(0, ("Begin again", login_address(next_path)))
        return page(site.page_renderer.message("Log in", message or outcome.message, links), status or 422)
    asked = outcome.form if isinstance(outcome, login.Show) else outcome.script
    challenge = asked if isinstance(asked, Script) else None
    error = message or asked.error
    shown = FormPage(
        title=asked.title or "Log in",
        action=f"{PATH}/{name}",
        fields=asked.fields if isinstance(asked, Form) else (),
        submit=asked.submit,
        hidden={
            csrf.FIELD: (await identify(scope)).csrf,
            login.STATE_FIELD: outcome.state,
            NEXT: next_path,
        },
        intro=challenge.intro if challenge is not None else "",
        error=error,
        links=links,
        others=others,
        challenge=challenge.challenge if challenge is not None else "",
    )
    return page(site.page_renderer.form(shown), status or (422 if error else 200))


HANDLERS = (ask, begin, resume)
