"""Where providers ring, and the page of the sandbox: webhooks are believed by their signature alone, what is
decided on the page is credited without the payer.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging

import pytest
from http_fakes import FakeSite, serving

from microblog_core.defaults.sandbox import SIGNATURE_HEADER, sandbox_path
from microblog_core.domain.errors import Unavailable
from microblog_core.domain.payments import PaymentState, SubscriptionState
from microblog_core.patterns.gateways import GatewayRegistry
from microblog_core.testing.payments import Till
from microblog_core.testing.world import World

HOOK = "/payments/webhooks/sandbox"


class Shop:
    """A site that takes money by the sandbox, a payee and a payer."""

    def __init__(self) -> None:
        self.site = FakeSite()
        self.till = Till(World(self.site.ports))
        self.site.ports = self.till.ports

    async def open(self) -> None:
        self.ada, self.ben = (
            await self.till.world.build.account("ada"),
            await self.till.world.build.account("ben"),
        )


@contextlib.asynccontextmanager
async def shop_open():
    shop = Shop()
    await shop.open()
    async with serving(None, shop.site) as http:
        shop.http = http
        yield shop


@pytest.fixture
async def shop():
    async with shop_open() as opened:
        yield opened


async def ring(shop, headers, body, path=HOOK):
    return await shop.http.post(path, content=body, headers=headers)


async def test_a_webhook_is_stored_answered_and_acted_on_and_the_same_again_changes_nothing(shop):
    payment = await shop.till.tip(shop.ben, shop.ada)
    await shop.till.pay(payment, rings=False)
    headers, body = await shop.till.sandbox.webhook(payment.gateway_id)
    answer = await ring(shop, headers, body)
    assert (answer.status_code, answer.json()) == (200, {"received": "stored"})
    assert (await shop.till.now(payment)).state is PaymentState.PENDING  # what came is acted on by a job
    await shop.till.run_jobs()
    assert (await shop.till.now(payment)).state is PaymentState.CAPTURED
    again = await ring(shop, headers, body)
    assert (again.status_code, again.json()) == (200, {"received": "known"})
    await shop.till.run_jobs()
    assert len(await shop.till.read.entries(payment.id)) == 3


@pytest.mark.parametrize("what", ["forged", "stale", "another body", "without a signature"])
async def test_what_is_not_proven_is_refused_logged_and_counted(shop, what, caplog):
    payment = await shop.till.tip(shop.ben, shop.ada)
    await shop.till.pay(payment, rings=False)
    headers, body = await shop.till.sandbox.webhook(payment.gateway_id)
    if what == "forged":
        headers = {SIGNATURE_HEADER: headers[SIGNATURE_HEADER][:-4] + "0000"}
    elif what == "stale":
        shop.till.world.clock.advance(6 * 60)
    elif what == "another body":
        body = body.replace(payment.gateway_id.encode(), b"pay_1")
    else:
        headers = {}
    with caplog.at_level(logging.WARNING, "microblog.payments"):
        answer = await ring(shop, headers, body)
    assert answer.status_code == 403
    assert answer.json()["error"] == "forbidden"
    assert answer.headers["content-type"] == "application/json"
    assert shop.till.refusals == [{"gateway": "sandbox", "reason": "forbidden"}]
    assert "was refused" in caplog.text
    await shop.till.run_jobs()
    assert (await shop.till.now(payment)).state is PaymentState.PENDING


async def test_a_webhook_about_the_payment_of_another_site_is_refused(shop, caplog):
    other = Till(World(dataclasses.replace(FakeSite("other").ports, site="other")))
    ada, ben = await other.world.build.account("ada"), await other.world.build.account("ben")
    theirs = await other.tip(ben, ada)
    await other.pay(theirs, rings=False)
    # Both sites use the same account at the provider, and so the same secret.
    headers, body = await other.sandbox.webhook(theirs.gateway_id)
    with caplog.at_level(logging.WARNING, "microblog.payments"):
        answer = await ring(shop, headers, body)
    assert answer.status_code == 403
    assert "another site" in answer.json()["message"]
    assert "another site" in caplog.text


async def test_a_storage_that_is_away_has_the_provider_try_again(shop, monkeypatch):
    payment = await shop.till.tip(shop.ben, shop.ada)
    await shop.till.pay(payment, rings=False)
    headers, body = await shop.till.sandbox.webhook(payment.gateway_id)

    async def away(*_):
        raise Unavailable("The database does not answer.")

    monkeypatch.setattr(type(shop.till.world.storage), "commit", away)
    answer = await ring(shop, headers, body)
    assert answer.status_code == 503
    assert answer.json()["error"] == "unavailable"
    assert int(answer.headers["retry-after"]) > 0


async def test_only_gateways_that_the_site_uses_have_an_address_and_only_for_post(shop):
    assert (await ring(shop, {}, b"{}", "/payments/webhooks/stripe")).status_code == 404
    assert (await ring(shop, {}, b"{}", "/payments/webhooks")).status_code == 404
    assert (await shop.http.get("/payments/webhooks/stripe")).status_code == 404
    answer = await shop.http.get(HOOK)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert (await ring(shop, {}, b"x" * (257 << 10))).status_code == 413


async def test_a_site_that_takes_no_money_has_neither(shop):
    payment = await shop.till.tip(shop.ben, shop.ada)
    shop.site.ports = dataclasses.replace(shop.site.ports, gateways=GatewayRegistry())
    for method in ("GET", "POST"):
        for path in (HOOK, sandbox_path(payment.gateway_id)):
            answer = await shop.http.request(method, path)
            assert answer.status_code == 404, (method, path)


async def test_the_page_says_that_it_is_not_real_and_whoever_pays_there_goes_back_credited(shop):
    payment = await shop.till.tip(shop.ben, shop.ada, 500)
    path = sandbox_path(payment.gateway_id)
    page = await shop.http.get(path)
    assert page.status_code == 200
    assert "not real money" in page.text
    assert "5.00 EUR" in page.text
    assert "Tip for @ada" in page.text
    answer = await shop.http.post(path, data={"decision": "pay"})
    assert answer.status_code == 303
    # Without the site's name: it may be reached by several.
    assert answer.headers["location"] == f"/payments/{payment.id}?returned=1"
    await shop.till.run_jobs()
    assert (await shop.till.now(payment)).state is PaymentState.CAPTURED
    again = await shop.http.get(path)
    assert "decided" in again.text
    assert "<button" not in again.text


async def test_whoever_pays_and_never_comes_back_is_credited(shop):
    payment = await shop.till.tip(shop.ben, shop.ada)
    answer = await shop.http.post(sandbox_path(payment.gateway_id), data={"decision": "stay"})
    assert answer.status_code == 200
    await shop.till.run_jobs()
    assert (await shop.till.now(payment)).state is PaymentState.CAPTURED


async def test_a_payment_may_be_declined_and_nothing_else_is_taken_for_an_answer(shop):
    payment = await shop.till.tip(shop.ben, shop.ada)
    path = sandbox_path(payment.gateway_id)
    assert (await shop.http.post(path, data={"decision": "steal"})).status_code == 400
    assert (await shop.http.delete(path)).status_code == 405
    assert (await shop.http.get(sandbox_path("pay_0"))).status_code == 404
    assert (await shop.http.post(path, data={"decision": "decline"})).status_code == 303
    await shop.till.run_jobs()
    assert (await shop.till.now(payment)).state is PaymentState.CANCELLED
    # The first click counts.
    await shop.http.post(path, data={"decision": "pay"})
    await shop.till.run_jobs()
    assert (await shop.till.now(payment)).state is PaymentState.CANCELLED


async def test_a_membership_says_how_often_and_is_paid_in_the_same_way(shop):
    tier = await shop.till.tier(shop.ada)
    membership = await shop.till.join(shop.ben, tier)
    path = sandbox_path(membership.gateway_id)
    assert "every month" in (await shop.http.get(path)).text
    answer = await shop.http.post(path, data={"decision": "pay"})
    assert answer.headers["location"] == f"/memberships/{membership.id}?returned=1"
    await shop.till.run_jobs()
    assert (await shop.till.membership(membership)).state is SubscriptionState.ACTIVE
