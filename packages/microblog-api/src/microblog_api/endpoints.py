"""Endpoints as declarations: method and path, who may call, what goes in and what comes out.

A resource is a function `(call, parameters) -> entity`, marked with `get`, `post`, `put`, `patch` or
`delete`. Who may call it, what is decoded and how the answer is written is done here, once, for all of them;
the documentation is made from the same declarations. An endpoint answers as plain ASGI.
"""

from __future__ import annotations

import typing
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from microblog_api import access
from microblog_api.decoding import Parameters, read_parameters
from microblog_api.entities import Status
from microblog_api.fields import KEY as FIELDS
from microblog_api.paging import link_header, page_of
from microblog_api.presenters import Presenter
from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.ids import parse_id
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Listing, Page
from microblog_core.http.errors import MethodNotAllowed
from microblog_core.http.kept import KeptPage
from microblog_core.http.scope import Receive, Scope, Send, base_url_of, site_of
from microblog_core.services.filtering import apply_filters

if TYPE_CHECKING:
    from microblog_core.ports.context import Ports
    from microblog_core.site import Site

T = TypeVar("T")
Who = Literal["anybody", "app", "user"]
"""Who may call: anybody (a token is looked at where there is one), any application, or somebody logged in."""
Pages = Literal["", "cursor", "offset", "limit"]
"""How a listing is read: by ids and `Link`, by offset and `Link`, or only with a limit."""

_encode = msgspec.json.Encoder().encode
_JSON = (b"content-type", b"application/json")


class Call:
    """One request: who asks, and what a resource needs to answer."""

    __slots__ = ("caller", "headers", "present", "scope", "sent", "site", "status")

    def __init__(self, scope: Scope, caller: access.Caller, sent: Parameters) -> None:
        self.scope = scope
        self.site: Site = site_of(scope)
        self.caller = caller
        self.sent = sent
        ports = self.site.ports
        self.present = Presenter(base_url_of(scope), caller.actor.id, ports.clock.now(), ports.blobs.url)
        self.status = 200
        self.headers: list[tuple[bytes, bytes]] = []

    @property
    def ports(self) -> Ports:
        """What use cases need."""
        return self.site.ports

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.caller.actor

    @property
    def me(self) -> Account:
        """The account that asks. Raises `Unauthenticated`."""
        return require_account(self.caller.actor)

    def id(self, name: str = "id") -> int:
        """An id in the path. Raises `NotFound` for what can't be one."""
        found = parse_id(self.path(name))
        if found is None:
            raise NotFound
        return found

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.scope["path_params"][name])

    def page(self, default: int = 20, most: int = 40) -> Page:
        """Which part of a listing is wanted."""
        return page_of(self.sent, default=default, most=most)

    def linked(self, listing: Listing[T]) -> Sequence[T]:
        """The items of a page, whose neighbours the answer's `Link` names."""
        header = link_header(self.scope, listing)
        if header:
            self.headers.append((b"link", header.encode()))
        return listing.items

    def linked_by(self, listing: Listing[T], cursor: Callable[[T], int]) -> None:
        """The same where a listing pages by something else than its items' own ids."""
        first = cursor(listing.items[0]) if listing.items else None
        header = link_header(self.scope, listing, first)
        if header:
            self.headers.append((b"link", header.encode()))

    async def statuses(self, listing: Listing[Entry], context: FilterContext) -> list[Status]:
        """A page of posts as the caller's filters leave it. `Link` is of the page as it was read: where all
        of it is hidden, what is older is still found.
        """
        self.linked(listing)
        return self.present.statuses((await apply_filters(self.ports, self.actor, listing, context)).items)


