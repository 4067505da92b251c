"""Web hooks and preferences end to end: `microblog serve` alone, real receivers, and what hangs beside it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from standardwebhooks import Webhook as Verifier

from microblog_core.testing.browser import Browser, sign_up, write
from microblog_core.testing.mail import MailServer
from microblog_core.testing.receiver import Received, Receiver
from microblog_core.testing.servers import ServerProcess, free_port, site_server

PASSWORD = "correct horse"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")
PAGE = "/settings/webhooks"


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


@pytest.fixture
def site(make_data, mail_server: MailServer) -> Iterator[ServerProcess]:
    port = free_port()
    data = make_data(
        f"""
        [plugins.email]
        host = "127.0.0.1"
        port = {mail_server.port}
        tls = "none"
        sender = "Town <noreply@town.example>"
        fold_seconds = 0.2
        unconfirmed = true

        [plugins.webhooks]
        seconds = 1.0
        rest_seconds = 2.0

        [sites.main]
        private_targets = ["127.0.0.1"]
        undo_seconds = 0

        [sites.main.rates]
        publish = [10000, 60]
        """
    )
    with site_server(data, port=port) as server:
        yield server


@pytest.fixture
async def person(site: ServerProcess) -> AsyncIterator[Callable]:
    """A function that signs somebody up and gives their browser; all are closed in the end."""
    async with contextlib.AsyncExitStack() as stack:

        async def made(name: str) -> Browser:
            browser = await stack.enter_async_context(Browser(site.port, host="127.0.0.1"))
            await sign_up(browser, name, PASSWORD)
            return browser

        yield made


async def add_target(browser: Browser, url: str) -> str:
    """Add a web hook by the form; its secret."""
    form = (await browser.get(PAGE)).form("url")
    page = await browser.post(form.action, {**form.fields, "url": url})
    assert page.status == 200, page.text
    (secret,) = SECRET.findall(page.text)
    return secret


async def press(browser: Browser, button: str) -> str:
    """Press a button of the only target; the page that comes of it."""
    form = (await browser.get(PAGE)).form("webhook")
    page = await browser.post(form.action, {**form.fields, "do": button})
    return page.text if page.status == 200 else (await browser.get(page.location)).text


def verified(request: Received, *secrets: str) -> dict:
    for secret in secrets:
        Verifier(secret).verify(request.body, dict(request.headers))
    return json.loads(request.body)


async def test_somebody_lets_a_program_of_theirs_be_told(person, receiver: Receiver) -> None:
    ada, bob = await person("ada"), await person("bob")
    empty = await bob.get(PAGE)
    assert "There are no web hooks" in empty.text
    form = empty.form("url")
    for wrong in ("http://hooks.example.org/", "https://10.0.0.1/", "https://printer/", ""):
        page = await bob.post(form.action, {**form.fields, "url": wrong})
        assert page.status == 422 and "Use an address" in page.text
    secret = await add_target(bob, f"{receiver.url}/hook")
    page = (await bob.get(PAGE)).text
    assert secret not in page and "It was told nothing yet." in page

    await press(bob, "ping")
    (ping,) = await asyncio.to_thread(receiver.wait_for, 1)
    assert verified(ping, secret)["type"] == "webhook.ping"
    await write(ada, "Hello @bob")
    _, told = await asyncio.to_thread(receiver.wait_for, 2)
    assert verified(told, secret)["data"]["post"]["text"] == "Hello @bob"

    (turned,) = SECRET.findall(await press(bob, "rotate"))
    await press(bob, "ping")
    verified((await asyncio.to_thread(receiver.wait_for, 3))[2], secret, turned)

    assert "Paused" in await press(bob, "pause")
    await write(ada, "Not told @bob")
    assert "Active" in await press(bob, "resume")
    receiver.status = 410
    await write(ada, "The last one @bob")
    await asyncio.to_thread(receiver.wait_for, 4)
    page = ""
    while "it wants no more" not in page:
        page = (await bob.get(PAGE)).text
    assert "told nothing any more" in (await bob.get("/notifications")).text
    assert "There are no web hooks" in await press(bob, "remove")
    assert "told nothing any more" not in (await bob.get("/notifications")).text

    for number in range(5):
        await add_target(ada, f"{receiver.url}/{number}")
    page = await ada.get(PAGE)
    assert "all that you may have" in page.text
    (token,) = {each.fields["csrf_token"] for each in page.forms() if "webhook" in each.fields}
    more = await ada.post(PAGE, {"csrf_token": token, "url": f"{receiver.url}/6"})
    assert more.status == 422 and "5 web hooks already" in more.text
    stranger = await bob.post(f"{PAGE}/change", {"webhook": "1", "do": "remove", "csrf_token": "x"})
    assert stranger.status in (303, 403)


async def test_kinds_are_chosen_for_every_channel_and_left_out_of_the_list(person) -> None:
    ada, bob = await person("ada"), await person("bob")
    page = await bob.get("/settings/notifications")
    form = page.form("site.mention")
    channels = {name.partition(".")[0] for name in form.fields if "." in name}
    assert channels == {"site", "email", "webhooks", "webpush"}
    wrong = await bob.post(form.action, {**form.fields, "webpush.mention": "weekly"})
    assert wrong.status == 422 and "Choose one of at_once, never" in wrong.text
    never = {**form.fields, "site.mention": "never"}
    assert (await bob.post(form.action, never)).status == 303
    await write(ada, "Hello @bob")
    listed = await bob.get("/notifications")
    assert "Nothing has happened yet" in listed.text
    assert (await bob.post(form.action, {**never, "site.mention": "at_once"})).status == 303
    assert "mentioned you" in (await bob.get("/notifications")).text


async def median_of_posting(browser: Browser, text: str, count: int = 25) -> float:
    """The median of the seconds that a post takes."""
    taken = []
    for number in range(count):
        form = (await browser.get("/compose")).form("text")
        began = time.perf_counter()
        page = await browser.post(form.action, {**form.fields, "text": f"{text} {number}"})
        taken.append(time.perf_counter() - began)
        assert page.status == 303
    return statistics.median(taken)


async def test_what_hangs_slows_nothing_and_is_left_alone_probed_once_and_used_again(
    person, site: ServerProcess, mail_server: MailServer, receiver: Receiver
) -> None:
    ada, bob, cid = await person("ada"), await person("bob"), await person("cid")
    with Receiver() as healthy:
        await add_target(bob, receiver.url)
        await add_target(cid, healthy.url)
        before = await median_of_posting(ada, "@bob before")
        await asyncio.to_thread(receiver.wait_for, 25, 30.0)

        mail_server.hangs = receiver.hangs = True
        beside = await median_of_posting(ada, "@bob beside what hangs")
        await asyncio.to_thread(receiver.wait_for_tries, 26)
        beside = max(beside, await median_of_posting(ada, "beside what hangs, to nobody"))
        print(f"a post takes {before * 1000:.1f} ms, beside what hangs {beside * 1000:.1f} ms")
        assert beside < 5 * before + 0.05

        # Other jobs go on meanwhile.
        began = time.monotonic()
        await write(ada, "Hello @cid")
        await asyncio.to_thread(healthy.wait_for, 1, 10.0)
        assert time.monotonic() - began < 10

        await said(site, "the circuit is open")
        # What had been let through before still arrives within the second that it may wait.
        await asyncio.sleep(1.3)
        tried = receiver.tried
        await asyncio.to_thread(receiver.wait_for_tries, tried + 1, 30.0)
        await asyncio.sleep(0.3)
        assert receiver.tried == tried + 1, "one call at a time finds out whether it works again"
        receiver.hangs = mail_server.hangs = False
        await said(site, "the circuit is closed")
        answered = len(receiver.requests)
        await write(ada, "It works again @bob")
        await asyncio.to_thread(receiver.wait_for, answered + 1, 30.0)


async def said(site: ServerProcess, what: str, seconds: float = 40.0) -> None:
    """Wait until the log says something."""
    async with asyncio.timeout(seconds):
        while what not in site.output():
            await asyncio.sleep(0.05)
