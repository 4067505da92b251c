"""What comes between a way to log in and the session: a second factor, after whatever method."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from http_fakes import FakeSite, cookies_set, follow_up, scope_for
from test_http_login import FORM, Scripted

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import RateLimited, Unavailable
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.http import second_factors
from microblog_core.http.login import (
    FACTOR_FIELD,
    LOGIN_COOKIE,
    Challenge,
    Go,
    LoggedIn,
    Show,
    Stopped,
    begin,
    resume,
)
from microblog_core.http.sessions import SESSION_COOKIE, identify
from microblog_core.ports.auth import Done, Redirect, Refused, Script
from microblog_core.services.accounts import SetState, set_account_state
from microblog_core.services.profiles import ChangePassword, change_password
from microblog_core.services.second_factors import (
    SecondFactorCommand,
    switch_off_second_factor,
    switch_on_second_factor,
)


class Factor:
    """Answers with the steps it was given; keeps what came back to it."""

    def __init__(self, name: str, *steps: Any, required: Any = True) -> None:
        self.name, self.label = name, f"By {name}"
        self._steps, self._required = list(steps), required
        self.came_back: list[tuple[Any, dict[str, str], dict[str, str]]] = []

    async def required(self, account: Any) -> bool:
        return self._next([self._required])  # type: ignore[no-any-return]

    async def begin(self, account: Any, address: str) -> Any:
        return self._next(self._steps)

    async def resume(self, account: Any, values: Any, state: Any, address: str) -> Any:
        self.came_back.append((account.id, dict(values), dict(state)))
        return self._next(self._steps)

    @staticmethod
    def _next(steps: list[Any]) -> Any:
        step = steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


def having(site: FakeSite, *factors: Factor) -> None:
    site.contributions = SimpleNamespace(second_factors=factors)


async def logged_in(scope: Any) -> bool:
    """Whether this answer set a cookie that opens anything."""
    assert (SESSION_COOKIE in cookies_set(scope)) == ((await identify(follow_up(scope))).account is not None)
    return SESSION_COOKIE in cookies_set(scope)


async def test_it_is_asked_after_any_method_and_opens_the_session_only_then(site: FakeSite) -> None:
    ada = await site.world.sign_up("ada")
    for method in (
        Scripted(Done(account=ada)),
        Scripted(Redirect(url="https://p.example/"), Done(account=ada)),
    ):
        factor = Factor("code", FORM, FORM, Done(account=ada))
        having(site, factor)
        scope = scope_for(site)
        shown = await begin(scope, method, next_path="/x")
        if isinstance(shown, Go):
            scope = follow_up(scope)
            shown = await resume(scope, method, {"code": "provider's"})
        assert isinstance(shown, Show) and shown.second and shown.others == ()
        assert not await logged_in(scope)
        scope = follow_up(scope)
        again = await resume(scope, method, {"code": "1"}, shown.state)
        assert isinstance(again, Show) and not await logged_in(scope)
        scope = follow_up(scope)
        done = await resume(scope, method, {"code": "2"}, again.state)
        assert isinstance(done, LoggedIn) and (done.account.id, done.next) == (ada.id, "/x")
        assert await logged_in(scope)
        assert factor.came_back == [(ada.id, {"code": str(n)}, {"secret": "1"}) for n in (1, 2)]


async def test_who_needs_none_is_in_at_once(site: FakeSite) -> None:
    ada = await site.world.sign_up("ada")
    having(site, Factor("code", required=False))
    assert isinstance(await begin(scope_for(site), Scripted(Done(account=ada))), LoggedIn)


async def test_a_method_that_has_checked_two_factors_says_so_and_none_is_asked(site: FakeSite) -> None:
    ada, bob = await site.world.sign_up("ada"), await site.world.sign_up("bob")
    having(site, Factor("code", FORM))
    scope = scope_for(site)
    done = await begin(scope, Scripted(Done(account=ada, two_factors=True)), next_path="/x")
    assert isinstance(done, LoggedIn) and done.next == "/x" and await logged_in(scope)
    command = SecondFactorCommand(account_id=ada.id, name="gone")
    await switch_on_second_factor(site.ports, Actor(account=ada), command)
    having(site)
    assert isinstance(await begin(scope_for(site), Scripted(Done(account=ada))), Stopped)
    assert isinstance(await begin(scope_for(site), Scripted(Done(account=ada, two_factors=True))), LoggedIn)
    suspended = msgspec.structs.replace(bob, state=AccountState.SUSPENDED)
    refused = await begin(scope_for(site), Scripted(Done(account=suspended, two_factors=True)))
    assert isinstance(refused, Stopped)


async def test_anything_else_that_is_said_about_two_factors_asks_as_ever(site: FakeSite) -> None:
    ada, bob = await site.world.sign_up("ada"), await site.world.sign_up("bob")
    for said in (False, 1, "yes", None):
        having(site, Factor("code", FORM))
        step = Done(account=ada, two_factors=said)  # type: ignore[arg-type]
        assert isinstance(await begin(scope_for(site), Scripted(step)), Show)
    # A factor's own word says nothing about whose account it is.
    having(site, Factor("code", FORM, Done(account=bob, two_factors=True)))
    method, scope = Scripted(Done(account=ada)), scope_for(site)
    shown = await begin(scope, method)
    assert isinstance(shown, Show)
    assert isinstance(await resume(follow_up(scope), method, {"code": "1"}, shown.state), Stopped)


async def test_who_has_several_shows_any_one_of_them(site: FakeSite) -> None:
    ada = await site.world.sign_up("ada")
    key = Factor("key", Script(challenge="{}"), Done(account=ada))
    having(site, Factor("code", FORM), key, Factor("card", required=False))
    method, scope = Scripted(Done(account=ada)), scope_for(site)
    shown = await begin(scope, method)
    assert isinstance(shown, Show) and shown.others == (("key", "By key"),)
    scope = follow_up(scope)
    other = await resume(scope, method, {FACTOR_FIELD: "key"}, shown.state)
    assert isinstance(other, Challenge) and other.others == (("code", "By code"),)
    assert not await logged_in(scope)
    assert isinstance(await resume(follow_up(scope), method, {"answer": "x"}, other.state), LoggedIn)
    assert key.came_back == [(ada.id, {"answer": "x"}, {})]


async def test_a_factor_that_is_not_required_can_not_be_chosen(site: FakeSite) -> None:
    ada = await site.world.sign_up("ada")
    having(
        site, Factor("code", FORM, Refused(message="no")), Factor("card", Done(account=ada), required=False)
    )
    method, scope = Scripted(Done(account=ada)), scope_for(site)
    shown = await begin(scope, method)
    assert isinstance(shown, Show)
    assert await resume(follow_up(scope), method, {FACTOR_FIELD: "card"}, shown.state) == Stopped(
        message="no"
    )


async def test_a_redirect_to_a_provider_comes_back_to_the_factor(site: FakeSite) -> None:
    ada = await site.world.sign_up("ada")
    having(site, Factor("card", Redirect(url="https://card.example/"), Done(account=ada)))
    method, scope = Scripted(Done(account=ada)), scope_for(site)
    assert await begin(scope, method) == Go(url="https://card.example/")
    assert cookies_set(scope)[LOGIN_COOKIE] and not await logged_in(scope)
    assert isinstance(await resume(follow_up(scope), method, {"ok": "1"}), LoggedIn)


async def test_whoever_fails_lets_nobody_pass(site: FakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = await site.world.sign_up("ada"), await site.world.sign_up("bob")
    monkeypatch.setattr(second_factors, "REQUIRED_SECONDS", 0.01)

    class Slow(Factor):
        async def required(self, account: Any) -> bool:
            await asyncio.Event().wait()
            return False

    class Misshapen(Factor):
        async def begin(self) -> Any:  # type: ignore[override]
            return Done(account=ada)

    broken = [
        Misshapen("code"),
        Factor("code", required=RuntimeError("the cause")),
        Slow("code"),
        Factor("code", RuntimeError("the cause")),
        Factor("code", Refused(message="No.")),
        Factor("code", "no step"),
        Factor("code", Done(account=bob)),
    ]
    for factor in broken:
        having(site, Factor("other", required=False), factor)
        scope = scope_for(site)
        outcome = await begin(scope, Scripted(Done(account=ada)))
        assert isinstance(outcome, Stopped) and "cause" not in outcome.message, factor
        assert not await logged_in(scope)
    for error in (RateLimited("wait", retry_after=9), Unavailable("down")):
        having(site, Factor("code", error))
        with pytest.raises(type(error)):
            await begin(scope_for(site), Scripted(Done(account=ada)))


async def test_what_was_set_up_is_asked_for_even_while_its_plugin_is_gone(site: FakeSite) -> None:
    ada = await site.world.sign_up("ada")
    command = SecondFactorCommand(account_id=ada.id, name="code")
    await switch_on_second_factor(site.ports, Actor(account=ada), command)
    having(site)
    scope = scope_for(site)
    outcome = await begin(scope, Scripted(Done(account=ada)))
    assert isinstance(outcome, Stopped) and "second factor" in outcome.message
    assert not await logged_in(scope)
    having(site, Factor("key", FORM))
    assert isinstance(await begin(scope_for(site), Scripted(Done(account=ada))), Show)
    having(site)
    await switch_off_second_factor(site.ports, SYSTEM, command)
    assert isinstance(await begin(scope_for(site), Scripted(Done(account=ada))), LoggedIn)


@pytest.mark.parametrize("change", ["password", "suspended", "late", "elsewhere", "taken away"])
async def test_what_changes_between_the_two_steps_ends_them(site: FakeSite, change: str) -> None:
    ada = await site.world.sign_up("ada", password="correct horse")
    having(site, Factor("code", FORM, Done(account=ada)))
    method, scope = Scripted(Done(account=ada)), scope_for(site)
    shown = await begin(scope, method)
    assert isinstance(shown, Show)
    scope = follow_up(scope)
    if change == "password":
        command = ChangePassword(current="correct horse", new="battery staple")
        await change_password(site.ports, Actor(account=ada), command)
    elif change == "suspended":
        suspended = SetState(account_id=ada.id, state=AccountState.SUSPENDED)
        await set_account_state(site.ports, SYSTEM, suspended)
    elif change == "late":
        site.world.clock.advance(11 * 60 * 1000)
    elif change == "elsewhere":
        scope = scope_for(site)
    else:
        having(site)
    outcome = await resume(scope, method, {"code": "1"}, shown.state)
    assert isinstance(outcome, Stopped) and not await logged_in(scope)
