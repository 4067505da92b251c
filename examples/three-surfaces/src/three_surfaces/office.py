"""A surface on Django, at `/office`: asynchronous views in core's own event loop, templates, no models."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from microblog_core.contributions import AsgiApp, Rejection, Surface
from microblog_core.domain.errors import MicroblogError, NotFound
from microblog_core.domain.timelines import Page
from microblog_core.http import csrf
from microblog_core.http.errors import MethodNotAllowed, error_for
from microblog_core.http.pages import HTML
from microblog_core.http.scope import site_of
from microblog_core.http.sessions import Visitor, identify
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.services.timelines import read_public

TEMPLATES = Path(__file__).parent / "templates"


def view(*methods: str) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[Any]]]:
    """A view of core's: its visitor is known, forged forms are refused, and errors are drawn."""

    def around(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(function)
        async def answer(request: Any, **given: Any) -> Any:
            try:
                if request.method not in methods:
                    raise MethodNotAllowed("Not in this way.", hint="Use the page's form.", allow=methods)
                if request.method == "POST":
                    await csrf.check(request.scope, request.POST.get(csrf.FIELD, ""))
                return await function(request, await identify(request.scope), **given)
            except MicroblogError as error:
                return _response(render_error(request.scope, error_for(request.scope, error)))

        return answer

    return around


@view("GET")
async def desk(request: Any, visitor: Visitor) -> Any:
    """Who is here, what is new, and a form."""
    from django.shortcuts import render

    listing = await read_public(site_of(request.scope).ports, visitor.actor, Page(limit=5))
    token = visitor.csrf if visitor.account is not None else ""
    context = {"me": visitor.account, "token": token, "entries": listing.items}
    return render(request, "desk.html", context)


@view("POST")
async def write(request: Any, visitor: Visitor) -> Any:
    """Publish a post."""
    from django.http import HttpResponse

    command = PublishPost(text=request.POST.get("text", ""))
    await publish_post(site_of(request.scope).ports, visitor.actor, command)
    return HttpResponse(status=303, headers={"Location": "/office/"})


def missing(request: Any, exception: Exception) -> Any:
    """There is no view for this address."""
    error = NotFound("There is no such desk.", hint="Begin at /office/.")
    return _response(render_error(request.scope, error))


def render_error(scope: Mapping[str, Any], error: MicroblogError) -> Rejection:
    """A page of the office, also for what core refuses before Django has seen it."""
    from django.template.loader import render_to_string

    body = render_to_string("refused.html", {"error": error}).encode()
    return Rejection(status=error.status, headers=(HTML,), body=body)


def make_app(faces: Mapping[str, Any]) -> AsgiApp:
    """Django is set up once for the process; the site is in the scope of each request."""
    import django
    from django.conf import settings
    from django.core.handlers.asgi import ASGIHandler

    if not settings.configured:
        templates = {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [TEMPLATES]}
        settings.configure(
            ALLOWED_HOSTS=["*"],  # Core refuses hosts that are not the site's.
            ROOT_URLCONF="three_surfaces.office_urls",
            TEMPLATES=[templates],
            USE_TZ=True,
            TIME_ZONE="UTC",  # Django sets that of the whole process.
        )
        django.setup()
    return ASGIHandler()


def _response(drawn: Rejection) -> Any:
    from django.http import HttpResponse

    headers = {name.decode(): value.decode() for name, value in drawn.headers}
    return HttpResponse(drawn.body, status=drawn.status, headers=headers)


SURFACE = Surface(name="office", mounts=("/office",), make_app=make_app, render_error=render_error)
