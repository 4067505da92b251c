"""The applications that somebody let into their account, each with a button that ends it."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from litestar import get, post

from microblog_api.oauth.answers import Answer, Asked, answered, page, person_of, scope_of, see_other
from microblog_api.oauth.forms import parameters, texts
from microblog_api.oauth.login import login_address
from microblog_core.domain.applications import Authorisation
from microblog_core.domain.errors import NotFound
from microblog_core.domain.ids import parse_id
from microblog_core.domain.timelines import page_from
from microblog_core.http import csrf
from microblog_core.http.scope import query_of, site_of
from microblog_core.ports.auth import Button, FormPage, Line
from microblog_core.services.applications import RevokeApplication, list_authorised, revoke_authorised

PATH = "/oauth/authorized_applications"
SHOWN = 40
FIELD = "application_id"


@get(PATH)
async def ask(request: Asked) -> Answer:
    """The list, newest first."""
    return await answered(request, _list)


@post(PATH, status_code=200)
async def end(request: Asked) -> Answer:
    """End one."""
    return await answered(request, _end)


async def _list(request: Asked) -> Answer:
    scope = scope_of(request)
    person = await person_of(scope)
    if person is None:
        return see_other(login_address(PATH))
    wanted = page_from(limit=SHOWN, max_id=query_of(scope).get("max_id", ""))
    found = await list_authorised(site_of(scope).ports, person.actor, wanted)
    links = [("Back to the site", "/")]
    if found.older is not None:
        links.insert(0, ("Older ones", f"{PATH}?{urlencode({'max_id': found.older})}"))
    shown = FormPage(
        title="Applications with access to your account",
        action=PATH,
        intro="End those that you don't know or no longer use."
        if found.items
        else "No application has access to your account.",
        lines=[_line(each) for each in found.items],
        fields=(),
        submit="",
        hidden={csrf.FIELD: person.csrf},
        links=links,
    )
    return page(site_of(scope).page_renderer.form(shown))


def _line(each: Authorisation) -> Line:
    application = each.application
    named = f"{application.name} ({application.website})" if application.website else application.name
    return Line(
        text=named,
        note=f"{' '.join(each.scopes)} · since {_day(each.first_at)}, last allowed {_day(each.last_at)}",
        button=Button(label="End access", name=FIELD, value=str(application.id)),
    )


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


async def _end(request: Asked) -> Answer:
    scope = scope_of(request)
    values = texts(await parameters(request))
    await csrf.check(scope, values.get(csrf.FIELD, ""))
    person = await person_of(scope)
    if person is None:
        return see_other(login_address(PATH))
    application_id = parse_id(values.get(FIELD, ""))
    if application_id is None:
        raise NotFound("There is no such application.")
    command = RevokeApplication(application_id=application_id)
    await revoke_authorised(site_of(scope).ports, person.actor, command)
    return see_other(PATH)


HANDLERS = (ask, end)
