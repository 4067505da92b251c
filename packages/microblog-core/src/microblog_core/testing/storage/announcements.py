"""Announcements and custom emojis: when they are on, who read them, how people react."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from microblog_core.domain.announcements import (
    ANNOUNCEMENTS_SHOWN,
    REACTIONS,
    Announcement,
    AnnouncementEntry,
    CustomEmoji,
    Reaction,
)
from microblog_core.ports.operations import (
    AddAnnouncement,
    AddAnnouncementReaction,
    DeleteAnnouncement,
    DeleteAnnouncementReaction,
    DeleteEmoji,
    MarkAnnouncementRead,
    PutEmoji,
    UpdateAnnouncement,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused


async def announce(build: Builder, text: str = "Hear, hear", **changes: Any) -> Announcement:
    """An announcement."""
    made = Announcement(
        id=build.next_id(), text=text, html=f"<p>{text}</p>", created_at=build.clock.now(), **changes
    )
    await build.apply(AddAnnouncement(announcement=made))
    return made


class AnnouncementTests(StorageTests):
    """What the site tells its people."""

    async def test_announcements_are_on_from_their_beginning_to_their_end(
        self, storage: Storage, build: Builder
    ) -> None:
        always = await announce(build)
        between = await announce(build, starts_at=100, ends_at=200)
        draft = await announce(build, published=False)

        async def shown(now: int) -> list[Announcement]:
            return [each.announcement for each in await storage.announcements.shown(None, now)]

        for now, expected in (
            (99, [always]),
            (100, [between, always]),
            (199, [between, always]),
            (200, [always]),
        ):
            assert await shown(now) == expected
        listed = (await storage.announcements.page(ALL)).items
        assert listed == (draft, between, always)
        changed = replace(draft, text="Now", html="<p>Now</p>", published=True, starts_at=1, ends_at=300)
        await build.apply(UpdateAnnouncement(announcement=replace(changed, created_at=1)))
        assert await storage.announcements.get(draft.id) == changed
        assert await shown(150) == [changed, between, always]
        await refused(build, "id", AddAnnouncement(announcement=draft))
        await refused(build, "exists", UpdateAnnouncement(announcement=replace(draft, id=1)))
        for _ in range(ANNOUNCEMENTS_SHOWN):
            await announce(build)
        assert len(await shown(150)) == ANNOUNCEMENTS_SHOWN

    async def test_everybody_reads_and_reacts_for_themselves(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        made, other = await announce(build), await announce(build)
        up, heart = REACTIONS[0], REACTIONS[1]

        def react(account_id: int, name: str, **changes: int) -> AddAnnouncementReaction:
            values = {"announcement_id": made.id, "created_at": 1, **changes}
            return AddAnnouncementReaction(account_id=account_id, name=name, **values)

        for _ in range(2):
            await build.apply(MarkAnnouncementRead(account_id=ada.id, announcement_id=made.id))
            await build.apply(react(ada.id, heart), react(bob.id, heart), react(bob.id, up))

        async def seen(viewer: int | None) -> AnnouncementEntry:
            plain, entry = await storage.announcements.shown(viewer, 1)
            assert plain == AnnouncementEntry(announcement=other)
            return entry

        def reactions(*given: tuple[str, int, bool]) -> tuple[Reaction, ...]:
            return tuple(Reaction(name=name, count=count, me=me) for name, count, me in given)

        assert await seen(ada.id) == AnnouncementEntry(
            announcement=made, read=True, reactions=reactions((up, 1, False), (heart, 2, True))
        )
        assert await seen(bob.id) == AnnouncementEntry(
            announcement=made, reactions=reactions((up, 1, True), (heart, 2, True))
        )
        assert await seen(None) == AnnouncementEntry(
            announcement=made, reactions=reactions((up, 1, False), (heart, 2, False))
        )
        for _ in range(2):
            await build.apply(
                DeleteAnnouncementReaction(account_id=bob.id, announcement_id=made.id, name=up),
                DeleteAnnouncementReaction(account_id=bob.id, announcement_id=made.id, name=heart),
            )
            assert (await seen(bob.id)).reactions == reactions((heart, 1, False))
        for operation in (
            react(1, up),
            react(ada.id, up, announcement_id=1),
            MarkAnnouncementRead(account_id=ada.id, announcement_id=1),
            MarkAnnouncementRead(account_id=1, announcement_id=made.id),
        ):
            await refused(build, "exists", operation)
        for _ in range(2):
            await build.apply(DeleteAnnouncement(announcement_id=made.id))
        await build.apply(AddAnnouncement(announcement=made))
        assert await seen(ada.id) == AnnouncementEntry(announcement=made)

    async def test_emojis_come_by_shortcode_and_replace_one_another(
        self, storage: Storage, build: Builder
    ) -> None:
        tea = CustomEmoji(shortcode="tea", picture_key="a.gif", static_key="a.png", category="Drinks")
        cat = CustomEmoji(shortcode="Cat", picture_key="c.png", static_key="c.png", visible_in_picker=False)
        await build.apply(PutEmoji(emoji=tea), PutEmoji(emoji=cat))
        assert list(await storage.announcements.emojis()) == [cat, tea]
        changed = replace(tea, disabled=True, picture_key="b.gif")
        await build.apply(PutEmoji(emoji=changed))
        assert list(await storage.announcements.emojis()) == [cat, changed]
        for _ in range(2):
            await build.apply(DeleteEmoji(shortcode="tea"))
            assert list(await storage.announcements.emojis()) == [cat]
