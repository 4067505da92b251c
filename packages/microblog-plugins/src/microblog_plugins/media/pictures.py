"""From a file to pictures: decoded, turned upright, brought to sRGB and to size, and encoded anew.
What is clean and fits stays as it is.

Only `worker` imports this: it is what runs beside the site. Everything that a file can do wrong ends in
`Refused`.
"""

from __future__ import annotations

import contextlib
import io
from typing import Any

import blurhash  # type: ignore[import-untyped]
from PIL import Image, ImageCms, ImageOps

from microblog_core.domain.emojis import EMOJI_SIDE
from microblog_core.domain.errors import Invalid
from microblog_core.domain.media import CENTRE, Focus, MediaKind
from microblog_core.i18n import mark
from microblog_core.ports.media import ProcessedMedia, Purpose, Rendition
from microblog_plugins.media.clean import is_clean
from microblog_plugins.media.sniffing import FORMATS, content_type_of

PIXELS_MAX = 64 << 20
"""More is refused before anything is decoded."""
SIDE_MAX = 2560
PREVIEW_SIDE = 640
SMALL_SIDES = {"avatar": 112, "header": 750}
"""The longest side of the preview for other purposes: an avatar in listings at twice their size, a header on
a phone.
"""
AVATAR_SIDE = 400
HEADER_SIZE = (1500, 500)
FRAMES_MAX = 300
ANIMATED_PIXELS_MAX = 600_000_000
"""Of all frames together, before they are made smaller."""
ANIMATED_SIDE = 720
ANIMATED_PIXELS = 40_000_000
"""Of all frames together, after that."""
LARGE_PNG = 3 << 20
_PLAIN_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings a picture upright, by the EXIF tag Orientation."""
_ORIENTATION = 0x0112

# The size is checked below, and says what to do.
Image.MAX_IMAGE_PIXELS = None


class Refused(Exception):
    """A file that no picture can be made of; the message says why."""


def make(data: bytes, purpose: Purpose, focus: Focus = CENTRE) -> ProcessedMedia:
    """The pictures of a file, cropped around `focus` where the purpose asks for it. Raises `Refused`."""
    try:
        content_type = content_type_of(data)
        if not content_type:
            raise Refused(mark("This is no picture of a type that can be shown here."))
        with Image.open(io.BytesIO(data), formats=(FORMATS[content_type],)) as image:
            _check_size(image)
            if purpose in ("attachment", "emoji") and getattr(image, "is_animated", False):
                side = EMOJI_SIDE if purpose == "emoji" else ANIMATED_SIDE
                return _animation(image, data, content_type, side)
            return _still(image, data, content_type, purpose, focus)
    except Refused:
        raise
    except Invalid as error:
        raise Refused(error.fields["file"]) from error
    except MemoryError as error:
        raise Refused(mark("This picture takes too much memory. Make it smaller.")) from error
    except Exception as error:
        # Decoders raise whatever comes to their mind: OSError, SyntaxError, ValueError, struct.error, ...
        raise Refused(mark("This file is broken, or no picture.")) from error


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > PIXELS_MAX:
        most = PIXELS_MAX >> 20
        problem = f"This picture has {width} x {height} pixels. Use at most {most} million of them."
        raise Refused(problem)
    if width < 1 or height < 1:
        raise Refused(mark("This picture has no pixels."))


def _still(
    image: Image.Image, data: bytes, content_type: str, purpose: Purpose, focus: Focus
) -> ProcessedMedia:
    size, mode = image.size, image.mode
    orientation = _orientation(image)
    # A JPEG can be decoded at an eighth of its size: that is what makes large photographs quick.
    image.draft(None, _within(image.size, SIDE_MAX))
    image.load()
    profile = image.info.get("icc_profile")
    picture = _in_colour(image)
    picture = _scaled(picture, _within(picture.size, SIDE_MAX))
    picture = _in_srgb(picture, profile)
    if orientation in _TURNS:
        picture = picture.transpose(_TURNS[orientation])
    # As `object-position` has it: the point keeps its place, as a share of the whole, in what is shown.
    point = ((focus.x + 1) / 2, (1 - focus.y) / 2)
    if purpose == "avatar":
        side = min(AVATAR_SIDE, *picture.size)
        picture = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS, centering=point)
    elif purpose == "header":
        width = max(3, min(HEADER_SIZE[0], picture.width, picture.height * 3))
        picture = ImageOps.fit(picture, (width, width // 3), Image.Resampling.LANCZOS, centering=point)
    elif purpose == "emoji":
        picture = _scaled(picture, _within(picture.size, EMOJI_SIDE))
    return ProcessedMedia(
        kind=MediaKind.IMAGE,
        picture=_kept(picture, data, content_type, size, mode) or _encoded(picture, content_type),
        preview=_preview(picture, SMALL_SIDES.get(purpose, PREVIEW_SIDE)),
        blurhash=_blurhash(picture),
    )


def _animation(image: Image.Image, data: bytes, content_type: str, side: int) -> ProcessedMedia:
    frames: int = getattr(image, "n_frames", 1)
    if frames > FRAMES_MAX:
        problem = f"This animation has {frames} pictures. Use at most {FRAMES_MAX}."
        raise Refused(problem)
    if frames * image.width * image.height > ANIMATED_PIXELS_MAX:
        raise Refused(mark("This animation is too large. Use a smaller or a shorter one."))
    size = _within(image.size, side)
    while frames * size[0] * size[1] > ANIMATED_PIXELS:
        size = _within(size, max(size) * 9 // 10)
    made, durations = [], []
    for number in range(frames):
        image.seek(number)
        made.append(_scaled(image.convert("RGBA"), size))
        durations.append(max(20, min(round(image.info.get("duration") or 100), 60_000)))
    kept = size == image.size and content_type == "image/webp"
    if kept and is_clean(data, content_type, frames * size[0] * size[1]):
        return ProcessedMedia(
            kind=MediaKind.IMAGE,
            picture=Rendition(content_type=content_type, data=data, width=size[0], height=size[1]),
            preview=_preview(made[0]),
            blurhash=_blurhash(made[0]),
        )
    output = io.BytesIO()
    made[0].save(
        output,
        "WEBP",
        save_all=True,
        append_images=made[1:],
        duration=durations,
        loop=int(image.info.get("loop") or 0),
        quality=75,
        method=2,
    )
    return ProcessedMedia(
        kind=MediaKind.IMAGE,
        picture=_rendition("image/webp", output, size),
        preview=_preview(made[0]),
        blurhash=_blurhash(made[0]),
    )


def _orientation(image: Image.Image) -> int:
    with contextlib.suppress(Exception):
        return int(image.getexif().get(_ORIENTATION, 1))
    return 1


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size in the same proportions, with no side longer than this."""
    longest = max(size)
    if longest <= side:
        return size
    width, height = (max(1, round(each * side / longest)) for each in size)
    return width, height


