"""Settings: what somebody is told of, how often and where; and whether mail reaches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Request, get, post

from microblog_core.defaults.insite import preferred_channels
from microblog_core.domain.deliveries import AT_ONCE_OR_NEVER, Frequency
from microblog_core.domain.errors import Invalid, RateLimited, Unavailable
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.webhooks import WEBHOOKS
from microblog_core.http.scope import site_of
from microblog_core.ports.channels import PreferredChannel, frequencies_offered
from microblog_core.services.deliveries import (
    ChangeDeliveryPreferences,
    ChangeNews,
    change_delivery_preferences,
    change_news,
    read_delivery_preferences,
    read_wants_news,
)
from microblog_core.services.mails import AskForConfirmation, ask_for_confirmation
from microblog_core.services.profiles import SetPreferences, read_login, set_preferences
from microblog_web.controllers.settings import answer_settings
from microblog_web.forms import Form
from microblog_web.i18n import LANGUAGES, available, mark
from microblog_web.paying import takes_money
from microblog_web.requests import Sendable, flash, needs_login, scope_of, sent_form, view_of
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PATH = "/settings/notifications"

KINDS = (
    (NotificationKind.MENTION, mark("Somebody mentions you")),
    (NotificationKind.REPLY, mark("Somebody answers you")),
    (NotificationKind.QUOTE, mark("Somebody quotes you")),
    (NotificationKind.FOLLOW_REQUEST, mark("Somebody asks to follow you")),
    (NotificationKind.FOLLOW, mark("Somebody follows you")),
    (NotificationKind.BOOST, mark("Somebody boosts your post")),
    (NotificationKind.FAVOURITE, mark("Somebody favourites your post")),
    (NotificationKind.POLL, mark("A poll has ended")),
    (NotificationKind.STATUS, mark("Somebody whose posts you want to hear of publishes one")),
)
PAYMENT_KINDS = (
    (NotificationKind.PAID, mark("A payment of yours has arrived")),
    (NotificationKind.RENEWED, mark("A membership of yours was paid again")),
    (NotificationKind.PAYMENT_FAILED, mark("A payment of yours failed")),
    (NotificationKind.REFUNDED, mark("A payment of yours was given back")),
)
EARNING_KINDS = (
    (NotificationKind.TIP, mark("Somebody tips you")),
    (NotificationKind.MEMBER, mark("Somebody becomes a member of yours")),
    (NotificationKind.DISPUTED, mark("A payment to you is disputed")),
)
"""Asked only where the site takes money."""
FREQUENCIES = (
    (Frequency.AT_ONCE, mark("At once")),
    (Frequency.DAILY, mark("Daily")),
    (Frequency.WEEKLY, mark("Weekly")),
    (Frequency.NEVER, mark("Never")),
)

YES, NO = mark("Yes"), mark("No")


@get(PATH)
async def notifications(request: Request[Any, Any, Any]) -> Sendable:
    """What the reader is told of."""
    view = await view_of(scope_of(request))
    needs_login(view)
    return await _page(view, _channels(request))


@post(PATH)
async def save_notifications(request: Request[Any, Any, Any]) -> Sendable:
    """Change what the reader is told of; all channels, or none where something is wrong."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    channels, kinds = _channels(request), _kinds(view)
    wrong = _not_offered(values, channels, kinds)
    if wrong is not None:
        return await _page(view, channels, Form.rejected(values, wrong, ()), wrong.status)
    for name in channels:
        chosen = {str(kind): values[field] for kind, _ in kinds if (field := _field(name, kind)) in values}
        try:
            command = ChangeDeliveryPreferences(channel=name, frequencies=chosen)
            await change_delivery_preferences(view.ports, view.actor, command)
        except (Invalid, RateLimited) as error:
            return await _page(view, channels, Form.rejected(values, error, ()), error.status)
    if values.get("has_news"):
        await change_news(view.ports, view.actor, ChangeNews(wanted=bool(values.get("news"))))
    if values.get("locale", "") in available():
        await set_preferences(view.ports, view.actor, SetPreferences(locale=values["locale"]))
    flash(request, view.translate("Your choice is saved."))
    return see_other(PATH)


@post("/settings/account/confirm")
async def send_confirmation(request: Request[Any, Any, Any]) -> Sendable:
    """Send the mail that confirms the reader's address (again)."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    try:
        await ask_for_confirmation(view.ports, view.actor, AskForConfirmation())
    except (RateLimited, Unavailable) as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, view.translate("A mail with a link is on its way to you."))
    return see_other(PATH)


def _channels(request: Request[Any, Any, Any]) -> dict[str, PreferredChannel]:
    return preferred_channels(site_of(scope_of(request)).contributions.channels)


def _kinds(view: View) -> tuple[tuple[NotificationKind, str], ...]:
    """What the reader chooses about, with words."""
    return (*KINDS, *PAYMENT_KINDS, *EARNING_KINDS) if takes_money(view.ports) else KINDS


def _not_offered(
    values: Mapping[str, str],
    channels: Mapping[str, PreferredChannel],
    kinds: Sequence[tuple[NotificationKind, str]],
) -> Invalid | None:
    """What is wrong with a form that asks a channel for what it does not offer."""
    wrong: dict[str, str] = {}
    for name, channel in channels.items():
        offered = frequencies_offered(channel)
        for kind, _ in kinds:
            field = _field(name, kind)
            if values.get(field, offered[0]) not in offered:
                wrong[field] = f"Choose one of {', '.join(offered)}."
    return Invalid(fields=wrong) if wrong else None


def _choices(channel: PreferredChannel) -> list[tuple[Frequency, str]]:
    """What a channel offers, in words."""
    offered = frequencies_offered(channel)
    if set(offered) == set(AT_ONCE_OR_NEVER):
        return [(Frequency.AT_ONCE, YES), (Frequency.NEVER, NO)]
    return [(frequency, text) for frequency, text in FREQUENCIES if frequency in offered]


def _field(channel: str, kind: NotificationKind) -> str:
    return f"{channel}.{kind}"


async def _page(
    view: View, channels: Mapping[str, PreferredChannel], form: Form | None = None, status: int = 200
) -> Answer:
    defaults = {name: channel.defaults for name, channel in channels.items()}
    preferences = await read_delivery_preferences(view.ports, view.actor, defaults)
    main = view.web.render(
        "web/settings/notifications.html",
        view.locale,
        form=form or Form(),
        channels=[
            (channels[each.channel].label, each, _choices(channels[each.channel])) for each in preferences
        ],
        webhooks=WEBHOOKS in channels,
        kinds=_kinds(view),
        login=await read_login(view.ports, view.actor),
        languages=[(name, LANGUAGES.get(name, name)) for name in available()],
        mails=view.ports.mails,
        news=await read_wants_news(view.ports, view.actor),
        csrf=view.csrf,
    )
    return await answer_settings(view, "notifications", main, status)


HANDLERS = (notifications, save_notifications, send_confirmation)
