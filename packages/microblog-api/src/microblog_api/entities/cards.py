"""What a link in a status shows (https://docs.joinmastodon.org/entities/PreviewCard/)."""

from __future__ import annotations

from microblog_api.entities.base import Entity


class PreviewCardAuthor(Entity):
    """Who wrote what is linked to; never somebody of this site."""

    name: str
    url: str
    account: None = None


class PreviewCard(Entity):
    """A preview of a link. `image` is a file of this site; nothing is ever embedded, so `html` and
    `embed_url` are empty.
    """

    url: str
    title: str
    description: str
    language: str | None
    type: str
    author_name: str
    author_url: str
    authors: list[PreviewCardAuthor]
    provider_name: str
    provider_url: str
    html: str
    width: int
    height: int
    image: str | None
    image_description: str
    embed_url: str
    blurhash: str | None
    published_at: str | None
