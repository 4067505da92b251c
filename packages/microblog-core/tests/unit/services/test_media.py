"""Uploads from the file to the post: acknowledged when nothing can lose them, refused with nothing left
behind.
"""

from __future__ import annotations

import asyncio
import dataclasses

import msgspec
import pytest
from media_fakes import FILE, Sketcher

from microblog_core.domain.errors import Invalid, NotFound, TooLarge, Unavailable
from microblog_core.domain.media import CENTRE, Focus, MediaKind, MediaState
from microblog_core.runtime import media as jobs
from microblog_core.services import media, posts, uploads


async def test_an_upload_is_a_picture_and_its_preview_and_no_more(studio, ada):
    made = await studio.upload(ada, description=" A cat ", focus=Focus(3.0, 0.5))
    await studio.settle()
    assert (made.state, made.kind) == (MediaState.READY, MediaKind.IMAGE)
    assert (made.width, made.height, made.preview_width, made.preview_height) == (30, 20, 3, 2)
    assert (made.description, made.focus, made.size) == ("A cat", Focus(1.0, 0.5), 5)
    assert studio.files == {made.key: b"a cat", made.preview_key: b"small"}
    assert await media.read_media(studio.ports, await studio.actor(ada), made.id) == made


async def test_an_upload_that_takes_long_is_acknowledged_and_finished_later(studio, ada):
    studio.sketcher.waits = asyncio.Event()
    made = await studio.upload(ada, wait=0.0)
    assert (made.state, made.key) == (MediaState.PROCESSING, "")
    assert studio.files == {made.original_key: FILE}
    post = posts.PublishPost(text="", media_ids=(made.id,))
    with pytest.raises(Invalid) as error:
        await posts.publish_post(studio.ports, await studio.actor(ada), post)
    assert error.value.code == "media_processing"
    studio.sketcher.waits.set()
    await studio.settle()
    stored = await studio.storage.media.get(made.id)
    assert stored.state is MediaState.READY
    assert set(studio.files) == {stored.key, stored.preview_key}


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (b"", Invalid, "empty"),
        (b"x", Invalid, "SKETCH"),
        (b"<svg onload=alert(1)>", Invalid, "SKETCH"),
        (b"PIC" + b"x" * 1000, TooLarge, "larger"),
        (b"PIC broken", Invalid, "broken"),
    ],
    ids=["empty", "one byte", "svg", "too large", "broken"],
)
async def test_what_is_refused_leaves_nothing_behind(studio, ada, data, error, said):
    with pytest.raises(error) as refused:
        await studio.upload(ada, data)
    assert said in refused.value.message
    await studio.settle()
    assert studio.files == {}
    assert await studio.rows() == []


async def test_without_a_processor_an_upload_says_what_is_missing(ada, studio):
    ports = dataclasses.replace(studio.ports, processors=())
    with pytest.raises(Invalid) as error:
        await media.upload_media(ports, await studio.actor(ada), media.UploadMedia(data=FILE))
    assert "file" in error.value.fields
    assert "'media' of microblog-plugins" in error.value.hint


async def test_a_processor_that_can_not_even_look_is_skipped(ada, studio):
    class Blind(Sketcher):
        def probe(self, data):
            raise RuntimeError("no eyes")

    ports = dataclasses.replace(studio.ports, processors=(Blind(), studio.sketcher))
    actor = await studio.actor(ada)
    made = await media.upload_media(ports, actor, media.UploadMedia(data=FILE))
    assert made.state is MediaState.READY


async def test_a_processor_that_breaks_is_tried_again_and_then_the_upload_has_failed(studio, ada):
    studio.sketcher.breaks = True
    made = await studio.upload(ada, wait=0.0)
    for _ in range(jobs.PROCESS_RETRY.tries):
        await studio.settle()
        await studio.work()
    stored = await studio.storage.media.get(made.id)
    assert (stored.state, stored.error) == (MediaState.FAILED, "This file can't be processed.")
    await studio.work()
    assert studio.files == {}
    with pytest.raises(Invalid, match="can't be used"):
        await media.attachable(studio.ports, ada, (made.id,))


async def test_a_store_that_does_not_answer_leaves_no_row(studio, ada, monkeypatch):
    async def full(*arguments):
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(studio.ports.blobs, "put", full)
    with pytest.raises(Unavailable):
        await studio.upload(ada)
    assert await studio.rows() == []


async def test_a_job_that_runs_twice_changes_nothing_more(studio, ada):
    made = await studio.upload(ada)
    await studio.settle()
    files = dict(studio.files)
    job = uploads.job_of(studio.ports, media.PROCESS_JOB, str(made.id), media.MediaJob(made.id))
    await jobs.process_media(studio.ports, job)
    assert (await studio.storage.media.get(made.id), studio.files) == (made, files)


async def test_what_was_deleted_while_it_was_processed_leaves_no_file(studio, ada):
    studio.sketcher.waits = asyncio.Event()
    made = await studio.upload(ada, wait=0.0)
    actor = await studio.actor(ada)
    await media.delete_media(studio.ports, actor, media.RemoveMedia(media_id=made.id))
    studio.sketcher.waits.set()
    await studio.settle()
    studio.clock.advance(uploads.LINGER_MILLISECONDS / 1000)
    await studio.work()
    assert studio.files == {}
    with pytest.raises(NotFound):
        await media.read_media(studio.ports, actor, made.id)


# Describing and deleting


async def test_others_neither_read_nor_describe_nor_delete_a_picture(studio, ada):
    bob = await studio.actor(await studio.sign_up("bob"))
    made = await studio.upload(ada)
    for attempt in (
        media.read_media(studio.ports, bob, made.id),
        media.describe_media(studio.ports, bob, media.EditMedia(media_id=made.id, description="mine")),
        media.delete_media(studio.ports, bob, media.RemoveMedia(media_id=made.id)),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await studio.storage.media.get(made.id) == made


async def test_a_picture_is_described_until_a_post_has_it(studio, ada):
    made, actor = await studio.upload(ada), await studio.actor(ada)
    edit = media.EditMedia(media_id=made.id, description="A dog", focus=Focus(0.0, -1.0))
    described = await media.describe_media(studio.ports, actor, edit)
    assert (described.description, described.focus) == ("A dog", Focus(0.0, -1.0))
    await studio.publish(ada, "", media_ids=(made.id,))
    with pytest.raises(NotFound, match="belongs to no post"):
        await media.describe_media(studio.ports, actor, edit)
    with pytest.raises(Invalid, match="belongs to a post"):
        await media.delete_media(studio.ports, actor, media.RemoveMedia(media_id=made.id))


async def test_a_deleted_picture_takes_its_files_with_it(studio, ada):
    made, actor = await studio.upload(ada), await studio.actor(ada)
    await media.delete_media(studio.ports, actor, media.RemoveMedia(media_id=made.id))
    await studio.settle()
    assert studio.files == {}


def test_an_attachment_is_stored_without_what_is_as_usual():
    made = media.Attachment(id=1, account_id=2, stem="ab", created_at=3, focus=CENTRE)
    assert msgspec.json.encode(made) == b'{"id":1,"account_id":2,"stem":"ab","created_at":3}'
