"""Who knows what the links of posts show. A plugin finds it out beforehand, by jobs of its own: nobody waits
for another site.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from microblog_core.domain.link_previews import LinkPreview
from microblog_core.domain.posts import Post


class LinkPreviews(Protocol):
    """Knows previews. Emit `domain.events.LinkPreviewChanged` when one comes, changes or goes: then pages and
    answers that are kept are made anew, and clients that listen get the post again.

    One that keeps pictures in the site's blob store has a method `files()` beside: an async iterator of
    their keys, for who copies all files to another store.
    """

    async def of(self, posts: Sequence[Post]) -> Mapping[int, LinkPreview]:
        """The previews of these posts, by the posts' ids; posts without any are left out.

        All posts of a page or an answer that may have links, each once; whoever asks may see them. Quick:
        from a cache, or one statement for all.
        """
        ...


class KnownPreviews(Protocol):
    """What the plugins of a site know together; `active` says without a call whether that can be anything."""

    active: bool

    async def ask(self, posts: Sequence[Post]) -> tuple[Mapping[int, LinkPreview], bool]:
        """The previews by the posts' ids, and whether somebody failed to say just now, who may know more the
        next time. Never raises because of a plugin.
        """
        ...

    def files(self) -> AsyncIterator[str]:
        """The keys of all pictures that they keep. Raises what a plugin raises."""
        ...


class NoLinkPreviews:
    """`KnownPreviews` where no plugin knows any."""

    active = False

    async def ask(self, posts: Sequence[Post]) -> tuple[Mapping[int, LinkPreview], bool]:
        """None."""
        return {}, False

    async def files(self) -> AsyncIterator[str]:
        """None."""
        nothing: tuple[str, ...] = ()
        for key in nothing:
            yield key
