"""Mastodon's streaming API (https://docs.joinmastodon.org/methods/streaming/), by server-sent events and by
WebSocket.

`names` says which streams there are, `messages` how an event looks on the wire, `hub` who listens, `telling`
who is told what, and `answering` takes requests. docs/decisions/0010 says how events come here.
"""

from __future__ import annotations
