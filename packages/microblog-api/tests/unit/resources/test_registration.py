"""Signing up through an application."""

from __future__ import annotations

from typing import Any

import httpx

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.services.approvals import DecideSignUp, approve_account

ADA = {
    "username": "ada",
    "email": "ada@example.org",
    "password": "correct horse",
    "agreement": "true",
    "locale": "de",
}


async def app(http: Any, scopes: str = "read write") -> dict[str, str]:
    """The headers of a request by an application that speaks for nobody."""
    asked = {"client_name": "App", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": scopes}
    made = (await http.post("/api/v1/apps", data=asked)).json()
    asked = {
        "grant_type": "client_credentials",
        "client_id": made["client_id"],
        "client_secret": made["client_secret"],
        "scope": scopes,
    }
    token = (await http.post("/oauth/token", data=asked)).json()["access_token"]
    return {"authorization": f"Bearer {token}"}


async def register(http: Any, headers: dict[str, str], **values: str) -> httpx.Response:
    return await http.post("/api/v1/accounts", data={**ADA, **values}, headers=headers)


async def test_who_signs_up_gets_a_token_that_works_and_can_be_taken_back(serving: Any) -> None:
    async with serving() as http:
        answer = await register(http, await app(http))
        assert answer.status_code == 200, answer.text
        given = answer.json()
        assert (given["token_type"], given["scope"]) == ("Bearer", "read write")
        headers = {"authorization": f"Bearer {given['access_token']}"}
        me = (await http.get("/api/v1/accounts/verify_credentials", headers=headers)).json()
        assert me["username"] == "ada"
        login = await http.site.ports.storage.accounts.login_of(int(me["id"]))
        assert login.locale == "de"
        account = await http.site.ports.storage.accounts.get(int(me["id"]))
        from microblog_core.domain.timelines import Page
        from microblog_core.services.applications import list_authorised

        allowed = await list_authorised(http.site.ports, Actor(account=account), Page())
        assert [each.application.name for each in allowed.items] == ["App"]


async def test_what_is_wrong_is_said_at_its_field(serving: Any) -> None:
    async with serving() as http:
        headers = await app(http)
        for field, value in (
            ("agreement", "false"),
            ("username", "no spaces"),
            ("email", "x"),
            ("password", "x"),
        ):
            answer = await register(http, headers, **{field: value})
            assert answer.status_code == 422, field
            assert field in answer.json()["details"], field
        assert (await http.post("/api/v1/accounts", data=ADA)).status_code == 401
        assert (await register(http, await app(http, "read"))).status_code == 403


async def test_where_people_are_approved_the_reason_is_needed_and_no_token_is_given(serving: Any) -> None:
    async with serving(registrations="approval") as http:
        for path, place in (("/api/v1/instance", ()), ("/api/v2/instance", ("registrations",))):
            told = (await http.get(path)).json()
            for key in place:
                told = told[key]
            assert told["approval_required"] is True
        headers = await app(http)
        answer = await register(http, headers)
        assert answer.status_code == 422 and "reason" in answer.json()["details"]
        answer = await register(http, headers, reason="I like tea.")
        assert (answer.status_code, answer.json()["error"]) == (
            403,
            "Your login is currently pending approval",
        )
        ada = await http.site.ports.storage.accounts.by_name("ada")
        assert ada.state is AccountState.PENDING
        await approve_account(http.site.ports, SYSTEM, DecideSignUp(account_id=ada.id))
        assert (await http.get(f"/api/v1/accounts/{ada.id}")).status_code == 200


async def test_a_site_by_invitation_is_closed_to_those_without_one(serving: Any) -> None:
    async with serving(registrations="invitation") as http:
        told = (await http.get("/api/v1/instance")).json()
        assert (told["registrations"], told["invites_enabled"]) == (False, True)
        assert (await register(http, await app(http))).status_code == 403
        assert (await register(http, await app(http), invite_code="none")).status_code == 404
