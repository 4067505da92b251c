"""Endpoints as declarations: method and path, who may call, what goes in and what comes out.

A resource is a function `(call, parameters) -> entity`, marked with `get`, `post`, `put`, `patch` or
`delete`. Who may call it, what is decoded and how the answer is written is done here, once, for all of them;
the documentation is made from the same declarations. An endpoint answers as plain ASGI.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import msgspec

from microblog_api import access
from microblog_api.decoding import Parameters, read_parameters
from microblog_api.entities import Status
from microblog_api.fields import KEY as FIELDS
from microblog_api.paging import link_header, page_of
from microblog_api.presenters import Presenter
from microblog_api.status_json import kept_for
from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.ids import parse_id
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import Entry
from microblog_core.domain.site_texts import SiteFace
from microblog_core.domain.timelines import Listing, Page
from microblog_core.http.errors import MethodNotAllowed
from microblog_core.http.kept import KeptPage
from microblog_core.http.scope import Receive, Scope, Send, base_url_of, site_of
from microblog_core.services.filtering import apply_filters
from microblog_core.services.link_previews import posts_in, read_link_previews
from microblog_core.services.site_texts import read_face
from microblog_core.services.timelines import tags_of

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
_KEPT_PATH = 200
_KEPT_QUERY = re.compile(
    rb"(?:&?(?:limit=[1-9][0-9]?|(?:max_id|min_id|since_id)=[1-9][0-9]{0,18}|local=true))+"
)
"""What clients send when they page; answers to everything else are not worth their place."""


def _has_open_poll(entry: Entry, now: int) -> bool:
    if entry.poll is not None and not entry.poll.has_ended(now):
        return True
    return entry.quoted is not None and _has_open_poll(entry.quoted, now)


class Call:
    """One request: who asks, and what a resource needs to answer."""

    __slots__ = ("caller", "face", "headers", "present", "scope", "sent", "site", "status", "tags")

    def __init__(self, scope: Scope, caller: access.Caller, sent: Parameters, face: SiteFace) -> None:
        self.scope = scope
        self.site: Site = site_of(scope)
        self.caller = caller
        self.sent = sent
        ports = self.site.ports
        base = base_url_of(scope)
        self.face = face
        emojis, now = face.emojis, ports.clock.now()
        kept = kept_for(self.site, base, emojis.version)
        self.present = Presenter(base, caller.actor.id, now, ports.blobs.url, kept, emojis)
        self.status = 200
        self.headers: list[tuple[bytes, bytes]] = []
        self.tags: set[str] | None = None

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

    def keep(self, entries: Sequence[Entry], *tags: str) -> None:
        """Let the answer be kept for anonymous readers until something of what it shows changes. What a poll
        shows changes by itself, when it ends.
        """
        now = self.ports.clock.now()
        if not any(_has_open_poll(entry, now) for entry in entries):
            self.tags = {*tags, *tags_of(entries), "site"}

    async def statuses(self, listing: Listing[Entry], context: FilterContext) -> list[Status]:
        """A page of posts as the caller's filters leave it. `Link` is of the page as it was read: where all
        of it is hidden, what is older is still found.
        """
        self.linked(listing)
        shown = await apply_filters(self.ports, self.actor, listing, context)
        self.present.previews = await read_link_previews(self.ports, posts_in(shown.items))
        if FIELDS in self.scope["state"]:
            return self.present.statuses(shown.items)
        # What is declared is what goes out: the encoder takes ready JSON for the structs that it stands for.
        return cast("list[Status]", self.present.written(shown.items))


class Endpoint:
    """A declared endpoint. `needs` names scopes of which the token needs one; `takes` is the struct of its
    parameters, `gives` the type of its answer, `pages` how a listing is read, and `answers` are the statuses
    of answers that are no errors. What says `keeps` calls `Call.keep`.
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
        keeps: bool = False,
    ) -> None:
        self.method = method
        self.path = path
        self.run = run
        self.who = who
        self.needs = needs
        self.pages = pages
        self.answers = answers
        self.keeps = keeps
        hints = typing.get_type_hints(run)
        self.gives = hints.pop("return")
        given = hints["given"]
        self.takes: type[msgspec.Struct] | None = None if given is type(None) else given
        self.summary = (run.__doc__ or "").strip()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as an ASGI application."""
        caller = await self._caller(scope)
        if caller.anonymous and self.who == "anybody" and scope["method"] == "GET":
            await (await self._shared(scope, receive, caller)).send(scope, send)
            return
        call, body = await self._answer(scope, receive, caller)
        headers = [_JSON, (b"content-length", b"%d" % len(body)), *call.headers]
        await send({"type": "http.response.start", "status": call.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive, caller: access.Caller) -> tuple[Call, bytes]:
        sent = await read_parameters(scope, receive)
        call = Call(scope, caller, sent, await read_face(site_of(scope).ports))
        given = None if self.takes is None else sent.into(self.takes)
        answer = await self.run(call, given)
        if linked := call.present.linked:
            found = await read_link_previews(call.ports, [post for post, _ in linked])
            call.present.put_previews(found)
        if (fields := scope["state"].get(FIELDS)) is not None:
            answer = await fields.fill(call.site, call.actor, answer)
        return call, _encode(answer)

    async def _shared(self, scope: Scope, receive: Receive, caller: access.Caller) -> KeptPage:
        """The answer for everybody who shows no token."""

        async def make() -> tuple[KeptPage, set[str] | None]:
            call, body = await self._answer(scope, receive, caller)
            page = KeptPage(
                body,
                content_type=_JSON[1],
                vary=b"accept-encoding, authorization",
                fields=tuple(call.headers),
            )
            return page, call.tags

        path, query = scope["path"], scope["query_string"]
        worth_it = len(path) <= _KEPT_PATH and (not query or _KEPT_QUERY.fullmatch(query) is not None)
        # What plugins add may depend on anything.
        if not self.keeps or not worth_it or FIELDS in scope["state"]:
            return (await make())[0]
        site, base = site_of(scope), base_url_of(scope)
        key = f"api:{base}{path}?{query.decode()}"
        kept = site.ports.cache.get(key)
        if isinstance(kept, KeptPage):
            return kept
        return await kept_for(site, base).pages.get_or_make(site.ports.cache, key, make)

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
        keeps: bool = False,
    ) -> Callable[[Run], Endpoint]:
        return lambda run: Endpoint(
            method, path, run, who=who, needs=needs, pages=pages, answers=answers, keeps=keeps
        )

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
        scope["path_template"] = next(iter(methods.values())).path
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
