"""Streams of a served site, over real connections."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.posts import Visibility
from microblog_core.ports.context import Ports
from microblog_core.services import accounts, relations
from microblog_core.services.posts import DeletePost, PublishPost, delete_post, publish_post
from microblog_core.services.sessions import hash_token
from microblog_core.testing.servers import ServerProcess, site_server
from microblog_core.testing.tokens import make_token

from .conftest import MakeData
from .seeding import opened, person
from .streams import Events, Socket
from .test_visibility import PEOPLE, SEES, VIEWERS, people_of, text_of

STREAMS = 50
QUICKLY = 3.0
"""Seconds within which streams end with their token, and another process's events come, at most: a check
every three seconds, and a machine with other work.
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def data(make_data: MakeData, request: pytest.FixtureRequest) -> Path:
    configuration = ""
    if request.param == "postgresql":
        configuration = f'[sites.main]\nstorage = "{request.getfixturevalue("postgres_database")}"\n'
    return make_data(configuration)


@contextlib.asynccontextmanager
async def two_people(data: Path) -> AsyncIterator[tuple[Ports, Actor, Actor, str]]:
    """Another process's ports; ann, ben who follows her, and a token of his."""
    async with opened(data) as ports:
        ann, ben = await person(ports, "ann"), await person(ports, "ben")
        await relations.follow(ports, ben, relations.RelationCommand(account_id=ann.id or 0))
        assert ben.account is not None
        yield ports, ann, ben, await make_token(ports, ben.account)


async def test_what_another_process_does_reaches_the_streams_of_this_one(data: Path) -> None:
    async with two_people(data) as (ports, ann, _, token):
        with (
            site_server(data) as server,
            Events(server.port, "/user", token) as events,
            Socket(server.port, token, stream="public") as socket,
        ):
            entry = await publish_post(ports, ann, PublishPost(text="from elsewhere"))
            for stream in (events, socket):
                name, payload = stream.event()
                assert (name, payload["id"]) == ("update", str(entry.id))
            await delete_post(ports, ann, DeletePost(post_id=entry.id))
            assert events.event() == socket.event() == ("delete", entry.id)


async def test_streams_end_soon_after_their_token_did_by_whomever(data: Path) -> None:
    async with two_people(data) as (ports, _, ben, token):
        assert ben.account is not None
        other = await make_token(ports, ben.account)
        with (
            site_server(data) as server,
            Events(server.port, "/user", token) as events,
            Socket(server.port, other, stream="user") as kept,
        ):
            unit = ports.unit()
            unit.applications.delete_token(hash_token(token))
            await unit.commit()
            with pytest.raises(EOFError):
                events.event()
            state = accounts.SetState(account_id=ben.account.id, state=AccountState.DISABLED)
            began = time.monotonic()
            await accounts.set_account_state(ports, SYSTEM, state)
            assert kept.closed() == 1008
            assert time.monotonic() - began < 2 * QUICKLY


async def test_two_web_processes_share_what_happens(make_data: MakeData, postgres_database: str) -> None:
    data = make_data(f'[sites.main]\nstorage = "{postgres_database}"\n')
    async with two_people(data) as (ports, ann, _, token):
        assert ann.account is not None
        writing = await make_token(ports, ann.account)
    with (
        site_server(data) as first,
        site_server(data) as second,
        Events(second.port, "/user", token) as events,
    ):
        headers = {"authorization": f"Bearer {writing}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{first.port}", headers=headers) as http:
            began = time.monotonic()
            made = http.post("/api/v1/statuses", data={"status": "hello @ben"}).json()
            told = dict([events.event(), events.event()])
        assert time.monotonic() - began < QUICKLY
        assert told["update"]["id"] == told["notification"]["status"]["id"] == made["id"]


@pytest.fixture
def server(make_data: MakeData) -> ServerProcess:
    return site_server(make_data())


def test_with_many_sockets_open_it_ends_well_and_says_that_it_goes_away(server: ServerProcess) -> None:
    with server, contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(Socket(server.port, stream="public")) for _ in range(STREAMS)]
        events = [stack.enter_context(Events(server.port, "/public")) for _ in range(STREAMS)]
        began = time.monotonic()
        assert server.terminate() == 0
        assert time.monotonic() - began < 3
        assert {socket.closed() for socket in sockets} == {1001}
        for each in events:
            with pytest.raises(EOFError):
                each.event()


async def test_handshakes_are_refused_with_the_reason_and_tokens_are_not_logged(make_data: MakeData) -> None:
    data = make_data()
    async with two_people(data) as (_, _, _, token):
        pass
    with site_server(data) as server:
        with Socket(server.port, "wrong") as refused:
            assert refused.status == 401
            assert "application/json" in refused.head
            assert "access-control-allow-origin: *" in refused.head
        with Socket(server.port, protocol=token, stream="user") as socket:
            assert socket.status == 101
            assert f"sec-websocket-protocol: {token}" in socket.head
            socket.say(type="subscribe", stream="nothing")
            assert socket.message()["error"]
        with Socket(server.port, access_token=token, stream="user") as socket:
            assert socket.status == 101
        with Events(server.port, "/user", access_token=token) as events:
            assert events.status == 200
        with Events(server.port, "/user") as nobody:
            assert nobody.status == 401
        assert server.terminate() == 0
        log = server.output()
    assert token not in log
    assert "access_token=***" in log
    assert "GET /api/v1/streaming 401" in log


