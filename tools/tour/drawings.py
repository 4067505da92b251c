"""Pictures for the town, drawn rather than taken: nobody's face and nobody's copyright."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
PALETTES: dict[str, Sequence[Colour]] = {
    "dawn": ((250, 214, 165), (240, 150, 120), (146, 96, 118), (94, 70, 102), (52, 48, 78)),
    "noon": ((196, 226, 240), (134, 190, 214), (96, 150, 140), (62, 112, 96), (40, 76, 66)),
    "dusk": ((255, 190, 120), (206, 110, 112), (110, 72, 120), (64, 52, 96), (30, 30, 62)),
    "rain": ((198, 208, 212), (150, 166, 176), (108, 128, 138), (74, 94, 106), (46, 62, 74)),
    "field": ((248, 232, 190), (226, 190, 104), (166, 160, 82), (110, 128, 66), (66, 88, 54)),
}
"""The sky above and at the horizon, then hills from the farthest to the nearest."""


def landscape(palette: str, width: int, height: int, *, seed: int = 1) -> bytes:
    """A JPEG of hills below a sun."""
    above, horizon, *hills = PALETTES[palette]
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    for y in range(height):
        draw.line([(0, y), (width, y)], fill=_between(above, horizon, min(1.0, y / (height * 0.7))))
    left, top, r = width * (0.25 + 0.13 * (seed % 5)), height * 0.36, min(width, height) * 0.09
    draw.ellipse([left - r, top - r, left + r, top + r], fill=_between(above, (255, 255, 255), 0.65))
    for number, colour in enumerate(hills):
        base, wave = height * (0.52 + 0.16 * number), height * (0.09 - 0.015 * number)
        slope, begin = (5 + number * 2) / width, seed * 1.7 + number
        edge = [
            (x, base + wave * (math.sin(x * slope + begin) + _small(x, seed))) for x in range(0, width + 8, 8)
        ]
        draw.polygon([(0, height), *edge, (width + 8, height)], fill=colour)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def _small(x: float, seed: int) -> float:
    return 0.25 * math.sin(x / 37 + seed * 3)


def _between(one: Colour, other: Colour, part: float) -> Colour:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue
