"""The streams, which are no endpoints: what happens, told as it happens
(https://docs.joinmastodon.org/methods/streaming/).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from microblog_api.openapi import shared
from microblog_api.openapi.schemas import Schema
from microblog_api.streaming.answering import HEALTH
from microblog_api.streaming.names import HASHTAG, LIST, PREFIX, STREAMS, Asked, stream_of

TAG = "streaming"
ABOUT = "What happens, told as it happens (https://docs.joinmastodon.org/methods/streaming/)."

_EVENTS = (
    "Server-sent events: `update`, `status.update`, `delete`, `notification`, `conversation`,"
    " `filters_changed`, `announcement`, `announcement.delete`. Data is an entity in JSON, or an id. Lines"
    " that begin with a colon keep the connection open."
)
_SHARED = (
    "Over a WebSocket at this address clients subscribe to any number of streams"
    ' (`{"type": "subscribe", "stream": "user"}`), and `payload` of a message is a text of JSON. A token may'
    " be sent in the header field, as `access_token` in the query, or as the WebSocket's subprotocol."
)
_TOKEN: Schema = {
    "name": "access_token",
    "in": "query",
    "schema": {"type": "string"},
    "description": "Where a browser can send no header fields.",
}


def _parameter(name: str, description: str, *, required: bool) -> Schema:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "schema": {"type": "string"},
        "description": description,
    }


def _stream(name: str) -> Schema:
    stream = stream_of(Asked(stream=name, tag="x", list="1"))
    parameters: list[Schema] = [_TOKEN]
    if name.startswith(HASHTAG):
        parameters.append(_parameter("tag", "The hashtag.", required=True))
    if name == LIST:
        parameters.append(_parameter("list", "The id of an own list.", required=True))
    return _operation(
        f"stream_{name.replace(':', '_')}",
        f"Listen to the stream {name}",
        _EVENTS,
        parameters,
        shared.security([stream.needs], anybody=not stream.own),
    )


def _operation(
    name: str, summary: str, text: str, parameters: list[Schema], security: list[dict[str, list[str]]]
) -> Schema:
    return {
        "operationId": f"streaming_{name}",
        "tags": [TAG],
        "summary": summary,
        "description": text,
        "security": security,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "The stream, until one side ends it.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            **shared.errors((400, 401, 403, 404, 429, 503)),
        },
    }


def _operations() -> dict[str, dict[str, Any]]:
    names = sorted(STREAMS)
    any_stream = _operation(
        "any",
        "Listen to a stream by its name, or to several over a WebSocket",
        f"{_EVENTS}\n\n{_SHARED}",
        [
            _TOKEN,
            {"name": "stream", "in": "query", "required": True, "schema": {"type": "string", "enum": names}},
            _parameter("tag", "The hashtag, for its stream.", required=False),
            _parameter("list", "The id of an own list, for its stream.", required=False),
        ],
        shared.security(["read"], anybody=True),
    )
    health = {
        "operationId": "streaming_health",
        "tags": [TAG],
        "summary": "Ask whether streaming is up",
        "description": "Ask whether streaming is up.",
        "security": [{}],
        "responses": {
            "200": {"description": "It is.", "content": {"text/plain": {"schema": {"const": "OK"}}}},
            **shared.errors((401, 429, 503)),
        },
    }
    return {
        PREFIX: {"get": any_stream},
        HEALTH: {"get": health},
        **{f"{PREFIX}/{name.replace(':', '/')}": {"get": _stream(name)} for name in names},
    }


OPERATIONS: Mapping[str, Mapping[str, Any]] = _operations()
