"""Slots: places of the pages that plugins draw into, in batch, contained when they fail.

What one raises, a wrong number of pieces, or a renderer that takes longer than its budget is logged and
omitted. After several failures in a row it rests, so that a slow plugin does not make every page wait.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup, escape

from microblog_core.domain.errors import PluginError
from microblog_core.plugins.guard import Guard
from microblog_web.contributions import POST_PLACES, Slot, SlotContext, SlotPlace

BUDGET_SECONDS = 0.25


class _Guarded:
    """A slot behind a guard."""

    def __init__(self, plugin: str, slot: Slot) -> None:
        self._slot = slot
        self._guard = Guard(plugin, f"the slot {slot.name} at {slot.place}", seconds=BUDGET_SECONDS)

    async def render(self, context: SlotContext, items: Sequence[Any]) -> Sequence[Markup] | None:
        """The pieces, or None where there are none this time."""
        return await self._guard.call_async(lambda: self._draw(context, items), None)

    async def _draw(self, context: SlotContext, items: Sequence[Any]) -> Sequence[Markup]:
        pieces = await self._slot.renderer.render(context, items)
        if len(pieces) != len(items):
            raise PluginError(f"{len(pieces)} pieces for {len(items)} items")
        return [escape(piece) for piece in pieces]


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
