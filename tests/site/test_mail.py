"""Mail end to end: `microblog serve` alone, one process, no Redis and no worker, and a real mail server."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterator
from html import unescape

import pytest

from microblog_core.testing.browser import Browser
from microblog_core.testing.mail import MailServer, ReceivedMail
from microblog_core.testing.servers import ServerProcess, free_port, site_server

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def site(make_data, mail_server: MailServer) -> Iterator[ServerProcess]:
    """A site without any address in its configuration: its links lead to where it listens."""
    port = free_port()
    data = make_data(
        f"""
        [plugins.email]
        host = "127.0.0.1"
        port = {mail_server.port}
        tls = "none"
        sender = "Town <noreply@town.example>"
        fold_seconds = 0.5

        [sites.main]
        undo_seconds = 0
        """
    )
    with site_server(data, port=port) as server:
        yield server


@pytest.fixture
async def open_browser() -> AsyncIterator[Callable[[ServerProcess], Browser]]:
    """A function that gives a new browser; all are closed in the end."""
    async with contextlib.AsyncExitStack() as stack:

        def opened(server: ServerProcess) -> Browser:
            browser = Browser(server.port, host="127.0.0.1")
            stack.push_async_callback(browser.close)
            return browser

        yield opened


class Person:
    """Somebody with a browser and a mailbox."""

    def __init__(self, browser: Browser, mails: MailServer, name: str) -> None:
        self.name, self.email = name, f"{name}@people.example"
        self.browser = browser
        self._mails = mails

    async def sign_up(self) -> None:
        form = (await self.browser.get("/signup")).form("username", "email", "password")
        values = {"username": self.name, "email": self.email, "password": PASSWORD}
        assert (await self.browser.post(form.action, {**form.fields, **values})).status == 303

    async def log_in(self, password: str = PASSWORD) -> bool:
        form = (await self.browser.get("/login")).form("name", "password")
        return (
            await self.browser.post(form.action, {**form.fields, "name": self.name, "password": password})
        ).status == 303

    async def write(self, text: str) -> None:
        form = (await self.browser.get("/compose")).form("text")
        assert (await self.browser.post(form.action, {**form.fields, "text": text})).status == 303

    def mails(self, count: int) -> list[ReceivedMail]:
        """The first so many mails to this person."""
        return self._mails.wait_for(count, recipient=self.email)


def link_in(mail: ReceivedMail, site: ServerProcess, path: str) -> str:
    """The path and query of a link of the site's in a mail."""
    found = re.search(rf"{re.escape(site.url)}({re.escape(path)}[^\s<>\"]*)", mail.text)
    assert found, mail.text
    return found.group(1)


