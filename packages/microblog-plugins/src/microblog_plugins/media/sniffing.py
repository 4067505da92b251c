"""What a file's first bytes say that it is. Nothing is decoded here, and names are not looked at."""

from __future__ import annotations

import importlib.util

from microblog_core.domain.errors import Invalid

AVIF_THERE = importlib.util.find_spec("PIL._avif") is not None
"""Whether this Pillow was built with AVIF."""

FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    **({"image/avif": "AVIF"} if AVIF_THERE else {}),
}
"""The types that are taken, with Pillow's names for them."""

_HEIF = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def content_type_of(data: bytes) -> str:
    """The type of a file among `FORMATS`; empty for anything else. Raises `Invalid` (field `file`) for
    HEIC.
    """
    for beginning, content_type in _BEGINNINGS:
        if data.startswith(beginning):
            return content_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return _of_brands(data)
    return ""


def _of_brands(data: bytes) -> str:
    """ISO base media files name what they are by brands (ISO/IEC 14496-12, section 4.3)."""
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[start : start + 4] for start in (8, *range(16, length, 4))}
    if brands & {b"avif", b"avis"}:
        return "image/avif" if AVIF_THERE else ""
    if brands & _HEIF:
        raise Invalid(
            fields={"file": "HEIC pictures can't be shown by browsers. Send it as JPEG."}, code="heic"
        )
    return ""
