"""Search as people use it: what they type, what they get, and addresses of the site."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.domain.posts import Entry, Visibility
from microblog_core.domain.search import Found, Query, SearchKind, Term, parse_query
from microblog_core.memory.storage import MemoryStorage
from microblog_core.services import posts, search, tags
from microblog_core.testing.world import BASE_URL, World, make_ports


async def publish(world: World, actor: Actor, text: str, **more: object) -> Entry:
    return await posts.publish_post(world.ports, actor, posts.PublishPost(text=text, **more))  # type: ignore[arg-type]


async def find(world: World, actor: Actor, q: str, **more: object) -> Found:
    return await search.search(world.ports, actor, search.Search(q=q, **more))  # type: ignore[arg-type]


def test_what_is_typed_is_read_into_words() -> None:
    query = parse_query('tea "two  words" -milk -"no sugar" from:@ada don\'t -from:eve')
    assert query.wanted == (Term(("tea",)), Term(("two", "words")), Term(("don", "t")))
    assert query.unwanted == (Term(("milk",)), Term(("no", "sugar")), Term(("from", "eve")))
    assert query.author == "ada"
    assert parse_query('" -"" -- (((') == Query()


async def test_posts_people_and_hashtags_are_found_together(world: World) -> None:
    ada = await world.actor(await world.build.account("teapot"))
    bob = await world.actor(await world.build.account("bob"))
    await publish(world, ada, "I like tea #teatime")
    found = await find(world, bob, "tea")
    assert [account.username for account in found.accounts] == ["teapot"]
    assert [entry.post.text for entry in found.posts] == ["I like tea #teatime"]
    assert [tag.name for tag in found.tags] == ["teatime"]
    only = await find(world, bob, "tea", kind=SearchKind.TAGS)
    assert (only.accounts, only.posts, len(only.tags)) == ((), (), 1)
    assert await find(world, bob, "  ") == Found()
    assert (await find(world, bob, "#teatime")).accounts == ()


async def test_posts_of_one_author_are_found_by_from(world: World) -> None:
    ada = await world.actor(await world.build.account("ada"))
    bob = await world.actor(await world.build.account("bob"))
    await publish(world, ada, "tea for me", visibility=Visibility.FOLLOWERS)
    await publish(world, ada, "tea for all")
    await publish(world, bob, "tea for bob")

    async def texts(actor: Actor, q: str, **more: object) -> list[str]:
        return [entry.post.text for entry in (await find(world, actor, q, **more)).posts]

    assert await texts(bob, "tea from:ada") == ["tea for all"]
    assert await texts(bob, "from:@ADA@microblog.example") == ["tea for all"]
    assert await texts(ada, "from:me tea") == ["tea for all", "tea for me"]
    assert await texts(bob, "tea from:nobody") == []
    assert await texts(bob, "tea", account_id=ada.id) == ["tea for all"]
    assert await texts(bob, "tea from:me", account_id=ada.id) == []
    assert await texts(bob, "tea", following=True) == []


async def test_an_account_is_found_by_its_whole_name_and_domain(world: World) -> None:
    bob = await world.actor(await world.build.account("bob"))
    await world.build.account("ada")
    await world.build.account("ada", domain="example.org")
    assert [account.acct for account in (await find(world, bob, "@ada@example.org")).accounts] == [
        "ada@example.org",
        "ada",
    ]
    assert (await find(world, bob, "@ada")).accounts[0].acct == "ada"
    assert (await find(world, bob, "@ada", limit=1)).accounts[0].acct == "ada"
    assert (await find(world, bob, "@nobody")).accounts == ()


async def test_an_address_of_the_site_is_what_is_there_and_nothing_else(world: World) -> None:
    ada = await world.actor(await world.build.account("ada"))
    hidden = await publish(world, ada, "mine", visibility=Visibility.FOLLOWERS)
    shown = await publish(world, ada, "ours")
    there = await find(world, ANONYMOUS, shown.post.uri)
    assert ([entry.id for entry in there.posts], there.accounts) == ([shown.id], ())
    assert await find(world, ANONYMOUS, hidden.post.uri) == Found()
    assert [one.username for one in (await find(world, ANONYMOUS, f"{BASE_URL}/@Ada")).accounts] == ["ada"]
    assert await find(world, ANONYMOUS, shown.post.uri, kind=SearchKind.ACCOUNTS) == Found()
    profile = await search.resolve(world.ports, ANONYMOUS, f"{BASE_URL}/@ada@microblog.example?x=1")
    assert isinstance(profile, Account)
    assert profile.username == "ada"
    for address in (
        BASE_URL, f"{BASE_URL}/", f"{BASE_URL}/@", f"{BASE_URL}/@ada/x", f"{BASE_URL}/@ada/1/2", "https://a.example/@ada",
        f"{BASE_URL}.example.org/@ada", "", "@ada", hidden.post.uri, f"{BASE_URL}/login",
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await search.resolve(world.ports, ANONYMOUS, address)


class Bare(MemoryStorage):
    """A storage of the required base."""

    capabilities = frozenset({"queue"})


async def test_without_the_capability_there_is_no_search_and_there_are_no_trends() -> None:
    world = World(make_ports(Bare()))
    with pytest.raises(NotFound):
        await find(world, ANONYMOUS, "tea")
    with pytest.raises(NotFound):
        await search.read_trending_tags(world.ports, ANONYMOUS)


async def test_what_trends_is_read_and_pruned(world: World) -> None:
    ada = await world.actor(await world.build.account("ada"))
    bob = await world.actor(await world.build.account("bob"))
    entry = await publish(world, ada, "#Tea")
    await publish(world, bob, "#tea too")
    await world.build.favourite(bob.account, entry.post)  # type: ignore[arg-type]
    assert [tag.name for tag in await search.read_trending_tags(world.ports, ANONYMOUS)] == ["tea"]
    assert [one.id for one in await search.read_trending_posts(world.ports, ANONYMOUS)] == [entry.id]
    history = (await tags.read_tag_info(world.ports, ANONYMOUS, "#TEA")).history
    assert (history[0].uses, history[0].accounts, len(history)) == (2, 2, 7)
    await search.prune_trends(world.ports)


@pytest.mark.parametrize(("limit", "offset"), [(-1, -1), (10**9, 10**30), (0, 0)])
async def test_limits_and_offsets_out_of_bounds_are_cut(world: World, limit: int, offset: int) -> None:
    assert await find(world, ANONYMOUS, "tea", limit=limit, offset=offset) == Found()
