"""All sources of link previews of a site as one: of a post the first that knows any is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from microblog_core.domain.errors import PluginError
from microblog_core.domain.link_previews import LinkPreview
from microblog_core.domain.posts import Post
from microblog_core.plugins.guard import Guard
from microblog_core.ports.link_previews import LinkPreviews

SECONDS = 0.25


class Previews:
    """`LinkPreviews` of plugins, by their names. What one raises, takes too long for, or answers wrongly is
    left out; after several failures in a row it rests. `active` says whether there is anybody to ask.
    """

    def __init__(self, sources: Iterable[tuple[str, LinkPreviews]]) -> None:
        self._sources = tuple(
            (source, Guard(owner, "link previews", seconds=SECONDS)) for owner, source in sources
        )
        self.active = bool(self._sources)

    async def of(self, posts: Sequence[Post]) -> Mapping[int, LinkPreview]:
        """The previews by the posts' ids."""
        found: dict[int, LinkPreview] = {}
        for source, guard in self._sources:
            wanted = [post for post in posts if post.id not in found]
            if wanted:
                known = await guard.call_async(partial(_of, source, wanted), None)
                found.update(known or {})
        return found


async def _of(source: LinkPreviews, posts: Sequence[Post]) -> Mapping[int, LinkPreview]:
    """What a source says, as far as it was asked. Raises `PluginError` for what are no previews."""
    found = await source.of(posts)
    known = {post.id: found[post.id] for post in posts if post.id in found}
    for each in known.values():
        if not isinstance(each, LinkPreview):
            raise PluginError(f"{type(each).__name__} is no LinkPreview")
    return known
