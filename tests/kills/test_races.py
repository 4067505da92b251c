"""Many people at the same moment, and an operator at work in another process while the site serves."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import pytest

from microblog_core.testing.browser import Browser, log_in

from .conftest import Install, NewBrowser
from .consistency import check_everything
from .harness import BUILT_IN, KEY_FIELD, LIFTED, PASSWORD, newcomers, post

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def _is_logged_in(browser: Browser) -> bool:
    page = await browser.get("/compose", follow=False)
    return page.status == 200


async def test_the_next_request_of_somebody_disabled_in_another_process_is_refused(
    new_site: Install, new_browser: NewBrowser
) -> None:
    site = new_site(LIFTED)
    with site.server() as server:
        ada, grace = await newcomers(new_browser, server.port, ["ada", "grace"])
        for _ in range(3):
            # Whatever the server keeps of the session is warm.
            assert await _is_logged_in(ada)
        form = (await ada.get("/compose")).form("text")
        await asyncio.to_thread(site.command, "users", "disable", "ada")
        refused = await post(ada, form, "too late")
        assert refused.status in {303, 401, 403}, refused.text
        assert "/login" in refused.location or refused.status != 303
        assert not await _is_logged_in(ada)
        assert "too late" not in (await grace.get("/public")).text
        again = new_browser(server.port)
        assert (await log_in(again, "ada", PASSWORD)).status != 303
        assert not await _is_logged_in(again)
        assert await _is_logged_in(grace)


async def test_of_fifty_sign_ups_for_one_name_at_once_exactly_one_succeeds(
    new_site: Install, new_browser: NewBrowser, tmp_path: Path
) -> None:
    site = new_site(LIFTED)
    spellings = ["Ada_Lovelace", "ada_lovelace", "ADA_LOVELACE", "AdaLovelace", "ada_1ovelace"]
    with site.server() as server:
        browsers = [new_browser(server.port) for _ in range(50)]
        forms = await asyncio.gather(*(browser.get("/signup") for browser in browsers))

        async def arrive(number: int) -> bool:
            form = forms[number].form("username", "email", "password")
            page = await browsers[number].submit(
                form,
                username=spellings[number % len(spellings)],
                email=f"somebody{number}@example.org",
                password=PASSWORD,
            )
            assert page.status in {303, 409, 422}, page.text
            assert await _is_logged_in(browsers[number]) == (page.status == 303)
            return page.status == 303

        succeeded = await asyncio.gather(*(arrive(number) for number in range(50)))
        assert sum(succeeded) == 1
    async with site.look(tmp_path) as database:
        assert await database.rows("SELECT count(*) FROM accounts") == [(1,)]
        assert await database.rows("SELECT count(*) FROM logins") == [(1,)]
        await check_everything(database)


async def test_guessing_is_throttled_for_the_account_and_not_for_its_neighbours(
    new_site: Install, new_browser: NewBrowser
) -> None:
    site = new_site(BUILT_IN)
    for name in ("ada", "grace"):
        site.command("users", "create", name, "--email", f"{name}@example.org", "--password", PASSWORD)
    with site.server() as server:
        answers = []
        for number in range(30):
            guesser = new_browser(server.port)
            answers.append((await log_in(guesser, "ada", f"guess number {number}")).status)
            assert not await _is_logged_in(guesser)
        assert 429 in answers, answers
        assert answers.index(429) <= 12, f"{answers.index(429)} guesses were free"
        assert set(answers[answers.index(429) :]) == {429}
        owner = new_browser(server.port)
        # Even the right password has to wait now, so that a guess tells nothing.
        assert (await log_in(owner, "ada", PASSWORD)).status == 429
        neighbour = new_browser(server.port)
        assert (await log_in(neighbour, "grace", PASSWORD)).status == 303
        assert await _is_logged_in(neighbour)


async def test_fifty_sendings_of_one_form_at_once_make_one_post(
    new_site: Install, new_browser: NewBrowser, tmp_path: Path
) -> None:
    site = new_site(LIFTED)
    with site.server() as server:
        (ada,) = await newcomers(new_browser, server.port, ["ada"])
        form = (await ada.get("/compose")).form("text", KEY_FIELD)
        impatient = [new_browser(server.port) for _ in range(50)]
        for browser in impatient:
            browser.cookies.update(ada.cookies)
        key = secrets.token_urlsafe(12)
        pages = await asyncio.gather(*(post(browser, form, "only once", key) for browser in impatient))
        assert {page.status for page in pages} == {303}
        assert len({page.location for page in pages}) == 1, "the answers lead to different posts"
        assert (await post(ada, form, "only once", "another key")).status == 303
    async with site.look(tmp_path) as database:
        assert await database.rows("SELECT count(*) FROM posts") == [(2,)]
        await check_everything(database)
