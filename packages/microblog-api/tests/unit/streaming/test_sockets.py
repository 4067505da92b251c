"""WebSockets: many streams on one connection, and what is said on it."""

from __future__ import annotations

import pytest
from stream_readers import Socket

from microblog_api.streaming import answering
from microblog_core.http.streams import MESSAGE_CHARACTERS


def token_of(person):
    return person.http.headers["authorization"].removeprefix("Bearer ")


async def test_several_streams_come_over_one_socket_each_named_as_it_was_asked_for(town):
    ann, ben = await town.api.people("ann", "ben")
    await ben.post(f"/api/v1/accounts/{ann.id}/follow")
    made = await ben.post("/api/v1/lists", title="friends")
    await ben.post(f"/api/v1/lists/{made['id']}/accounts", **{"account_ids[]": ann.id})
    socket = await town.socket(ben)
    await socket.subscribe("user")
    await socket.subscribe("hashtag", tag="#TeA")
    await socket.subscribe("list", list=int(made["id"]))
    await socket.subscribe("public:local")
    await socket.subscribe("user")
    written = await ann.write("some #tea")
    told = [await socket.event() for _ in range(4)]
    streams = sorted(stream for stream, _, _ in told)
    assert streams == [["hashtag", "#TeA"], ["list", made["id"]], ["public:local"], ["user"]]
    assert {(name, payload["id"]) for _, name, payload in told} == {("update", written["id"])}


async def test_the_payload_is_a_text_within_the_json(town):
    ann = await town.api.person("ann")
    socket = await town.socket(ann, stream="user")
    written = await ann.write('quoted "ä"\nline')
    await socket.event()
    await ann.ask("DELETE", f"/api/v1/statuses/{written['id']}")
    assert await socket.text() == ('{"stream":["user"],"event":"delete","payload":"' + written["id"] + '"}')
    await ann.post("/api/v1/filters", phrase="x", **{"context[]": "home"})
    assert await socket.text() == '{"stream":["user"],"event":"filters_changed"}'


async def test_what_was_unsubscribed_does_not_come_any_more(town, hub_of):
    ann = await town.api.person("ann")
    socket = await town.socket(ann, stream="hashtag", tag="Tea")
    await socket.subscribe("public")
    await ann.write("#tea")
    assert sorted([(await socket.event())[0], (await socket.event())[0]]) == [["hashtag", "Tea"], ["public"]]
    socket.say(type="unsubscribe", stream="public")
    socket.say(type="unsubscribe", stream="hashtag", tag="other")
    await socket.settled()
    await ann.write("#tea")
    assert (await socket.event())[0] == ["hashtag", "Tea"]
    socket.say(type="unsubscribe", stream="hashtag", tag="Tea")
    await socket.settled()
    hub = hub_of(town)
    assert (dict(hub.tags), list(hub.public)) == ({}, [])


async def test_what_is_refused_is_told_and_the_socket_stays(town):
    ann, ben = await town.api.people("ann", "ben")
    theirs = await ben.post("/api/v1/lists", title="friends")
    socket = await town.socket(ann)
    for asked, status in (
        ({"stream": "nothing"}, 400),
        ({}, 400),
        ({"stream": "hashtag"}, 400),
        ({"stream": "list"}, 400),
        ({"stream": "list", "list": theirs["id"]}, 404),
        ({"stream": "list", "list": "x"}, 404),
    ):
        socket.say(type="subscribe", **asked)
        assert (await socket.error())[1] == status
    for said in ("{", "[]", '"user"', "", '{"type":["subscribe"]}', "null"):
        socket.say(said or " ")
        assert await socket.error() == ("This is no message in JSON", 400)
    socket.say(type="unsubscribe", stream="nothing")
    assert (await socket.error())[1] == 400
    socket.say(type="dance")
    assert await socket.error() == ("Unknown message type", 400)
    await socket.subscribe("user")
    written = await ann.write("still here")
    assert (await socket.event())[2]["id"] == written["id"]


async def test_a_first_subscription_that_is_refused_is_told_on_the_socket(town):
    socket = await town.socket(None, stream="user")
    assert await socket.error() == ("The access token is invalid", 401)
    await socket.subscribe("public")


async def test_scopes_count_for_each_subscription(town):
    ann = await town.api.person("ann", scopes="read:statuses")
    socket = await town.socket(ann, stream="user:notification")
    assert (await socket.error())[1] == 403
    await socket.subscribe("user")


async def test_a_token_may_stand_in_the_query_or_be_the_subprotocol(town):
    ann = await town.api.person("ann")
    token = token_of(ann)
    for given in ({"subprotocols": [token]}, {"access_token": token}):
        socket = await town.socket(None, stream="user", **given)
        assert socket.accepted["subprotocol"] == (token if "subprotocols" in given else None)
        written = await ann.write("x")
        assert (await socket.event())[2]["id"] == written["id"]


@pytest.mark.parametrize(
    "given", [{"access_token": "wrong"}, {"subprotocols": ["wrong"]}, {"token": "wrong"}]
)
async def test_a_bad_token_is_refused_in_the_handshake(town, given):
    socket = town.reading(Socket(town.app, **given))
    assert await socket.refused() == (401, "The access token is invalid")


async def test_other_addresses_are_refused_in_the_handshake(town):
    for path in ("/api/v1/streaming/user", "/api/v1/statuses", "/api/v1/streamings", "/oauth/token"):
        assert (await town.reading(Socket(town.app, path=path)).refused())[0] == 404
    await town.reading(Socket(town.app, path="/api/v1/streaming/")).opened()


async def test_a_socket_has_so_many_streams_and_no_more(town, monkeypatch):
    monkeypatch.setattr(answering, "STREAMS_MAX", 3)
    socket = await town.socket()
    for tag in ("a", "b", "c"):
        await socket.subscribe("hashtag", tag=tag)
    socket.say(type="subscribe", stream="hashtag", tag="d")
    assert (await socket.error())[1] == 413
    socket.say(type="unsubscribe", stream="hashtag", tag="a")
    await socket.subscribe("hashtag", tag="d")


async def test_a_message_that_is_too_long_ends_the_socket(town):
    socket = await town.socket()
    socket.say("x" * MESSAGE_CHARACTERS)
    assert (await socket.error())[1] == 400
    socket.say("x" * (MESSAGE_CHARACTERS + 1))
    assert await socket.closed() == 1009


async def test_the_process_ends_its_sockets_when_it_stops(town):
    socket = await town.socket(None, stream="public")
    assert await town.app.streams.close_all() == 0
    assert await socket.closed() == 1001
    assert (await town.reading(Socket(town.app)).refused())[0] == 503
    town.app.streams._closing = False
