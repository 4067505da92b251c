"""All sources of link previews of a site as one: of a post the first that knows any is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from functools import partial

from microblog_core.domain.errors import PluginError
from microblog_core.domain.link_previews import LinkPreview
from microblog_core.domain.posts import Post
from microblog_core.plugins.guard import Breaker, Guard
from microblog_core.ports.link_previews import LinkPreviews

SECONDS = 0.25


class Previews:
    """`KnownPreviews` of plugins, by their names. What one raises, takes too long for, or answers wrongly is
    left out; after several failures in a row it rests. `active` says whether there is anybody to ask.
    """

    def __init__(
        self, sources: Iterable[tuple[str, LinkPreviews]], breaker: Callable[[], Breaker] = Breaker
    ) -> None:
        self._sources = tuple(
            (source, Guard(owner, "link previews", seconds=SECONDS, breaker=breaker()))
            for owner, source in sources
        )
        self.active = bool(self._sources)

    async def ask(self, posts: Sequence[Post]) -> tuple[Mapping[int, LinkPreview], bool]:
        """The previews by the posts' ids, and whether a source failed that did not rest."""
        found: dict[int, LinkPreview] = {}
        failed = False
        for source, guard in self._sources:
            wanted = [post for post in posts if post.id not in found]
            if wanted:
                rests = guard.resting
                known = await guard.call_async(partial(_of, source, wanted), None)
                failed = failed or (known is None and not rests)
                found.update(known or {})
        return found, failed

    async def files(self) -> AsyncIterator[str]:
        """The keys of all pictures of those that keep any. Raises what a source raises: a copy of all files
        must not leave some out.
        """
        for source, _ in self._sources:
            if (files := getattr(source, "files", None)) is not None:
                async for key in files():
                    yield key


async def _of(source: LinkPreviews, posts: Sequence[Post]) -> Mapping[int, LinkPreview]:
    """What a source says, as far as it was asked. Raises `PluginError` for what are no previews."""
    found = await source.of(posts)
    known = {post.id: found[post.id] for post in posts if post.id in found}
    for each in known.values():
        if not isinstance(each, LinkPreview):
            raise PluginError(f"{type(each).__name__} is no LinkPreview")
    return known
