"""Pictures of posts and of accounts, from the upload until nobody needs them any more."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from media_fakes import FILE

from microblog_core.domain.errors import Conflict, Invalid, Unavailable
from microblog_core.domain.events import AccountUpdated
from microblog_core.domain.media import UNATTACHED_MILLISECONDS, Focus, served_type, small_key
from microblog_core.domain.posts import Visibility
from microblog_core.domain.timelines import Page
from microblog_core.services import media, pictures, posts, scheduled, uploads


async def test_a_post_with_pictures_needs_no_text(studio, ada):
    one, two = await studio.upload(ada, description="1"), await studio.upload(ada, description="2")
    entry = await studio.publish(ada, " ", media_ids=(two.id, one.id))
    stored = await studio.storage.posts.get(None, entry.post.id)
    assert (stored.post.text, stored.post.html) == ("", "")
    assert [each.description for each in stored.post.attachments] == ["2", "1"]
    assert stored.post.attachments == entry.post.attachments
    with pytest.raises(Invalid, match="Write something"):
        await studio.publish(ada, " ")


async def test_pictures_that_can_not_be_attached_are_named(studio, ada):
    bob = await studio.sign_up("bob")
    mine, theirs, taken = await studio.upload(ada), await studio.upload(bob), await studio.upload(ada)
    await studio.publish(ada, "first", media_ids=(taken.id,))
    five = tuple([(await studio.upload(ada)).id for _ in range(5)])
    wrong = {
        (theirs.id,): "does not exist",
        (99,): "does not exist",
        (taken.id,): "another post",
        (mine.id, mine.id): "once",
        five: "at most 4",
    }
    for ids, said in wrong.items():
        with pytest.raises(Invalid) as error:
            await studio.publish(ada, "second", media_ids=ids)
        assert said in error.value.fields["media_ids"]
    assert len((await studio.storage.timelines.public(None, Page())).items) == 1


async def test_a_picture_described_while_the_post_is_written_is_shown_as_described(studio, ada):
    made, actor = await studio.upload(ada), await studio.actor(ada)
    commit, times = studio.storage.commit, []

    async def late(operations):
        times.append(1)
        if len(times) == 1:
            edit = media.EditMedia(media_id=made.id, description="newer")
            await media.describe_media(studio.ports, actor, edit)
        return await commit(operations)

    studio.storage.commit = late
    entry = await studio.publish(ada, "", media_ids=(made.id,))
    assert entry.post.attachments[0].description == "newer"
    assert (await studio.storage.media.get(made.id)).post_id == entry.post.id


async def test_an_edit_keeps_reorders_describes_and_removes_pictures(studio, ada):
    one, two = await studio.upload(ada), await studio.upload(ada)
    entry = await studio.publish(ada, "hello", media_ids=(one.id, two.id))
    actor, post_id = await studio.actor(ada), entry.post.id

    async def edit(**changes):
        studio.clock.advance(1)
        command = posts.EditPost(post_id=post_id, text="hello", **changes)
        return (await posts.edit_post(studio.ports, actor, command)).post

    assert (await edit()).version == 1
    told = posts.DescribedMedia(id=one.id, description="A cat", focus=Focus(0.5, 0.0))
    described = await edit(media_attributes=(told,))
    assert [each.description for each in described.attachments] == ["A cat", ""]
    assert (await edit(media_attributes=(told,))).version == 2
    assert [each.id for each in (await edit(media_ids=(two.id, one.id))).attachments] == [two.id, one.id]
    assert (await edit(media_ids=(), media_attributes=(told,))).attachments == ()
    back = await edit(media_ids=(one.id,))
    assert [(each.id, each.description) for each in back.attachments] == [(one.id, "A cat")]
    history = await studio.storage.posts.edits(None, post_id)
    assert [len(version.attachments) for version in history] == [2, 2, 2, 0, 1]
    with pytest.raises(Invalid):
        await edit(media_ids=(99,))


async def test_the_last_picture_of_a_post_without_text_stays(studio, ada):
    made = await studio.upload(ada)
    entry = await studio.publish(ada, "", media_ids=(made.id,))
    command = posts.EditPost(post_id=entry.post.id, text="", media_ids=())
    with pytest.raises(Invalid, match="Write something"):
        await posts.edit_post(studio.ports, await studio.actor(ada), command)


async def test_a_deleted_post_can_be_written_again_with_its_pictures_for_a_day(studio, ada):
    made, lost = await studio.upload(ada), await studio.upload(ada)
    entry = await studio.publish(ada, "tpyo", media_ids=(made.id, lost.id))
    actor = await studio.actor(ada)
    studio.clock.advance(30 * 86400)
    deleted = await posts.delete_post(studio.ports, actor, posts.DeletePost(post_id=entry.post.id))
    assert [each.id for each in deleted.attachments] == [made.id, lost.id]
    studio.clock.advance(UNATTACHED_MILLISECONDS / 1000 - 2)
    await studio.sweep()
    again = await studio.publish(ada, "typo", media_ids=(made.id,))
    studio.clock.advance(2)
    await studio.sweep()
    assert await studio.storage.media.get(lost.id) is None
    assert set(studio.files) == {made.key, made.preview_key}
    assert again.post.attachments[0].key == made.key


async def test_a_sweep_forgets_what_was_never_used_and_nothing_else(studio, ada):
    used = await studio.upload(ada)
    await studio.publish(ada, "", visibility=Visibility.DIRECT, media_ids=(used.id,))
    for _ in range(5):
        await studio.upload(ada)
    studio.clock.advance(UNATTACHED_MILLISECONDS / 1000 - 60)
    young = await studio.upload(ada)
    studio.clock.advance(61)
    await studio.sweep()
    assert await studio.rows() == [young]
    assert set(studio.files) == {used.key, used.preview_key, young.key, young.preview_key}


async def test_pictures_of_a_scheduled_post_wait_with_it_for_as_long_as_it_takes(studio, ada):
    first, second = await studio.upload(ada), await studio.upload(ada)
    actor = await studio.actor(ada)

    async def schedule(medium, hours):
        post = posts.PublishPost(text="later", media_ids=(medium.id,))
        at = studio.clock.now() + hours * 3600_000
        return await scheduled.schedule_post(
            studio.ports, actor, scheduled.SchedulePost(post=post, scheduled_at=at)
        )

    waiting, cancelled = await schedule(first, 72), await schedule(second, 96)
    pictures_of = await scheduled.read_scheduled_media(studio.ports, [waiting, cancelled])
    assert {key: [each.id for each in held] for key, held in pictures_of.items()} == {
        waiting.id: [first.id],
        cancelled.id: [second.id],
    }
    with pytest.raises(Invalid, match="waits with a scheduled post"):
        await studio.publish(ada, "now", media_ids=(first.id,))
    studio.clock.advance(72 * 3600)
    await studio.sweep()
    await scheduled.cancel_scheduled_post(
        studio.ports, actor, scheduled.CancelPost(scheduled_id=cancelled.id)
    )
    await studio.work()
    (entry,) = (await studio.storage.timelines.public(None, Page())).items
    assert [(each.id, each.scheduled_id) for each in entry.post.attachments] == [(first.id, None)]
    assert [each.id for each in await studio.rows()] == [second.id]
    studio.clock.advance(UNATTACHED_MILLISECONDS / 1000 + 1)
    await studio.sweep()
    assert await studio.rows() == []
    assert (await studio.storage.media.get(first.id)).post_id == entry.post.id


async def test_a_process_that_died_in_an_upload_leaves_nothing_for_longer_than_a_day(studio, ada):
    studio.rest = True
    made = await studio.upload(ada, wait=0.0)
    for key in made.file_keys():
        await studio.ports.blobs.put(key, b"half done", "")
    studio.clock.advance(UNATTACHED_MILLISECONDS / 1000 + 1)
    await studio.sweep()
    studio.clock.advance(uploads.LINGER_MILLISECONDS / 1000)
    await studio.work()
    assert (studio.files, await studio.rows()) == ({}, [])


async def test_the_guard_is_the_last_word_where_nobody_can_help(studio, ada, monkeypatch):
    made = await studio.upload(ada)

    async def blind(*arguments, **named):
        return (msgspec.structs.replace(made, version=7),)

    monkeypatch.setattr(posts, "attachable", blind)
    with pytest.raises(Conflict):
        await studio.publish(ada, "", media_ids=(made.id,))


# Avatars and headers


PLACES = {
    "avatar": (pictures.set_avatar, pictures.remove_avatar),
    "header": (pictures.set_header, pictures.remove_header),
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_picture_of_an_account_comes_is_replaced_and_goes(studio, ada, place):
    change, remove = PLACES[place]
    first = await change(
        studio.ports, await studio.actor(ada), pictures.ChangePicture(data=FILE, description="Me")
    )
    assert (getattr(first, f"{place}_description"), first.version) == ("Me", 2)
    assert await studio.storage.accounts.get(ada.id) == first
    assert studio.sketcher.purposes == [place]
    # With the version that was read before: whatever else was changed meanwhile is no matter.
    second = await change(studio.ports, await studio.actor(ada), pictures.ChangePicture(data=b"PIC new"))
    old, new = getattr(first, place), getattr(second, place)
    assert (studio.files, second.version) == ({old: b"a cat", new: b"new"}, 3)
    studio.clock.advance(pictures.REPLACED_MILLISECONDS / 1000)
    await studio.work()
    assert set(studio.files) == {new}
    gone = await remove(studio.ports, await studio.actor(ada))
    assert (getattr(gone, place), getattr(gone, f"{place}_description"), gone.version) == ("", "", 4)
    assert await remove(studio.ports, await studio.actor(ada)) == gone
    studio.clock.advance(pictures.REPLACED_MILLISECONDS / 1000)
    await studio.work()
    assert (studio.files, await studio.rows()) == ({}, [])
    assert [event.version for event in studio.bus.of(AccountUpdated)] == [2, 3, 4]


@pytest.mark.parametrize("place", PLACES)
async def test_a_small_picture_lies_beside_one_that_is_larger_and_goes_with_it(studio, ada, place):
    change, remove = PLACES[place]
    large = b"PIC a large cat"
    first = await change(studio.ports, await studio.actor(ada), pictures.ChangePicture(data=large))
    key = getattr(first, place)
    small = small_key(key)
    assert studio.files == {key: b"a large cat", small: b"small"}
    assert served_type(key) == "image/png" and served_type(small) == "image/webp"
    second = await change(studio.ports, await studio.actor(ada), pictures.ChangePicture(data=FILE))
    plain = getattr(second, place)
    assert small_key(plain) == plain
    studio.clock.advance(pictures.REPLACED_MILLISECONDS / 1000)
    await studio.work()
    assert set(studio.files) == {plain}
    await change(studio.ports, await studio.actor(ada), pictures.ChangePicture(data=large))
    await remove(studio.ports, await studio.actor(ada))
    studio.clock.advance(pictures.REPLACED_MILLISECONDS / 1000)
    await studio.work()
    assert studio.files == {}


async def test_what_stays_in_sight_is_asked_of_the_processor(studio, ada):
    focus, actor = Focus(-0.8, 0.8), await studio.actor(ada)
    await pictures.set_avatar(studio.ports, actor, pictures.ChangePicture(data=FILE, focus=focus))
    await pictures.set_header(studio.ports, actor, pictures.ChangePicture(data=FILE, focus=Focus(7.0, 0.0)))
    assert studio.sketcher.focuses == [focus, Focus(1.0, 0.0)]
    with pytest.raises(Invalid) as error:
        await pictures.set_avatar(
            studio.ports, actor, pictures.ChangePicture(data=FILE, focus=Focus(float("nan"), 0.0))
        )
    assert "focus" in error.value.fields


async def test_a_small_picture_that_no_account_took_over_goes_with_the_other(studio, ada):
    actor = await studio.actor(ada)
    made = await pictures.make_picture(
        studio.ports, actor, ("avatar", pictures.ChangePicture(data=b"PIC a large cat"))
    )
    assert len(studio.files) == 2
    await pictures.discard_pictures(studio.ports, (made,))
    await studio.settle()
    assert (studio.files, await studio.rows()) == ({}, [])


@pytest.mark.parametrize("data", [b"", b"x", b"PIC broken"])
async def test_a_file_that_is_no_picture_changes_no_account(studio, ada, data):
    with pytest.raises(Invalid) as error:
        await pictures.set_avatar(studio.ports, await studio.actor(ada), pictures.ChangePicture(data=data))
    assert "file" in error.value.fields
    await studio.settle()
    assert (studio.files, await studio.rows()) == ({}, [])
    assert (await studio.storage.accounts.get(ada.id)).version == 1


async def test_a_processor_that_breaks_changes_no_account(studio, ada):
    studio.sketcher.breaks = True
    with pytest.raises(Unavailable):
        await pictures.set_avatar(studio.ports, await studio.actor(ada), pictures.ChangePicture(data=FILE))
    await studio.settle()
    assert (studio.files, await studio.rows()) == ({}, [])


async def test_a_profile_that_is_changed_at_the_same_time_keeps_both_changes(studio, ada):
    actor = await studio.actor(ada)
    await asyncio.gather(
        pictures.set_avatar(studio.ports, actor, pictures.ChangePicture(data=FILE)),
        pictures.set_header(studio.ports, actor, pictures.ChangePicture(data=FILE)),
    )
    now = await studio.storage.accounts.get(ada.id)
    assert now.avatar
    assert now.header
    assert now.version == 3
