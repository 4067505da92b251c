from __future__ import annotations

import datetime
import io
import json
import logging

import pytest
from http_fakes import FakeSite, respond, serving

from microblog_core.http import access_log
from microblog_core.runtime.logs import JsonFormatter


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
    assert fields["client"] == "127.0.0.0/24"
    assert fields["request_id"] == answer.headers["x-request-id"]
    assert 0 <= fields["milliseconds"] < 10_000


@pytest.mark.parametrize(
    ("how", "address", "shown"),
    [
        ("full", "192.0.2.7", "192.0.2.7"),
        ("network", "192.0.2.7", "192.0.2.0/24"),
        ("network", "2001:db8:1:2::3", "2001:db8:1::/48"),
        ("network", "unix:", ""),
        ("none", "192.0.2.7", ""),
    ],
)
async def test_the_log_has_no_more_of_an_address_than_the_site_wants(
    caplog: pytest.LogCaptureFixture, how: str, address: str, shown: str
) -> None:
    scope = {
        "state": {"site": FakeSite(log_addresses=how), "client": address},
        "path": "/",
        "query_string": b"",
    }
    with caplog.at_level(logging.INFO, "microblog.access"):
        access_log.record(scope, status=200, size=0, started=0.0)
    (record,) = caplog.records
    assert record.fields["client"] == shown  # type: ignore[attr-defined]


async def test_refused_requests_are_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "microblog.access"):
        async with serving() as http:
            await http.get("/%0aevil", headers={"host": "a"})
    (record,) = (record for record in caplog.records if record.name == "microblog.access")
    assert record.fields["status"] == 400  # type: ignore[attr-defined]
    assert "\n" not in record.getMessage()


async def test_a_line_of_the_access_log_is_json_with_its_figures_at_the_top() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    log = logging.getLogger("microblog.access")
    log.addHandler(handler)
    before, log.level = log.level, logging.INFO
    try:
        async with serving() as http:
            await http.get('/"x"?code=hunter2')
    finally:
        log.removeHandler(handler)
        log.level = before
    line = json.loads(stream.getvalue())
    assert line["target"] == '/"x"?code=***'
    assert line["message"].startswith('GET /"x"?code=*** 200 ')
    assert (line["level"], line["logger"], line["status"]) == ("info", "microblog.access", 200)
    moment = datetime.datetime.fromisoformat(line["time"])
    assert abs((datetime.datetime.now(datetime.UTC) - moment).total_seconds()) < 60
