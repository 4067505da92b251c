"""Being paid: how an author says so, their tiers, what they earned, and giving it back."""

from __future__ import annotations

import csv
import io

from microblog_core.services.payments import settling

PATHS = (
    "/settings/earning", "/settings/earning/tiers/new", "/settings/earning/tiers/1", "/earnings",
    "/earnings.csv", "/earnings/members", "/earnings/1",
)  # fmt: skip


async def test_nothing_is_seen_where_the_site_takes_no_money(house):
    _, ada = await house.person("ada")
    for path in PATHS:
        assert (await ada.get(path)).status == 404, path
    page = await ada.get("/settings/profile")
    assert "/settings/earning" not in page.text and "/earnings" not in page.text


async def test_visitors_are_asked_to_log_in(shop):
    visitor = await shop.house.visitor()
    for path in PATHS:
        page = await visitor.get(path, follow=False)
        assert page.status == 303 and page.location.startswith("/login"), path


async def test_an_author_opts_in_with_amounts_as_people_type_them(shop):
    account, ada = await shop.house.person("ada")
    page = await ada.get("/settings/earning")
    assert "Nobody can pay you before you say so" in page.text and 'href="/settings/earning"' in page.text
    form = page.form("currency", "amount_0")
    answer = await ada.submit(form, currency="eur", amount_0="12,50", amount_1="3")
    assert answer.status == 303
    page = await ada.get("/settings/earning")
    assert [page.form("currency").fields[f"amount_{each}"] for each in range(3)] == ["3.00", "12.50", ""]
    assert "You offer no tier yet" in page.text
    payee = await shop.ports.storage.payments.payee(account.id)
    assert (payee.currency, payee.tips, payee.amounts) == ("EUR", True, (300, 1250))


async def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(shop):
    _, ada = await shop.house.person("ada")
    form = (await ada.get("/settings/earning")).form("currency")
    page = await ada.submit(form, currency="EUR", amount_0="5", amount_1="1.200")
    assert page.status == 422 and 'id="e-amount_1"' in page.text
    assert page.form("currency").fields["amount_0"] == "5"
    page = await ada.submit(form, currency="Euro")
    assert page.status == 422 and 'id="e-currency"' in page.text
    page = await ada.submit(form, currency="EUR", amount_0="90000")
    assert page.status == 422 and "Use amounts from" in page.text


async def test_tiers_are_added_changed_retired_and_offered_again(shop):
    account, ada = await shop.house.person("ada")
    assert (await ada.get("/settings/earning/tiers/new")).path == "/settings/earning"
    await shop.payee(account)
    form = (await ada.get("/settings/earning/tiers/new")).form("name", "monthly")
    page = await ada.submit(form, name="Friends")
    assert page.status == 422 and "Give a price" in page.text
    assert (await ada.submit(form, name="Friends", monthly="3,00", yearly="30")).status == 303
    assert (await ada.submit(form, name="Friends", monthly="3,00", yearly="30")).status == 303
    (tier,) = await shop.ports.storage.payments.tiers(account.id)
    page = await ada.get("/settings/earning")
    assert "€3.00" in page.text and "€30.00" in page.text and "/@ada/membership" in page.text
    path = f"/settings/earning/tiers/{tier.id}"
    page = await ada.get(path)
    assert "New prices are for new members alone" in page.text
    assert (await ada.submit(page.form("name", "monthly"), monthly="4")).status == 303
    assert (await shop.ports.storage.payments.tier(tier.id)).monthly.minor == 400
    sure = await ada.get(f"{path}/retire")
    assert "go on paying" in sure.text
    form = next(each for each in sure.forms() if each.action == f"{path}/retire")
    assert (await ada.submit(form)).status == 303
    page = await ada.get("/settings/earning")
    assert "Retired tiers" in page.text and "€4.00" not in page.text
    form = next(each for each in page.forms() if each.action == f"{path}/offer")
    assert (await ada.submit(form)).status == 303
    assert "€4.00" in (await ada.get("/settings/earning")).text


async def test_nobody_changes_the_tiers_of_others(shop):
    account, _ = await shop.house.person("ada")
    other, bob = await shop.house.person("bob")
    tier = await shop.tier(account)
    await shop.payee(other)
    assert (await bob.get(f"/settings/earning/tiers/{tier.id}")).status == 404
    assert (await bob.get(f"/settings/earning/tiers/{tier.id}/retire")).status == 404


