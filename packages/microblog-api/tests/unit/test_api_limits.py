"""How often the API may be asked, and what its answers say of that."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from litestar import get

from microblog_api import limits
from microblog_core.domain.accounts import Account
from microblog_core.domain.permissions import SYSTEM
from microblog_core.services import accounts
from microblog_core.testing.tokens import make_token


async def _tokens(site: Any, *names: str) -> list[str]:
    """A token for each of these; names that occur again are the same person."""
    people: dict[str, Account] = {}
    for name in names:
        if name not in people:
            command = accounts.CreateAccount(
                username=name, email=f"{name}@example.org", password="correct horse"
            )
            people[name] = await accounts.create_account(site.ports, SYSTEM, command)
    return [await make_token(site.ports, people[name]) for name in names]


def _left(answer: Any) -> tuple[int, int]:
    return int(answer.headers["x-ratelimit-limit"]), int(answer.headers["x-ratelimit-remaining"])


def _as(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_every_answer_says_what_is_left_and_until_when(serving: Any) -> None:
    async with serving() as http:
        before = datetime.datetime.now(datetime.UTC)
        first, second = await http.get("/api/v1/instance"), await http.get("/api/v1/nothing")
    times, seconds = limits.RATES["api_anonymous"]
    assert (_left(first), _left(second)) == ((times, times - 1), (times, times - 2))
    reset = first.headers["x-ratelimit-reset"]
    assert reset == second.headers["x-ratelimit-reset"]
    assert reset.endswith("Z") and len(reset) == len("2026-01-31T12:00:00.000Z")
    until = datetime.datetime.fromisoformat(reset) - before
    assert seconds - 1 <= until.total_seconds() <= seconds + 10


async def test_too_many_are_429_with_everything_that_clients_wait_by(serving: Any) -> None:
    async with serving(rates={"api_anonymous": (2, 60.0)}) as http:
        answers = [await http.get("/api/v1/instance") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    refused = answers[-1]
    assert refused.json()["error"] == "Too many requests"
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert _left(refused) == (2, 0)
    assert refused.headers["x-ratelimit-reset"] == answers[0].headers["x-ratelimit-reset"]


async def test_tokens_count_apart_and_together_for_their_account(serving: Any) -> None:
    async with serving(rates={"api": (3, 60.0), "api_account": (5, 60.0)}) as http:
        one, two, bob = await _tokens(http.site, "ada", "ada", "bob")
        ask = "/api/v1/instance"
        assert [(await http.get(ask, headers=_as(one))).status_code for _ in range(4)] == [200] * 3 + [429]
        second = [await http.get(ask, headers=_as(two)) for _ in range(3)]
        assert [answer.status_code for answer in second] == [200, 200, 429]
        assert _left(second[1]) == (5, 0)
        assert (await http.get(ask, headers=_as(bob))).status_code == 200
        assert (await http.get(f"{ask}?access_token={bob}")).status_code == 200
        assert _left(await http.get(ask)) == (1500, 1499)


async def test_tokens_that_nobody_knows_count_for_the_address(serving: Any) -> None:
    async with serving(rates={"api_anonymous": (3, 60.0)}) as http:
        answers = [await http.get("/api/v1/instance", headers=_as(f"guess{number}")) for number in range(4)]
    assert [answer.status_code for answer in answers] == [401] * 3 + [429]


async def test_pages_that_people_see_are_not_counted(serving: Any) -> None:
    async with serving(rates={"api_anonymous": (1, 60.0)}) as http:
        for _ in range(3):
            answer = await http.get("/oauth/authorize")
            assert answer.status_code == 400
            assert "x-ratelimit-limit" not in answer.headers


async def test_a_refused_request_reaches_no_resource(serving: Any) -> None:
    asked = []

    @get("/count")
    async def count() -> None:
        asked.append(1)

    async with serving([count], rates={"api_anonymous": (1, 60.0)}) as http:
        for _ in range(3):
            await http.get("/api/x/test/count")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_home_with_many_addresses_is_one(address: str, network: str) -> None:
    assert limits._network(address) == network


def test_moments_have_milliseconds_and_a_z() -> None:
    assert limits._iso(1_500) == b"1970-01-01T00:00:01.500Z"
    assert limits._iso(253_402_300_799_999) == b"9999-12-31T23:59:59.999Z"
