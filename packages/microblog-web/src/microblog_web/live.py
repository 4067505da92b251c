"""The stream of new public posts: word that there are any, so that a page can offer to show them.

Only an id travels; what a post says, and who may see it, is decided when somebody reads it.
"""

from __future__ import annotations

from litestar import asgi

from microblog_core.domain.events import PostPublished
from microblog_core.domain.posts import Visibility
from microblog_core.http.errors import MethodNotAllowed
from microblog_core.http.scope import Receive, Scope, Send, site_of
from microblog_core.http.streams import Feed, ServerEvent, stream_events


@asgi("/live/public", copy_scope=False)
async def live_public(scope: Scope, receive: Receive, send: Send) -> None:
    """Server-sent events of the type `post`, one for each new public post that is no answer."""
    if scope["method"] != "GET":
        raise MethodNotAllowed("This address can only be read.")
    feed = Feed()

    def tell(event: PostPublished) -> None:
        if event.visibility == Visibility.PUBLIC and event.in_reply_to_id is None:
            feed.put(ServerEvent(event="post", data=str(event.post_id)))

    stop = site_of(scope).ports.bus.subscribe(PostPublished, tell, everywhere=True)
    try:
        await stream_events(scope, receive, send, feed)
    finally:
        stop()
