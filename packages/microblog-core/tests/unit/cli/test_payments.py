"""`microblog payments`: routes explain themselves; payments, refunds, the reconciler and the ledger."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.config import load_config
from microblog_core.defaults.sandbox import Decision
from microblog_core.domain.permissions import Actor
from microblog_core.services import accounts
from microblog_core.services.payments.offers import SetPayee, set_payee
from microblog_core.services.payments.settling import settle_payment
from microblog_core.services.payments.tips import BeginTip, begin_tip
from microblog_core.site import compose_site

MARKETS = {"GBP": "GB", "EUR": "DE", "JPY": "JP", "KWD": "KW", "BRL": "BR", "INR": "IN", "USD": "US"}


@pytest.fixture
def sandbox(data, migrated):
    """A freshly initialised site with the sandbox switched on, by configuration alone."""
    file = data / "microblog.toml"
    text = file.read_text().replace("[payments]\n", '[payments]\ngateways = ["sandbox"]\n')
    file.write_text(text + '\n[payments.routes]\n"INR:IN:membership" = []\n')
    return file


@pytest.fixture
def paid(sandbox, data):
    """Ids of a payment that was paid, and of one that was paid without anybody having heard of it."""

    async def work():
        config = load_config(data)
        async with compose_site(config, config.sites[0]) as site:
            people = []
            for name in ("ada", "bob"):
                command = accounts.SignUp(
                    username=name, email=f"{name}@example.org", password="correct horse battery"
                )
                people.append(Actor(account=await accounts.sign_up(site.ports, Actor(), command)))
            ada, bob = people
            await set_payee(site.ports, ada, SetPayee(currency="EUR"))
            ids = []
            for minor in (1250, 509):
                tip = BeginTip(account_id=ada.id, minor=minor)
                payment = await begin_tip(site.ports, bob, tip)
                await site.gateways.get("sandbox").decide(payment.gateway_id, Decision.PAY)
                ids.append(payment.id)
            await settle_payment(site.ports, ids[0], cause="request")
            return [str(each) for each in ids]

    return asyncio.run(work())


@pytest.mark.parametrize(("currency", "country"), MARKETS.items())
def test_seven_markets_are_routed_by_configuration_alone(microblog, sandbox, currency, country):
    for product in ("tip", "membership"):
        result = microblog("payments", "route", currency, country, product)
        if (currency, product) == ("INR", "membership"):
            assert result.exit_code == 1
            assert 'routes."INR:IN:membership": none' in result.output
            continue
        assert result.exit_code == 0 and "sandbox: chosen, priority -100" in result.output


def test_where_money_is_off_the_route_says_so(microblog):
    result = microblog("payments", "route", "EUR", "DE", "tip")
    assert result.exit_code == 1 and "payments.gateways is empty" in result.output
    assert microblog("payments", "route", "euro").exit_code == 1
    assert microblog("payments", "route", "EUR", "Germany").exit_code == 2


def test_payments_are_listed_and_shown(microblog, sandbox, paid):
    listed = microblog("payments", "list")
    assert listed.exit_code == 0, listed.output
    assert "12.50 EUR" in listed.output and "@bob" in listed.output and "captured" in listed.output
    assert paid[0] not in microblog("payments", "list", "--state", "pending").output
    assert "no such payment" in microblog("payments", "list", "--attention").output
    assert f"--before {paid[1]}" in microblog("payments", "list", "--limit", "1").output
    shown = microblog("payments", "show", paid[0]).output
    assert "gateway:sandbox 12.50" in shown and "Tip" not in shown
    assert microblog("payments", "show", "7").exit_code == 1


def test_a_part_is_given_back_and_the_ledger_stays_at_zero(microblog, paid):
    assert (
        microblog("payments", "refund", paid[0], "2,50", "--reason", "They asked").output
        == "2.50 EUR of 12.50 EUR are given back.\n"
    )
    assert microblog("payments", "refund", paid[0], "100").exit_code == 1
    assert microblog("payments", "refund", paid[0]).output == "12.50 EUR of 12.50 EUR are given back.\n"
    assert microblog("payments", "ledger", "check").output == "0.00 EUR\n"


def test_the_reconciler_is_called_by_hand(microblog, paid, monkeypatch):
    from microblog_core.services.payments import reconciling

    monkeypatch.setattr(reconciling, "YOUNG", -1000)
    result = microblog("payments", "reconcile")
    assert "1 asked about, 1 changed, 0 could not be asked." in result.output
    assert result.exit_code == 0


def test_the_ledger_is_written_as_csv(microblog, sandbox, paid):
    lines = microblog("payments", "ledger", "export").output.splitlines()
    assert lines[0] == "entry,at,payment,sequence,from,to,product,account,amount,currency,cause"
    assert len(lines) == 3
    assert lines[2].split(",")[2:] == [
        paid[0], "3", "pending", "captured", "tip", "gateway:sandbox", "12.50", "EUR", "request",
    ]  # fmt: skip


def test_an_empty_ledger_says_so(microblog, sandbox):
    assert "empty" in microblog("payments", "ledger", "check").output
    assert "Nobody has paid" in microblog("payments", "list").output
