"""Uploads from the file to the post: acknowledged when nothing can lose them, refused with nothing left
behind.
"""

from __future__ import annotations

import asyncio
import dataclasses

import msgspec
import pytest

from microblog_core.domain.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from microblog_core.domain.events import AccountUpdated, JobsQueued
from microblog_core.domain.media import CENTRE, UNATTACHED_MILLISECONDS, Focus, MediaKind, MediaState
from microblog_core.domain.posts import Visibility
from microblog_core.domain.timelines import Page
from microblog_core.ports.context import Limits
from microblog_core.ports.media import MediaFacts, ProcessedMedia, Rendition
from microblog_core.runtime import media as jobs
from microblog_core.services import media, posts
from microblog_core.testing.world import World, make_ports

FILE = b"PIC a cat"


class Sketcher:
    """A media processor whose pictures begin with `PIC`."""

    name = "sketcher"
    content_types = ("image/sketch",)

    def __init__(self):
        self.waits = None
        self.breaks = False
        self.purposes = []

    def probe(self, data):
        return MediaFacts(kind=MediaKind.IMAGE, content_type="image/sketch") if data[:3] == b"PIC" else None

    async def process(self, data, purpose):
        self.purposes.append(purpose)
        if self.waits is not None:
            await self.waits.wait()
        if self.breaks:
            raise RuntimeError("no ink")
        if b"broken" in data:
            raise Invalid(fields={"file": "This file is broken."})
        return ProcessedMedia(
            kind=MediaKind.IMAGE,
            picture=Rendition(content_type="image/png", data=data[4:], width=30, height=20),
            preview=Rendition(content_type="image/webp", data=b"small", width=3, height=2),
            blurhash="L9S?DV",
        )


class Studio(World):
    """A world with a sketcher and a job runner that works at once, unless it is told to `rest`."""

    def __init__(self):
        self.sketcher = Sketcher()
        super().__init__(make_ports(processors=(self.sketcher,), limits=Limits(upload_bytes=1000)))
        self.rest = False
        self.tasks = set()
        self.bus.subscribe(JobsQueued, self.work_soon)

    def work_soon(self, event):
        if not self.rest:
            task = asyncio.get_running_loop().create_task(self.work())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def work(self):
        handlers = {
            media.PROCESS_JOB: jobs.process_media,
            media.REMOVE_FILES_JOB: jobs.remove_media_files,
        }
        for job in await self.storage.queue.claim(self.clock.now(), limit=100, lease=60_000):
            try:
                await handlers[job.kind](self.ports, job)
            except RuntimeError:
                await self.storage.queue.retry(job.id, due_at=self.clock.now(), error="no ink")
            else:
                await self.storage.queue.finish([job.id])

    async def settle(self):
        while self.tasks:
            await asyncio.gather(*self.tasks)

    async def upload(self, account, data=FILE, **more):
        self.clock.advance(1)
        command = media.UploadMedia(data=data, **more)
        return await media.upload_media(self.ports, await self.actor(account), command)

    async def sweep(self):
        await jobs.sweep_media(self.ports, None)
        await self.settle()

    @property
    def files(self):
        return self.ports.blobs.files


@pytest.fixture
def world():
    return Studio()


@pytest.fixture
async def ada(world):
    return await world.sign_up("ada")


async def rows(world):
    return list(await world.storage.media.unattached(1 << 62, 100))


async def test_an_upload_is_a_picture_and_its_preview_and_no_more(world, ada):
    made = await world.upload(ada, description=" A cat ", focus=Focus(3.0, 0.5))
    await world.settle()
    assert (made.state, made.kind) == (MediaState.READY, MediaKind.IMAGE)
    assert (made.width, made.height, made.preview_width, made.preview_height) == (30, 20, 3, 2)
    assert (made.description, made.focus, made.size) == ("A cat", Focus(1.0, 0.5), 5)
    assert world.files == {made.key: b"a cat", made.preview_key: b"small"}
    assert await media.read_media(world.ports, await world.actor(ada), made.id) == made


async def test_an_upload_that_takes_long_is_acknowledged_and_finished_later(world, ada):
    world.sketcher.waits = asyncio.Event()
    made = await world.upload(ada, wait=0.0)
    assert (made.state, made.key) == (MediaState.PROCESSING, "")
    assert world.files == {made.original_key: FILE}
    post = posts.PublishPost(text="", media_ids=(made.id,))
    with pytest.raises(Invalid) as error:
        await posts.publish_post(world.ports, await world.actor(ada), post)
    assert error.value.code == "media_processing"
    world.sketcher.waits.set()
    await world.settle()
    stored = await world.storage.media.get(made.id)
    assert stored.state is MediaState.READY
    assert set(world.files) == {stored.key, stored.preview_key}


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
async def test_what_is_refused_leaves_nothing_behind(world, ada, data, error, said):
    with pytest.raises(error) as refused:
        await world.upload(ada, data)
    assert said in refused.value.message
    await world.settle()
    assert world.files == {}
    assert await rows(world) == []


