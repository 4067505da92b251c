"""Home timeline strategies: chronological (found on reading) and hybrid (rows on writing, pulled for the very
followed).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Delivery, Entry, Post
from microblog_core.domain.timelines import HomeSource, Listing, Page
from microblog_core.ports.operations import AddHomeRows, AddJob, BackfillHome, FanOut, Job, Operation
from microblog_core.ports.storage import Storage

FAN_OUT_JOB = "timelines.fan_out"
AT_ONCE = 500
"""Up to this many followers, home rows go into the post's own transaction."""
PULLED = 10_000
"""Above this many followers, a post is merged in on reading and no rows are written."""
BACKFILL = 40
"""How many posts of somebody newly followed come into the home timeline."""


class FanOutPayload(msgspec.Struct, frozen=True):
    """What the fan-out job is to do: rows of `post_id` for the followers of `author_id` after the relation
    `after`.
    """

    post_id: int
    author_id: int
    after: int = 0


class Chronological:
    """Everything is found on reading: nothing to write, more to read. For small sites and as the
    reference.
    """

    name = "chronological"

    def delivery(self, author: Account) -> Delivery:
        """All posts are found on reading."""
        return Delivery.PULLED

    def on_publish(self, post: Post, author: Account, now: int, job_id: int) -> Sequence[Operation]:
        """Nothing to write."""
        return ()

    def on_follow(self, follower_id: int, followee_id: int) -> Sequence[Operation]:
        """Nothing to write."""
        return ()

    async def page(self, storage: Storage, viewer: int, page: Page) -> Listing[Entry]:
        """The newest posts of everybody followed."""
        return await storage.timelines.home(viewer, page, HomeSource.FOLLOWS)


class Hybrid:
    """Rows for most, a job for many, pulling for the very followed.

    Up to `at_once` followers the rows are in the post's own transaction; above, in chunks by a durable job;
    authors with more than `pulled` followers are merged in on reading.
    """

    name = "hybrid"

    def __init__(self, *, at_once: int = AT_ONCE, pulled: int = PULLED, backfill: int = BACKFILL) -> None:
        self._at_once = at_once
        self._pulled = pulled
        self._backfill = backfill

    def delivery(self, author: Account) -> Delivery:
        """Pulled for the very followed, rows for everybody else."""
        return Delivery.PULLED if author.followers_count > self._pulled else Delivery.ROWS

    def on_publish(self, post: Post, author: Account, now: int, job_id: int) -> Sequence[Operation]:
        """Rows now, or the author's own row and a job, or nothing."""
        if post.delivery is Delivery.PULLED:
            return ()
        if author.followers_count <= self._at_once:
            return (FanOut(post_id=post.id, author_id=author.id),)
        payload = msgspec.json.encode(FanOutPayload(post.id, author.id))
        job = Job(
            id=job_id, kind=FAN_OUT_JOB, key=f"{post.id}:0", payload=payload, due_at=now, created_at=now
        )
        own = AddHomeRows(post_id=post.id, author_id=author.id, account_ids=(author.id,))
        return (own, AddJob(job=job))

    def on_follow(self, follower_id: int, followee_id: int) -> Sequence[Operation]:
        """Bring some of the newly followed person's posts in."""
        return (BackfillHome(account_id=follower_id, author_id=followee_id, limit=self._backfill),)

    async def page(self, storage: Storage, viewer: int, page: Page) -> Listing[Entry]:
        """Rows, with the posts of pulled authors merged in."""
        return await storage.timelines.home(viewer, page, HomeSource.ROWS)
