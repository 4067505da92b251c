"""The providers that we test against: pages, webhooks over real HTTP, and mischief when it is asked for."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from types import ModuleType
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest

from microblog_core.config_payments import PaymentsConfig
from microblog_core.testing.receiver import Receiver
from microblog_core.testing.sites import site_with
from microblog_plugins.razorpay import plugin as razorpay
from microblog_plugins.stripe import plugin as stripe
from microblog_plugins.testing.providers import (
    CallFault,
    Mischief,
    Outcome,
    RazorpayProvider,
    RingFault,
    StripeProvider,
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


@pytest.fixture
def provider(receiver: Receiver) -> Iterator[StripeProvider]:
    with StripeProvider(endpoints=[f"{receiver.url}/hook"]) as made:
        yield made


class Answered(NamedTuple):
    status: int
    location: str
    text: str


def send(
    provider: StripeProvider, method: str, path: str, data: dict[str, str] | None = None, key: str = ""
) -> Answered:
    connection = http.client.HTTPConnection("127.0.0.1", provider.port, timeout=10)
    headers = {"Authorization": f"Bearer {provider.secret_key}", "Idempotency-Key": key}
    with closing(connection):
        connection.request(method, path, urlencode(data or {}), headers)
        answer = connection.getresponse()
        return Answered(answer.status, answer.headers.get("location", ""), answer.read().decode())


def begun(provider: StripeProvider) -> str:
    price = "line_items[0][price_data]"
    data = {
        "mode": "payment",
        "client_reference_id": "r1",
        "success_url": "https://example.org/back",
        "cancel_url": "https://example.org/away",
        f"{price}[currency]": "eur",
        f"{price}[unit_amount]": "500",
        f"{price}[product_data][name]": "A <tip>",
    }
    session_id: str = json.loads(send(provider, "POST", "/v1/checkout/sessions", data, "begin").text)["id"]
    return session_id


def test_a_payer_decides_on_a_page_and_comes_back(provider: StripeProvider) -> None:
    session_id = begun(provider)
    path = urlsplit(provider.page(session_id)).path
    page = send(provider, "GET", path).text
    assert "A &lt;tip&gt;: 500 eur" in page and 'value="paid"' in page
    back = send(provider, "POST", path, {"outcome": "back"})
    assert (back.status, back.location) == (303, "https://example.org/away")
    paid = send(provider, "POST", path, {"outcome": Outcome.PAID})
    assert (paid.status, paid.location) == (303, "https://example.org/back")
    assert 'value="paid"' not in send(provider, "GET", path).text
    assert [(each.what, each.minor, each.currency) for each in provider.log] == [
        ("begun", 500, "EUR"),
        ("captured", 500, "EUR"),
    ]
    assert send(provider, "GET", "/pay/nothing").status == 404


def test_what_it_does_not_know_it_refuses(provider: StripeProvider) -> None:
    assert send(provider, "POST", "/v1/checkout/sessions", {"colour": "red"}).status == 400
    assert send(provider, "GET", "/v1/checkout/sessions?colour=red").status == 400
    assert send(provider, "GET", "/v1/customers").status == 404
    assert send(provider, "POST", "/v1/customers").status == 404


def test_webhooks_come_again_until_they_are_taken(provider: StripeProvider, receiver: Receiver) -> None:
    receiver.status = 503
    provider.pay(begun(provider))
    receiver.wait_for(1)
    receiver.status = 204
    provider.quiet()
    statuses = [each.status for each in provider.deliveries]
    assert statuses[0] == 503 and statuses[-1] == 204


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        (RingFault.DUPLICATED, ["real", "real"]),
        (RingFault.LOST, []),
        (RingFault.DELAYED, ["real"]),
        (RingFault.FORGED, ["real", "forged"]),
        (RingFault.STALE, ["real", "stale"]),
    ],
)
def test_webhooks_are_treated_as_mischief_has_it(
    provider: StripeProvider, fault: RingFault, kinds: list[str]
) -> None:
    provider.mischief.delay_seconds = 0.05
    provider.mischief.script(fault)
    provider.pay(begun(provider))
    provider.quiet()
    assert [each.kind for each in provider.deliveries] == kinds


def test_webhooks_come_in_another_order(provider: StripeProvider) -> None:
    session_id = begun(provider)
    provider.mischief.script(RingFault.REORDERED)
    provider.pay(session_id)
    provider.dispute(session_id)
    provider.quiet()
    assert len(provider.deliveries) == 2


def test_the_same_seed_makes_the_same_mischief() -> None:
    def drawn(seed: int) -> list[object]:
        mischief = Mischief(seed, calls={CallFault.ERROR_AFTER: 0.3}, rings={RingFault.LOST: 0.5})
        return [mischief.for_call(changes=True) for _ in range(20)] + [mischief.for_ring() for _ in range(20)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert {CallFault.ERROR_AFTER, RingFault.LOST, None} == set(drawn(1))


def test_calls_that_only_look_are_spared_what_comes_after_an_act() -> None:
    mischief = Mischief(calls={CallFault.ERROR_AFTER: 1.0})
    assert mischief.for_call(changes=False) is None
    mischief.end()
    assert mischief.for_call(changes=True) is None


def test_a_provider_that_was_stopped_goes_on_where_it_was() -> None:
    provider = RazorpayProvider()
    provider.start()
    port = provider.port
    provider.stop()
    with provider:
        assert provider.port == port


@pytest.mark.parametrize(("name", "plugin"), [("stripe", stripe), ("razorpay", razorpay)])
def test_a_provider_of_ones_own_says_what_a_site_needs(name: str, plugin: ModuleType) -> None:
    command = [sys.executable, "-m", "microblog_plugins.testing.providers", name, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5 if name == "razorpay" else 4)]
        settings = tomllib.loads("".join(lines))["plugins"]
        process.terminate()
        assert process.wait(60) == 0
    site = site_with({name: plugin}, settings=settings, payments=PaymentsConfig(gateways=(name,)))
    assert site.gateways.route("INR").gateways == (name,)
