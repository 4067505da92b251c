"""Custom emojis: uploaded one by one or by the archive, changed and removed."""

from __future__ import annotations

import io
import zipfile

import pytest
from media_fakes import Studio

from microblog_core.domain.accounts import Role
from microblog_core.domain.emojis import EMOJI_BYTES
from microblog_core.domain.errors import Forbidden, Invalid, NotFound
from microblog_core.domain.media import MediaKind
from microblog_core.domain.media_usage import MediaUsage
from microblog_core.ports.media import MediaFacts
from microblog_core.services import emojis, site_texts
from microblog_core.services.emojis import EditEmoji, EmojiCommand, UploadEmoji, UploadEmojis


@pytest.fixture
async def boss(studio: Studio):
    probe = studio.sketcher.probe

    def typed(data):
        facts = probe(data)
        kind = "image/jpeg" if b"photo" in data else "image/png"
        return facts and MediaFacts(kind=MediaKind.IMAGE, content_type=kind)

    studio.sketcher.probe = typed
    return await studio.actor(await studio.build.account("boss", role=Role.ADMINISTRATOR))


async def shown(studio: Studio) -> list[str]:
    return [each.shortcode for each in (await site_texts.read_face(studio.ports)).emojis.shown]


async def test_an_uploaded_picture_is_an_emoji_until_it_is_disabled_or_removed(studio, boss) -> None:
    made = await emojis.upload_emoji(
        studio.ports, boss, UploadEmoji(shortcode=":tea:", data=b"PIC tea", category=" Drinks ")
    )
    assert (made.shortcode, made.category, made.size) == ("tea", "Drinks", len(b"tea") + len(b"small"))
    assert {made.picture_key, made.static_key} == set(studio.files)
    assert studio.sketcher.purposes == ["emoji"]
    assert await studio.rows() == []
    assert await shown(studio) == ["tea"]
    edit = EditEmoji(shortcode="TEA", category="", visible_in_picker=False, disabled=True)
    changed = await emojis.edit_emoji(studio.ports, boss, edit)
    assert (changed.shortcode, changed.picture_key, changed.disabled) == ("tea", made.picture_key, True)
    assert await shown(studio) == []
    total = await studio.storage.media_usage.total()
    assert total == MediaUsage(emojis=1, emoji_bytes=made.size)
    await emojis.delete_emoji(studio.ports, boss, EmojiCommand(shortcode="tea"))
    studio.clock.advance(emojis.REPLACED_MILLISECONDS)
    await studio.work()
    assert not studio.files
    for attempt in (
        emojis.delete_emoji(studio.ports, boss, EmojiCommand(shortcode="tea")),
        emojis.edit_emoji(studio.ports, boss, edit),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_one_with_the_same_shortcode_is_replaced_whatever_its_capitals(studio, boss) -> None:
    first = await emojis.upload_emoji(studio.ports, boss, UploadEmoji(shortcode="tea", data=b"PIC one"))
    await emojis.upload_emoji(studio.ports, boss, UploadEmoji(shortcode="TEA", data=b"PIC two"))
    assert await shown(studio) == ["TEA"]
    studio.clock.advance(emojis.REPLACED_MILLISECONDS)
    await studio.work()
    assert first.picture_key not in studio.files
    assert len(studio.files) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"shortcode": "a b"}, "shortcode"),
        ({"shortcode": "x" * 51}, "shortcode"),
        ({"category": "x" * 51}, "category"),
        ({"data": b""}, "file"),
        ({"data": b"no picture"}, "file"),
        ({"data": b"PIC photo"}, "file"),
        ({"data": b"PIC broken"}, "file"),
        ({"data": b"PIC" + bytes(EMOJI_BYTES)}, "file"),
    ],
)
async def test_what_is_no_emoji_is_refused_and_leaves_nothing(studio, boss, changes, field) -> None:
    command = UploadEmoji(**{"shortcode": "tea", "data": b"PIC tea", **changes})
    with pytest.raises(Invalid) as refused:
        await emojis.upload_emoji(studio.ports, boss, command)
    assert set(refused.value.fields) == {field}
    assert await studio.rows() == []
    assert await shown(studio) == []
    assert not studio.files


def archive(**files: bytes) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return output.getvalue()


async def test_an_archive_reports_what_became_of_each_file(studio, boss) -> None:
    await emojis.upload_emoji(studio.ports, boss, UploadEmoji(shortcode="tea", data=b"PIC tea"))
    data = archive(
        set__milk_dot_png=b"PIC milk",
        set__TEA_dot_png=b"PIC other",
        set__broken_dot_png=b"PIC broken",
        set__huge_dot_png=b"PIC" + bytes(EMOJI_BYTES),
        set__x_dot_png=b"PIC x",
        _dot_hidden=b"",
    )
    report = await emojis.upload_emojis(studio.ports, boss, UploadEmojis(data=data, category="Set"))
    assert report.added == ("milk",)
    assert [name for name, _ in report.refused] == ["TEA.png", "broken.png", "huge.png", "x.png"]
    assert all(reason for _, reason in report.refused)
    again = UploadEmojis(data=archive(TEA_dot_png=b"PIC tea"), replace=True)
    assert (await emojis.upload_emojis(studio.ports, boss, again)).added == ("TEA",)
    assert await shown(studio) == ["TEA", "milk"]


@pytest.mark.parametrize(
    "data", [b"", b"no archive", archive(), archive(**{f"e{number}": b"x" for number in range(201)})]
)
async def test_what_is_no_archive_is_refused(studio, boss, data) -> None:
    with pytest.raises(Invalid) as refused:
        await emojis.upload_emojis(studio.ports, boss, UploadEmojis(data=data))
    assert set(refused.value.fields) == {"archive"}


async def test_only_administrators_have_emojis(studio, ada) -> None:
    actor = await studio.actor(ada)
    for attempt in (
        emojis.upload_emoji(studio.ports, actor, UploadEmoji(shortcode="tea", data=b"PIC tea")),
        emojis.upload_emojis(studio.ports, actor, UploadEmojis(data=b"")),
        emojis.edit_emoji(studio.ports, actor, EditEmoji(shortcode="tea")),
        emojis.delete_emoji(studio.ports, actor, EmojiCommand(shortcode="tea")),
    ):
        with pytest.raises(Forbidden):
            await attempt
