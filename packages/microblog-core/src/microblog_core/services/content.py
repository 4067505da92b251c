"""The way from text to HTML: find entities, run the filters, sanitise last, always. Frozen when the site is
composed.
"""

from __future__ import annotations

import asyncio
import html
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
import nh3

from microblog_core.domain.errors import Invalid, RateLimited
from microblog_core.domain.posts import Mention
from microblog_core.ports.content import (
    Content,
    ContentFilter,
    Draft,
    Entity,
    EntityFinder,
    PostGuard,
    PostValidator,
)

logger = logging.getLogger(__name__)

GUARD_SECONDS = 5.0
"""A guard that takes longer to let a post pass refuses it; one that takes longer afterwards is left alone."""
TAGS = {"p", "br", "a", "span", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li"}
CLASSES = {
    "a": {"mention", "hashtag", "u-url", "url"},
    "span": {"h-card", "invisible", "ellipsis"},
}
_SANITIZER = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href", "rel"}, "ol": {"start"}},
    allowed_classes=CLASSES,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
    strip_comments=True,
)


def sanitised(markup: str) -> str:
    """HTML as it is stored and shown: whatever plugins made, nothing else comes through."""
    return _SANITIZER.clean(markup)


class Pipeline:
    """The site's content pipeline. `base_url` (without a slash at its end) begins the links to people and
    tags.
    """

    def __init__(
        self,
        finders: Sequence[EntityFinder],
        filters: Sequence[ContentFilter],
        validators: Sequence[PostValidator],
        base_url: str = "",
        guards: Sequence[PostGuard] = (),
    ) -> None:
        self._finders = tuple(finders)
        self._filters = tuple(filters)
        self._validators = tuple(validators)
        self._guards = tuple(guards)
        self._base_url = base_url

    def find(self, text: str) -> tuple[Entity, ...]:
        """All entities, in order, not overlapping: the earlier, then the longer one is kept."""
        found: list[Entity] = []
        for finder in self._finders:
            try:
                found.extend(finder.find(text))
            except Exception:
                logger.exception("entity finder %s failed; it finds nothing", type(finder).__qualname__)
        found.sort(key=lambda entity: (entity.start, -entity.end))
        kept: list[Entity] = []
        for entity in found:
            if not 0 <= entity.start < entity.end <= len(text):
                continue
            if not kept or entity.start >= kept[-1].end:
                kept.append(entity)
        return tuple(kept)

    def render(self, text: str, entities: Sequence[Entity], mentions: Sequence[Mention]) -> str:
        """Sanitised HTML. Mentions that name nobody stay text."""
        content = Content(text=text, html="", entities=self.linked(entities, mentions))
        for step in self._filters:
            try:
                content = step.apply(content)
            except Exception:
                logger.exception("content filter %s failed; it is skipped", step.name)
        rendered = content.html or f"<p>{html.escape(text)}</p>"
        return sanitised(rendered)

    def linked(self, entities: Sequence[Entity], mentions: Sequence[Mention]) -> tuple[Entity, ...]:
        """The entities with their links, as filters get them; without mentions that name nobody."""
        resolved = {mention.acct.casefold(): mention for mention in mentions}
        found = (self._linked(entity, resolved) for entity in entities)
        return tuple(entity for entity in found if entity is not None)

    def _linked(self, entity: Entity, resolved: dict[str, Mention]) -> Entity | None:
        if entity.kind == "mention":
            mention = resolved.get(entity.value.casefold())
            if mention is None:
                return None
            return msgspec.structs.replace(
                entity, href=f"{self._base_url}/@{mention.acct}", value=mention.acct
            )
        if entity.kind == "tag":
            return msgspec.structs.replace(entity, href=f"{self._base_url}/tags/{entity.value.casefold()}")
        return entity

    def validate(self, draft: Draft) -> None:
        """Run all validators; whatever one raises refuses the post, as `Invalid`."""
        for validator in self._validators:
            try:
                validator.validate(draft)
            except Invalid:
                raise
            except Exception as error:
                logger.exception(
                    "post validator %s failed; the post is refused", type(validator).__qualname__
                )
                raise _unchecked() from error

    @asynccontextmanager
    async def admit(self, draft: Draft) -> AsyncGenerator[None]:
        """Go through all guards; where one refuses, or the body raises, those before it take back what they
        counted. What entering raises is `Invalid` or `RateLimited`.
        """
        async with AsyncExitStack() as passed:
            for guard in self._guards:
                try:
                    passing = guard.admit(draft)
                    async with asyncio.timeout(GUARD_SECONDS):
                        await passing.__aenter__()
                except (Invalid, RateLimited):
                    raise
                except Exception as error:
                    logger.exception("post guard %s failed; the post is refused", type(guard).__qualname__)
                    raise _unchecked() from error
                passed.push_async_exit(_leaving(guard, passing))
            yield


def _leaving(guard: PostGuard, passing: AbstractAsyncContextManager[None]) -> Any:
    """Leave a guard; what that raises changes nothing of what became of the post."""

    async def leave(kind: Any, error: Any, trace: Any) -> bool:
        try:
            async with asyncio.timeout(GUARD_SECONDS):
                await passing.__aexit__(kind, error, trace)
        except Exception as raised:
            if raised is not error:
                logger.exception("post guard %s failed after the post", type(guard).__qualname__)
        return False

    return leave


def _unchecked() -> Invalid:
    return Invalid(fields={"text": "This post can't be checked right now. Try again later."})
