"""Requests for streams: a page that has been opened listens from where it was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from litestar import Request, get
from litestar.params import FromPath

from microblog_core.domain.ids import parse_id
from microblog_core.http.scope import Receive, Scope, Send, header, query_of, site_of
from microblog_core.http.sessions import identify
from microblog_core.http.streams import stream_events
from microblog_core.services.notifications import count_unread
from microblog_web.live.hub import Hub, Reader
from microblog_web.live.timelines import Kind, check_reader, newer_than, timeline_of
from microblog_web.requests import Sendable, scope_of

if TYPE_CHECKING:
    from microblog_core.site import Site

_HUBS: WeakKeyDictionary[Site, Hub] = WeakKeyDictionary()


def hub_of(site: Site) -> Hub:
    """The hub of a site."""
    found = _HUBS.get(site)
    if found is None:
        found = _HUBS[site] = Hub(site)
    return found


@get("/live/{kind:str}")
async def listen(request: Request[Any, Any, Any], kind: FromPath[str]) -> Sendable:
    """Listen to a timeline of which there is one."""
    return await _answer(request, kind, "")


@get("/live/{kind:str}/{value:str}")
async def listen_to(request: Request[Any, Any, Any], kind: FromPath[str], value: FromPath[str]) -> Sendable:
    """Listen to a hashtag's, a list's or somebody's timeline, or to the home timeline since an id."""
    return await _answer(request, kind, value)


async def _answer(request: Request[Any, Any, Any], kind: str, value: str) -> Sendable:
    scope = scope_of(request)
    visitor = await identify(scope)
    seen = value if kind == Kind.HOME and parse_id(value) is not None else ""
    reader = Reader(visitor.actor, timeline_of(kind, "" if seen else value), visitor.token)
    await check_reader(site_of(scope).ports, reader.actor, reader.timeline)
    return _Stream(reader, seen)


class _Stream:
    """Server-sent events for one page: `post` and `gone` with the id of an entry, `unread` with a number.

    First comes what happened since the entry that the query names as `since`, since `seen`, or since the last
    event that a browser heard before its connection broke, whichever is the newest.
    """

    def __init__(self, reader: Reader, seen: str) -> None:
        self._reader = reader
        self._seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        site, reader = site_of(scope), self._reader
        hub, ports = hub_of(site), site.ports
        hub.join(reader)
        try:
            if reader.actor.id is not None:
                reader.tell_unread(await count_unread(ports, reader.actor))
            since = _since(scope, self._seen)
            if since is not None and reader.timeline.kind is not Kind.NONE:
                for entry in await newer_than(ports, reader.actor, reader.timeline, since):
                    reader.tell_post(entry.id)
            await stream_events(scope, receive, send, reader.feed)
        finally:
            hub.leave(reader)


def _since(scope: Scope, seen: str) -> int | None:
    """The newest entry that the page knows."""
    known = (header(scope, b"last-event-id"), query_of(scope).get("since", ""), seen)
    return max((number for text in known if (number := parse_id(text)) is not None), default=None)


HANDLERS = (listen, listen_to)
