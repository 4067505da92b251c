"""Gateways are chosen by currency, country, product and configuration, and the choice explains itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from microblog_core.contributions import GatewayFactory
from microblog_core.domain.errors import NotFound
from microblog_core.domain.payments import Product
from microblog_core.domain.routes import PaymentRules, is_route
from microblog_core.patterns.gateways import GatewayRegistry


def factory(name: str, **fields) -> GatewayFactory:
    return GatewayFactory(name=name, make=lambda: SimpleNamespace(name=name), **fields)


GATEWAYS = (
    factory("cards", currencies=frozenset({"EUR", "USD"}), capabilities=frozenset({"refunds"}), priority=5),
    factory("local", currencies=frozenset({"INR"}), countries=frozenset({"IN"})),
    factory("sandbox", capabilities=frozenset({"refunds", "subscriptions"}), priority=-100),
)
NAMES = ("sandbox", "local", "cards")


def registry(**rules) -> GatewayRegistry:
    return GatewayRegistry(GATEWAYS, PaymentRules(**{"gateways": NAMES} | rules))


def test_all_that_can_are_taken_by_priority_and_each_says_why():
    route = registry().route("EUR", "DE")
    assert route.gateways == ("cards", "sandbox")
    assert route.explanation == (
        "cards: chosen, priority 5",
        "local: does not take EUR",
        "sandbox: next, if that fails, priority -100",
    )


def test_each_that_was_passed_over_says_why():
    route = registry(countries={"sandbox": ("DE",)}).route("INR", "FR")
    assert route.gateways == ()
    assert route.explanation == (
        "cards: does not take INR",
        "local: does not work in FR",
        "sandbox: payments.countries keeps it out of FR",
    )


def test_a_product_needs_what_a_gateway_can_do():
    route = registry().route("EUR", "DE", Product.MEMBERSHIP)
    assert route.gateways == ("sandbox",)
    assert route.explanation[0] == "cards: can't do subscriptions"


def test_a_payer_whose_country_is_not_known_may_be_anywhere_unless_the_configuration_says_where():
    assert registry().route("INR").gateways == ("local", "sandbox")
    assert registry(country_default="FR").route("INR").gateways == ("sandbox",)


def test_the_most_specific_route_decides_and_nothing_else_is_tried():
    rules = {
        "EUR": ("sandbox",),
        "EUR::tip": ("cards",),
        "EUR:DE": ("sandbox", "cards"),
        "EUR:DE:tip": ("cards", "sandbox"),
    }
    made = registry(routes=rules)
    assert made.route("EUR", "DE", Product.TIP).gateways == ("cards", "sandbox")
    assert made.route("EUR", "DE", Product.MEMBERSHIP).gateways == ("sandbox",)
    assert made.route("EUR", "FR", Product.TIP).gateways == ("cards",)
    assert made.route("EUR", "", Product.TIP).gateways == ("cards",)
    assert made.route("EUR", "FR", Product.MEMBERSHIP).gateways == ("sandbox",)
    assert made.route("USD").gateways == ("cards", "sandbox")
    assert made.route("EUR", "FR").explanation == (
        'routes."EUR::tip": cards',
        "cards: chosen, by the route",
        "local: not on the route",
        "sandbox: not on the route",
    )


def test_what_is_not_there_or_not_named_is_not_used():
    made = GatewayRegistry(GATEWAYS, PaymentRules(gateways=("cards", "ghost")))
    assert made.route("EUR").gateways == ("cards",)
    assert "ghost: no active plugin offers it" in made.route("EUR").explanation
    assert (made.names, made.missing) == (("cards",), ("ghost",))
    assert made.route("INR").gateways == ()


def test_with_the_same_priority_the_configuration_decides():
    made = GatewayRegistry([factory("a"), factory("b")], PaymentRules(gateways=("b", "a")))
    assert made.route("EUR").gateways == ("b", "a")


def test_money_is_off_where_no_gateway_is_configured():
    route = GatewayRegistry(GATEWAYS).route("EUR")
    assert route.gateways == ()
    assert "payments.gateways is empty" in route.explanation[0]


def test_a_gateway_is_made_once_even_by_many_threads():
    made: list[int] = []
    registry = GatewayRegistry(
        [GatewayFactory(name="x", make=lambda: made.append(1) or SimpleNamespace(name="x"))]
    )
    with ThreadPoolExecutor(16) as pool:
        gateways = {id(gateway) for gateway in pool.map(lambda _: registry.get("x"), range(100))}
    assert (len(gateways), made) == (1, [1])
    with pytest.raises(NotFound):
        registry.get("y")


def test_a_failure_to_make_one_is_not_kept():
    attempts: list[int] = []

    def make():
        attempts.append(1)
        if len(attempts) == 1:
            raise ConnectionError
        return SimpleNamespace(name="x")

    registry = GatewayRegistry([GatewayFactory(name="x", make=make)])
    with pytest.raises(ConnectionError):
        registry.get("x")
    assert registry.get("x").name == "x"


@pytest.mark.parametrize("key", ["EUR", "EUR:DE", "EUR:DE:tip", "EUR::membership"])
def test_routes_are_named_by_currency_country_and_product(key):
    assert is_route(key)


@pytest.mark.parametrize("key", ["", "eur", "EUR:", "EUR:de", "EUR:DE:", "EUR:DE:gift", "EUR::", "EUR:tip"])
def test_what_is_no_route(key):
    assert not is_route(key)
