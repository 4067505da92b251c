"""Paying on the website: tips, memberships, coming back from the provider, the history and receipts; and
nothing of it where the site takes no money.
"""

from __future__ import annotations

import re

import pytest

from microblog_core.config_payments import PaymentsConfig
from microblog_core.domain.payments import Interval, PaymentState, SubscriptionState
from microblog_core.domain.permissions import Actor
from microblog_core.ports.payments import payments_of
from microblog_core.runtime.payments import payment_jobs
from microblog_core.services.payments.offers import PutTier, SetPayee, put_tier, set_payee
from microblog_core.services.payments.refunds import RefundPayment, refund_payment


@pytest.fixture
async def shop(open_house):
    async with open_house(payments=PaymentsConfig(gateways=("sandbox",))) as house:
        house.ada, house.ada_at = await house.person("ada")
        house.ben, house.ben_at = await house.person("ben")
        yield house


async def opt_in(house, account, currency="EUR", **changes):
    given = {"amounts": (300, 500), **changes}
    await set_payee(house.site.ports, Actor(account=account), SetPayee(currency=currency, **given))


async def tier(house, account, **changes):
    given = {
        "name": "Friends",
        "description": "A letter\nevery week",
        "monthly": 300,
        "yearly": 3000,
        **changes,
    }
    house.clock.advance(1)
    return await put_tier(house.site.ports, Actor(account=account), PutTier(**given))


async def run_jobs(house):
    kinds = {kind.name: kind for kind in payment_jobs(lambda: house.site.ports)}
    queue = house.site.ports.storage.queue
    while jobs := await queue.claim(house.clock.now(), limit=50, lease=60_000, kinds=tuple(kinds)):
        for job in jobs:
            await kinds[job.kind].handler(job)
        await queue.finish(jobs)


async def payments(house, account):
    from microblog_core.domain.timelines import Page

    found = await payments_of(house.site.ports.storage).paid_by(account.id, Page())
    return [each.payment for each in found.items]


def form_at(page, action):
    """The form of a page that goes there."""
    (found,) = (form for form in page.forms() if form.action == action)
    return found


async def begin_tip(house, browser, name="ada", **values):
    """Fill in the form; the page of the payment."""
    form = (await browser.get(f"/@{name}/tip")).form("amount", "note")
    answer = await browser.submit(form, **values)
    assert answer.status == 303, answer.text
    return answer.location.partition("?")[0]


async def decide(browser, page, decision="pay"):
    """On to the sandbox, press a button there, and back."""
    link = re.search(r'href="([^"]*/payments/sandbox/[^"]+)"', page.text)
    assert link, page.text
    path = link[1].removeprefix("http://localhost:8000")
    assert "not real money" in (await browser.get(path)).text
    answer = await browser.post(path, {"decision": decision})
    assert answer.status == 303, answer.text
    return await browser.get(answer.location)


async def test_where_no_money_is_taken_nothing_of_it_is_there(house):
    _, ada_at = await house.person("ada")
    for path in ("/@ada/tip", "/@ada/membership", "/payments/1", "/payments/1/receipt", "/memberships/1",
                 "/memberships/1/end", "/settings/payments", "/settings/payments/memberships",
                 "/payments/sandbox/pay_1"):  # fmt: skip
        assert (await ada_at.get(path)).status == 404, path
    assert "/settings/payments" not in (await ada_at.get("/settings/profile")).text
    assert "payment" not in (await ada_at.get("/settings/notifications")).text
    assert "/tip" not in (await (await house.visitor()).get("/@ada")).text


