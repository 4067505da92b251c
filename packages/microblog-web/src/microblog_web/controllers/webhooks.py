"""Settings: other programs that are told what happens to somebody, by web hooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, get, post

from microblog_core.domain.errors import Invalid, NotFound, RateLimited
from microblog_core.domain.webhooks import WEBHOOKS, WEBHOOKS_MAX, Webhook, WebhookState
from microblog_core.http.scope import site_of
from microblog_core.services.webhooks import (
    AddWebhook,
    ListWebhooks,
    WebhookCommand,
    add_webhook,
    list_webhooks,
    pause_webhook,
    ping_webhook,
    remove_webhook,
    resume_webhook,
    rotate_webhook,
)
from microblog_web.controllers.settings import answer_settings
from microblog_web.forms import Form
from microblog_web.i18n import mark
from microblog_web.requests import (
    Sendable,
    flash,
    needs_login,
    post_id_from,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PATH = "/settings/webhooks"
STATES: Mapping[WebhookState, str] = {
    WebhookState.ACTIVE: mark("Active"),
    WebhookState.PAUSED: mark("Paused"),
    WebhookState.FAILING: mark("Stopped: it failed for too long"),
    WebhookState.GONE: mark("Stopped: it wants no more"),
}
CHANGES = {
    "pause": (pause_webhook, mark("The web hook is paused. What happens meanwhile is not told later.")),
    "resume": (resume_webhook, mark("The web hook is told again.")),
    "remove": (remove_webhook, mark("The web hook is removed.")),
    "ping": (ping_webhook, mark("A test is on its way. Reload this page to see what came of it.")),
}


@get(PATH)
async def webhooks(request: Request[Any, Any, Any]) -> Sendable:
    """The reader's targets, and how it went last."""
    view = await view_of(scope_of(request))
    needs_login(view)
    return await _page(view, request)


@post(PATH)
async def add(request: Request[Any, Any, Any]) -> Sendable:
    """Add a target; its secret is shown on the page that answers, and never again."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    needs_webhooks(request)
    try:
        made = await add_webhook(view.ports, view.actor, AddWebhook(url=values.get("url", "")))
    except (Invalid, RateLimited) as error:
        form = Form.rejected(typed(values, ("url",)), error, ("url",))
        return await _page(view, request, form=form, status=error.status)
    return await _page(view, request, secret=made)


@post(f"{PATH}/change")
async def change(request: Request[Any, Any, Any]) -> Sendable:
    """Do with one target what the button says."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    needs_webhooks(request)
    command = WebhookCommand(webhook_id=post_id_from(values.get("webhook", "")))
    wanted = values.get("do", "")
    try:
        if wanted == "rotate":
            turned = await rotate_webhook(view.ports, view.actor, command)
            return await _page(view, request, secret=turned)
        if wanted not in CHANGES:
            raise NotFound("There is no such button.")
        use_case, said = CHANGES[wanted]
        await use_case(view.ports, view.actor, command)
    except (Invalid, RateLimited) as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, view.translate(said))
    return see_other(PATH)


def has_webhooks(request: Request[Any, Any, Any]) -> bool:
    """Whether the site tells web hooks at all."""
    channels = site_of(scope_of(request)).contributions.channels
    return any(channel.name == WEBHOOKS for channel in channels)


def needs_webhooks(request: Request[Any, Any, Any]) -> None:
    """Raises `NotFound` where the site tells none."""
    if not has_webhooks(request):
        raise NotFound("This site has no web hooks.")


async def _page(
    view: View,
    request: Request[Any, Any, Any],
    *,
    form: Form | None = None,
    secret: Webhook | None = None,
    status: int = 200,
) -> Answer:
    main = view.web.render(
        "web/settings/webhooks.html",
        view.locale,
        form=form or Form(fields=("url",)),
        available=has_webhooks(request),
        webhooks=await list_webhooks(view.ports, view.actor, ListWebhooks()),
        most=WEBHOOKS_MAX,
        secret=secret,
        states=STATES,
        csrf=view.csrf,
    )
    return await answer_settings(view, "notifications", main, status)


HANDLERS = (webhooks, add, change)
