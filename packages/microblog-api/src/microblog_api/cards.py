"""Link previews as entities."""

from __future__ import annotations

from collections.abc import Callable

from microblog_api import entities
from microblog_api.names import moment
from microblog_core.domain.link_previews import LinkPreview


def card_of(preview: LinkPreview, file: Callable[[str], str]) -> entities.PreviewCard:
    """A preview; `file` gives the address of a key of the blob store."""
    picture = preview.picture
    author = entities.PreviewCardAuthor(name=preview.author_name, url=preview.author_url)
    return entities.PreviewCard(
        url=preview.url,
        title=preview.title,
        description=preview.description,
        language=preview.language or None,
        type=preview.kind,
        author_name=preview.author_name,
        author_url=preview.author_url,
        authors=[author] if preview.author_name or preview.author_url else [],
        provider_name=preview.provider_name,
        provider_url=preview.provider_url,
        html="",
        width=picture.width if picture is not None else 0,
        height=picture.height if picture is not None else 0,
        image=file(picture.key) if picture is not None else None,
        image_description=picture.description if picture is not None else "",
        embed_url="",
        blurhash=(picture.blurhash or None) if picture is not None else None,
        published_at=None if preview.published_at is None else moment(preview.published_at),
    )
