"""Home timelines are a Strategy: what is written when somebody publishes or follows, and how a page is
read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Delivery, Entry, Post
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.operations import Operation
from microblog_core.ports.storage import Storage


class TimelineStrategy(Protocol):
    """How a site makes home timelines. `on_...` methods give operations for the same transaction; they read
    nothing.
    """

    name: str

    def delivery(self, author: Account) -> Delivery:
        """How a new post or boost of this author gets into home timelines."""
        ...

    def on_publish(self, post: Post, author: Account, now: int, job_id: int) -> Sequence[Operation]:
        """What to write with a new post or boost; an outbox row may take the id `job_id`."""
        ...

    def on_follow(self, follower_id: int, followee_id: int) -> Sequence[Operation]:
        """What to write with a new follow."""
        ...

    async def page(self, storage: Storage, viewer: int, page: Page) -> Listing[Entry]:
        """One page of the viewer's home timeline."""
        ...


class OrderedTimeline(TimelineStrategy, Protocol):
    """One that shows people an order of its own. Programs get `page`: they page by ids and count on their
    order, which is that of time.
    """

    async def shown(self, storage: Storage, viewer: int, page: Page) -> Listing[Entry]:
        """One page of the viewer's home timeline for people. Its cursors are the strategy's own: `page` has
        them as they were given, above all ids that there are, or ids.
        """
        ...


def own_order(strategy: TimelineStrategy) -> OrderedTimeline | None:
    """The strategy, if it shows people an order of its own. Asked for every home page: by one attribute."""
    return cast(OrderedTimeline, strategy) if hasattr(strategy, "shown") else None
