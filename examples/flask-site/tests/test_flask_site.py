"""The site as browsers meet it: started by its command, driven over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from microblog_core.testing.browser import Browser, Page
from microblog_core.testing.servers import ServerProcess, free_port

PASSWORD = "correct horse battery"
COMMAND = [sys.executable, "-m", "flask", "--app", "flask_site", "run", "--port", "{port}"]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port, folder = free_port(), tmp_path_factory.mktemp("site")
    command = [part.format(port=port) for part in COMMAND]
    env = {"MICROBLOG_DATA": str(folder / "data")}
    with ServerProcess(command, port, folder / "server.log", env=env) as server:
        yield server.port


async def sign_up(browser: Browser, name: str) -> Page:
    form = (await browser.get("/signup")).form("username", "email", "password")
    email = f"{name}@example.org"
    return await browser.submit(form, username=name, email=email, password=PASSWORD)


async def log_in(browser: Browser, name: str, password: str, path: str = "/login") -> Page:
    return await browser.submit((await browser.get(path)).form("name"), name=name, password=password)


async def write(browser: Browser, text: str, path: str = "/") -> Page:
    return await browser.submit((await browser.get(path)).form("text"), text=text)


async def test_what_people_write_is_read_by_everybody_and_answered(port: int) -> None:
    async with Browser(port) as ada, Browser(port) as ben, Browser(port) as reader:
        assert (await sign_up(ada, "ada")).status == 303
        assert (await sign_up(ben, "ben")).status == 303
        written = await write(ada, "Tea & <b>cake</b> for @ben #cake")
        assert (written.status, written.location.startswith("/@ada/")) == (303, True)
        answered = await write(ben, "Yes, please.", written.location)
        assert answered.status == 303
        for path in ("/", "/@ada", "/tags/cake", written.location, answered.location):
            page = await reader.get(path)
            assert (page.status, "Tea &amp; &lt;b&gt;cake&lt;/b&gt;" in page.text) == (200, True), path
            assert '<a href="/@ben"' in page.text
        assert "Yes, please." in (await reader.get(written.location)).text
        assert reader.cookies == {}


async def test_logging_out_ends_the_session_for_good(port: int) -> None:
    async with Browser(port) as cleo:
        await sign_up(cleo, "cleo")
        kept = dict(cleo.cookies)
        (leaving,) = (form for form in (await cleo.get("/")).forms() if form.action == "/logout")
        assert (await cleo.submit(leaving)).status == 303
        assert "Log in" in (await cleo.get("/")).text
        cleo.cookies = kept
        assert "Log in" in (await cleo.get("/")).text


async def test_logging_in_leads_back_and_a_wrong_password_is_explained(port: int) -> None:
    async with Browser(port) as dora:
        await sign_up(dora, "dora")
        dora.cookies.clear()
        wrong = await log_in(dora, "dora", "another one")
        assert (wrong.status, wrong.form("name").fields["name"]) == (422, "dora")
        assert "is wrong" in wrong.text
        asked = await dora.get("/home", follow=False)
        assert asked.location == "/login?next=/home"
        assert (await log_in(dora, "dora", PASSWORD, asked.location)).location == "/home"
        await write(dora, "At home")
        assert "At home" in (await dora.get("/home")).text


async def test_forms_that_no_page_of_ours_sent_are_refused(port: int) -> None:
    async with Browser(port) as eve:
        await sign_up(eve, "eve")
        form = (await eve.get("/")).form("text")
        without = await eve.post("/posts", {"text": "forged"})
        elsewhere = {"origin": "http://evil.example"}
        abroad = await eve.post("/posts", {**form.fields, "text": "forged"}, headers=elsewhere)
        assert (without.status, abroad.status) == (403, 403)
        assert "another site" in abroad.text
        assert "forged" not in (await eve.get("/@eve")).text


async def test_what_core_refuses_is_a_page_that_says_what_to_change(port: int) -> None:
    async with Browser(port) as finn, Browser(port) as anonymous:
        await sign_up(finn, "finn")
        empty = await write(finn, "  ")
        assert (empty.status, 'role="alert"' in empty.text) == (422, True)
        long = await write(finn, "x" * 501)
        assert (long.status, long.form("text").fields["text"]) == (422, "x" * 501)
        assert "500" in long.text
        taken = await sign_up(anonymous, "finn")
        assert (taken.status, taken.form("username").fields["username"]) == (422, "finn")
        assert (await finn.get("/@finn/1")).status == 404
        assert (await finn.get("/@nobody")).status == 404
        assert (await finn.get("/?max_id=soon")).status == 422
        form = (await anonymous.get("/login")).form("name")
        refused = await anonymous.post("/posts", {**form.fields, "text": "Hello"})
        assert (refused.status, "not logged in" in refused.text) == (401, True)
        tries = [await log_in(anonymous, "finn", "a guess") for _ in range(11)]
        assert {each.status for each in tries[:10]} == {422}
        assert (tries[10].status, int(tries[10].headers["retry-after"]) > 0) == (429, True)


def test_a_configuration_that_cannot_be_is_explained_in_a_sentence(tmp_path: Path) -> None:
    command = [part.format(port=free_port()) for part in COMMAND]
    env = {**os.environ, "MICROBLOG_DATA": str(tmp_path), "MICROBLOG_SITES__MAIN__COLOUR": "red"}
    ended = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert "colour" in ended.stderr
    assert "Traceback" not in ended.stderr
