"""Campaigns, for operators: write one, see it as a mail and whom it reaches, send it, and look after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from markupsafe import Markup

from microblog_core.domain.campaigns import Campaign, CampaignState, RecipientState
from microblog_core.domain.errors import Conflict, Invalid, NotFound, RateLimited, Unavailable
from microblog_core.domain.ids import parse_id
from microblog_core.http.scope import query_of, site_of
from microblog_core.i18n import available
from microblog_core.runtime.campaign_mail import CampaignWriter
from microblog_core.runtime.messages import Reader
from microblog_core.services import campaigns as services
from microblog_web.campaign_forms import FIELDS, ROLES, command_of, form_of, moment_from, shown_moment
from microblog_web.forms import Form
from microblog_web.i18n import LANGUAGES, mark
from microblog_web.pages import Page
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    listing_page,
    needs_login,
    neighbours,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.responses import PRIVATE, Answer, see_other
from microblog_web.views import View

PATH = "/admin/campaigns"
FOLLOW_SECONDS = 5

STATES: Mapping[CampaignState, str] = {
    CampaignState.DRAFT: mark("Draft"),
    CampaignState.SCHEDULED: mark("Scheduled"),
    CampaignState.RUNNING: mark("Running"),
    CampaignState.PAUSED: mark("Paused"),
    CampaignState.CANCELLED: mark("Cancelled"),
    CampaignState.FINISHED: mark("Finished"),
}
LISTED: Mapping[RecipientState, str] = {
    RecipientState.UNCLEAR: mark("Unclear"),
    RecipientState.FAILED: mark("Failed"),
    RecipientState.WAITING: mark("Waiting for another try"),
}
DONE: Mapping[str, tuple[Callable[..., Awaitable[Any]], str]] = {
    "pause": (services.pause_campaign, mark("The campaign is paused.")),
    "resume": (services.resume_campaign, mark("The campaign goes on.")),
    "cancel": (services.cancel_campaign, mark("The campaign is cancelled.")),
    "delete": (services.delete_campaign, mark("The draft is gone.")),
    "test": (services.send_test, mark("A mail is on its way to you.")),
}


async def _operator(request: Request[Any, Any, Any]) -> View:
    """Who looks. Raises `Unauthenticated`, `Forbidden`."""
    view = await view_of(scope_of(request))
    needs_login(view)
    view.ports.authoriser.check(view.actor, services.MANAGE)
    return view


@get(PATH)
async def campaigns(request: Request[Any, Any, Any]) -> Sendable:
    """All campaigns, newest first."""
    view = await _operator(request)
    listing = await services.list_campaigns(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/campaigns/list.html",
        view.locale,
        listing=listing.items,
        states=STATES,
        mails=view.ports.mails,
        pages=neighbours(PATH, listing),
    )
    return await answer_page(view, Page(title=view.translate("Campaigns"), main=main, active="about"))


@get(f"{PATH}/new")
async def new(request: Request[Any, Any, Any]) -> Sendable:
    """A form for a new draft."""
    view = await _operator(request)
    return await _editor(view, Form({"rate": "600"}, fields=FIELDS))


@post(f"{PATH}/new")
async def add(request: Request[Any, Any, Any]) -> Sendable:
    """Keep a new draft."""
    values = await sent_form(request)
    view = await _operator(request)
    try:
        command = services.AddCampaign(**command_of(values, view.ports.statistics.zone))
        campaign = await services.add_campaign(view.ports, view.actor, command)
    except Invalid as error:
        return await _editor(view, Form.rejected(values, error, FIELDS), None, error.status)
    return see_other(f"{PATH}/{campaign.id}")


@get(f"{PATH}/{{number:str}}")
async def show(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """One campaign: the mail, its audience, its progress, and what can be done with it."""
    view = await _operator(request)
    campaign = await services.read_campaign(view.ports, view.actor, _id(number))
    follows = query_of(scope_of(request)).get("follow") == "1"
    return await _shown(request, view, campaign, follows=follows)


@get(f"{PATH}/{{number:str}}/edit")
async def edit(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """A draft in a form."""
    view = await _operator(request)
    campaign = await services.read_campaign(view.ports, view.actor, _id(number))
    return await _editor(view, form_of(campaign, view.ports.statistics.zone), campaign)


@post(f"{PATH}/{{number:str}}/edit")
async def save(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """Change a draft; what was typed stays where something is wrong."""
    values = await sent_form(request)
    view = await _operator(request)
    campaign = await services.read_campaign(view.ports, view.actor, _id(number))
    version = parse_id(values.get("version", "")) or 0
    try:
        fields = command_of(values, view.ports.statistics.zone)
        command = services.EditCampaign(campaign_id=campaign.id, version=version, **fields)
        await services.edit_campaign(view.ports, view.actor, command)
    except (Invalid, Conflict) as error:
        return await _editor(view, Form.rejected(values, error, FIELDS), campaign, error.status)
    flash(request, view.translate("The draft is saved."))
    return see_other(f"{PATH}/{campaign.id}")


@post(f"{PATH}/{{number:str}}/start")
async def start(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """Start a draft, now or at a moment in the site's time zone."""
    values = await sent_form(request)
    view = await _operator(request)
    campaign = await services.read_campaign(view.ports, view.actor, _id(number))
    try:
        at = moment_from(values, "at", view.ports.statistics.zone)
        command = services.StartCampaign(campaign_id=campaign.id, at=at)
        await services.start_campaign(view.ports, view.actor, command)
    except (Invalid, Conflict, Unavailable) as error:
        form = Form.rejected(values, error, ("at",))
        return await _shown(request, view, campaign, form=form, status=error.status)
    flash(request, view.translate("The campaign is scheduled. Until it begins, cancelling sends nothing."))
    return see_other(f"{PATH}/{campaign.id}")