def _in_colour(image: Image.Image) -> Image.Image:
    """A picture that can be scaled: grey, in colours, with transparency, or for print (CMYK)."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if image.mode in ("L", "RGB", "RGBA", "CMYK") and "transparency" not in image.info:
        return image
    if image.mode in ("1", "YCbCr", "LAB", "HSV", "I", "F") and "transparency" not in image.info:
        return image.convert("RGB")
    return image.convert("RGBA")


def _scaled(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _in_srgb(image: Image.Image, profile: Any) -> Image.Image:
    """The same colours in sRGB, RGB or RGBA."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha is not None else image
    if profile:
        # A broken profile is no reason to refuse a picture.
        with contextlib.suppress(Exception):
            converted = ImageCms.profileToProfile(
                colours,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
            colours = converted if converted is not None else colours
    colours = colours.convert("RGB")
    if alpha is not None and alpha.getextrema() != (255, 255):
        colours.putalpha(alpha)
    return colours


def _kept(
    picture: Image.Image, data: bytes, content_type: str, size: tuple[int, int], mode: str
) -> Rendition | None:
    """The file as it came, where it shows the same as what was made of it and holds nothing else."""
    unchanged = picture.size == size and mode in _PLAIN_MODES
    if content_type == "image/png" and len(data) > LARGE_PNG:
        unchanged = False
    if not unchanged or not is_clean(data, content_type, size[0] * size[1]):
        return None
    return Rendition(content_type=content_type, data=data, width=size[0], height=size[1])


def _encoded(image: Image.Image, content_type: str) -> Rendition:
    """The picture in a type near to the one that it came in; without metadata, since none is given on."""
    image.info = {}
    if content_type == "image/jpeg":
        return _saved(image, "image/jpeg", quality=85, optimize=True, progressive=True)
    if content_type in ("image/png", "image/gif"):
        whole = _saved(image, "image/png")
        if len(whole.data) <= LARGE_PNG:
            return whole
    return _saved(image, "image/webp", quality=88, method=4)


def _preview(image: Image.Image, side: int = PREVIEW_SIDE) -> Rendition:
    small = _scaled(image, _within(image.size, side))
    return _saved(small, "image/webp", quality=80, method=4)


def _saved(image: Image.Image, content_type: str, **options: Any) -> Rendition:
    output = io.BytesIO()
    image.save(output, FORMATS[content_type], exif=b"", icc_profile=None, **options)
    return _rendition(content_type, output, image.size)


def _rendition(content_type: str, output: io.BytesIO, size: tuple[int, int]) -> Rendition:
    return Rendition(content_type=content_type, data=output.getvalue(), width=size[0], height=size[1])


def _blurhash(image: Image.Image) -> str:
    small = _scaled(image, _within(image.size, 32)).convert("RGBA")
    ground = Image.new("RGBA", small.size, (255, 255, 255, 255))
    ground.alpha_composite(small)
    colours = ground.convert("RGB")
    pixels = [[colours.getpixel((x, y)) for x in range(colours.width)] for y in range(colours.height)]
    across, down = (4, 3) if image.width >= image.height else (3, 4)
    return str(blurhash.encode(pixels, across, down))
