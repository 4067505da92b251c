"""Passkeys from adding one to logging in with it."""

from __future__ import annotations

import msgspec
import pytest
from key_ring_town import ORIGIN, PATH, KeyRingTown, challenge_of
from plugin_town import PASSWORD, LetterBox, is_in, password_given, send
from soft_authenticator import SoftAuthenticator

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Forbidden
from microblog_core.domain.events import AccountDeleted
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import PutValue
from microblog_core.services.accounts import SetState, set_account_state
from microblog_core.services.second_factors import (
    SecondFactorCommand,
    second_factors_of,
    switch_on_second_factor,
)
from microblog_core.testing.sites import report_of
from microblog_plugins.passkeys.challenges import STORE
from microblog_plugins.passkeys.keys import (
    RemovePasskey,
    is_second_step,
    passkeys_of,
    remove_own_passkey,
    remove_passkey,
)
from microblog_plugins.passkeys.login import PasskeyFactor
from microblog_plugins.passkeys.settings import Party
from microblog_plugins.totp.enrolment import Enrolled

LOGIN = ("/login", "/oauth/login")


async def stored(town):
    return set(await town.ports.storage.values(STORE))


async def audit(town):
    return [line.action for line in (await town.ports.storage.audit(Page())).items]


@pytest.mark.parametrize(
    ("path", "algorithm"), [(LOGIN[0], -7), (LOGIN[0], -8), (LOGIN[0], -257), (LOGIN[1], -7)]
)
async def test_who_has_added_a_passkey_logs_in_with_it_alone(town, path, algorithm):
    key = await town.enrol(town.ada, SoftAuthenticator(algorithm))
    for _ in range(2):
        browser, answer = await town.log_in(key, path)
        assert answer.status_code == 303 and is_in(browser)
        assert "@ada" in (await browser.get(PATH)).text


async def test_the_pages_have_what_their_script_needs_and_say_what_to_do_without_one(town):
    browser = await town.visitor()
    assert "/login/passkeys" in (await browser.get("/login")).text
    for path in LOGIN:
        text = (await browser.get(f"{path}/passkeys")).text
        assert "data-now" in text and 'name="answer"' in text and "data-answer hidden" in text
        assert "<noscript>" in text and "This needs JavaScript" in text
        assert f"{path}/password" in text
        (address,) = [part.split('"')[0] for part in text.split('src="')[1:] if part.startswith("/challenge")]
        script = await browser.get(address)
        assert script.headers["content-type"].startswith("text/javascript") and "immutable" in str(
            script.headers
        )
        empty = await send(browser, await browser.get(f"{path}/passkeys"), f"{path}/passkeys")
        assert (
            empty.status_code == 422 and "It needs JavaScript" in empty.text and "data-now" not in empty.text
        )


async def test_a_passkey_is_added_under_a_name_after_the_password(town):
    browser = await town.browser(town.ada)
    page = await browser.get(PATH)
    assert "There are no passkeys" in page.text and "Adding a passkey needs JavaScript" in page.text
    wrong = await send(browser, page, f"{PATH}/add", name="Phone", password="x")
    assert wrong.status_code == 422 and "not your current password" in wrong.text
    unnamed = await send(browser, page, f"{PATH}/add", name=" ", password=PASSWORD)
    assert unnamed.status_code == 422 and "Give it a name" in unnamed.text
    assert "data-challenge" not in wrong.text + unnamed.text
    key = await town.enrol(town.ada, SoftAuthenticator(synced=True), browser, "<Phone>")
    text = (await browser.get(PATH)).text
    assert "&lt;Phone&gt;" in text and "Synced" in text and "Never used." in text
    await town.log_in(key)
    assert "Used last on" in (await browser.get(PATH)).text
    (entry,) = await passkeys_of(town.ports, town.ada.id)
    assert entry.used.day % 86_400_000 == 0 and entry.passkey.credential.transports == ("internal",)
    assert "passkeys.added" in await audit(town)


