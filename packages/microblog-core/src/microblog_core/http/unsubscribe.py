"""`/unsubscribe`: the link that ends mails, beside whatever surfaces there are.

A POST with the link's token is enough, from a mail provider (RFC 8058) as from the page that a GET shows:
no log-in, no cookie, no token against forged forms, since whoever has the link may use it. A GET changes
nothing: programs that look at mails follow links.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from microblog_core.contributions import Surface
from microblog_core.domain.deliveries import MAIL
from microblog_core.domain.errors import NotFound
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import Actor
from microblog_core.http.errors import BadRequest, MethodNotAllowed
from microblog_core.http.forms import draw_error, read_fields, send_page
from microblog_core.http.scope import Receive, Scope, Send, query_of, site_of
from microblog_core.ports.auth import Button, FormPage
from microblog_core.runtime.links import SETTINGS_PATH, UNSUBSCRIBE_PATH, Links
from microblog_core.services.deliveries import Unsubscribe, unsubscribe

BODY_LIMIT = 16 << 10
ALL = "all"
"""The field that ends mails of every kind."""

_WHAT: Mapping[NotificationKind, str] = {
    NotificationKind.MENTION: "mentions",
    NotificationKind.REPLY: "answers",
    NotificationKind.QUOTE: "quotes",
    NotificationKind.BOOST: "boosts",
    NotificationKind.FAVOURITE: "favourites",
    NotificationKind.FOLLOW: "new followers",
    NotificationKind.FOLLOW_REQUEST: "requests to follow",
    NotificationKind.POLL: "polls",
    NotificationKind.STATUS: "new posts",
    NotificationKind.TIP: "tips",
    NotificationKind.MEMBER: "new members",
    NotificationKind.PAID: "payments of yours",
    NotificationKind.RENEWED: "renewed memberships",
    NotificationKind.PAYMENT_FAILED: "failed payments",
    NotificationKind.REFUNDED: "payments that you get back",
    NotificationKind.DISPUTED: "disputed payments",
}


async def serve_unsubscribe(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI application. Raises `NotFound` (also for a link that is not ours or too old),
    `MethodNotAllowed`, `Unavailable`, which core answers.
    """
    if scope["type"] != "http" or scope["path"] != UNSUBSCRIBE_PATH:
        raise NotFound("There is no page at this address.", hint="Check the address.")
    if scope["method"] not in ("GET", "HEAD", "POST"):
        raise MethodNotAllowed("A subscription is ended by POST.", hint="Use the button on the page.")
    site, token = site_of(scope), query_of(scope).get("token", "")
    what = Links(site).read_unsubscribe(token)
    if what is None:
        raise NotFound(
            "This link is too old, or not whole.",
            hint="Log in and choose in your settings.",
        )
    if scope["method"] == "POST":
        if ALL in await _fields(receive):
            kinds = tuple(NotificationKind)
            what = Unsubscribe(account_id=what.account_id, channel=what.channel, kinds=kinds, news=True)
        address = scope["state"]["client"]
        await unsubscribe(site.ports, Actor(address=address), what)
        body = site.page_renderer.message(
            "Done",
            f"You get no more {_about(what)}.",
            (("Change what you are told of", SETTINGS_PATH),),
        )
    else:
        body = site.page_renderer.form(_page(what, token))
    await send_page(scope, send, body)


def _page(what: Unsubscribe, token: str) -> FormPage:
    return FormPage(
        title=f"No more {_noun(what)} like this one?",
        action=f"{UNSUBSCRIBE_PATH}?{urlencode({'token': token})}",
        fields=(),
        submit=f"No more about {_list(what.kinds)}" if what.kinds else f"No more {_about(what)}",
        intro="You need not log in.",
        others=(Button(name=ALL, value="1", label=f"No more {_noun(what)} at all"),),
        links=(("Choose what you are told of", SETTINGS_PATH),),
    )


def _noun(what: Unsubscribe) -> str:
    return "mails" if what.channel == MAIL else "messages"


def _about(what: Unsubscribe) -> str:
    return f"{_noun(what)} about {_list(what.kinds)}" if what.kinds else "news from the operators"


def _list(kinds: tuple[NotificationKind, ...]) -> str:
    if set(kinds) >= set(NotificationKind):
        return "what happens here"
    words = [_WHAT[kind] for kind in kinds]
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


async def _fields(receive: Receive) -> Mapping[str, str]:
    """What the form says; mail providers may send anything."""
    try:
        return await read_fields(receive)
    except BadRequest:
        return {}


UNSUBSCRIBE = Surface(
    name="unsubscribe",
    mounts=(UNSUBSCRIBE_PATH,),
    make_app=lambda faces: serve_unsubscribe,
    render_error=draw_error,
    body_limit=BODY_LIMIT,
)
"""The surface that every application has."""
