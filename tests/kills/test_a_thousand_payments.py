"""A thousand payments against providers that misbehave, while the site's processes are killed: every one is
credited once, and members have access to what they paid for. With MICROBLOG_PAYMENTS and MICROBLOG_KILLS
it takes longer and says more.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from microblog_core.config import load_config
from microblog_core.domain.accounts import Account
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Visibility
from microblog_core.ports.payments import payments_of
from microblog_core.runtime.payments import payment_jobs
from microblog_core.services.payments.offers import PutTier, SetPayee, put_tier, set_payee
from microblog_core.services.payments.reconciling import reconcile
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.services.timelines import read_posts
from microblog_core.site import Site, compose_site
from microblog_core.testing.servers import BackgroundProcess, free_port
from microblog_plugins.testing.providers import (
    CallFault,
    Mischief,
    RazorpayProvider,
    RingFault,
    StripeProvider,
)

from .conftest import Install, NewBrowser
from .harness import LIFTED, Installation, newcomers
from .payers import Payer
from .replay import Replay, check_credits, check_entitlements, check_ledger

PAYMENTS = int(os.environ.get("MICROBLOG_PAYMENTS", "1000"))
KILLS = int(os.environ.get("MICROBLOG_KILLS", "12"))
PAYERS = 20
ANSWERS = 3
"""So many answers the site gives for a payment, or more."""
DAY = 24 * 3600
HOUR = 3600 * 1000
RATES = {**LIFTED, "pay": (1_000_000, 1.0), "payment_returns": (1_000_000, 1.0)}
AMOUNTS = {"EUR": "12.50", "USD": "3", "JPY": "500", "KWD": "1.230", "INR": "250"}
"""What is tipped; the author of a currency is named like it."""
MONTHLY = {"EUR": 500, "USD": 450, "JPY": 700, "KWD": 1500}
CALLS = {
    CallFault.SLOW: 0.02,
    CallFault.ERROR_BEFORE: 0.03,
    CallFault.ERROR_AFTER: 0.03,
    CallFault.TIMEOUT_AFTER: 0.01,
    CallFault.BROKEN_AFTER: 0.03,
}
RINGS = {
    RingFault.DUPLICATED: 0.1,
    RingFault.REORDERED: 0.1,
    RingFault.DELAYED: 0.1,
    RingFault.LOST: 0.15,
    RingFault.FORGED: 0.05,
    RingFault.STALE: 0.05,
}
SETTINGS = """
[payments]
gateways = ["stripe", "razorpay"]
[payments.routes]
INR = ["razorpay"]
USD = ["stripe", "razorpay"]
[plugins.stripe]
secret_key = "{stripe.secret_key}"
webhook_secret = "{stripe.webhook_secret}"
api_base = "{stripe.url}"
seconds = 2.0
[plugins.razorpay]
key_id = "{razorpay.key_id}"
key_secret = "{razorpay.key_secret}"
webhook_secret = "{razorpay.webhook_secret}"
api_base = "{razorpay.url}"
currencies = ["INR", "USD"]
seconds = 2.0
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


