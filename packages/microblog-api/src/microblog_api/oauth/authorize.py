"""The authorization endpoint: somebody is asked whether an application may do what it asks for.

A request that names no known client, or an address that it did not register, is answered by a page and never
by a redirect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlencode

from litestar import get, post

from microblog_api.oauth.answers import (
    Answer,
    Asked,
    answered,
    back_to_application,
    no_way_back,
    page_that_leads_away,
    person_of,
    scope_of,
    see_other,
)
from microblog_api.oauth.forms import parameters, texts
from microblog_api.oauth.login import login_address
from microblog_api.oauth.protocol import Loaded, OAuthError, Wish, check_wish
from microblog_core.domain.applications import OUT_OF_BAND, SCOPES
from microblog_core.domain.errors import Invalid
from microblog_core.http import csrf, login
from microblog_core.http.scope import Scope, site_of
from microblog_core.http.sessions import Visitor
from microblog_core.ports.auth import Button, FormPage, Line
from microblog_core.services.applications import Authorise, authorise, find_application

PATH = "/oauth/authorize"
DECISION, DENY = "decision", "deny"

_ASKED = ("response_type client_id redirect_uri scope state code_challenge code_challenge_method").split()
_YES = frozenset({"1", "true", "t", "on", "yes"})


@get(PATH)
async def ask(request: Asked) -> Answer:
    """The page that asks, or the way to the log-in page and back here."""
    return await answered(request, _ask)


@post(PATH, status_code=200)
async def decide(request: Asked) -> Answer:
    """What they decided."""
    return await answered(request, _decide)


async def _ask(request: Asked) -> Answer:
    scope = scope_of(request)
    query = parse_qs(request.scope["query_string"].decode("latin-1"))
    wish = await _checked(scope, query)
    if not isinstance(wish, Wish):
        return wish
    person = await person_of(scope)
    again = query.get("force_login", [""])[0].lower() in _YES
    if person is None or again:
        return _log_in_first({name: query[name][0] for name in _ASKED if name in query})
    return _consent(scope, wish, person, query)


async def _decide(request: Asked) -> Answer:
    scope = scope_of(request)
    values = texts(await parameters(request))
    await csrf.check(scope, values.get(csrf.FIELD, ""))
    wish = await _checked(scope, {name: [values[name]] for name in _ASKED if name in values})
    if not isinstance(wish, Wish):
        return wish
    person = await person_of(scope)
    if person is None:
        return _log_in_first({name: values[name] for name in _ASKED if name in values})
    if values.get(DECISION) == DENY:
        return back_to_application(
            scope,
            wish.redirect_uri,
            error="access_denied",
            error_description="The person did not allow it.",
            state=wish.state,
        )
    command = Authorise(
        application=wish.application,
        redirect_uri=wish.redirect_uri,
        scopes=wish.scopes,
        code_challenge=wish.code_challenge,
    )
    code = await authorise(site_of(scope).ports, person.actor, command)
    return back_to_application(scope, wish.redirect_uri, code=code, state=wish.state)


def _log_in_first(asked: Mapping[str, str]) -> Answer:
    """To the log-in page and back here. Raises `Invalid` for a request that is too long for the way."""
    here = f"{PATH}?{urlencode(asked)}"
    if not login.safe_next(here, ""):
        raise Invalid("The application asks in too many letters.", hint="Log in on this site, and try again.")
    return see_other(login_address(here))


async def _checked(scope: Scope, given: Mapping[str, Sequence[str]]) -> Wish | Answer:
    client_id = next(iter(given.get("client_id", ())), "")
    application = await find_application(site_of(scope).ports, client_id)
    try:
        return check_wish(given, Loaded(application=application))
    except OAuthError as error:
        if not error.redirect_uri:
            return no_way_back(scope, error)
        return back_to_application(
            scope,
            error.redirect_uri,
            error=error.error,
            error_description=error.description,
            state=error.state,
        )


def _consent(scope: Scope, wish: Wish, person: Visitor, query: Mapping[str, Sequence[str]]) -> Answer:
    application, account = wish.application, person.account
    assert account is not None
    offered: Mapping[str, str] = scope["state"].get("offered_scopes", SCOPES)
    named = f"{application.name} ({application.website})" if application.website else application.name
    asked = {name: query[name][0] for name in _ASKED if name in query}
    shown = FormPage(
        title=f"Let {application.name} in?",
        action=PATH,
        intro=f"{named} asks for access to your account @{account.acct}. It wants to:",
        lines=[
            *(Line(text=offered.get(name, name), note=name) for name in wish.scopes),
            _destination(wish.redirect_uri),
        ],
        fields=(),
        submit="Allow",
        others=(Button(label="Deny", name=DECISION, value=DENY),),
        hidden={**asked, csrf.FIELD: person.csrf},
        links=((f"You are not @{account.acct}? Log in again", login_address(f"{PATH}?{urlencode(asked)}")),),
    )
    return page_that_leads_away(scope, site_of(scope).page_renderer.form(shown))


def _destination(redirect_uri: str) -> Line:
    """Where an answer leads, in words: people should see when that is not where they came from."""
    if redirect_uri == OUT_OF_BAND:
        return Line(text="Afterwards you are shown a code to copy")
    scheme, _, rest = redirect_uri.partition(":")
    if scheme in ("http", "https"):
        host = rest.removeprefix("//").partition("/")[0].partition("?")[0]
        return Line(text=f"Afterwards you are sent to {host}")
    return Line(text=f"Afterwards the app for {scheme}: is opened")


HANDLERS = (ask, decide)