async def test_without_a_processor_an_upload_says_what_is_missing(ada, world):
    ports = dataclasses.replace(world.ports, processors=())
    with pytest.raises(Invalid) as error:
        await media.upload_media(ports, await world.actor(ada), media.UploadMedia(data=FILE))
    assert "file" in error.value.fields
    assert "'media' of microblog-plugins" in error.value.hint


async def test_a_processor_that_can_not_even_look_is_skipped(ada, world):
    class Blind(Sketcher):
        def probe(self, data):
            raise RuntimeError("no eyes")

    ports = dataclasses.replace(world.ports, processors=(Blind(), world.sketcher))
    actor = await world.actor(ada)
    made = await media.upload_media(ports, actor, media.UploadMedia(data=FILE))
    assert made.state is MediaState.READY


async def test_a_processor_that_breaks_is_tried_again_and_then_the_upload_has_failed(world, ada):
    world.sketcher.breaks = True
    made = await world.upload(ada, wait=0.0)
    for _ in range(jobs.PROCESS_RETRY.tries):
        await world.settle()
        await world.work()
    stored = await world.storage.media.get(made.id)
    assert (stored.state, stored.error) == (MediaState.FAILED, "This file can't be processed.")
    await world.work()
    assert world.files == {}
    with pytest.raises(Invalid, match="can't be used"):
        await media.attachable(world.ports, ada, (made.id,))


async def test_a_store_that_does_not_answer_leaves_no_row(world, ada, monkeypatch):
    async def full(*arguments):
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(world.ports.blobs, "put", full)
    with pytest.raises(Unavailable):
        await world.upload(ada)
    assert await rows(world) == []


async def test_a_job_that_runs_twice_changes_nothing_more(world, ada):
    made = await world.upload(ada)
    await world.settle()
    files = dict(world.files)
    job = media._job(world.ports, media.PROCESS_JOB, str(made.id), media.MediaJob(made.id))
    await jobs.process_media(world.ports, job)
    assert (await world.storage.media.get(made.id), world.files) == (made, files)


async def test_what_was_deleted_while_it_was_processed_leaves_no_file(world, ada):
    world.sketcher.waits = asyncio.Event()
    made = await world.upload(ada, wait=0.0)
    actor = await world.actor(ada)
    await media.delete_media(world.ports, actor, media.RemoveMedia(media_id=made.id))
    world.sketcher.waits.set()
    await world.settle()
    world.clock.advance(media.LINGER_MILLISECONDS / 1000)
    await world.work()
    assert world.files == {}
    with pytest.raises(NotFound):
        await media.read_media(world.ports, actor, made.id)


# Describing and deleting


