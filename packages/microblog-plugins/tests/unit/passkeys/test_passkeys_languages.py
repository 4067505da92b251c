"""The pages of passkeys, and logging in with one, in German and Arabic, errors included."""

from __future__ import annotations

import pytest
from key_ring_town import PATH, challenge_of
from plugin_town import PASSWORD, check_language, send
from soft_authenticator import SoftAuthenticator

LANGUAGES = pytest.mark.parametrize("language", ["de", "ar"])


@LANGUAGES
async def test_passkeys_are_added_named_and_removed_in_the_language_of_the_reader(town, language):
    browser, key = await town.browser(town.ada, language), SoftAuthenticator()
    nothing = await browser.get(PATH)
    check_language(nothing, "passkeys", language, "Passkeys", "There are no passkeys", "Add a passkey")
    wrong = await send(browser, nothing, f"{PATH}/add", name="", password=PASSWORD)
    assert wrong.status_code == 422
    assert {"de": "aus 1 bis 60 Zeichen", "ar": "من 1 إلى \u206860\u2069 حرفا"}[language] in wrong.text
    page = await town.begun(browser)
    check_language(page, "passkeys", language, "Make the passkey")
    forged = await send(browser, page, f"{PATH}/confirm", answer="{}")
    error = "This passkey's answer does not fit. Try again, or use another way."
    check_language(forged, "passkeys", language, error)
    await send(browser, forged, f"{PATH}/confirm", answer=key.create(challenge_of(forged), town.origin))
    added = await browser.get(PATH)
    check_language(
        added, "passkeys", language, "You can log in with this passkey from now on.", "Never used."
    )
    (edit,) = [each for each in added.text.split('"') if each.startswith(f"{PATH}/key/")]
    one = await browser.get(edit)
    check_language(one, "passkeys", language, "Remove the passkey")
    refused = await send(browser, one, f"{edit}/remove", password="not it")
    assert refused.status_code == 422
    assert "This is not your current password." not in refused.text
    assert (await send(browser, one, f"{edit}/remove", password=PASSWORD)).status_code == 303
    told = "The passkey is removed. Your device may still offer it: remove it there, too."
    check_language(await browser.get(PATH), "passkeys", language, told)
    gone = await browser.get(edit)
    assert gone.status_code == 404
    check_language(gone, "passkeys", language, "There is no such passkey.")


@LANGUAGES
async def test_logging_in_with_one_is_in_the_language_of_the_reader(town, language):
    browser = await town.visitor(language)
    offered = await browser.get("/login")
    check_language(offered, "passkeys", language, "Log in with a passkey")
    page = await browser.get("/login/passkeys")
    check_language(page, "passkeys", language, "Your passkey", "Use your passkey")
    wrong = await send(browser, page, "/login/passkeys", answer="{}")
    error = "This passkey's answer does not fit. Try again, or use another way."
    check_language(wrong, "passkeys", language, error)
