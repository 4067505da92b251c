from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from http_fakes import FakeSite, cookies_set, follow_up, scope_for

from microblog_core.domain.accounts import Identity
from microblog_core.domain.errors import Unavailable
from microblog_core.http import sessions
from microblog_core.http.sessions import ANONYMOUS_COOKIE, SESSION_COOKIE, identify, log_in, log_out


async def test_after_logging_in_the_next_request_is_that_person(site: FakeSite) -> None:
    ada = await site.world.sign_up("ada")
    scope = scope_for(site, user_agent="Browser 1")
    await log_in(scope, ada)
    visitor = await identify(follow_up(scope))
    assert visitor.account is not None
    assert visitor.account.id == ada.id
    assert visitor.login is not None
    assert visitor.login.email == "ada@example.org"
    assert visitor.token == cookies_set(scope)[SESSION_COOKIE]
    assert (visitor.actor.id, visitor.actor.address) == (ada.id, "192.0.2.1")
    assert visitor.identity is not None
    assert visitor.identity.session is not None
    assert visitor.identity.session.user_agent == "Browser 1"
    assert visitor.actor.since == visitor.identity.session.created_at == site.world.clock.now()


async def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(site: FakeSite) -> None:
    ada = await site.world.sign_up("ada")
    for scheme, secure in (("http", False), ("https", True)):
        scope = scope_for(site, scheme=scheme)
        await log_in(scope, ada)
        line = scope["state"]["set_cookies"][SESSION_COOKIE].decode()
        assert "; HttpOnly; SameSite=Lax" in line
        assert f"; Max-Age={30 * 24 * 3600}" in line
        assert ("; Secure" in line) is secure


async def test_logging_in_again_rotates_the_token_and_the_old_one_is_dead(site: FakeSite) -> None:
    ada = await site.world.sign_up("ada")
    first = scope_for(site)
    await log_in(first, ada)
    second = follow_up(first)
    await log_in(second, ada)
    old, new = cookies_set(first)[SESSION_COOKIE], cookies_set(second)[SESSION_COOKIE]
    assert old != new
    assert (await identify(scope_for(site, cookie=f"{SESSION_COOKIE}={old}"))).account is None
    assert (await identify(scope_for(site, cookie=f"{SESSION_COOKIE}={new}"))).account is not None


async def test_after_logging_out_the_token_is_worth_nothing(site: FakeSite) -> None:
    ada = await site.world.sign_up("ada")
    scope = scope_for(site)
    await log_in(scope, ada)
    leaving = follow_up(scope)
    assert (await identify(leaving)).account is not None
    await log_out(leaving)
    assert cookies_set(leaving)[SESSION_COOKIE] == ""
    assert (await identify(leaving)).account is None
    assert (await identify(follow_up(scope))).account is None


async def test_logging_in_forgets_the_anonymous_cookie(site: FakeSite) -> None:
    scope = scope_for(site, cookie=f"{ANONYMOUS_COOKIE}=abcdefghijklmnopqrst")
    await log_in(scope, await site.world.sign_up("ada"))
    assert cookies_set(scope)[ANONYMOUS_COOKIE] == ""


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "\xff\xfe", "a;b", '"quoted"'])
async def test_strange_cookies_are_nobody(site: FakeSite, token: str) -> None:
    assert (await identify(scope_for(site, cookie=f"{SESSION_COOKIE}={token}"))).account is None


async def test_asking_twice_asks_the_authenticators_once(site: FakeSite) -> None:
    asked: list[str] = []

    class Watching:
        async def authenticate(self, request: Any) -> None:
            asked.append(request.path)

    site.authenticators = (Watching(),)
    scope = scope_for(site)
    assert await identify(scope) is await identify(scope)
    assert asked == ["/"]


async def test_an_authenticator_that_raises_or_answers_nonsense_abstains(
    site: FakeSite, caplog: pytest.LogCaptureFixture
) -> None:
    ada = await site.world.sign_up("ada")

    class Raising:
        async def authenticate(self, request: Any) -> Identity:
            raise RuntimeError("broken plugin")

    class Nonsense:
        async def authenticate(self, request: Any) -> Any:
            return ada

    class Header:
        async def authenticate(self, request: Any) -> Identity | None:
            return (
                Identity(account=ada, method="header") if request.headers.get("x-is-ada") == "yes" else None
            )

    site.authenticators = (Raising(), Nonsense(), Header())
    with caplog.at_level(logging.ERROR, "microblog.http"):
        assert (await identify(scope_for(site))).account is None
        visitor = await identify(scope_for(site, x_is_ada="yes"))
    assert visitor.account == ada
    assert visitor.token == ""
    assert "broken plugin" in caplog.text


async def test_an_authenticator_for_some_paths_is_asked_there_alone(
    site: FakeSite, caplog: pytest.LogCaptureFixture
) -> None:
    ada = await site.world.sign_up("ada")

    class Everybody:
        def __init__(self, below: Any) -> None:
            self.below = below

        async def authenticate(self, request: Any) -> Identity:
            return Identity(account=ada, method="test")

    for below in (("/api/", "/x/"), ["/api/"], "/api/"):
        site.authenticators = (Everybody(below),)
        assert (await identify(scope_for(site) | {"path": "/api/v1/x"})).account == ada
        for path in ("/", "/api", "/apix", "/settings"):
            assert (await identify(scope_for(site) | {"path": path})).account is None
    site.authenticators = (Everybody(7),)
    assert (await identify(scope_for(site))).account is None
    assert "counts as abstaining" in caplog.text


async def test_an_authenticator_that_never_answers_abstains(
    site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "AUTHENTICATOR_SECONDS", 0.01)

    class Hanging:
        async def authenticate(self, request: Any) -> Identity:
            await asyncio.Event().wait()
            raise AssertionError("woken")

    site.authenticators = (Hanging(), *site.authenticators)
    scope = scope_for(site)
    await log_in(scope, await site.world.sign_up("ada"))
    assert (await identify(follow_up(scope))).account is not None


async def test_a_storage_that_does_not_answer_is_unavailable_not_anonymous(site: FakeSite) -> None:
    class Down:
        async def authenticate(self, request: Any) -> None:
            raise Unavailable("the storage is down")

    site.authenticators = (Down(),)
    with pytest.raises(Unavailable):
        await identify(scope_for(site))


async def test_authenticators_see_query_and_cookies(site: FakeSite) -> None:
    seen: list[Any] = []

    class Watching:
        async def authenticate(self, request: Any) -> None:
            seen.append(request)

    site.authenticators = (Watching(),)
    scope = scope_for(site, cookie="a=1; b=2; a=3", accept="text/html")
    scope["query_string"] = b"q=%C3%A4&q=2&empty="
    await identify(scope)
    assert seen[0].cookies == {"a": "1", "b": "2"}
    assert dict(seen[0].query) == {"q": "ä", "empty": ""}
    assert seen[0].headers["accept"] == "text/html"
    assert len(seen[0].headers) == 3
