"""Keys from the page where they are made to the API that takes them."""

from __future__ import annotations

import pytest
from key_town import PATH, KeyTown, form_of, revoke
from plugin_town import PASSWORD

from microblog_core.domain.events import AccountDeleted
from microblog_core.domain.moderation import ModerationAct
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import Page
from microblog_core.services.moderation import (
    ModerateAccount,
    RestoreAccount,
    moderate_account,
    restore_account,
)
from microblog_core.services.profiles import ChangePassword, change_password
from microblog_core.testing.sites import report_of
from microblog_plugins.apikeys.keys import DAY, STORE, forget_keys, keys_of
from microblog_plugins.apikeys.tokens import new_token

ME = "/api/v1/accounts/verify_credentials"
WRITE = "/api/v1/statuses"


async def test_a_key_is_shown_once_and_speaks_for_its_owner_within_its_scopes(town):
    assert "There are no keys" in (await (await town.browser(town.ada)).get(PATH)).text
    token, page = await town.made(town.ada, "read")
    assert page.status_code == 200
    assert token not in (await (await town.browser(town.ada)).get(PATH)).text
    program = await town.program(token)
    assert (await program.get(ME)).json()["username"] == "ada"
    refused = await program.post(WRITE, data={"status": "hello"})
    assert refused.status_code == 403
    assert refused.json()["error"] == "This action is outside the authorized scopes"
    writing, _ = await town.made(town.ada, "write:statuses")
    written = await (await town.program(writing)).post(WRITE, data={"status": "hello"})
    assert written.status_code == 200 and written.json()["account"]["username"] == "ada"
    stored = await town.ports.storage.values(STORE)
    assert not any(token.encode() in value or token in key for key, value in stored.items())


async def test_a_key_is_nothing_on_the_pages_of_the_website(town):
    token, _ = await town.made(town.ada, "read", "write")
    program = await town.program(token)
    for path in ("/settings/account", PATH, "/oauth/authorized_applications"):
        answer = await program.get(path)
        assert answer.status_code == 303 and "login" in answer.headers["location"]
    shown = await program.get("/")
    assert "Log in" in shown.text


async def test_a_session_of_the_website_is_still_nothing_on_the_api(town):
    browser = await town.browser(town.ada)
    assert (await browser.get(ME)).status_code == 401
    browser.headers["authorization"] = f"Bearer {new_token()}"
    assert (await browser.get(ME)).status_code == 401


async def test_a_revoked_key_is_refused_at_once_and_the_others_go_on(town):
    (first, _), (second, _) = await town.made(town.ada), await town.made(town.ada)
    one, two = await town.program(first), await town.program(second)
    assert [(await each.get(ME)).status_code for each in (one, two)] == [200, 200]
    entries = await keys_of(town.ports, town.ada.id)
    oldest = entries[-1].key
    assert (await revoke(await town.browser(town.ada), oldest.id)).status_code == 303
    assert [(await each.get(ME)).status_code for each in (one, two)] == [401, 200]
    assert len(await keys_of(town.ports, town.ada.id)) == 1
    audit = [line.action for line in (await town.ports.storage.audit(Page())).items]
    assert audit.count("apikeys.made") == 2 and audit.count("apikeys.revoked") == 1


async def test_somebody_elses_key_can_not_be_revoked(town):
    await town.made(town.ada)
    await town.made(town.bob)
    (entry,) = await keys_of(town.ports, town.ada.id)
    assert (await revoke(await town.browser(town.bob), entry.key.id)).status_code == 404
    assert len(await keys_of(town.ports, town.ada.id)) == 1


async def test_a_key_ends_when_its_time_is_over(town):
    token, _ = await town.made(town.ada, days="30")
    program = await town.program(token)
    town.clock.advance(30 * DAY / 1000 - 1)
    assert (await program.get(ME)).status_code == 200
    town.clock.advance(1)
    assert (await program.get(ME)).status_code == 401
    assert [each.ended for each in await keys_of(town.ports, town.ada.id)] == ["expired"]


