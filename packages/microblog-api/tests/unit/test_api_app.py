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
import pytest
from litestar import get, post

from microblog_api import app as app_module
from microblog_api.app import SURFACE, make_app
from microblog_api.errors import render_error
from microblog_api.plugin import PLUGIN
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
    assert (answer.status_code, answer.content) == (200, b"")


def test_errors_carry_what_clients_look_for() -> None:
    invalid = render_error({}, Invalid(fields={"username": "Choose another."}))
    assert invalid.status == 422
    assert json.loads(invalid.body) == {
        "error": "Choose another.",
        "details": {"username": [{"error": "ERR_INVALID", "description": "Choose another."}]},
    }
    assert (b"retry-after", b"8") in render_error({}, RateLimited("Slow down", retry_after=7.2)).headers
    unauthenticated = render_error({}, Unauthenticated("The access token is invalid"))
    assert dict(unauthenticated.headers)[b"www-authenticate"].startswith(b"Bearer")
    assert json.loads(render_error({}, NotFound()).body) == {"error": "Record not found"}


async def test_resources_of_plugins_stand_below_their_name_and_broken_ones_are_left_out(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
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

    monkeypatch.setattr(app_module, "HOOK_SECONDS", 0.2)
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
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        assert (await http.get("/api/x/fine/hello")).text == "hello"
