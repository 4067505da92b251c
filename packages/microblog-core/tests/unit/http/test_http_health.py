from __future__ import annotations

import asyncio
import logging

import pytest
from http_fakes import FakeSite, serving

from microblog_core.contributions import HealthCheck
from microblog_core.domain.errors import Unavailable
from microblog_core.http import health


async def _fine() -> None: ...


async def _broken() -> None:
    raise RuntimeError("the password is hunter2")


async def test_health_answers_to_any_host() -> None:
    async with serving(None, FakeSite(hosts=("one.example",))) as http:
        for path in ("/health", "/health/live", "/health/ready", "/health/ready/"):
            answer = await http.get(path, headers={"host": "10.0.0.7:8000"})
            assert (answer.status_code, answer.json()["status"]) == (200, "ok")
            assert answer.headers["cache-control"] == "no-store"
        assert (await http.get("/health/else", headers={"host": "10.0.0.7"})).status_code == 421
        assert (await http.get("/healthy", headers={"host": "one.example"})).status_code == 200


async def test_ready_names_every_check_of_every_site_and_leaks_no_cause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one, two = FakeSite("one", hosts=("one.example",)), FakeSite("two", hosts=("two.example",))
    one.health_checks = (HealthCheck(name="mail", check=_broken), HealthCheck(name="queue", check=_fine))
    async with serving(None, one, two) as http:
        with caplog.at_level(logging.WARNING, "microblog.health"):
            answer = await http.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "degraded",
        "sites": {"one": {"storage": "ok", "mail": "degraded", "queue": "ok"}, "two": {"storage": "ok"}},
    }
    assert "hunter2" in caplog.text


async def test_a_critical_check_or_a_silent_storage_makes_it_not_ready() -> None:
    critical = FakeSite()
    critical.health_checks = (HealthCheck(name="disk", check=_broken, critical=True),)
    silent = FakeSite()

    async def ping() -> None:
        raise Unavailable("down")

    silent.ports.storage.ping = ping  # type: ignore[method-assign]
    for site in (critical, silent):
        async with serving(None, site) as http:
            answer = await http.get("/health/ready")
            assert (answer.status_code, answer.json()["status"]) == (503, "failed")
            assert (await http.get("/health")).status_code == 503
            assert (await http.get("/health/live")).status_code == 200


async def test_a_check_that_hangs_fails_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.01)

    async def hang() -> None:
        await asyncio.Event().wait()

    site = FakeSite()
    site.health_checks = (HealthCheck(name="slow", check=hang, critical=True),)
    async with serving(None, site) as http:
        answer = await http.get("/health/ready")
    assert answer.json()["sites"]["main"]["slow"] == "failed"


async def test_while_stopping_it_is_alive_but_not_ready() -> None:
    async with serving() as http:
        http.app.stop_soon()
        assert (await http.get("/health/live")).status_code == 200
        assert (await http.get("/health/ready")).status_code == 503
        assert (await http.get("/")).status_code == 200
