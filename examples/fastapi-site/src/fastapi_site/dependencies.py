"""What core knows of a request, as FastAPI's dependencies."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from microblog_core.domain.timelines import Page, page_from
from microblog_core.http import csrf, sessions
from microblog_core.http.scope import site_of
from microblog_core.ports.context import Ports
from microblog_core.site import Site


def find_site(request: Request) -> Site:
    """The site of the request."""
    return site_of(request.scope)


def find_ports(request: Request) -> Ports:
    """The site as its use cases see it."""
    return site_of(request.scope).ports


async def recognise(request: Request) -> sessions.Visitor:
    """Who asks; nobody's account is None."""
    return await sessions.identify(request.scope)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form that one of our pages sent. Raises `Forged` for any other."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    await csrf.check(request.scope, form.get(csrf.FIELD, ""))
    return form


def asked_page(max_id: str = "") -> Page:
    """Which part of a listing the address asks for. Raises `Invalid`."""
    return page_from(max_id=max_id)


TheSite = Annotated[Site, Depends(find_site)]
ThePorts = Annotated[Ports, Depends(find_ports)]
TheVisitor = Annotated[sessions.Visitor, Depends(recognise)]
TheForm = Annotated[dict[str, str], Depends(read_form)]
ThePage = Annotated[Page, Depends(asked_page)]