async def test_earnings_are_by_month_product_and_currency_with_a_chart_and_who_paid(shop):
    account, ada = await shop.house.person("ada")
    payer, bob = await shop.house.person("bob")
    page = await ada.get("/earnings")
    assert "Nobody can pay you yet" in page.text
    tier = await shop.tier(account)
    page = await ada.get("/earnings")
    assert "Nobody has paid you yet" in page.text
    await shop.tip(payer, account, 1250, note="=thanks & more")
    await shop.join(payer, tier)
    page = await ada.get("/earnings")
    assert page.text.count('<svg class="chart"') == 1 and "<table" in page.text
    assert "€12.50" in page.text and "€3.00" in page.text and "€15.50" in page.text
    assert "=thanks &amp; more" in page.text and 'href="/@bob"' in page.text
    assert "Payouts happen outside" in page.text
    assert "<b>1</b> member." in page.text
    assert "Friends" in (await ada.get("/earnings/members")).text
    await shop.payee(account, "JPY")
    await shop.tip(payer, account, 1200)
    page = await ada.get("/earnings")
    assert page.text.count('<svg class="chart"') == 2 and "¥1,200" in page.text
    answer = await ada.http.get("/earnings.csv")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(each["currency"], each["amount"], each["product"]) for each in lines] == [
        ("JPY", "1200", "tip"), ("EUR", "3.00", "membership"), ("EUR", "12.50", "tip"),
    ]  # fmt: skip
    assert lines[2]["note"] == "'=thanks & more" and lines[2]["payer"] == "bob"
    assert "Nobody can pay you yet" in (await bob.get("/earnings")).text


async def test_the_pages_of_who_paid_lead_on(shop):
    account, ada = await shop.house.person("ada")
    payer, _ = await shop.house.person("bob")
    for number in range(21):
        await shop.tip(payer, account, 500 + 100 * number)
    page = await ada.get("/earnings")
    assert 'rel="next"' in page.text and page.text.count('class="payer"') == 20


async def test_a_payment_goes_back_in_part_after_a_question_and_a_second_click_changes_nothing(shop):
    account, ada = await shop.house.person("ada")
    payer, _ = await shop.house.person("bob")
    payment = await shop.tip(payer, account, 1000)
    path = f"/earnings/{payment.id}"
    assert f'href="{path}"' in (await ada.get("/earnings")).text
    form = (await ada.get(path)).form("amount")
    page = await ada.submit(form, amount="20")
    assert page.status == 422 and 'id="e-amount"' in page.text
    sure = await ada.submit(form, amount="2.50")
    assert sure.status == 200 and "Give back €2.50" in sure.text
    assert (await shop.ports.storage.payments.get(payment.id)).refunded_minor == 0
    assert (await ada.submit(sure.form("sure"))).status == 303
    assert (await ada.submit(sure.form("sure"))).status == 303
    assert (await shop.ports.storage.payments.get(payment.id)).refunded_minor == 250
    page = await ada.get("/earnings")
    assert "Some of it went back meanwhile" in page.text and "Refunded in part" in page.text
    assert "€7.50" in page.text
    rest = await ada.submit((await ada.get(path)).form("amount"))
    assert "Give back €7.50" in rest.text
    await ada.submit(rest.form("sure"))
    assert "nothing of it to give back" in (await ada.get(path)).text


async def test_only_who_was_paid_gives_a_payment_back_there(shop):
    account, _ = await shop.house.person("ada")
    payer, bob = await shop.house.person("bob")
    payment = await shop.tip(payer, account)
    assert (await bob.get(f"/earnings/{payment.id}")).status == 404
    waiting = await shop.tip(payer, account, pays=False)
    owner = await shop.house.member(account)
    assert (await owner.get(f"/earnings/{waiting.id}")).status == 404


async def test_who_is_paid_hears_of_it_and_chooses_where(shop):
    account, ada = await shop.house.person("ada")
    payer, bob = await shop.house.person("bob")
    await shop.join(payer, await shop.tier(account))
    # What ends in 08 is disputed a minute later.
    payment = await shop.tip(payer, account, 508)
    shop.house.clock.advance(90)
    await settling.settle_payment(shop.ports, payment.id, cause="reconciler")
    ada = await shop.house.member(account)
    page = await ada.get("/notifications")
    for said in ("sent you a tip", "is a member of yours now", "their bank asks it back"):
        assert said in page.text
    assert 'href="/earnings"' in page.text and 'href="/earnings/members"' in page.text
    page = await ada.get("/earnings")
    assert "Held back, disputed" in page.text and "€5.08" in page.text
    page = await ada.get("/settings/notifications")
    assert "Somebody tips you" in page.text and "A payment to you is disputed" in page.text
    assert (await bob.get("/notifications")).status == 200


async def test_nobody_is_asked_about_payments_where_there_are_none(house):
    _, ada = await house.person("ada")
    assert "Somebody tips you" not in (await ada.get("/settings/notifications")).text
