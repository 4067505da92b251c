"""What filters do to listings: what leaves, what is marked, what stays as it was."""

from __future__ import annotations

import pytest

from microblog_core.domain.filters import FilterAction, FilterContext
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import ANONYMOUS
from microblog_core.domain.timelines import HomeSource, Page
from microblog_core.memory.storage import MemoryStorage
from microblog_core.services import filtering, filters
from microblog_core.services.filters import AddFilterStatus, CreateFilter, KeywordChange, UpdateFilter
from microblog_core.testing.storage.polls import ask
from microblog_core.testing.world import World, make_ports

HOME = FilterContext.HOME


class Scene:
    """ada follows bob and cy, and filters `tea`."""

    def __init__(self, world: World) -> None:
        self.world, self.ports, self.build = world, world.ports, world.build

    async def make(self, action: FilterAction, context=tuple(FilterContext), **more):
        self.ada, self.bob, self.cy = [
            await self.world.actor(each) for each in await self.build.people("ada", "bob", "cy")
        ]
        await self.build.follow(self.ada.account, self.bob.account, self.cy.account)
        tea = (KeywordChange(keyword="tea", whole_word=True),)
        command = CreateFilter(title="Tea", context=context, action=action, keywords=tea, **more)
        self.filter = await filters.create_filter(self.ports, self.ada, command)
        return self

    async def home(self, page: Page = Page(limit=20), who=None):  # noqa: B008
        who = who or self.ada
        read = await self.ports.storage.timelines.home(self.ada.id, page, HomeSource.ROWS)
        return await filtering.apply_filters(self.ports, who, read, HOME)

    async def texts(self):
        return [entry.post.text for entry in (await self.home()).items]


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


async def test_hidden_entries_leave_the_page_with_its_cursors(scene: Scene) -> None:
    await scene.make(FilterAction.HIDE)
    posts = [
        await scene.build.post(scene.bob.account, text) for text in ("one", "Tea!", "two", "tea", "three")
    ]
    boost = await scene.build.boost(scene.cy.account, posts[1])
    first = await scene.home(Page(limit=3))
    assert [entry.post.text for entry in first.items] == ["three"]
    assert (first.older, first.newer) == (posts[3].id, None)
    second = await scene.home(Page(limit=3, max_id=first.older))
    assert [entry.post.text for entry in second.items] == ["two", "one"]
    assert second.older is None
    assert boost.id not in [entry.id for entry in (*first.items, *second.items)]


@pytest.mark.parametrize("action", [FilterAction.WARN, FilterAction.BLUR])
async def test_others_stay_and_say_why(scene: Scene, action: FilterAction) -> None:
    await scene.make(action)
    await scene.build.post(scene.bob.account, "one")
    await scene.build.post(scene.bob.account, "two", spoiler="About TEA")
    warned, plain = (await scene.home()).items
    assert plain.filtered == ()
    (match,) = warned.filtered
    assert (match.filter, match.keywords, match.post_ids) == (scene.filter, ("tea",), ())


async def test_options_of_polls_and_descriptions_of_pictures_are_looked_through(scene: Scene) -> None:
    await scene.make(FilterAction.WARN)
    medium = await scene.build.medium(scene.bob.account, description="A cup of tea")
    await scene.build.post(scene.bob.account, "picture", attachments=(medium,))
    asked = await scene.build.post(scene.bob.account, "poll")
    await ask(scene.build, asked)
    await scene.build.post(scene.bob.account, "plain")
    found = {
        entry.post.text: [match.keywords for match in entry.filtered] for entry in (await scene.home()).items
    }
    assert found == {"picture": [("tea",)], "poll": [("tea",)], "plain": []}


async def test_own_posts_are_never_filtered_whoever_boosts_them(scene: Scene) -> None:
    await scene.make(FilterAction.HIDE)
    own = await scene.build.post(scene.ada.account, "my tea")
    await scene.build.boost(scene.bob.account, own)
    entries = (await scene.home()).items
    assert [(entry.post.id, entry.filtered) for entry in entries] == [(own.id, ()), (own.id, ())]


async def test_a_single_post_is_found_also_where_it_is_boosted(scene: Scene) -> None:
    await scene.make(FilterAction.WARN)
    post = await scene.build.post(scene.bob.account, "coffee")
    await filters.add_filter_status(
        scene.ports, scene.ada, AddFilterStatus(filter_id=scene.filter.id, post_id=post.id)
    )
    await scene.build.boost(scene.cy.account, post)
    assert [entry.filtered[0].post_ids for entry in (await scene.home()).items] == [(post.id,), (post.id,)]


