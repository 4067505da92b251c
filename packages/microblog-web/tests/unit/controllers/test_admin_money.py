"""Money for operators: payments, the ledger, gateways."""

from __future__ import annotations

import csv
import io

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.moderation import AuditFilter
from microblog_core.domain.timelines import Page

PATHS = ("/admin/payments", "/admin/payments/1", "/admin/ledger", "/admin/ledger.csv", "/admin/gateways")


async def test_nothing_is_seen_where_the_site_takes_no_money(house):
    _, root = await house.person("root", role=Role.OWNER)
    for path in PATHS:
        assert (await root.get(path)).status == 404, path
    page = await root.get("/admin")
    assert "/admin/payments" not in page.text and "/admin/ledger" not in page.text


async def test_moderators_and_members_see_none_of_it(shop):
    _, mod = await shop.house.person("mod", role=Role.MODERATOR)
    _, ada = await shop.house.person("ada")
    for path in PATHS:
        assert (await mod.get(path)).status == 403, path
        assert (await ada.get(path)).status == 403, path
    assert "/admin/payments" not in (await mod.get("/admin")).text


async def test_operators_see_that_nobody_has_paid(shop):
    _, root = await shop.house.person("root", role=Role.OWNER)
    assert "Nobody has paid anything yet" in (await root.get("/admin/payments")).text
    assert "The ledger is empty" in (await root.get("/admin/ledger")).text
    page = await root.get("/admin")
    assert "Nobody has paid anything yet" in page.text and 'href="/admin/payments"' in page.text


@pytest.fixture
async def sold(shop):
    """An operator's browser, a tip that was paid and one that wasn't."""
    ada, _ = await shop.house.person("ada")
    bob, _ = await shop.house.person("bob")
    _, root = await shop.house.person("root", role=Role.OWNER)
    paid = await shop.tip(bob, ada, 1000)
    waiting = await shop.tip(bob, ada, 700, pays=False)
    return shop, root, paid, waiting


async def test_payments_are_filtered_by_state_and_by_what_needs_attention(sold):
    _, root, paid, waiting = sold
    page = await root.get("/admin/payments")
    assert "€10.00" in page.text and "€7.00" in page.text
    page = await root.get("/admin/payments?state=captured")
    assert f"/admin/payments/{paid.id}" in page.text and f"/admin/payments/{waiting.id}" not in page.text
    page = await root.get("/admin/payments?attention=1")
    assert "Nothing found" in page.text
    assert (await root.get("/admin/payments?state=bogus")).status == 200
    assert f"/admin/payments/{paid.id}" in (await root.get("/admin")).text


async def test_one_payment_shows_every_entry_of_the_ledger(sold):
    _, root, paid, _ = sold
    page = await root.get(f"/admin/payments/{paid.id}")
    assert "gateway:sandbox" in page.text and f"author:{paid.payee_id}" in page.text
    assert (await root.get("/admin/payments/1")).status == 404
    assert (await root.get("/admin/payments/x")).status == 404


async def test_operators_give_back_with_a_reason_that_is_audited(sold):
    shop, root, paid, _ = sold
    form = (await root.get(f"/admin/payments/{paid.id}")).form("amount", "reason")
    sure = await root.submit(form, amount="4", reason="They asked <nicely>")
    assert "They asked &lt;nicely&gt;" in sure.text
    assert (await root.submit(sure.form("sure"))).status == 303
    assert "€4.00 go back to the payer" in (await root.get(f"/admin/payments/{paid.id}")).text
    await root.submit(sure.form("sure"))
    assert (await shop.ports.storage.payments.get(paid.id)).refunded_minor == 400
    found = await shop.ports.storage.moderation.audit(AuditFilter(), Page())
    lines = {each.action: each.detail for each in found.items if each.subject == str(paid.id)}
    assert "They asked <nicely>" in " ".join(lines.values())
    assert sum(each.action == "payment.refunded" for each in found.items) == 1
    page = await root.submit((await root.get(f"/admin/payments/{paid.id}")).form("amount"), amount="6.01")
    assert page.status == 422


async def test_the_ledger_says_in_words_that_it_sums_to_zero(sold):
    _, root, paid, _ = sold
    page = await root.get("/admin/ledger")
    assert "All entries sum to zero in each currency: EUR." in page.text
    assert "gateway:sandbox" in page.text and "-€10.00" in page.text
    answer = await root.http.get("/admin/ledger.csv")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    amounts = {each["account"]: each["amount"] for each in lines if each["account"]}
    assert amounts == {"gateway:sandbox": "10.00", f"author:{paid.payee_id}": "-10.00"}


async def test_gateways_have_their_webhook_addresses_and_explain_a_choice(sold):
    _, root, *_ = sold
    page = await root.get("/admin/gateways")
    assert "http://localhost:8000/payments/webhooks/sandbox" in page.text
    assert "Charges every month or year" in page.text
    page = await root.get("/admin/gateways?currency=eur&country=de&product=membership")
    assert "Tried in this order: sandbox." in page.text and "sandbox: chosen" in page.text
    page = await root.get("/admin/gateways?currency=euro")
    assert page.status == 422 and 'id="e-currency"' in page.text
