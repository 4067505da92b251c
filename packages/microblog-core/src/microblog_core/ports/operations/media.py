"""Operations on media and on the pictures of accounts.

Attaching media to posts is no operation of its own: `AddPost` and `EditPost` do it, so that a post and its
pictures are one thing.
"""

from __future__ import annotations

from microblog_core.domain.media import Attachment, Focus
from microblog_core.domain.media_usage import MediaCaps
from microblog_core.ports.operations.base import Operation


class AddMedia(Operation, frozen=True, kw_only=True):
    """A medium that belongs to no post yet. Guards: `id`; `exists` (the uploader is gone); `person_cap`,
    `site_cap` (with its `size`, what they have would be more than the caps).
    """

    attachment: Attachment
    caps: MediaCaps = MediaCaps()


class FinishMedia(Operation, frozen=True, kw_only=True):
    """What became of processing: a `ready` or `failed` medium. Only what was `processing` is changed; its
    description, focus and version stay what they are.

    Guard: `exists` (it is gone, or was finished before).
    """

    attachment: Attachment


class DescribeMedia(Operation, frozen=True, kw_only=True):
    """A new description and focus (None leaves one) for what belongs to no post; the version grows by one.

    Guard: `exists` (it is gone, belongs to somebody else, or to a post).
    """

    media_id: int
    account_id: int
    description: str | None = None
    focus: Focus | None = None


class SetPreview(Operation, frozen=True, kw_only=True):
    """Another preview for what is ready and belongs to no post; the version grows by one. `width` and
    `height` are in pixels.

    Guard: `exists` (it is gone, belongs to somebody else, or to a post, or isn't ready).
    """

    media_id: int
    account_id: int
    key: str
    width: int
    height: int


class DeleteMedia(Operation, frozen=True, kw_only=True):
    """Forget what belongs to no post; its files are somebody else's matter. Guard: `exists` (it is gone, or
    belongs to a post).
    """

    media_id: int


class SetPicture(Operation, frozen=True, kw_only=True):
    """A new avatar or header; an empty key takes it away. The account's version becomes `version + 1`.

    `place` is `avatar` or `header`. Guards: `exists`, `version`.
    """

    account_id: int
    version: int
    place: str
    key: str
    description: str = ""

    def changed(self) -> tuple[str, ...]:
        """Every page that shows the account."""
        return (f"account:{self.account_id}",)
