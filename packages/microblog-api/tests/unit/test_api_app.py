from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from importlib.metadata import entry_points
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Request, Response, get, post

from microblog_api import plugin_faces
from microblog_api.app import SURFACE, make_app
from microblog_api.decoding import parameters
from microblog_api.errors import render_error
from microblog_api.plugin import PLUGIN
from microblog_api.responses import json_response
from microblog_core.contributions import Surface
from microblog_core.domain.errors import Invalid, NotFound, RateLimited, Unauthenticated
from microblog_core.hookspecs import hookimpl


def test_the_surface_and_the_faces_are_found_by_entry_points_of_one_name() -> None:
    for group, module in (
        ("microblog.surfaces", "microblog_api.app"),
        ("microblog.plugins", "microblog_api.plugin"),
        ("microblog.api", "microblog_api.face"),
    ):
        (point,) = (point for point in entry_points(group=group) if point.name == PLUGIN.name)
        assert point.value == module
        point.load()
    assert isinstance(SURFACE, Surface)


def test_the_core_face_loads_no_litestar_and_the_surface_no_website() -> None:
    code = (
        "import sys, microblog_api.plugin; assert 'litestar' not in sys.modules; import microblog_api.app; "
        "assert not [name for name in sys.modules if name.startswith(('microblog_web', 'jinja2'))]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/v9/x",
        "/oauth/nothing",
        "/oauth/",
        "/nodeinfo/9",
        "/nodeinfo",
        "/.well-known/nodeinfo/x",
    ],
)
async def test_unknown_addresses_are_404_in_json(serving: Any, path: str) -> None:
    async with serving() as http:
        answer = await http.get(path)
    assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})
    assert answer.headers["content-type"] == "application/json"


async def test_wrong_methods_hosts_and_bodies_are_refused_in_json(serving: Any) -> None:
    async with serving(hosts=("localhost",)) as http:
        answers = {
            405: await http.post("/api/v1/instance"),
            421: await http.get("/api/v1/instance", headers={"host": "other.example"}),
            413: await http.post("/api/v1/instance", headers={"content-length": "99999999"}),
            400: await http.get("/api/v1/instance?x=%ff"),
            414: await http.get("/api/v1/instance?x=" + "a" * 9000),
            431: await http.get("/api/v1/instance", headers={"x-long": "a" * 40000}),
        }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert isinstance(answer.json()["error"], str)
        assert answer.headers["content-type"] == "application/json"


