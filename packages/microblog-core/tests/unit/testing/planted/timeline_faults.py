"""Home timelines with a fault each."""

from __future__ import annotations

from collections import defaultdict

from msgspec.structs import replace

from microblog_core.defaults.timelines import Chronological, Hybrid
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import HomeSource, Listing, Page
from microblog_core.ports.operations import AddHomeRows, AddJob
from microblog_core.testing.planted import Planted
from microblog_core.testing.timeline_suite import TimelineSuite

WHOLE = Page(limit=80)


class FallsBack(Chronological):
    async def page(self, storage, viewer, page):
        listing = await super().page(storage, viewer, page)
        return listing if listing.items else await storage.timelines.public(viewer, page)


class ForgetsTheAuthor(Hybrid):
    """The author's own row comes with the others, later, and never."""

    def __init__(self):
        super().__init__(at_once=0)

    def on_publish(self, post, author, now, job_id):
        return [each for each in super().on_publish(post, author, now, job_id) if isinstance(each, AddJob)]


class ShowsEverybody(Chronological):
    async def page(self, storage, viewer, page):
        return await storage.timelines.public(viewer, page)


class ServesAFew(Hybrid):
    """The job for many followers is lost."""

    def __init__(self):
        super().__init__(at_once=3)

    def on_publish(self, post, author, now, job_id):
        return [
            each for each in super().on_publish(post, author, now, job_id) if not isinstance(each, AddJob)
        ]


class KeepsBoostsBack(Hybrid):
    def on_publish(self, post, author, now, job_id):
        return () if post.boost_of_id else super().on_publish(post, author, now, job_id)


class DropsAnswers(Chronological):
    async def page(self, storage, viewer, page):
        listing = await super().page(storage, viewer, page)
        return replace(listing, items=tuple(each for each in listing.items if not each.post.in_reply_to_id))


class BringsNothing(Hybrid):
    def on_follow(self, follower_id, followee_id):
        return ()


class FromMemory(Chronological):
    """Keeps by itself who follows and what was written, and forgets nothing."""

    def __init__(self):
        self.written = []
        self.follows = defaultdict(set)

    def on_publish(self, post, author, now, job_id):
        self.written.append((post, author))
        return ()

    def on_follow(self, follower_id, followee_id):
        self.follows[follower_id].add(followee_id)
        return ()

    async def page(self, storage, viewer, page):
        near = self.follows[viewer] | {viewer}
        mine = [(post, author) for post, author in self.written if author.id in near]
        return Listing(tuple(Entry(id=post.id, post=post, author=author) for post, author in mine[::-1]))


class Keeps(Chronological):
    """Keeps every page for ever."""

    def __init__(self):
        self.known = {}

    def key(self, viewer, page):
        return viewer, page

    async def page(self, storage, viewer, page):
        key = self.key(viewer, page)
        if key not in self.known:
            self.known[key] = await super().page(storage, viewer, page)
        return self.known[key]


class KeepsOneForAll(Keeps):
    def key(self, viewer, page):
        return page


class OldestFirst(Chronological):
    async def page(self, storage, viewer, page):
        listing = await super().page(storage, viewer, page)
        return replace(listing, items=listing.items[::-1])


class WithOtherBounds(Chronological):
    def bounds(self, page):
        return page

    async def page(self, storage, viewer, page):
        return await super().page(storage, viewer, self.bounds(page))


class Inclusive(WithOtherBounds):
    def bounds(self, page):
        return replace(page, max_id=page.max_id and page.max_id + 1)


class UpFromTheWrongEnd(WithOtherBounds):
    def bounds(self, page):
        return replace(page, since_id=page.min_id or page.since_id, min_id=None)


class KnowsNoSince(WithOtherBounds):
    def bounds(self, page):
        return replace(page, since_id=None)


class OneMore(WithOtherBounds):
    def bounds(self, page):
        return replace(page, limit=page.limit + 1)


