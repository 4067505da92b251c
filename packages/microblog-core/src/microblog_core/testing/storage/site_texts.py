"""What a site says of itself, and how much room uploads take."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec.structs import replace

from microblog_core.domain.announcements import CustomEmoji
from microblog_core.domain.errors import Conflict
from microblog_core.domain.media import MediaState
from microblog_core.domain.media_usage import MediaCaps, MediaUsage, UploadedDay
from microblog_core.domain.posts import Visibility
from microblog_core.domain.site_texts import SiteText
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import (
    AddMedia,
    AddPost,
    DeleteMedia,
    DeletePost,
    FinishMedia,
    PutEmoji,
    PutSiteText,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import StorageTests, refused

DAY = 24 * 3600 * 1000


class SiteTextTests(StorageTests):
    """Texts of the site in their versions."""

    async def test_each_text_has_a_newest_version_and_all_earlier_ones(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")

        async def put(name: str, text: str, previous: int = 0, **more: Any) -> SiteText:
            made = SiteText(id=build.next_id(), name=name, text=text, created_at=build.clock.now(), **more)
            await build.apply(PutSiteText(text=made, previous_id=previous))
            return made

        first = await put("terms", "Be kind.", html="<p>Be kind.</p>")
        title = await put("title", "Teatime", account_id=ada.id)
        second = await put("terms", "Be very kind.", first.id, html="<p>Be very kind.</p>", account_id=ada.id)
        assert list(await storage.site_texts.current()) == [second, title]
        everything = await storage.site_texts.versions("terms", Page(limit=10))
        assert everything.items == (second, first)
        page = await storage.site_texts.versions("terms", Page(limit=1))
        assert page.items == (second,)
        assert page.older is not None
        older = await storage.site_texts.versions("terms", Page(limit=1, max_id=page.older))
        assert older.items == (first,)
        assert await storage.site_texts.version(first.id) == first
        assert await storage.site_texts.version(7) is None

    async def test_of_two_who_change_the_same_version_one_is_told(self, build: Builder) -> None:
        def change(previous: int, **more: Any) -> PutSiteText:
            text = SiteText(id=build.next_id(), name="terms", text="Be kind.", created_at=1)
            return PutSiteText(text=replace(text, **more), previous_id=previous)

        first = change(0)
        await build.apply(first)
        await refused(build, "version", change(0))
        await build.apply(change(0, name="privacy"), change(first.text.id))
        await refused(build, "version", change(first.text.id))
        await refused(build, "id", change(9, id=first.text.id))

    async def test_shortcodes_are_the_same_whatever_their_capitals(
        self, storage: Storage, build: Builder
    ) -> None:
        tea = CustomEmoji(shortcode="tea", picture_key="a.gif", static_key="a.png", size=7)
        await build.apply(PutEmoji(emoji=tea))
        await build.apply(PutEmoji(emoji=replace(tea, size=9)))
        assert list(await storage.announcements.emojis()) == [replace(tea, size=9)]
        other = replace(tea, shortcode="TEA", picture_key="b.gif")
        await build.apply(PutEmoji(emoji=other))
        assert list(await storage.announcements.emojis()) == [other]


class MediaUsageTests(StorageTests):
    """Uploads are counted by what they take, and no more are taken than may be."""

    async def test_uploads_are_counted_as_they_come_change_and_go(
        self, storage: Storage, build: Builder
    ) -> None:
        usage = storage.media_usage
        assert await usage.total() == MediaUsage()
        ada, bob = await build.people("ada", "bob")
        assert await usage.of(ada.id) == (0, 0)
        one = await build.medium(ada, size=100)
        two = await build.medium(ada, size=50)
        waiting = replace(one, id=build.next_id(), account_id=bob.id, state=MediaState.PROCESSING, size=500)
        await build.apply(AddMedia(attachment=waiting))
        await build.apply(
            PutEmoji(emoji=CustomEmoji(shortcode="tea", picture_key="a", static_key="a", size=7))
        )
        assert await usage.of(ada.id) == (2, 150)
        assert await usage.total() == MediaUsage(
            files=3,
            bytes=650,
            people=2,
            unattached_files=3,
            unattached_bytes=650,
            emojis=1,
            emoji_bytes=7,
        )
        assert [(each.account.id, each.files, each.bytes) for each in await usage.largest(limit=5)] == [
            (bob.id, 1, 500),
            (ada.id, 2, 150),
        ]
        await build.apply(FinishMedia(attachment=replace(waiting, state=MediaState.READY, size=20)))
        post = build.draft(ada, visibility=Visibility.PUBLIC, attachments=(one,))
        await build.apply(AddPost(post=post))
        total = await usage.total()
        assert (total.bytes, total.posts_files, total.posts_bytes) == (170, 1, 100)
        (second,) = await usage.largest(limit=1, offset=1)
        assert (second.account.id, second.bytes) == (bob.id, 20)
        await build.apply(DeletePost(post=post, deleted_at=post.created_at))
        await build.apply(DeleteMedia(media_id=one.id), DeleteMedia(media_id=two.id))
        await build.apply(DeleteMedia(media_id=waiting.id))
        assert await usage.of(ada.id) == (0, 0)
        assert list(await usage.largest(limit=5)) == []
        assert (await usage.total()).people == 0

    async def test_no_more_is_taken_than_a_person_and_the_site_may_have(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        caps = MediaCaps(person=100, site=150)
        first = await build.medium(ada, size=60)
        more = replace(first, id=build.next_id(), size=41)
        await refused(build, "person_cap", AddMedia(attachment=more, caps=caps))
        await build.apply(AddMedia(attachment=replace(more, size=40), caps=caps))
        other = replace(first, id=build.next_id(), account_id=bob.id, size=51)
        await refused(build, "site_cap", AddMedia(attachment=other, caps=caps))
        await build.apply(AddMedia(attachment=replace(other, size=50), caps=caps))
        assert (await storage.media_usage.total()).bytes == 150
        await build.apply(AddMedia(attachment=replace(other, id=build.next_id(), size=999)))
        assert await storage.media_usage.of(bob.id) == (2, 1049)

    async def test_uploads_at_the_same_time_do_not_pass_the_sites_cap(
        self, storage: Storage, build: Builder
    ) -> None:
        people = await build.people(*(f"ada{number}" for number in range(20)))
        first = await build.medium(people[0], size=10)
        caps = MediaCaps(site=75)
        uploads = [replace(first, id=build.next_id(), account_id=each.id) for each in people]
        outcomes = await asyncio.gather(
            *(storage.commit([AddMedia(attachment=each, caps=caps)]) for each in uploads),
            return_exceptions=True,
        )
        told = [outcome.guard for outcome in outcomes if isinstance(outcome, Conflict)]
        assert told == ["site_cap"] * 14
        assert [outcome for outcome in outcomes if not isinstance(outcome, Conflict)] == [None] * 6
        total = await storage.media_usage.total()
        assert (total.files, total.bytes) == (7, 70)

    async def test_growth_is_told_by_day(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        for day, size in ((10, 1), (11, 2), (11, 4), (13, 8)):
            medium = await build.medium(ada, size=size)
            made = replace(medium, id=build.next_id(), created_at=day * DAY + 5)
            await build.apply(DeleteMedia(media_id=medium.id), AddMedia(attachment=made))
        assert list(await storage.media_usage.days(11 * DAY)) == [
            UploadedDay(day=11, files=2, bytes=6),
            UploadedDay(day=13, files=1, bytes=8),
        ]
