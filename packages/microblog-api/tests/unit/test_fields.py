"""Fields of plugins: resolved once an answer, for everything in it, and harmless when they fail."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
from jsonschema import Draft202012Validator

from microblog_api import fields as fields_module
from microblog_api.app import SURFACE, make_app
from microblog_api.contributions import AccountField, PostField
from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl
from microblog_core.http.app import create_app
from microblog_core.testing.sites import site_with


class Mood(msgspec.Struct):
    """A mood."""

    name: str
    strength: int | None = None


class Resolver:
    """Answers with `make(entity)` for each, and notes what it was asked for."""

    def __init__(self, make: Any) -> None:
        self.make = make
        self.asked: list[list[str]] = []
        self.actors: list[int | None] = []

    async def resolve(self, site: Any, actor: Any, entities: Sequence[Any]) -> Sequence[Any]:
        self.asked.append([each.id for each in entities])
        self.actors.append(actor.id)
        return [self.make(each) for each in entities]


class Broken:
    """Fails in one way."""

    def __init__(self, how: str) -> None:
        self.how = how

    async def resolve(self, site: Any, actor: Any, entities: Sequence[Any]) -> Sequence[Any]:
        if self.how == "raises":
            raise ValueError("no luck")
        if self.how == "hangs":
            await asyncio.Event().wait()
        if self.how == "too few":
            return [1][: len(entities) - 1]
        return ["a text"] * len(entities)


def face(*contributed: Any) -> SimpleNamespace:
    posts = [each for each in contributed if isinstance(each, PostField)]
    accounts = [each for each in contributed if isinstance(each, AccountField)]
    return SimpleNamespace(
        register_post_fields=hookimpl(lambda: posts), register_account_fields=hookimpl(lambda: accounts)
    )


@contextlib.asynccontextmanager
async def api_with(make_api: Any, plugins: dict[str, Any], sinks: Sequence[Any] = ()) -> AsyncIterator[Any]:
    """The API of a site on which these faces are installed."""
    core = SimpleNamespace(PLUGIN=Manifest(name="sinks"), register_metrics_sinks=hookimpl(lambda: sinks))
    site = site_with({"sinks": core}, installed=("api",), faces=("api",))
    surface = msgspec.structs.replace(SURFACE, make_app=lambda faces: make_app({**faces, **plugins}))
    app = create_app([site], [surface], server=ServerConfig())
    async with app, contextlib.AsyncExitStack() as stack:
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        http = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://localhost:8000")
        )
        http.site = site  # type: ignore[attr-defined]
        yield make_api(http, stack)


async def test_a_page_is_resolved_at_once_with_what_is_boosted_and_quoted(make_api: Any) -> None:
    mood = Resolver(lambda status: Mood(name=f"mood {status.id}"))
    rank = Resolver(lambda account: len(account.username))
    plugin = face(
        PostField(name="mood", type=Mood, resolver=mood), AccountField(name="rank", type=int, resolver=rank)
    )
    async with api_with(make_api, {"the-weather": plugin}) as api:
        ada, bob = await api.people("ada", "robert")
        first = await ada.write("first")
        second = await bob.write("second", quoted_status_id=first["id"])
        third = await ada.write("third")
        boost = await ada.post(f"/api/v1/statuses/{second['id']}/reblog")
        await ada.post(f"/api/v1/accounts/{bob.id}/follow")
        mood.asked.clear()
        rank.asked.clear()
        page = await ada.get("/api/v1/timelines/home")

    assert [status["id"] for status in page] == [boost["id"], third["id"], second["id"], first["id"]]
    assert mood.asked == [[second["id"], first["id"], third["id"]]]
    assert sorted(rank.asked[0]) == sorted([ada.id, bob.id])
    assert len(rank.asked) == 1
    boosted, _, quoting, quoted = page
    said = {"mood": {"name": f"mood {second['id']}", "strength": None}}
    assert boosted["x_the_weather"] == boosted["reblog"]["x_the_weather"] == said
    assert quoting["quote"]["quoted_status"]["x_the_weather"] == quoted["x_the_weather"]
    assert boosted["account"]["x_the_weather"] == {"rank": 3}
    assert boosted["reblog"]["account"]["x_the_weather"] == {"rank": 6}


async def test_fields_know_who_asks_and_come_in_every_kind_of_answer(make_api: Any) -> None:
    words = Resolver(lambda status: status.content.count(" ") + 1)
    own = Resolver(lambda account: True)
    plugin = face(
        PostField(name="words", type=int, resolver=words), AccountField(name="own", type=bool, resolver=own)
    )
    async with api_with(make_api, {"test": plugin}) as api:
        ada, bob = await api.people("ada", "bob")
        status = await ada.write("one two three")
        await bob.post(f"/api/v1/statuses/{status['id']}/favourite")
        (told,) = await ada.get("/api/v1/notifications")
        grouped = await ada.get("/api/v2/notifications")
        me = await ada.get("/api/v1/accounts/verify_credentials")
        words.actors.clear()
        seen = await api.anonymous(f"/api/v1/statuses/{status['id']}")
        thread = await api.anonymous(f"/api/v1/statuses/{status['id']}/context")
    assert told["status"]["x_test"] == grouped["statuses"][0]["x_test"] == seen["x_test"] == {"words": 3}
    assert told["account"]["x_test"] == me["x_test"] == {"own": True}
    assert words.actors == [None], "an answer without statuses asks for nothing"
    assert thread == {"ancestors": [], "descendants": []}


@pytest.mark.parametrize("how", ["raises", "hangs", "too few", "of another type"])
async def test_a_field_that_fails_is_left_out_logged_and_counted(
    make_api: Any, how: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields_module, "BUDGET_SECONDS", 0.02)
    counted: list[Any] = []
    sink = SimpleNamespace(
        count=lambda name, value=1, labels=None: counted.append((name, labels)),
        timing=lambda name, seconds, labels=None: None,
    )
    plugin = face(
        PostField(name="bad", type=int, resolver=Broken(how)),
        PostField(name="good", type=int, resolver=Resolver(lambda status: 7)),
    )
    with caplog.at_level(logging.ERROR, "microblog.plugins"):
        async with api_with(make_api, {"test": plugin}, [sink]) as api:
            (ada,) = await api.people("ada")
            status = await ada.write("hello")
    assert status["x_test"] == {"good": 7}
    assert "the post field bad of the plugin test" in caplog.text
    assert ("api.field_omitted", {"plugin": "test", "field": "bad"}) in counted


async def test_a_field_that_fails_again_and_again_rests(make_api: Any) -> None:
    class Counting(Broken):
        calls = 0

        async def resolve(self, site: Any, actor: Any, entities: Sequence[Any]) -> Sequence[Any]:
            self.calls += 1
            return await super().resolve(site, actor, entities)

    broken = Counting("raises")
    async with api_with(make_api, {"test": face(PostField(name="bad", type=int, resolver=broken))}) as api:
        (ada,) = await api.people("ada")
        status = await ada.write("hello")
        for _ in range(8):
            assert "x_test" not in await ada.get(f"/api/v1/statuses/{status['id']}")
    assert broken.calls == 5


@pytest.mark.parametrize(
    ("contributed", "why"),
    [
        ([PostField(name="Bad-Name", type=int, resolver=Resolver(id))], "malformed"),
        ([PostField(name="a", type=int, resolver=Resolver(id))] * 2, "twice"),
        ([PostField(name="a", type=object(), resolver=Resolver(id))], "without a schema"),
        ([PostField(name="a", type=int, resolver=object())], "resolver"),  # type: ignore[arg-type]
    ],
)
async def test_a_face_with_an_impossible_field_is_left_out(
    make_api: Any, contributed: list[Any], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with api_with(make_api, {"test": face(*contributed)}) as api:
        (ada,) = await api.people("ada")
        assert "x_test" not in await ada.write("hello")
    assert "the API face of the plugin test is left out" in caplog.text
    assert why in caplog.text


async def test_nothing_is_looked_at_where_no_plugin_adds_fields(
    make_api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(fields_module, "_find", never)
    async with api_with(make_api, {"test": face()}) as api:
        (ada,) = await api.people("ada")
        assert not [name for name in await ada.write("hello") if name.startswith("x_")]


async def test_the_document_has_the_fields_and_the_answer_is_as_it_says(make_api: Any) -> None:
    plugin = face(
        PostField(
            name="mood", type=Mood | None, resolver=Resolver(lambda _: None), description="How it feels."
        ),
        AccountField(name="rank", type=int, resolver=Resolver(lambda _: 1)),
    )
    async with api_with(make_api, {"test": plugin}) as api:
        (ada,) = await api.people("ada")
        status = await ada.write("hello")
        document = (await api.http.get("/api/openapi.json")).json()
    schemas = document["components"]["schemas"]
    field = schemas["Status"]["properties"]["x_test"]["properties"]["mood"]
    assert field["description"] == "How it feels."
    assert "x_test_Mood" in schemas
    assert "x_test" not in schemas["Status"]["required"]
    for kind in ("Account", "CredentialAccount", "MutedAccount"):
        assert schemas[kind]["properties"]["x_test"]["properties"] == {"rank": {"type": "integer"}}
    whole = {**schemas["Status"], "components": document["components"]}
    assert Draft202012Validator(whole).is_valid(status)
    assert not Draft202012Validator(whole).is_valid({**status, "x_test": {"mood": 3}})
