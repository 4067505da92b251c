from __future__ import annotations

from typing import Any

import msgspec
import pytest
from http_fakes import FakeSite, cookies_set, follow_up, scope_for
from hypothesis import given
from hypothesis import strategies as st

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import NotFound, RateLimited, Unavailable
from microblog_core.http.login import (
    LOGIN_COOKIE,
    Challenge,
    Go,
    LoggedIn,
    Show,
    Stopped,
    begin,
    came_back,
    method_named,
    resume,
    safe_next,
)
from microblog_core.http.sessions import SESSION_COOKIE, identify
from microblog_core.ports.auth import Done, Field, Form, Redirect, Refused, Script, Step


class Scripted:
    """Answers with the steps it was given; keeps what came back to it."""

    name = "scripted"
    label = "Scripted"

    def __init__(self, *steps: Step | Exception | Any) -> None:
        self._steps = list(steps)
        self.came_back: list[tuple[dict[str, str], dict[str, str], str]] = []

    async def begin(self, address: str) -> Step:
        return self._next()

    async def resume(self, values: Any, state: Any, address: str) -> Step:
        self.came_back.append((dict(values), dict(state), address))
        return self._next()

    def _next(self) -> Step:
        step = self._steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step  # type: ignore[no-any-return]


FORM = Form(fields=(Field(name="code", label="Code"),), submit="Go on", state={"secret": "1"})


async def test_the_password_form_logs_in_and_leads_on(site: FakeSite) -> None:
    ada = await site.world.sign_up("ada", password="correct horse")
    method = method_named(site, "password")  # type: ignore[arg-type]
    scope = scope_for(site)
    shown = await begin(scope, method, next_path="/@bob?x=1")
    assert isinstance(shown, Show)
    values = {field.name: "ada" if field.kind != "password" else "wrong" for field in shown.form.fields}
    scope = follow_up(scope)
    again = await resume(scope, method, values, shown.state)
    assert isinstance(again, Show)
    values = {
        field.name: "ada" if field.kind != "password" else "correct horse" for field in shown.form.fields
    }
    scope = follow_up(scope)
    done = await resume(scope, method, values, again.state)
    assert isinstance(done, LoggedIn)
    assert (done.account.id, done.next) == (ada.id, "/@bob?x=1")
    assert cookies_set(scope)[SESSION_COOKIE]
    visitor = await identify(follow_up(scope))
    assert visitor.account is not None


async def test_the_state_of_a_method_comes_back_to_it_as_it_was(site: FakeSite) -> None:
    method = Scripted(FORM, Refused(message="no"))
    scope = scope_for(site)
    shown = await begin(scope, method)
    assert isinstance(shown, Show)
    assert await resume(follow_up(scope), method, {"code": "7"}, shown.state) == Stopped(message="no")
    assert method.came_back == [({"code": "7"}, {"secret": "1"}, "192.0.2.1")]


async def test_a_state_that_was_changed_expired_or_taken_elsewhere_is_refused(site: FakeSite) -> None:
    method = Scripted(*[FORM] * 9)
    scope = scope_for(site)
    shown = await begin(scope, method)
    assert isinstance(shown, Show)
    changed = shown.state[:-1] + ("A" if shown.state[-1] != "A" else "B")
    other = Scripted(FORM)
    other.name = "other"
    for bad in (
        await resume(follow_up(scope), method, {}, changed),
        await resume(follow_up(scope), method, {}, ""),
        await resume(follow_up(scope), method, {}, "."),
        await resume(follow_up(scope), method, {}, "ä.ö"),
        await resume(scope_for(site), method, {}, shown.state),
        await resume(follow_up(scope), other, {}, shown.state),
    ):
        assert isinstance(bad, Stopped)
    site.world.clock.advance(11 * 60 * 1000)
    assert isinstance(await resume(follow_up(scope), method, {}, shown.state), Stopped)
    assert method.came_back == other.came_back == []


