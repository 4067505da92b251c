"""The plugin's API face: a field of statuses and one of accounts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from microblog_api import hookspecs
from microblog_api.contributions import AccountField, PostField
from microblog_api.entities import Account, Status
from microblog_core.domain.permissions import Actor
from microblog_core.plugins import implements
from microblog_core.site import Site

WORDS_A_SECOND = 4
DAY = 86_400_000
_TAG = re.compile(r"<[^>]*>")


class Seconds:
    """How long each status takes to read, in seconds."""

    async def resolve(self, site: Site, actor: Actor, posts: Sequence[Status]) -> Sequence[int]:
        """From the text alone, so nothing is asked for."""
        words = (len(_TAG.sub(" ", post.content).split()) for post in posts)
        return [number // WORDS_A_SECOND + 1 for number in words]


class PostsADay:
    """How many posts somebody has written for each day that they are here."""

    async def resolve(self, site: Site, actor: Actor, accounts: Sequence[Account]) -> Sequence[float]:
        """One read for all of them: moments of the API are text, and the storage has numbers."""
        names = [(account.username, account.acct.partition("@")[2]) for account in accounts]
        found = await site.ports.storage.accounts.by_names(names)
        days = {str(each.id): (site.ports.clock.now() - each.created_at) / DAY for each in found}
        return [
            round(account.statuses_count / max(1.0, days.get(account.id, 1.0)), 2) for account in accounts
        ]


@implements(hookspecs.register_post_fields)
def post_fields() -> Iterable[PostField]:
    return [
        PostField(
            name="seconds",
            type=int,
            resolver=Seconds(),
            description="How long it takes to read, in seconds.",
        )
    ]


@implements(hookspecs.register_account_fields)
def account_fields() -> Iterable[AccountField]:
    return [
        AccountField(
            name="posts_a_day", type=float, resolver=PostsADay(), description="Posts a day since they joined."
        )
    ]
