"""Pictures over HTTP on a real site: from the form to the page, and whatever strangers send instead of
pictures.
"""

from __future__ import annotations

import asyncio
import io
import random
import re
import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from PIL import Image

from microblog_core.testing.browser import Browser, File, Page, log_in
from microblog_core.testing.servers import ServerProcess, site_server

from .conftest import MakeData
from .seeding import PASSWORD, opened, person
from .test_hostile_input import assert_refused

CONFIGURATION = """
[sites.main.rates]
publish = [1000, 60]
profile = [1000, 60]
upload = [1000, 60]
"""


def encoded(image: Image.Image, kind: str) -> bytes:
    output = io.BytesIO()
    image.save(output, kind)
    return output.getvalue()


PHOTO = encoded(Image.frombytes("RGB", (320, 200), random.Random(1).randbytes(320 * 200 * 3)), "JPEG")


def bomb() -> bytes:
    """A PNG of a few kilobytes that says it has 3.6 thousand million pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(4_000_000)))
        + chunk(b"IEND", b"")
    )


HOSTILE: dict[str, File] = {
    "one byte": ("a.png", "image/png", b"x"),
    "nothing": ("a.png", "image/png", b""),
    "html": ("a.png", "image/png", b"<!doctype html><script>alert(1)</script>"),
    "svg": ("a.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    "svg as png": ("a.png", "image/png", b"<?xml version='1.0'?><svg onload='alert(1)'/>"),
    "bomb": ("a.png", "image/png", bomb()),
    "huge gif": (
        "a.gif",
        "image/gif",
        b"GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x08\x01",
    ),
    "cut off": ("a.jpg", "image/jpeg", PHOTO[:5000]),
    "zip": ("a.jpg", "image/jpeg", b"PK\x03\x04" + bytes(1000)),
    "only a beginning": ("a.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + b"<script>" * 1000),
    "heic": ("a.heic", "image/heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100)),
    "exe": ("../../../../bin/sh", "application/x-msdownload", b"MZ" + bytes(1000)),
}


@pytest.fixture(scope="module")
def data(make_data: MakeData) -> Path:
    return make_data(CONFIGURATION)


@pytest.fixture(scope="module")
def people(data: Path) -> None:
    async def seed() -> None:
        async with opened(data) as ports:
            await person(ports, "ada")
            await person(ports, "bob")

    asyncio.run(seed())


@pytest.fixture(scope="module")
def server(data: Path, people: None) -> Iterator[ServerProcess]:
    with site_server(data) as server:
        yield server
        assert "Traceback" not in server.output()


@pytest.fixture
async def ada(server: ServerProcess) -> AsyncIterator[Browser]:
    async with Browser(server.port) as browser:
        assert (await log_in(browser, "ada", PASSWORD)).status == 303
        yield browser


@pytest.fixture
async def bob(server: ServerProcess) -> AsyncIterator[Browser]:
    async with Browser(server.port) as browser:
        assert (await log_in(browser, "bob", PASSWORD)).status == 303
        yield browser


async def post_pictures(browser: Browser, text: str, *files: File, **values: str) -> Page:
    form = (await browser.get("/compose")).form("text")
    named = {f"picture_{number}": file for number, file in enumerate(files)}
    return await browser.upload("/compose", {**form.fields, "text": text, **values}, named)


def stored(data: Path) -> set[str]:
    """The files of the site's media folder."""
    folder = data / "media" / "main"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


async def settled(data: Path, expected: set[str]) -> set[str]:
    """The files once the jobs of the moment are done."""
    for _ in range(100):
        if stored(data) == expected:
            break
        await asyncio.sleep(0.1)
    return stored(data)


async def test_a_picture_goes_from_the_form_to_everybodys_page(ada: Browser, server: ServerProcess) -> None:
    tricky = ('..\\..\\"x.php\r\nx: y', "text/html", PHOTO)
    page = await post_pictures(ada, "", tricky, description_0='A <b>"cat"</b>')
    assert page.status == 303, page.text
    async with Browser(server.port) as visitor:
        page = await visitor.get("/@ada")
        assert 'alt="A &lt;b&gt;&#34;cat&#34;&lt;/b&gt;"' in page.text
        whole, small = re.search(r'<a href="(/media/[^"]+)"><img src="(/media/[^"]+)"', page.text).groups()  # type: ignore[union-attr]
        for path, kind, size in ((whole, "image/jpeg", (320, 200)), (small, "image/webp", (320, 200))):
            served = await visitor.get(path)
            assert (served.status, served.headers["content-type"]) == (200, kind)
            assert served.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in served.headers["content-security-policy"]
            assert Image.open(io.BytesIO(served.body)).size == size
        assert (await visitor.get(re.sub(r"\.\w+$", ".original", whole))).status == 404
        assert "img-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_no_picture_is_refused_and_leaves_nothing(ada: Browser, data: Path, name: str) -> None:
    before = stored(data)
    page = await post_pictures(ada, f"hostile {name}", HOSTILE[name])
    assert_refused(page, 422)
    assert f"hostile {name}</textarea>" in page.text
    assert await settled(data, before) == before
    assert f"hostile {name}" not in (await ada.get("/@ada")).text


