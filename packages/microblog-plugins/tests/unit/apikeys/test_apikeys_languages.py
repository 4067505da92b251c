"""The page of API keys in German and Arabic, errors included."""

from __future__ import annotations

import html

import pytest
from key_town import PATH, revoke
from plugin_town import check_language, page_of, send

from microblog_core.domain.applications import SCOPES


@pytest.mark.parametrize(
    ("language", "days"), [("de", ("30 Tage", "365 Tage")), ("ar", ("30 يوما", "365 يوما"))]
)
async def test_keys_are_made_and_revoked_in_the_language_of_the_reader(town, language, days):
    browser = await town.browser(town.ada, language)
    page = await browser.get(PATH)
    check_language(page, "apikeys", language, "API keys", "There are no keys", "Until I revoke it")
    assert all(f">{each}</option>" in page.text for each in days)
    wrong = await send(browser, page, PATH, name="x" * 61, days="90")
    assert wrong.status_code == 422
    check_language(wrong, "apikeys", language, "Choose what it may do.")
    assert {"de": "aus 1 bis 60 Zeichen", "ar": "من 1 إلى \u206860\u2069 حرفا"}[language] in wrong.text
    form = {"name": "A script", "scope-read": "1", "days": "90"}
    made = await browser.post(PATH, data={**page_of(page).form("name", "days").fields, **form})
    check_language(made, "apikeys", language, "Programs send it with each request:", "Never used.")
    key_id = page_of(made).form("key").fields["key"]
    assert (await revoke(browser, key_id)).status_code == 303
    told = "The key is revoked. Programs that use it are refused from now on."
    check_language(await browser.get(PATH), "apikeys", language, told)
    gone = await revoke_again(browser, made)
    assert gone.status_code == 404
    check_language(gone, "apikeys", language, "There is no such key.")


async def revoke_again(browser, page):
    return await send(browser, page, f"{PATH}/revoke")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("de", ("Alles in deinem Konto lesen", "Danach kommst du zu elephant.example")),
        ("ar", ("قراءة كل ما في حسابك", "بعد ذلك تُنقل إلى \u2068elephant.example\u2069")),
    ],
)
async def test_what_keys_and_applications_may_do_is_said_in_the_language_of_the_reader(town, language, told):
    keys = html.unescape((await (await town.browser(town.ada, language)).get(PATH)).text)
    scopes = set(SCOPES) - {"push"}
    assert all(f"<code>{scope}</code>" in keys for scope in scopes) and told[0] in keys
    assert [words for words in SCOPES.values() if f"<span>{words} " in keys] == []
    asked = await town.consent(town.ada, language, scope=" ".join(SCOPES))
    assert asked.status_code == 200 and all(each in html.unescape(asked.text) for each in told)
    left = [words for words in SCOPES.values() if f"<b>{html.escape(words)}</b>" in asked.text]
    assert left == [] and "Afterwards" not in asked.text


async def test_who_reads_english_is_told_so(town):
    page = await (await town.browser(town.ada, "en")).get(PATH)
    assert "There are no keys" in html.unescape(page.text) and '<html lang="en" dir="ltr"' in page.text