async def test_a_profile_says_how_its_person_can_be_paid_to_everybody_but_themselves(shop):
    visitor = await shop.visitor()
    assert "/@ada/tip" not in (await visitor.get("/@ada")).text
    assert (await shop.ben_at.get("/@ada/tip")).status == 404
    assert (await shop.ben_at.get("/@ada/membership")).status == 404
    await opt_in(shop, shop.ada)
    for browser in (visitor, shop.ben_at):
        page = await browser.get("/@ada")
        assert 'href="/@ada/tip"' in page.text
        assert "/membership" not in page.text
    await tier(shop, shop.ada)
    assert 'href="/@ada/membership"' in (await visitor.get("/@ada")).text
    assert "/tip" not in (await shop.ada_at.get("/@ada")).text
    await opt_in(shop, shop.ada, tips=False)
    assert "/@ada/tip" not in (await visitor.get("/@ada")).text
    assert (await shop.ben_at.get("/@ada/tip")).status == 404


async def test_a_post_leads_to_a_tip_for_it(shop):
    await opt_in(shop, shop.ada)
    entry = await shop.write(shop.ada, "Bread with seeds")
    page = await shop.ben_at.get(f"/posts/{entry.post.id}/more")
    assert f"/@ada/tip?post={entry.post.id}" in page.text
    assert "Bread with seeds" in (await shop.ben_at.get(f"/@ada/tip?post={entry.post.id}")).text
    assert "/tip" not in (await shop.ada_at.get(f"/posts/{entry.post.id}/more")).text
    for nonsense in ("x", "1", "9" * 30):
        assert (await shop.ben_at.get(f"/@ada/tip?post={nonsense}")).status == 200


async def test_visitors_log_in_before_they_tip_and_nobody_tips_themselves(shop):
    await opt_in(shop, shop.ada)
    answer = await (await shop.visitor()).get("/@ada/tip", follow=False)
    assert answer.location == "/login?next=/@ada/tip"
    assert (await shop.ada_at.get("/@ada/tip")).status == 422


async def test_a_tip_goes_to_the_provider_and_comes_back_paid_with_a_receipt(shop):
    await opt_in(shop, shop.ada)
    form = (await shop.ben_at.get("/@ada/tip")).form("amount", "note")
    assert form.fields["choice"] == "300"
    answer = await shop.ben_at.submit(form, choice="500", note="Well written", country="DE")
    page = await shop.ben_at.get(answer.location)
    # The browser goes on by itself; who does not let it has a link.
    (payment,) = await payments(shop, shop.ben)
    assert page.headers["refresh"].endswith(f"/payments/sandbox/{payment.gateway_id}")
    assert (payment.amount.minor, payment.note, payment.country) == (500, "Well written", "DE")
    assert "refresh" not in (await shop.ben_at.get(f"/payments/{payment.id}")).headers
    back = await decide(shop.ben_at, page)
    assert "Your payment has arrived" in back.text
    assert "€5.00" in back.text
    (payment,) = await payments(shop, shop.ben)
    assert payment.state is PaymentState.CAPTURED
    receipt = await shop.ben_at.get(f"/payments/{payment.id}/receipt")
    for said in (f"{2026}-{payment.id}", "€5.00", "@ada", "@ben", "sandbox", payment.gateway_id):
        assert said in receipt.text, said
    assert "got your payment" in (await shop.ben_at.get("/notifications")).text
    history = await shop.ben_at.get("/settings/payments")
    assert f"/payments/{payment.id}/receipt" in history.text


async def test_the_same_form_sent_twice_pays_once(shop):
    await opt_in(shop, shop.ada)
    form = (await shop.ben_at.get("/@ada/tip")).form("amount", "note")
    first, second = await shop.ben_at.submit(form), await shop.ben_at.submit(form)
    assert first.location == second.location
    assert len(await payments(shop, shop.ben)) == 1


