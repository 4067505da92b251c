"""The plan of a demo: who there is, who follows whom, and what they write, all from one seed.

Nothing here knows of a storage. The same seed, numbers and moment give the same plan.
"""

from __future__ import annotations

import itertools
import random
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from microblog_core.cli.demo_words import (
    BIOS,
    CLOSERS,
    FIRST_NAMES,
    LAST_NAMES,
    MEETINGS,
    OPENERS,
    PLACES,
    REPLIES,
    TOPICS,
    WARNINGS,
    Topic,
)
from microblog_core.domain.accounts import RESERVED_USERNAMES, confusable_key
from microblog_core.domain.ids import COUNTER_BITS
from microblog_core.domain.posts import OPEN_VISIBILITIES, Visibility, narrower

WEEKS = 6
HOUR = 3_600_000
DAY = 24 * HOUR
RECENT = 300
"""Answers, boosts and favourites go to one of this many newest posts."""

_HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 8, 7, 7, 9, 8, 7, 7, 8, 9, 10, 11, 12, 11, 8, 4)
_LEVELS = tuple(Visibility)
_LEVEL_WEIGHTS = (88, 6, 5, 0, 1)


class Person(NamedTuple):
    """Somebody; `place` is their position in the plan."""

    place: int
    username: str
    display_name: str
    bio: str
    topics: tuple[Topic, ...]


class Written(NamedTuple):
    """A post. `parent` is the number of the post answered, `named` the people it names with @."""

    number: int
    at: int
    author: int
    text: str
    visibility: Visibility
    spoiler: str = ""
    parent: int | None = None
    named: tuple[int, ...] = ()


class Reaction(NamedTuple):
    """A boost or a favourite of post `number`, which `author` wrote, by `person`."""

    kind: str
    at: int
    person: int
    number: int
    author: int