async def test_a_good_picture_beside_a_bad_one_is_not_lost(ada: Browser) -> None:
    page = await post_pictures(ada, "both", ("a.jpg", "image/jpeg", PHOTO), HOSTILE["html"])
    assert_refused(page, 422)
    form = page.form("text", "media")
    assert form.fields["media"].isdigit()
    page = await ada.upload("/compose", dict(form.fields), {})
    assert page.status == 303, page.text
    assert (await ada.get("/@ada")).text.count('class="pics n1"') >= 1


@pytest.mark.parametrize("megabytes", [17, 66])
async def test_files_beyond_the_limit_are_refused(ada: Browser, data: Path, megabytes: int) -> None:
    before = stored(data)
    large: File = ("a.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(megabytes << 20))
    try:
        page = await post_pictures(ada, "large", large)
    except ConnectionError:
        # The server need not read to the end what it refuses by its length.
        assert megabytes == 66
    else:
        assert_refused(page, 413)
    assert await settled(data, before) == before


async def test_pictures_of_others_can_not_be_used_by_their_ids(ada: Browser, bob: Browser) -> None:
    page = await post_pictures(ada, "kept", ("a.jpg", "image/jpeg", PHOTO), HOSTILE["one byte"])
    kept = page.form("text", "media").fields["media"]
    for ids in (kept, "1", "9" * 18, f"{kept},{kept}"):
        page = await post_pictures(bob, "stolen", media=ids)
        assert_refused(page, 422)
    assert "stolen" not in (await bob.get("/@bob")).text


async def test_forms_that_are_none_are_refused(ada: Browser) -> None:
    token = (await ada.get("/compose")).form("text").fields["csrf_token"]
    bodies = [
        (b"", "multipart/form-data; boundary=x"),
        (b"garbage", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\nno head\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\ncontent-disposition: form-data; name=a\r\n\r\n1", "multipart/form-data; boundary=x"),
        (
            b'--x\r\ncontent-disposition: form-data; name="text"\r\ncontent-type: text/plain; '
            b"charset=nonsense\r\n\r\n\xff\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
        (
            b'--x\r\ncontent-disposition: form-data; name="text"\r\n\r\n\xff\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary=" + "y" * 5000),
    ]
    for body, kind in bodies:
        page = await ada._request(
            "POST", "/compose", body, {"content-type": kind, "origin": ada.origin, "x-csrf-token": token}
        )
        assert_refused(page)


async def test_an_avatar_is_shown_beside_posts(ada: Browser, data: Path) -> None:
    form = (await ada.get("/settings/profile")).form("display_name", "bio")
    page = await ada.upload(
        "/settings/profile", dict(form.fields), {"avatar": ("me.jpg", "image/jpeg", PHOTO)}
    )
    assert page.status == 303, page.text
    shown = (await ada.get("/@ada")).text
    found = re.search(r'<img class="av" src="/media/([0-9a-f]{2}/[0-9a-f]{30})-large\.jpg" alt=""', shown)
    assert found
    assert f'<img class="av" src="/media/{found[1]}-small.webp" alt=""' in shown
    before = stored(data)
    page = await ada.upload("/settings/profile", dict(form.fields), {"header": HOSTILE["bomb"]})
    assert_refused(page, 422)
    assert await settled(data, before) == before


async def test_a_site_without_its_media_folder_says_not_found_and_takes_new_ones(
    ada: Browser, data: Path
) -> None:
    assert (await post_pictures(ada, "here", ("a.jpg", "image/jpeg", PHOTO))).status == 303
    # At once: the picture is being made in the meantime.
    (data / "media").rename(data / "lost")
    page = await ada.get("/@ada")
    path = re.search(r'<img src="(/media/[^"]+)"', page.text)[1]  # type: ignore[index]
    assert_refused(await ada.get(path), 404)
    assert (await post_pictures(ada, "again", ("a.jpg", "image/jpeg", PHOTO))).status == 303
