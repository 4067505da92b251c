"""Payment gateways for operators: what each can do, where its webhooks go, and why one is chosen."""

from __future__ import annotations

from typing import Any

from litestar import Request, get

from microblog_core.domain.errors import Invalid
from microblog_core.domain.money import check_currency
from microblog_core.domain.payments import NEEDED, Product
from microblog_core.domain.routes import Route
from microblog_core.http.scope import base_url_of, query_of, site_of
from microblog_core.services.payments.asking import WEBHOOK_PATH
from microblog_core.services.payments.tips import check_country
from microblog_web.admin_nav import answer_tab, money_view
from microblog_web.controllers.admin_payments import VIEW
from microblog_web.forms import Form
from microblog_web.i18n import mark
from microblog_web.money_words import CURRENCIES
from microblog_web.paying import PRODUCTS
from microblog_web.requests import Sendable, scope_of

PATH = "/admin/gateways"
FIELDS = ("currency", "country", "product")
CAPABILITIES = {
    "refunds": mark("Refunds"),
    "partial_refunds": mark("Refunds in part"),
    "capture": mark("Reserves first, takes later"),
    "subscriptions": mark("Charges every month or year"),
    "disputes": mark("Tells of disputes"),
}


@get(PATH)
async def gateways(request: Request[Any, Any, Any]) -> Sendable:
    """The gateways, and a form that explains which of them takes a payment."""
    view = await money_view(request, VIEW)
    scope = scope_of(request)
    asked = {name: query_of(scope).get(name, "").strip()[:20] for name in FIELDS}
    route: Route | None = None
    errors: dict[str, str] = {}
    if asked["currency"]:
        try:
            currency, country = check_currency(asked["currency"].upper()), check_country(asked["country"])
            product = Product.MEMBERSHIP if asked["product"] == Product.MEMBERSHIP else Product.TIP
            route = view.ports.gateways.route(currency, country, product)
        except Invalid as error:
            errors = dict(error.fields)
    site = site_of(scope)
    base = view.ports.gateways.rules.public_url or base_url_of(scope)
    known = {factory.name: factory for factory in site.contributions.gateways}
    main = view.web.render(
        "web/admin/gateways.html",
        view.locale,
        gateways=[
            (known[name], f"{base}{WEBHOOK_PATH}{name}", view.ports.gateways.rules.countries.get(name, ()))
            for name in view.ports.gateways.names
        ],
        missing=[name for name in view.ports.gateways.rules.gateways if name not in known],
        capabilities=CAPABILITIES,
        needed=NEEDED,
        form=Form(asked, errors=errors, fields=FIELDS),
        choices=[(str(each), view.translate(PRODUCTS[each])) for each in Product],
        currencies=CURRENCIES,
        route=route,
        path=PATH,
    )
    return await answer_tab(view, "gateways", main, 422 if errors else 200)


HANDLERS = (gateways,)
