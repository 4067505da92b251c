"""Factories by key: choices are explicit and explained, and clashes name both sides."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from microblog_core.contributions import GatewayFactory
from microblog_core.domain.errors import ConfigurationError, NotFound
from microblog_core.patterns.registry import GatewayRegistry, SchemeRegistry, redacted, scheme_of


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("memory:", "memory"),
        ("SQLite:///x.db", "sqlite"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql"),
        ("nothing", ""),
        ("", ""),
    ],
)
def test_the_scheme_of_a_url(url, scheme):
    assert scheme_of(url) == scheme


def test_a_url_is_shown_without_its_password():
    assert (
        redacted("postgresql://ada:hunter2@db.example:5432/x?password=hunter2")
        == "postgresql://***@db.example:5432/x"
    )
    assert redacted("sqlite:////data/x.db") == "sqlite:////data/x.db"
    assert redacted("memory:") == "memory:"


def registry() -> SchemeRegistry[str]:
    made = SchemeRegistry[str]("storage")
    made.add("memory", ("memory",), "in memory")
    made.add("sql", ("sqlite", "postgresql"), "in tables")
    return made


def test_a_factory_is_chosen_by_scheme():
    assert registry().choose("sqlite:///x") == ("sql", "in tables")
    assert "sqlite" in registry()
    assert "redis" not in registry()


def test_an_unknown_scheme_says_what_there_is():
    with pytest.raises(ConfigurationError, match="a storage for redis") as caught:
        registry().choose("redis://user:hunter2@x")
    assert "memory:, postgresql:, sqlite:" in caught.value.hint
    assert "hunter2" not in str(caught.value) + caught.value.hint


def test_a_clash_names_both_and_the_last_does_not_win():
    made = registry()
    made.add("shelf", ("sqlite",), "on a shelf")
    assert made.clashes() == ("The plugins 'sql' and 'shelf' both offer a storage for sqlite",)
    with pytest.raises(ConfigurationError, match="'sql' and 'shelf'"):
        made.choose("sqlite:///x")
    assert made.choose("postgresql:///x") == ("sql", "in tables")


def factory(name: str, **fields) -> GatewayFactory:
    return GatewayFactory(name=name, make=lambda: SimpleNamespace(name=name), **fields)


GATEWAYS = (
    factory("cards", currencies=frozenset({"EUR", "USD"}), capabilities=frozenset({"refund"}), priority=5),
    factory("local", currencies=frozenset({"INR"}), countries=frozenset({"IN"})),
    factory("sandbox", capabilities=frozenset({"refund", "authorise"}), priority=-100),
)


def test_the_gateway_with_the_highest_priority_that_can_is_chosen_and_explained():
    choice = GatewayRegistry(GATEWAYS).choose("EUR", "DE", {"refund"})
    assert choice.factory.name == "cards"
    assert choice.explanation == ("cards: chosen, priority 5",)


def test_each_that_was_passed_over_says_why():
    choice = GatewayRegistry(GATEWAYS).choose("INR", "FR", {"authorise"})
    assert choice.factory.name == "sandbox"
    assert choice.explanation == (
        "cards: does not take INR",
        "local: does not work in FR",
        "sandbox: chosen, priority -100",
    )
    assert (
        GatewayRegistry(GATEWAYS).choose("EUR", "", {"authorise"}).explanation[0]
        == "cards: can't do authorise"
    )


def test_with_the_same_priority_the_order_of_the_plugins_decides():
    assert GatewayRegistry([factory("b"), factory("a")]).choose("EUR").factory.name == "b"


def test_where_none_can_the_error_explains():
    with pytest.raises(NotFound) as caught:
        GatewayRegistry(GATEWAYS[:1]).choose("XPF", "PF")
    assert str(caught.value) == "No payment gateway takes XPF in PF."
    assert caught.value.hint == "cards: does not take XPF"


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
