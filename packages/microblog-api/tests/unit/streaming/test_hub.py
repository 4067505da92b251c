"""The hub: when it works, when it rests, and whose streams it ends."""

from __future__ import annotations

import dataclasses

import pytest

from microblog_core.domain.accounts import AccountState, Identity
from microblog_core.domain.events import Event
from microblog_core.domain.permissions import SYSTEM
from microblog_core.http.streams import FEED_LIMIT
from microblog_core.services import accounts
from microblog_core.services.sessions import hash_token


async def test_it_listens_only_while_somebody_does(town, hub_of):
    ann = await town.api.person("ann")
    bus = town.ports.bus
    before = len(bus._observers.get(Event, ()))
    stream, socket = await town.events("/user", ann), await town.socket(ann, stream="public")
    assert len(bus._observers[Event]) == before + 1
    for reader in (stream, socket):
        reader.leave()
        await reader.end()
    assert len(bus._observers[Event]) == before
    hub = hub_of(town)
    assert not (hub._tasks or hub.home or hub.told or hub.public or hub.owners)
    again = await town.events("/user", ann)
    written = await ann.write("x")
    assert (await again.event())[1]["id"] == written["id"]


async def end_token(town, person):
    unit = town.ports.unit()
    unit.applications.delete_token(hash_token(person.http.headers["authorization"].removeprefix("Bearer ")))
    await unit.commit()


async def suspend(town, person):
    command = accounts.SetState(account_id=person.account.id, state=AccountState.SUSPENDED)
    await accounts.set_account_state(town.ports, SYSTEM, command)


async def change_password(town, person):
    command = accounts.SetPassword(account_id=person.account.id, password="another correct horse")
    await accounts.set_password(town.ports, SYSTEM, command)


@pytest.mark.parametrize("end", [end_token, suspend, change_password])
async def test_streams_end_with_their_token_and_others_go_on(town, hub_of, end):
    ann, ben = await town.api.people("ann", "ben")
    stream, socket = await town.events("/user", ann), await town.socket(ann, stream="public")
    other, nobody = await town.socket(ben, stream="user"), await town.socket(stream="public")
    await hub_of(town).check()
    await end(town, ann)
    await hub_of(town).check()
    assert (await stream.message()) == {"type": "http.response.body", "body": b"", "more_body": False}
    assert await socket.closed() == 1008
    written = await ben.write("x")
    for reader in (other, nobody):
        assert (await reader.event())[2]["id"] == written["id"]


async def test_streams_end_when_what_a_plugin_took_is_no_longer_good(town, hub_of):
    ann = await town.api.person("ann")
    good = {"Bearer a key"}

    class Keys:
        async def authenticate(self, request):
            known = request.headers["authorization"] in good
            return Identity(account=ann.account, scopes=frozenset({"read"}), method="key") if known else None

    site = town.api.site
    given = site._contributions
    site._contributions = dataclasses.replace(given, authenticators=(*given.authenticators, Keys()))
    ann.http.headers["authorization"] = "Bearer a key"
    stream, socket = await town.events("/user", ann), await town.socket(ann, stream="user")
    await hub_of(town).check()
    assert len(hub_of(town)) == 2
    good.clear()
    await hub_of(town).check()
    assert (await stream.message()) == {"type": "http.response.body", "body": b"", "more_body": False}
    assert await socket.closed() == 1008


async def test_tokens_are_checked_by_themselves_every_few_seconds(town, monkeypatch):
    from microblog_core.http import hubs

    monkeypatch.setattr(hubs, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(hubs, "CHECK_SECONDS", 0.01)
    ann = await town.api.person("ann")
    socket = await town.socket(ann, stream="user")
    await end_token(town, ann)
    assert await socket.closed() == 1008


async def test_who_reads_too_slowly_is_cut_off_and_others_are_not(town, hub_of):
    ann = await town.api.person("ann")
    slow = await town.socket(stream="public")
    (client,) = hub_of(town)._clients
    other = await town.socket(stream="public")
    for _ in range(FEED_LIMIT + 1):
        client.feed.put(b"more than is taken in one turn")
    assert await slow.closed() == 1013
    written = await ann.write("x")
    assert (await other.event())[2]["id"] == written["id"]


async def test_one_event_that_fails_keeps_no_other_from_being_told(town, monkeypatch, caplog):
    from microblog_core.services import streaming

    ann = await town.api.person("ann")
    stream = await town.events("/user", ann)
    right = streaming.read_audience
    calls = []

    async def failing(*given):
        calls.append(given)
        if len(calls) == 1:
            raise RuntimeError("boom")
        return await right(*given)

    monkeypatch.setattr(streaming, "read_audience", failing)
    await ann.write("lost")
    written = await ann.write("told")
    assert (await stream.event())[1]["id"] == written["id"]
    assert "boom" in caplog.text


async def test_an_event_is_encoded_once_however_many_listen(town, monkeypatch):
    from microblog_api.streaming import telling

    ann = await town.api.person("ann")
    readers = [await town.socket(stream="public") for _ in range(20)]
    readers += [await town.events("/public") for _ in range(20)]
    encoded = []
    right = telling._encode
    monkeypatch.setattr(telling, "_encode", lambda value: encoded.append(value) or right(value))
    await ann.write("x")
    for reader in readers:
        await reader.event()
    assert len(encoded) == 1
