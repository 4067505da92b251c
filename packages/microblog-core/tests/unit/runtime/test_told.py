"""Followers who want to be told of each post are told once, in chunks, of those that are for them."""

from __future__ import annotations

from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.posts import Visibility
from microblog_core.domain.timelines import Page
from microblog_core.runtime import told
from microblog_core.runtime.jobs import JobRunner
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.notifications import read_notifications
from microblog_core.services.posts import DeletePost, PublishPost, delete_post, publish_post
from microblog_core.services.relations import FollowCommand, follow
from microblog_core.testing.sites import site_with


class Town:
    """A site where two want to be told of what Ada writes, and one does not."""

    async def __aenter__(self):
        self.site = site_with({})
        await self.site.open()
        self.runner = JobRunner(self.site)
        self.ada, self.bob, self.cyd, self.dan = [
            await self._person(name) for name in ("ada", "bob", "cyd", "dan")
        ]
        for follower, notify in ((self.bob, True), (self.cyd, False), (self.dan, True)):
            await follow(self.site.ports, follower, FollowCommand(account_id=self.ada.id, notify=notify))
        await self.runner.run_due()
        return self

    async def __aexit__(self, *error):
        await self.site.close()

    async def _person(self, name):
        command = CreateAccount(username=name, email=f"{name}@example.org", password="correct horse")
        return Actor(account=await create_account(self.site.ports, SYSTEM, command))

    async def publish(self, text="hello", **more):
        return (await publish_post(self.site.ports, self.ada, PublishPost(text=text, **more))).post

    async def told(self, actor):
        page = await read_notifications(self.site.ports, actor, Page(), kinds=[NotificationKind.STATUS])
        return [item.entry.post.text for item in page.items]


async def test_who_wants_to_be_told_is_told_of_what_is_for_followers():
    async with Town() as town:
        first = await town.publish("first")
        await town.publish("for followers", visibility=Visibility.FOLLOWERS)
        await town.publish("@bob in secret", visibility=Visibility.DIRECT)
        await town.publish("first of a thread", in_reply_to_id=first.id)
        reply = await publish_post(town.site.ports, town.bob, PublishPost(text="hi", in_reply_to_id=first.id))
        await town.publish("an answer", in_reply_to_id=reply.post.id)
        await town.publish("@dan is named")
        gone = await town.publish("gone")
        await delete_post(town.site.ports, town.ada, DeletePost(post_id=gone.id))
        await town.runner.run_due()
        shared = ["first of a thread", "for followers", "first"]
        assert sorted(await town.told(town.bob)) == sorted(["@dan is named", *shared])
        assert sorted(await town.told(town.dan)) == sorted(shared)
        assert await town.told(town.cyd) == []


async def test_chunks_tell_everybody_once_even_when_one_is_repeated(monkeypatch):
    monkeypatch.setattr(told, "CHUNK", 1)
    async with Town() as town:
        await town.publish()
        (job,) = (await town.site.storage.queue.page("queued", Page())).items
        await told.tell_followers(town.site.ports, job)
        await town.runner.run_due()
        assert await town.told(town.bob) == await town.told(town.dan) == ["hello"]
