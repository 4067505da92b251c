"""Codes from setting them up to logging in with them."""

from __future__ import annotations

import asyncio
import dataclasses
from types import SimpleNamespace

import pytest
from code_town import PATH, CodeTown, last_form
from plugin_town import PASSWORD, LetterBox, is_in, password_given, send

from microblog_core.contributions import Manifest
from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Forbidden, Invalid, NotFound, RateLimited
from microblog_core.domain.events import AccountDeleted
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import Page
from microblog_core.hookspecs import hookimpl
from microblog_core.plugins.settings import Secret
from microblog_core.ports.auth import Done, Field, Form, Refused, Script
from microblog_core.services.accounts import SetState, set_account_state
from microblog_core.services.second_factors import second_factors_of
from microblog_core.testing.sites import report_of
from microblog_plugins.totp.enrolment import STORE, enrolled, keys_of, reset, show_code

LOGIN = ("/login", "/oauth/login")


async def stored(town):
    return set(await town.ports.storage.values(STORE))


async def test_it_is_set_up_by_a_code_of_the_app_and_the_recovery_codes_are_shown_once(town):
    browser = await town.browser(town.ada)
    assert "You log in with your password alone" in (await browser.get(PATH)).text
    page, secret = await town.begun(browser)
    assert "<svg" in page.text and "style=" not in page.text
    assert await enrolled(town.ports, town.ada.id) is None
    wrong = await send(browser, page, f"{PATH}/confirm", password=PASSWORD, code="000000")
    assert wrong.status_code == 422 and "This code is wrong" in wrong.text
    right = town.code(secret)
    stranger = await send(browser, wrong, f"{PATH}/confirm", password="not it", code=right)
    assert stranger.status_code == 422 and "not your current password" in stranger.text
    done = await send(browser, stranger, f"{PATH}/confirm", password=PASSWORD, code=right)
    assert done.status_code == 200 and "From now on logging in asks for a code." in done.text
    again = (await browser.get(PATH)).text
    assert "You have 10 recovery codes left." in again and "<code>" not in again
    assert is_in(browser), "sessions that there are stay"
    values = b"".join((await town.ports.storage.values(STORE)).values())
    assert secret.encode() not in values
    assert await second_factors_of(town.ports, town.ada.id) == {"totp"}
    actions = [line.action for line in (await town.ports.storage.audit(Page())).items]
    assert actions.count("second_factor.on") == 1


async def test_the_owner_is_told_by_mail_of_whoever_switches_it_on_or_off():
    letters = LetterBox()
    async with CodeTown(letters.plugins) as town:
        browser = await town.browser(town.ada)
        secret, _ = await town.enrol(town.ada, browser)
        ((address, kind, text),) = await letters.emptied(town)
        assert (address, kind) == ("ada@people.example", "second_factor_on")
        assert "@ada" in text and "asks for a second factor" in text
        page = await browser.get(PATH)
        wrong = await send(browser, page, f"{PATH}/off", password=PASSWORD, code="000000")
        assert wrong.status_code == 422 and await letters.emptied(town) == []
        await send(browser, page, f"{PATH}/off", password=PASSWORD, code=town.code(secret))
        ((address, kind, _),) = await letters.emptied(town)
        assert (address, kind) == ("ada@people.example", "second_factor_off")
        await town.enrol(town.ada)
        await letters.emptied(town)
        await reset(town.ports, SYSTEM, town.ada.id)
        assert [sent[:2] for sent in await letters.emptied(town)] == [(address, kind)]


async def test_a_secret_of_another_session_or_of_long_ago_is_not_set_up(town):
    browser, other = await town.browser(town.ada), await town.browser(town.bob)
    page, secret = await town.begun(browser)
    begun = page.text.split('name="begun" value="')[1].split('"')[0]
    theirs, _ = await town.begun(other)
    taken = await send(
        other, theirs, f"{PATH}/confirm", password=PASSWORD, code=town.code(secret), begun=begun
    )
    assert taken.status_code == 303
    town.clock.advance(31 * 60)
    late = await send(browser, page, f"{PATH}/confirm", password=PASSWORD, code=town.code(secret))
    assert late.status_code == 303
    assert await stored(town) == set()


@pytest.mark.parametrize("path", LOGIN)
async def test_logging_in_asks_for_the_code_on_the_website_and_on_the_apis_page(town, path):
    secret, _ = await town.enrol(town.ada)
    browser = await town.visitor()
    second = await password_given(browser, path=path)
    assert "Second step" in second.text and not is_in(browser)
    assert 'autocomplete="one-time-code"' in second.text
    wrong = await send(browser, second, f"{path}/password", code="000000")
    assert wrong.status_code == 422 and "This code is wrong" in wrong.text and not is_in(browser)
    empty = await send(browser, wrong, f"{path}/password", code=" ")
    assert "Enter the code that your app shows." in empty.text and not is_in(browser)
    done = await send(browser, empty, f"{path}/password", code=town.code(secret, 1))
    assert done.status_code == 303 and is_in(browser)
    bobs = await town.visitor()
    assert (await password_given(bobs, "bob", path)).status_code == 303 and is_in(bobs)


