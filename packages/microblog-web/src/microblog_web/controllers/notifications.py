"""Notifications: what happened to the reader, by kinds and in groups, what of it is new, and marking it as
seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from markupsafe import Markup

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.notifications import NotificationEntry, NotificationKind
from microblog_core.services.filtering import apply_filters_to_notifications
from microblog_core.services.notifications import MarkRead, mark_notifications_read, read_notifications
from microblog_core.services.webhooks import count_lost
from microblog_web.controllers.webhooks import has_webhooks
from microblog_web.fragments import draw_each
from microblog_web.i18n import mark
from microblog_web.pages import Page
from microblog_web.paying import HISTORY
from microblog_web.requests import (
    Sendable,
    answer_page,
    listing_page,
    needs_login,
    neighbours,
    post_id_from,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.responses import see_other
from microblog_web.texts import excerpt
from microblog_web.views import View

SENTENCES = {
    NotificationKind.MENTION: ("mail", mark("mentioned you")),
    NotificationKind.REPLY: ("reply", mark("replied to you")),
    NotificationKind.BOOST: ("boost", mark("boosted your post")),
    NotificationKind.FAVOURITE: ("star", mark("favourited your post")),
    NotificationKind.FOLLOW: ("user", mark("follows you now")),
    NotificationKind.POLL: ("mail", mark("asked in a poll that has ended")),
    NotificationKind.QUOTE: ("reply", mark("quoted your post")),
    NotificationKind.FOLLOW_REQUEST: ("user", mark("asks to follow you")),
    NotificationKind.STATUS: ("mail", mark("published a post")),
    NotificationKind.PAID: ("star", mark("got your payment")),
    NotificationKind.RENEWED: ("star", mark("was paid again: your membership goes on")),
    NotificationKind.PAYMENT_FAILED: ("warn", mark("did not get your payment: it failed")),
    NotificationKind.REFUNDED: (
        "info",
        mark("did not keep your payment: it was given back, in part or whole"),
    ),
    NotificationKind.TIP: ("star", mark("sent you a tip")),
    NotificationKind.MEMBER: ("people", mark("is a member of yours now")),
    NotificationKind.DISPUTED: ("warn", mark("paid you, and their bank asks it back")),
}
PAYMENTS = (HISTORY, mark("See your payments"))
EARNINGS = ("/earnings", mark("See your earnings"))
LINKS = {
    NotificationKind.PAID: PAYMENTS,
    NotificationKind.RENEWED: PAYMENTS,
    NotificationKind.PAYMENT_FAILED: PAYMENTS,
    NotificationKind.REFUNDED: PAYMENTS,
    NotificationKind.TIP: EARNINGS,
    NotificationKind.MEMBER: ("/earnings/members", mark("See your members")),
    NotificationKind.DISPUTED: EARNINGS,
}
"""Where one finds more about what is no post."""
TOGETHER = {
    NotificationKind.BOOST: mark("boosted your post"),
    NotificationKind.FAVOURITE: mark("favourited your post"),
    NotificationKind.FOLLOW: mark("follow you now"),
}
ANSWERABLE = (
    NotificationKind.MENTION,
    NotificationKind.REPLY,
    NotificationKind.QUOTE,
    NotificationKind.STATUS,
)
GROUPED = (NotificationKind.BOOST, NotificationKind.FAVOURITE, NotificationKind.FOLLOW)
"""What several people may do alike: one line for all of them on a page."""
NAMED = 3
"""How many people such a line names."""
TABS: Mapping[str, tuple[NotificationKind, ...]] = {
    "mentions": (NotificationKind.MENTION, NotificationKind.REPLY, NotificationKind.QUOTE),
    "favourites": (NotificationKind.FAVOURITE,),
    "boosts": (NotificationKind.BOOST,),
    "follows": (NotificationKind.FOLLOW, NotificationKind.FOLLOW_REQUEST),
    "polls": (NotificationKind.POLL,),
    "posts": (NotificationKind.STATUS,),
}


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the page: what somebody did, the newest of them; `people` did the same, the last first, and
    `more` others too. `post` is the post where one may want to answer.
    """

    item: NotificationEntry
    people: tuple[Account, ...]
    more: int
    post: Markup


@get("/notifications")
async def notifications(request: Request[Any, Any, Any]) -> Sendable:
    """The reader's notifications, newest first."""
    return await _answer(request, "/notifications", ())


@get("/notifications/{tab:str}")
async def notifications_of(request: Request[Any, Any, Any], tab: FromPath[str]) -> Sendable:
    """Those of a few kinds."""
    if tab not in TABS:
        raise NotFound("There is no page at this address.", hint="Check the address.")
    return await _answer(request, f"/notifications/{tab}", TABS[tab])


async def _answer(request: Request[Any, Any, Any], path: str, kinds: Sequence[NotificationKind]) -> Sendable:
    view = await view_of(scope_of(request))
    needs_login(view)
    found = await read_notifications(view.ports, view.actor, listing_page(scope_of(request)), kinds=kinds)
    listing = await apply_filters_to_notifications(view.ports, view.actor, found)
    main = view.web.render(
        "web/notifications.html",
        view.locale,
        path=path,
        notices=await _drawn(view, listing.items),
        sentences=SENTENCES,
        together=TOGETHER,
        links=LINKS,
        excerpt=excerpt,
        now=view.now,
        unread=await view.count_unread(),
        newest_id=found.items[0].id if found.items and not kinds else 0,
        csrf=view.csrf,
        lost=await count_lost(view.ports, view.actor) if has_webhooks(request) else 0,
        **neighbours(path, listing),
    )
    return await answer_page(
        view, Page(title=view.translate("Notifications"), main=main, active="notifications")
    )


@post("/notifications/read")
async def mark_read(request: Request[Any, Any, Any]) -> Sendable:
    """Everything up to the newest one on the page has been seen."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    await mark_notifications_read(
        view.ports, view.actor, MarkRead(up_to_id=post_id_from(values.get("up_to", "")))
    )
    return see_other("/notifications")


async def _drawn(view: View, items: Sequence[NotificationEntry]) -> list[Notice]:
    """The lines of the page, with their posts where one may want to answer; of own posts that somebody liked
    an excerpt will do.

    The notification's id is the anchor, since one post may be named several times.
    """
    entries = {
        item.id: msgspec.structs.replace(item.entry, id=item.id)
        for item in items
        if item.entry is not None and item.kind in ANSWERABLE
    }
    drawn = dict(zip(entries, await draw_each(view, list(entries.values())), strict=True))
    lines = []
    for group in _grouped(items):
        people = tuple({item.actor.id: item.actor for item in group}.values())
        post = Markup(drawn.get(group[0].id, ""))  # noqa: S704 - drawn by templates
        lines.append(
            Notice(item=group[0], people=people[:NAMED], more=max(0, len(people) - NAMED), post=post)
        )
    return lines


def _grouped(items: Sequence[NotificationEntry]) -> list[list[NotificationEntry]]:
    """What is alike on a page together, at the place of its newest; what is new apart from what was seen."""
    groups: dict[tuple[object, ...], list[NotificationEntry]] = {}
    for item in items:
        about = item.entry.post.id if item.entry is not None else 0
        alike = (item.kind, about, item.unread) if item.kind in GROUPED else (item.id,)
        groups.setdefault(alike, []).append(item)
    return list(groups.values())


HANDLERS = (notifications, notifications_of, mark_read)
