"""Logging in by a provider, and the page where one is linked, in German and Arabic, errors included."""

from __future__ import annotations

import pytest
from oidc_town import LOGIN, PATH, follow
from plugin_town import check_language, send

LANGUAGES = pytest.mark.parametrize("language", ["de", "ar"])


@LANGUAGES
async def test_the_first_time_is_in_the_language_of_the_reader(town, language):
    browser = await town.visitor(language)
    offered = await browser.get("/login")
    check_language(offered, "oidc", language)
    said = {"de": "Mit Corp anmelden", "ar": "تسجيل الدخول عبر \u2068Corp\u2069"}[language]
    assert said in offered.text and "Log in with" not in offered.text
    asked = await town.log_in(browser)
    check_language(asked, "oidc", language, "Choose your name here", "Create my account", "Nobody sees it.")
    assert (await send(browser, asked, LOGIN, username="newcomer")).status_code == 303
    page = await browser.get(PATH)
    check_language(page, "oidc", language, "Log-in providers", "You log in here with:")
    refused = await send(browser, page, f"{PATH}/unlink", link=page.text.split('name="link" value="')[1][:64])
    assert refused.status_code == 422
    check_language(refused, "oidc", language, "You have no other way to log in. Set a password first.")


@LANGUAGES
async def test_what_did_not_work_is_said_in_the_language_of_the_reader(town, language):
    browser = await town.visitor(language)
    address = await town.answered(browser)
    denied = await follow(browser, address.replace("code=", "error=access_denied&code="))
    said = {
        "de": "Corp hat dich hier nicht hereingelassen.",
        "ar": "لم يسمح لك \u2068Corp\u2069 بالدخول هنا.",
    }
    assert said[language] in denied.text
    check_language(denied, "oidc", language)
