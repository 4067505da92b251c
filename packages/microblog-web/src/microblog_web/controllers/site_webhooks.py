"""For operators: web hooks of the site, by which other programs are told what everybody may see happen."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from microblog_core.domain.errors import Invalid, NotFound, RateLimited
from microblog_core.domain.webhooks import SITE_EVENTS, WEBHOOKS_MAX, Webhook
from microblog_core.runtime.logs import scrub
from microblog_core.services.webhooks import (
    AddWebhook,
    ListWebhooks,
    WebhookCommand,
    add_webhook,
    list_deliveries,
    list_webhooks,
    rotate_webhook,
)
from microblog_web.admin_nav import admin_view, answer_admin
from microblog_web.controllers.webhooks import CHANGES, STATES, has_webhooks, needs_webhooks
from microblog_web.forms import Form
from microblog_web.i18n import mark
from microblog_web.requests import Sendable, flash, post_id_from, sent_form, typed
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PATH = "/admin/webhooks"
PERMISSION = "webhooks.manage"
EVENTS = {
    "post.created": mark("A public post is written"),
    "post.edited": mark("A public post is edited"),
    "post.deleted": mark("A public post is deleted"),
    "account.created": mark("Somebody signs up"),
    "report.created": mark("Somebody is reported"),
}
FIELDS = ("url", *SITE_EVENTS)


@get(PATH)
async def webhooks(request: Request[Any, Any, Any]) -> Sendable:
    """The site's targets, how it went last, and what waits or failed."""
    view = await admin_view(request, PERMISSION)
    return await _page(view, request)


@post(PATH)
async def add(request: Request[Any, Any, Any]) -> Sendable:
    """Add a target; its secret is shown on the page that answers, and never again."""
    values = await sent_form(request)
    view = await admin_view(request, PERMISSION)
    needs_webhooks(request)
    events = tuple(event for event in SITE_EVENTS if values.get(event))
    command = AddWebhook(url=values.get("url", ""), site=True, events=events)
    try:
        made = await add_webhook(view.ports, view.actor, command)
    except (Invalid, RateLimited) as error:
        form = Form.rejected(typed(values, FIELDS), error, FIELDS)
        return await _page(view, request, form=form, status=error.status)
    return await _page(view, request, secret=made)


@post(f"{PATH}/change")
async def change(request: Request[Any, Any, Any]) -> Sendable:
    """Do with one target what the button says."""
    values = await sent_form(request)
    view = await admin_view(request, PERMISSION)
    needs_webhooks(request)
    command = WebhookCommand(webhook_id=post_id_from(values.get("webhook", "")), site=True)
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


async def _page(
    view: View,
    request: Request[Any, Any, Any],
    *,
    form: Form | None = None,
    secret: Webhook | None = None,
    status: int = 200,
) -> Answer:
    targets = await list_webhooks(view.ports, view.actor, ListWebhooks(site=True))
    main = view.web.render(
        "web/admin/webhooks.html",
        view.locale,
        form=form or Form(fields=FIELDS),
        available=has_webhooks(request),
        webhooks=targets,
        urls={target.id: target.url for target in targets},
        deliveries=await list_deliveries(view.ports, view.actor),
        events=EVENTS,
        most=WEBHOOKS_MAX,
        secret=secret,
        states=STATES,
        scrub=scrub,
        csrf=view.csrf,
    )
    return await answer_admin(view, "webhooks", view.translate("Web hooks"), main, status)


HANDLERS = (webhooks, add, change)
