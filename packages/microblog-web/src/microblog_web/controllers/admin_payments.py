"""Payments for operators: all of them, one with its entries in the ledger, and giving one back."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from markupsafe import Markup

from microblog_core.domain.errors import Conflict, DomainError, NotFound
from microblog_core.domain.ids import parse_id
from microblog_core.domain.ledger import Line
from microblog_core.domain.money import Money
from microblog_core.domain.payments import PaymentState
from microblog_core.domain.timelines import Page as ListingPage
from microblog_core.http.scope import query_of
from microblog_core.services.payments.reading import PaymentDetails, list_payments, show_payment
from microblog_web.admin_nav import answer_admin, answer_tab, linked, money_view
from microblog_web.forms import Form
from microblog_web.money_words import STATES
from microblog_web.paying import PRODUCTS, takes_money
from microblog_web.refunding import FIELDS, can_refund, draw_refunding, give_back, wanted
from microblog_web.requests import Sendable, flash, listing_page, scope_of, sent_form, typed
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PATH = "/admin/payments"
VIEW, REFUND = "payments.view", "payments.refund"
LATEST = 5
ATTENTION_MOST = 20


@get(PATH)
async def payments(request: Request[Any, Any, Any]) -> Sendable:
    """Payments, newest first: all, those in a state, those that somebody must look at."""
    view = await money_view(request, VIEW)
    query = query_of(scope_of(request))
    state = query.get("state", "") if query.get("state", "") in set(PaymentState) else ""
    attention = query.get("attention", "") == "1"
    listing = await list_payments(
        view.ports,
        view.actor,
        listing_page(scope_of(request)),
        state=PaymentState(state) if state else None,
        attention=attention,
    )
    asked = {"state": state, "attention": "1" if attention else ""}
    main = view.web.render(
        "web/admin/payments.html",
        view.locale,
        lines=listing.items,
        form=Form(asked),
        choices=[
            ("", view.translate("Any")),
            *((str(each), view.translate(STATES[each])) for each in STATES),
        ],
        filtered=any(asked.values()),
        products=PRODUCTS,
        states=STATES,
        path=PATH,
        **linked(PATH, listing, asked),
    )
    return await answer_tab(view, "payments", main)


@get(f"{PATH}/{{number:str}}")
async def payment(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """One payment, and every step of it."""
    view = await money_view(request, VIEW)
    return await _shown(view, await _details(view, number), Form(fields=FIELDS))


@post(f"{PATH}/{{number:str}}/refund")
async def refund(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """Ask, then give it back."""
    values = await sent_form(request)
    view = await money_view(request, REFUND)
    details = await _details(view, number)
    found = details.paid.payment
    path = f"{PATH}/{found.id}"
    form = Form(typed(values, FIELDS), fields=FIELDS)
    try:
        amount = wanted(values, found)
        if not values.get("sure"):
            main = draw_refunding(view, details.paid, form, f"{path}/refund", asks_why=True, sure=amount)
            title = view.translate("Refund a payment")
            return await answer_admin(view, "payments", title, main, heading=title)
        await give_back(request, view, found, amount, values.get("reason", ""))
    except Conflict as error:
        flash(request, view.explain(error), "error")
    except DomainError as error:
        rejected = Form.rejected(typed(values, FIELDS), error, FIELDS)
        return await _shown(view, details, rejected, error.status)
    return see_other(path)


async def draw_panel(view: View) -> Markup:
    """What the overview says of money; nothing where there is none, or the reader may not see it."""
    if not takes_money(view.ports) or not view.ports.authoriser.allows(view.actor, VIEW):
        return Markup("")
    wrong = await list_payments(view.ports, view.actor, ListingPage(limit=ATTENTION_MOST), attention=True)
    latest = await list_payments(view.ports, view.actor, ListingPage(limit=LATEST))
    return view.web.render(
        "web/admin/money_panel.html",
        view.locale,
        wrong=len(wrong.items),
        more=wrong.older is not None,
        latest=latest.items,
        gateways=view.ports.gateways.names,
        products=PRODUCTS,
        states=STATES,
    )


async def _details(view: View, number: str) -> PaymentDetails:
    payment_id = parse_id(number)
    if payment_id is None:
        raise NotFound("There is no such payment.")
    return await show_payment(view.ports, view.actor, payment_id)


async def _shown(view: View, details: PaymentDetails, form: Form, status: int = 200) -> Answer:
    paid, found = details.paid, details.paid.payment
    may = view.ports.authoriser.allows(view.actor, REFUND) and can_refund(view, found)
    refunding = Markup("")
    if may:
        refunding = draw_refunding(view, paid, form, f"{PATH}/{found.id}/refund", asks_why=True)

    def amount(line: Line) -> Money:
        return Money(line.minor, found.amount.currency)

    main = view.web.render(
        "web/admin/payment.html",
        view.locale,
        paid=paid,
        entries=details.entries,
        amount=amount,
        refunding=refunding,
        products=PRODUCTS,
        states=STATES,
        path=PATH,
    )
    title = view.translate("A payment")
    return await answer_admin(view, "payments", title, main, status, heading=title)


HANDLERS = (payments, payment, refund)
