"""What an author earned: sums, a chart, who paid, a file, and giving a payment back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from markupsafe import Markup

from microblog_core.domain.errors import Conflict, NotFound
from microblog_core.domain.ids import parse_id
from microblog_core.domain.ledger import MONEY, Earned
from microblog_core.domain.money import Money
from microblog_core.domain.payments import Product
from microblog_core.domain.timelines import PAGE_MAX
from microblog_core.domain.timelines import Page as ListingPage
from microblog_core.ports.payments import PaidPage
from microblog_core.services.payments.reading import (
    Earnings,
    read_earnings,
    read_members,
    read_payee,
    read_payment,
    read_received,
)
from microblog_web.charts import bars
from microblog_web.forms import Form
from microblog_web.money_words import STATES, Number, csv_file, moment
from microblog_web.pages import Page
from microblog_web.paying import PRODUCTS, check_takes_money
from microblog_web.refunding import FIELDS, REFUSED, can_refund, draw_refunding, give_back, wanted
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    listing_page,
    needs_login,
    neighbours,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.times import day_and_month, money, month_and_year
from microblog_web.views import View

PATH = "/earnings"
DAYS = 30
FILE_PAGES = 250
"""The file holds at most this many pages of `PAGE_MAX` payments, the newest ones."""
COLUMNS = (
    "captured_at", "payment", "product", "payer", "currency", "amount", "refunded", "state", "note",
)  # fmt: skip


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What came in in one currency, what went back taken off; `products` are rows of a product and its three
    sums. `rows` are days and what they brought, oldest first.
    """

    currency: str
    this_month: Money
    last_month: Money
    ever: Money
    products: Sequence[tuple[Product, Money, Money, Money]]
    chart: Markup
    rows: Sequence[tuple[str, Money, int]]


@get(PATH)
async def earnings(request: Request[Any, Any, Any]) -> Sendable:
    """Sums, the last thirty days, and who paid."""
    view = await _view(request)
    found = await read_earnings(view.ports, view.actor, days=DAYS)
    listing = await read_received(view.ports, view.actor, listing_page(scope_of(request)))
    today = datetime.fromtimestamp(view.now / 1000, UTC).date()
    main = view.web.render(
        "web/money/earnings.html",
        view.locale,
        path=PATH,
        payee=await read_payee(view.ports, view.actor),
        currencies=[_sums(view, each, found, today) for each in _currencies(found)],
        months=(month_and_year(today, view.locale), month_and_year(_last_month(today), view.locale)),
        owed=[Money(each.minor, each.currency) for each in found.owed],
        held=[Money(each.minor, each.currency) for each in found.held],
        paid=[(each, can_refund(view, each.payment)) for each in listing.items],
        members=found.members,
        products=PRODUCTS,
        states=STATES,
        **neighbours(PATH, listing),
    )
    return await _answer(view, main)


@get(f"{PATH}/members")
async def members(request: Request[Any, Any, Any]) -> Sendable:
    """Who has access to what is for members."""
    view = await _view(request)
    listing = await read_members(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/money/members.html",
        view.locale,
        path=PATH,
        lines=listing.items,
        **neighbours(f"{PATH}/members", listing),
    )
    return await _answer(view, main)


@get(f"{PATH}.csv")
async def as_csv(request: Request[Any, Any, Any]) -> Sendable:
    """Who paid what, newest first, as a file."""
    view = await _view(request)
    rows, page = [], ListingPage(limit=PAGE_MAX)
    for _ in range(FILE_PAGES):
        listing = await read_received(view.ports, view.actor, page)
        rows += [_row(each) for each in listing.items]
        if listing.older is None:
            break
        page = ListingPage(limit=PAGE_MAX, max_id=listing.older)
    return csv_file("earnings.csv", COLUMNS, rows)