@post(f"{PATH}/{{number:str}}/release")
async def release(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """Send unclear mails again: one, or all."""
    values = await sent_form(request)
    view = await _operator(request)
    campaign_id, account = _id(number), values.get("account", "")
    account_id = parse_id(account) if account else None
    if account and account_id is None:
        raise NotFound("There is no such recipient.")
    command = services.ReleaseUnclear(campaign_id=campaign_id, account_id=account_id)
    after = await _tried(
        request,
        view,
        services.release_unclear(view.ports, view.actor, command),
        view.translate("What was unclear is sent again."),
    )
    left = after and await services.read_campaign(view.ports, view.actor, campaign_id)
    more = f"/{RecipientState.UNCLEAR}" if left and left.counts.unclear else ""
    return see_other(f"{PATH}/{campaign_id}{more}")


@post(f"{PATH}/{{number:str}}/{{what:str}}")
async def do(request: Request[Any, Any, Any], number: FromPath[str], what: FromPath[str]) -> Sendable:
    """Pause, resume, cancel, delete, or send a mail to the operator alone."""
    await sent_form(request)
    view = await _operator(request)
    if what not in DONE:
        raise NotFound("There is no page at this address.", hint="Check the address.")
    use_case, said = DONE[what]
    command = services.CampaignCommand(campaign_id=_id(number))
    good = await _tried(request, view, use_case(view.ports, view.actor, command), view.translate(said))
    return see_other(PATH if what == "delete" and good else f"{PATH}/{command.campaign_id}")


@get(f"{PATH}/{{number:str}}/{{which:str}}")
async def recipients(
    request: Request[Any, Any, Any], number: FromPath[str], which: FromPath[str]
) -> Sendable:
    """Whose mail is unclear, failed or waits."""
    view = await _operator(request)
    if which not in LISTED:
        raise NotFound("There is no page at this address.", hint="Check the address.")
    chosen, page = RecipientState(which), listing_page(scope_of(request))
    campaign = await services.read_campaign(view.ports, view.actor, _id(number))
    listing = await services.list_recipients(view.ports, view.actor, campaign.id, chosen, page)
    main = view.web.render(
        "web/campaigns/recipients.html",
        view.locale,
        campaign=campaign,
        state=chosen,
        title=LISTED[chosen],
        listing=listing.items,
        path=f"{PATH}/{campaign.id}",
        pages=neighbours(f"{PATH}/{campaign.id}/{chosen}", listing),
        csrf=view.csrf,
    )
    return await answer_page(view, Page(title=campaign.name, main=main, active="about"))


def _id(text: str) -> int:
    number = parse_id(text)
    if number is None:
        raise NotFound("There is no such campaign.")
    return number


async def _tried(request: Request[Any, Any, Any], view: View, work: Awaitable[Any], said: str) -> bool:
    """Do it and say so, or say why not; whether it was done."""
    try:
        await work
    except (Conflict, RateLimited, Unavailable) as error:
        flash(request, view.explain(error), "error")
        return False
    flash(request, said)
    return True


async def _shown(
    request: Request[Any, Any, Any],
    view: View,
    campaign: Campaign,
    *,
    form: Form | None = None,
    status: int = 200,
    follows: bool = False,
) -> Sendable:
    me, zone = needs_login(view), view.ports.statistics
    writer = CampaignWriter(site_of(scope_of(request)))
    message = writer.message(campaign, writer.html_of(campaign), Reader(account=me, login=view.login))
    waits = campaign.state in (CampaignState.DRAFT, CampaignState.SCHEDULED)
    moves = campaign.state in (CampaignState.SCHEDULED, CampaignState.RUNNING)
    size = await services.count_audience(view.ports, view.actor, campaign.audience) if waits else 0
    main = view.web.render(
        "web/campaigns/show.html",
        view.locale,
        campaign=campaign,
        counts=campaign.counts,
        total=max(campaign.counts.total, campaign.counts.settled, 1),
        label=STATES[campaign.state],
        listed=LISTED,
        message=message,
        # Core has sanitised it.
        html=Markup(message.html),  # noqa: S704
        size=size,
        waits=waits,
        moves=moves,
        follows=follows and moves,
        seconds=FOLLOW_SECONDS,
        starts=shown_moment(campaign.starts_at, zone.zone),
        grace=view.ports.limits.campaign_grace // 1000,
        zone=zone.name,
        form=form or Form(fields=("at",)),
        path=f"{PATH}/{campaign.id}",
        mails=view.ports.mails,
        csrf=view.csrf,
    )
    page = Page(title=campaign.name, main=main, active="about")
    answer = await answer_page(view, page, status)
    if follows and moves:
        # The page is loaded anew without any script (HTML standard, "the Refresh header").
        refresh = (b"refresh", b"%d" % FOLLOW_SECONDS)
        return Answer(answer.body, answer.status, (*PRIVATE, refresh))
    return answer


async def _editor(view: View, form: Form, campaign: Campaign | None = None, status: int = 200) -> Answer:
    if campaign is not None and campaign.state is not CampaignState.DRAFT and status == 200:
        hint = "Cancel it first, if it is not too late."
        raise Conflict("Only a draft can be edited.", guard="state", hint=hint)
    main = view.web.render(
        "web/campaigns/edit.html",
        view.locale,
        form=form,
        campaign=campaign,
        roles=ROLES,
        languages=[(name, LANGUAGES.get(name, name)) for name in available()],
        zone=view.ports.statistics.name,
        path=PATH,
        csrf=view.csrf,
    )
    title = view.translate("New campaign") if campaign is None else campaign.name
    return await answer_page(view, Page(title=title, main=main, active="about"), status)


HANDLERS = (campaigns, new, add, show, edit, save, start, release, do, recipients)
