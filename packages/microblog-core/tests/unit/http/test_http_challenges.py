"""The pages that answer challenges, drawn without a website, and the script that they load."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest

from microblog_core.http.challenge_script import CHALLENGES
from microblog_core.http.challenges import ANSWER_FIELD, SAID, SCRIPT_PATH, script, script_url
from microblog_core.http.errors import MethodNotAllowed
from microblog_core.http.pages import PlainPages
from microblog_core.http.scope import Message
from microblog_core.ports.auth import Button, FormPage

CHALLENGE = json.dumps({"kind": "get", "publicKey": {"challenge": "a\"<'>&"}})


def drawn(**values: Any) -> str:
    page = FormPage(title="Your key", action="/go", fields=(), submit="Use it", **values)
    return PlainPages().form(page).decode()


def test_a_page_with_a_challenge_has_what_the_script_looks_for() -> None:
    text = drawn(challenge=CHALLENGE, others=(Button(label="A code", name="second_factor", value="code"),))
    (given,) = re.findall(r'data-challenge="([^"]*)"', text)
    assert unescape(given) == CHALLENGE
    assert f'<input type="hidden" name="{ANSWER_FIELD}">' in text
    assert "<span data-answer hidden><button>Use it</button></span>" in text
    assert f'<script src="{script_url()}" defer></script>' in text
    assert "<noscript>" in text and "data-failed=" in text and all(f"data-{name}=" in text for name in SAID)
    assert '<button name="second_factor" value="code">A code</button>' in text
    assert " data-now" in text


def test_where_something_went_wrong_the_script_waits_for_the_button() -> None:
    assert " data-now" not in drawn(challenge=CHALLENGE, error="That was not it.")


def test_a_page_without_one_loads_no_script() -> None:
    assert "script" not in drawn() and "data-" not in drawn()


def test_what_the_script_looks_for_is_what_is_drawn() -> None:
    text = script().decode()
    for each in (
        "form[data-challenge]",
        "[data-answer]",
        "[data-said]",
        "data-now",
        f"elements.{ANSWER_FIELD}",
    ):
        assert each in text, each


async def test_every_application_serves_the_script_for_ever_and_nothing_else_there() -> None:
    async def asked(**scope: object) -> list[Message]:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        given = {"type": "http", "method": "GET", "path": SCRIPT_PATH, "headers": [], **scope}
        await CHALLENGES.make_app({})(given, receive, send)
        return sent

    start, body = await asked()
    headers = dict(start["headers"])
    assert body["body"] == script() and headers[b"content-type"].startswith(b"text/javascript")
    assert b"immutable" in headers[b"cache-control"]
    start, body = await asked(method="HEAD")
    assert start["status"] == 200 and body["body"] == b""
    with pytest.raises(MethodNotAllowed):
        await asked(method="POST")
    assert script_url().startswith(f"{SCRIPT_PATH}?") and len(script()) < 5_000
