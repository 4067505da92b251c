"""Archives that others wrote: what is taken of them, what is not and why, and files that mean harm."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from microblog_core.domain.archives import ImportKind, ImportPart, ImportState
from microblog_core.domain.posts import Visibility
from microblog_core.domain.timelines import Page

from .archive_towns import picture, town, zipped
from .generated_archives import ME, ODD, PICTURES, as_tar, boost, document, note, outbox, plain

POSTS = (ImportPart.POSTS,)


async def test_thousands_of_posts_come_and_whatever_is_odd_or_broken_is_said(tmp_path: Path) -> None:
    count = 3000
    good = plain(count)
    good.append(
        note(
            count + 1,
            "<p>Two</p>",
            attachment=[
                document("109/1/original/red.png", focalPoint=[0.5, -0.5]),
                document("109/2/original/green.jpg", "image/jpeg"),
                document("109/4/original/film.mp4", "video/mp4"),
            ],
        )
    )
    good.append(boost(count + 2, f"{ME}/statuses/1"))
    good.append(good[0])
    entries = [*good, *ODD.values()]
    data = as_tar(
        outbox(entries),
        PICTURES,
        likes=[f"{ME}/statuses/2", "https://x.example/1", 7],
        bookmarks=[f"{ME}/statuses/3"],
    )
    async with town(tmp_path, "new.example") as here:
        parts = (ImportPart.POSTS, ImportPart.FAVOURITES, ImportPart.BOOKMARKS)
        item = await here.bring(data, parts=parts)
        assert item.state is ImportState.DONE
        assert item.total == item.cursor == len(entries) + 4
        assert (item.taken, item.known, item.refused) == (count + 4, 1, len(ODD) + 2)
        assert item.problems == len(ODD) + 2 + 1
        problems = await here.problems(item)
        for place, name in enumerate(ODD, len(good) + 1):
            assert problems[place], name
        assert "A picture is left out" in problems[count + 1]
        mine = [entry for entry in await here.posts() if entry.boosted_by is None]
        assert len(mine) == count + 1
        dates = [entry.post.created_at for entry in mine]
        assert dates == sorted(dates)
        by_text = {entry.post.text.split(" about")[0]: entry for entry in mine}
        first = by_text["Post 1"]
        assert first.post.text == "Post 1 about #tea" and first.post.tags == ("tea",)
        assert first.post.language == "en" and first.boosted
        (two,) = (entry for entry in mine if entry.post.text == "Two")
        red, green = two.post.attachments
        assert await here.ports.blobs.get(red.key) == picture("red")
        assert await here.ports.blobs.get(green.key) == picture("green", "JPEG")
        assert (red.focus.x, red.focus.y, red.description) == (0.5, -0.5, "A picture")
        for raw in good[:count]:
            kind, text = raw["object"], f"Post {raw['object']['id'].rpartition('/')[2]}"
            if text not in by_text:
                continue
            entry = by_text[text]
            if kind["summary"]:
                assert entry.post.spoiler == "Careful" and entry.post.sensitive
            if "oneOf" in kind:
                assert entry.poll is not None and entry.poll.has_ended(here.ports.clock.now())
                assert [option.votes_count for option in entry.poll.options] == [3, 2]
                assert entry.poll.voters_count == 5
            parent = kind["inReplyTo"]
            if parent and parent.startswith(ME):
                above = by_text.get(f"Post {parent.rpartition('/')[2]}")
                assert above is None or entry.post.in_reply_to_id == above.post.id
        shown = {entry.post.visibility for entry in mine}
        assert shown == {Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT}
        assert any("@eve@x.example yes" in entry.post.text for entry in mine)
        assert (await here.ports.storage.notifications.page(here.ada.id, Page())).items == ()
        again = await here.bring(data, parts=parts)
        assert (again.taken, again.known) == (0, count + 5)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>One<br>two</p><p>three &amp; <b>four</b></p>", "One\ntwo\n\nthree & four"),
        (
            '<p>See <a href="https://x.example/long"><span class="invisible">https://</span>x.exa</a></p>',
            "See https://x.example/long",
        ),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<pre>  x\n  y</pre>", "x\ny"),
        ("<script>alert(1)</script><p>safe</p>", "safe"),
        ("<p>unclosed <a href='x", "unclosed <a href='x"),
    ],
)
async def test_html_becomes_the_text_that_people_write(tmp_path: Path, content: str, text: str) -> None:
    async with town(tmp_path, "new.example") as here:
        await here.bring(as_tar(outbox([note(1, content)]), {}), parts=POSTS)
        (entry,) = await here.posts()
        assert entry.post.text == text


@pytest.mark.parametrize("cut", [0.4, 0.9])
async def test_of_an_outbox_that_breaks_off_the_beginning_is_taken(tmp_path: Path, cut: float) -> None:
    whole = outbox(plain(20))
    async with town(tmp_path, "new.example") as here:
        item = await here.bring(as_tar(whole[: int(len(whole) * cut)], {}), parts=POSTS)
        assert item.state is ImportState.DONE
        assert 0 < item.taken < 20 and item.refused == 1
        assert "breaks off" in next(iter((await here.problems(item)).values()))


def tarred(entries: list[tarfile.TarInfo], content: bytes = b"") -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w:gz") as archive:
        for entry in entries:
            archive.addfile(entry, io.BytesIO(content))
    return output.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.size, made.linkname = kind, size, link
    return made


def claims(name: str, size: int) -> bytes:
    """A header that says that so much follows."""
    return gzip.compress(entry(name, size=size).tobuf())


def many_members() -> bytes:
    data = bytearray(zipped({"outbox.json": {"orderedItems": []}}))
    at = data.rfind(b"PK\5\6")
    struct.pack_into("<L", data, at + 12, 0x7FFF_FFFF)
    return bytes(data)


HOSTILE = {
    "empty zip": b"PK\5\6" + b"\0" * 18,
    "no archive": b"hello " * 100,
    "half a zip": zipped({"outbox.json": {"orderedItems": []}})[:60],
    "half a tar": as_tar(outbox(plain(50)), PICTURES)[:500],
    "something else": zipped({"readme.txt": "hello"}),
    "links": tarred([entry("outbox.json", tarfile.SYMTYPE, link="/etc/passwd")]),
    "a hard link": tarred([entry("outbox.json", tarfile.LNKTYPE, link="/etc/passwd")]),
    "a device": tarred([entry("outbox.json", tarfile.CHRTYPE)]),
    "a bomb": gzip.compress(entry("outbox.json", size=1 << 33).tobuf() + b"\0" * (1 << 20)),
    "a huge header": gzip.compress(entry("x", tarfile.XHDTYPE, size=1 << 33).tobuf() + b"\0" * (1 << 20)),
    "a huge directory": many_members(),
    "an encrypted one": zipped({"outbox.json": "x"}).replace(
        b"PK\1\2\x14\3\x14\0\0", b"PK\1\2\x14\3\x14\0\1"
    ),
}


@pytest.mark.parametrize("name", list(HOSTILE))
async def test_what_is_no_archive_ends_in_words_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    async with town(tmp_path, "new.example") as here:
        item = await here.bring(HOSTILE[name])
        assert item.state is ImportState.FAILED and item.taken == 0
        assert "archive" in item.error.lower(), item.error
        assert await here.posts() == []
        await here.jobs()
        assert list((tmp_path / "new.example").rglob("*.archive")) == []


async def test_names_of_files_lead_nowhere(tmp_path: Path) -> None:
    tricks = {
        "../../outbox.json": outbox([note(1, "<p>Hi</p>", attachment=[document("x/../../../secret.png")])]),
        "/media_attachments/files/x/../../../secret.png": picture("red"),
        "actor.json/../../../../tmp/evil": b"evil",
    }
    async with town(tmp_path, "new.example") as here:
        item = await here.bring(zipped(tricks), parts=POSTS)
        assert item.taken == 1
        (made,) = await here.posts()
        assert len(made.post.attachments) == 1
        assert not list(tmp_path.rglob("evil")) and not list(tmp_path.rglob("secret*"))


async def test_a_bomb_is_stopped_before_it_fills_the_disk(tmp_path: Path) -> None:
    output = io.BytesIO()
    with (
        zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("outbox.json", "w") as member,
    ):
        for _ in range(90):
            member.write(b" " * (1 << 20))
    async with town(tmp_path, "new.example", archive_bytes=1 << 20) as here:
        item = await here.bring(output.getvalue())
        assert item.state is ImportState.FAILED
        assert "unpacks to far more" in item.error


async def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    filler = "x" * 1500
    posts = plain(400)
    small, large = (outbox([{"pad": filler}] * count + posts[:10]) for count in (100, 20_000))
    peaks = []
    async with town(tmp_path, "new.example") as here:
        for body in (small, small, large):
            data = as_tar(body, {})
            tracemalloc.start()
            item = await here.bring(data, parts=POSTS)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            assert item.state is ImportState.DONE
    # 20,000 entries of 30 MB; in memory are a batch and what storage in memory keeps of the report.
    assert peaks[2] - peaks[1] < 20 << 20, peaks


@pytest.mark.parametrize("data", [b"\xff\xfe\0", b'"' + b"x" * 200_000, b"\0\0\0", b"a" * 100 + b"\n" * 1000])
async def test_lists_that_are_none_end_in_words(tmp_path: Path, data: bytes) -> None:
    async with town(tmp_path, "new.example") as here:
        item = await here.bring(data, ImportKind.FOLLOWING)
        assert item.state is ImportState.DONE
        assert (item.taken, item.refused) == (0, item.total)
        assert json.dumps(await here.problems(item))
