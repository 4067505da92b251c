"""Media: pictures that people upload, before and after they belong to a post.

Sizes are in bytes, dimensions in pixels, moments in Unix milliseconds. What is kept of a picture are two
files of a blob store under keys that nobody can guess: the picture itself and a small preview. A key is never
used for other content, so whatever is under it may be cached for ever. Of a picture of an account only one
key is known; `-large` in it says that a small one lies beside it.
"""

from __future__ import annotations

import enum
import math
import re

import msgspec

from microblog_core.domain.accounts import clean_text
from microblog_core.domain.errors import Invalid

ATTACHMENTS_MAX = 4
DESCRIPTION_LENGTH = 1500
UPLOAD_BYTES = 16 << 20
UNATTACHED_MILLISECONDS = 24 * 3600 * 1000
"""How long what belongs to no post is kept: for writing the post, and for writing it again after deleting it.
"""

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
}
CONTENT_TYPES = {extension: content_type for content_type, extension in EXTENSIONS.items()}
"""The types of files that are ever served, by the extension of their key. What isn't here is never served."""

ORIGINAL = "original"
"""The extension of what was uploaded, as it was uploaded, until it is processed. It is never served."""

_STEM = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}")
_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}(?:-small|-large)?\.([a-z]{1,8})")
_NAMES = ("", "-small", "-large")
_SMALL_TYPE = "image/webp"


class MediaKind(enum.StrEnum):
    """What it is, in Mastodon's words. Only `image` can be uploaded so far; an animation is one, too."""

    IMAGE = "image"
    GIFV = "gifv"
    VIDEO = "video"
    AUDIO = "audio"
    UNKNOWN = "unknown"


class MediaState(enum.StrEnum):
    """`processing` until the picture is there, then `ready`, or `failed` where it could not be made."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Focus(msgspec.Struct, frozen=True):
    """The point that stays in sight when a picture is cropped: -1 to 1 from left to right and from bottom to
    top.
    """

    x: float = 0.0
    y: float = 0.0


CENTRE = Focus()


class Attachment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An uploaded picture. It belongs to its uploader, and to one post at most (`post_id`).

    `stem` begins all keys of its files; `key` and `preview_key` are those of the picture and its preview,
    empty until it is ready. `size` is that of the picture. `scheduled_id` is the post that waits with it.
    `error` says why it failed. `version` grows when it is described anew.
    """

    id: int
    account_id: int
    kind: MediaKind = MediaKind.IMAGE
    state: MediaState = MediaState.PROCESSING
    stem: str
    content_type: str = ""
    key: str = ""
    preview_key: str = ""
    width: int = 0
    height: int = 0
    preview_width: int = 0
    preview_height: int = 0
    description: str = ""
    focus: Focus = CENTRE
    blurhash: str = ""
    size: int = 0
    created_at: int
    post_id: int | None = None
    scheduled_id: int | None = None
    error: str = ""
    version: int = 1

    @property
    def original_key(self) -> str:
        """Where what was uploaded lies until it is processed."""
        return f"{self.stem}.{ORIGINAL}"

    @property
    def original_preview_key(self) -> str:
        """Where a preview of the uploader's own lies until it is processed."""
        return f"{self.stem}-small.{ORIGINAL}"

    def file_keys(self) -> tuple[str, ...]:
        """Every key under which there may be a file of it, whenever a process died."""
        originals = (self.original_key, self.original_preview_key)
        if self.state is MediaState.READY:
            return tuple(key for key in (*originals, self.key, self.preview_key) if key)
        made = (f"{self.stem}{name}.{extension}" for extension in CONTENT_TYPES for name in _NAMES)
        return (*originals, *made)


def stem_of(random_hex: str) -> str:
    """The beginning of a medium's keys out of 32 random hexadecimal digits. Raises `ValueError` for anything
    else.
    """
    stem = f"{random_hex[:2]}/{random_hex[2:]}"
    if _STEM.fullmatch(stem) is None:
        raise ValueError("a stem is made of 32 hexadecimal digits")
    return stem


def media_key(stem: str, content_type: str, *, preview: bool = False) -> str:
    """The key of a medium's picture or preview. Raises `KeyError` for a type that is never served."""
    return f"{stem}{'-small' if preview else ''}.{EXTENSIONS[content_type]}"


def large_key(stem: str, content_type: str) -> str:
    """The key of a picture that has a small one beside it, under `small_key`. Raises as `media_key`."""
    return f"{stem}-large.{EXTENSIONS[content_type]}"


def small_key(key: str) -> str:
    """The key of the small picture beside one, a WebP; the key itself for a picture that has none."""
    stem, large, _ = key.partition("-large.")
    return media_key(stem, _SMALL_TYPE, preview=True) if large else key


def is_media_key(key: str) -> bool:
    """Whether a text is a key as this program makes them: nothing else is ever looked up in a blob store."""
    return _KEY.fullmatch(key) is not None


def served_type(key: str) -> str:
    """The content type under which a key is served; empty for what is no key, or is never served."""
    matched = _KEY.fullmatch(key)
    return CONTENT_TYPES.get(matched[1], "") if matched is not None else ""


def check_description(description: str, field: str = "description") -> str:
    """Return the clean text; raises `Invalid` with this field."""
    description = clean_text(description).strip()
    if len(description) > DESCRIPTION_LENGTH:
        raise Invalid(
            fields={field: f"Use at most {DESCRIPTION_LENGTH} characters; these are {len(description)}."}
        )
    return description


def check_focus(focus: Focus) -> Focus:
    """Return the focus, moved to the edge where it lies outside; raises `Invalid` with the field `focus`."""
    if not (math.isfinite(focus.x) and math.isfinite(focus.y)):
        raise Invalid(fields={"focus": "Use two numbers from -1 to 1, such as 0.0,0.5."})
    return Focus(*(round(max(-1.0, min(1.0, value)), 4) + 0.0 for value in (focus.x, focus.y)))


def focus_from(text: str) -> Focus:
    """Read a focus such as `0.0,-0.5` from the wire; raises `Invalid` with the field `focus`."""
    x, comma, y = text.partition(",")
    try:
        if not comma or len(text) > 64:
            raise ValueError(text)
        return check_focus(Focus(float(x), float(y)))
    except ValueError:
        raise Invalid(fields={"focus": "Use two numbers from -1 to 1, such as 0.0,0.5."}) from None