class Ids:
    """Ids for moments of the plan, each greater than the one before."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._last = 0

    def at(self, milliseconds: int) -> int:
        """The next id, for this moment or just after the last one."""
        fresh = milliseconds << COUNTER_BITS | self._rng.getrandbits(10)
        self._last = max(fresh, self._last + 1)
        return self._last


def people(count: int, seed: int) -> list[Person]:
    """So many people with names that nobody confuses."""
    rng = random.Random(f"people {seed}")
    taken = {confusable_key(name) for name in RESERVED_USERNAMES}
    found = []
    for index in range(count):
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        username = _username(first, last, taken, rng)
        topics = tuple(rng.sample(TOPICS, 3))
        bio = rng.choice(BIOS).format(first=topics[0].name, second=topics[1].name, place=rng.choice(PLACES))
        name = f"{first} {last}" if rng.random() < 0.8 else first
        found.append(Person(index, username, name, bio[:1].upper() + bio[1:], topics))
    return found


def follows(crowd: Sequence[Person], each: int, seed: int) -> list[tuple[int, int]]:
    """Pairs (who, whom): everybody follows `each` others, some people more often than others."""
    rng = random.Random(f"follows {seed}")
    count = len(crowd)
    each = min(each, count - 1)
    fame = list(itertools.accumulate(rng.lognormvariate(0, 0.5) for _ in range(count)))
    pairs: list[tuple[int, int]] = []
    for person in range(count):
        chosen: dict[int, None] = {}
        while len(chosen) < each:
            other = bisect_left(fame, rng.random() * fame[-1])
            if other != person:
                chosen[other] = None
            if len(chosen) * 2 > count:
                rest = [other for other in range(count) if other != person and other not in chosen]
                chosen.update(dict.fromkeys(rng.sample(rest, each - len(chosen))))
        pairs.extend((person, other) for other in chosen)
    rng.shuffle(pairs)
    return pairs


def life(crowd: Sequence[Person], posts: int, seed: int, now: int) -> Iterator[Written | Reaction]:
    """So many posts over the past weeks, in order of time, with the reactions to them."""
    rng = random.Random(f"life {seed}")
    eager = list(itertools.accumulate(rng.lognormvariate(0, 0.8) for _ in crowd))
    recent: deque[Written] = deque(maxlen=RECENT)
    reacted: deque[tuple[str, int, int]] = deque(maxlen=RECENT * 50)
    known: set[tuple[str, int, int]] = set()
    for number, at in enumerate(_moments(rng, posts, now)):
        author = crowd[bisect_left(eager, rng.random() * eager[-1])]
        written = _write(rng, crowd, author, number, at, recent)
        yield written
        recent.append(written)
        for kind, chance in (("favourite", 0.9), ("boost", 0.1)):
            if rng.random() >= chance:
                continue
            post, person = rng.choice(recent), rng.randrange(len(crowd))
            reaction = (kind, person, post.number)
            if post.visibility in OPEN_VISIBILITIES and person != post.author and reaction not in known:
                if len(reacted) == reacted.maxlen:
                    known.discard(reacted[0])
                reacted.append(reaction)
                known.add(reaction)
                yield Reaction(kind, at, person, post.number, post.author)


def _username(first: str, last: str, taken: set[str], rng: random.Random) -> str:
    plain = (first.lower(), f"{first}_{last}".lower(), f"{first[0]}{last}".lower())
    numbered = (f"{first}_{last}_{rng.randrange(2, 10_000)}".lower() for _ in itertools.count())
    for name in itertools.chain(rng.sample(plain, 3), numbered):
        if len(name) <= 30 and confusable_key(name) not in taken:
            taken.add(confusable_key(name))
            return name
    raise AssertionError("there is always another number")


def _moments(rng: random.Random, count: int, now: int) -> list[int]:
    """Moments of the past weeks, oldest first: more of them in the evening than at night, none in the
    future.
    """
    today = now - now % DAY
    hours = list(itertools.accumulate(_HOURS))
    moments: list[int] = []
    while len(moments) < count:
        day = int(rng.triangular(0, WEEKS * 7, 4))
        hour = bisect_left(hours, rng.random() * hours[-1])
        at = today - day * DAY + hour * HOUR + rng.randrange(HOUR)
        if at < now - 60_000:
            moments.append(at)
    return sorted(moments)


def _write(
    rng: random.Random,
    crowd: Sequence[Person],
    author: Person,
    number: int,
    at: int,
    recent: Sequence[Written],
) -> Written:
    level = rng.choices(_LEVELS, _LEVEL_WEIGHTS)[0]
    if recent and rng.random() < 0.28:
        parent = recent[-1 - int(len(recent) * rng.random() ** 3)]
        if parent.visibility in OPEN_VISIBILITIES:
            named = () if parent.author == author.place else (parent.author,)
            text = rng.choice(REPLIES).format(place=rng.choice(PLACES))
            text = f"@{crowd[parent.author].username} {text}" if named else text[:1].upper() + text[1:]
            level = narrower(Visibility.PUBLIC if level is Visibility.DIRECT else level, parent.visibility)
            return Written(number, at, author.place, text, level, parent=parent.number, named=named)
    topic = rng.choice(author.topics)
    filled = {"thing": rng.choice(topic.things), "place": rng.choice(PLACES), "topic": topic.name}
    if level is Visibility.DIRECT or rng.random() < 0.05:
        other = rng.choice(crowd)
        text = f"@{other.username} {rng.choice(MEETINGS)}".format(**filled)
        return Written(number, at, author.place, text, level, named=(other.place,))
    text = rng.choice(OPENERS) + rng.choice(topic.sentences).format(**filled) + rng.choice(CLOSERS)
    tags = rng.sample(topic.tags, rng.choice((0, 1, 1, 2)))
    text = " ".join([text, *(f"#{tag}" for tag in tags)])
    spoiler = rng.choice(WARNINGS) if rng.random() < 0.02 else ""
    return Written(number, at, author.place, text[:1].upper() + text[1:], level, spoiler)
