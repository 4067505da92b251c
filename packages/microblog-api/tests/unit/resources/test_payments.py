"""Paying and being paid through the API: tips, memberships, receipts, earnings, and what is for members."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from microblog_core.config_payments import PaymentsConfig
from microblog_core.defaults.sandbox import Decision

SCOPES = "read write read:payments write:payments"
PATHS = (
    "/api/v1/payments",
    "/api/v1/payments/received",
    "/api/v1/payments/1",
    "/api/v1/payments/1/receipt",
    "/api/v1/payments/memberships",
    "/api/v1/payments/memberships/1",
    "/api/v1/payments/payee",
    "/api/v1/payments/tiers",
    "/api/v1/payments/members",
    "/api/v1/payments/earnings",
)


@pytest.fixture
async def shop(serving: Any, make_api: Any) -> AsyncIterator[Any]:
    """A site that takes money by the sandbox."""
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(serving(payments=PaymentsConfig(gateways=("sandbox",))))
        yield make_api(http, stack)


async def decide(shop: Any, made: Any, decision: Decision = Decision.PAY) -> None:
    """What the payer does on the sandbox's page."""
    gateway_id = made["redirect_url"].rpartition("/")[2]
    await shop.site.ports.gateways.get("sandbox").decide(gateway_id, decision)


async def author(shop: Any, name: str = "ada") -> tuple[Any, Any]:
    """Somebody with a tier, and the tier."""
    person = await shop.person(name, SCOPES)
    await person.ask("PUT", "/api/v1/payments/payee", json={"currency": "eur", "amounts": [500, 300]})
    tier = {"name": "Friends", "description": "A letter", "monthly": 300, "yearly": 3000}
    return person, await person.ask("POST", "/api/v1/payments/tiers", json=tier)


async def test_a_tip_is_begun_paid_and_in_both_their_hands(shop: Any) -> None:
    ada, _ = await author(shop)
    bob = await shop.person("bob", SCOPES)
    offer = await bob.get(f"/api/v1/payments/offers/{ada.id}")
    five = {"minor": 500, "currency": "EUR", "formatted": offer["payee"]["suggestions"][1]["formatted"]}
    assert offer["payee"]["suggestions"][1] == five and "5.00" in five["formatted"]
    assert offer["payee"]["tips"] and offer["membership"] is None
    sent = {"account_id": ada.id, "amount": 500, "note": "Thanks", "country": "de"}
    key = {"idempotency-key": "one"}
    begun = await bob.ask("POST", "/api/v1/payments", json=sent, headers=key)
    assert begun["state"] == "pending" and begun["amount"] == five and begun["redirect_url"]
    assert (await bob.ask("POST", "/api/v1/payments", json=sent, headers=key))["id"] == begun["id"]
    path = f"/api/v1/payments/{begun['id']}"
    await bob.get(f"{path}/receipt", expect=404)
    # What isn't paid yet, the payee does not hear of.
    await ada.get(path, expect=404)
    await decide(shop, begun)
    paid = await bob.post(f"{path}/refresh")
    assert (paid["state"], paid["redirect_url"]) == ("captured", None)
    assert paid["payer"]["username"] == "bob" and paid["payee"]["username"] == "ada"
    assert await bob.get(path) == paid and await ada.get(path) == paid
    assert await bob.get("/api/v1/payments") == [paid] == await ada.get("/api/v1/payments/received")
    receipt = await bob.get(f"{path}/receipt")
    assert receipt["number"].endswith(begun["id"]) and receipt["provider"] == "sandbox"
    assert receipt["payment"] == paid
    await ada.get(f"{path}/receipt", expect=404)
    earned = await ada.get("/api/v1/payments/earnings", days="7")
    assert [each["minor"] for each in earned["owed"]] == [500] and earned["held"] == []
    for bucket, length in (("days", 10), ("months", 7)):
        (line,) = earned[bucket]
        assert (line["product"], line["amount"]["minor"], line["payments"]) == ("tip", 500, 1)
        assert paid["captured_at"].startswith(line["then"]) and len(line["then"]) == length
    back = await ada.post(f"{path}/refund", amount="200")
    assert (back["state"], back["refunded"]["minor"]) == ("partially_refunded", 200)
    await bob.post(f"{path}/refund", expect=404)
    assert "amount" in (await ada.post(f"{path}/refund", expect=422, amount="400"))["details"]


