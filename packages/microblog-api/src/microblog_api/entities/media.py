"""Pictures of statuses."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from microblog_api.entities.base import Entity


class MediaSize(Entity):
    """The size of one rendition, in pixels."""

    width: int
    height: int
    size: str
    aspect: float


class MediaFocus(Entity):
    """What a crop should keep in sight: -1 to 1, left to right and bottom to top."""

    x: float
    y: float


class MediaMeta(Entity):
    """Sizes and focus of a picture."""

    original: MediaSize | UnsetType = UNSET
    small: MediaSize | UnsetType = UNSET
    focus: MediaFocus | UnsetType = UNSET


class MediaAttachment(Entity):
    """A picture; `url` is null while it is being processed."""

    id: str
    type: str
    url: str | None
    preview_url: str | None
    remote_url: str | None
    meta: MediaMeta
    description: str | None
    blurhash: str | None