async def test_a_device_is_told_which_passkeys_it_has_and_makes_no_second_one_under_another_user(town):
    key = await town.enrol(town.ada)
    browser = await town.browser(town.ada)
    page = await town.begun(browser)
    other = SoftAuthenticator()
    challenge = challenge_of(page)
    assert '"excludeCredentials"' in challenge
    await send(browser, page, f"{PATH}/confirm", answer=other.create(challenge, ORIGIN))
    assert other.handle == key.handle != b""
    assert len(await passkeys_of(town.ports, town.ada.id)) == 2


async def test_nobody_registers_the_passkey_of_somebody_else(town):
    key = await town.enrol(town.ada)
    browser = await town.browser(town.bob)
    page = await town.begun(browser)
    taken = await send(browser, page, f"{PATH}/confirm", answer=key.create(challenge_of(page), ORIGIN))
    assert taken.status_code == 422 and "registered already" in taken.text
    assert await passkeys_of(town.ports, town.bob.id) == ()


async def test_the_owner_is_told_by_mail_of_each_that_is_added_or_removed():
    letters = LetterBox()
    async with KeyRingTown(letters.plugins) as town:
        await town.enrol(town.ada, name="Old phone")
        (entry,) = await passkeys_of(town.ports, town.ada.id)
        await second_step(town, "on")
        await remove_own_passkey(town.ports, town.ada, entry.passkey.id, PASSWORD)
        told = {kind: text for _, kind, text in await letters.emptied(town)}
        assert told.keys() == {"login_added", "login_removed", "second_factor_on", "second_factor_off"}
        assert all("passkey Old phone" in told[kind] for kind in ("login_added", "login_removed"))


async def test_there_are_as_many_as_the_site_allows():
    async with KeyRingTown(settings={"most": 1}) as town:
        await town.enrol(town.ada)
        browser = await town.browser(town.ada)
        assert "all that you may have" in (await browser.get(PATH)).text
        fields = (await browser.get(PATH)).text.split('csrf_token" value="')[1].split('"')[0]
        more = {"csrf_token": fields, "name": "More", "password": PASSWORD}
        refused = await browser.post(f"{PATH}/add", data=more)
        assert refused.status_code == 422 and "data-challenge" not in refused.text


async def test_a_passkey_gets_another_name_and_is_removed_after_the_password(town):
    key = await town.enrol(town.ada)
    browser = await town.browser(town.ada)
    (entry,) = await passkeys_of(town.ports, town.ada.id)
    path = f"{PATH}/key/{entry.passkey.id}"
    page = await browser.get(path)
    assert (await send(browser, page, f"{path}/rename", name="x" * 61)).status_code == 422
    assert (await send(browser, page, f"{path}/rename", name="Old phone")).status_code == 303
    assert "Old phone" in (await browser.get(PATH)).text
    wrong = await send(browser, page, f"{path}/remove", password="x")
    assert wrong.status_code == 422 and "not your current password" in wrong.text
    assert (await send(browser, page, f"{path}/remove", password=PASSWORD)).status_code == 303
    assert {each for each in await stored(town) if not each.startswith("spent:")} == set()
    assert "passkeys.removed" in await audit(town)
    visitor, refused = await town.log_in(key)
    assert refused.status_code == 422 and "not known here" in refused.text and not is_in(visitor)


async def test_nobody_sees_names_or_removes_the_passkeys_of_others(town):
    await town.enrol(town.ada)
    (entry,) = await passkeys_of(town.ports, town.ada.id)
    path = f"{PATH}/key/{entry.passkey.id}"
    bobs = await town.browser(town.bob)
    token = (await bobs.get(PATH)).text.split('csrf_token" value="')[1].split('"')[0]
    assert (await bobs.get(path)).status_code == 404
    for what in ("rename", "remove"):
        answer = await bobs.post(
            f"{path}/{what}", data={"csrf_token": token, "name": "x", "password": PASSWORD}
        )
        assert answer.status_code == 404
    assert (await (await town.visitor()).get(path)).status_code == 303
    (after,) = await passkeys_of(town.ports, town.ada.id)
    assert after == entry
    command = RemovePasskey(account_id=town.ada.id, passkey_id=entry.passkey.id)
    await remove_passkey(town.ports, SYSTEM, command)
    assert await passkeys_of(town.ports, town.ada.id) == ()


