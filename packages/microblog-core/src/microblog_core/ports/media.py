"""Media: how a storage reads them, and what makes pictures out of uploads, which a plugin does: core decodes
none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from microblog_core.domain.media import CENTRE, Attachment, Focus, MediaKind

Purpose = Literal["attachment", "avatar", "header", "emoji"]
"""What a picture is for: a post, an account's small or wide picture, or between words (no side is longer than
`domain.emojis.EMOJI_SIDE`, and it may move).
"""


class MediaFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a file's first bytes say that it is; whether that is true only processing tells."""

    kind: MediaKind
    content_type: str


class Rendition(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that was made: an encoded file of a type in `domain.media.EXTENSIONS`, without any
    metadata.
    """

    content_type: str
    data: bytes
    width: int
    height: int


class ProcessedMedia(msgspec.Struct, frozen=True, kw_only=True):
    """What an upload became. `preview` is as small as the place is where pictures for this purpose are shown
    most.
    """

    kind: MediaKind
    picture: Rendition
    preview: Rendition
    blurhash: str = ""


class MediaProcessor(Protocol):
    """Makes pictures out of uploads. `name` is unique in the site; the first processor that knows a file does
    it.

    `content_types` are the types of uploads that it takes, for people and programs to choose by.
    """

    name: str
    content_types: tuple[str, ...]

    def probe(self, data: bytes) -> MediaFacts | None:
        """What a file says that it is, without decoding it; None for what this processor does not take.

        Quick, and called in the event loop. Raises `Invalid` (field `file`) for what is known and refused,
        with what to do instead.
        """
        ...

    async def process(self, data: bytes, purpose: Purpose, focus: Focus = CENTRE) -> ProcessedMedia:
        """Decode a file and encode it anew; `focus` stays in sight where the purpose asks for cropping. Never
        blocks the event loop.

        Raises `Invalid` (field `file`) for whatever is no picture that can be shown: broken, lying about its
        type, or too large to be decoded; `Unavailable` where it can't be done now.
        """
        ...


class MediaReader(Protocol):
    """Uploaded pictures. Whose they are is for the use cases to ask."""

    async def get(self, media_id: int) -> Attachment | None:
        """The medium, whatever its state."""
        ...

    async def some(self, media_ids: Sequence[int]) -> Sequence[Attachment]:
        """These media in this order; unknown ids are left out."""
        ...

    async def after(self, media_id: int, limit: int) -> Sequence[Attachment]:
        """Media with a greater id, whatever their state and whosever they are, in the order of their ids."""
        ...

    async def unattached(self, before: int, limit: int) -> Sequence[Attachment]:
        """Media that belong to no post since before this moment (Unix milliseconds), the longest first."""
        ...
