"""Requests for streams: who asks, what for, and by which way.

A stream that is refused when it is opened is an error as everywhere on the API; what an open WebSocket asks
for in vain is told on it, and it stays open.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec

from microblog_api import access, limits
from microblog_api.bearer import recognised, token_of
from microblog_api.decoding import Parameters, read_parameters
from microblog_api.decoding.bodies import read_form
from microblog_api.errors import InsufficientScope
from microblog_api.streaming.hub import Client, Hub
from microblog_api.streaming.messages import OPENING, THUMP, error_text
from microblog_api.streaming.names import LIST, NOTIFICATIONS, PREFIX, Asked, Stream, name_of, stream_of
from microblog_api.streaming.telling import TELLS
from microblog_core.domain.accounts import Identity
from microblog_core.domain.errors import Invalid, MicroblogError, NotFound, TooLarge, Unauthenticated
from microblog_core.domain.ids import parse_id
from microblog_core.http.errors import BadRequest, MethodNotAllowed
from microblog_core.http.scope import Receive, Scope, Send, base_url_of, site_of
from microblog_core.http.streams import stream_events, stream_messages
from microblog_core.services.lists import read_list

if TYPE_CHECKING:
    from microblog_core.site import Site

HEALTH = f"{PREFIX}/health"
STREAMS_MAX = 100
"""How many streams one WebSocket may listen to."""

_HEALTHY = b"OK"


class Said(msgspec.Struct, frozen=True):
    """What a client says over a WebSocket. Ids are numbers in some clients."""

    type: str = ""
    stream: str = ""
    tag: str | int = ""
    list: str | int = ""
    only_media: bool | str | int = False


_said_of = msgspec.json.Decoder(Said).decode


class Streaming:
    """The streams of all sites of an application. As an ASGI application it serves the paths that `serves`
    says are its own.
    """

    def __init__(self) -> None:
        self._hubs: dict[Site, Hub] = {}

    @staticmethod
    def serves(path: str) -> bool:
        """Whether this path is one of a stream."""
        return path.startswith(PREFIX) and path[len(PREFIX) : len(PREFIX) + 1] in ("", "/")

    def hub(self, site: Site) -> Hub:
        """The hub of a site."""
        found = self._hubs.get(site)
        if found is None:
            found = self._hubs[site] = Hub(site, TELLS)
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            await self._serve_messages(scope, receive, send)
        elif scope["method"] != "GET":
            raise MethodNotAllowed("Method not allowed", allow=("GET",))
        elif scope["path"].rstrip("/") == HEALTH:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"2")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": _HEALTHY})
        else:
            await self._serve_events(scope, receive, send)

    async def _serve_events(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = name_of(scope["path"])
        if name is None:
            raise NotFound
        caller = await access.caller_with(scope, token_of(scope, anywhere=True))
        # Mastodon.py sends the tag in a form, and that with GET.
        sent = await read_parameters({**scope, "method": "POST"}, receive)
        asked = sent.into(Asked)
        if name:
            asked = msgspec.structs.replace(asked, stream=name)
        stream, list_id = await _allowed(scope, caller, asked)
        hub, client = self.hub(site_of(scope)), _client(scope, caller, web_socket=False)
        hub.join(client)
        try:
            hub.subscribe(client, stream, list_id)
            await stream_events(scope, receive, send, client.feed, opening=OPENING, beat=THUMP)
        finally:
            hub.leave(client)

    async def _serve_messages(self, scope: Scope, receive: Receive, send: Send) -> None:
        if name_of(scope["path"]) != "":
            raise NotFound
        await limits.count_request(scope)
        token = token_of(scope, anywhere=True)
        caller = await access.caller_with(scope, token)
        hub, client = self.hub(site_of(scope)), _client(scope, caller, web_socket=True)
        socket = _Socket(scope, caller, hub, client)
        first = Parameters(read_form(scope["query_string"])).into(Asked)
        offered = scope.get("subprotocols") or ()
        await receive()
        hub.join(client)
        try:
            if first.stream:
                await socket.subscribe(first)
            subprotocol = token if token in offered else None
            await stream_messages(scope, receive, send, client.feed, socket.hear, subprotocol=subprotocol)
        finally:
            hub.leave(client)


class _Socket:
    """What one WebSocket asks for."""

    __slots__ = ("_caller", "_client", "_hub", "_scope")

    def __init__(self, scope: Scope, caller: access.Caller, hub: Hub, client: Client) -> None:
        self._scope = scope
        self._caller = caller
        self._hub = hub
        self._client = client

    async def hear(self, text: str) -> None:
        """Do what a message asks for, or say why not."""
        try:
            said = _said_of(text)
        except msgspec.MsgspecError:
            self._client.feed.put(error_text("This is no message in JSON", 400))
            return
        asked = Asked(said.stream, str(said.tag), str(said.list), said.only_media in (True, 1, "1", "true"))
        if said.type == "subscribe":
            await self.subscribe(asked)
        elif said.type == "unsubscribe":
            self._unsubscribe(asked)
        else:
            self._client.feed.put(error_text("Unknown message type", 400))

    async def subscribe(self, asked: Asked) -> None:
        """Listen to a stream, or say why not."""
        try:
            if len(self._client.streams) >= STREAMS_MAX:
                raise TooLarge(f"A connection has at most {STREAMS_MAX} streams")
            stream, list_id = await _allowed(self._scope, self._caller, asked)
            self._hub.subscribe(self._client, stream, list_id)
        except MicroblogError as error:
            text = error.message or "Record not found"
            self._client.feed.put(
                error_text(text, error.status, Stream(asked.stream, asked.tag or asked.list))
            )

    def _unsubscribe(self, asked: Asked) -> None:
        try:
            stream = stream_of(asked)
        except BadRequest as error:
            self._client.feed.put(error_text(error.message, error.status))
            return
        listener = self._client.streams.get((stream.name, stream.value))
        if listener is not None:
            self._hub.unsubscribe(listener)


async def _allowed(scope: Scope, caller: access.Caller, asked: Asked) -> tuple[Stream, int]:
    """The stream that is asked for, and the id of the list if it is one's.

    Raises `BadRequest`, `Invalid`, `NotFound` (the list is somebody else's), `Unauthenticated`,
    `InsufficientScope`.
    """
    stream = stream_of(asked)
    if stream.own and caller.anonymous:
        raise Unauthenticated(access.INVALID)
    if not caller.anonymous and stream.needs not in caller.scopes:
        raise InsufficientScope(access.OUTSIDE, scopes=(stream.needs,))
    if stream.own and caller.account is None:
        raise Invalid(access.NEEDS_USER)
    if stream.name != LIST:
        return stream, 0
    list_id = parse_id(stream.value)
    if list_id is None:
        raise NotFound("Record not found")
    return stream, (await read_list(site_of(scope).ports, caller.actor, list_id)).id


async def _still(scope: Scope, identity: Identity) -> bool:
    """Whether what a plugin's authenticator took is good still, and for the same person."""
    now = await recognised(scope, token_of(scope, anywhere=True) or "")
    return now is not None and now.account.id == identity.account.id


def _client(scope: Scope, caller: access.Caller, *, web_socket: bool) -> Client:
    return Client(
        base=base_url_of(scope),
        viewer=caller.actor.id,
        token=None if caller.token is None else caller.token.id,
        known=None if caller.identity is None else functools.partial(_still, scope, caller.identity),
        hears_notifications=NOTIFICATIONS in caller.scopes,
        web_socket=web_socket,
    )