async def test_a_passkey_that_was_begun_is_for_this_session_and_ten_minutes(town):
    browser, other, key = await town.browser(town.ada), await town.browser(town.ada), SoftAuthenticator()
    page = await town.begun(browser)
    begun = page.text.split('name="begun" value="')[1].split('"')[0]
    answer = key.create(challenge_of(page), ORIGIN)
    theirs = await town.begun(other)
    await send(other, theirs, f"{PATH}/confirm", begun=begun, answer=answer)
    town.clock.advance(11 * 60)
    await send(browser, page, f"{PATH}/confirm", answer=answer)
    assert await stored(town) == set()


@pytest.mark.parametrize("path", LOGIN)
@pytest.mark.parametrize("verifies", [True, False], ids=["passkey", "touched-key"])
async def test_a_passkey_is_asked_for_after_the_password_where_somebody_chose_that(town, path, verifies):
    key = await town.enrol(town.ada, SoftAuthenticator(verifies=verifies))
    await second_step(town, "on")
    assert await second_factors_of(town.ports, town.ada.id) == {"passkeys"}
    browser = await town.visitor()
    asked = await password_given(browser, path=path)
    assert "passkey or security key" in asked.text and not is_in(browser)
    stranger = SoftAuthenticator()
    stranger.handle = key.handle
    wrong = stranger.get(challenge_of(asked), ORIGIN, signature=b"x")
    refused = await send(browser, asked, f"{path}/password", answer=wrong)
    assert refused.status_code == 422 and not is_in(browser)
    right = key.get(challenge_of(refused), ORIGIN)
    assert (await send(browser, refused, f"{path}/password", answer=right)).status_code == 303
    assert is_in(browser)
    await second_step(town, "off")
    again = await town.visitor()
    assert (await password_given(again, path=path)).status_code == 303 and is_in(again)


async def second_step(town, wanted, actor=None):
    browser = await town.browser(actor or town.ada)
    page = await browser.get(PATH)
    wrong = await send(browser, page, f"{PATH}/second", password="x")
    assert wrong.status_code == 422
    done = await send(browser, page, f"{PATH}/second", password=PASSWORD)
    assert done.status_code == 303
    assert await is_second_step(town.ports, (actor or town.ada).id) is (wanted == "on")


async def test_the_passkey_of_somebody_else_is_no_second_step(town):
    await town.enrol(town.ada)
    bobs = await town.enrol(town.bob)
    await second_step(town, "on")
    browser = await town.visitor()
    asked = await password_given(browser)
    answer = bobs.get(challenge_of(asked), ORIGIN, flags=0x05)
    refused = await send(browser, asked, "/login/password", answer=answer)
    assert refused.status_code == 422 and not is_in(browser)


async def test_who_logs_in_with_a_passkey_is_asked_for_no_other_second_step():
    async with KeyRingTown(installed=("totp",)) as town:
        key = await town.enrol(town.ada)
        made = msgspec.json.encode(Enrolled(sealed="", since=0, recovery=()))
        put = PutValue(plugin="totp", key=f"of:{town.ada.id}", value=made)
        factor = SecondFactorCommand(account_id=town.ada.id, name="totp")
        await switch_on_second_factor(town.ports.having(put), town.ada, factor)
        browser = await town.visitor()
        assert "Second step" in (await password_given(browser)).text and not is_in(browser)
        browser, done = await town.log_in(key)
        assert done.status_code == 303 and is_in(browser)


