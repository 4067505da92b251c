"""Media: uploaded, attached to posts and given back; and the pictures of accounts."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Conflict
from microblog_core.domain.media import Attachment, Focus, MediaState
from microblog_core.domain.posts import Post, Visibility
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import (
    AddMedia,
    AddPost,
    DeleteMedia,
    DeletePost,
    DescribeMedia,
    EditPost,
    FinishMedia,
    SetPicture,
    SetPreview,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, ids, refused, seen, stored


def _edited(post: Post, **changes: object) -> EditPost:
    after = replace(post, edited_at=post.created_at + 5000, version=post.version + 1, **changes)
    return EditPost(before=post, after=after)


def _attached(attachment: Attachment, post: Post) -> Attachment:
    return replace(attachment, post_id=post.id)


class MediaTests(StorageTests):
    """Uploads, whom they belong to, and what shows them."""

    async def test_an_upload_is_kept_as_it_was_made(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        medium = await build.medium(ada, description="A cat\n\N{CAT FACE}", focus=Focus(-0.25, 1.0))
        assert await storage.media.get(medium.id) == medium
        assert await storage.media.get(medium.id + 1) is None

    async def test_some_come_in_the_order_that_was_asked_for(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        one, two, three = [await build.medium(ada) for _ in range(3)]
        found = await storage.media.some((three.id, 7, one.id, two.id))
        assert list(found) == [three, one, two]
        assert list(await storage.media.some(())) == []

    async def test_an_upload_needs_its_uploader_and_an_id_of_its_own(self, build: Builder) -> None:
        ada = await build.account("ada")
        medium = await build.medium(ada)
        await refused(build, "id", AddMedia(attachment=medium))
        await refused(build, "exists", AddMedia(attachment=replace(medium, id=5, account_id=99)))
        await build.set_state(ada, AccountState.DELETED)
        await refused(build, "exists", AddMedia(attachment=replace(medium, id=6)))

    async def test_processing_is_finished_once_and_changes_nothing_that_people_said(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        medium = await build.medium(ada, state=MediaState.PROCESSING)
        await build.apply(DescribeMedia(media_id=medium.id, account_id=ada.id, description="meanwhile"))
        failed = replace(medium, state=MediaState.FAILED, error="This is no picture.")
        await build.apply(FinishMedia(attachment=failed))
        expected = replace(failed, description="meanwhile", version=2)
        assert await storage.media.get(medium.id) == expected
        await refused(build, "exists", FinishMedia(attachment=failed))
        await refused(build, "exists", FinishMedia(attachment=replace(medium, id=5)))

    async def test_only_the_uploader_describes_and_only_what_belongs_to_no_post(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        medium = await build.medium(ada, description="old", focus=Focus(0.5, 0.5))
        await build.apply(DescribeMedia(media_id=medium.id, account_id=ada.id, focus=Focus(0.0, -1.0)))
        await build.apply(DescribeMedia(media_id=medium.id, account_id=ada.id, description=""))
        now = replace(medium, description="", focus=Focus(0.0, -1.0), version=3)
        assert await storage.media.get(medium.id) == now
        await refused(build, "exists", DescribeMedia(media_id=medium.id, account_id=bob.id, description="x"))
        await build.post(ada, attachments=(now,))
        await refused(build, "exists", DescribeMedia(media_id=medium.id, account_id=ada.id, description="x"))

    async def test_a_post_shows_its_attachments_in_their_order(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        media = [await build.medium(ada, description=str(number)) for number in range(4)]
        post = await build.post(ada, "", attachments=tuple(reversed(media)))
        shown = (await stored(build, post)).attachments
        assert shown == tuple(_attached(medium, post) for medium in reversed(media))
        assert list(await storage.media.some([medium.id for medium in media])) == list(reversed(shown))
        (entry,) = (await storage.timelines.public(None, ALL)).items
        assert entry.post.attachments == shown
        boost = await build.boost(await build.account("bob"), post)
        assert (await seen(build, None, boost.id)).post.attachments == shown

    async def test_nothing_is_attached_that_is_not_the_authors_ready_and_free(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        mine, theirs = await build.medium(ada), await build.medium(bob)
        waiting = await build.medium(ada, state=MediaState.PROCESSING)
        failed = await build.medium(ada, state=MediaState.FAILED, error="no")
        taken = await build.medium(ada)
        await build.post(ada, attachments=(taken,))
        gone = replace(mine, id=77)
        for wrong in (theirs, waiting, failed, taken, gone, replace(mine, version=2)):
            draft = build.draft(ada, attachments=(mine, wrong))
            await refused(build, "media", AddPost(post=draft))
            assert await storage.media.get(mine.id) == mine
        post = await build.post(ada, "hello")
        await refused(build, "media", _edited(post, attachments=(mine, theirs)))
        assert (await stored(build, post)).attachments == ()

    async def test_of_posts_at_the_same_time_one_gets_the_picture(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        medium = await build.medium(ada)
        drafts = [build.draft(ada, str(number), attachments=(medium,)) for number in range(4)]
        outcomes = await asyncio.gather(
            *(storage.commit([AddPost(post=draft)]) for draft in drafts), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes if outcome is not None] == [Conflict] * 3
        (entry,) = (await storage.timelines.public(None, ALL)).items
        medium_now = await storage.media.get(medium.id)
        assert medium_now is not None
        assert medium_now.post_id == entry.post.id

    async def test_an_edit_adds_removes_orders_and_describes(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        one, two, three = [await build.medium(ada, description=str(number)) for number in range(3)]
        post = await build.post(ada, "hello", attachments=(one, two))
        post = await stored(build, post)
        described = replace(post.attachments[1], description="better", focus=Focus(0.1, 0.2))
        await build.apply(_edited(post, attachments=(described, three)))
        now = await stored(build, post)
        assert now.attachments == (described, _attached(three, post))
        assert await storage.media.get(two.id) == described
        # What only the history shows still belongs to the post, and can come back to it alone.
        assert await storage.media.get(one.id) == _attached(one, post)
        await refused(build, "media", AddPost(post=build.draft(ada, attachments=(one,))))
        versions = await storage.posts.edits(ada.id, post.id)
        assert [edit.attachments for edit in versions] == [post.attachments, now.attachments]
        await build.apply(_edited(now, attachments=(replace(one, post_id=post.id),)))
        assert (await stored(build, post)).attachments == (_attached(one, post),)

    async def test_what_a_deleted_post_had_is_free_again(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        old, kept = await build.medium(ada), await build.medium(ada)
        post = await build.post(ada, attachments=(old, kept))
        await build.apply(_edited(await stored(build, post), attachments=(kept,)))
        at = build.clock.advance(10)
        assert list(await storage.media.unattached(at + 1, 10)) == []
        await build.apply(DeletePost(post=post, deleted_at=at))
        assert list(await storage.media.unattached(at, 10)) == []
        assert list(await storage.media.unattached(at + 1, 10)) == [old, kept]
        again = await build.post(ada, "again", attachments=(kept, old))
        assert [shown.id for shown in (await stored(build, again)).attachments] == [kept.id, old.id]
        assert list(await storage.media.unattached(at + 1, 10)) == []

    async def test_what_belongs_to_no_post_is_found_the_oldest_first(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        states = (MediaState.READY, MediaState.PROCESSING, MediaState.FAILED)
        media = [await build.medium(ada, state=state) for state in states]
        attached = await build.medium(ada)
        await build.post(ada, attachments=(attached,))
        later = build.clock.advance(1)
        assert list(await storage.media.unattached(later, 10)) == media
        assert list(await storage.media.unattached(later, 2)) == media[:2]
        assert list(await storage.media.unattached(media[1].created_at, 10)) == media[:1]

    async def test_all_are_found_in_the_order_of_their_ids(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.account("ada"), await build.account("bob")
        free, failed = await build.medium(ada), await build.medium(bob, state=MediaState.FAILED)
        post = await build.post(ada, attachments=(await build.medium(ada),))
        media = [free, failed, (await stored(build, post)).attachments[0]]
        assert list(await storage.media.after(0, 10)) == media
        assert list(await storage.media.after(0, 2)) == media[:2]
        assert list(await storage.media.after(free.id, 10)) == media[1:]
        assert list(await storage.media.after(media[-1].id, 10)) == []

    async def test_only_what_belongs_to_no_post_is_forgotten(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        free, attached = await build.medium(ada), await build.medium(ada)
        await build.post(ada, attachments=(attached,))
        await build.apply(DeleteMedia(media_id=free.id))
        assert await storage.media.get(free.id) is None
        await refused(build, "exists", DeleteMedia(media_id=free.id))
        await refused(build, "exists", DeleteMedia(media_id=attached.id))

    async def test_listings_of_pictures_hold_posts_with_pictures_only(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        plain = await build.post(ada, "plain", tags=("cats",))
        shown = await build.post(ada, "shown", tags=("cats",), attachments=(await build.medium(ada),))
        added = await build.post(ada, "added", tags=("cats",))
        hidden = await build.post(
            ada, "hidden", visibility=Visibility.FOLLOWERS, attachments=(await build.medium(ada),)
        )
        timelines = storage.timelines

        async def listed(page: Page = ALL) -> tuple[list[int], list[int]]:
            public = await timelines.public(None, page, only_media=True)
            return ids(public), ids(await timelines.tag(None, "cats", page, only_media=True))

        assert await listed() == ([shown.id], [shown.id])
        await build.apply(_edited(added, attachments=(await build.medium(ada),)))
        assert await listed() == ([added.id, shown.id], [added.id, shown.id])
        assert await listed(Page(max_id=added.id)) == ([shown.id], [shown.id])
        await build.apply(_edited(await stored(build, shown), attachments=()))
        assert await listed() == ([added.id], [added.id])
        assert hidden.id not in ids(await timelines.public(None, ALL))
        assert ids(await timelines.public(None, ALL)) == [added.id, shown.id, plain.id]

    async def test_what_belongs_to_no_post_gets_another_preview(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        medium = await build.medium(ada)
        change = SetPreview(
            media_id=medium.id, account_id=ada.id, key=f"ab/{'c' * 30}-small.png", width=4, height=3
        )
        await refused(build, "exists", replace(change, account_id=bob.id))
        await refused(build, "exists", replace(change, media_id=1))
        await build.apply(change)
        now = replace(medium, preview_key=change.key, preview_width=4, preview_height=3, version=2)
        assert await storage.media.get(medium.id) == now
        waiting = await build.medium(ada, state=MediaState.PROCESSING)
        await refused(build, "exists", replace(change, media_id=waiting.id))
        await refused(build, "media", AddPost(post=build.draft(ada, attachments=(medium,))))
        await build.post(ada, attachments=(now,))
        await refused(build, "exists", change)

    @pytest.mark.parametrize("place", ["avatar", "header"])
    async def test_a_picture_of_an_account_is_shown_wherever_it_is(
        self, storage: Storage, build: Builder, place: str
    ) -> None:
        ada = await build.account("ada")
        written = await build.post(ada)
        key = f"ab/{'c' * 30}.png"
        change = SetPicture(account_id=ada.id, version=1, place=place, key=key, description="Ada at work")
        await build.apply(change)
        now = replace(ada, version=2, **{place: key, f"{place}_description": "Ada at work"})
        counted = replace(now, posts_count=1, last_post_at=written.created_at)
        assert await storage.accounts.get(ada.id) == counted
        (entry,) = (await storage.timelines.public(None, ALL)).items
        assert getattr(entry.author, place) == key
        await refused(build, "version", change)
        await refused(build, "exists", replace(change, account_id=99))
        await build.apply(SetPicture(account_id=ada.id, version=2, place=place, key=""))
        bare = await storage.accounts.get(ada.id)
        assert bare is not None
        assert (getattr(bare, place), getattr(bare, f"{place}_description"), bare.version) == ("", "", 3)
