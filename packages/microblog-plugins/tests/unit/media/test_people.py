"""Pictures of people are cropped around what they chose, and are small where people are."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from microblog_core.domain.media import Focus
from microblog_plugins.media.pictures import make


def encoded(image, kind):
    output = io.BytesIO()
    image.save(output, kind)
    return output.getvalue()


def noise(width, height):
    return Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))


def corners(width, height):
    """Red at the top left, blue elsewhere."""
    image = Image.new("RGB", (width, height), (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, width // 2, height // 2))
    return image


def test_small_pictures_of_people_are_as_small_as_they_are_shown():
    data = encoded(noise(1600, 900), "JPEG")
    avatar, header = make(data, "avatar").preview, make(data, "header").preview
    assert (avatar.width, avatar.height, avatar.content_type) == (112, 112, "image/webp")
    assert (header.width, header.height) == (750, 250)
    assert make(encoded(noise(50, 60), "PNG"), "avatar").preview.width == 50


@pytest.mark.parametrize(
    ("purpose", "size"), [("avatar", (600, 200)), ("avatar", (200, 600)), ("header", (300, 400))]
)
def test_the_focus_stays_in_sight(purpose, size):
    data = encoded(corners(*size), "PNG")

    def red(*focus):
        image = Image.open(io.BytesIO(make(data, purpose, *focus).picture.data)).convert("RGB")
        return round(100 * image.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))[0] / 255)

    assert [red(Focus(-1.0, 1.0)), red(), red(Focus(1.0, -1.0))] == [50, 25, 0]
