"""Files of strangers become pictures or clear words; the process that decodes them is all that they can
break.
"""

from __future__ import annotations

import asyncio
import io
import os
import random
import struct
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from microblog_core.domain.errors import Invalid, Unavailable
from microblog_core.domain.media import Focus
from microblog_core.ports.media import ProcessedMedia
from microblog_core.testing.sites import site_with
from microblog_plugins.media import pictures, processor
from microblog_plugins.media.pictures import Refused, make
from microblog_plugins.media.processor import PillowProcessor
from microblog_plugins.media.settings import MediaSettings

BROKEN = "broken, or no picture"


def encoded(image, kind, **options):
    output = io.BytesIO()
    image.save(output, kind, **options)
    return output.getvalue()


def noise(width, height, mode="RGB", seed=1):
    data = random.Random(seed).randbytes(width * height * len(mode))
    return Image.frombytes(mode, (width, height), data)


def corners(width=60, height=40):
    """Red at the top left, blue elsewhere."""
    image = Image.new("RGB", (width, height), (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, width // 2, height // 2))
    return image


def decoded(rendition):
    image = Image.open(io.BytesIO(rendition.data))
    assert image.size == (rendition.width, rendition.height)
    return image


def is_red(pixel):
    return pixel[0] > 200 and pixel[2] < 80


def png(width, height, data=b"", more=b""):
    """A PNG that says that it has this size."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(data or b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"") + more


# What pictures become


@pytest.mark.parametrize(
    ("kind", "into"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/png"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/webp"),
    ],
)
def test_every_format_becomes_a_picture_of_the_same_size_and_a_preview(kind, into):
    made = make(encoded(noise(800, 600), kind), "attachment")
    assert made.picture.content_type == into
    assert (made.picture.width, made.picture.height) == (800, 600)
    assert (made.preview.content_type, made.preview.width, made.preview.height) == ("image/webp", 640, 480)
    decoded(made.picture)
    decoded(made.preview)
    assert len(made.blurhash) == 4 + 2 * 12


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_of_where_and_by_what_it_was_taken_is_left(kind):
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    options = {"exif": exif, "xmp": b"<x:xmpmeta>SECRET-XMP</x:xmpmeta>"}
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", "SECRET-COMMENT")
        options = {"exif": exif, "pnginfo": info}
    elif kind == "JPEG":
        options["comment"] = b"SECRET-COMMENT"
    data = encoded(noise(50, 40), kind, **options) + b"SECRET-TRAILER<script>alert(1)</script>"
    assert data.count(b"SECRET") >= 2
    made = make(data, "attachment")
    for rendition in (made.picture, made.preview):
        assert b"SECRET" not in rendition.data
        assert b"<script>" not in rendition.data
        image = decoded(rendition)
        assert dict(image.getexif()) == {}
        assert "icc_profile" not in image.info


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    lying = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    upright = corners()
    stored = upright.transpose(lying[orientation]) if orientation in lying else upright
    made = make(encoded(stored, "JPEG", exif=exif, quality=95), "attachment")
    image = decoded(made.picture)
    assert image.size == upright.size
    assert is_red(image.getpixel((5, 5)))
    assert not any(is_red(image.getpixel(place)) for place in ((55, 5), (5, 35), (55, 35)))


def test_large_pictures_come_down_to_size_in_their_proportions():
    made = make(encoded(Image.new("RGB", (5200, 1300)), "JPEG"), "attachment")
    assert (made.picture.width, made.picture.height) == (2560, 640)
    assert (made.preview.width, made.preview.height) == (640, 160)
    thin = make(encoded(Image.new("RGB", (1, 9000)), "PNG"), "attachment")
    assert (thin.picture.width, thin.picture.height) == (1, 2560)


def test_avatars_are_squares_and_headers_are_wide():
    data = encoded(noise(1600, 900), "JPEG")
    avatar, header = make(data, "avatar").picture, make(data, "header").picture
    assert (avatar.width, avatar.height) == (400, 400)
    assert (header.width, header.height) == (1500, 500)
    for purpose in ("avatar", "header"):
        small = make(encoded(noise(1, 1), "PNG"), purpose).picture
        assert small.width >= small.height >= 1


@pytest.mark.parametrize(
    "image",
    [
        Image.new("1", (20, 20), 1),
        Image.new("L", (20, 20), 255),
        Image.new("LA", (20, 20), (255, 255)),
        Image.new("P", (20, 20), 0).convert("P"),
        Image.new("RGBA", (20, 20), (255, 255, 255, 255)),
        Image.new("I;16", (20, 20), 65535),
    ],
    ids=lambda image: image.mode,
)
def test_every_kind_of_colour_is_drawn(image):
    made = decoded(make(encoded(image, "PNG"), "attachment").picture).convert("RGB")
    expected = (0, 0, 0) if image.mode == "P" else (255, 255, 255)
    assert made.getpixel((10, 10)) == expected


def test_what_is_transparent_stays_so_and_print_colours_become_those_of_screens():
    glass = make(encoded(Image.new("RGBA", (20, 20), (255, 0, 0, 0)), "PNG"), "attachment")
    assert decoded(glass.picture).getpixel((5, 5))[3] == 0
    assert decoded(glass.preview).convert("RGBA").getpixel((5, 5))[3] == 0
    cyan = make(encoded(Image.new("CMYK", (20, 20), (255, 0, 0, 0)), "JPEG"), "attachment")
    red, green, blue = decoded(cyan.picture).getpixel((5, 5))
    assert red < 80 < min(green, blue)


def test_colours_of_another_space_are_converted():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = decoded(make(encoded(corners(), "PNG", icc_profile=lab), "attachment").picture)
    assert plain.getpixel((5, 5))[:3] == (255, 0, 0)
    broken = make(encoded(corners(), "PNG", icc_profile=b"no profile"), "attachment")
    assert decoded(broken.picture).getpixel((5, 5))[:3] == (255, 0, 0)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_an_animation_stays_one(kind):
    frames = [Image.new("RGB", (900, 450), (shade, 0, 255 - shade)) for shade in (0, 120, 250)]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=[50, 100, 200], loop=0)
    made = make(data, "attachment")
    assert (made.picture.content_type, made.picture.width, made.picture.height) == ("image/webp", 720, 360)
    moving = decoded(made.picture)
    assert moving.n_frames == 3
    assert not getattr(decoded(made.preview), "is_animated", False)
    assert not getattr(decoded(make(data, "avatar").picture), "is_animated", False)


# What is refused


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"x", "no picture of a type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "no picture of a type"),
        (b"<html><script>alert(1)</script>", "no picture of a type"),
        (b"%PDF-1.7", "no picture of a type"),
        (b"PK\x03\x04" + bytes(100), "no picture of a type"),
        (b"\xff\xd8\xff", BROKEN),
        (b"\xff\xd8\xff\xe0" + b"A" * 5000, BROKEN),
        (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", BROKEN),
        (b"GIF89a<script>alert(1)</script>" + bytes(100), BROKEN),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(100), BROKEN),
        (b"\x00\x00\x00\x1cftypavif" + bytes(100), BROKEN),
        (encoded(noise(300, 200), "JPEG")[:4000], BROKEN),
        (encoded(noise(300, 200), "PNG")[:4000], BROKEN),
        (encoded(noise(300, 200), "WEBP")[:4000], BROKEN),
        (png(500, 500), BROKEN),
        (png(60_000, 60_000), "60000 x 60000 pixels"),
        (png(0, 10), BROKEN),
        (b"GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x08\x01", "pixels"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100), "HEIC"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else None,
)
def test_what_is_no_picture_is_refused_in_words(data, said):
    with pytest.raises(Refused, match=said):
        make(data, "attachment")


def test_every_beginning_of_a_picture_is_refused_or_drawn_and_nothing_else_happens():
    whole = [encoded(noise(24, 24), kind) for kind in ("JPEG", "PNG", "GIF", "WEBP")]
    for data in whole:
        for length in range(0, len(data), 37):
            try:
                assert isinstance(make(data[:length], "attachment"), ProcessedMedia)
            except Refused:
                continue


def test_pictures_with_any_byte_changed_are_refused_or_drawn_and_nothing_else_happens():
    chance = random.Random(7)
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        data = encoded(noise(24, 24), kind)
        for _ in range(60):
            hostile = bytearray(data)
            for _ in range(3):
                hostile[chance.randrange(len(data))] = chance.randrange(256)
            try:
                assert isinstance(make(bytes(hostile), "attachment"), ProcessedMedia)
            except Refused:
                continue


def test_animations_are_bounded(monkeypatch):
    frames = [Image.new("RGB", (8, 8), (shade * 40, 0, 0)) for shade in range(6)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    monkeypatch.setattr(pictures, "FRAMES_MAX", 5)
    with pytest.raises(Refused, match="Use at most 5"):
        make(data, "attachment")
    monkeypatch.setattr(pictures, "FRAMES_MAX", 6)
    monkeypatch.setattr(pictures, "ANIMATED_PIXELS_MAX", 6 * 64 - 1)
    with pytest.raises(Refused, match="too large"):
        make(data, "attachment")
    monkeypatch.setattr(pictures, "ANIMATED_PIXELS_MAX", 6 * 64)
    monkeypatch.setattr(pictures, "ANIMATED_PIXELS", 6 * 16)
    assert make(data, "attachment").picture.width <= 4


# The process of its own


async def test_a_process_makes_the_same_pictures():
    data = encoded(noise(64, 48), "PNG")
    assert await PillowProcessor(MediaSettings()).process(data, "attachment") == make(data, "attachment")
    focus = Focus(-0.8, 0.8)
    assert await PillowProcessor(MediaSettings()).process(data, "avatar", focus) == make(
        data, "avatar", focus
    )


async def test_what_it_refuses_is_said_at_the_file():
    with pytest.raises(Invalid) as error:
        await PillowProcessor(MediaSettings()).process(png(60_000, 60_000), "attachment")
    assert "60000 x 60000" in error.value.fields["file"]


async def test_memory_is_bounded():
    settings = MediaSettings(memory=150 << 20)
    large = encoded(Image.new("RGB", (8000, 8000)), "PNG")
    with pytest.raises((Invalid, Unavailable)) as error:
        await PillowProcessor(settings).process(large, "attachment")
    assert isinstance(error.value, Invalid), error.value


async def test_what_takes_too_long_is_ended():
    with pytest.raises(Invalid, match="takes too long"):
        await PillowProcessor(MediaSettings(seconds=0.01)).process(encoded(noise(9, 9), "PNG"), "attachment")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", Invalid),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", Unavailable),
        ("raise RuntimeError('no ink')", Unavailable),
    ],
)
async def test_a_decoder_that_dies_ends_its_own_process_only(monkeypatch, code, error):
    start = asyncio.create_subprocess_exec

    async def dying(program, *arguments, **options):
        return await start(program, "-c", code, **options)

    monkeypatch.setattr(processor.asyncio, "create_subprocess_exec", dying)
    with pytest.raises(error):
        await PillowProcessor(MediaSettings()).process(b"x", "attachment")


async def test_it_knows_no_secret_of_the_site(monkeypatch):
    start, environments = asyncio.create_subprocess_exec, []

    async def noted(*arguments, **options):
        environments.append(options["env"])
        return await start(*arguments, **options)

    monkeypatch.setitem(os.environ, "MICROBLOG_SECRET_KEY", "00")
    monkeypatch.setattr(processor.asyncio, "create_subprocess_exec", noted)
    await PillowProcessor(MediaSettings()).process(encoded(noise(9, 9), "PNG"), "attachment")
    (environment,) = environments
    assert not any(name.startswith("MICROBLOG") for name in environment)


async def test_only_a_few_are_at_work_at_the_same_time():
    made, running, most = PillowProcessor(MediaSettings(concurrency=2)), 0, 0
    run = made._run

    async def counted(*file):
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await run(*file)
        finally:
            running -= 1

    made._run = counted
    data = encoded(noise(9, 9), "PNG")
    await asyncio.gather(*(made.process(data, "avatar") for _ in range(5)))
    assert most == 2


def test_the_plugin_brings_the_processor_with_its_settings():
    site = site_with(installed=("media",), settings={"media": {"concurrency": 1, "seconds": 5.0}})
    (made,) = site.ports.processors
    assert made.name == "pillow"
    assert made._settings == MediaSettings(concurrency=1, seconds=5.0)
    assert {"image/jpeg", "image/png", "image/gif", "image/webp"} <= set(made.content_types)
    assert made.probe(b"GIF89a").content_type == "image/gif"
    assert made.probe(b"<svg/>") is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_clean_picture_that_fits_stays_as_it_is_and_anything_more_is_taken_off(kind):
    clean = encoded(Image.effect_noise((300, 200), 90).convert("RGB"), kind)
    assert make(clean, "attachment").picture.data == clean
    assert make(clean, "avatar").picture.data != clean
    exif = Image.Exif()
    exif[0x010E] = "Where I live"
    for more in (
        encoded(Image.open(io.BytesIO(clean)), kind, exif=exif),
        encoded(
            Image.open(io.BytesIO(clean)),
            kind,
            icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        ),
        clean + b"PK\x03\x04 a hidden archive",
        clean + b"\0",
    ):
        made = make(more, "attachment").picture.data
        assert made != more
        assert b"hidden" not in made and b"Where I live" not in made


def test_a_clean_picture_that_does_not_fit_is_made_to():
    large = encoded(Image.new("RGB", (2600, 20), "red"), "JPEG")
    made = make(large, "attachment").picture
    assert (made.width, made.data != large) == (2560, True)
    square = encoded(Image.new("RGB", (400, 400), "red"), "JPEG")
    assert make(square, "avatar").picture.data == square


def test_a_file_with_another_one_inside_its_pixels_is_encoded_anew():
    plain = encoded(Image.new("RGB", (400, 100)), "JPEG")
    # A table that nobody uses may hold anything.
    hiding = plain[:2] + b"\xff\xdb\x00\x43\x03" + b"%PDF" * 16 + plain[2:]
    assert make(hiding, "attachment").picture.data != hiding