async def test_the_first_step_alone_opens_nothing_anywhere(town):
    await town.enrol(town.ada)
    browser = await town.visitor()
    second = await password_given(browser)
    for path in ("/settings/account", PATH, "/oauth/authorized_applications"):
        assert (await browser.get(path)).status_code == 303
    elsewhere = await town.visitor()
    fields = {"code": "000000", "login_state": second.text.split('login_state" value="')[1].split('"')[0]}
    assert (await elsewhere.post("/login/password", data=fields)).status_code in (403, 422)
    assert not is_in(elsewhere)


async def test_a_code_lets_in_once_whoever_is_first(town):
    secret, _ = await town.enrol(town.ada)
    code, keys = town.code(secret), keys_of(town.site)
    tries = [show_code(town.ports, keys, town.ada.account, code, "192.0.2.1") for _ in range(5)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["Invalid"] * 4 + ["NoneType"]
    browser = await town.visitor()
    refused = await send(browser, await password_given(browser), "/login/password", code=code)
    assert refused.status_code == 422 and not is_in(browser)
    town.clock.advance(30)
    still = await send(browser, refused, "/login/password", code=code)
    assert still.status_code == 422, "its step is near still"


async def test_used_codes_are_not_remembered_for_longer_than_they_count(town):
    secret, _ = await town.enrol(town.ada)
    for _ in range(4):
        town.clock.advance(90)
        await show_code(town.ports, keys_of(town.site), town.ada.account, town.code(secret), "192.0.2.1")
    assert len([key for key in await stored(town) if key.startswith("step:")]) == 1


async def test_a_recovery_code_lets_in_once_and_is_counted(town):
    _, codes = await town.enrol(town.ada)
    assert len(codes) == 10
    browser = await town.visitor()
    done = await send(browser, await password_given(browser), "/login/password", code=codes[4].upper())
    assert done.status_code == 303 and is_in(browser)
    assert "You have 9 recovery codes left." in (await browser.get(PATH)).text
    other = await town.visitor()
    again = await send(other, await password_given(other), "/login/password", code=codes[4])
    assert again.status_code == 422 and not is_in(other)
    audit = [(line.action, line.actor_id) for line in (await town.ports.storage.audit(Page())).items]
    assert ("totp.recovery_code", town.ada.id) in audit


async def test_new_recovery_codes_end_the_old_ones(town):
    secret, old = await town.enrol(town.ada)
    browser = await town.browser(town.ada)
    action = f"{PATH}/recovery-codes"
    keys = keys_of(town.site)
    await show_code(town.ports, keys, town.ada.account, old[0], "192.0.2.1")
    page = await browser.get(PATH)
    assert (await send(browser, page, action, password=PASSWORD, code="1")).status_code == 422
    wrong = await send(browser, page, action, password="x", code=town.code(secret))
    assert wrong.status_code == 422 and "not your current password" in wrong.text
    done = await send(browser, page, action, password=PASSWORD, code=town.code(secret))
    assert done.status_code == 200 and "worth nothing now" in done.text
    assert "You have 10 recovery codes left." in done.text
    with pytest.raises(Invalid):
        await show_code(town.ports, keys, town.ada.account, old[1], "192.0.2.1")
    new = done.text.split("<li><code>")[3].split("<")[0]
    await show_code(town.ports, keys, town.ada.account, new, "192.0.2.1")


async def test_switching_off_asks_for_password_and_code_and_leaves_nothing_behind(town):
    secret, codes = await town.enrol(town.ada)
    browser = await town.browser(town.ada)
    page = await browser.get(PATH)
    for wrong in ({"password": PASSWORD, "code": "000000"}, {"password": "x", "code": codes[0]}):
        assert (await send(browser, page, f"{PATH}/off", **wrong)).status_code == 422
    assert await enrolled(town.ports, town.ada.id) is not None
    done = await send(browser, page, f"{PATH}/off", password=PASSWORD, code=codes[1])
    assert done.status_code == 303
    assert await stored(town) == set()
    assert await second_factors_of(town.ports, town.ada.id) == frozenset()
    visitor = await town.visitor()
    assert (await password_given(visitor)).status_code == 303 and is_in(visitor)
    assert await town.enrol(town.ada) != (secret, codes)


async def test_guessing_is_stopped_for_the_account_and_for_the_address():
    async with CodeTown(rates={"totp": (3, 900.0), "totp_address": (9, 900.0)}) as town:
        _, codes = await town.enrol(town.ada)
        keys, account = keys_of(town.site), town.ada.account
        for _ in range(3):
            with pytest.raises(Invalid):
                await show_code(town.ports, keys, account, "000000", "192.0.2.1")
        with pytest.raises(RateLimited):
            await show_code(town.ports, keys, account, codes[0], "192.0.2.9")
        browser = await town.visitor()
        limited = await send(browser, await password_given(browser), "/login/password", code=codes[0])
        assert limited.status_code == 429 and not is_in(browser)
        for number in range(3):
            other = (await town.person(f"person{number}")).account
            for _ in range(3):
                with pytest.raises(Invalid):
                    await show_code(town.ports, keys, other, "1", "192.0.2.2")
        with pytest.raises(RateLimited):
            await show_code(town.ports, keys, town.bob.account, "1", "192.0.2.2")


class Key:
    """Another factor, of another plugin: a challenge for the browser's script, then a form."""

    name, label = "key", "Use your key"

    def __init__(self, first):
        self.first = first

    async def required(self, account):
        return True

    async def begin(self, account, address):
        return self.first

    async def resume(self, account, values, state, address):
        return Done(account=account) if values.get("word") == "open" else Refused(message="No.")


@pytest.mark.parametrize("path", LOGIN)
@pytest.mark.parametrize(
    "first", [Form(fields=(Field(name="word", label="Word"),), submit="Go on"), Script(challenge="{}")]
)
async def test_who_has_another_factor_too_chooses_by_a_button(path, first):
    plugin = SimpleNamespace(
        PLUGIN=Manifest(name="key", before=("totp",)),
        register_second_factors=hookimpl(lambda site: [Key(first)]),
    )
    async with CodeTown({"key": plugin}) as town:
        secret, _ = await town.enrol(town.ada)
        browser = await town.visitor()
        second = await password_given(browser, path=path)
        assert "Use a code from your app" in second.text and "Begin again" in second.text
        action = f"{path}/password"
        asked = await browser.post(action, data={**last_form(second, action).fields, "second_factor": "totp"})
        assert "Second step" in asked.text and "Use your key" in asked.text and not is_in(browser)
        if isinstance(first, Form):
            other = await browser.post(
                action, data={**last_form(asked, action).fields, "second_factor": "key"}
            )
            assert 'name="word"' in other.text
            assert (await send(browser, other, action, word="open")).status_code == 303
        else:
            assert (await send(browser, asked, action, code=town.code(secret))).status_code == 303
        assert is_in(browser)


async def test_a_suspension_between_the_steps_ends_them(town):
    secret, _ = await town.enrol(town.ada)
    browser = await town.visitor()
    second = await password_given(browser)
    suspended = SetState(account_id=town.ada.id, state=AccountState.SUSPENDED)
    await set_account_state(town.ports, SYSTEM, suspended)
    stopped = await send(browser, second, "/login/password", code=town.code(secret))
    assert stopped.status_code == 422 and not is_in(browser)


async def test_nobody_but_owner_and_operators_take_it_away(town):
    await town.enrol(town.ada)
    with pytest.raises(Forbidden):
        await reset(town.ports, town.bob, town.ada.id)
    assert await enrolled(town.ports, town.ada.id) is not None
    await reset(town.ports, SYSTEM, town.ada.id)
    with pytest.raises(NotFound):
        await reset(town.ports, SYSTEM, town.ada.id)


async def test_with_the_sites_key_lost_codes_are_refused_and_not_ignored(town):
    secret, codes = await town.enrol(town.ada)
    town.site._secrets.clear()
    town.site._root = dataclasses.replace(town.site._root, secret_key=Secret("11" * 32))
    browser = await town.visitor()
    second = await password_given(browser)
    for code in (town.code(secret), codes[0]):
        second = await send(browser, second, "/login/password", code=code)
        assert second.status_code == 422 and not is_in(browser)


async def test_what_an_account_has_set_up_goes_with_it(town):
    await town.enrol(town.ada)
    (told,) = [each for each in town.site.contributions.subscribers if each.event is AccountDeleted]
    assert told.durable
    for _ in range(2):
        await told.handler(AccountDeleted(id=1, at=1, account_id=town.ada.id))
    assert await stored(town) == set()


def test_settings_that_can_not_work_are_said():
    report = report_of(CodeTown(settings={"issuer": "a:b"}).site, "totp")
    assert report.state == "broken" and "plugins.totp.issuer" in report.reason