async def test_a_failure_is_500_in_json_and_leaks_nothing(
    serving: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as http:

        async def counts() -> Any:
            raise RuntimeError("hunter2")

        http.site.ports.storage.counts = counts
        answer = await http.get("/api/v1/instance")
    assert answer.status_code == 500
    assert answer.json()["error"] == "Something went wrong on our side."
    assert answer.headers["x-request-id"] in answer.json()["error_description"]
    assert "hunter2" not in answer.text
    assert "hunter2" in caplog.text


async def test_head_is_get_without_a_body(serving: Any) -> None:
    async with serving() as http:
        answer = await http.head("/api/v1/instance")
        shown = await http.get("/api/v1/instance")
    assert (answer.status_code, answer.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "access-control-allow-origin"):
        assert answer.headers[name] == shown.headers[name]


async def test_options_and_wrong_methods_name_the_right_ones(serving: Any) -> None:
    async with serving() as http:
        for answer in (
            await http.delete("/api/v1/instance"),
            await http.request("BREW", "/api/v1/instance/"),
        ):
            assert (answer.status_code, answer.json()) == (405, {"error": "Method not allowed"})
            assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
        asked = await http.options("/api/v1/instance")
    assert (asked.status_code, asked.content) == (204, b"")
    assert "GET" in asked.headers["allow"]


async def test_parameters_arrive_with_and_without_a_slash(serving: Any) -> None:
    class Wanted(msgspec.Struct):
        word: str = ""

    @get("/echo")
    async def echo(request: Request[Any, Any, Any]) -> Response[bytes]:
        return json_response((await parameters(request)).into(Wanted).word)

    @post("/echo", status_code=200)
    async def echo_body(request: Request[Any, Any, Any]) -> Response[bytes]:
        return json_response([(await parameters(request)).into(Wanted).word for _ in range(2)])

    async with serving([echo, echo_body]) as http:
        for address in ("/api/x/test/echo", "/api/x/test/echo/"):
            assert (await http.get(address + "?word=a")).json() == "a"
            for sent in ({"json": {"word": "a"}}, {"data": {"word": "a"}}, {"files": {"word": (None, "a")}}):
                assert (await http.post(address, **sent)).json() == ["a", "a"]
            refused = await http.post(address, content=b"{", headers={"content-type": "application/json"})
            assert (refused.status_code, refused.json()["error"]) == (400, "The body is no valid JSON.")
            wrong = await http.post(address, json={"word": {}})
            assert wrong.status_code == 422
            assert wrong.json()["error"].startswith("Validation failed: word: ")
            assert list(wrong.json()["details"]) == ["word"]


async def test_nothing_is_kept_unless_it_says_so(serving: Any) -> None:
    @get("/mine")
    async def mine() -> Response[bytes]:
        return json_response("mine")

    async with serving([mine]) as http:
        assert (await http.get("/api/x/test/mine")).headers["cache-control"] == "private, no-store"
        assert (await http.get("/api/v1/instance")).headers["cache-control"] == "no-cache"


def test_a_refused_token_is_said_in_the_words_that_clients_know() -> None:
    drawn = json.loads(render_error({}, Unauthenticated("You are not logged in.", hint="Log in.")).body)
    assert drawn == {"error": "The access token is invalid", "error_description": "Log in."}
    revoked = json.loads(render_error({}, Unauthenticated("The access token was revoked")).body)
    assert revoked == {"error": "The access token was revoked"}


def test_errors_carry_what_clients_look_for() -> None:
    invalid = render_error({}, Invalid(fields={"username": "Choose another."}))
    assert invalid.status == 422
    assert json.loads(invalid.body) == {
        "error": "Validation failed: username: Choose another.",
        "details": {"username": [{"error": "ERR_INVALID", "description": "Choose another."}]},
    }
    assert (b"retry-after", b"8") in render_error({}, RateLimited("Slow down", retry_after=7.2)).headers
    unauthenticated = render_error({}, Unauthenticated("The access token is invalid"))
    assert dict(unauthenticated.headers)[b"www-authenticate"].startswith(b"Bearer")
    assert json.loads(render_error({}, NotFound()).body) == {"error": "Record not found"}


async def test_resources_of_plugins_stand_below_their_name_and_broken_ones_are_left_out(
    serving: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    @get("/hello")
    async def hello() -> str:
        return "hello"

    @post("/twice/{x:nonsense}")
    async def malformed() -> None: ...

    @hookimpl
    def raising() -> Any:
        raise RuntimeError("broken face")

    @hookimpl
    def hanging() -> Any:
        threading.Event().wait()

    def face(register_resources: Any) -> Any:
        return SimpleNamespace(register_resources=hookimpl(register_resources))

    monkeypatch.setattr(plugin_faces, "HOOK_SECONDS", 0.2)
    faces = {
        "fine": face(lambda: [hello]),
        "malformed": face(lambda: [malformed]),
        "raising": face(raising),
        "hanging": face(hanging),
        "nothing": face(lambda: None),
        "misspelt": SimpleNamespace(register_resource=hookimpl(lambda: [hello])),
        "silent": SimpleNamespace(),
    }
    with caplog.at_level(logging.ERROR, "microblog.plugins"):
        app = make_app(faces)
    left_out = {name for name in faces if f"the API face of the plugin {name} is left out" in caplog.text}
    assert left_out == {"malformed", "raising", "hanging", "nothing", "misspelt"}
    async with serving() as http:

        async def within(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": {"site": http.site, "client": "192.0.2.1"}}, receive, send)

        transport = httpx.ASGITransport(app=within)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as plugins:
            assert (await plugins.get("/api/x/fine/hello")).text == "hello"
