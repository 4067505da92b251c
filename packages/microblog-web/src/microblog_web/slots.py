"""Slots: places of the pages that plugins draw into, in batch, contained when they fail.

What one raises, a wrong number of pieces, or a renderer that takes longer than its budget is logged and
omitted. After several failures in a row it rests, so that a slow plugin does not make every page wait.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup, escape

from microblog_core.domain.errors import PluginError
from microblog_web.contributions import POST_PLACES, Slot, SlotContext, SlotPlace

log = logging.getLogger(__name__)

BUDGET_SECONDS = 0.25
FAILURES_BEFORE_REST = 5
REST_SECONDS = 30.0


class _Guarded:
    """A slot with its record of failures."""

    def __init__(self, plugin: str, slot: Slot) -> None:
        self.plugin = plugin
        self.slot = slot
        self._failures = 0
        self._rests_until = 0.0

    async def render(self, context: SlotContext, items: Sequence[Any]) -> Sequence[Markup] | None:
        """The pieces, or None where there are none this time."""
        if self._rests_until > time.monotonic():
            return None
        try:
            async with asyncio.timeout(BUDGET_SECONDS):
                pieces = await self.slot.renderer.render(context, items)
            if len(pieces) != len(items):
                raise PluginError(f"{len(pieces)} pieces for {len(items)} items")
            drawn = [escape(piece) for piece in pieces]
        except Exception as error:
            self._failed(error)
            return None
        self._failures = 0
        return drawn

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        name, place = f"{self.plugin}.{self.slot.name}", self.slot.place
        log.warning("slot %s left out of %s: %s: %s", name, place, type(error).__name__, error)
        if self._failures >= FAILURES_BEFORE_REST:
            self._failures = 0
            self._rests_until = time.monotonic() + REST_SECONDS
            log.error("slot %s failed %d times in a row and rests", name, FAILURES_BEFORE_REST)


class Slots:
    """All slots of a site, by place."""

    def __init__(self, slots: Iterable[tuple[str, Slot]]) -> None:
        self._kept: dict[SlotPlace, list[_Guarded]] = defaultdict(list)
        self._live: dict[SlotPlace, list[_Guarded]] = defaultdict(list)
        tags: list[str] = []
        for plugin, slot in sorted(slots, key=lambda pair: pair[1].order):
            if slot.varies == "post" and slot.place not in POST_PLACES:
                raise PluginError(f"The slot {plugin}.{slot.name} can't vary by post at {slot.place}.")
            (self._kept if slot.varies == "post" else self._live)[slot.place].append(_Guarded(plugin, slot))
            tags += slot.tags
        self.tags = frozenset(tags)
        """The cache tags of all slots; every kept page carries them."""

    def has(self, place: SlotPlace, *, kept: bool = False) -> bool:
        """Whether anything is drawn at this place (that is kept with the post, or each time)."""
        return bool((self._kept if kept else self._live).get(place))

    async def render(self, context: SlotContext, items: Sequence[Any], *, kept: bool = False) -> list[Markup]:
        """One piece for each item: everything that the slots of `context.place` draw for it."""
        chosen = (self._kept if kept else self._live).get(context.place, [])
        drawn = [""] * len(items)
        for pieces in await asyncio.gather(*(slot.render(context, items) for slot in chosen)):
            if pieces is not None:
                drawn = [before + piece for before, piece in zip(drawn, pieces, strict=True)]
        return [Markup(piece) for piece in drawn]  # noqa: S704 - each piece went through escape()
