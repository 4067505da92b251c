"""How much room uploaded pictures take. Sizes are in bytes: of what was uploaded until it is processed, then
of the picture that was made of it; previews and the pictures of accounts are not counted.
"""

from __future__ import annotations

import msgspec

from microblog_core.domain.accounts import Account


class MediaCaps(msgspec.Struct, frozen=True, kw_only=True):
    """How many bytes everybody together, and each person, may use; 0 for no limit."""

    site: int = 0
    person: int = 0


NO_CAPS = MediaCaps()


class MediaUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What there is. `unattached` belong to no post; `emojis` are apart from `files`."""

    files: int = 0
    bytes: int = 0
    people: int = 0
    unattached_files: int = 0
    unattached_bytes: int = 0
    emojis: int = 0
    emoji_bytes: int = 0

    @property
    def posts_files(self) -> int:
        """Pictures of posts, and of those that wait for their time."""
        return self.files - self.unattached_files

    @property
    def posts_bytes(self) -> int:
        """What these take."""
        return self.bytes - self.unattached_bytes


class PersonUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has uploaded and is still there."""

    account: Account
    files: int
    bytes: int


class UploadedDay(msgspec.Struct, frozen=True, kw_only=True):
    """What was uploaded on a day (in UTC, `day` in days since 1970) and is still there."""

    day: int
    files: int
    bytes: int
