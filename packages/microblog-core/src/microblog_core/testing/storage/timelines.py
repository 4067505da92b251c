"""What timelines are made of: the public one, hashtags, home from rows and from follows, authors' own
pages.
"""

from __future__ import annotations

import pytest

from microblog_core.domain.posts import Delivery, Mention, Visibility
from microblog_core.domain.timelines import HomeSource, Page
from microblog_core.ports.operations import BackfillHome, DeleteFollow, DeletePost, FanOut
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, ids

SOURCES = pytest.mark.parametrize("source", HomeSource)


class TimelineTests(StorageTests):
    """Listings of posts."""

    async def test_an_empty_storage_has_empty_timelines(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        for viewer in (None, ada.id):
            assert (await storage.timelines.public(viewer, ALL)).items == ()
            assert (await storage.timelines.tag(viewer, "tag", ALL)).items == ()
            assert await storage.timelines.profile(viewer, "nobody", "", ALL, replies=True) is None
        for source in HomeSource:
            assert (await storage.timelines.home(ada.id, ALL, source)).items == ()

    async def test_the_public_timeline_holds_no_boosts_and_no_answers_to_others(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada, tags=("tag",))
        thread = await build.post(ada, "more", answers=post)
        answer = await build.post(bob, "answer", answers=post, tags=("tag",))
        await build.boost(bob, post)
        assert ids(await storage.timelines.public(None, ALL)) == [thread.id, post.id]
        assert ids(await storage.timelines.tag(None, "tag", ALL)) == [answer.id, post.id]

    async def test_a_hashtag_finds_exactly_its_posts(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        cats = await build.post(ada, tags=("cats", "straße", "日本"))
        await build.post(ada, tags=("cat", "catsanddogs"))
        for tag in ("cats", "straße", "日本"):
            assert ids(await storage.timelines.tag(None, tag, ALL)) == [cats.id]
        for tag in ("ca%", "c_ts", "", "dogs"):
            assert ids(await storage.timelines.tag(None, tag, ALL)) == []

    async def test_an_entry_says_who_wrote_who_boosted_who_is_answered_and_what_the_viewer_did(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        await build.follow(cy, ada, bob)
        post = await build.post(ada, "post")
        answer = await build.post(bob, "answer", answers=post)
        boost = await build.boost(bob, post)
        await build.favourite(cy, post)
        await build.boost(cy, answer)
        home = await storage.timelines.home(cy.id, ALL, HomeSource.ROWS)
        own, boosted, answered, plain = home.items
        assert own.boosted_by is not None
        assert (own.boosted_by.id, own.post.id, own.author.id) == (cy.id, answer.id, bob.id)
        assert boosted.boosted_by is not None
        assert boosted.replied_to is None
        assert (
            boosted.id,
            boosted.post.id,
            boosted.author.id,
            boosted.boosted_by.id,
            boosted.boosted_at,
        ) == (
            boost.id,
            post.id,
            ada.id,
            bob.id,
            boost.created_at,
        )
        assert (boosted.favourited, boosted.boosted) == (True, False)
        assert answered.replied_to is not None
        assert (answered.replied_to.id, answered.favourited, answered.boosted) == (ada.id, False, True)
        assert (plain.boosted_by, plain.boosted_at, plain.favourited) == (None, None, True)
        assert (plain.post.boosts_count, plain.post.favourites_count, plain.post.replies_count) == (1, 1, 1)
        assert plain.author.followers_count == 1
        assert [entry.post.id for entry in home.items] == [answer.id, post.id, answer.id, post.id]

    @SOURCES
    async def test_home_holds_the_viewer_and_whom_they_follow(
        self, storage: Storage, build: Builder, source: HomeSource
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        await build.follow(cy, ada)
        own = await build.post(cy)
        theirs = await build.post(ada)
        stranger = await build.post(bob)
        boost = await build.boost(ada, stranger)
        await build.boost(bob, theirs)
        assert ids(await storage.timelines.home(cy.id, ALL, source)) == [boost.id, theirs.id, own.id]

    @SOURCES
    @pytest.mark.parametrize("delivery", Delivery)
    async def test_home_holds_answers_to_people_followed_only(
        self, storage: Storage, build: Builder, source: HomeSource, delivery: Delivery
    ) -> None:
        viewer, ada, bob, stranger = await build.people("viewer", "ada", "bob", "stranger")
        await build.follow(viewer, ada, bob)
        other = await build.post(stranger, delivery=delivery)
        expected = []
        for answered, kept in ((ada, True), (bob, True), (viewer, True), (stranger, False)):
            root = other if answered is stranger else await build.post(answered, delivery=delivery)
            if answered is not stranger:
                expected.append(root.id)
            answer = await build.post(ada, answers=root, delivery=delivery)
            if kept:
                expected.append(answer.id)
        hidden = await build.post(ada, answers=other, delivery=delivery)
        boost = await build.boost(bob, hidden, delivery=delivery)
        home = await storage.timelines.home(viewer.id, ALL, source)
        assert ids(home) == [boost.id, *reversed(expected)]

    @SOURCES
    async def test_home_holds_direct_posts_that_name_the_viewer(
        self, storage: Storage, build: Builder, source: HomeSource
    ) -> None:
        viewer, ada, bob = await build.people("viewer", "ada", "bob")
        await build.follow(viewer, ada)
        named = await build.post(ada, visibility=Visibility.DIRECT, mentions=[viewer, bob])
        await build.post(ada, visibility=Visibility.DIRECT, mentions=[bob])
        await build.post(bob, visibility=Visibility.DIRECT, mentions=[viewer])
        assert ids(await storage.timelines.home(viewer.id, ALL, source)) == [named.id]

    async def test_both_sources_of_home_give_the_same_pages(self, storage: Storage, build: Builder) -> None:
        viewer, ada, bob, star, stranger = await build.people("viewer", "ada", "bob", "star", "stranger")
        await build.follow(viewer, ada, bob, star)
        posts = []
        for turn in range(4):
            for author in (ada, bob, star, stranger, viewer):
                delivery = Delivery.PULLED if author is star else Delivery.ROWS
                level = list(Visibility)[turn]
                posts.append(await build.post(author, visibility=level, delivery=delivery))
                if len(posts) > 4:
                    await build.boost(author, posts[-5], delivery=delivery)
        await build.mute(viewer, bob)
        for page in (
            ALL,
            Page(limit=3),
            Page(limit=3, max_id=posts[9].id),
            Page(limit=4, min_id=posts[5].id),
        ):
            rows = await storage.timelines.home(viewer.id, page, HomeSource.ROWS)
            follows = await storage.timelines.home(viewer.id, page, HomeSource.FOLLOWS)
            assert rows == follows
            assert rows.items

    async def test_pulled_authors_are_merged_in_by_time(self, storage: Storage, build: Builder) -> None:
        viewer, ada, star, stranger = await build.people("viewer", "ada", "star", "stranger")
        await build.follow(viewer, ada, star)
        expected = []
        for _ in range(4):
            expected.append(await build.post(ada))
            expected.append(await build.post(star, delivery=Delivery.PULLED))
            await build.post(stranger, delivery=Delivery.PULLED)
        boosted = await build.boost(star, expected[0], delivery=Delivery.PULLED)
        own = await build.post(viewer, delivery=Delivery.PULLED)
        newest_first = [own.id, boosted.id, *(post.id for post in reversed(expected))]
        assert ids(await storage.timelines.home(viewer.id, ALL, HomeSource.ROWS)) == newest_first
        page = await storage.timelines.home(viewer.id, Page(limit=3), HomeSource.ROWS)
        assert ids(page) == newest_first[:3]

    async def test_rows_written_twice_or_to_both_deliveries_show_once(
        self, storage: Storage, build: Builder
    ) -> None:
        viewer, ada = await build.people("viewer", "ada")
        await build.follow(viewer, ada)
        post = await build.post(ada)
        pulled = await build.post(ada, delivery=Delivery.PULLED)
        for again in (post, pulled):
            await build.home_rows(again, viewer, viewer)
            await build.apply(FanOut(post_id=again.id, author_id=ada.id))
        assert ids(await storage.timelines.home(viewer.id, ALL, HomeSource.ROWS)) == [pulled.id, post.id]

    async def test_rows_are_written_for_followers_and_the_author_alone(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, follower, late = await build.people("ada", "follower", "late")
        await build.follow(follower, ada)
        post = await build.post(ada)
        await build.follow(late, ada)

        async def homes() -> list[list[int]]:
            return [
                ids(await storage.timelines.home(person.id, ALL, HomeSource.ROWS))
                for person in (ada, follower, late)
            ]

        assert await homes() == [[post.id], [post.id], []]
        await build.home_rows(post, late)
        assert await homes() == [[post.id], [post.id], [post.id]]

    async def test_a_new_follower_gets_the_newest_posts_and_boosts(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, viewer = await build.people("ada", "bob", "viewer")
        posts = [await build.post(ada) for _ in range(4)]
        theirs = await build.post(bob)
        boost = await build.boost(ada, theirs)
        await build.follow(viewer, ada)
        await build.apply(BackfillHome(account_id=viewer.id, author_id=ada.id, limit=3))
        home = await storage.timelines.home(viewer.id, ALL, HomeSource.ROWS)
        assert ids(home) == [boost.id, posts[3].id, posts[2].id]
        await build.apply(BackfillHome(account_id=viewer.id, author_id=ada.id, limit=80))
        home = await storage.timelines.home(viewer.id, ALL, HomeSource.ROWS)
        assert ids(home) == [boost.id, *(post.id for post in reversed(posts))]

    @SOURCES
    async def test_ending_a_follow_takes_posts_and_boosts_out_of_home(
        self, storage: Storage, build: Builder, source: HomeSource
    ) -> None:
        viewer, ada, bob = await build.people("viewer", "ada", "bob")
        await build.follow(viewer, ada, bob)
        post = await build.post(ada)
        theirs = await build.post(bob)
        await build.boost(ada, theirs)
        boost = await build.boost(bob, post)
        await build.post(ada, delivery=Delivery.PULLED)
        await build.apply(DeleteFollow(follower_id=viewer.id, followee_id=ada.id))
        assert ids(await storage.timelines.home(viewer.id, ALL, source)) == [boost.id, theirs.id]

    async def test_home_rows_of_a_follow_that_ended_do_not_come_back_with_the_next(
        self, storage: Storage, build: Builder
    ) -> None:
        viewer, ada = await build.people("viewer", "ada")
        await build.follow(viewer, ada)
        await build.boost(ada, await build.post(ada))
        await build.apply(DeleteFollow(follower_id=viewer.id, followee_id=ada.id))
        await build.follow(viewer, ada)
        assert ids(await storage.timelines.home(viewer.id, ALL, HomeSource.ROWS)) == []

    async def test_a_block_takes_posts_out_of_both_homes(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        await build.follow(ada, bob)
        await build.follow(bob, ada)
        by_ada, by_bob = await build.post(ada), await build.post(bob)
        await build.block(ada, bob)
        for source in HomeSource:
            assert ids(await storage.timelines.home(ada.id, ALL, source)) == [by_ada.id]
            assert ids(await storage.timelines.home(bob.id, ALL, source)) == [by_bob.id]

    async def test_a_profile_shows_posts_and_boosts_and_answers_where_asked(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("Ada", "bob")
        await build.follow(bob, ada)
        post = await build.post(ada)
        theirs = await build.post(bob)
        thread = await build.post(ada, answers=post)
        answer = await build.post(ada, answers=theirs)
        boost = await build.boost(ada, theirs)
        plain = await storage.timelines.profile(bob.id, "ada", "", ALL, replies=False)
        assert plain is not None
        assert plain.account == await storage.accounts.get(ada.id)
        assert plain.relationship is not None
        assert (plain.relationship.account_id, plain.relationship.following) == (ada.id, True)
        assert ids(plain.posts) == [boost.id, thread.id, post.id]
        full = await storage.timelines.profile(None, "ADA", "", ALL, replies=True)
        assert full is not None
        assert full.relationship is None
        assert ids(full.posts) == [boost.id, answer.id, thread.id, post.id]
        assert await storage.timelines.profile(None, "ada", "example.org", ALL, replies=True) is None

    async def test_a_profile_shows_boosts_of_people_whom_the_viewer_mutes(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, viewer = await build.people("ada", "bob", "viewer")
        await build.mute(viewer, bob)
        boost = await build.boost(ada, await build.post(bob))
        page = await storage.timelines.profile(viewer.id, "ada", "", ALL, replies=False)
        assert page is not None
        assert ids(page.posts) == [boost.id]

    @SOURCES
    async def test_an_edit_changes_what_timelines_show(
        self, storage: Storage, build: Builder, source: HomeSource
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        await build.follow(bob, ada)
        first = await build.post(ada, "first")
        second = await build.edit(first, "second", mentions=(Mention(bob.id, "bob"),))
        for listing in (
            await storage.timelines.home(bob.id, ALL, source),
            await storage.timelines.public(bob.id, ALL),
        ):
            assert [entry.post for entry in listing.items] == [second]
        await build.apply(DeletePost(post=second))
        assert ids(await storage.timelines.home(bob.id, ALL, source)) == []