async def test_with_the_last_passkey_goes_the_second_step(town):
    await town.enrol(town.ada)
    await second_step(town, "on")
    (entry,) = await passkeys_of(town.ports, town.ada.id)
    with pytest.raises(Forbidden):
        command = RemovePasskey(account_id=town.ada.id, passkey_id=entry.passkey.id)
        await remove_passkey(town.ports, town.bob, command)
    await remove_passkey(town.ports, town.ada, command)
    assert await second_factors_of(town.ports, town.ada.id) == frozenset()
    assert {each for each in await stored(town) if not each.startswith("spent:")} == set()
    browser = await town.visitor()
    assert (await password_given(browser)).status_code == 303


async def test_a_second_step_takes_a_passkey(town):
    browser = await town.browser(town.ada)
    token = (await browser.get(PATH)).text.split('csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "second": "on", "password": PASSWORD}
    refused = await browser.post(f"{PATH}/second", data=form)
    assert refused.status_code == 422 and "Add a passkey first." in refused.text
    assert await second_factors_of(town.ports, town.ada.id) == frozenset()


@pytest.mark.parametrize("state", [AccountState.SUSPENDED, AccountState.DISABLED, AccountState.DELETED])
async def test_who_may_not_log_in_does_not_by_a_passkey(town, state):
    key = await town.enrol(town.ada)
    await set_account_state(town.ports, SYSTEM, SetState(account_id=town.ada.id, state=state))
    browser, answer = await town.log_in(key)
    assert answer.status_code == 422 and not is_in(browser)


async def test_what_an_account_has_goes_with_it(town):
    await town.enrol(town.ada)
    await town.enrol(town.bob)
    await second_step(town, "on")
    bobs = {each for each in await stored(town) if f":{town.bob.id}:" in each}
    (told,) = [each for each in town.site.contributions.subscribers if each.event is AccountDeleted]
    assert told.durable
    for _ in range(2):
        await told.handler(AccountDeleted(id=1, at=1, account_id=town.ada.id))
    left = {each for each in await stored(town) if not each.startswith(("spent:", "key:"))}
    assert left == bobs
    assert len([each for each in await stored(town) if each.startswith("key:")]) == 1


async def test_answered_challenges_are_forgotten_when_they_are_over(town):
    (sweep,) = [each for each in town.site.contributions.sweeps if each.name == "passkeys.challenges"]
    key = await town.enrol(town.ada)
    await town.log_in(key)
    assert await sweep.count(town.clock.now(), 100) == 0
    town.clock.advance(11 * 60)
    await town.log_in(key)
    assert await sweep.count(town.clock.now(), 100) == 2 and await sweep.count(town.clock.now(), 1) == 1
    assert await sweep.remove(town.clock.now(), 100) == 2 and await sweep.remove(town.clock.now(), 100) == 0
    assert len([each for each in await stored(town) if each.startswith("spent:")]) == 1


async def test_a_site_without_a_domain_has_no_passkeys_and_is_whole_all_the_same():
    async with KeyRingTown(origin="http://192.0.2.7:8000") as town:
        browser = await town.browser(town.ada)
        assert report_of(town.site, "passkeys").state == "active"
        assert "Passkeys" not in (await browser.get("/settings/account")).text
        assert (await browser.get(PATH)).status_code == 404
        visitor = await town.visitor()
        assert "passkey" not in (await visitor.get("/login")).text
        assert (await visitor.get("/login/passkeys")).status_code == 404


async def test_a_second_step_that_nothing_can_answer_any_more_lets_nobody_pass():
    async with KeyRingTown(settings={"rp_id": "example.org"}) as town:
        await town.enrol(town.ada)
        await second_step(town, "on")
        for other in (Party(rp_id="social.example.org", origins=(ORIGIN,)), None):
            (factor,) = town.site.contributions.second_factors
            assert isinstance(factor, PasskeyFactor)
            factor._party = other
            browser = await town.visitor()
            refused = await password_given(browser)
            assert refused.status_code == 422 and "Your account asks for a passkey" in refused.text
            assert not is_in(browser)
