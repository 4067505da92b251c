from __future__ import annotations

import json
import logging

import pytest
from http_fakes import respond, serving


async def test_a_request_is_one_record_of_plain_values_without_secrets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "microblog.access"):
        async with serving(lambda scope, receive, send: respond(send, b"four", 201)) as http:
            answer = await http.post(
                "/x?token=hunter2&page=2", headers={"authorization": "Bearer hunter2", "cookie": "s=hunter2"}
            )
    (record,) = (record for record in caplog.records if record.name == "microblog.access")
    fields = record.fields  # type: ignore[attr-defined]
    assert "hunter2" not in json.dumps(fields) + record.getMessage()
    assert fields["method"] == "POST"
    assert fields["target"] == "/x?token=***&page=2"
    assert (fields["status"], fields["bytes"], fields["site"]) == (201, 4, "main")
    assert fields["client"] == "127.0.0.1"
    assert fields["request_id"] == answer.headers["x-request-id"]
    assert 0 <= fields["milliseconds"] < 10_000


async def test_refused_requests_are_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "microblog.access"):
        async with serving() as http:
            await http.get("/%0aevil", headers={"host": "a"})
    (record,) = (record for record in caplog.records if record.name == "microblog.access")
    assert record.fields["status"] == 400  # type: ignore[attr-defined]
    assert "\n" not in record.getMessage()
