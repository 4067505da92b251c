"""What streams ask of a storage: whom of all who listen an event is for. A part of the contract in
`ports.storage`.

However many listen, an event costs one statement.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

import msgspec


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """Who listens: account ids with a home stream (`home`), with one of a public listing (`public`), and
    whether anybody listens to such a one without being logged in; lists with streams, by whose they are.
    """

    home: Collection[int] = ()
    public: Collection[int] = ()
    anonymous: bool = False
    lists: Mapping[int, int] = {}

    def __bool__(self) -> bool:
        return bool(self.home or self.public or self.anonymous or self.lists)


class Shown(msgspec.Struct, frozen=True):
    """How somebody gets a post: whether they see what it quotes (True where it quotes nothing), and whether
    they have any filters.
    """

    quote: bool = True
    filters: bool = False


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """Whom of those who listen a post is for: accounts by id, lists by id, and anonymous ones (None if it is
    not for them). `public` is for listings that include answers, such as a hashtag's.
    """

    home: Mapping[int, Shown] = {}
    public: Mapping[int, Shown] = {}
    anonymous: Shown | None = None
    lists: Mapping[int, Shown] = {}


class StreamReader(Protocol):
    """Audiences, by the one predicate of who may see which posts."""

    async def audience(self, line_id: int, listening: Listening) -> Audience:
        """Whose listings show this post or boost, newest first, if they were read now.

        `home` is the home timeline (posts of followed tags included), `lists` those lists' timelines,
        `public` and `anonymous` a public listing that includes answers.
        """
        ...

    async def reach(self, account_id: int, tags: Collection[str], listening: Listening) -> Audience:
        """Whose listings may have shown a post of this account with these tags, which is gone: who sees and
        wants its author, and in `home` also follows the author or one of the tags, in `lists` has the author
        on the list. `Shown` says nothing here.
        """
        ...