class Endpoint:
    """A declared endpoint. `needs` names scopes of which the token needs one; `takes` is the struct of its
    parameters, `gives` the type of its answer, `pages` how a listing is read, and `answers` are the statuses
    of answers that are no errors.
    """

    def __init__(
        self,
        method: str,
        path: str,
        run: Callable[[Call, Any], Awaitable[Any]],
        *,
        who: Who,
        needs: str,
        pages: Pages = "",
        answers: tuple[int, ...] = (200,),
    ) -> None:
        self.method = method
        self.path = path
        self.run = run
        self.who = who
        self.needs = needs
        self.pages = pages
        self.answers = answers
        hints = typing.get_type_hints(run)
        self.gives = hints.pop("return")
        given = hints["given"]
        self.takes: type[msgspec.Struct] | None = None if given is type(None) else given
        self.summary = (run.__doc__ or "").strip()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as an ASGI application."""
        caller = await self._caller(scope)
        sent = await read_parameters(scope, receive)
        call = Call(scope, caller, sent)
        given = None if self.takes is None else sent.into(self.takes)
        answer = await self.run(call, given)
        if (fields := scope["state"].get(FIELDS)) is not None:
            answer = await fields.fill(call.site, call.actor, answer)
        body = _encode(answer)
        if self.who == "anybody" and caller.token is None and scope["method"] == "GET":
            await KeptPage(body, content_type=_JSON[1], vary=b"accept-encoding, authorization").send(
                scope, send, call.headers
            )
            return
        headers = [_JSON, (b"content-length", b"%d" % len(body)), *call.headers]
        await send({"type": "http.response.start", "status": call.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _caller(self, scope: Scope) -> access.Caller:
        needs = self.needs.split()
        if self.who == "user":
            return await access.require_user(scope, *needs)
        if self.who == "app":
            return await access.require_app(scope, *needs)
        return await access.optional_user(scope, *needs)


Run = TypeVar("Run", bound=Callable[[Call, Any], Awaitable[Any]])


def _marker(method: str) -> Callable[..., Callable[[Run], Endpoint]]:
    def mark(
        path: str,
        *,
        who: Who = "user",
        needs: str = "",
        pages: Pages = "",
        answers: tuple[int, ...] = (200,),
    ) -> Callable[[Run], Endpoint]:
        return lambda run: Endpoint(method, path, run, who=who, needs=needs, pages=pages, answers=answers)

    return mark


get, post, put, patch, delete = map(_marker, ("GET", "POST", "PUT", "PATCH", "DELETE"))


class Routes:
    """Finds endpoints by path. A part in braces stands for any one part of a path; a path without any is
    found first. Litestar takes milliseconds to prepare each handler, too long for all of these together.
    """

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._plain: dict[str, dict[str, Endpoint]] = {}
        self._patterns: dict[int, list[tuple[tuple[str, ...], dict[str, Endpoint]]]] = {}
        by_path: dict[str, dict[str, Endpoint]] = {}
        for endpoint in endpoints:
            by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
        for path, methods in by_path.items():
            if "{" in path:
                parts = tuple(path.split("/"))
                self._patterns.setdefault(len(parts), []).append((parts, methods))
            else:
                self._plain[path] = methods

    def find(self, path: str) -> tuple[dict[str, Endpoint], dict[str, str]] | None:
        """The endpoints of a path by method, and what stands in it for the parts in braces."""
        path = path.rstrip("/")
        if (methods := self._plain.get(path)) is not None:
            return methods, {}
        given = path.split("/")
        for parts, methods in self._patterns.get(len(given), ()):
            values: dict[str, str] = {}
            for part, value in zip(parts, given, strict=True):
                if part.startswith("{") and value:
                    values[part[1:].partition(":")[0]] = value
                elif part != value:
                    break
            else:
                return methods, values
        return None

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Serve a request, if there is an endpoint at its path. Raises `MethodNotAllowed`."""
        found = self.find(scope["path"])
        if found is None:
            return False
        methods, scope["path_params"] = found
        endpoint = methods.get(scope["method"])
        if endpoint is not None:
            await endpoint(scope, receive, send)
            return True
        allowed = tuple(sorted({*methods, "OPTIONS", *(("HEAD",) if "GET" in methods else ())}))
        if scope["method"] != "OPTIONS":
            raise MethodNotAllowed("Method not allowed", allow=allowed)
        headers = [(b"allow", ", ".join(allowed).encode())]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return True
