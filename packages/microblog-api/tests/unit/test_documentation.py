"""The documentation as it is served: for programs, for readers with scripts and for readers without."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from litestar import get, post
from litestar.params import FromQuery, JSONBody

from microblog_core.cli.main import cli
from microblog_core.domain.errors import NotFound
from microblog_core.http.security import CONTENT_SECURITY_POLICY

ADDRESS = re.compile(r'(?:src|href)="([^"]+)"')


async def test_the_document_is_served_and_kept_by_who_has_it(serving: Any) -> None:
    async with serving() as http:
        answer = await http.get("/api/openapi.json")
        again = await http.get("/api/openapi.json", headers={"if-none-match": answer.headers["etag"]})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["openapi"] == "3.1.0"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (again.status_code, again.content) == (304, b"")


async def test_the_page_lists_every_operation_without_a_script(serving: Any) -> None:
    async with serving() as http:
        page = (await http.get("/api/docs")).text
        document = (await http.get("/api/openapi.json")).json()
        assert (await http.get("/api/docs/")).text == page
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"<b>{method.upper()}</b> {path}</code>" in page


async def test_the_page_stays_within_the_sites_policy(serving: Any) -> None:
    async with serving() as http:
        answer = await http.get("/api/docs")
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        page = answer.text
        addresses = [each for each in ADDRESS.findall(page) if not each.startswith("data:")]
        assert len(addresses) == 5
        for address in addresses:
            assert address.startswith("/api/")
            found = await http.get(address)
            assert found.status_code == 200
            assert found.content
    assert "<style" not in page
    assert "style=" not in page
    assert not re.search(r"<script(?![^>]* src=)", page)
    assert not re.search(r"\son\w+=", page)


@pytest.mark.parametrize(
    "path", ["/api/docs/nothing", "/api/docs/../app.py", "/api/docs/docs.js/x", "/api/docsx"]
)
async def test_nothing_else_is_below_it(serving: Any, path: str) -> None:
    async with serving() as http:
        assert (await http.get(path)).status_code == 404


async def test_it_is_only_read(serving: Any) -> None:
    async with serving() as http:
        answer = await http.post("/api/openapi.json")
        head = await http.head("/api/docs")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert (head.status_code, head.content) == (200, b"")


class Weather(msgspec.Struct):
    """The weather."""

    degrees: int


@get("/now")
async def now(city: FromQuery[str]) -> Weather:
    """What the weather is."""
    return Weather(degrees=len(city))


@post("/now")
async def report(data: JSONBody[Weather]) -> list[Weather]:
    """Tell it."""
    raise NotFound


async def test_resources_of_plugins_are_described_with_our_errors(serving: Any) -> None:
    async with serving([now, report]) as http:
        document = (await http.get("/api/openapi.json")).json()
        wrong = await http.get("/api/x/test/now")
    methods = document["paths"]["/api/x/test/now"]
    (name,) = [each for each in document["components"]["schemas"] if each.startswith("x_test_")]
    content = methods["get"]["responses"]["200"]["content"]["application/json"]
    assert content["schema"] == {"$ref": f"#/components/schemas/{name}"}
    assert [each["name"] for each in methods["get"]["parameters"]] == ["city"]
    assert methods["get"]["responses"][str(wrong.status_code)] == {
        "$ref": "#/components/responses/BadRequest"
    }
    assert methods["get"]["tags"] == methods["post"]["tags"] == ["x/test"]
    names = [methods["get"]["operationId"], methods["post"]["operationId"]]
    assert len(set(names)) == 2
    assert all(each.startswith("x_test_") for each in names)


async def test_what_can_not_be_described_leaves_the_rest_of_the_document(
    serving: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise TypeError("no schema for that")

    async with serving([now]) as http:
        monkeypatch.setattr("microblog_api.openapi.plugins.OpenAPIConfig", refuse)
        document = (await http.get("/api/openapi.json")).json()
        assert (await http.get("/api/x/test/now", params={"city": "x"})).json() == {"degrees": 1}
    assert "/api/v1/statuses" in document["paths"]
    assert not [path for path in document["paths"] if path.startswith("/api/x/")]
    assert "the resources of the plugin test can't be described" in caplog.text


def test_the_command_writes_the_document(tmp_path: Any) -> None:
    ended = CliRunner().invoke(cli, ["--data", str(tmp_path), "api", "openapi"])
    assert ended.exit_code == 0, ended.output
    assert json.loads(ended.stdout)["openapi"] == "3.1.0"
    assert ended.stdout.startswith('{\n "openapi"')
    assert ended.stdout.endswith("}\n")