async def test_from_signing_up_to_unsubscribing(
    site: ServerProcess, mail_server: MailServer, open_browser
) -> None:
    ada, bob = (Person(open_browser(site), mail_server, name) for name in ("ada", "bob"))
    await ada.sign_up()
    await bob.sign_up()
    (welcome,) = bob.mails(1)
    assert welcome.message["Subject"] == "Confirm your address for Microblog"
    assert welcome.message["List-Unsubscribe"] is None

    # Nothing but that mail before the address is confirmed, and looking at the link confirms nothing.
    confirm = link_in(welcome, site, "/confirm")
    stranger = open_browser(site)
    page = await stranger.get(confirm)
    assert "bob@people.example" in page.text
    assert "Not confirmed" in (await bob.browser.get("/settings/notifications")).text
    form = page.form()
    assert (await stranger.post(form.action, form.fields)).status == 200
    assert "Not confirmed" not in (await bob.browser.get("/settings/notifications")).text
    assert (await stranger.post(f"{confirm[:-1]}_", {})).status == 404

    await ada.write("Hello @bob, this is <ada>")
    mention = bob.mails(2)[1]
    assert mention.message["Subject"] == "ada (@ada) mentioned you"
    assert "this is <ada>" in mention.text and "this is &lt;ada&gt;" in mention.html
    assert (await bob.browser.get(link_in(mention, site, "/@ada/"))).status == 200

    # One click: what a mail provider sends, without cookies, from nowhere.
    (address,) = re.findall(rf"<{re.escape(site.url)}(/unsubscribe\S+)>", mention.message["List-Unsubscribe"])
    looked = await stranger.get(address)
    assert looked.status == 200 and "mentions" in looked.text
    plain = {"origin": "https://mail.example"}
    answer = await stranger.post(address, {"List-Unsubscribe": "One-Click"}, headers=plain)
    assert answer.status == 200
    assert (await stranger.post(address.replace("token=", "token=x"), {})).status == 404
    page = await bob.browser.get("/settings/notifications")
    chosen = page.form("email.mention").fields
    assert (chosen["email.mention"], chosen["email.reply"]) == ("never", "at_once")

    # And back again, by the settings; of what happened meanwhile there is no mail.
    await ada.write("@bob you don't get this")
    form = page.form("email.mention")
    back = {**form.fields, "email.mention": "at_once", "locale": "de"}
    assert (await bob.browser.post(form.action, back)).status == 303
    wrong = {**form.fields, "email.mention": "hourly"}
    assert (await bob.browser.post(form.action, wrong)).status == 422
    await bob.browser.get("/notifications")
    await ada.write("@bob but this")
    last = bob.mails(3)[2:]
    texts = "".join(mail.text for mail in last)
    assert "but this" in texts and "you don't get this" not in texts
    assert last[0].message["Subject"] == "ada (@ada) hat dich erwähnt"


async def test_a_forgotten_password_is_replaced_once_and_logs_out_everywhere(
    site: ServerProcess, mail_server: MailServer, open_browser
) -> None:
    cid = Person(open_browser(site), mail_server, "cid")
    await cid.sign_up()
    cid.mails(1)
    visitor = open_browser(site)
    assert "/password/forgot" in (await visitor.get("/login")).text
    form = (await visitor.get("/password/forgot")).form("name")
    known = await visitor.post(form.action, {"name": "CID@people.example"})
    unknown = await visitor.post(form.action, {"name": "nobody@people.example"})
    assert (known.status, known.body) == (unknown.status, unknown.body)
    reset = cid.mails(2)[1]
    link = link_in(reset, site, "/password/reset")
    page = await visitor.get(link)
    form = page.form("password")
    weak = await visitor.post(form.action, {"password": "short"})
    assert weak.status == 422 and "At least 8 characters" in weak.text
    assert (await visitor.post(form.action, {"password": "brand new password"})).status == 200
    assert (await visitor.post(form.action, {"password": "another password"})).status == 404
    assert (await visitor.get(link)).status == 404
    assert (await cid.browser.get("/settings/account", follow=False)).status == 303
    assert not await cid.log_in(PASSWORD)
    assert await cid.log_in("brand new password")
    assert "Confirmed" in (await cid.browser.get("/settings/notifications")).text
    assert {mail.recipient for mail in mail_server.mails} <= {
        f"{name}@people.example" for name in ("ada", "bob", "cid")
    }
    assert not [mail for mail in mail_server.mails if "token=" in unescape(str(mail.message["Subject"]))]


async def test_without_a_mail_server_pages_say_so(make_data, open_browser) -> None:
    with site_server(make_data()) as server:
        visitor = open_browser(server)
        page = await visitor.get("/password/forgot")
        assert "sends no mail" in page.text and "plugins.email.host" in page.text
        assert "/password/forgot" not in (await visitor.get("/login")).text
        assert (await visitor.post("/password/forgot", {"name": "ada"})).status == 200
        form = (await visitor.get("/signup")).form("username", "email", "password")
        values = {"username": "ada", "email": "ada@people.example", "password": PASSWORD}
        assert (await visitor.post(form.action, {**form.fields, **values})).status == 303
        settings = await visitor.get("/settings/notifications")
        assert "Mail is not set up" in settings.text and "plugins.email.host" in settings.text
