"""Whether a file is a picture and nothing else, so that it may stay as it is: encoding costs quality.

What counts is the structure of the file: only the parts that pixels are made of, and nothing after the end.
A file that carries what looks like the beginning of some other kind of file is none. What isn't plainly clean
is encoded anew, which is never wrong.
"""

from __future__ import annotations

_OTHERS = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"%PDF",
    b"<?php",
    b"<script",
    b"<html",
    b"<svg",
    b"Rar!\x1a",
    b"7z\xbc\xaf",
    b"\x1f\x8b\x08\x00\x00",
    b"\x7fELF",
)
_BYTES_A_PIXEL = 4
_ALLOWANCE = 64 << 10
"""A file has at most so many bytes for each pixel, and a few more; more is room for something else."""

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_WEBP_CHUNKS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"}
_WEBP_METADATA = 0b0010_1100
"""The flags of VP8X for a colour profile, Exif and XMP."""

_SOI, _EOI, _SOS, _APP0, _APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xEE
_TABLES = {0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD}
"""Frames (baseline, extended, progressive), Huffman and quantisation tables, restart intervals."""


def is_clean(data: bytes, content_type: str, pixels: int) -> bool:
    """Whether a file that was decoded to so many pixels (of all frames) holds nothing else."""
    if len(data) > pixels * _BYTES_A_PIXEL + _ALLOWANCE or any(mark in data for mark in _OTHERS):
        return False
    if content_type == "image/png":
        return _clean_png(data)
    if content_type == "image/webp":
        return _clean_webp(data)
    return content_type == "image/jpeg" and _clean_jpeg(data)


def _clean_png(data: bytes) -> bool:
    position, kind = len(_PNG), b""
    while kind != b"IEND":
        length, kind = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        if kind not in _PNG_CHUNKS:
            return False
        position += length + 12
    return position == len(data)


def _clean_webp(data: bytes) -> bool:
    if int.from_bytes(data[4:8], "little") + 8 != len(data):
        return False
    position = 12
    while position < len(data):
        kind, length = (
            data[position : position + 4],
            int.from_bytes(data[position + 4 : position + 8], "little"),
        )
        if kind not in _WEBP_CHUNKS or (kind == b"VP8X" and data[position + 8] & _WEBP_METADATA):
            return False
        position += 8 + length + length % 2
    return position == len(data)


def _clean_jpeg(data: bytes) -> bool:
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        body = data[position + 4 : position + 2 + length]
        if marker == _APP0:
            # A thumbnail would be more of it.
            if not body.startswith(b"JFIF\0") or length != 16:
                return False
        elif marker == _APP14:
            if not body.startswith(b"Adobe") or length != 14:
                return False
        elif marker == _SOS:
            position = _after_scan(data, position + 2 + length)
            if data[position : position + 2] == bytes((0xFF, _EOI)):
                return position + 2 == len(data)
            continue
        elif marker not in _TABLES:
            return False
        position += 2 + length
    return False


def _after_scan(data: bytes, position: int) -> int:
    """Where the next marker begins: in a scan 0xFF is followed by 0, or begins a restart."""
    while True:
        position = data.find(b"\xff", position)
        if position < 0 or position + 1 >= len(data):
            return len(data)
        follows = data[position + 1]
        if follows == 0 or 0xD0 <= follows <= 0xD7:
            position += 2
        else:
            return position
