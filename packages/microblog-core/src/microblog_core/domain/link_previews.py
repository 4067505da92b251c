"""Previews of links: what a page that a post links to says that it is, and one picture of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from microblog_core.domain.posts import Post

PreviewKind = Literal["link", "photo", "video", "rich"]


class PreviewPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of the site's own: `key` is that of its file in the blob store, sizes are in pixels."""

    key: str
    width: int
    height: int
    description: str = ""
    blurhash: str = ""


class LinkPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a link. All texts are plain, from a stranger, and shown escaped; all addresses are
    http or https. `provider_name` is the name of the site that the page is on; `published_at` is Unix
    milliseconds.
    """

    url: str
    title: str
    description: str = ""
    kind: PreviewKind = "link"
    language: str = ""
    author_name: str = ""
    author_url: str = ""
    provider_name: str = ""
    provider_url: str = ""
    published_at: int | None = None
    picture: PreviewPicture | None = None


def may_have_link(post: Post) -> bool:
    """Whether there can be an address in what its author wrote: quick, so that most posts cost nothing."""
    return "://" in post.text
