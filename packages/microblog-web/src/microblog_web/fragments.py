"""What a post looks like: drawn once for each version of the post and its author, kept, and filled for each
reader.

The drawing is a template with holes. What differs from reader to reader (who boosted it, counts, relative
time, slots that vary by viewer) is filled in by code that does no more than join strings; a page of twenty
posts takes a fraction of a millisecond once its posts have been drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from microblog_core.domain.posts import OPEN_VISIBILITIES, Entry
from microblog_web.contributions import SlotContext
from microblog_web.holes import Holes
from microblog_web.icons import icon
from microblog_web.times import count, date, relative

if TYPE_CHECKING:
    from microblog_web.views import View

EMPTY = Markup("")


async def draw_posts(
    view: View, entries: Sequence[Entry], classes: Mapping[int, str] | None = None
) -> Markup:
    """The HTML of these posts, in order. `classes` gives CSS classes to entries by their id."""
    return Markup("".join(await draw_each(view, entries, classes)))  # noqa: S704 - see `draw_each`


async def draw_each(
    view: View, entries: Sequence[Entry], classes: Mapping[int, str] | None = None
) -> list[str]:
    """The HTML of each of these posts: templates rendered with autoescaping, holes filled with HTML."""
    if not entries:
        return []
    drawn = await _drawings(view, entries)
    live: Iterable[str] = ("",) * len(entries)
    if view.web.slots.has("post.content"):
        context = SlotContext(place="post.content", locale=view.locale, now=view.now, viewer=view.me)
        live = await view.web.slots.render(context, entries)
    return [
        holes.fill(_values(view, entry, slots, classes or {}))
        for entry, holes, slots in zip(entries, drawn, live, strict=True)
    ]


def _values(view: View, entry: Entry, slots: str, classes: Mapping[int, str]) -> dict[str, str]:
    post = entry.post
    moved = entry.id != post.id
    css_class = classes.get(entry.id)
    return {
        "id": str(entry.id),
        "class": f" {css_class}" if css_class else "",
        "why": _why(view, entry) if entry.boosted_by is not None else "",
        "time": relative(post.created_at, view.now) if view.me is not None else date(post.created_at),
        "to": _answers(view, entry) if post.in_reply_to_id is not None else "",
        "slots": slots,
        "at": f"?at={entry.id}" if moved else "",
        "replies": count(post.replies_count),
        "boosts": count(post.boosts_count),
        "favourites": count(post.favourites_count),
    }


def _why(view: View, entry: Entry) -> str:
    booster = entry.boosted_by
    if booster is None:
        return ""
    who = Markup('<a href="/@{}">{}</a>').format(booster.acct, booster.name)
    return Markup('<p class="why">{}{}</p>').format(
        icon("boost"),
        Markup(escape(view.translate("%(name)s boosted"))) % {"name": who},  # noqa: S704
    )


def _answers(view: View, entry: Entry) -> str:
    if entry.replied_to is None:
        return Markup('<p class="to">{}</p>').format(view.translate("Replying to a post that isn't shown"))
    acct = entry.replied_to.acct
    who = Markup('<a href="/@{}/{}">@{}</a>').format(acct, entry.post.in_reply_to_id, acct)
    sentence = Markup(escape(view.translate("Replying to %(name)s")))  # noqa: S704 - escaped
    return Markup('<p class="to">{}</p>').format(sentence % {"name": who})


async def _drawings(view: View, entries: Sequence[Entry]) -> list[Holes]:
    """One drawing for each entry, from the cache where it is there."""
    cache, locale = view.ports.cache, view.locale
    reader = view.me.id if view.me is not None else 0
    keys = [_key(entry, reader, locale) for entry in entries]
    found = [cache.get(key) for key in keys]
    missing = [index for index, kept in enumerate(found) if not isinstance(kept, Holes)]
    if missing:
        kept_slots = await _kept_slots(view, [entries[index] for index in missing])
        for index, slots in zip(missing, kept_slots, strict=True):
            fill = cache.fill()
            holes = _draw(view, entries[index], reader, slots)
            fill.put(keys[index], holes, (), size=holes.size)
            found[index] = holes
    return [kept for kept in found if isinstance(kept, Holes)]


async def _kept_slots(view: View, entries: Sequence[Entry]) -> Sequence[Markup]:
    if not view.web.slots.has("post.content", kept=True):
        return (EMPTY,) * len(entries)
    context = SlotContext(place="post.content", locale=view.locale, now=view.now)
    return await view.web.slots.render(context, entries, kept=True)


def _key(entry: Entry, reader: int, locale: str) -> str:
    """Versions are in the key, so that an old drawing is simply not found any more and makes room in time."""
    post, author = entry.post, entry.author
    mode = 0 if not reader else 1 + entry.boosted + 2 * entry.favourited + 4 * (author.id == reader)
    return f"post:{post.id}.{post.version}.{author.version}.{mode}.{locale}"


def _draw(view: View, entry: Entry, reader: int, slots: Markup) -> Holes:
    author = entry.author
    mode = "visitor" if not reader else "own" if author.id == reader else "member"
    return Holes(
        view.web.render(
            "web/post.html",
            view.locale,
            post=entry.post,
            author=author,
            mode=mode,
            boosted=entry.boosted,
            favourited=entry.favourited,
            open=entry.post.visibility in OPEN_VISIBILITIES,
            slots=slots,
        )
    )
