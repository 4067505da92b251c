"""Money: minor units, currencies of different digits, amounts that are read and refused."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microblog_core.domain.errors import Invalid
from microblog_core.domain.money import EXPONENTS, Money, check_money, parse_amount

CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD", *EXPONENTS])


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1234, "EUR"), "12.34 EUR"),
        (Money(5, "EUR"), "0.05 EUR"),
        (Money(-5, "EUR"), "-0.05 EUR"),
        (Money(0, "EUR"), "0.00 EUR"),
        (Money(1234, "JPY"), "1234 JPY"),
        (Money(-1234, "JPY"), "-1234 JPY"),
        (Money(1234, "KWD"), "1.234 KWD"),
        (Money(4, "KWD"), "0.004 KWD"),
    ],
)
def test_money_is_written_with_the_digits_of_its_currency(money: Money, text: str) -> None:
    assert str(money) == text


@given(st.integers(-(10**15), 10**15), CURRENCIES)
def test_what_is_written_is_the_same_amount(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    amount, _, code = str(money).partition(" ")
    assert code == currency
    assert Decimal(amount).scaleb(money.exponent) == minor
    assert len(amount.partition(".")[2]) == money.exponent


def test_digits_follow_iso_4217() -> None:
    assert [Money(1, code).exponent for code in ("EUR", "JPY", "KWD", "CLP", "TND")] == [2, 0, 3, 0, 3]


@given(st.integers(), st.text(max_size=5) | CURRENCIES)
def test_an_amount_is_positive_in_a_currency_or_refused(minor: int, currency: str) -> None:
    try:
        money = check_money(minor, currency)
    except Invalid:
        assert not (0 < minor < 10**12 and re.fullmatch("[A-Z]{3}", currency))
    else:
        assert 0 < money.minor < 10**12
        assert re.fullmatch("[A-Z]{3}", money.currency)


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "ÄÖÜ", "E R", "123"])
def test_what_is_no_currency_names_its_field(currency: str) -> None:
    with pytest.raises(Invalid) as invalid:
        check_money(1, currency)
    assert list(invalid.value.fields) == ["currency"]


@pytest.mark.parametrize("minor", [0, -1, 10**12])
def test_what_is_no_amount_names_its_field(minor: int) -> None:
    with pytest.raises(Invalid) as invalid:
        check_money(minor, "EUR")
    assert list(invalid.value.fields) == ["amount"]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12,50", "EUR", 1250),
        ("12.50", "EUR", 1250),
        ("12,5", "EUR", 1250),
        (" 12 ", "EUR", 1200),
        ("1 200", "EUR", 120000),
        ("1\u202f200,50", "EUR", 120050),
        ("1.200,50", "EUR", 120050),
        ("1,200.50", "EUR", 120050),
        ("1'200.50", "CHF", 120050),
        ("1.200.000", "EUR", 120000000),
        ("500", "JPY", 500),
        ("1,200", "JPY", 1200),
        ("1.234", "KWD", 1234),
        ("1,2", "KWD", 1200),
    ],
)
def test_amounts_are_read_as_people_type_them(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.200", "EUR"),
        ("1,5", "JPY"),
        ("1.2345", "KWD"),
        ("1.200.50", "EUR"),
        ("1,200.1,5", "EUR"),
        ("", "EUR"),
        ("-5", "EUR"),
        ("0,00", "EUR"),
        ("12,", "EUR"),
        ("\uff11\uff12", "EUR"),
        ("1e3", "EUR"),
        ("5 \u20ac", "EUR"),
        ("9" * 17, "EUR"),
    ],
)
def test_what_is_not_clear_is_asked_for_again(text: str, currency: str) -> None:
    with pytest.raises(Invalid) as invalid:
        parse_amount(text, currency)
    assert list(invalid.value.fields) == ["amount"]


@given(st.integers(1, 10**12 - 1), CURRENCIES)
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert parse_amount(money.amount, currency) == money
    assert parse_amount(money.amount.replace(".", ","), currency) == money
