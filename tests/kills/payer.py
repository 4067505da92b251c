"""Pays on a site until somebody kills the process: `python payer.py DATA SEED`. Lines on standard output are
payments that were begun.

The sandbox's answers are lost at random, its webhooks come not at all, once or twice, in any order.
"""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

from microblog_core.config import load_config
from microblog_core.defaults.sandbox import Decision, SandboxGateway
from microblog_core.domain.errors import MicroblogError
from microblog_core.domain.payments import Interval
from microblog_core.domain.permissions import Actor
from microblog_core.runtime.payments import payment_jobs
from microblog_core.services.payments.memberships import BeginMembership, begin_membership
from microblog_core.services.payments.refunds import RefundPayment, refund_payment
from microblog_core.services.payments.tips import BeginTip, begin_tip
from microblog_core.services.payments.webhooks import receive_webhook
from microblog_core.site import Site, compose_site

LEASE = 1500


def faulty(gateway: SandboxGateway, chance: random.Random) -> None:
    """Lose answers, and what was sent, at random."""
    for name in ("begin", "fetch", "capture", "refund", "subscribe", "fetch_subscription"):
        real = getattr(gateway, name)

        async def call(*arguments: object, real: object = real, **named: object) -> object:
            if chance.random() < 0.05:
                raise ConnectionResetError("not sent")
            result = await real(*arguments, **named)  # type: ignore[operator]
            if chance.random() < 0.05:
                raise ConnectionResetError("not heard")
            return result

        setattr(gateway, name, call)


async def run_jobs(site: Site, *, ahead: int = 0) -> None:
    """What is due, with leases so short that whoever comes next need not wait for the dead; also what is due
    so many milliseconds later.
    """
    kinds = {kind.name: kind for kind in payment_jobs(lambda: site.ports)}
    queue, now = site.storage.queue, site.ports.clock.now()
    for job in await queue.claim(now + ahead, limit=20, lease=LEASE, kinds=tuple(kinds)):
        try:
            await kinds[job.kind].handler(job)
        except (OSError, MicroblogError) as error:
            await queue.retry(job, due_at=site.ports.clock.now() + 200, error=str(error))
        else:
            await queue.finish([job])


async def pay(data: Path, seed: int) -> None:
    """One payment after the other, several at once."""
    config, chance = load_config(data), random.Random(seed)
    async with compose_site(config, config.sites[0]) as site:
        gateway = site.gateways.get("sandbox")
        assert isinstance(gateway, SandboxGateway)
        faulty(gateway, chance)
        accounts = {each.username: each for each in await site.storage.accounts.by_names([("ada", "")])}
        ada = Actor(account=accounts["ada"])
        payers = await site.storage.accounts.by_names([(f"payer{number}", "") for number in range(8)])
        (tier, *_) = await site.ports.storage.payments.tiers(ada.id or 0)  # type: ignore[attr-defined]

        async def once() -> None:
            payer = Actor(account=chance.choice(payers))
            if chance.random() < 0.1:
                begun = await begin_membership(
                    site.ports, payer, BeginMembership(tier_id=tier.id, interval=Interval.MONTH)
                )
            else:
                minor = 100 * chance.randint(2, 90) + chance.randint(0, 12)
                begun = await begin_tip(  # type: ignore[assignment]
                    site.ports, payer, BeginTip(account_id=ada.id or 0, minor=minor)
                )
            print(begun.id, flush=True)
            if not begun.gateway_id:
                return
            await gateway.decide(
                begun.gateway_id, chance.choice((Decision.PAY, Decision.PAY, Decision.DECLINE))
            )
            made = await gateway.webhook(begun.gateway_id)
            for _ in range(chance.choice((0, 1, 1, 2)) if made else 0):
                await receive_webhook(site.ports, "sandbox", *(made or ({}, b"")))
            await run_jobs(site)
            if chance.random() < 0.15:
                back = RefundPayment(payment_id=begun.id, minor=chance.randint(1, 150))
                await refund_payment(site.ports, ada, back)

        async def again_and_again() -> None:
            while True:
                try:
                    await once()
                except (OSError, MicroblogError):
                    await asyncio.sleep(0)

        await asyncio.gather(*(again_and_again() for _ in range(4)))


if __name__ == "__main__":
    asyncio.run(pay(Path(sys.argv[1]), int(sys.argv[2])))
