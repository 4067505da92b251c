"""A surface on Starlette, at `/board`: the newest posts as JSON, and a way to add one.

Its errors are problem details (RFC 9457), whether Starlette meets them or core.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from microblog_core.contributions import Rejection, Surface
from microblog_core.domain.errors import Invalid, MicroblogError
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Page
from microblog_core.http import csrf
from microblog_core.http.errors import error_for
from microblog_core.http.scope import site_of
from microblog_core.http.sessions import identify
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.services.timelines import read_public

log = logging.getLogger("microblog.surfaces.board")


class NewPost(msgspec.Struct, forbid_unknown_fields=True):
    """What is sent to publish something."""

    text: str


async def newest(request: Request) -> Response:
    """The newest public posts, and how many requests this process has seen."""
    request.state.seen.append(request.url.path)
    visitor = await identify(request.scope)
    listing = await read_public(site_of(request.scope).ports, visitor.actor, Page())
    return JSONResponse({"seen": len(request.state.seen), "posts": [_shown(each) for each in listing.items]})


async def me(request: Request) -> Response:
    """Who asks, and the token that their changes need in the header field `X-CSRF-Token`."""
    visitor = await identify(request.scope)
    name = visitor.account.username if visitor.account is not None else None
    return JSONResponse({"username": name, "token": visitor.csrf})


async def publish(request: Request) -> Response:
    """Publish a post."""
    await csrf.check(request.scope)
    try:
        new = msgspec.json.decode(await request.body(), type=NewPost)
    except msgspec.DecodeError as error:
        raise Invalid(str(error), hint='Send {"text": "..."}.') from None
    visitor = await identify(request.scope)
    entry = await publish_post(site_of(request.scope).ports, visitor.actor, PublishPost(text=new.text))
    return JSONResponse(_shown(entry), 201)


def _shown(entry: Entry) -> dict[str, str]:
    return {"id": str(entry.post.id), "by": entry.author.username, "text": entry.post.text}


def render_error(scope: Mapping[str, Any], error: MicroblogError) -> Rejection:
    """A problem document."""
    problem = {"status": error.status, "title": error.message, "detail": error.hint, "code": error.code}
    headers = ((b"content-type", b"application/problem+json"),)
    return Rejection(status=error.status, headers=headers, body=msgspec.json.encode(problem))


async def explain(request: Request, error: Exception) -> Response:
    """The same for what Starlette or a use case refuses."""
    if isinstance(error, HTTPException):
        problem = MicroblogError(error.detail)
        problem.status, problem.code = error.status_code, "http"
    else:
        problem = error_for(request.scope, error)
    drawn = render_error(request.scope, problem)
    return Response(drawn.body, drawn.status, {key.decode(): value.decode() for key, value in drawn.headers})


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
    """What this surface keeps while it runs; the site opens before it and closes after it."""
    log.info("the board opens")
    yield {"seen": []}
    log.info("the board closes")


def make_app(faces: Mapping[str, Any]) -> Starlette:
    """Surfaces get the whole path, so their routes begin with their prefix."""
    routes = [Route("/", newest), Route("/me", me), Route("/posts", publish, methods=["POST"])]
    return Starlette(
        routes=[Mount("/board", routes=routes)],
        lifespan=lifespan,
        exception_handlers={MicroblogError: explain, HTTPException: explain},
    )


SURFACE = Surface(
    name="board", mounts=("/board",), make_app=make_app, render_error=render_error, body_limit=4096
)
