"""Link previews of posts that somebody may see already; those of the text being written are `previews`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from microblog_core.domain.events import LinkPreviewChanged
from microblog_core.domain.link_previews import LinkPreview, may_have_link
from microblog_core.domain.posts import Entry, Post
from microblog_core.ports.context import Ports

NONE: Mapping[int, LinkPreview] = {}


async def read_link_previews(ports: Ports, posts: Iterable[Post]) -> Mapping[int, LinkPreview]:
    """What is shown of these posts' links, by the posts' ids: one question for all of them, and none where
    nobody knows previews or no post has a link. Never raises because of a plugin: what is shown without them
    then is not kept.
    """
    if not ports.link_previews.active:
        return NONE
    linked = {post.id: post for post in posts if may_have_link(post)}
    if not linked:
        return NONE
    found, failed = await ports.link_previews.ask(tuple(linked.values()))
    if failed:
        # A page that is being made of these posts is sent, but the next reader's is made anew.
        ports.cache.drop([f"post:{post_id}" for post_id in linked])
    return found


def posts_in(entries: Iterable[Entry]) -> list[Post]:
    """The posts of these lines, with those that they quote."""
    found: list[Post] = []
    for entry in entries:
        found.append(entry.post)
        if entry.quoted is not None:
            found.append(entry.quoted.post)
    return found


def drop_shown(ports: Ports, event: LinkPreviewChanged) -> None:
    """What is kept of a post in this process is made anew."""
    ports.cache.drop((f"post:{event.post_id}",))
