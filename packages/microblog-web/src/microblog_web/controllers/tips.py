"""Tips: the form in which somebody says how much, and whom it is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Declined, Invalid, NotFound, RateLimited, Unavailable
from microblog_core.domain.ids import parse_id
from microblog_core.domain.memberships import NOTE_LENGTH, Payee
from microblog_core.domain.money import Money, parse_amount
from microblog_core.domain.posts import Entry
from microblog_core.services.payments.asking import payment_path
from microblog_core.services.payments.offers import read_offer
from microblog_core.services.payments.tips import BeginTip, begin_tip
from microblog_core.services.timelines import read_posts, shown_account
from microblog_web.composer import fresh_key
from microblog_web.forms import Form
from microblog_web.pages import Page
from microblog_web.paying import check_takes_money, country_choices
from microblog_web.requests import (
    Sendable,
    answer_page,
    handle_from,
    needs_login,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.texts import excerpt
from microblog_web.views import View

FIELDS = ("choice", "amount", "country", "note", "post", "once")
_DIGITS_MAX = 15


@get("/{handle:str}/tip")
async def form(request: Request[Any, Any, Any], handle: FromPath[str]) -> Sendable:
    """How much somebody is to get; a post that the tip is for may be named (`?post=`)."""
    view = await view_of(scope_of(request))
    account, payee = await _payee(view, handle)
    values = {
        "choice": str(payee.amounts[0]) if payee.amounts else "",
        "country": view.ports.gateways.rules.country_default,
        "post": request.query_params.get("post", ""),
        "once": fresh_key(),
    }
    return await _page(view, account, payee, Form(values, fields=FIELDS))


@post("/{handle:str}/tip")
async def send(request: Request[Any, Any, Any], handle: FromPath[str]) -> Sendable:
    """Begin the tip, and on to where it is paid."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    account, payee = await _payee(view, handle)
    try:
        command = BeginTip(
            account_id=account.id,
            minor=_amount(values, payee.currency).minor,
            country=values.get("country", ""),
            note=values.get("note", ""),
            idempotency_key=values.get("once", ""),
        )
        payment = await begin_tip(view.ports, view.actor, command)
    except (Invalid, Declined, RateLimited, Unavailable) as error:
        return await _page(
            view, account, payee, Form.rejected(typed(values, FIELDS), error, FIELDS), error.status
        )
    return see_other(f"{payment_path(payment.id)}?go=1")


async def _payee(view: View, handle: str) -> tuple[Account, Payee]:
    """Whom the tip is for. Raises `NotFound` where they take none, `Unauthenticated`, `Invalid` (oneself)."""
    check_takes_money(view)
    username, domain = handle_from(handle)
    account = await shown_account(view.ports, view.actor, username, domain)
    payee = (await read_offer(view.ports, view.actor, account.id)).payee
    if payee is None or not payee.tips:
        raise NotFound("This person takes no tips.")
    if needs_login(view).id == account.id:
        raise Invalid("You can't pay yourself.", hint="This is where others tip you.")
    return account, payee


def _amount(values: Mapping[str, str], currency: str) -> Money:
    """What was typed, else what was chosen. Raises `Invalid` (field `amount`)."""
    text, choice = values.get("amount", "").strip(), values.get("choice", "")
    if text:
        return parse_amount(text, currency)
    if not choice.isascii() or not choice.isdigit() or len(choice) > _DIGITS_MAX:
        raise Invalid(fields={"amount": "Choose an amount, or write another one."})
    return Money(int(choice), currency)


async def _page(view: View, account: Account, payee: Payee, form: Form, status: int = 200) -> Answer:
    title = view.translate("Tip %(name)s", name=account.name)
    least, most = view.ports.gateways.rules.tip_limits(payee.currency)
    main = view.web.render(
        "web/paying/tip.html",
        view.locale,
        title=title,
        account=account,
        form=form,
        suggestions=payee.suggestions,
        currency=payee.currency,
        least=Money(least, payee.currency),
        most=Money(most, payee.currency),
        countries=country_choices(view),
        limit=NOTE_LENGTH,
        entry=await _post(view, account, form.value("post")),
        excerpt=excerpt,
        csrf=view.csrf,
    )
    return await answer_page(view, Page(title=title, main=main), status)


async def _post(view: View, account: Account, text: str) -> Entry | None:
    """The post that the tip is for, if the reader sees it and it is by whom they tip."""
    post_id = parse_id(text)
    entries = await read_posts(view.ports, view.actor, (post_id,)) if post_id is not None else ()
    return next((entry for entry in entries if entry.author.id == account.id), None)


HANDLERS = (form, send)
