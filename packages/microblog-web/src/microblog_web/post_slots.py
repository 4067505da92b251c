"""What plugins draw into posts: pieces that look the same to everybody are kept with the post, the others are
drawn for each page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from microblog_core.domain.posts import Entry
from microblog_web.contributions import SlotContext, SlotPlace

if TYPE_CHECKING:
    from microblog_web.views import View


class Drawn(NamedTuple):
    """The pieces of each post: below its text those that are kept and those that aren't, and after it."""

    kept: Sequence[str]
    live: Sequence[str]
    after: Sequence[str]


async def draw_post_slots(view: View, entries: Sequence[Entry]) -> Drawn:
    """What the slots draw into these posts; each slot is asked once for all of them."""
    nothing: Sequence[str] = ("",) * len(entries)
    slots = view.web.slots
    kept = await _kept(view, "post.content", entries) if slots.has("post.content", kept=True) else nothing
    live = await _live(view, "post.content", entries) if slots.has("post.content") else nothing
    after = await _kept(view, "post.after", entries) if slots.has("post.after", kept=True) else nothing
    if slots.has("post.after"):
        lively = await _live(view, "post.after", entries)
        after = [f"{before}{piece}" for before, piece in zip(after, lively, strict=True)]
    return Drawn(kept, live, after)


async def _live(view: View, place: SlotPlace, entries: Sequence[Entry]) -> Sequence[str]:
    context = SlotContext(place=place, locale=view.locale, now=view.now, viewer=view.me)
    return await view.web.slots.render(context, entries)


async def _kept(view: View, place: SlotPlace, entries: Sequence[Entry]) -> Sequence[str]:
    """What slots that vary by post draw into these, from the cache where it is there.

    Versions are in the key, so that an old piece is simply not found any more and makes room in time.
    """
    cache, locale, theme = view.ports.cache, view.locale, view.web.theme
    keys = [
        f"slots:{place}:{entry.post.id}.{entry.post.version}.{entry.author.version}.{theme}.{locale}"
        for entry in entries
    ]
    found = [cache.get(key) for key in keys]
    missing = [index for index, piece in enumerate(found) if piece is None]
    if missing:
        fill = cache.fill()
        context = SlotContext(place=place, locale=locale, now=view.now)
        drawn = await view.web.slots.render(context, [entries[index] for index in missing], kept=True)
        for index, piece in zip(missing, drawn, strict=True):
            fill.put(keys[index], piece, (), size=len(piece))
            found[index] = piece
    return [str(piece) for piece in found]
