"""A year of a small site, and its statistics counted by brute force: every fact by the date that its own
moment has in a time zone, without bounds of days, marks or anything else that the site counts with.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from microblog_core.domain.accounts import Account, AccountState, Session
from microblog_core.domain.errors import Conflict
from microblog_core.domain.posts import OPEN_VISIBILITIES, Post, Visibility
from microblog_core.ports import operations as ops
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder, FrozenClock

YEAR = 2025
BEGIN = round(datetime(YEAR, 1, 1, tzinfo=UTC).timestamp() * 1000)
HOUR = 3600 * 1000
PEOPLE = "abcdefghkmnp"
TAGS = ("cats", "dogs", "tea", "Straße".casefold())


@dataclass
class Facts:
    """What there is, each with its moment (Unix milliseconds)."""

    sign_ups: list[int] = field(default_factory=list)
    posts: dict[int, Post] = field(default_factory=dict)
    favourites: dict[tuple[int, int], int] = field(default_factory=dict)
    follows: dict[tuple[int, int], int] = field(default_factory=dict)
    log_ins: list[tuple[int, int]] = field(default_factory=list)
    silenced: set[int] = field(default_factory=set)


@dataclass
class Expected:
    """A day as brute force counts it."""

    counts: Counter[str] = field(default_factory=Counter)
    people: set[int] = field(default_factory=set)
    log_ins: set[int] = field(default_factory=set)
    tags: dict[str, list[int]] = field(default_factory=dict)

    def top(self) -> list[tuple[str, int, int]]:
        """The hashtags by people, uses and name."""
        found = [(tag, len(who), len(set(who))) for tag, who in self.tags.items()]
        return sorted(found, key=lambda tag: (-tag[2], -tag[1], tag[0]))[:10]


def brute_force(facts: Facts, zone: tzinfo) -> dict[date, Expected]:
    """Every date on which something was, with all that was on it."""
    days: dict[date, Expected] = defaultdict(Expected)

    def on(moment: int) -> Expected:
        return days[datetime.fromtimestamp(moment / 1000, zone).date()]

    for moment in facts.sign_ups:
        on(moment).counts["sign_ups"] += 1
    for post in facts.posts.values():
        day = on(post.created_at)
        day.people.add(post.account_id)
        if post.visibility in OPEN_VISIBILITIES:
            day.counts["posts" if post.boost_of_id is None else "boosts"] += 1
        if post.visibility is Visibility.PUBLIC and post.account_id not in facts.silenced:
            for tag in post.tags:
                day.tags.setdefault(tag, []).append(post.account_id)
    for name, relations in (("favourites", facts.favourites), ("follows", facts.follows)):
        for (account_id, _), moment in relations.items():
            on(moment).counts[name] += 1
            on(moment).people.add(account_id)
    for moment, account_id in facts.log_ins:
        on(moment).log_ins.add(account_id)
        on(moment).people.add(account_id)
    return days


def active_on(days: dict[date, Expected], last: date, count: int) -> int:
    """How many different people were active on so many days up to the last one."""
    people: set[int] = set()
    for back in range(count):
        if (day := days.get(last - timedelta(days=back))) is not None:
            people |= day.people
    return len(people)


class Year:
    """One year from a seed, as a storage lives it; `facts` are what there is by then.

    Many things happen at the edges of days in `zone`, on days of 23 and 25 hours too. Every operation is
    committed twice.
    """

    def __init__(self, seed: int, storage: Storage, zone: tzinfo) -> None:
        self.storage = storage
        self.zone = zone
        self.random = random.Random(seed)
        self.clock = FrozenClock(BEGIN)
        self.build = Builder(storage, self.clock)
        self.facts = Facts()
        self.people: list[Account] = []
        self.refused = 0

    async def live(self, look: Callable[[], Awaitable[None]], *, every: float, each: int) -> None:
        """The year, about `each` times something a day; `look` is called every so many days, more or less."""
        await self.sign_up()
        await self.sign_up()
        end, looked = BEGIN + 366 * 24 * HOUR, BEGIN
        while self.clock.at < end:
            self.clock.at = self.next_moment(2 * 24 * HOUR // each)
            await self.something()
            if self.clock.at - looked > every * 24 * HOUR * self.random.uniform(0.2, 1.8):
                looked = self.clock.at
                await look()

    def next_moment(self, distance: int) -> int:
        """Some moment ahead; one in four is the last or the first millisecond of a day."""
        moment = self.clock.at + self.random.randrange(1, distance)
        if self.random.random() < 0.25:
            tomorrow = datetime.fromtimestamp(moment / 1000, self.zone).date() + timedelta(days=1)
            midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=self.zone)
            edge = round(midnight.timestamp() * 1000) - self.random.randrange(2)
            return max(edge, self.clock.at + 1)
        return moment

    async def something(self) -> None:
        """One thing happens."""
        happenings: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (12, self.publish),
            (4, self.boost),
            (8, self.favourite),
            (4, self.follow),
            (3, self.log_in),
            (2, self.delete),
            (2, self.unfavourite),
            (1, self.unfollow),
            (1, self.unboost),
            (1, self.edit),
            (1, self.silence),
        ]
        if len(self.people) < len(PEOPLE) and self.random.random() < 0.03:
            await self.sign_up()
            return
        weights = [weight for weight, _ in happenings]
        (happen,) = self.random.choices([each for _, each in happenings], weights)
        await happen()

    async def commit(self, operation: ops.Operation) -> bool:
        """Commit an operation twice at once; whether one of both was accepted."""
        twice = (self.storage.commit([operation]) for _ in range(2))
        ends = await asyncio.gather(*twice, return_exceptions=True)
        refused = [end for end in ends if isinstance(end, Conflict)]
        if problem := next((end for end in ends if end is not None and end not in refused), None):
            raise problem
        self.refused += len(refused) % 2
        return len(refused) < 2

    def someone(self) -> Account:
        """Anybody."""
        return self.random.choice(self.people)

    def some_post(self) -> Post | None:
        """Any post that is no boost: often a new one, sometimes an old one."""
        posts = [post for post in self.facts.posts.values() if post.boost_of_id is None]
        if not posts:
            return None
        return self.random.choice(posts[-20:] if self.random.random() < 0.7 else posts)

    async def sign_up(self) -> None:
        """Somebody comes."""
        account = await self.build.account(f"person_{PEOPLE[len(self.people)]}")
        self.people.append(account)
        self.facts.sign_ups.append(account.created_at)

    async def log_in(self) -> None:
        """Somebody logs in, and out again."""
        account, now = self.someone(), self.clock.now()
        token = f"{now}.{account.id}"
        session = Session(token_hash=token, account_id=account.id, created_at=now, expires_at=now + HOUR)
        if await self.commit(ops.AddSession(session=session)):
            self.facts.log_ins.append((now, account.id))
        await self.commit(ops.DeleteSession(token_hash=token))

    async def publish(self) -> None:
        """Somebody writes something."""
        tags = tuple(self.random.sample(TAGS, self.random.choice((0, 0, 1, 2))))
        level = self.random.choice((*[Visibility.PUBLIC] * 4, *Visibility))
        self.clock.advance(-1)  # a draft is written a second later
        post = self.build.draft(self.someone(), "words", tags=tags, visibility=level)
        if await self.commit(ops.AddPost(post=post)):
            self.facts.posts[post.id] = post

    async def boost(self) -> None:
        """Somebody boosts something."""
        post, boost_id = self.some_post(), self.build.ids.at(self.clock.now())
        if post is None or post.visibility not in OPEN_VISIBILITIES:
            return
        boost = Post(
            id=boost_id,
            account_id=self.someone().id,
            boost_of_id=post.id,
            thread_id=boost_id,
            visibility=Visibility.PUBLIC,
            created_at=self.clock.now(),
        )
        if await self.commit(ops.AddPost(post=boost)):
            self.facts.posts[boost.id] = boost

    async def favourite(self) -> None:
        """Somebody favourites something."""
        post, account, now = self.some_post(), self.someone(), self.clock.now()
        if post is None:
            return
        relation = self.build.ids.at(now)
        operation = ops.AddFavourite(id=relation, account_id=account.id, post_id=post.id, created_at=now)
        if await self.commit(operation):
            self.facts.favourites[account.id, post.id] = now

    async def follow(self) -> None:
        """Somebody follows somebody."""
        one, other, now = self.someone(), self.someone(), self.clock.now()
        if one.id == other.id:
            return
        relation = self.build.ids.at(now)
        operation = ops.AddFollow(id=relation, follower_id=one.id, followee_id=other.id, created_at=now)
        if await self.commit(operation):
            self.facts.follows[one.id, other.id] = now

    async def delete(self) -> None:
        """A post goes, with its boosts and favourites."""
        post = self.some_post()
        if post is None:
            return
        await self.commit(ops.DeletePost(post=post, deleted_at=self.clock.now()))
        for each in tuple(self.facts.posts.values()):
            if post.id in (each.id, each.boost_of_id):
                del self.facts.posts[each.id]
        for key in tuple(self.facts.favourites):
            if key[1] == post.id:
                del self.facts.favourites[key]

    async def unboost(self) -> None:
        """A boost is taken back."""
        boosts = [post for post in self.facts.posts.values() if post.boost_of_id is not None]
        if boosts:
            boost = self.random.choice(boosts)
            boosted = self.facts.posts[boost.boost_of_id or 0]
            await self.commit(ops.DeleteBoost(account_id=boost.account_id, post=boosted))
            del self.facts.posts[boost.id]

    async def unfavourite(self) -> None:
        """A favourite is taken back."""
        if self.facts.favourites:
            key = self.random.choice(list(self.facts.favourites))
            await self.commit(ops.DeleteFavourite(account_id=key[0], post_id=key[1]))
            del self.facts.favourites[key]

    async def unfollow(self) -> None:
        """A follow ends, by itself or by a block that ends it both ways and is taken back."""
        if not self.facts.follows:
            return
        one, other = self.random.choice(list(self.facts.follows))
        del self.facts.follows[one, other]
        if self.random.random() < 0.5:
            await self.commit(ops.DeleteFollow(follower_id=one, followee_id=other))
            return
        now = self.clock.now()
        block = ops.AddBlock(id=self.build.ids.at(now), blocker_id=one, blocked_id=other, created_at=now)
        await self.commit(block)
        await self.commit(ops.DeleteBlock(blocker_id=one, blocked_id=other))
        self.facts.follows.pop((other, one), None)

    async def edit(self) -> None:
        """A post gets other hashtags."""
        post = self.some_post()
        if post is None:
            return
        edited = await self.build.edit(post, "other words", tags=tuple(self.random.sample(TAGS, 1)))
        self.facts.posts[post.id] = edited

    async def silence(self) -> None:
        """Somebody is silenced, or restored."""
        account = self.someone()
        silenced = account.id in self.facts.silenced
        state = AccountState.ACTIVE if silenced else AccountState.SILENCED
        await self.commit(ops.SetAccountState(account_id=account.id, state=state))
        self.facts.silenced ^= {account.id}
