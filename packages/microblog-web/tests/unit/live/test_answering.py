"""What open pages are told: new posts of their own timeline and of no other; notifications; the end of a
session.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from microblog_core.domain.filters import FilterAction, FilterContext
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Visibility
from microblog_core.services import relations
from microblog_core.services.filters import CreateFilter, KeywordChange, create_filter
from microblog_core.services.lists import CreateList, ListMembers, add_list_members, create_list
from microblog_core.services.posts import DeletePost, delete_post
from microblog_core.services.reactions import PostCommand, boost_post
from microblog_core.services.relations import RelationCommand
from microblog_core.testing.payments import seed_member, seed_tier
from microblog_web.live.answering import hub_of


class Listening:
    """A page that listens; `house` is left as it was when it goes."""

    def __init__(self, house: Any, path: str, visitor: Any = None, **headers: str) -> None:
        self._messages: asyncio.Queue[Any] = asyncio.Queue()
        self._left = asyncio.Event()
        self.waiting: list[str] = []
        given = {"host": "localhost:8000", **{name.replace("_", "-"): text for name, text in headers.items()}}
        if visitor is not None:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), text.encode()) for name, text in given.items()],
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 8000),
        }
        self._task = asyncio.create_task(house.app(scope, self._receive, self._messages.put))

    async def _receive(self) -> dict[str, str]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def __aenter__(self) -> Listening:
        self.start = await asyncio.wait_for(self._messages.get(), 5)
        assert (await asyncio.wait_for(self._messages.get(), 5))["body"] == b"retry: 2000\n\n"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._left.set()
        await asyncio.wait_for(self._task, 5)

    async def told(self) -> str:
        """What comes next, as `post 12` and the like; nothing at the end of the stream."""
        if not self.waiting:
            body = (await asyncio.wait_for(self._messages.get(), 5))["body"].decode()
            for each in filter(None, body.split("\n\n")):
                event = dict(line.split(": ", 1) for line in each.splitlines())
                self.waiting.append(f"{event['event']} {event['data']}")
        return self.waiting.pop(0) if self.waiting else ""


async def test_a_public_page_is_told_of_public_posts_only_and_ends_with_its_reader(house):
    ada, _ = await house.person("ada")
    async with Listening(house, "/live/public") as page:
        assert (b"content-type", b"text/event-stream; charset=utf-8") in page.start["headers"]
        for level in (Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT):
            await house.write(ada, "not for all", visibility=level)
        eve, _ = await house.person("eve")
        entry = await house.write(ada, "for all")
        await house.write(eve, "@ada an answer", in_reply_to_id=entry.post.id)
        last = await house.write(ada, "again")
        assert await page.told() == f"post {entry.post.id}"
        assert await page.told() == f"post {last.post.id}"
    assert len(hub_of(house.site)) == 0


async def test_a_home_page_may_say_since_when_it_wants_to_hear(house):
    ada, there = await house.person("ada")
    known, new = [(await house.write(ada, text)).post for text in ("known", "new")]
    for path in (
        f"/live/home/{known.id}",
        f"/live/home/{known.id}?since=5",
        f"/live/home/5?since={known.id}",
    ):
        async with Listening(house, path, there) as page:
            assert [await page.told() for _ in range(2)] == ["unread 0", f"post {new.id}"]
    assert (await there.get("/live/home/tea")).status == 404


async def test_each_timeline_hears_what_it_would_show(house):
    ada, ada_there = await house.person("ada")
    bob, _ = await house.person("bob")
    eve, _ = await house.person("eve")
    await house.follow(ada, bob)
    actor = Actor(account=ada)
    near = await create_list(house.site.ports, actor, CreateList(title="Near"))
    await add_list_members(house.site.ports, actor, ListMembers(list_id=near.id, account_ids=(bob.id,)))
    paths = ("home", f"lists/{near.id}", f"accounts/{bob.id}", f"accounts-media/{bob.id}", "tags/tea", "me")
    pages = {path: Listening(house, f"/live/{path}", ada_there) for path in paths}
    for page in pages.values():
        await page.__aenter__()
        assert await page.told() == "unread 0"
    for_followers = await house.write(bob, "near", visibility=Visibility.FOLLOWERS)
    other = await house.write(eve, "hot #tea")
    house.clock.advance(1)
    boost = await boost_post(house.site.ports, Actor(account=bob), PostCommand(post_id=other.post.id))
    last = await house.write(bob, "#tea, too")
    heard = {path: [] for path in paths}
    for path, page in pages.items():
        wanted = {"tags/tea": 2, f"accounts-media/{bob.id}": 0, "me": 0}.get(path, 3)
        heard[path] = [await page.told() for _ in range(wanted)]
    entries = [f"post {for_followers.post.id}", f"post {boost.id}", f"post {last.post.id}"]
    for path in ("home", f"lists/{near.id}", f"accounts/{bob.id}"):
        assert heard[path][::2] == entries[::2], path
        assert heard[path][1].startswith("post "), path
    assert heard["tags/tea"] == [f"post {other.post.id}", entries[2]]
    for page in pages.values():
        await page.__aexit__()
    assert not any(page.waiting or page._messages.qsize() > 1 for page in pages.values())


async def test_what_is_for_members_is_told_to_members_and_its_teaser_to_everybody(house):
    ada, ada_there = await house.person("ada")
    follower, fay = await house.person("fay")
    member, mel = await house.person("mel")
    for each in (follower, member):
        await house.follow(each, ada)
    storage = house.site.storage
    await seed_member(storage, member.id, await seed_tier(storage, ada.id))
    pages = {
        name: Listening(house, f"/live/{path}", reader)
        for name, path, reader in (
            ("public", "public", None),
            ("follower", "home", fay),
            ("member", "home", mel),
            ("author", "home", ada_there),
        )
    }
    for name, page in pages.items():
        await page.__aenter__()
        assert name == "public" or (await page.told()).startswith("unread ")
    whole = await house.write(ada, "whole", visibility=Visibility.MEMBERS, teaser="teaser")
    last = await house.write(ada, "again")
    events = [f"post {post_id}" for post_id in (whole.post.in_reply_to_id, whole.post.id, last.post.id)]
    for name, page in pages.items():
        wanted = events if name in ("member", "author") else [events[0], events[2]]
        assert [await page.told() for _ in wanted] == wanted, name
        await page.__aexit__()


async def test_who_is_blocked_or_filtered_is_not_told_of(house):
    ada, ada_there = await house.person("ada")
    bob, _ = await house.person("bob")
    eve, _ = await house.person("eve")
    await relations.block(house.site.ports, Actor(account=ada), RelationCommand(account_id=eve.id))
    hiding = CreateFilter(
        title="Watches",
        context=(FilterContext.PUBLIC,),
        action=FilterAction.HIDE,
        keywords=(KeywordChange(keyword="watches"),),
    )
    await create_filter(house.site.ports, Actor(account=ada), hiding)
    async with Listening(house, "/live/public", ada_there) as page:
        assert await page.told() == "unread 0"
        await house.write(eve, "cheap")
        await house.write(bob, "watches")
        shown = await house.write(bob, "weather")
        assert await page.told() == f"post {shown.post.id}"


async def test_a_page_hears_what_came_while_nobody_listened_and_what_is_gone(house):
    ada, _ = await house.person("ada")
    first = await house.write(ada, "one")
    second, third = await house.write(ada, "two"), await house.write(ada, "three")
    async with Listening(house, f"/live/public?since={first.post.id}") as page:
        assert [await page.told(), await page.told()] == [f"post {second.post.id}", f"post {third.post.id}"]
        await delete_post(house.site.ports, Actor(account=ada), DeletePost(post_id=third.post.id))
        assert await page.told() == f"gone {third.post.id}"
    since = f"/live/public?since={first.post.id}"
    async with Listening(house, since, last_event_id=str(second.post.id)) as page:
        fourth = await house.write(ada, "four")
        assert await page.told() == f"post {fourth.post.id}"


async def test_notifications_are_counted_for_their_reader_alone(house):
    _, ada_there = await house.person("ada")
    bob, bob_there = await house.person("bob")
    async with (
        Listening(house, "/live/me", ada_there) as page,
        Listening(house, "/live/me", bob_there) as other,
    ):
        assert await page.told() == await other.told() == "unread 0"
        await house.write(bob, "@ada hello")
        assert await page.told() == "unread 1"
        assert other._messages.empty()


async def test_a_stream_ends_with_its_session(house):
    _, ada_there = await house.person("ada")
    async with Listening(house, "/live/home", ada_there) as page:
        assert await page.told() == "unread 0"
        hub = hub_of(house.site)
        await hub.check()
        front = await ada_there.get("/")
        await ada_there.submit(front.form("csrf_token", "return_to"), button="/logout")
        await hub.check()
        assert await page.told() == ""


@pytest.mark.parametrize("path", ["/live/home", "/live/me", "/live/lists/1"])
async def test_own_timelines_need_a_log_in(house, path):
    answer = await (await house.visitor()).get(path, follow=False)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize(
    "path", ["/live/nothing", "/live/public/1", "/live/tags", "/live/accounts/x", "/live/lists/0"]
)
async def test_there_are_no_other_streams(house, path):
    _, ada_there = await house.person("ada")
    assert (await ada_there.get(path)).status == 404


async def test_somebody_elses_list_is_not_there(house):
    ada, _ = await house.person("ada")
    _, eve_there = await house.person("eve")
    near = await create_list(house.site.ports, Actor(account=ada), CreateList(title="Near"))
    assert (await eve_there.get(f"/live/lists/{near.id}")).status == 404


async def test_a_stream_can_only_be_read(house):
    visitor = await house.visitor()
    assert (await visitor.http.post("/live/public")).status_code == 405
