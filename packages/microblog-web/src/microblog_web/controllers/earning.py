"""Settings: being paid. In which currency, tips, and tiers that members pay for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Conflict, Invalid, NotFound, RateLimited
from microblog_core.domain.ids import parse_id
from microblog_core.domain.memberships import (
    AMOUNTS_MAX,
    TIER_DESCRIPTION_LENGTH,
    TIER_NAME_LENGTH,
    TIERS_MAX,
    Payee,
    Tier,
)
from microblog_core.domain.money import Money, check_currency
from microblog_core.domain.payments import Product
from microblog_core.services.payments.offers import (
    PutTier,
    RetireTier,
    SetPayee,
    list_tiers,
    put_tier,
    retire_tier,
    set_payee,
)
from microblog_core.services.payments.reading import read_payee
from microblog_web.controllers.settings import answer_settings
from microblog_web.forms import Form
from microblog_web.money_words import CURRENCIES, amount_of
from microblog_web.paying import check_takes_money
from microblog_web.requests import Sendable, flash, needs_login, scope_of, sent_form, typed, view_of
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PATH = "/settings/earning"
AMOUNTS = tuple(f"amount_{number}" for number in range(AMOUNTS_MAX))
FIELDS = ("currency", "tips", "amounts", *AMOUNTS)
TIER_FIELDS = ("name", "description", "monthly", "yearly")
REFUSED = (Invalid, Conflict, RateLimited)


@get(PATH)
async def earning(request: Request[Any, Any, Any]) -> Sendable:
    """How the reader is paid, and their tiers."""
    view = await _view(request)
    return await _page(view)


@post(PATH)
async def save(request: Request[Any, Any, Any]) -> Sendable:
    """Opt in, or change currency and tips."""
    values = await sent_form(request)
    view = await _view(request)
    try:
        await set_payee(view.ports, view.actor, _payee_of(values))
    except REFUSED as error:
        return await _page(view, Form.rejected(typed(values, FIELDS), error, FIELDS), error.status)
    flash(request, view.translate("Your choice is saved."))
    return see_other(PATH)


@get(f"{PATH}/tiers/new")
async def new_tier(request: Request[Any, Any, Any]) -> Sendable:
    """A form for a tier."""
    view = await _view(request)
    return await _tier_page(view, Form(fields=TIER_FIELDS))


@post(f"{PATH}/tiers/new")
async def add_tier(request: Request[Any, Any, Any]) -> Sendable:
    """Offer a tier. One that is there already, word for word, is not offered twice."""
    values = await sent_form(request)
    view = await _view(request)
    try:
        payee = await _payee(view)
        command = _tier_of(values, payee)
        if not _is_there(command, payee, await list_tiers(view.ports, view.actor)):
            await put_tier(view.ports, view.actor, command)
    except REFUSED as error:
        form = Form.rejected(typed(values, TIER_FIELDS), error, TIER_FIELDS)
        return await _tier_page(view, form, status=error.status)
    flash(request, view.translate("The tier is offered."))
    return see_other(PATH)


@get(f"{PATH}/tiers/{{number:str}}")
async def tier(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """A tier in a form."""
    view = await _view(request)
    found = await _own(view, number)
    values = {
        "name": found.name,
        "description": found.description,
        "monthly": found.monthly.amount if found.monthly else "",
        "yearly": found.yearly.amount if found.yearly else "",
    }
    return await _tier_page(view, Form(values, fields=TIER_FIELDS), found)


@post(f"{PATH}/tiers/{{number:str}}")
async def save_tier(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """Change a tier: its words for everybody, its prices for whoever comes."""
    values = await sent_form(request)
    view = await _view(request)
    found = await _own(view, number)
    try:
        await put_tier(view.ports, view.actor, _tier_of(values, await _payee(view), found.id))
    except REFUSED as error:
        form = Form.rejected(typed(values, TIER_FIELDS), error, TIER_FIELDS)
        return await _tier_page(view, form, found, error.status)
    flash(request, view.translate("The tier is changed. Members keep the price that they began with."))
    return see_other(PATH)


@get(f"{PATH}/tiers/{{number:str}}/retire")
async def ask_retire(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """Ask before taking a tier back."""
    view = await _view(request)
    found = await _own(view, number)
    main = view.web.render(
        "web/settings/retire_tier.html", view.locale, tier=found, csrf=view.csrf, path=PATH
    )
    return await answer_settings(view, "earning", main)


@post(f"{PATH}/tiers/{{number:str}}/retire")
async def retire(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """Offer a tier no more."""
    return await _retired(request, number, retired=True)


@post(f"{PATH}/tiers/{{number:str}}/offer")
async def offer_again(request: Request[Any, Any, Any], number: FromPath[str]) -> Sendable:
    """Offer a retired tier again."""
    return await _retired(request, number, retired=False)


async def _retired(request: Request[Any, Any, Any], number: str, *, retired: bool) -> Sendable:
    await sent_form(request)
    view = await _view(request)
    found = await _own(view, number)
    try:
        await retire_tier(view.ports, view.actor, RetireTier(tier_id=found.id, retired=retired))
    except Conflict as error:
        flash(request, view.explain(error), "error")
    else:
        done = view.translate("The tier is retired.") if retired else view.translate("The tier is offered.")
        flash(request, done)
    return see_other(PATH)


async def _view(request: Request[Any, Any, Any]) -> View:
    """Who looks. Raises `NotFound` where the site takes no money, `Unauthenticated`, `Forbidden`."""
    view = await view_of(scope_of(request))
    check_takes_money(view)
    needs_login(view)
    view.ports.authoriser.check(view.actor, "payments.write")
    return view


async def _payee(view: View) -> Payee:
    """Raises `Conflict` where the reader did not say yet how to be paid."""
    found = await read_payee(view.ports, view.actor)
    if found is None:
        raise Conflict("Say first in which currency you want to be paid.", guard="payee")
    return found


async def _own(view: View, number: str) -> Tier:
    """An own tier. Raises `NotFound`."""
    tier_id = parse_id(number)
    for each in await list_tiers(view.ports, view.actor):
        if each.id == tier_id:
            return each
    raise NotFound("There is no such tier.")


def _payee_of(values: Mapping[str, str]) -> SetPayee:
    """What the form says. Raises `Invalid` about its fields."""
    currency = check_currency(values.get("currency", "").strip().upper())
    amounts = [
        amount_of(values[field], currency, field).minor for field in AMOUNTS if values.get(field, "").strip()
    ]
    return SetPayee(currency=currency, tips=bool(values.get("tips")), amounts=tuple(amounts))


def _tier_of(values: Mapping[str, str], payee: Payee, tier_id: int | None = None) -> PutTier:
    """What the form says. Raises `Invalid` about its fields."""

    def price(field: str) -> int | None:
        text = values.get(field, "").strip()
        return amount_of(text, payee.currency, field).minor if text else None

    return PutTier(
        name=values.get("name", ""),
        description=values.get("description", ""),
        monthly=price("monthly"),
        yearly=price("yearly"),
        tier_id=tier_id,
    )


def _is_there(command: PutTier, payee: Payee, tiers: tuple[Tier, ...]) -> bool:
    """Whether this tier is offered: a second click offers nothing."""
    prices = [
        None if minor is None else Money(minor, payee.currency) for minor in (command.monthly, command.yearly)
    ]
    return any(
        each.retired_at is None
        and [each.monthly, each.yearly] == prices
        and (each.name, each.description) == (command.name.strip(), command.description.strip())
        for each in tiers
    )


async def _page(view: View, form: Form | None = None, status: int = 200) -> Answer:
    payee = await read_payee(view.ports, view.actor)
    tiers = await list_tiers(view.ports, view.actor)
    currency = payee.currency if payee is not None else ""
    route = view.ports.gateways.route
    rules = view.ports.gateways.rules
    main = view.web.render(
        "web/settings/earning.html",
        view.locale,
        form=form or Form(_values(payee), fields=FIELDS),
        payee=payee,
        tiers=[each for each in tiers if each.retired_at is None],
        retired=[each for each in tiers if each.retired_at is not None],
        most=TIERS_MAX,
        amounts=AMOUNTS,
        currencies=[each for each in CURRENCIES if route(each).gateways],
        limits=[Money(minor, currency) for minor in rules.tip_limits(currency)] if currency else (),
        takes_tips=not currency or bool(route(currency, "", Product.TIP).gateways),
        takes_members=not currency or bool(route(currency, "", Product.MEMBERSHIP).gateways),
        path=PATH,
        me=view.me,
        csrf=view.csrf,
    )
    return await answer_settings(view, "earning", main, status)


def _values(payee: Payee | None) -> dict[str, str]:
    if payee is None:
        return {"tips": "1"}
    amounts = {field: each.amount for field, each in zip(AMOUNTS, payee.suggestions, strict=False)}
    return {"currency": payee.currency, "tips": "1" if payee.tips else "", **amounts}


async def _tier_page(view: View, form: Form, found: Tier | None = None, status: int = 200) -> Answer:
    payee = await read_payee(view.ports, view.actor)
    if payee is None:
        return see_other(PATH)
    main = view.web.render(
        "web/settings/tier.html",
        view.locale,
        form=form,
        tier=found,
        payee=payee,
        other_currency=found is not None
        and any(price and price.currency != payee.currency for price in (found.monthly, found.yearly)),
        name_length=TIER_NAME_LENGTH,
        description_length=TIER_DESCRIPTION_LENGTH,
        path=PATH,
        csrf=view.csrf,
    )
    return await answer_settings(view, "earning", main, status)


HANDLERS = (earning, save, new_tier, add_tier, tier, save_tier, ask_retire, retire, offer_again)
