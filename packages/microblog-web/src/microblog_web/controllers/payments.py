"""What the reader paid: one payment, coming back from the provider, receipts, all of it, and memberships."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Conflict, NotFound, RateLimited, Unavailable
from microblog_core.domain.ids import parse_id
from microblog_core.domain.ledger import OPEN, PAID, Payment
from microblog_core.domain.timelines import Page as ListingPage
from microblog_core.http.scope import base_url_of
from microblog_core.ports.payments import PaidPage
from microblog_core.services.payments.asking import membership_path, payment_path
from microblog_core.services.payments.reading import (
    read_history,
    read_memberships,
    read_payment,
    read_receipt,
)
from microblog_core.services.payments.refunds import CancelPayment, cancel_payment
from microblog_core.services.payments.returning import Returned, return_to_payment
from microblog_web.controllers.settings import answer_settings
from microblog_web.pages import Page
from microblog_web.paying import (
    GO_ON,
    HISTORY,
    LONG,
    MEMBERSHIPS,
    PRODUCTS,
    SHORT,
    UNKNOWN,
    UNPAID,
    check_takes_money,
    going_on,
    next_step,
    reason_of,
    way_on,
)
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
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

MEMBERSHIPS_SHOWN = 5
"""Memberships above the payments; all of them have a page of their own."""
MEMBERSHIPS_PATH = f"{HISTORY}/memberships"


@get("/payments/{payment_id:str}")
async def show(request: Request[Any, Any, Any], payment_id: FromPath[str]) -> Sendable:
    """An own payment. Who comes back from the provider (`?returned=1`) has it asked once; who has just begun
    (`?go=1`) goes on there.
    """
    view = await view_of(scope_of(request))
    paid = await _own(view, payment_id)
    payment = paid.payment
    if request.query_params.get("returned"):
        await come_back(request, view, lambda: _still_open(view, payment.id))
        return see_other(payment_path(payment.id))
    address = way_on(payment.redirect_url) if payment.state in OPEN else ""
    page = await _page(view, paid, address)
    return going_on(page, address) if address and request.query_params.get("go") else page


async def come_back(request: Request[Any, Any, Any], view: View, ask: Callable[[], Awaitable[bool]]) -> None:
    """Have the provider asked; `ask` says whether it stands as open as before. That is said on the next page:
    nobody presses a button that does nothing.
    """
    try:
        if await ask():
            flash(
                request, view.translate("There is no news from the provider. Look again in a minute."), "info"
            )
    except RateLimited as error:
        flash(request, view.explain(error), "error")


async def _still_open(view: View, payment_id: int) -> bool:
    paid = await return_to_payment(view.ports, view.actor, Returned(id=payment_id))
    return paid.payment.state in OPEN


@post("/payments/{payment_id:str}/cancel")
async def cancel(request: Request[Any, Any, Any], payment_id: FromPath[str]) -> Sendable:
    """Give up a payment that isn't paid."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    paid = await _own(view, payment_id)
    try:
        await cancel_payment(view.ports, view.actor, CancelPayment(payment_id=paid.payment.id))
    except (Conflict, Unavailable) as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, view.translate("The payment is given up."))
    return see_other(payment_path(paid.payment.id))


@get("/payments/{payment_id:str}/receipt")
async def receipt(request: Request[Any, Any, Any], payment_id: FromPath[str]) -> Sendable:
    """A receipt, to be printed."""
    view = await view_of(scope_of(request))
    paid = await _own(view, payment_id)
    found = await read_receipt(view.ports, view.actor, paid.payment.id)
    title = view.translate("Receipt %(number)s", number=found.number)
    main = view.web.render(
        "web/paying/receipt.html",
        view.locale,
        title=title,
        receipt=found,
        payment=found.paid.payment,
        payer=found.paid.payer,
        payee=found.paid.payee,
        product=PRODUCTS[found.paid.payment.product],
        state=SHORT[found.paid.payment.state],
        path=payment_path(found.paid.payment.id),
        site=base_url_of(scope_of(request)),
    )
    return await answer_page(view, Page(title=title, main=main, active="settings"))


@get(HISTORY)
async def history(request: Request[Any, Any, Any]) -> Sendable:
    """What the reader paid, newest first, and above it the memberships that they have."""
    view = await view_of(scope_of(request))
    _payer(view)
    listing = await read_history(view.ports, view.actor, listing_page(scope_of(request)))
    first = listing.newer is None
    joined = (
        await read_memberships(view.ports, view.actor, ListingPage(limit=MEMBERSHIPS_SHOWN))
        if first
        else None
    )
    main = view.web.render(
        "web/paying/history.html",
        view.locale,
        payments=listing.items,
        memberships=joined.items if joined is not None else (),
        first=first,
        all_memberships=MEMBERSHIPS_PATH,
        step=lambda membership: next_step(membership, view.now),
        payment_path=payment_path,
        membership_path=membership_path,
        states=SHORT,
        memberships_states=MEMBERSHIPS,
        products=PRODUCTS,
        paid_states=PAID,
        **neighbours(HISTORY, listing),
    )
    return await answer_settings(view, "payments", main)


@get(MEMBERSHIPS_PATH)
async def memberships(request: Request[Any, Any, Any]) -> Sendable:
    """All of the reader's memberships, newest first."""
    view = await view_of(scope_of(request))
    _payer(view)
    listing = await read_memberships(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/paying/memberships.html",
        view.locale,
        memberships=listing.items,
        history=HISTORY,
        step=lambda membership: next_step(membership, view.now),
        membership_path=membership_path,
        memberships_states=MEMBERSHIPS,
        **neighbours(MEMBERSHIPS_PATH, listing),
    )
    return await answer_settings(view, "payments", main)


def _payer(view: View) -> int:
    """The id of who is logged in. Raises `NotFound` where the site takes no money, `Unauthenticated`."""
    check_takes_money(view)
    return needs_login(view).id


async def _own(view: View, text: str) -> PaidPage:
    """A payment that the reader made. Raises `NotFound`, `Unauthenticated`."""
    payer_id, number = _payer(view), parse_id(text)
    paid = await read_payment(view.ports, view.actor, number) if number is not None else None
    if paid is None or paid.payment.payer_id != payer_id:
        raise NotFound("There is no such payment.")
    return paid


def _words(payment: Payment, address: str) -> str:
    """What it means to the payer where a payment stands."""
    said = LONG.get(payment.state)
    return said or (GO_ON if address else UNKNOWN)


async def _page(view: View, paid: PaidPage, address: str) -> Answer:
    payment = paid.payment
    title = view.translate("Your payment")
    main = view.web.render(
        "web/paying/payment.html",
        view.locale,
        title=title,
        payment=payment,
        payee=paid.payee,
        product=PRODUCTS[payment.product],
        state=SHORT[payment.state],
        words=_words(payment, address),
        unpaid=UNPAID if payment.state in OPEN and payment.state not in LONG else "",
        reason=reason_of(view, payment.reason),
        open=payment.state in OPEN,
        failed=not payment.captured_at and payment.state not in OPEN,
        address=address,
        path=payment_path(payment.id),
        membership=membership_path(payment.membership_id) if payment.membership_id is not None else "",
        history=HISTORY,
        csrf=view.csrf,
    )
    return await answer_page(view, Page(title=title, main=main, active="settings"))


HANDLERS = (show, cancel, receipt, history, memberships)
