"""Threads: their order, their limits, and posts in the middle that the viewer may not see."""

from __future__ import annotations

from microblog_core.domain.posts import Entry, Post, Thread, Visibility
from microblog_core.ports.operations import AddPost, DeletePost
from microblog_core.ports.storage import THREAD_ANCESTORS, THREAD_DESCENDANTS, Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import StorageTests, texts


async def _thread(storage: Storage, viewer: int | None, post: Post) -> Thread:
    thread = await storage.posts.thread(viewer, post.id)
    assert thread is not None
    assert thread.entry.id == thread.entry.post.id
    return thread


class ThreadTests(StorageTests):
    """A post with what it answers and what answers it."""

    async def test_a_post_alone_is_a_thread(self, storage: Storage, build: Builder) -> None:
        post = await build.post(await build.account("ada"))
        thread = await _thread(storage, None, post)
        assert thread.entry.post == post
        assert (thread.ancestors, thread.descendants, thread.more) == ((), (), False)
        assert await storage.posts.thread(None, post.id + 1) is None

    async def test_answers_come_depth_first_and_the_oldest_first(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        root = await build.post(ada, "root")
        first = await build.post(bob, "1", answers=root)
        second = await build.post(ada, "2", answers=root)
        deeper = await build.post(bob, "1.1", answers=first)
        await build.post(ada, "2.1", answers=second)
        await build.post(ada, "1.2", answers=first)
        await build.post(ada, "1.1.1", answers=deeper)
        await build.post(ada, "elsewhere")
        await build.boost(bob, second)
        thread = await _thread(storage, ada.id, root)
        assert texts(thread.descendants) == ["1", "1.1", "1.1.1", "1.2", "2", "2.1"]
        assert texts(thread.ancestors) == []
        thread = await _thread(storage, None, first)
        assert texts(thread.ancestors) == ["root"]
        assert texts(thread.descendants) == ["1.1", "1.1.1", "1.2"]
        thread = await _thread(storage, None, deeper)
        assert texts(thread.ancestors) == ["root", "1"]
        assert texts(thread.descendants) == ["1.1.1"]

    async def test_entries_say_who_is_answered_and_what_the_viewer_did(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        root = await build.post(ada, "root")
        answer = await build.post(bob, "answer", answers=root)
        await build.favourite(ada, answer)
        thread = await _thread(storage, ada.id, root)
        below: Entry = thread.descendants[0]
        assert below.replied_to is not None
        assert (below.replied_to.id, below.author.id, below.favourited) == (ada.id, bob.id, True)
        assert thread.entry.post.replies_count == 1

    async def test_hidden_posts_in_the_middle_are_left_out_and_the_rest_stays(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, viewer = await build.people("ada", "bob", "viewer")
        root = await build.post(ada, "root")
        hidden = await build.post(bob, "hidden", answers=root, visibility=Visibility.DIRECT, mentions=[ada])
        below = await build.post(ada, "below", answers=hidden)
        last = await build.post(ada, "last", answers=below)
        for looks in (viewer.id, None):
            thread = await _thread(storage, looks, root)
            assert texts(thread.descendants) == ["below", "last"]
            thread = await _thread(storage, looks, last)
            assert texts(thread.ancestors) == ["root", "below"]
        assert texts((await _thread(storage, ada.id, last)).ancestors) == ["root", "hidden", "below"]

    async def test_a_thread_ends_above_where_a_post_was_deleted(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        root = await build.post(ada, "root")
        middle = await build.post(ada, "middle", answers=root)
        below = await build.post(ada, "below", answers=middle)
        await build.post(ada, "last", answers=below)
        await build.apply(DeletePost(post=middle))
        thread = await _thread(storage, None, below)
        assert texts(thread.ancestors) in ([], ["root"])
        assert texts(thread.descendants) == ["last"]
        assert "middle" not in texts((await _thread(storage, None, root)).descendants)

    async def test_the_nearest_ancestors_are_given(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        chain = [build.draft(ada, "0")]
        for number in range(1, THREAD_ANCESTORS + 6):
            chain.append(build.draft(ada, str(number), answers=chain[-1]))
        await build.apply(*(AddPost(post=post) for post in chain))
        thread = await _thread(storage, None, chain[-1])
        nearest = chain[-1 - THREAD_ANCESTORS : -1]
        assert texts(thread.ancestors) == [post.text for post in nearest]
        thread = await _thread(storage, None, chain[0])
        assert texts(thread.descendants) == [post.text for post in chain[1:]]
        assert not thread.more

    async def test_the_oldest_answers_are_given_and_that_there_are_more_is_said(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        root = build.draft(ada, "root")
        answers = [build.draft(ada, str(number), answers=root) for number in range(THREAD_DESCENDANTS)]
        await build.apply(*(AddPost(post=post) for post in (root, *answers)))
        thread = await _thread(storage, None, root)
        assert texts(thread.descendants) == [post.text for post in answers]
        assert not thread.more
        await build.post(ada, "one too many", answers=root)
        thread = await _thread(storage, None, root)
        assert texts(thread.descendants) == [post.text for post in answers]
        assert thread.more