async def test_a_key_ends_with_the_password_of_its_time_and_while_the_account_is_suspended(town):
    token, _ = await town.made(town.ada)
    program = await town.program(token)
    assert (await program.get(ME)).status_code == 200
    suspension = ModerateAccount(account_id=town.ada.id, act=ModerationAct.SUSPEND, reason="Spam")
    await moderate_account(town.ports, SYSTEM, suspension)
    assert (await program.get(ME)).status_code == 401
    await restore_account(town.ports, SYSTEM, RestoreAccount(account_id=town.ada.id))
    assert (await program.get(ME)).status_code == 200
    await change_password(town.ports, town.ada, ChangePassword(current=PASSWORD, new="battery staple"))
    assert (await program.get(ME)).status_code == 401
    assert "Ended with your password" in (await (await town.browser(town.ada)).get(PATH)).text


async def test_a_mistyped_key_asks_the_storage_nothing(town, monkeypatch):
    token, _ = await town.made(town.ada)
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    asked = []
    read = town.ports.storage.value

    async def value(*arguments):
        asked.append(arguments)
        return await read(*arguments)

    monkeypatch.setattr(town.ports.storage, "value", value, raising=False)
    assert (await (await town.program(wrong)).get(ME)).status_code == 401
    assert asked == []
    assert (await (await town.program(token)).get(ME)).status_code == 200
    assert len(asked) == 1


async def test_the_page_says_on_which_day_a_key_was_used_last(town):
    token, page = await town.made(town.ada)
    assert "Never used" in page.text
    program = await town.program(token)
    for _ in range(3):
        assert (await program.get(ME)).status_code == 200
    (entry,) = await keys_of(town.ports, town.ada.id)
    assert entry.used_at == town.clock.now() - town.clock.now() % DAY
    assert "Used last on" in (await (await town.browser(town.ada)).get(PATH)).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "Give it a name of 1 to 60 characters."),
        ({"scope-read": ""}, "Choose what it may do."),
        ({"days": "-3"}, "Choose one of these."),
    ],
)
async def test_what_is_missing_is_said_at_its_field_and_nothing_is_made(town, fields, said):
    token, page = await town.made(town.ada, **fields)
    assert (token, page.status_code) == (None, 422)
    assert said in page.text
    assert await keys_of(town.ports, town.ada.id) == ()


async def test_operators_bound_how_many_keys_there_are_and_how_long_they_live():
    async with KeyTown(settings={"most": 1, "longest_days": 60}) as town:
        assert "Choose at most 60 days." in (await town.made(town.ada, days="0"))[1].text
        fields = await form_of(await town.browser(town.ada))
        assert fields["days"] in ("30", "60")
        token, page = await town.made(town.ada, days="60")
        assert token and "These are all that you may have." in page.text


async def test_an_application_alone_gets_what_needs_one(town):
    token, _ = await town.made(town.ada, "read", "write", "follow")
    program = await town.program(token)
    answer = await program.get("/api/v1/apps/verify_credentials")
    told = "This method requires an application's access token"
    assert (answer.status_code, answer.json()["error"]) == (422, told)
    assert (await program.get("/api/v1/push/subscription")).status_code == 403
    assert (await program.get(ME)).headers["x-ratelimit-remaining"] == "297"


async def test_the_keys_of_a_deleted_account_go_with_it(town):
    token, _ = await town.made(town.ada)
    await (await town.program(token)).get(ME)
    await town.made(town.bob)
    (told,) = [each for each in town.site.contributions.subscribers if each.event is AccountDeleted]
    assert told.durable
    for _ in range(2):
        await told.handler(AccountDeleted(id=1, at=1, account_id=town.ada.id))
    stored = await town.ports.storage.values(STORE)
    assert sorted(key.partition(":")[0] for key in stored) == ["key", "own"]
    await forget_keys(town.ports, town.bob.id)
    assert await town.ports.storage.values(STORE) == {}


def test_settings_that_can_not_work_are_said():
    town = KeyTown(settings={"most": 0})
    report = report_of(town.site, "apikeys")
    assert report.state == "broken" and "plugins.apikeys.most is out of range" in report.reason