async def test_what_is_not_paid_can_be_given_up(shop: Any) -> None:
    ada, _ = await author(shop)
    bob, eve = await shop.person("bob", SCOPES), await shop.person("eve", SCOPES)
    begun = await bob.post("/api/v1/payments", account_id=ada.id, amount="500")
    path = f"/api/v1/payments/{begun['id']}"
    for of_other in (f"{path}/cancel", f"{path}/refresh", f"{path}/refund"):
        await eve.post(of_other, expect=404)
    await eve.get(path, expect=404)
    assert (await bob.post(f"{path}/cancel"))["state"] == "cancelled"
    await bob.post(f"{path}/cancel", expect=409)


async def test_members_read_what_is_for_them_and_clients_see_it_as_private(shop: Any) -> None:
    ada, tier = await author(shop)
    bob, eve = await shop.person("bob", SCOPES), await shop.person("eve", SCOPES)
    made = await bob.post("/api/v1/payments/memberships", tier_id=tier["id"], interval="year")
    assert made["state"] == "pending" and made["amount"]["minor"] == 3000
    await decide(shop, made)
    path = f"/api/v1/payments/memberships/{made['id']}"
    joined = await bob.post(f"{path}/refresh")
    assert joined["state"] == "active" and joined["access_until"] > joined["paid_until"]
    assert await bob.get(path) == joined
    await eve.get(path, expect=404)
    (mine,) = await bob.get("/api/v1/payments/memberships")
    assert mine == {**joined, "author": mine["author"], "tier": tier} and mine["author"]["id"] == ada.id
    assert (await bob.get(f"/api/v1/payments/offers/{ada.id}"))["membership"]["id"] == made["id"]
    (member,) = await ada.get("/api/v1/payments/members")
    assert member["account"]["id"] == bob.id and member["tier"] == tier
    letter = await ada.write("A letter", visibility="members", teaser="There is a letter")
    assert letter["visibility"] == "private"
    assert letter["x_microblog"] == {"members_only": True, "teaser_for_members": False}
    seen = await bob.get(f"/api/v1/statuses/{letter['id']}")
    assert seen["x_microblog"]["members_only"] and "A letter" in seen["content"]
    await eve.get(f"/api/v1/statuses/{letter['id']}", expect=404)
    teaser = await eve.get(f"/api/v1/statuses/{letter['in_reply_to_id']}")
    assert teaser["x_microblog"] == {"members_only": False, "teaser_for_members": True}
    assert (teaser["visibility"], "x_microblog" in await eve.write("Hello")) == ("public", False)
    page = await bob.get(f"/api/v1/accounts/{ada.id}/statuses")
    assert [each["x_microblog"]["members_only"] for each in page] == [True, False]
    ended = await bob.post(f"{path}/end")
    assert ended["cancel_at_period_end"] and ended["state"] == "active"
    over = await bob.post(f"{path}/end", at_once="true")
    assert over["state"] == "ended"
    await bob.get(f"/api/v1/statuses/{letter['id']}", expect=404)


async def test_only_who_has_a_tier_writes_for_members(shop: Any) -> None:
    bob = await shop.person("bob", SCOPES)
    for form in ({"visibility": "members"}, {"visibility": "friends"}):
        refused = await bob.post("/api/v1/statuses", expect=422, status="Hello", **form)
        assert "visibility" in refused["details"]
    refused = await bob.post("/api/v1/statuses", expect=422, status="Hello", teaser="More")
    assert "teaser" in refused["details"]


