"""Hashtags that are followed and shown, in any spelling."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import Invalid, NotFound, Unauthenticated
from microblog_core.domain.marks import FEATURED_TAGS_MAX, FOLLOWED_TAGS_MAX
from microblog_core.domain.permissions import ANONYMOUS
from microblog_core.domain.timelines import Page
from microblog_core.services import posts, tags, timelines
from microblog_core.services.tags import TagCommand
from microblog_core.testing.world import World


async def test_a_tag_is_followed_and_left_in_any_spelling_as_often_as_one_likes(world: World) -> None:
    ada, bob = [await world.actor(await world.build.account(name)) for name in ("ada", "bob")]
    await posts.publish_post(world.ports, bob, posts.PublishPost(text="I like #Tea"))
    for name in ("#Tea", "tea", "TEA"):
        assert (await tags.follow_tag(world.ports, ada, TagCommand(name=name))).following
    listed = await tags.read_followed_tags(world.ports, ada, Page())
    assert [tag.name for tag in listed.items] == ["tea"]
    home = await timelines.read_home(world.ports, ada, Page())
    assert [entry.post.text for entry in home.items] == ["I like #Tea"]
    assert (await tags.read_tag_info(world.ports, ANONYMOUS, "TEA")).history[0].uses == 1
    for _ in range(2):
        assert not (await tags.unfollow_tag(world.ports, ada, TagCommand(name="Tea"))).following
    assert (await timelines.read_home(world.ports, ada, Page())).items == ()


async def test_a_tag_is_shown_on_the_profile_with_its_use(world: World) -> None:
    ada = await world.actor(await world.build.account("ada"))
    for text in ("#tea", "#tea and #cats"):
        await posts.publish_post(world.ports, ada, posts.PublishPost(text=text))
    suggested = await tags.suggest_tags(world.ports, ada)
    assert [(use.name, use.posts_count) for use in suggested] == [("tea", 2), ("cats", 1)]
    shown = await tags.feature_tag(world.ports, ada, TagCommand(name="#Tea"))
    assert (shown.name, shown.posts_count) == ("tea", 2)
    assert await tags.feature_tag(world.ports, ada, TagCommand(name="tea")) == shown
    assert list(await tags.read_featured_tags(world.ports, ANONYMOUS, ada.id or 0)) == [shown]
    assert [use.name for use in await tags.suggest_tags(world.ports, ada)] == ["cats"]
    await tags.unfeature_tag(world.ports, ada, TagCommand(name="tea"))
    assert list(await tags.read_featured_tags(world.ports, ada, ada.id or 0)) == []


async def test_what_is_no_tag_and_too_many_are_refused(world: World) -> None:
    ada = await world.actor(await world.build.account("ada"))
    for name in ("", "#", "two words", "123", "___", "x" * 101, "a-b"):
        with pytest.raises(Invalid):
            await tags.follow_tag(world.ports, ada, TagCommand(name=name))
        with pytest.raises(NotFound):
            await tags.read_tag_info(world.ports, ada, name)
    for service, most in ((tags.follow_tag, FOLLOWED_TAGS_MAX), (tags.feature_tag, FEATURED_TAGS_MAX)):
        for number in range(most):
            await service(world.ports, ada, TagCommand(name=f"tag{number}"))
        with pytest.raises(Invalid, match=str(most)):
            await service(world.ports, ada, TagCommand(name="more"))
    with pytest.raises(Unauthenticated):
        await tags.follow_tag(world.ports, ANONYMOUS, TagCommand(name="tea"))
    with pytest.raises(Invalid) as refused:
        await timelines.read_tag(world.ports, ada, "a", Page(), all=("a", "b", "c", "d", "e"))
    assert set(refused.value.fields) == {"all"}
