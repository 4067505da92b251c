"""Pictures of statuses, as entities: see https://docs.joinmastodon.org/entities/MediaAttachment/."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET, UnsetType

from microblog_api.entities import MediaAttachment, MediaFocus, MediaMeta, MediaSize
from microblog_core.domain.media import CENTRE, Attachment, MediaState


def attachment_of(attachment: Attachment, address: Callable[[str], str]) -> MediaAttachment:
    """A medium, whatever its state: only what is ready has addresses and sizes. `address` makes a whole
    address of a key.
    """
    ready = attachment.state is MediaState.READY
    return MediaAttachment(
        id=str(attachment.id),
        type=str(attachment.kind),
        url=address(attachment.key) if ready else None,
        preview_url=address(attachment.preview_key) if ready else None,
        remote_url=None,
        meta=_meta(attachment),
        description=attachment.description or None,
        blurhash=attachment.blurhash or None,
    )


def _meta(attachment: Attachment) -> MediaMeta:
    focus = attachment.focus
    return MediaMeta(
        original=_size(attachment.width, attachment.height),
        small=_size(attachment.preview_width, attachment.preview_height),
        focus=UNSET if focus == CENTRE else MediaFocus(x=focus.x, y=focus.y),
    )


def _size(width: int, height: int) -> MediaSize | UnsetType:
    if not (width and height):
        return UNSET
    return MediaSize(width=width, height=height, size=f"{width}x{height}", aspect=width / height)
