"""Filters through their use cases: nested changes, limits in words, and the first version's view."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import Invalid, NotFound, Unauthenticated
from microblog_core.domain.filters import FILTERS_MAX, KEYWORDS_MAX, FilterAction, FilterContext
from microblog_core.domain.permissions import ANONYMOUS
from microblog_core.domain.posts import Visibility
from microblog_core.services import filters
from microblog_core.services.filters import (
    AddFilterStatus,
    CreateFilter,
    DeleteFilter,
    DeleteFilterStatus,
    DeleteKeyword,
    KeywordChange,
    UpdateFilter,
    UpdateKeywordFilter,
    WriteKeywordFilter,
)
from microblog_core.testing.world import World

HOME = (FilterContext.HOME,)


async def people(world: World, *names: str):
    return [await world.actor(account) for account in await world.build.people(*names)]


def words(*given: str) -> tuple[KeywordChange, ...]:
    return tuple(KeywordChange(keyword=word, whole_word=True) for word in given)


async def test_a_filter_is_made_read_changed_and_deleted(world: World) -> None:
    (ada,) = await people(world, "ada")
    made = await filters.create_filter(
        world.ports,
        ada,
        CreateFilter(title=" Sports ", context=HOME, expires_in=60, keywords=words("a", "b")),
    )
    assert (made.title, made.action, made.expires_at) == (
        "Sports",
        FilterAction.WARN,
        world.clock.now() + 60_000,
    )
    assert list(await filters.read_filters(world.ports, ada)) == [made]
    a, b = made.keywords
    changed = await filters.update_filter(
        world.ports,
        ada,
        UpdateFilter(
            filter_id=made.id,
            action=FilterAction.HIDE,
            keywords=(
                KeywordChange(id=a.id, delete=True),
                KeywordChange(id=b.id, keyword="B"),
                KeywordChange(keyword="c"),
                KeywordChange(id=1, delete=True),
            ),
        ),
    )
    assert changed == await filters.read_filter(world.ports, ada, made.id)
    assert [(each.keyword, each.whole_word) for each in changed.keywords] == [("B", True), ("c", False)]
    assert (changed.title, changed.expires_at) == (made.title, made.expires_at)
    forever = await filters.update_filter(world.ports, ada, UpdateFilter(filter_id=made.id, expires_in=None))
    assert forever.expires_at is None
    await filters.delete_filter(world.ports, ada, DeleteFilter(filter_id=made.id))
    assert list(await filters.read_filters(world.ports, ada)) == []


async def test_what_breaks_a_rule_changes_nothing(world: World) -> None:
    (ada,) = await people(world, "ada")
    made = await filters.create_filter(
        world.ports, ada, CreateFilter(title="t", context=HOME, keywords=words("a"))
    )
    (a,) = made.keywords
    for change, field in (
        ({"title": ""}, "title"),
        ({"context": ()}, "context"),
        ({"expires_in": -1}, "expires_in"),
        ({"expires_in": float("nan")}, "expires_in"),
        ({"expires_in": 1e300}, "expires_in"),
        ({"keywords": (KeywordChange(id=a.id, keyword=""),)}, "keyword"),
        ({"keywords": (KeywordChange(),)}, "keyword"),
    ):
        with pytest.raises(Invalid) as refused:
            await filters.update_filter(world.ports, ada, UpdateFilter(filter_id=made.id, **change))
        assert set(refused.value.fields) == {field}
        with pytest.raises(Invalid):
            values = {"title": "t", "context": HOME, **change}
            values.pop("keywords", None)
            bad = ({"keywords": (KeywordChange(keyword=""),)} if field == "keyword" else {}) | values
            await filters.create_filter(world.ports, ada, CreateFilter(**bad))
    with pytest.raises(NotFound):
        change = KeywordChange(id=1, keyword="x")
        await filters.update_filter(
            world.ports, ada, UpdateFilter(filter_id=made.id, title="x", keywords=(change,))
        )
    assert list(await filters.read_filters(world.ports, ada)) == [made]


async def test_filters_of_somebody_else_are_as_if_they_were_not_there(world: World) -> None:
    ada, bob = await people(world, "ada", "bob")
    made = await filters.create_filter(
        world.ports, ada, CreateFilter(title="t", context=HOME, keywords=words("a"))
    )
    post = await world.build.post(bob.account)
    status = await filters.add_filter_status(
        world.ports, ada, AddFilterStatus(filter_id=made.id, post_id=post.id)
    )
    keyword_id = made.keywords[0].id
    phrase = UpdateKeywordFilter(keyword_id=keyword_id, phrase="x", context=HOME)
    for attempt in (
        filters.read_filter(world.ports, bob, made.id),
        filters.read_keyword(world.ports, bob, keyword_id),
        filters.read_filter_status(world.ports, bob, status.id),
        filters.read_keyword_filter(world.ports, bob, keyword_id),
        filters.update_filter(world.ports, bob, UpdateFilter(filter_id=made.id, title="x")),
        filters.update_keyword_filter(world.ports, bob, phrase),
        filters.delete_filter(world.ports, bob, DeleteFilter(filter_id=made.id)),
        filters.delete_keyword(world.ports, bob, DeleteKeyword(keyword_id=keyword_id)),
        filters.delete_filter_status(world.ports, bob, DeleteFilterStatus(status_id=status.id)),
        filters.add_filter_status(world.ports, bob, AddFilterStatus(filter_id=made.id, post_id=post.id)),
    ):
        with pytest.raises(NotFound):
            await attempt
    with pytest.raises(Unauthenticated):
        await filters.read_filters(world.ports, ANONYMOUS)


async def test_single_posts_are_added_once_if_they_may_be_seen(world: World) -> None:
    ada, bob = await people(world, "ada", "bob")
    made = await filters.create_filter(world.ports, ada, CreateFilter(title="t", context=HOME))
    seen = await world.build.post(bob.account)
    secret = await world.build.post(bob.account, visibility=Visibility.DIRECT)
    first = await filters.add_filter_status(
        world.ports, ada, AddFilterStatus(filter_id=made.id, post_id=seen.id)
    )
    again = await filters.add_filter_status(
        world.ports, ada, AddFilterStatus(filter_id=made.id, post_id=seen.id)
    )
    assert again == first
    with pytest.raises(NotFound):
        await filters.add_filter_status(
            world.ports, ada, AddFilterStatus(filter_id=made.id, post_id=secret.id)
        )
    assert await filters.read_filter_status(world.ports, ada, first.id) == (
        await filters.read_filter(world.ports, ada, made.id),
        first,
    )
    await filters.delete_filter_status(world.ports, ada, DeleteFilterStatus(status_id=first.id))
    assert (await filters.read_filter(world.ports, ada, made.id)).statuses == ()


async def test_there_is_an_end_of_filters_and_keywords(world: World) -> None:
    (ada,) = await people(world, "ada")
    for _ in range(FILTERS_MAX):
        made = await filters.create_filter(world.ports, ada, CreateFilter(title="t", context=HOME))
    with pytest.raises(Invalid, match=f"{FILTERS_MAX} filters"):
        await filters.create_filter(world.ports, ada, CreateFilter(title="t", context=HOME))
    many = words(*(f"word{number}" for number in range(KEYWORDS_MAX)))
    await filters.update_filter(world.ports, ada, UpdateFilter(filter_id=made.id, keywords=many))
    with pytest.raises(Invalid, match=f"{KEYWORDS_MAX} keywords"):
        await filters.update_filter(world.ports, ada, UpdateFilter(filter_id=made.id, keywords=words("one")))


async def test_the_first_version_sees_each_keyword_as_a_filter(world: World) -> None:
    (ada,) = await people(world, "ada")
    write = WriteKeywordFilter(phrase="Tea", context=HOME, whole_word=True, irreversible=True, expires_in=60)
    made = await filters.create_keyword_filter(world.ports, ada, write)
    (stored,) = await filters.read_filters(world.ports, ada)
    assert (stored.title, stored.action, made.id) == ("Tea", FilterAction.HIDE, stored.keywords[0].id)
    update = UpdateKeywordFilter(keyword_id=made.id, phrase="Coffee", context=HOME)
    changed = await filters.update_keyword_filter(world.ports, ada, update)
    assert (changed.id, changed.phrase, changed.whole_word) == (made.id, "Coffee", False)
    assert (changed.irreversible, changed.expires_at) == (False, None)
    assert [each.title for each in await filters.read_filters(world.ports, ada)] == ["Coffee"]
    with pytest.raises(Invalid) as refused:
        await filters.create_keyword_filter(world.ports, ada, WriteKeywordFilter(phrase=" ", context=HOME))
    assert set(refused.value.fields) == {"phrase"}
    await filters.delete_keyword(world.ports, ada, DeleteKeyword(keyword_id=made.id, with_filter=True))
    assert list(await filters.read_filters(world.ports, ada)) == []


async def test_the_first_version_can_not_change_what_other_keywords_share(world: World) -> None:
    (ada,) = await people(world, "ada")
    made = await filters.create_filter(
        world.ports,
        ada,
        CreateFilter(title="t", context=HOME, action=FilterAction.BLUR, keywords=words("a", "b")),
    )
    a, b = made.keywords
    update = UpdateKeywordFilter(keyword_id=a.id, phrase="A", context=HOME, whole_word=True)
    await filters.update_keyword_filter(world.ports, ada, update)
    (now,) = await filters.read_filters(world.ports, ada)
    assert ([each.keyword for each in now.keywords], now.action, now.title) == (
        ["A", "b"],
        FilterAction.BLUR,
        "t",
    )
    for change in ({"irreversible": True}, {"context": tuple(FilterContext)}, {"expires_in": 5}):
        wrong = UpdateKeywordFilter(**{"keyword_id": a.id, "phrase": "A", "context": HOME, **change})
        with pytest.raises(Invalid, match="more than one keyword"):
            await filters.update_keyword_filter(world.ports, ada, wrong)
    await filters.delete_keyword(world.ports, ada, DeleteKeyword(keyword_id=b.id, with_filter=True))
    assert [each.phrase for each in await filters.read_keyword_filters(world.ports, ada)] == ["A"]
