"""The ledger for operators: what stands on each account, every entry, a file, and whether it sums to zero."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, get

from microblog_core.domain.ledger import Posted
from microblog_core.domain.money import Money
from microblog_core.services.payments.reading import check_ledger, export_ledger, read_balances, read_ledger
from microblog_web.admin_nav import answer_tab, money_view
from microblog_web.controllers.admin_payments import PATH as PAYMENTS
from microblog_web.controllers.admin_payments import VIEW
from microblog_web.money_words import STATES, Number, csv_lines, moment
from microblog_web.requests import Sendable, listing_page, neighbours, scope_of
from microblog_web.responses import Streamed
from microblog_web.views import View

PATH = "/admin/ledger"
AT_ONCE = 500
COLUMNS = (
    "time", "entry", "payment", "sequence", "before", "after", "cause", "account", "currency", "amount",
)  # fmt: skip


@get(PATH)
async def ledger(request: Request[Any, Any, Any]) -> Sendable:
    """Balances, the check, and the entries by page."""
    view = await money_view(request, VIEW)
    listing = await read_ledger(view.ports, view.actor, listing_page(scope_of(request)))
    sums = await check_ledger(view.ports, view.actor)
    main = view.web.render(
        "web/admin/ledger.html",
        view.locale,
        balances=[
            (each.account, each.currency, Money(each.minor, each.currency))
            for each in await read_balances(view.ports, view.actor)
        ],
        currencies=[each.currency for each in sums],
        wrong=[Money(each.minor, each.currency) for each in sums if each.minor],
        lines=listing.items,
        amount=Money,
        states=STATES,
        path=PATH,
        payments=PAYMENTS,
        **neighbours(PATH, listing),
    )
    return await answer_tab(view, "ledger", main)


@get(f"{PATH}.csv")
async def as_csv(request: Request[Any, Any, Any]) -> Sendable:
    """Every line of the ledger, oldest first, as a file."""
    view = await money_view(request, VIEW)
    return Streamed(_exported(view), b"text/csv; charset=utf-8", "ledger.csv")


async def _exported(view: View) -> AsyncIterator[bytes]:
    yield csv_lines((COLUMNS,))
    after = 0
    while posted := await export_ledger(view.ports, view.actor, after=after, limit=AT_ONCE):
        yield csv_lines(row for each in posted for row in _rows(each))
        after = posted[-1].entry.id


def _rows(posted: Posted) -> list[tuple[object, ...]]:
    """A row for each line; one without account for a step that moved nothing."""
    entry, currency = posted.entry, posted.payment.amount.currency
    shared = (
        moment(entry.at),
        str(entry.id),
        str(entry.payment_id),
        entry.sequence,
        entry.before,
        str(entry.after),
        entry.cause,
    )
    rows: list[tuple[object, ...]] = [
        (*shared, line.account, currency, Number(Money(line.minor, currency).amount)) for line in entry.lines
    ]
    return rows or [(*shared, "", currency, "")]


HANDLERS = (ledger, as_csv)