async def test_a_redirect_keeps_the_state_in_a_cookie_until_the_visitor_is_back(site: FakeSite) -> None:
    ada = await site.world.sign_up("ada")
    method = Scripted(Redirect(url="https://provider.example/", state={"nonce": "9"}), Done(account=ada))
    scope = scope_for(site)
    assert await begin(scope, method, next_path="/x") == Go(url="https://provider.example/")
    assert cookies_set(scope)[LOGIN_COOKIE]
    back = follow_up(scope)
    assert await resume(back, method, {"code": "1"}) == LoggedIn(account=ada, next="/x")
    assert cookies_set(back)[LOGIN_COOKIE] == ""
    assert method.came_back[0][1] == {"nonce": "9"}


async def test_a_challenge_goes_to_the_page_with_its_state(site: FakeSite) -> None:
    outcome = await begin(scope_for(site), Scripted(Script(challenge="{}", state={})))
    assert isinstance(outcome, Challenge)
    assert outcome.script.challenge == "{}"
    assert outcome.state


@pytest.mark.parametrize("state", [AccountState.DISABLED, AccountState.SUSPENDED, AccountState.DELETED])
async def test_accounts_that_may_not_log_in_do_not_whatever_the_method_says(
    site: FakeSite, state: AccountState
) -> None:
    ada = msgspec.structs.replace(await site.world.sign_up("ada"), state=state)
    scope = scope_for(site)
    assert isinstance(await begin(scope, Scripted(Done(account=ada))), Stopped)
    assert SESSION_COOKIE not in cookies_set(scope)


async def test_a_method_that_raises_or_answers_nonsense_refuses_and_names_no_cause(site: FakeSite) -> None:
    for method in (Scripted(RuntimeError("the cause")), Scripted("no step")):
        outcome = await begin(scope_for(site), method)
        assert isinstance(outcome, Stopped)
        assert "cause" not in outcome.message
    method = Scripted(FORM, ValueError("the cause"))
    scope = scope_for(site)
    shown = await begin(scope, method)
    assert isinstance(shown, Show)
    outcome = await resume(follow_up(scope), method, {}, shown.state)
    assert isinstance(outcome, Stopped)
    assert "cause" not in outcome.message


@pytest.mark.parametrize("error", [RateLimited("wait", retry_after=9), Unavailable("down")])
async def test_limits_and_failing_storages_come_through(site: FakeSite, error: Exception) -> None:
    with pytest.raises(type(error)):
        await begin(scope_for(site), Scripted(error))


async def test_unknown_methods_are_not_found(site: FakeSite) -> None:
    with pytest.raises(NotFound):
        method_named(site, "telepathy")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "home",
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/a\r\nLocation: x",
        "javascript:alert(1)",
        " /x",
        "/\x00",
        "/\u2028x",
        "/" + "a" * 3000,
    ],
)
def test_nothing_but_paths_of_this_site_is_a_place_to_go_on_to(path: str) -> None:
    assert safe_next(path) == "/"


@pytest.mark.parametrize(
    ("path", "safe"), [("/@ada/1", "/@ada/1"), ("/tags/ä?q=1&x=%20", "/tags/%C3%A4?q=1&x=%20"), ("/", "/")]
)
def test_paths_of_this_site_stay_as_they_are(path: str, safe: str) -> None:
    assert safe_next(path) == safe


@given(st.text(max_size=40))
def test_whatever_comes_in_what_comes_out_is_a_local_path(path: str) -> None:
    safe = safe_next(path)
    assert safe.isascii()
    assert safe.isprintable()
    assert safe.startswith("/")
    assert not safe.startswith("//")
    assert "\\" not in safe
    assert " " not in safe


@pytest.mark.parametrize(
    ("query", "waits", "is_answer"),
    [
        (b"code=1&state=2", True, True),
        (b"code=1&state=2", False, True),
        (b"state=", False, True),
        (b"next=/x", True, False),
        (b"", True, False),
        (b"utm_source=letter", False, False),
    ],
)
async def test_a_providers_answer_is_told_from_a_wish_to_begin(
    site: FakeSite, query: bytes, waits: bool, is_answer: bool
) -> None:
    scope = scope_for(site)
    await begin(scope, Scripted(Redirect(url="https://provider.example/") if waits else FORM))
    back = follow_up(scope)
    back["query_string"] = query
    assert came_back(back) is is_answer