class Later:
    """A clock an hour ahead: what waits is due."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000 + HOUR


@dataclass
class Town:
    """A site with authors who are paid, and the providers."""

    installation: Installation
    stripe: StripeProvider
    razorpay: RazorpayProvider
    chance: random.Random

    def __post_init__(self) -> None:
        self.letters: dict[str, int] = {}
        self.tiers: dict[str, int] = {}
        self.killed: Counter[str] = Counter()
        self.to_lose: list[str] = []

    @contextlib.asynccontextmanager
    async def site(self, clock: Later | None = None) -> AsyncIterator[Site]:
        config = load_config(self.installation.data)
        async with compose_site(config, config.sites[0], clock=clock) as site:
            yield site

    async def account(self, site: Site, name: str) -> Account:
        found = await site.storage.accounts.by_name(name)
        assert found is not None
        return found

    async def open_shops(self) -> None:
        """Each author takes one currency; most have members, and have written something for them."""
        async with self.site() as site:
            for currency in AMOUNTS:
                actor = Actor(account=await self.account(site, currency.lower()))
                await set_payee(site.ports, actor, SetPayee(currency=currency))
                if currency in MONTHLY:
                    command = PutTier(name="Friends", monthly=MONTHLY[currency])
                    self.tiers[currency] = (await put_tier(site.ports, actor, command)).id
                    letter = PublishPost(text="For members", visibility=Visibility.MEMBERS)
                    self.letters[currency] = (await publish_post(site.ports, actor, letter)).post.id

    def surely(self, act: str, object_id: str) -> None:
        """What happens at the provider alone, and is told by a webhook alone: that isn't lost."""
        stripe = self.stripe
        with stripe.lock:
            stripe.mischief.next_rings.append(None)
            if act == "dispute":
                stripe.dispute(object_id)
            elif act == "refund":
                books = stripe.books
                session, invoice = books.sessions.get(object_id), books.invoices.get(object_id, {})
                intent = invoice.get("_intent") if session is None else session["payment_intent"]
                books.refund({"payment_intent": intent, "amount": "100"})
            else:
                stripe.decide(object_id, won=act == "won")

    async def misfortunes(self) -> None:
        """Banks ask for money back and decide, and somebody gives money back on the provider's own pages."""
        taken = [each.object_id for each in self.stripe.log if each.what == "captured"]
        for number, object_id in enumerate(self.chance.sample(taken, min(len(taken), 20))):
            self.surely("refund" if number % 4 == 0 else "dispute", object_id)
            if number % 4 == 2:
                self.surely("won", object_id)
            if number % 4 == 3:
                self.to_lose.append(object_id)
            await asyncio.sleep(0.05)

    async def a_month_later(self) -> None:
        """Periods are over; some are not paid at once."""
        sessions = sorted({each.part_of for each in self.stripe.log if each.part_of})
        self.stripe.failing.update(self.chance.sample(sessions, len(sessions) // 8))
        await asyncio.to_thread(self.stripe.advance, 31 * DAY)


async def strikes(town: Town, payers: list[Payer], parts: list[BackgroundProcess]) -> None:
    """Kill this and that in step with the payers, so that something is always on its way; it starts again at
    once.
    """
    while True:
        between = max(10, PAYMENTS * ANSWERS // KILLS)
        enough = _answers(payers) + town.chance.randint(between // 3, between)
        while _answers(payers) < enough:
            await asyncio.sleep(0.02)
        await asyncio.sleep(town.chance.uniform(0.0, 0.3))
        part = town.chance.choice(parts)
        part.kill()
        town.killed[part.log.stem] += 1
        await asyncio.to_thread(part.start)
        if town.killed.total() % 4 == 0:
            # The provider is away for a moment.
            await asyncio.to_thread(town.stripe.stop)
            await asyncio.sleep(0.5)
            town.stripe.start()


def _answers(payers: list[Payer]) -> int:
    return sum(payer.answers for payer in payers)


async def pay_everything(town: Town, payers: list[Payer]) -> None:
    """Everybody joins everything and tips, a month goes by, and another one."""
    tips = [tuple(AMOUNTS)[number % len(AMOUNTS)] for number in range(PAYMENTS * 7 // 10)]

    async def one(payer: Payer) -> None:
        for currency in MONTHLY:
            await payer.join(currency.lower(), f"{town.tiers[currency]}:month")
        while tips:
            currency = tips.pop()
            await payer.tip(currency.lower(), AMOUNTS[currency])

    await asyncio.gather(*map(one, payers))
    await town.misfortunes()
    for _ in range(2):
        await town.a_month_later()
        await asyncio.gather(*(payer.end() for payer in town.chance.sample(payers, 8)))
    for session in sorted(town.stripe.failing)[::2]:
        town.stripe.recover(session)
    await asyncio.to_thread(town.stripe.advance, 5 * DAY)


async def come_to_rest(town: Town) -> None:
    """Nothing goes wrong any more, and an hour later everything open is asked about."""
    async with town.site(Later()) as site:
        kinds = {kind.name: kind for kind in payment_jobs(lambda: site.ports)}
        queue = site.ports.storage.queue
        while jobs := await queue.claim(site.ports.clock.now(), limit=50, lease=60_000, kinds=tuple(kinds)):
            for job in jobs:
                if job.kind != "payments.reconcile":
                    await kinds[job.kind].handler(job)
            await queue.finish(jobs)
        done = await reconcile(site.ports, everything=True)
        assert not done.failed, done
        assert (await reconcile(site.ports, everything=True)).changed == 0
        assert all(each.minor == 0 for each in await payments_of(site.ports.storage).ledger_balance())


async def check_against_the_logs(town: Town, payers: list[Payer], scratch: Path) -> None:
    """Compare the database with what the providers' logs say."""
    logs = {"stripe": Replay.of(town.stripe.log), "razorpay": Replay.of(town.razorpay.log)}
    async with town.installation.look(scratch) as database:
        lines = await database.rows("SELECT entry_id, account, currency, minor FROM ledger_lines")
        payments = await database.rows(
            "SELECT id, payee_id, gateway, gateway_id, currency, minor, refunded_minor FROM payments"
        )
        entries = await database.rows("SELECT id, payment_id, sequence FROM ledger_entries")
        memberships = await database.rows(
            "SELECT id, gateway, gateway_id, paid_until, access_until FROM memberships"
        )
        odd = await database.rows("SELECT id, attention FROM payments WHERE attention <> ''")
        names = dict(await database.rows("SELECT id, username FROM accounts"))
        dead = await database.rows("SELECT kind, error FROM jobs WHERE state = 'dead'")
    assert not odd and not dead, (odd, dead)
    check_ledger(lines)
    check_credits(logs, payments, entries, lines)
    check_entitlements(logs, memberships)
    whom = {f"/payments/{row[0]}": (names[row[1]], row[4]) for row in payments}
    for payer in payers:
        for path, (author, asked) in payer.begun.items():
            if path in whom:
                assert whom[path] == (author, author.upper()), f"{path}: {asked}"
            else:
                assert path.startswith("/memberships/"), f"{path} was begun and isn't here"
    taken = sum(len(log.taken) for log in logs.values())
    print(f"{len(payments)} payments, {taken} of them taken, {len(lines)} lines in the ledger")
    assert len(payments) >= PAYMENTS * 9 // 10


async def check_who_reads(town: Town, names: list[str], scratch: Path) -> None:
    """Members read what was written for them, as long as the log says that they may, and nobody else does."""
    access = {name: until for name, (_, until) in Replay.of(town.stripe.log).subscriptions.items()}
    async with town.installation.look(scratch) as database:
        rows = await database.rows(
            "SELECT x.username, y.username, m.gateway_id FROM memberships m"
            " JOIN accounts x ON x.id = m.member_id JOIN accounts y ON y.id = m.author_id"
        )
    now, reading = time.time_ns() // 1_000_000, set()
    for member, author, session in rows:
        if access.get(session, 0) > now:
            reading.add((member, town.letters[author.upper()]))
    async with town.site() as site:
        for name in names:
            actor = Actor(account=await town.account(site, name))
            seen = await read_posts(site.ports, actor, tuple(town.letters.values()))
            assert {(name, each.post.id) for each in seen} == {each for each in reading if each[0] == name}
    assert reading


async def test_whatever_dies_every_payment_is_credited_once_and_members_have_what_they_paid_for(
    new_site: Install, new_browser: NewBrowser, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    mischief = {"slow_seconds": 0.2, "delay_seconds": 0.5, "hang_seconds": 4.0}
    with (
        StripeProvider(mischief=Mischief(1, **mischief)) as stripe,
        RazorpayProvider(mischief=Mischief(2, **mischief)) as razorpay,
    ):
        installation = new_site(RATES)
        installation.configure(SETTINGS.format(stripe=stripe, razorpay=razorpay))
        town = Town(installation, stripe, razorpay, random.Random(8))
        server = installation.server(port=free_port())
        # What is asked of a provider again is what was asked before, whoever asks.
        configuration = installation.data / "microblog.toml"
        address = f'[sites.main]\nbase_url = "http://localhost:{server.port}"\n'
        configuration.write_text(configuration.read_text().replace("[sites.main]\n", address, 1))
        parts: list[BackgroundProcess] = [server]
        if not installation.is_sqlite:
            broker = request.getfixturevalue("redis_server")
            installation.configure(f'[jobs]\nbroker = "{broker.url}"\n')
            parts.append(installation.background("worker", "worker"))
        for provider, name in ((stripe, "stripe"), (razorpay, "razorpay")):
            provider.endpoints.append(f"http://localhost:{server.port}/payments/webhooks/{name}")
        # Stripe begins in the past, so that its months end today.
        stripe.advance(-65 * DAY)
        try:
            for part in parts:
                part.start()
            names = [f"payer{number}" for number in range(PAYERS)]
            browsers = await newcomers(new_browser, server.port, [*names, *map(str.lower, AMOUNTS)])
            await town.open_shops()
            for provider in (stripe, razorpay):
                provider.mischief.calls.update(CALLS)
                provider.mischief.rings.update(RINGS)
            payers = [Payer(each, random.Random(number)) for number, each in enumerate(browsers[:PAYERS])]
            striking, began = asyncio.create_task(strikes(town, payers, parts)), time.monotonic()
            try:
                await pay_everything(town, payers)
            finally:
                striking.cancel()
                await asyncio.wait({striking})
            if not striking.cancelled():
                striking.result()
            print(f"paid in {time.monotonic() - began:.0f} s, killed {dict(town.killed)}")
            assert town.killed.total() >= KILLS // 2
            for part in parts:
                part.kill()
                part.start()
            stripe.stop()
            stripe.start()
            for provider in (stripe, razorpay):
                provider.mischief.end()
                await asyncio.to_thread(provider.quiet, 60.0)
            # Stripe keeps what it answered under a key for a day, answers of 500 too.
            stripe.forget_keys()
        finally:
            for part in parts:
                part.kill()
        await come_to_rest(town)
        with server:
            # Banks take their time.
            for object_id in town.to_lose:
                town.surely("lost", object_id)
            await asyncio.to_thread(stripe.quiet, 60.0)
        await come_to_rest(town)
        await check_against_the_logs(town, payers, tmp_path)
        await check_who_reads(town, names, tmp_path)
        believed = [each for each in (*stripe.deliveries, *razorpay.deliveries) if each.kind != "real"]
        assert believed and {each.status for each in believed} <= {0, 403}, believed
