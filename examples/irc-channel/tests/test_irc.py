"""The channel against a real server: what people hear, and what core is told when they don't."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from conftest import Join, Server
from microblog_irc import plugin, web
from microblog_irc.addresses import ChooseNick, address_of, choose_nick
from microblog_irc.client import Reply, lines_of, parse

from microblog_core.config import ServerConfig
from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Invalid
from microblog_core.domain.notifications import Message
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.http.app import create_app
from microblog_core.http.sessions import SESSION_COOKIE
from microblog_core.ports.channels import (
    AddressGone,
    Permanent,
    ReachingChannel,
    Temporary,
    Unclear,
    Unreachable,
)
from microblog_core.runtime.jobs import JobRunner
from microblog_core.services import accounts, posts, sessions
from microblog_core.site import Site
from microblog_core.testing.browser import Page
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.servers import free_port
from microblog_core.testing.sites import report_of, site_with
from microblog_web.app import SURFACE

ORIGIN = "http://localhost:8000"


def compose(port: int, **settings: object) -> Site:
    table = {"host": "127.0.0.1", "port": port, "tls": False, "timeout": 5.0, **settings}
    site = site_with(
        {"irc": {"plugins": plugin, "web": web}},
        installed=("web",),
        faces=("web",),
        settings={"irc": table},
        clock=FrozenClock(),
    )
    assert report_of(site, "irc").state == "active", report_of(site, "irc").reason
    return site


def channel_of(site: Site) -> ReachingChannel:
    (channel,) = [each for each in site.contributions.channels if each.name == "irc"]
    assert isinstance(channel, ReachingChannel)
    return channel


async def person(site: Site, name: str, nick: str = "") -> Account:
    command = accounts.CreateAccount(
        username=name, email=f"{name}@example.org", password="a long pass phrase"
    )
    account = await accounts.create_account(site.ports, SYSTEM, command)
    if nick:
        await choose_nick(site.ports, Actor(account=account), ChooseNick(nick=nick))
    return account


def message(account: Account, subject: str = "Bob named you", text: str = "Hello.") -> Message:
    return Message(account_id=account.id, kind="mention", subject=subject, text=text)


@pytest.fixture
async def site(server: Server) -> AsyncIterator[Site]:
    async with compose(server.port) as site:
        yield site


async def test_a_mention_reaches_who_chose_a_nickname_and_nobody_else(site: Site, server: Server, join: Join):
    await person(site, "ada", "ada_irc")
    await person(site, "eve")
    bob = await person(site, "bob")
    jobs = JobRunner(site)
    async with join(server.port, "ada_irc") as there, join(server.port, "eve") as elsewhere:
        text = "@ada and @eve, look:\r\nQUIT :here"
        await posts.publish_post(site.ports, Actor(account=bob), posts.PublishPost(text=text))
        await jobs.run_due()
        subject, *said = await there.told(3)
        assert "bob" in subject.lower()
        assert any("look:" in line for line in said)
        assert (await site.storage.counts()).dead_jobs == 0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await elsewhere.told(1)


async def test_what_people_wrote_is_text_and_no_command(site: Site, server: Server, join: Join):
    ada = await person(site, "ada", "ada")
    async with join(server.port, "ada") as there:
        hostile = "one\r\nKICK #all ada\x00\x01two\n\n" + "ä" * 600 + "\nthree\nfour\nfive"
        await channel_of(site).deliver(message(ada, "subject", hostile), key="1")
        subject, one, kick, rest = await there.told(4)
        assert (subject, one, kick, rest) == ("subject", "one", "KICK #all ada  two", "…")


async def test_who_is_not_there_is_tried_again_and_after_a_month_left_alone(site: Site):
    ada = await person(site, "ada", "ada")
    channel, clock = channel_of(site), site.ports.clock
    assert isinstance(clock, FrozenClock)
    with pytest.raises(Temporary) as refused:
        await channel.deliver(message(ada), key="1")
    assert refused.value.retry_after == 600
    clock.advance(31 * 24 * 3600)
    with pytest.raises(AddressGone):
        await channel.deliver(message(ada), key="1")
    await choose_nick(site.ports, Actor(account=ada), ChooseNick(nick="lovelace"))
    with pytest.raises(Temporary):
        await channel.deliver(message(ada), key="1")


async def test_meeting_somebody_begins_the_month_anew(site: Site, server: Server, join: Join):
    ada = await person(site, "ada", "ada")
    clock = site.ports.clock
    assert isinstance(clock, FrozenClock)
    clock.advance(29 * 24 * 3600)
    async with join(server.port, "ada"):
        await channel_of(site).deliver(message(ada), key="1")
    clock.advance(29 * 24 * 3600)
    with pytest.raises(Temporary):
        await channel_of(site).deliver(message(ada), key="2")


async def test_what_can_not_be_said_is_permanent(site: Site):
    ada, bob = await person(site, "ada", "ada"), await person(site, "bob")
    for wrong in (message(ada, "", "\r\n \x00"), message(bob)):
        with pytest.raises(Permanent):
            await channel_of(site).deliver(wrong, key="1")


async def test_a_server_that_is_away_was_not_asked(server: Server):
    async with compose(free_port()) as site:
        ada = await person(site, "ada", "ada")
        with pytest.raises(Unreachable):
            await channel_of(site).deliver(message(ada), key="1")


async def test_the_password_is_asked_for_and_shown_nowhere(locked_server: Server, join: Join):
    for password, error in (("guessed", "lets nobody in"), ("sesame", "ada is not there")):
        async with compose(locked_server.port, password=password) as site:
            ada = await person(site, "ada", "ada")
            with pytest.raises(Temporary, match=error) as refused:
                await channel_of(site).deliver(message(ada), key="1")
            assert password not in str(refused.value)


async def test_a_nickname_of_ours_that_is_taken_is_no_obstacle(site: Site, server: Server, join: Join):
    ada = await person(site, "ada", "ada")
    async with join(server.port, "ada") as there, join(server.port, "microblog"):
        await channel_of(site).deliver(message(ada), key="1")
        assert await there.told(2) == ["Bob named you", "Hello."]


@asynccontextmanager
async def odd_server(answers: bytes | None) -> AsyncIterator[int]:
    """The port of a server that says this to whoever greets it, and hangs up; with None it says nothing."""
    left = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.readline()
            if answers is not None:
                writer.write(answers)
                writer.write_eof()
            await reader.read()
            writer.close()
            await writer.wait_closed()
        left.set()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.wait_for(left.wait(), 10)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        (b"", Unreachable),
        (b"ERROR :Trying to reconnect too fast\r\n", Temporary),
        (b":s 465 * :You are banned\r\n", Temporary),
        (b":s 001 m :Welcome\r\n", Unclear),
        (b":s 001 m :Welcome\r\nPING :x\r\n:s 404 m ada :Cannot send\r\n:s PONG s :all-said\r\n", Permanent),
        (b"\xff\xfe\r\n" * 9 + b"x" * 70_000 + b"\r\n", Unreachable),
    ],
    ids=["hangs up", "throttles", "bans", "hangs up later", "refuses the text", "speaks nonsense"],
)
async def test_servers_that_misbehave_are_told_apart(answers: bytes, error: type[Exception]):
    async with odd_server(answers) as port, compose(port) as site:
        ada = await person(site, "ada", "ada")
        with pytest.raises(error):
            await channel_of(site).deliver(message(ada), key="1")


async def test_a_server_that_says_nothing_costs_the_timeout_and_no_more():
    async with odd_server(None) as port, compose(port, timeout=0.1) as site:
        ada = await person(site, "ada", "ada")
        with pytest.raises(Unreachable):
            await channel_of(site).deliver(message(ada), key="1")


async def test_people_say_in_their_settings_who_they_are():
    site = compose(free_port())
    app = create_app([site], [SURFACE], server=ServerConfig())
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    browser = httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN})
    async with app, browser as http:
        assert (await http.get("/x/irc/address")).status_code == 303
        ada = await person(site, "ada")
        http.cookies.set(SESSION_COOKIE, (await sessions.open_session(site.ports, ada)).token)
        answer = await http.get("/x/irc/address")
        form = Page("/x/irc/address", answer.status_code, {}, answer.content).form("nick", "csrf_token")
        assert "IRC" in (await http.get("/settings/notifications")).text
        assert (await http.post("/x/irc/address", data={"nick": "ada"})).status_code == 403
        wrong = await http.post("/x/irc/address", data={**form.fields, "nick": "ada\r\nQUIT"})
        assert (wrong.status_code, "is no nickname" in wrong.text) == (422, True)
        assert await channel_of(site).reaches(ada.id) is False
        saved = await http.post("/x/irc/address", data={**form.fields, "nick": "ada[1]"})
        assert (saved.status_code, saved.headers["location"]) == (303, "/x/irc/address")
        assert 'value="ada[1]"' in (await http.get("/x/irc/address")).text
        assert await channel_of(site).reaches(ada.id) is True
        await http.post("/x/irc/address", data={**form.fields, "nick": ""})
        assert await address_of(site.ports, ada.id) is None


@pytest.mark.parametrize("nick", ["1ada", "#all", "ada bob", "ada,bob", "a" * 31, "ä", "ada\nQUIT"])
async def test_what_is_no_nickname_is_refused(site: Site, nick: str):
    ada = await person(site, "ada")
    with pytest.raises(Invalid):
        await choose_nick(site.ports, Actor(account=ada), ChooseNick(nick=nick))


def test_lines_are_read_and_cut_as_the_protocol_wants():
    assert parse(b":s.example 401 me ada :No such nick/channel\r\n") == Reply(
        "401", ("me", "ada", "No such nick/channel")
    )
    assert parse(b"ping tok\r\n") == Reply("PING", ("tok",))
    assert parse(b"\r\n") == Reply("", ())
    (line,) = lines_of("é" * 300, 3)
    assert len(line.encode()) <= 400 and line.endswith("…")
    assert list(lines_of("a\nb\nc\nd", 3)) == ["a", "b", "…"]
