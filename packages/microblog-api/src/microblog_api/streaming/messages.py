"""How an event looks on the wire: encoded once, however many listen."""

from __future__ import annotations

import msgspec

from microblog_api.streaming.names import Stream

THUMP = b":thump\n"
"""The comment that keeps a stream of server-sent events open. A line alone: some clients take the empty line
after it for an event.
"""
OPENING = b":)\n"

_encode = msgspec.json.encode


class Message:
    """One event with its payload, JSON in UTF-8; None for events without one.

    A payload is the same text in all its forms, each made when it is first asked for.
    """

    __slots__ = ("_event", "_payload", "_server_event", "_texts")

    def __init__(self, event: str, payload: bytes | None) -> None:
        self._event = event
        self._payload = payload
        self._server_event = b""
        self._texts: dict[tuple[str, str], bytes] = {}

    def server_event(self) -> bytes:
        """As a server-sent event."""
        if not self._server_event:
            # JavaScript's word for nothing is what Mastodon sends, and what clients know.
            data = b"undefined" if self._payload is None else self._payload
            self._server_event = b"event: %b\ndata: %b\n\n" % (self._event.encode(), data)
        return self._server_event

    def text(self, stream: Stream) -> bytes:
        """As a message of a WebSocket: the payload is a text within the JSON."""
        key = (stream.name, stream.value)
        made = self._texts.get(key)
        if made is None:
            whole: dict[str, object] = {"stream": stream.label, "event": self._event}
            if self._payload is not None:
                whole["payload"] = self._payload.decode()
            made = self._texts[key] = _encode(whole)
        return made


def error_text(text: str, status: int, stream: Stream | None = None) -> bytes:
    """What tells a WebSocket that something that it asked for was refused."""
    told: dict[str, object] = {"error": text, "status": status}
    return _encode(told if stream is None else told | {"stream": stream.label})