async def test_filters_look_only_where_and_as_long_as_they_say(scene: Scene) -> None:
    await scene.make(FilterAction.HIDE, context=(HOME,), expires_in=60)
    post = await scene.build.post(scene.bob.account, "tea")
    listing = await scene.ports.storage.timelines.public(scene.ada.id, Page())
    kept = await filtering.apply_filters(scene.ports, scene.ada, listing, FilterContext.PUBLIC)
    assert [entry.id for entry in kept.items] == [post.id]
    assert await scene.texts() == []
    scene.world.clock.advance(60)
    assert await scene.texts() == ["tea"]


async def test_a_change_counts_at_once_though_filters_are_kept_compiled(scene: Scene) -> None:
    await scene.make(FilterAction.HIDE)
    await scene.build.post(scene.bob.account, "tea")
    await scene.build.post(scene.bob.account, "coffee")
    assert await scene.texts() == ["coffee"]
    kept = await filtering.matcher_of(scene.ports, scene.ada.id)
    assert await filtering.matcher_of(scene.ports, scene.ada.id) is kept
    keyword = scene.filter.keywords[0].id
    change = (KeywordChange(id=keyword, keyword="coffee"),)
    await filters.update_filter(
        scene.ports, scene.ada, UpdateFilter(filter_id=scene.filter.id, keywords=change)
    )
    assert await scene.texts() == ["tea"]
    await filters.delete_filter(scene.ports, scene.ada, filters.DeleteFilter(filter_id=scene.filter.id))
    assert await scene.texts() == ["coffee", "tea"]


async def test_nobody_and_people_without_filters_read_pages_as_they_are(scene: Scene) -> None:
    await scene.make(FilterAction.HIDE)
    await scene.build.post(scene.bob.account, "tea")
    listing = await scene.ports.storage.timelines.public(None, Page())
    for who in (ANONYMOUS, scene.bob):
        assert await filtering.apply_filters(scene.ports, who, listing, FilterContext.PUBLIC) is listing


async def test_threads_keep_the_post_that_was_asked_for(scene: Scene) -> None:
    await scene.make(FilterAction.HIDE)
    root = await scene.build.post(scene.bob.account, "tea at the root")
    asked = await scene.build.post(scene.cy.account, "more tea", answers=root)
    await scene.build.post(scene.bob.account, "tea below", answers=asked)
    kept = await scene.build.post(scene.bob.account, "coffee below", answers=asked)
    thread = await scene.ports.storage.posts.thread(scene.ada.id, asked.id)
    assert thread is not None
    filtered = await filtering.apply_filters_to_thread(scene.ports, scene.ada, thread)
    assert (filtered.ancestors, [entry.id for entry in filtered.descendants]) == ((), [kept.id])
    assert filtered.entry.filtered[0].keywords == ("tea",)
    single = await filtering.mark_filtered(scene.ports, scene.ada, thread.entry, FilterContext.THREAD)
    assert single == filtered.entry


async def test_notifications_go_by_what_they_are_about(scene: Scene) -> None:
    await scene.make(FilterAction.HIDE)
    tea = await scene.build.post(scene.bob.account, "tea", mentions=[scene.ada.account])
    coffee = await scene.build.post(scene.bob.account, "coffee", mentions=[scene.ada.account])
    for post in (tea, coffee):
        await scene.build.notify(scene.ada.account, NotificationKind.MENTION, scene.bob.account, post)
    followed = await scene.build.notify(scene.ada.account, NotificationKind.FOLLOW, scene.cy.account)
    listing = await scene.ports.storage.notifications.page(scene.ada.id, Page())
    kept = await filtering.apply_filters_to_notifications(scene.ports, scene.ada, listing)
    assert [told.entry and told.entry.post.text for told in kept.items] == [None, "coffee"]
    assert kept.items[0].id == followed.id


async def test_filters_are_read_once_for_many_pages() -> None:
    class Counting(MemoryStorage):
        asked = 0

    storage = Counting()
    of = storage.filters.of

    async def counted(account_id: int):
        storage.asked += 1
        return await of(account_id)

    storage.filters.of = counted
    scene = await Scene(World(make_ports(storage))).make(FilterAction.WARN)
    for _ in range(3):
        await scene.home()
    assert storage.asked == 1
