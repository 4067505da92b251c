"""Notifications: what happened to the reader, what of it is new, and marking it as seen."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get, post
from markupsafe import Markup

from microblog_core.domain.notifications import NotificationEntry, NotificationKind
from microblog_core.services.notifications import MarkRead, mark_notifications_read, read_notifications
from microblog_core.services.webhooks import count_lost
from microblog_web.controllers.webhooks import has_webhooks
from microblog_web.fragments import draw_each
from microblog_web.i18n import mark
from microblog_web.pages import Page
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
}
ANSWERABLE = (NotificationKind.MENTION, NotificationKind.REPLY)


@get("/notifications")
async def notifications(request: Request[Any, Any, Any]) -> Sendable:
    """The reader's notifications, newest first."""
    view = await view_of(scope_of(request))
    needs_login(view)
    listing = await read_notifications(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/notifications.html",
        view.locale,
        notices=await _drawn(view, listing.items),
        sentences=SENTENCES,
        excerpt=excerpt,
        now=view.now,
        unread=await view.count_unread(),
        newest_id=listing.items[0].id if listing.items else 0,
        csrf=view.csrf,
        lost=await count_lost(view.ports, view.actor) if has_webhooks(request) else 0,
        **neighbours("/notifications", listing),
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


async def _drawn(view: View, items: tuple[NotificationEntry, ...]) -> list[tuple[NotificationEntry, Markup]]:
    """Each notification, with its post where one may want to answer; of own posts that somebody liked an
    excerpt will do.

    The notification's id is the anchor, since one post may be named several times.
    """
    entries = {
        item.id: msgspec.structs.replace(item.entry, id=item.id)
        for item in items
        if item.entry is not None and item.kind in ANSWERABLE
    }
    drawn = dict(zip(entries, await draw_each(view, list(entries.values())), strict=True))
    return [(item, Markup(drawn.get(item.id, ""))) for item in items]  # noqa: S704 - drawn by templates


HANDLERS = (notifications, mark_read)
