"""From the text that people write to the HTML that is shown. All of it is pure and synchronous.

Order: entities are found in the text, mentions are resolved to accounts, filters turn the text into HTML one
after the other, and core sanitises the result, last, always.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Mention, Visibility


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of text that is more than text: characters `start` to `end`, linked to `href` if that is not
    empty.

    `kind` is `mention`, `tag`, `url` or a plugin's own; `value` is the name, the tag as spelled, or the
    address.
    """

    kind: str
    start: int
    end: int
    value: str
    href: str = ""
    css_class: str = ""
    rel: str = ""


class EntityFinder(Protocol):
    """Finds entities of one kind. Where two overlap, the earlier, then the longer one is kept."""

    kind: str

    def find(self, text: str) -> Iterable[Entity]:
        """All entities of this kind in the text."""
        ...


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Text on its way to HTML: `html` is empty until a filter has made it."""

    text: str
    html: str
    entities: tuple[Entity, ...]


class ContentFilter(Protocol):
    """One step from text to HTML."""

    name: str

    def apply(self, content: Content) -> Content:
        """The content with its HTML made or changed. What it raises is logged, and the filter skipped."""
        ...


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A post before it is stored, for validators and guards. `links` are the addresses in the text, in order,
    each as often as it is there.
    """

    account_id: int
    author: Account
    text: str
    spoiler: str
    visibility: Visibility
    mentions: tuple[Mention, ...]
    tags: tuple[str, ...]
    links: tuple[str, ...] = ()
    in_reply_to_id: int | None


class PostValidator(Protocol):
    """Refuses posts that break a rule of the site."""

    def validate(self, draft: Draft) -> None:
        """Raises `Invalid` with what to change. Anything else that it raises refuses the post too."""
        ...


class PostGuard(Protocol):
    """Refuses posts for what was before them: too many, or the same again. It may ask and count."""

    def admit(self, draft: Draft) -> AbstractAsyncContextManager[None]:
        """Around storing a new post that is valid otherwise; not for edits, previews and what is brought
        along.

        Entering raises `Invalid` with what to change or `RateLimited` with when it may be tried again;
        anything else that it raises, and entering for more than five seconds, refuses the post too. Where
        the body raises, the post was not stored: what was counted for it is to be taken back. Leaving has
        five seconds, too; what it raises, or that they are over, is logged and changes nothing.
        """
        ...


class ContentPipeline(Protocol):
    """The site's whole way from text to HTML, frozen at composition."""

    def find(self, text: str) -> tuple[Entity, ...]:
        """All entities, in order, not overlapping."""
        ...

    def render(self, text: str, entities: Sequence[Entity], mentions: Sequence[Mention]) -> str:
        """Sanitised HTML; entities of kind `mention` without a resolved account stay text."""
        ...

    def validate(self, draft: Draft) -> None:
        """Run all validators. Raises `Invalid`."""
        ...

    def admit(self, draft: Draft) -> AbstractAsyncContextManager[None]:
        """Go through all guards, around storing the post. Entering raises `Invalid` or `RateLimited`."""
        ...
