"""Kill processes at random moments while people pay, with answers lost and webhooks gone or doubled: the
ledger balances to zero, what was captured is credited once, and entitlements are what the provider's log
says.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from microblog_core.config import load_config
from microblog_core.defaults.sandbox_log import payment_of
from microblog_core.domain.ledger import MONEY, PAID
from microblog_core.domain.payments import PaymentState, SubscriptionState
from microblog_core.domain.permissions import Actor
from microblog_core.services import accounts
from microblog_core.services.payments import reconciling
from microblog_core.services.payments.jobs import SETTLE_JOB
from microblog_core.services.payments.offers import PutTier, SetPayee, put_tier, set_payee
from microblog_core.site import Site, compose_site

from . import payer
from .conftest import Install

KILLS = max(int(os.environ.get("MICROBLOG_KILLS", "12")) // 3, 2)
PAYMENTS = int(os.environ.get("MICROBLOG_PAYMENTS", "0")) or KILLS * 15
"""So many are begun at least, in all."""
FAST = {"pay": (1_000_000, 1.0), "sign_up": (1000, 1.0), "tiers": (1000, 1.0), "payee": (1000, 1.0)}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


async def seed(data: Path) -> None:
    """ada, who is paid, and her payers."""
    config = load_config(data)
    async with compose_site(config, config.sites[0]) as site:
        for name in ("ada", *(f"payer{number}" for number in range(8))):
            command = accounts.SignUp(
                username=name, email=f"{name}@example.org", password="correct horse battery"
            )
            account = await accounts.sign_up(site.ports, Actor(), command)
            if name == "ada":
                await set_payee(site.ports, Actor(account=account), SetPayee(currency="EUR"))
                await put_tier(site.ports, Actor(account=account), PutTier(name="Friends", monthly=300))


def killed(data: Path, number: int, wanted: int, chance: random.Random) -> int:
    """A process that pays until it is killed; how many payments it said that it began."""
    process = subprocess.Popen(
        [sys.executable, payer.__file__, str(data), str(number)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    # Any moment within the work on the last one.
    for _ in range(wanted):
        assert process.stdout.readline(), "it ended by itself"
    try:
        process.wait(chance.uniform(0.0, 0.05))
    except subprocess.TimeoutExpired:
        process.kill()
    rest, _ = process.communicate()
    return wanted + len(rest.splitlines())


async def settle_everything(data: Path) -> None:
    """The site goes on without faults: jobs run, and the reconciler asks about all."""
    config = load_config(data)
    async with compose_site(config, config.sites[0]) as site:
        await asyncio.sleep(payer.LEASE / 1000)
        for _ in range(3):
            # What somebody was about to do is looked at a minute later.
            while await site.storage.queue.next_due((SETTLE_JOB,)) is not None:
                await payer.run_jobs(site, ahead=120_000)
            await reconciling.reconcile(site.ports, everything=True)
        await check(site)


async def check(site: Site) -> None:
    """Replay what the provider remembers, and compare."""
    read, gateway = site.ports.storage.payments, site.gateways.get("sandbox")  # type: ignore[attr-defined]
    now, owed = site.ports.clock.now(), 0
    for gateway_id, log in (await gateway.logs()).items():  # type: ignore[attr-defined]
        if "-" in gateway_id:
            continue
        if log[0].interval is not None:
            status = await gateway.fetch_subscription(gateway_id)  # type: ignore[attr-defined]
            membership = await read.membership_by_gateway("sandbox", gateway_id)
            if membership is None:
                assert not status.payments
                continue
            until = max((each.period_end for each in status.payments if each.state in PAID), default=0)
            assert membership.paid_until == until
            alive = status.state is SubscriptionState.ACTIVE
            assert membership.access_until == until + (site.gateways.rules.grace if alive and until else 0)
            for each in status.payments:
                payment = await read.by_gateway("sandbox", each.gateway_id)
                assert (payment.state, payment.refunded_minor) == (each.state, each.refunded_minor)
                owed += each.amount.minor - each.refunded_minor
            continue
        status = payment_of(gateway_id, log, now)
        payment = await read.by_gateway("sandbox", gateway_id)
        if status.state not in MONEY:
            assert payment is None or payment.state not in MONEY
            continue
        assert (payment.state, payment.refunded_minor) == (status.state, status.refunded_minor)
        credits = [each for each in await read.entries(payment.id) if each.before not in MONEY and each.lines]
        assert len(credits) == 1
        if status.state not in (PaymentState.DISPUTED, PaymentState.CHARGED_BACK):
            owed += status.amount.minor - status.refunded_minor
    assert [each.minor for each in await read.ledger_balance()] == [0]
    (ada,) = await site.storage.accounts.by_names([("ada", "")])
    assert sum(-each.minor for each in await read.balances(f"author:{ada.id}")) == owed > 0


def test_what_was_captured_is_credited_once_whatever_dies(
    new_site: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody begins anything any more: what is young is nobody else's business.
    monkeypatch.setattr(reconciling, "YOUNG", -1000)
    chance = random.Random(11)
    installation = new_site(FAST)
    installation.configure('\n[payments]\ngateways = ["sandbox"]\n')
    if installation.is_sqlite:
        installation.command("migrate")
    asyncio.run(seed(installation.data))
    begun = sum(killed(installation.data, number, PAYMENTS // KILLS, chance) for number in range(KILLS))
    assert begun >= PAYMENTS
    asyncio.run(settle_everything(installation.data))
    assert installation.command("payments", "ledger", "check") == "0.00 EUR\n"
