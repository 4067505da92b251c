"""Announcements, emojis and rules: who sees them, who may change them."""

from __future__ import annotations

import dataclasses

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.announcements import REACTIONS, CustomEmoji
from microblog_core.domain.errors import Forbidden, Invalid, NotFound, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM
from microblog_core.domain.rules import Rule
from microblog_core.domain.site_texts import SiteDefaults
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import PutEmoji
from microblog_core.services import announcements
from microblog_core.services.announcements import (
    AddAnnouncement,
    AnnouncementCommand,
    React,
    UpdateAnnouncement,
)
from microblog_core.testing.world import World


async def test_people_read_dismiss_and_react(world: World) -> None:
    ada = await world.actor(await world.build.account("ada"))
    made = await announcements.add_announcement(
        world.ports, SYSTEM, AddAnnouncement(text="We <move> tonight, see https://example.org")
    )
    assert "&lt;move&gt;" in made.html and 'href="https://example.org"' in made.html
    which = AnnouncementCommand(announcement_id=made.id)
    await announcements.dismiss_announcement(world.ports, ada, which)
    heart = React(announcement_id=made.id, name="❤\ufe0f")
    for _ in range(2):
        await announcements.react_to_announcement(world.ports, ada, heart)
    (entry,) = await announcements.read_announcements(world.ports, ada)
    assert (entry.announcement, entry.read) == (made, True)
    assert [(each.name, each.count, each.me) for each in entry.reactions] == [("❤", 1, True)]
    (seen,) = await announcements.read_announcements(world.ports, ANONYMOUS)
    assert (seen.read, seen.reactions[0].me) == (False, False)
    await announcements.take_reaction_back(world.ports, ada, heart)
    (entry,) = await announcements.read_announcements(world.ports, ada)
    assert entry.reactions == ()


async def test_what_can_not_be_done(world: World) -> None:
    ada = await world.actor(await world.build.account("ada"))
    off = await announcements.add_announcement(
        world.ports, SYSTEM, AddAnnouncement(text="Later", starts_at=world.clock.now() + 1000)
    )
    name = REACTIONS[0]
    for announcement_id in (off.id, 1):
        which = AnnouncementCommand(announcement_id=announcement_id)
        react = React(announcement_id=announcement_id, name=name)
        for attempt in (
            announcements.dismiss_announcement(world.ports, ada, which),
            announcements.react_to_announcement(world.ports, ada, react),
            announcements.take_reaction_back(world.ports, ada, react),
        ):
            with pytest.raises(NotFound):
                await attempt
    world.clock.advance(1)
    with pytest.raises(Invalid) as refused:
        await announcements.react_to_announcement(world.ports, ada, React(announcement_id=off.id, name="x"))
    assert set(refused.value.fields) == {"name"}
    for attempt in (
        announcements.dismiss_announcement(
            world.ports, ANONYMOUS, AnnouncementCommand(announcement_id=off.id)
        ),
        announcements.react_to_announcement(world.ports, ANONYMOUS, React(announcement_id=off.id, name=name)),
    ):
        with pytest.raises(Unauthenticated):
            await attempt


async def test_operators_change_and_remove_them_in_the_log(world: World) -> None:
    boss = await world.actor(await world.build.account("boss", role=Role.ADMINISTRATOR))
    mod = await world.actor(await world.build.account("mod", role=Role.MODERATOR))
    made = await announcements.add_announcement(world.ports, boss, AddAnnouncement(text="One"))
    update = UpdateAnnouncement(announcement_id=made.id, text="Two", published=False)
    changed = await announcements.update_announcement(world.ports, boss, update)
    assert (changed.id, changed.text, changed.created_at) == (made.id, "Two", made.created_at)
    assert list(await announcements.read_announcements(world.ports, boss)) == []
    listing = await announcements.list_announcements(world.ports, boss, Page())
    assert listing.items == (changed,)
    which = AnnouncementCommand(announcement_id=made.id)
    for attempt in (
        announcements.add_announcement(world.ports, mod, AddAnnouncement(text="Mine")),
        announcements.update_announcement(world.ports, mod, update),
        announcements.remove_announcement(world.ports, mod, which),
        announcements.list_announcements(world.ports, mod, Page()),
        announcements.list_emojis(world.ports, mod),
    ):
        with pytest.raises(Forbidden):
            await attempt
    await announcements.remove_announcement(world.ports, boss, which)
    with pytest.raises(NotFound):
        await announcements.remove_announcement(world.ports, boss, which)
    with pytest.raises(NotFound):
        await announcements.update_announcement(world.ports, boss, update)
    actions = [line.action for line in (await world.storage.audit(Page())).items]
    assert actions == ["announcement.removed", "announcement.updated", "announcement.added"]


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (AddAnnouncement(text=" "), "text"),
        (AddAnnouncement(text="x" * 2001), "text"),
        (AddAnnouncement(text="x", starts_at=5, ends_at=5), "ends_at"),
    ],
)
async def test_an_announcement_says_something_for_some_time(world: World, command, field) -> None:
    with pytest.raises(Invalid) as refused:
        await announcements.add_announcement(world.ports, SYSTEM, command)
    assert set(refused.value.fields) == {field}


async def test_emojis_are_offered_unless_they_are_disabled(world: World) -> None:
    tea = CustomEmoji(shortcode="tea", picture_key="a", static_key="a")
    off = CustomEmoji(shortcode="milk", picture_key="b", static_key="b", disabled=True)
    await world.build.apply(PutEmoji(emoji=tea), PutEmoji(emoji=off))
    assert list(await announcements.read_emojis(world.ports, ANONYMOUS)) == [tea]
    assert list(await announcements.list_emojis(world.ports, SYSTEM)) == [off, tea]


async def test_rules_are_the_configurations_until_others_are_written(world: World) -> None:
    said = SiteDefaults(rules=(Rule(id="1", text="Be kind."),))
    assert await announcements.read_rules(dataclasses.replace(world.ports, said=said)) == said.rules