@pytest.mark.parametrize(
    ("typed", "minor"), [("12,50", 1250), ("12.50", 1250), ("7", 700), (" 1 000 ", 100_000)]
)
async def test_what_is_typed_is_taken_instead_of_what_is_chosen(shop, typed, minor):
    await opt_in(shop, shop.ada)
    await begin_tip(shop, shop.ben_at, amount=typed)
    (payment,) = await payments(shop, shop.ben)
    assert payment.amount.minor == minor


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"amount": "much"}, "Write an amount like 5.00"),
        ({"amount": "1,234"}, "digits after the decimal mark"),
        ({"amount": "0.10"}, "Use an amount from"),
        ({"choice": "-5"}, "Choose an amount"),
        ({"choice": "9" * 30}, "Choose an amount"),
        ({"note": "x" * 201}, "Use at most 200 characters"),
        ({"country": "Germany"}, "two-letter country"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(shop, values, said):
    await opt_in(shop, shop.ada)
    form = (await shop.ben_at.get("/@ada/tip")).form("amount", "note")
    given = {"note": "Well written", **values}
    answer = await shop.ben_at.submit(form, **given)
    assert answer.status == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert answer.form("amount", "note").fields["note"] == given["note"]
    assert not await payments(shop, shop.ben)


async def test_a_provider_that_takes_nothing_is_told_of_and_can_be_tried_again(shop):
    await opt_in(shop, shop.ada, currency="USD")
    path = await begin_tip(shop, shop.ben_at, amount="5.01")  # the sandbox declines this amount
    page = await shop.ben_at.get(path)
    assert "Nothing was taken from you" in page.text
    assert 'href="/@ada/tip"' in page.text
    assert (await shop.ben_at.get(f"{path}/receipt")).status == 404


async def test_amounts_are_written_as_the_reader_writes_them(shop):
    await opt_in(shop, shop.ada, currency="KWD", amounts=(1500,))
    page = await shop.ben_at.get("/@ada/tip", headers={"accept-language": "de"})
    assert "1,500\xa0KWD" in page.text
    await opt_in(shop, shop.ada, currency="JPY", amounts=(1500,))
    assert "¥1,500" in (await shop.ben_at.get("/@ada/tip")).text
    arabic = await shop.ben_at.get("/@ada/tip", headers={"accept-language": "ar"})
    assert arabic.status == 200
    assert "JP¥" in arabic.text


async def test_countries_are_named_in_the_readers_language_and_the_sites_own_is_chosen(open_house):
    async with open_house(payments=PaymentsConfig(gateways=("sandbox",), country_default="AT")) as house:
        ada, _ = await house.person("ada")
        _, ben_at = await house.person("ben")
        await opt_in(house, ada)
        page = await ben_at.get("/@ada/tip", headers={"accept-language": "de"})
        assert page.form("country").fields["country"] == "AT"
        names = re.findall(r'<option value="[A-Z]{2}"(?: selected)?>([^<]+)<', page.text)
        assert "Deutschland" in names
        assert "Europäische Union" not in names
        # Ä is looked for at A.
        assert (
            names.index("Ägypten") < names.index("Belgien") < names.index("Österreich") < names.index("Polen")
        )
        assert len(names) > 200
        assert len(page.body) < 100_000


async def test_a_declined_payment_says_why_and_one_left_open_can_be_given_up(shop):
    await opt_in(shop, shop.ada)
    path = await begin_tip(shop, shop.ben_at, amount="5.04")  # fails when it is paid
    page = await decide(shop.ben_at, await shop.ben_at.get(path))
    assert "did not have enough" in page.text
    open_one = await begin_tip(shop, shop.ben_at)
    page = await shop.ben_at.get(open_one)
    assert "Nothing was taken from you yet" in page.text
    assert f'href="{open_one}?returned=1"' in page.text
    assert "no news from the provider" in (await shop.ben_at.get(f"{open_one}?returned=1")).text
    answer = await shop.ben_at.post(f"{open_one}/cancel", page.form("csrf_token").fields)
    assert answer.location == open_one
    assert "given up" in (await shop.ben_at.get(open_one)).text
    again = await shop.ben_at.post(f"{open_one}/cancel", page.form("csrf_token").fields)
    assert again.status == 303
    assert "be given up" in (await shop.ben_at.get(open_one)).text


async def test_who_comes_back_has_the_provider_asked_and_a_provider_that_is_away_breaks_nothing(
    shop, monkeypatch
):
    await opt_in(shop, shop.ada)
    path = await begin_tip(shop, shop.ben_at)

    async def away(*_):
        raise TimeoutError("no answer")

    gateway = shop.site.ports.gateways.get("sandbox")
    with monkeypatch.context() as broken:
        broken.setattr(type(gateway), "fetch", away)
        page = await shop.ben_at.get(f"{path}?returned=1")
    assert page.status == 200
    assert "Look again in a minute" in page.text
    assert "Not paid yet" in page.text


async def test_who_never_comes_back_is_credited_by_the_webhook(shop):
    await opt_in(shop, shop.ada)
    path = await begin_tip(shop, shop.ben_at)
    (payment,) = await payments(shop, shop.ben)
    await shop.ben_at.post(f"/payments/sandbox/{payment.gateway_id}", {"decision": "stay"})
    await run_jobs(shop)
    assert "Your payment has arrived" in (await shop.ben_at.get(path)).text


async def test_payments_are_seen_by_their_payer_alone(shop):
    await opt_in(shop, shop.ada)
    await tier(shop, shop.ada)
    path = await begin_tip(shop, shop.ben_at)
    await decide(shop.ben_at, await shop.ben_at.get(path))
    joined = await begin_membership(shop, shop.ben_at)
    _, eve_at = await shop.person("eve")
    for browser in (shop.ada_at, eve_at):
        for each in (path, f"{path}/receipt", joined, f"{joined}/end"):
            assert (await browser.get(each)).status == 404, each
    for nonsense in ("/payments/x", "/payments/1", "/memberships/x", "/memberships/99999999999"):
        assert (await shop.ben_at.get(nonsense)).status == 404
    answer = await (await shop.visitor()).get(path, follow=False)
    assert answer.location.startswith("/login?next=")


async def test_what_was_given_back_is_on_the_payment_its_receipt_and_the_notifications(shop):
    await opt_in(shop, shop.ada)
    path = await begin_tip(shop, shop.ben_at)
    await decide(shop.ben_at, await shop.ben_at.get(path))
    (payment,) = await payments(shop, shop.ben)
    command = RefundPayment(payment_id=payment.id, minor=100)
    await refund_payment(shop.site.ports, Actor(account=shop.ada), command)
    assert "Given back: €1.00" in (await shop.ben_at.get(path)).text
    assert "€1.00" in (await shop.ben_at.get(f"{path}/receipt")).text
    assert "given back: €1.00" in (await shop.ben_at.get("/settings/payments")).text
    assert "did not keep your payment" in (await shop.ben_at.get("/notifications")).text


async def begin_membership(shop, browser, interval=Interval.MONTH):
    form = (await browser.get("/@ada/membership")).form("choice", "country")
    found = await payments_of(shop.site.ports.storage).tiers(shop.ada.id)
    answer = await browser.submit(form, choice=f"{found[0].id}:{interval}")
    assert answer.status == 303, answer.text
    return answer.location.partition("?")[0]


async def test_joining_shows_what_there_is_and_who_joined_is_a_member_until_they_end_it(shop):
    await opt_in(shop, shop.ada)
    await tier(shop, shop.ada)
    visitor = await shop.visitor()
    offered = await visitor.get("/@ada/membership")
    for said in ("Friends", "A letter", "€3.00", "€30.00", "Log in to become a member"):
        assert said in offered.text, said
    nothing = (await shop.ben_at.get("/@ada/membership")).form("choice", "country")
    refused = await shop.ben_at.submit(nothing)
    assert refused.status == 422
    assert "Choose what you want to pay" in refused.text

    path = await begin_membership(shop, shop.ben_at, Interval.YEAR)
    page = await shop.ben_at.get(f"{path}?go=1")
    assert "refresh" in page.headers
    assert "Not paid yet" in page.text
    assert "not paid yet" in (await shop.ben_at.get("/@ada/membership")).text
    back = await decide(shop.ben_at, page)
    assert "You are a member. It goes on by itself" in back.text
    assert "You are a member" in (await shop.ben_at.get("/@ada")).text
    assert "become a member" not in (await shop.ben_at.get("/@ada/membership")).text.lower()
    assert "next payment on" in (await shop.ben_at.get("/settings/payments")).text

    asked = await shop.ben_at.get(f"{path}/end")
    assert "until what you have paid is over" in asked.text
    answer = await shop.ben_at.submit(form_at(asked, f"{path}/end"))
    assert answer.location == path
    assert "Then it ends, and nothing is charged any more" in (await shop.ben_at.get(path)).text
    assert "ends on" in (await shop.ben_at.get("/settings/payments/memberships")).text
    found = payments_of(shop.site.ports.storage)
    membership = await found.live_membership(shop.ben.id, shop.ada.id)
    assert membership.cancel_at_period_end


async def test_a_renewal_that_fails_is_told_of(shop):
    await opt_in(shop, shop.ada)
    await tier(shop, shop.ada, monthly=311, yearly=None)  # the sandbox does not renew this amount
    path = await begin_membership(shop, shop.ben_at)
    await decide(shop.ben_at, await shop.ben_at.get(path))
    shop.clock.advance(32 * 24 * 3600)
    later = await shop.member(shop.ben)
    page = await later.get(f"{path}?returned=1")
    assert "The last payment failed" in page.text
    assert "it failed" in (await later.get("/notifications")).text


async def test_one_that_was_never_paid_can_be_given_up_and_tried_again(shop):
    await opt_in(shop, shop.ada)
    await tier(shop, shop.ada)
    path = await begin_membership(shop, shop.ben_at)
    await decide(shop.ben_at, await shop.ben_at.get(path), "decline")
    page = await shop.ben_at.get(path)
    assert "It never began" in page.text
    assert "It was not paid." in page.text
    found = await payments_of(shop.site.ports.storage).offer(shop.ben.id, shop.ada.id, shop.clock.now())
    assert found.membership is None
    path = await begin_membership(shop, shop.ben_at)
    asked = await shop.ben_at.get(f"{path}/end")
    assert "ends at once" in asked.text
    await shop.ben_at.submit(form_at(asked, f"{path}/end"))
    assert "It never began" in (await shop.ben_at.get(path)).text


async def test_the_history_is_empty_first_and_has_pages_later(shop):
    empty = await shop.ben_at.get("/settings/payments")
    assert "You have not paid anything" in empty.text
    assert "nobody" in (await shop.ben_at.get("/settings/payments/memberships")).text
    await opt_in(shop, shop.ada)
    for _ in range(22):
        shop.clock.advance(1)
        await begin_tip(shop, shop.ben_at)
    first = await shop.ben_at.get("/settings/payments")
    assert first.text.count('class="who"') == 20
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert (await shop.ben_at.get(older[1])).text.count('class="who"') == 2


async def test_retired_tiers_take_nobody_new(shop):
    from microblog_core.services.payments.offers import RetireTier, retire_tier

    await opt_in(shop, shop.ada)
    made = await tier(shop, shop.ada)
    path = await begin_membership(shop, shop.ben_at)
    await decide(shop.ben_at, await shop.ben_at.get(path))
    await retire_tier(shop.site.ports, Actor(account=shop.ada), RetireTier(tier_id=made.id))
    assert "Nobody new can become a member" in (await shop.ben_at.get("/@ada/membership")).text
    _, eve_at = await shop.person("eve")
    assert (await eve_at.get("/@ada/membership")).status == 404
    found = payments_of(shop.site.ports.storage)
    assert (await found.live_membership(shop.ben.id, shop.ada.id)).state is SubscriptionState.ACTIVE


async def test_what_one_is_told_of_payments_is_chosen_where_money_is_taken(shop):
    page = await shop.ben_at.get("/settings/notifications")
    assert "A payment of yours failed" in page.text
    form = page.form("site.payment_failed")
    assert (await shop.ben_at.submit(form, **{"site.payment_failed": "never"})).status == 303