async def test_others_neither_read_nor_describe_nor_delete_a_picture(world, ada):
    bob = await world.actor(await world.sign_up("bob"))
    made = await world.upload(ada)
    for attempt in (
        media.read_media(world.ports, bob, made.id),
        media.describe_media(world.ports, bob, media.EditMedia(media_id=made.id, description="mine")),
        media.delete_media(world.ports, bob, media.RemoveMedia(media_id=made.id)),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await world.storage.media.get(made.id) == made


async def test_a_picture_is_described_until_a_post_has_it(world, ada):
    made, actor = await world.upload(ada), await world.actor(ada)
    edit = media.EditMedia(media_id=made.id, description="A dog", focus=Focus(0.0, -1.0))
    described = await media.describe_media(world.ports, actor, edit)
    assert (described.description, described.focus) == ("A dog", Focus(0.0, -1.0))
    await world.publish(ada, "", media_ids=(made.id,))
    with pytest.raises(NotFound, match="belongs to no post"):
        await media.describe_media(world.ports, actor, edit)
    with pytest.raises(Invalid, match="belongs to a post"):
        await media.delete_media(world.ports, actor, media.RemoveMedia(media_id=made.id))


async def test_a_deleted_picture_takes_its_files_with_it(world, ada):
    made, actor = await world.upload(ada), await world.actor(ada)
    await media.delete_media(world.ports, actor, media.RemoveMedia(media_id=made.id))
    await world.settle()
    assert world.files == {}


# Posts


async def test_a_post_with_pictures_needs_no_text(world, ada):
    one, two = await world.upload(ada, description="1"), await world.upload(ada, description="2")
    entry = await world.publish(ada, " ", media_ids=(two.id, one.id))
    stored = await world.storage.posts.get(None, entry.post.id)
    assert (stored.post.text, stored.post.html) == ("", "")
    assert [each.description for each in stored.post.attachments] == ["2", "1"]
    assert stored.post.attachments == entry.post.attachments
    with pytest.raises(Invalid, match="Write something"):
        await world.publish(ada, " ")


async def test_pictures_that_can_not_be_attached_are_named(world, ada):
    bob = await world.sign_up("bob")
    mine, theirs, taken = await world.upload(ada), await world.upload(bob), await world.upload(ada)
    await world.publish(ada, "first", media_ids=(taken.id,))
    five = tuple([(await world.upload(ada)).id for _ in range(5)])
    wrong = {
        (theirs.id,): "does not exist",
        (99,): "does not exist",
        (taken.id,): "another post",
        (mine.id, mine.id): "once",
        five: "at most 4",
    }
    for ids, said in wrong.items():
        with pytest.raises(Invalid) as error:
            await world.publish(ada, "second", media_ids=ids)
        assert said in error.value.fields["media_ids"]
    assert len((await world.storage.timelines.public(None, Page())).items) == 1


async def test_a_picture_described_while_the_post_is_written_is_shown_as_described(world, ada):
    made, actor = await world.upload(ada), await world.actor(ada)
    commit, times = world.storage.commit, []

    async def late(operations):
        times.append(1)
        if len(times) == 1:
            edit = media.EditMedia(media_id=made.id, description="newer")
            await media.describe_media(world.ports, actor, edit)
        return await commit(operations)

    world.storage.commit = late
    entry = await world.publish(ada, "", media_ids=(made.id,))
    assert entry.post.attachments[0].description == "newer"
    assert (await world.storage.media.get(made.id)).post_id == entry.post.id


async def test_an_edit_keeps_reorders_describes_and_removes_pictures(world, ada):
    one, two = await world.upload(ada), await world.upload(ada)
    entry = await world.publish(ada, "hello", media_ids=(one.id, two.id))
    actor, post_id = await world.actor(ada), entry.post.id

    async def edit(**changes):
        world.clock.advance(1)
        command = posts.EditPost(post_id=post_id, text="hello", **changes)
        return (await posts.edit_post(world.ports, actor, command)).post

    assert (await edit()).version == 1
    told = posts.DescribedMedia(id=one.id, description="A cat", focus=Focus(0.5, 0.0))
    described = await edit(media_attributes=(told,))
    assert [each.description for each in described.attachments] == ["A cat", ""]
    assert (await edit(media_attributes=(told,))).version == 2
    assert [each.id for each in (await edit(media_ids=(two.id, one.id))).attachments] == [two.id, one.id]
    assert (await edit(media_ids=(), media_attributes=(told,))).attachments == ()
    back = await edit(media_ids=(one.id,))
    assert [(each.id, each.description) for each in back.attachments] == [(one.id, "A cat")]
    history = await world.storage.posts.edits(None, post_id)
    assert [len(version.attachments) for version in history] == [2, 2, 2, 0, 1]
    with pytest.raises(Invalid):
        await edit(media_ids=(99,))


async def test_the_last_picture_of_a_post_without_text_stays(world, ada):
    made = await world.upload(ada)
    entry = await world.publish(ada, "", media_ids=(made.id,))
    command = posts.EditPost(post_id=entry.post.id, text="", media_ids=())
    with pytest.raises(Invalid, match="Write something"):
        await posts.edit_post(world.ports, await world.actor(ada), command)


async def test_a_deleted_post_can_be_written_again_with_its_pictures_for_a_day(world, ada):
    made, lost = await world.upload(ada), await world.upload(ada)
    entry = await world.publish(ada, "tpyo", media_ids=(made.id, lost.id))
    actor = await world.actor(ada)
    world.clock.advance(30 * 86400)
    deleted = await posts.delete_post(world.ports, actor, posts.DeletePost(post_id=entry.post.id))
    assert [each.id for each in deleted.attachments] == [made.id, lost.id]
    world.clock.advance(UNATTACHED_MILLISECONDS / 1000 - 2)
    await world.sweep()
    again = await world.publish(ada, "typo", media_ids=(made.id,))
    world.clock.advance(2)
    await world.sweep()
    assert await world.storage.media.get(lost.id) is None
    assert set(world.files) == {made.key, made.preview_key}
    assert again.post.attachments[0].key == made.key


async def test_a_sweep_forgets_what_was_never_used_and_nothing_else(world, ada, monkeypatch):
    monkeypatch.setattr(jobs, "SWEEP_BATCH", 2)
    used = await world.upload(ada)
    await world.publish(ada, "", visibility=Visibility.DIRECT, media_ids=(used.id,))
    for _ in range(5):
        await world.upload(ada)
    world.clock.advance(UNATTACHED_MILLISECONDS / 1000 - 60)
    young = await world.upload(ada)
    world.clock.advance(61)
    await world.sweep()
    assert await rows(world) == [young]
    assert set(world.files) == {used.key, used.preview_key, young.key, young.preview_key}


async def test_a_process_that_died_in_an_upload_leaves_nothing_for_longer_than_a_day(world, ada):
    world.rest = True
    made = await world.upload(ada, wait=0.0)
    for key in made.file_keys():
        await world.ports.blobs.put(key, b"half done", "")
    world.clock.advance(UNATTACHED_MILLISECONDS / 1000 + 1)
    await jobs.sweep_media(world.ports, None)
    world.clock.advance(media.LINGER_MILLISECONDS / 1000)
    await world.work()
    assert (world.files, await rows(world)) == ({}, [])


# Avatars and headers


PLACES = {
    "avatar": (media.set_avatar, media.remove_avatar),
    "header": (media.set_header, media.remove_header),
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_picture_of_an_account_comes_is_replaced_and_goes(world, ada, place):
    change, remove = PLACES[place]
    first = await change(
        world.ports, await world.actor(ada), media.ChangePicture(data=FILE, description="Me")
    )
    assert (getattr(first, f"{place}_description"), first.version) == ("Me", 2)
    assert await world.storage.accounts.get(ada.id) == first
    assert world.sketcher.purposes == [place]
    # With the version that was read before: whatever else was changed meanwhile is no matter.
    second = await change(world.ports, await world.actor(ada), media.ChangePicture(data=b"PIC new"))
    old, new = getattr(first, place), getattr(second, place)
    assert (world.files, second.version) == ({old: b"a cat", new: b"new"}, 3)
    world.clock.advance(media.REPLACED_MILLISECONDS / 1000)
    await world.work()
    assert set(world.files) == {new}
    gone = await remove(world.ports, await world.actor(ada))
    assert (getattr(gone, place), getattr(gone, f"{place}_description"), gone.version) == ("", "", 4)
    assert await remove(world.ports, await world.actor(ada)) == gone
    world.clock.advance(media.REPLACED_MILLISECONDS / 1000)
    await world.work()
    assert (world.files, await rows(world)) == ({}, [])
    assert [event.version for event in world.bus.of(AccountUpdated)] == [2, 3, 4]


@pytest.mark.parametrize("data", [b"", b"x", b"PIC broken"])
async def test_a_file_that_is_no_picture_changes_no_account(world, ada, data):
    with pytest.raises(Invalid) as error:
        await media.set_avatar(world.ports, await world.actor(ada), media.ChangePicture(data=data))
    assert "file" in error.value.fields
    await world.settle()
    assert (world.files, await rows(world)) == ({}, [])
    assert (await world.storage.accounts.get(ada.id)).version == 1


async def test_a_processor_that_breaks_changes_no_account(world, ada):
    world.sketcher.breaks = True
    with pytest.raises(Unavailable):
        await media.set_avatar(world.ports, await world.actor(ada), media.ChangePicture(data=FILE))
    await world.settle()
    assert (world.files, await rows(world)) == ({}, [])


async def test_a_profile_that_is_changed_at_the_same_time_keeps_both_changes(world, ada):
    actor = await world.actor(ada)
    await asyncio.gather(
        media.set_avatar(world.ports, actor, media.ChangePicture(data=FILE)),
        media.set_header(world.ports, actor, media.ChangePicture(data=FILE)),
    )
    now = await world.storage.accounts.get(ada.id)
    assert now.avatar
    assert now.header
    assert now.version == 3


def test_an_attachment_is_stored_without_what_is_as_usual():
    made = media.Attachment(id=1, account_id=2, stem="ab", created_at=3, focus=CENTRE)
    assert msgspec.json.encode(made) == b'{"id":1,"account_id":2,"stem":"ab","created_at":3}'


async def test_the_guard_is_the_last_word_where_nobody_can_help(world, ada, monkeypatch):
    made = await world.upload(ada)

    async def blind(*arguments, **named):
        return (msgspec.structs.replace(made, version=7),)

    monkeypatch.setattr(posts, "attachable", blind)
    with pytest.raises(Conflict):
        await world.publish(ada, "", media_ids=(made.id,))