@get(f"{PATH}/{{number:str}}")
async def payment(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """A payment that the reader received, to give it back."""
    view = await _view(request)
    return await _refunding(view, await _received(view, number), Form(fields=FIELDS))


@post(f"{PATH}/{{number:str}}/refund")
async def refund(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """Ask, then give it back."""
    values = await sent_form(request)
    view = await _view(request)
    paid = await _received(view, number)
    form = Form(typed(values, FIELDS), fields=FIELDS)
    try:
        amount = wanted(values, paid.payment)
        if not values.get("sure"):
            return await _refunding(view, paid, form, sure=amount)
        await give_back(request, view, paid.payment, amount, "")
    except Conflict as error:
        flash(request, view.explain(error), "error")
    except REFUSED as error:
        return await _refunding(view, paid, Form.rejected(typed(values, FIELDS), error, FIELDS), error.status)
    return see_other(PATH)


async def _view(request: Request[Any, Any, Any]) -> View:
    view = await view_of(scope_of(request))
    check_takes_money(view)
    needs_login(view)
    view.ports.authoriser.check(view.actor, "payments.write")
    return view


async def _received(view: View, number: str) -> PaidPage:
    """A payment to the reader. Raises `NotFound`."""
    payment_id = parse_id(number)
    if payment_id is not None:
        paid = await read_payment(view.ports, view.actor, payment_id)
        if paid.payment.payee_id == needs_login(view).id and paid.payment.state in MONEY:
            return paid
    raise NotFound("There is no such payment.")


async def _refunding(
    view: View, paid: PaidPage, form: Form, status: int = 200, *, sure: Money | None = None
) -> Answer:
    if not can_refund(view, paid.payment):
        main = view.web.render(
            "web/money/no_refund.html", view.locale, paid=paid, products=PRODUCTS, states=STATES, path=PATH
        )
        return await _answer(view, main, status)
    action = f"{PATH}/{paid.payment.id}/refund"
    drawn = draw_refunding(view, paid, form, action, asks_why=False, sure=sure)
    return await _answer(view, view.web.render("web/money/frame.html", view.locale, main=drawn), status)


async def _answer(view: View, main: Markup, status: int = 200) -> Answer:
    return await answer_page(
        view, Page(title=view.translate("Your earnings"), main=main, active="earnings"), status
    )


def _currencies(found: Earnings) -> list[str]:
    return sorted({each.currency for each in (*found.months, *found.days)})


def _last_month(today: date) -> date:
    return today.replace(day=1) - timedelta(days=1)


def _bucket(day: date) -> int:
    return (day.year - 1970) * 12 + day.month - 1


def _sums(view: View, currency: str, found: Earnings, today: date) -> Sums:
    months = [each for each in found.months if each.currency == currency]
    this, last = _bucket(today), _bucket(_last_month(today))

    def total(lines: Sequence[Earned], bucket: int | None = None) -> Money:
        return Money(sum(each.minor for each in lines if bucket in (None, each.bucket)), currency)

    by_product = {product: [each for each in months if each.product is product] for product in Product}
    rows = _rows(view, currency, found.days, today)
    return Sums(
        currency=currency,
        this_month=total(months, this),
        last_month=total(months, last),
        ever=total(months),
        products=[
            (product, total(lines, this), total(lines, last), total(lines))
            for product, lines in by_product.items()
            if lines
        ],
        chart=_chart(view, currency, rows),
        rows=rows,
    )


def _rows(view: View, currency: str, days: Sequence[Earned], today: date) -> list[tuple[str, Money, int]]:
    """Each of the last days, also those without anything."""
    sums: dict[int, tuple[int, int]] = {}
    for each in days:
        if each.currency == currency:
            minor, payments = sums.get(each.bucket, (0, 0))
            sums[each.bucket] = (minor + each.minor, payments + each.payments)
    rows = []
    for before in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=before)
        minor, payments = sums.get((day - date(1970, 1, 1)).days, (0, 0))
        rows.append((day_and_month(day, view.locale), Money(minor, currency), payments))
    return rows


def _chart(view: View, currency: str, rows: Sequence[tuple[str, Money, int]]) -> Markup:
    values = [amount.minor for _, amount, _ in rows]
    title = view.translate("Earned by day, in %(currency)s", currency=currency)
    description = view.translate(
        "From %(first)s to %(last)s, at most %(most)s. The numbers are in the table below.",
        first=rows[0][0],
        last=rows[-1][0],
        most=money(Money(max(values), currency), view.locale),
    )
    return bars(
        f"earned{currency.lower()}",
        title,
        description,
        [label for label, _, _ in rows],
        values,
        view.locale,
        show=lambda minor: money(Money(minor, currency), view.locale),
    )


def _row(paid: PaidPage) -> tuple[object, ...]:
    each = paid.payment
    payer = "" if paid.payer is None else paid.payer.acct
    return (
        moment(each.captured_at),
        str(each.id),
        str(each.product),
        payer,
        each.amount.currency,
        Number(each.amount.amount),
        Number(each.refunded.amount),
        str(each.state),
        each.note,
    )


HANDLERS = (earnings, members, as_csv, payment, refund)
