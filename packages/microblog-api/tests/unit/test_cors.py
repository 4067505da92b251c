"""Pages of other sites read every answer of the API, and nothing that a person decides on."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import get, post

from microblog_api.cors import EXPOSED, is_open
from microblog_core.domain.errors import Unauthenticated

OPEN = (
    "/api/v1/instance",
    "/api/",
    "/nodeinfo/2.0",
    "/.well-known/nodeinfo",
    "/oauth/token",
    "/oauth/revoke/",
)
CLOSED = ("/oauth/authorize", "/oauth/authorize/", "/oauth/login", "/oauth/token/x", "/oauth", "/apixyz", "/")


@pytest.mark.parametrize("path", OPEN)
def test_the_api_is_open(path: str) -> None:
    assert is_open(path)


@pytest.mark.parametrize("path", CLOSED)
def test_what_a_person_decides_on_is_not(path: str) -> None:
    assert not is_open(path)


def _readable(answer: Any) -> bool:
    """Whether a page elsewhere gets to see the answer and the fields that clients need."""
    exposed = answer.headers.get("access-control-expose-headers", "").split(", ")
    return (
        answer.headers.get_list("access-control-allow-origin") == ["*"]
        and "access-control-allow-credentials" not in answer.headers
        and {"Link", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-Id"} <= set(exposed)
    )


async def test_answers_and_errors_can_be_read(serving: Any) -> None:
    @post("/fail")
    async def fail() -> None:
        raise RuntimeError("unexpected")

    @get("/anonymous")
    async def anonymous() -> None:
        raise Unauthenticated("You are not logged in.")

    async with serving([fail, anonymous], hosts=("localhost",), rates={"api_anonymous": (9, 60.0)}) as http:
        answers = [
            (200, await http.get("/api/v1/instance")),
            (400, await http.get("/api/v1/instance?x=%ff")),
            (401, await http.get("/api/x/test/anonymous")),
            (404, await http.get("/api/v1/nothing")),
            (404, await http.get("/nodeinfo/9")),
            (405, await http.post("/api/v1/instance")),
            (413, await http.post("/api/v1/instance", headers={"content-length": "99999999"})),
            (421, await http.get("/api/v1/instance", headers={"host": "other.example"})),
            (500, await http.post("/api/x/test/fail")),
        ]
        for _ in range(9):
            last = await http.get("/api/v1/instance")
        answers.append((429, last))
    for status, answer in answers:
        assert answer.status_code == status
        assert _readable(answer), status


async def test_consent_is_never_opened(serving: Any) -> None:
    async with serving() as http:
        for path in ("/oauth/authorize", "/oauth/login"):
            for answer in (
                await http.get(path),
                await http.options(path, headers={"access-control-request-method": "POST"}),
            ):
                assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_preflight_is_answered_before_anything_else(serving: Any) -> None:
    asked = {
        "origin": "https://client.example",
        "access-control-request-method": "DELETE",
        "access-control-request-headers": "authorization,idempotency-key",
    }
    async with serving(rates={"api_anonymous": (1, 60.0)}) as http:
        for path in ("/api/v1/instance", "/api/v1/instance/", "/api/v1/not/there", "/oauth/token"):
            answer = await http.options(path, headers=asked)
            assert (answer.status_code, answer.content) == (204, b"")
            assert answer.headers["access-control-allow-origin"] == "*"
            allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
            assert {"authorization", "content-type", "idempotency-key"} <= set(allowed)
            methods = answer.headers["access-control-allow-methods"].split(", ")
            assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(methods)
            assert int(answer.headers["access-control-max-age"]) > 0
            assert "access-control-allow-credentials" not in answer.headers
        assert (await http.get("/api/v1/instance")).status_code == 200


def test_what_is_exposed_is_a_list_of_names() -> None:
    assert all(name.replace("-", "").isalnum() for name in EXPOSED.split(", "))
