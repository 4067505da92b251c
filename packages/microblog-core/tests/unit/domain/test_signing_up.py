"""Patterns of blocked mail addresses, and how an invitation ends."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import Invalid
from microblog_core.domain.signing_up import (
    Invitation,
    check_life,
    check_pattern,
    check_reason,
    check_uses,
    normal_address,
    patterns_of,
)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("Eve+news@Example.ORG ", "eve@example.org"),
        ("e.v.e+x@gmail.com", "eve@gmail.com"),
        ("e.v.e@example.org", "e.v.e@example.org"),
        ("eve@Bücher.example.", "eve@xn--bcher-kva.example"),
    ],
)
def test_an_address_has_one_normal_spelling(typed: str, normal: str) -> None:
    assert normal_address(typed) == normal


def test_an_address_is_blocked_by_itself_and_by_every_domain_above_it() -> None:
    assert patterns_of("Eve+1@a.spam.example") == ("eve@a.spam.example", "a.spam.example", "spam.example")


@pytest.mark.parametrize(
    ("typed", "pattern"),
    [
        (" Spam.Example ", "spam.example"),
        ("@spam.example", "spam.example"),
        ("*.spam.example", "spam.example"),
        ("Eve+1@spam.example", "eve@spam.example"),
    ],
)
def test_domains_and_addresses_can_be_blocked(typed: str, pattern: str) -> None:
    assert check_pattern(typed) == pattern
    assert check_pattern(pattern) == pattern


@pytest.mark.parametrize(
    "typed", ["", "org", "spam", "a b.example", "eve@", "http://spam.example", "x" * 300]
)
def test_what_is_neither_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_pattern(typed)
    assert set(refused.value.fields) == {"pattern"}


def test_an_invitation_ends_by_uses_time_or_revoking() -> None:
    made = Invitation(id=1, account_id=2, code="x", uses_max=2, uses=1, expires_at=100, created_at=1)
    assert made.usable(99)
    assert not made.usable(100)
    assert not Invitation(id=1, account_id=2, code="x", uses_max=2, uses=2, created_at=1).usable(1)
    assert not Invitation(id=1, account_id=2, code="x", revoked_at=1, created_at=1).usable(1)
    assert Invitation(id=1, account_id=2, code="x", uses=10**6, created_at=1).usable(10**15)


def test_values_outside_of_their_bounds_are_refused_at_their_field() -> None:
    for check, value, field in (
        (check_uses, -1, "uses_max"),
        (check_uses, 1001, "uses_max"),
        (check_life, -1, "lasts"),
    ):
        with pytest.raises(Invalid) as refused:
            check(value)
        assert set(refused.value.fields) == {field}
    for reason, needed in (("", True), ("x" * 1001, False)):
        with pytest.raises(Invalid):
            check_reason(reason, needed=needed)
    assert check_reason(" I like tea.\r\n", needed=True) == "I like tea."
