"""People who bring answers that are not theirs, and providers that are away, as pages meet them."""

from __future__ import annotations

import asyncio
import time

import pytest
from oidc_town import LOGIN, OidcTown, follow
from plugin_town import is_in
from small_provider import CLIENT, SmallProvider

from microblog_core.examining import run_checks


@pytest.fixture
async def known(town):
    """A town to which the person at the provider belongs already: whatever is taken lets them in."""
    await town.sign_up(await town.visitor())
    return town


async def refused(town, *, says="did not work"):
    browser = await town.visitor()
    page = await town.log_in(browser)
    assert page.status_code == 422 and says in page.text, page.text
    assert not is_in(browser)
    assert 'href="/login"' in page.text and "/login/password" in page.text, "there are other ways"


async def test_what_is_forged_is_a_sentence_on_the_page(known):
    known.provider.claims = {"nonce": "of another log-in"}
    await refused(known)


async def test_an_answer_is_good_once(known):
    browser = await known.visitor()
    address = await known.answered(browser)
    kept = dict(browser.cookies)
    await follow(browser, address)
    assert is_in(browser)
    thief = await known.visitor()
    thief.cookies.update(kept)
    page = await follow(thief, address)
    assert page.status_code == 422 and "not waited for any more" in page.text and not is_in(thief)


async def test_of_many_that_bring_the_same_answer_one_gets_in(known):
    browser = await known.visitor()
    address = await known.answered(browser)
    query = address.partition("?")[2]
    answers = await asyncio.gather(*(browser.get(f"{LOGIN}?{query}") for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [303, 422, 422, 422, 422]


async def test_an_answer_from_another_browser_is_refused_and_begins_nothing(known):
    mallory = await known.visitor()
    address = await known.answered(mallory)
    victim = await known.visitor()
    page = await follow(victim, address)
    assert page.status_code == 422 and "began in another browser" in page.text and not is_in(victim)
    other = await known.answered(victim)
    assert other != address
    page = await follow(victim, address)
    assert page.status_code == 422 and not is_in(victim)


async def test_a_browser_without_cookies_is_told_and_not_sent_around_for_ever(known):
    browser = await known.visitor()
    address = await known.answered(browser)
    browser.cookies.clear()
    page = await follow(browser, address)
    assert page.status_code == 422 and "Begin again" in page.text
    bare = await follow(browser, "/x/oidc/callback/corp")
    assert bare.status_code == 422


async def test_the_answer_of_one_provider_is_not_taken_for_anothers():
    with SmallProvider(time.time) as evil:
        settings = {"issuer": evil.issuer, "client_id": CLIENT, "label": "Evil"}
        async with OidcTown(others={"evil": settings}) as both:
            browser = await both.visitor()
            address = await both.answered(browser)
            mixed = address.replace("/callback/corp", "/callback/evil")
            page = await follow(browser, mixed)
            assert page.status_code == 422 and not is_in(browser)
            assert evil.tokens == [] and "/token" not in evil.requests


async def test_who_says_no_at_the_provider_is_told(known):
    known.provider.says_no = "access_denied"
    await refused(known, says="did not let you in here")


async def test_a_provider_that_is_not_there_is_left_alone_and_the_site_is_there():
    async with OidcTown() as town:
        town.provider.stop()
        browser = await town.visitor()
        assert (await browser.get("/")).status_code == 200
        page = await browser.get(LOGIN)
        assert page.status_code == 422 and "can&#39;t be reached at the moment" in page.text
        (checked,) = [each for each in await run_checks(town.site) if each.name == "oidc.corp"]
        assert checked.error and not checked.critical
        for _ in range(5):
            await browser.get(LOGIN)
        began = time.monotonic()
        assert (await browser.get(LOGIN)).status_code == 422
        assert time.monotonic() - began < 2.0