class ByOffset(Chronological):
    """Counts how many it gave instead of looking where the reader is."""

    given = 0

    async def page(self, storage, viewer, page):
        if page.max_id is None:
            self.given = 0
        whole = (await super().page(storage, viewer, WHOLE)).items
        items = whole[self.given : self.given + page.limit]
        self.given += len(items)
        return Listing(items, older=items[-1].id if items else None)


class HidesAfterwards(Chronological):
    async def page(self, storage, viewer, page):
        shown = {each.id for each in (await super().page(storage, viewer, WHOLE)).items}
        listing = await storage.timelines.public(None, page)
        return replace(listing, items=tuple(each for each in listing.items if each.id in shown))


class AsksForEach(Chronological):
    async def page(self, storage, viewer, page):
        listing = await super().page(storage, viewer, page)
        for each in listing.items:
            await storage.posts.get(viewer, each.post.id)
        return listing


class Writes(Chronological):
    async def page(self, storage, viewer, page):
        await storage.commit([])
        return await super().page(storage, viewer, page)


class SaysNoOperations(Hybrid):
    def on_follow(self, follower_id, followee_id):
        return [("backfill", follower_id, followee_id)]


class SaysNoDelivery(Hybrid):
    def delivery(self, author):
        return "rows"


class PublishesToNobody(Hybrid):
    def on_publish(self, post, author, now, job_id):
        return [AddHomeRows(post_id=post.id, author_id=author.id, account_ids=(author.id,))]

    async def page(self, storage, viewer, page):
        return await storage.timelines.home(viewer, page, HomeSource.ROWS)


PLANTED = (
    Planted(
        suite=TimelineSuite,
        fixture="strategy",
        sound=lambda: Hybrid(at_once=1, pulled=3),
        faults={
            "test_a_home_of_nobody_is_empty": [FallsBack],
            "test_own_posts_are_there_at_once": [ForgetsTheAuthor],
            "test_posts_of_people_followed_are_there_and_those_of_others_are_not": [
                ShowsEverybody,
                PublishesToNobody,
            ],
            "test_every_follower_gets_a_post_however_many_there_are": [ServesAFew],
            "test_boosts_are_there_with_who_boosted": [KeepsBoostsBack, FromMemory],
            "test_answers_are_there_among_people_followed_alone": [DropsAnswers, FromMemory],
            "test_a_follow_brings_the_newest_posts_and_is_in_order": [BringsNothing],
            "test_ending_a_follow_takes_the_posts_out": [FromMemory],
            "test_what_is_deleted_or_taken_back_goes": [FromMemory],
            "test_a_post_shows_as_it_is_now": [FromMemory],
            "test_each_level_is_shown_to_whom_it_is_for": [FromMemory],
            "test_who_is_blocked_or_muted_is_gone_with_whatever_they_boost": [FromMemory],
            "test_who_blocks_the_viewer_is_gone": [FromMemory],
            "test_who_is_muted_no_more_is_back": [Keeps],
            "test_people_who_are_not_shown_are_gone": [FromMemory],
            "test_everybody_has_a_home_of_their_own": [KeepsOneForAll],
            "test_newest_come_first": [OldestFirst],
            "test_pages_down_have_no_gap_and_nothing_twice": [Inclusive],
            "test_pages_up_have_no_gap_and_nothing_twice": [UpFromTheWrongEnd],
            "test_bounds_are_open_and_choose_their_end": [KnowsNoSince, Inclusive],
            "test_a_page_holds_no_more_than_was_asked_for": [OneMore],
            "test_what_comes_while_somebody_reads_moves_nothing": [ByOffset],
            "test_what_is_hidden_leaves_no_hole_in_a_page": [HidesAfterwards],
            "test_a_page_asks_the_storage_as_often_however_long_it_is": [AsksForEach],
            "test_reading_writes_nothing": [Writes],
            "test_what_is_written_with_a_post_or_a_follow_is_said_and_not_done": [
                SaysNoOperations,
                SaysNoDelivery,
            ],
        },
    ),
)
