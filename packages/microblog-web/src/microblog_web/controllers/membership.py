"""Memberships of somebody: their tiers, what one gets, joining; and an own membership, and ending it."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import (
    Conflict,
    Declined,
    Invalid,
    NotFound,
    RateLimited,
    Unavailable,
)
from microblog_core.domain.ids import parse_id
from microblog_core.domain.payments import Interval, SubscriptionState
from microblog_core.domain.timelines import Page as ListingPage
from microblog_core.ports.payments import MembershipLine, Offer
from microblog_core.services.payments.asking import membership_path
from microblog_core.services.payments.memberships import (
    BeginMembership,
    EndMembership,
    begin_membership,
    end_membership,
)
from microblog_core.services.payments.offers import read_offer
from microblog_core.services.payments.reading import read_memberships
from microblog_core.services.payments.returning import Returned, return_to_membership
from microblog_core.services.timelines import shown_account
from microblog_web.composer import fresh_key
from microblog_web.controllers.payments import come_back
from microblog_web.forms import Form
from microblog_web.pages import Meta, Page
from microblog_web.paying import (
    HISTORY,
    MEMBERSHIPS,
    check_takes_money,
    country_choices,
    going_on,
    next_step,
    prices,
    reason_of,
    way_on,
)
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    handle_from,
    needs_login,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

FIELDS = ("choice", "country", "once")


@get("/{handle:str}/membership")
async def offer(request: Request[Any, Any, Any], handle: FromPath[str]) -> Sendable:
    """What somebody offers to members, for everybody to read."""
    view = await view_of(scope_of(request))
    account, found = await _offer(view, handle)
    values = {"country": view.ports.gateways.rules.country_default, "once": fresh_key()}
    return await _offer_page(view, account, found, Form(values, fields=FIELDS))


@post("/{handle:str}/membership")
async def join(request: Request[Any, Any, Any], handle: FromPath[str]) -> Sendable:
    """Begin a membership, and on to where it is paid."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    account, found = await _offer(view, handle)
    needs_login(view)
    try:
        tier_id, interval = _choice(found, values.get("choice", ""))
        command = BeginMembership(
            tier_id=tier_id,
            interval=interval,
            country=values.get("country", ""),
            idempotency_key=values.get("once", ""),
        )
        membership = await begin_membership(view.ports, view.actor, command)
    except (Invalid, Conflict, Declined, RateLimited, Unavailable) as error:
        form = Form.rejected(typed(values, FIELDS), error, FIELDS)
        return await _offer_page(view, account, found, form, error.status)
    return see_other(f"{membership_path(membership.id)}?go=1")


@get("/memberships/{membership_id:str}")
async def show(request: Request[Any, Any, Any], membership_id: FromPath[str]) -> Sendable:
    """An own membership. Who comes back from the provider (`?returned=1`) has it asked once; who has just
    begun (`?go=1`) goes on there.
    """
    view = await view_of(scope_of(request))
    line = await _own(view, membership_id)
    membership = line.membership
    path = membership_path(membership.id)
    if request.query_params.get("returned"):
        await come_back(request, view, lambda: _still_open(view, membership.id))
        return see_other(path)
    address = way_on(membership.redirect_url)
    page = await _page(view, line, address)
    return going_on(page, address) if address and request.query_params.get("go") else page


@get("/memberships/{membership_id:str}/end")
async def ask_end(request: Request[Any, Any, Any], membership_id: FromPath[str]) -> Sendable:
    """Whether it is really to end, and what happens then."""
    view = await view_of(scope_of(request))
    line = await _own(view, membership_id)
    if not line.membership.live or line.membership.cancel_at_period_end:
        return see_other(membership_path(line.membership.id))
    title = view.translate("End the membership?")
    main = view.web.render(
        "web/paying/end.html",
        view.locale,
        title=title,
        line=line,
        step=next_step(line.membership, view.now),
        path=membership_path(line.membership.id),
        csrf=view.csrf,
    )
    return await answer_page(view, Page(title=title, main=main, active="settings"))


@post("/memberships/{membership_id:str}/end")
async def end(request: Request[Any, Any, Any], membership_id: FromPath[str]) -> Sendable:
    """End it, when what was paid is over."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    line = await _own(view, membership_id)
    path = membership_path(line.membership.id)
    try:
        await end_membership(view.ports, view.actor, EndMembership(membership_id=line.membership.id))
    except (Conflict, Unavailable) as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, view.translate("The membership ends. You are charged no more."))
    return see_other(path)


async def _offer(view: View, handle: str) -> tuple[Account, Offer]:
    """What somebody offers. Raises `NotFound` where that is nothing."""
    check_takes_money(view)
    username, domain = handle_from(handle)
    account = await shown_account(view.ports, view.actor, username, domain)
    found = await read_offer(view.ports, view.actor, account.id)
    if found.payee is None or not (found.tiers or found.membership):
        raise NotFound("This person has no members.")
    return account, found


def _choice(found: Offer, text: str) -> tuple[int, Interval]:
    """The tier and the interval that were chosen. Raises `Invalid` (field `choice`)."""
    for tier in found.tiers:
        for interval, _ in prices(tier):
            if text == f"{tier.id}:{interval}":
                return tier.id, interval
    raise Invalid(fields={"choice": "Choose what you want to pay."})


async def _offer_page(view: View, account: Account, found: Offer, form: Form, status: int = 200) -> Answer:
    title = view.translate("Members of %(name)s", name=account.name)
    membership = found.membership
    main = view.web.render(
        "web/paying/membership.html",
        view.locale,
        title=title,
        account=account,
        own=view.me is not None and view.me.id == account.id,
        visitor=view.me is None,
        tiers=[(tier, prices(tier)) for tier in found.tiers],
        membership=membership,
        path=membership_path(membership.id) if membership is not None else "",
        step=next_step(membership, view.now) if membership is not None else "",
        # Who has one that isn't over can't begin another one.
        may_join=view.me is None
        or (view.me.id != account.id and (membership is None or not membership.live)),
        form=form,
        countries=country_choices(view),
        csrf=view.csrf,
    )
    meta = Meta(index=False) if view.me is None else None
    return await answer_page(view, Page(title=title, main=main, meta=meta), status)


async def _own(view: View, text: str) -> MembershipLine:
    """An own membership with its tier and author. Raises `NotFound`, `Unauthenticated`."""
    check_takes_money(view)
    needs_login(view)
    number = parse_id(text)
    if number is not None:
        # The newest of the reader's memberships that isn't newer than this one: itself, or it isn't theirs.
        page = ListingPage(limit=1, max_id=number + 1)
        for line in (await read_memberships(view.ports, view.actor, page)).items:
            if line.membership.id == number:
                return line
    raise NotFound("There is no such membership.")


async def _still_open(view: View, membership_id: int) -> bool:
    found = await return_to_membership(view.ports, view.actor, Returned(id=membership_id))
    return found.state is SubscriptionState.PENDING


async def _page(view: View, line: MembershipLine, address: str) -> Answer:
    membership = line.membership
    title = view.translate("Your membership")
    main = view.web.render(
        "web/paying/own_membership.html",
        view.locale,
        title=title,
        line=line,
        membership=membership,
        state=MEMBERSHIPS[membership.state],
        step=next_step(membership, view.now),
        reason=reason_of(view, membership.reason),
        address=address,
        path=membership_path(membership.id),
        history=HISTORY,
        csrf=view.csrf,
    )
    return await answer_page(view, Page(title=title, main=main, active="settings"))


HANDLERS = (offer, join, show, ask_end, end)