def expected(level: Visibility, viewer: str) -> set[str]:
    """In which streams this viewer gets the owner's post of this level."""
    if viewer not in SEES[level] or viewer in {"blocker", "muter"}:
        return set()
    found = set()
    if level is Visibility.PUBLIC:
        found |= {"public", "hashtag"}
    if viewer in {"owner", "follower"} and level is not Visibility.DIRECT:
        found.add("user")
    if viewer == "named":
        found |= {"user/notification", "user, told"}
    if level is Visibility.DIRECT and viewer in {"owner", "named"}:
        found.add("direct")
    return found


async def test_every_stream_has_each_level_for_those_who_may_see_it_and_for_nobody_else(data: Path) -> None:
    async with opened(data) as ports:
        people = await people_of(ports)
        friend = await person(ports, "friend")
        tokens = {}
        for name in PEOPLE:
            account = people[name].account
            assert account is not None
            tokens[name] = await make_token(ports, account)
            await relations.follow(ports, people[name], relations.RelationCommand(account_id=friend.id or 0))
        with site_server(data) as server, contextlib.ExitStack() as stack:
            streams = {
                (viewer, path): stack.enter_context(_stream(server.port, path, tokens.get(viewer)))
                for viewer in VIEWERS
                for path in ("user", "user/notification", "public", "hashtag", "direct")
                if viewer in tokens or path in {"public", "hashtag"}
            }
            ids = {}
            for level in Visibility:
                post = PublishPost(text=text_of(level), visibility=level)
                ids[(await publish_post(ports, people["owner"], post)).id] = level
            got = await _until_the_friends_post(ports, friend, streams, ids)
            for post_id in ids:
                await delete_post(ports, people["owner"], DeletePost(post_id=post_id))
            gone = await _until_the_friends_post(ports, friend, streams, ids)
        wrong = []
        for viewer, level in itertools.product(VIEWERS, Visibility):
            should = expected(level, viewer)
            if got[viewer, level] != should:
                wrong.append(f"{level} as {viewer}: {got[viewer, level]}, should be {should}")
            should &= {"user", "public", "hashtag"}
            if (level, viewer) == (Visibility.DIRECT, "owner"):
                # It came as a conversation; that it is gone is told where every app listens.
                should = {"user"}
            if gone[viewer, level] != should:
                wrong.append(f"{level} as {viewer}: deleted in {gone[viewer, level]}, should be in {should}")
        assert wrong == []


def _stream(port: int, path: str, token: str | None) -> Events:
    return Events(port, f"/{path}", token, **({"tag": "shared"} if path == "hashtag" else {}))


async def _until_the_friends_post(
    ports: Ports, friend: Actor, streams: dict[tuple[str, str], Events], ids: dict[int, Visibility]
) -> dict[tuple[str, Visibility], set[str]]:
    """In which streams each viewer gets something of each level, before posts that everybody gets."""
    text = "the end #shared " + " ".join(f"@{name}_x" for name in PEOPLE)
    for visibility in (Visibility.DIRECT, Visibility.PUBLIC):
        await publish_post(ports, friend, PublishPost(text=text, visibility=visibility))
    found: dict[tuple[str, Visibility], set[str]] = {
        (viewer, level): set() for viewer in VIEWERS for level in Visibility
    }
    for (viewer, path), stream in streams.items():
        # A home stream has both posts and their notifications, one of notifications has those alone.
        ends = {"user": 4, "user/notification": 2}.get(path, 1)
        while ends:
            name, payload = stream.event()
            if name == "delete":
                found[viewer, ids[payload]].add(path)
                continue
            inner = {"notification": "status", "conversation": "last_status"}.get(name)
            shown = payload[inner] if inner else payload
            if "the end" in shown["content"]:
                ends -= 1
            else:
                where = f"{path}, told" if path == "user" and name == "notification" else path
                found[viewer, ids[int(shown["id"])]].add(where)
    return found


async def test_visitors_who_vanish_in_the_middle_are_no_errors(make_data: MakeData) -> None:
    data = make_data()
    async with two_people(data) as (ports, ann, _, token):
        with site_server(data) as server:
            for _ in range(5):
                gone = [Socket(server.port, token, stream="user") for _ in range(5)]
                gone += [Events(server.port, "/user", token) for _ in range(5)]
                with Events(server.port, "/user", token) as stays:
                    publishing = asyncio.create_task(publish_post(ports, ann, PublishPost(text="x")))
                    for each in gone:
                        each.close()
                    await publishing
                    assert stays.event()[0] == "update"
            assert server.terminate() == 0
            log = server.output()
    assert "unexpected" not in log and "Traceback" not in log, log
