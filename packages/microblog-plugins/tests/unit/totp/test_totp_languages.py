"""The page for codes, and the step that asks for one, in German and Arabic, errors included."""

from __future__ import annotations

import pytest
from code_town import PATH
from plugin_town import PASSWORD, check_language, password_given, send

LANGUAGES = pytest.mark.parametrize("language", ["de", "ar"])


@LANGUAGES
async def test_setting_codes_up_is_in_the_language_of_the_reader(town, language):
    browser = await town.browser(town.ada, language)
    nothing = await browser.get(PATH)
    check_language(
        nothing, "totp", language, "Second step", "You log in with your password alone", "Set it up"
    )
    page, secret = await town.begun(browser)
    check_language(page, "totp", language, "Type the code that the app shows.", "Your password")
    wrong = await send(browser, page, f"{PATH}/confirm", password=PASSWORD, code="000000")
    assert wrong.status_code == 422
    error = "This code is wrong, was used already, or is too old. Wait for the next one."
    check_language(wrong, "totp", language, error)
    done = await send(browser, wrong, f"{PATH}/confirm", password=PASSWORD, code=town.code(secret))
    check_language(done, "totp", language, "From now on logging in asks for a code.")
    assert {"de": "Du hast noch 10 Wiederherstellungscodes.", "ar": "بقيت لديك 10 رموز استرداد."}[
        language
    ] in done.text
    town.clock.advance(60)
    form = {"password": PASSWORD, "code": town.code(secret)}
    assert (await send(browser, done, f"{PATH}/off", **form)).status_code == 303
    off = await browser.get(PATH)
    check_language(off, "totp", language, "Logging in asks for no code any more.")


@LANGUAGES
@pytest.mark.parametrize("path", ["/login", "/oauth/login"])
async def test_the_second_step_asks_in_the_language_of_the_reader(town, language, path):
    await town.enrol(town.ada)
    browser = await town.visitor(language)
    asked = await password_given(browser, path=path)
    check_language(asked, "totp", language, "Second step", "Code from your app")
    empty = await send(browser, asked, f"{path}/password", code="")
    check_language(empty, "totp", language, "Enter the code that your app shows.")
