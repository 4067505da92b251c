"""The gateway keeps core's contract, and takes over its currency by being installed and named."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping

import pytest
from bank import SECRET, TOKEN, Bank
from microblog_pix import plugin
from microblog_pix.gateway import PixGateway
from microblog_pix.plugin import CAPABILITIES, PixSettings

from microblog_core.config_payments import PaymentsConfig
from microblog_core.domain.errors import Declined, Unavailable
from microblog_core.domain.payments import Product
from microblog_core.plugins.settings import Secret
from microblog_core.testing.gateways import GatewaySuite, payment_request
from microblog_core.testing.servers import free_port
from microblog_core.testing.sites import site_with

NOW = 1_767_225_600_000


class PixRig:
    """The gateway with the bank."""

    capabilities = CAPABILITIES
    currency = "BRL"

    def __init__(self, bank: Bank, address: str = "", token: str = TOKEN) -> None:
        self.bank = bank
        settings = PixSettings(
            address=address or bank.address, token=Secret(token), webhook_secret=Secret(SECRET)
        )
        self.gateway = PixGateway(settings)

    def now(self) -> int:
        return NOW

    async def pay(self, gateway_id: str) -> None:
        self.bank.pay(gateway_id)

    async def webhook(
        self, gateway_id: str, *, at: int, forged: bool = False
    ) -> tuple[Mapping[str, str], bytes]:
        return self.bank.webhook(gateway_id, at, secret="guessed" if forged else SECRET)


@pytest.fixture
def bank() -> Iterator[Bank]:
    with Bank() as bank:
        yield bank


@pytest.fixture
def rig(bank: Bank) -> PixRig:
    return PixRig(bank)


class TestPix(GatewaySuite):
    """Everything that core asks of a gateway."""


async def test_only_what_surely_did_nothing_lets_core_try_another_gateway(bank: Bank, rig: PixRig) -> None:
    nobody = PixRig(bank, address=f"http://127.0.0.1:{free_port()}")
    stranger = PixRig(bank, token="guessed")
    for other in (nobody, stranger):
        with pytest.raises(Unavailable):
            await other.gateway.begin(payment_request(other), key="a")
    with pytest.raises(Declined):
        await rig.gateway.begin(payment_request(rig, minor=0), key="a")
    bank.silent = True
    with pytest.raises(http.client.RemoteDisconnected):
        await rig.gateway.begin(payment_request(rig), key="a")
    bank.silent = False
    assert (await rig.gateway.begin(payment_request(rig), key="a")).gateway_id in bank.charges
    assert len(bank.charges) == 1


def test_it_takes_over_its_currency_and_nothing_else() -> None:
    def chosen(currency: str, *names: str, product: Product = Product.TIP) -> tuple[str, ...]:
        settings = {"pix": {"address": "https://pix.bank.example", "token": "t", "webhook_secret": "w"}}
        payments = PaymentsConfig(gateways=names)
        site = site_with({"pix": plugin}, settings=settings, payments=payments)
        return site.gateways.route(currency, "BR", product).gateways

    assert chosen("BRL", "sandbox") == ("sandbox",)
    assert chosen("BRL", "sandbox", "pix") == ("pix", "sandbox")
    assert chosen("EUR", "sandbox", "pix") == ("sandbox",)
    assert chosen("BRL", "sandbox", "pix", product=Product.MEMBERSHIP) == ("sandbox",)