async def test_authors_say_how_they_are_paid(shop: Any) -> None:
    ada = await shop.person("ada", SCOPES)
    await ada.get("/api/v1/payments/payee", expect=404)
    await ada.post("/api/v1/payments/tiers", expect=409, name="Early", monthly="300")
    refused = await ada.ask("PUT", "/api/v1/payments/payee", expect=422, json={"currency": "EURO"})
    assert "currency" in refused["details"]
    payee = await ada.ask("PUT", "/api/v1/payments/payee", json={"currency": "JPY", "tips": False})
    assert payee == await ada.get("/api/v1/payments/payee") and payee["minimum"]["currency"] == "JPY"
    tier = await ada.post("/api/v1/payments/tiers", name="Friends", monthly="300")
    path = f"/api/v1/payments/tiers/{tier['id']}"
    changed = await ada.ask("PUT", path, json={"name": "Best friends", "yearly": 4000})
    assert (changed["name"], changed["monthly"], changed["yearly"]["minor"]) == ("Best friends", None, 4000)
    assert (await ada.post(f"{path}/retire"))["retired"]
    assert [each["retired"] for each in await ada.get("/api/v1/payments/tiers")] == [True]
    assert (await shop.anonymous(f"/api/v1/payments/offers/{ada.id}"))["tiers"] == []
    assert not (await ada.ask("POST", f"{path}/retire", json={"retired": False}))["retired"]
    assert "days" in (await ada.get("/api/v1/payments/earnings", expect=422, days="0"))["details"]


async def test_no_application_has_to_do_with_money_that_was_not_let(shop: Any) -> None:
    ada, _ = await author(shop)
    old = await shop.app_of(ada.account, "read write follow push")
    for path in PATHS:
        await old.get(path, expect=403)
        await shop.anonymous(path, expect=401)
    await old.post("/api/v1/payments", expect=403, account_id=ada.id, amount="500")
    reader = await shop.app_of(ada.account, "read:payments")
    assert await reader.get("/api/v1/payments") == []
    await reader.post("/api/v1/payments/tiers", expect=403, name="More", monthly="300")


async def test_listings_go_on_by_link(shop: Any) -> None:
    ada, _ = await author(shop)
    bob = await shop.person("bob", SCOPES)
    begun = [await bob.post("/api/v1/payments", account_id=ada.id, amount="500") for _ in range(3)]
    newest = await bob.http.get("/api/v1/payments", params={"limit": "2"})
    assert [each["id"] for each in newest.json()] == [begun[2]["id"], begun[1]["id"]]
    older = await bob.ask("GET", newest.links["next"]["url"])
    assert [each["id"] for each in older] == [begun[0]["id"]]
    assert await bob.ask("GET", newest.links["prev"]["url"]) == []


async def test_notifications_of_payments_are_for_clients_that_ask_for_them(shop: Any) -> None:
    ada, _ = await author(shop)
    bob = await shop.person("bob", SCOPES)
    begun = await bob.post("/api/v1/payments", account_id=ada.id, amount="500")
    await decide(shop, begun)
    await bob.post(f"/api/v1/payments/{begun['id']}/refresh")
    assert await ada.get("/api/v1/notifications") == []
    assert (await ada.get("/api/v2/notifications"))["notification_groups"] == []
    asked = await ada.get("/api/v1/notifications", **{"types[]": "tip"})
    assert [(each["type"], each["account"]["id"]) for each in asked] == [("tip", bob.id)]


async def test_where_no_money_is_taken_there_is_nothing_and_a_word_why(api: Any) -> None:
    ada = await api.person("ada", SCOPES)
    for path in (*PATHS, f"/api/v1/payments/offers/{ada.id}"):
        answer = await ada.get(path, expect=404)
        assert answer["error_description"].startswith("This site takes no payments"), path
    sent = {"account_id": ada.id, "amount": 500, "tier_id": "1", "currency": "EUR", "name": "Friends"}
    for path in ("", "/memberships", "/tiers", "/1/refresh", "/1/cancel", "/1/refund", "/memberships/1/end",
                 "/memberships/1/refresh", "/tiers/1/retire"):  # fmt: skip
        answer = await ada.ask("POST", f"/api/v1/payments{path}", expect=404, json=sent)
        assert answer["error_description"].startswith("This site takes no payments"), path
    for path in ("/payee", "/tiers/1"):
        await ada.ask("PUT", f"/api/v1/payments{path}", expect=404, json=sent)
