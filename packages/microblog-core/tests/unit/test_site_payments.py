"""A site's gateways: off by default, chosen by configuration, taken over by a plugin and one line of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from microblog_core.config import load_config
from microblog_core.config_payments import PaymentsConfig
from microblog_core.contributions import GatewayFactory, Manifest
from microblog_core.defaults.sandbox import Decision, MemoryShelf, SandboxGateway
from microblog_core.domain.errors import ConfigurationError, NotFound
from microblog_core.domain.payments import PaymentState
from microblog_core.domain.permissions import Actor
from microblog_core.hookspecs import hookimpl
from microblog_core.services import accounts
from microblog_core.services.payments.offers import SetPayee, set_payee
from microblog_core.services.payments.tips import BeginTip, begin_tip
from microblog_core.services.payments.webhooks import Received, receive_webhook
from microblog_core.testing.sites import site_with


class Bank(SandboxGateway):
    """Somebody else's gateway."""

    name = "bank"


@hookimpl
def register_gateways(site):
    def make():
        return Bank(site.secret("bank"), MemoryShelf(), site.ports.clock, lambda each: f"/bank/{each}")

    return [GatewayFactory(name="bank", make=make, currencies=frozenset({"EUR"}), priority=10)]


BANK = SimpleNamespace(PLUGIN=Manifest(name="bank"), register_gateways=register_gateways)


def site_of(*gateways, **changes):
    return site_with({"bank": BANK}, payments=PaymentsConfig(gateways=gateways, **changes))


def test_money_is_off_by_default():
    site = site_with({"bank": BANK})
    assert site.gateways.names == () and site.gateways.route("EUR").gateways == ()
    assert "runtime.payments" not in [each.name for each in site.contributions.schedules]


async def tip_on(site, currency):
    people = [
        Actor(
            account=await accounts.sign_up(
                site.ports,
                Actor(),
                accounts.SignUp(username=name, email=f"{name}@example.org", password="correct horse battery"),
            )
        )
        for name in ("ada", "bob")
    ]
    await set_payee(site.ports, people[0], SetPayee(currency=currency))
    return await begin_tip(site.ports, people[1], BeginTip(account_id=people[0].id, minor=500))


@pytest.mark.parametrize(("currency", "gateway"), [("EUR", "bank"), ("JPY", "sandbox")])
async def test_a_plugin_takes_over_a_currency_by_one_line_of_configuration(currency, gateway):
    async with site_of("sandbox", "bank") as site:
        assert "runtime.payments" in [each.name for each in site.contributions.schedules]
        payment = await tip_on(site, currency)
        assert (payment.gateway, payment.state) == (gateway, PaymentState.PENDING)
        maker = site.gateways.get(gateway)
        await maker.decide(payment.gateway_id, Decision.PAY)
        headers, body = await maker.webhook(payment.gateway_id)
        # The sandbox writes its own name into what it says; the notice is all that counts.
        assert await receive_webhook(site.ports, gateway, headers, body) is Received.STORED


async def test_webhooks_of_another_site_with_the_same_key_are_refused():
    async with site_of("sandbox") as site:
        payment = await tip_on(site, "EUR")
        other = site_of("sandbox")
        secret = site_with({"bank": BANK}, name="other").secret("sandbox gateway")
        assert secret != site.secret("sandbox gateway") == other.secret("sandbox gateway")
        stranger = SandboxGateway(secret, MemoryShelf(), site.ports.clock, str)
        _, body = await site.gateways.get("sandbox").webhook(payment.gateway_id)
        with pytest.raises(Exception, match="signature"):
            await receive_webhook(site.ports, "sandbox", stranger.signed(body, site.ports.clock.now()), body)


def test_a_gateway_that_nobody_offers_is_warned_of(caplog):
    site = site_of("ghost")
    assert site.gateways.missing == ("ghost",)
    assert "'ghost'" in caplog.text
    with pytest.raises(NotFound):
        site.gateways.get("ghost")


def configured(tmp_path, text):
    (tmp_path / "microblog.toml").write_text(text)
    return load_config(tmp_path, environ={"MICROBLOG_SECRET_KEY": "0" * 64})


def test_what_is_said_for_all_sites_is_replaced_key_by_key(tmp_path):
    config = configured(
        tmp_path,
        '[payments]\ngateways = ["sandbox"]\ngrace_days = 1\n'
        '[sites.a]\nhosts = ["a.example"]\n'
        '[sites.b]\nhosts = ["b.example"]\n[sites.b.payments]\ngateways = []\n',
    )
    a, b = (site.payments for site in config.sites)
    assert (a.gateways, b.gateways, a.grace_days, b.grace_days) == (("sandbox",), (), 1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        'routes = {"euro" = ["sandbox"]}',
        'routes = {"EUR" = ["other"]}',
        'countries = {other = ["DE"]}',
        'countries = {sandbox = ["Germany"]}',
        'country_default = "Germany"',
        "grace_days = -1",
        "minimum = {EUR = 0}",
        "maximum = {euro = 5}",
        "nonsense = 1",
    ],
)
def test_what_can_not_be_meant_so_is_refused(tmp_path, wrong):
    with pytest.raises(ConfigurationError, match="payments"):
        configured(tmp_path, f'[payments]\ngateways = ["sandbox"]\n{wrong}\n')


def test_the_environment_names_gateways_too(tmp_path):
    environ = {"MICROBLOG_SECRET_KEY": "0" * 64, "MICROBLOG_PAYMENTS__GATEWAYS": "sandbox, bank"}
    assert load_config(tmp_path, environ=environ).sites[0].payments.gateways == ("sandbox", "bank")
