from __future__ import annotations

import asyncio
import contextlib
import http.client
import logging
from types import SimpleNamespace

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl
from microblog_core.http.app import create_app
from microblog_core.http.surfaces import installed_surfaces
from microblog_core.patterns.admission import Breaker, Refused
from microblog_core.patterns.resilience import Guard, Retry
from microblog_core.plugins.report import PluginState
from microblog_core.ports.channels import Permanent
from microblog_core.ports.operations import AddJob, Job
from microblog_core.ports.queue import JobKind, RetryPolicy
from microblog_core.runtime.jobs import JobRunner
from microblog_core.testing.servers import free_port
from microblog_core.testing.sites import report_of, site_with

TOKEN = "a-token-of-some-length"


class Rec:
    """A plugin with jobs that end in every way."""

    PLUGIN = Manifest(name="rec")

    @hookimpl
    def register_jobs(self, site):
        async def good(job):
            return None

        async def poor(job):
            raise OSError("rain")

        async def bad(job):
            raise Permanent("no")

        retry = RetryPolicy(tries=3)
        return [JobKind(name=f"rec.{each.__name__}", handler=each, retry=retry) for each in (good, poor, bad)]


def site_on(port, *, faces=("web",), **settings):
    """A site as `microblog serve` has it, with the faces of a surface."""
    given = {"port": port, **settings}
    plugin = {"plugins": Rec(), **{face: SimpleNamespace() for face in faces}}
    return site_with({"rec": plugin}, installed=("prometheus",), settings={"prometheus": given}, faces=faces)


async def add(site, kind, key="1", late=0):
    now = site.ports.clock.now()
    job = Job(id=site.ports.ids.at(now), kind=kind, key=key, payload=b"{}", due_at=now - late, created_at=now)
    await site.storage.commit([AddJob(job=job)])


async def scrape(port, parse=plain, **headers):
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    samples = [sample for family in parse(answer.text) for sample in family.samples]
    return {
        (each.name, *(f"{name}={value}" for name, value in sorted(each.labels.items()) if name != "site")): (
            each.value
        )
        for each in samples
    }


async def test_jobs_are_counted_by_kind_and_outcome_with_what_waits_and_since_when():
    port = free_port()
    async with site_on(port) as site:
        for kind in ("good", "poor", "bad"):
            await add(site, f"rec.{kind}")
        await add(site, "rec.good", "2")
        await JobRunner(site).run_due()
        await add(site, "rec.good", "3", late=90_000)
        await add(site, "rec.good", "4", late=-90_000)
        found = await scrape(port)
    runs = {key[1:]: value for key, value in found.items() if key[0] == "microblog_job_runs_total"}
    assert runs == {
        ("kind=rec.good", "outcome=done"): 2,
        ("kind=rec.poor", "outcome=retried"): 1,
        ("kind=rec.bad", "outcome=dead"): 1,
    }
    assert found["microblog_jobs", "kind=rec.good", "state=queued"] == 2
    assert found["microblog_jobs", "kind=rec.bad", "state=dead"] == 1
    assert 89 < found["microblog_jobs_oldest_due_seconds", "kind=rec.good"] < 100
    assert found["microblog_jobs_oldest_due_seconds", "kind=rec.poor"] == 0
    assert found["microblog_job_seconds_count", "kind=rec.good"] == 2
    assert found["microblog_job_wait_seconds_count", "kind=rec.good"] == 2
    assert found["microblog_jobs_running", "kind=rec.good"] == 0
    assert found[("microblog_queue_readable",)] == 1
    assert any(key[0].startswith("process_") for key in found)


async def test_requests_are_counted_by_route_however_many_addresses_are_asked_for():
    port = free_port()
    faces = ("web", "api")
    site = site_with(
        installed=("prometheus", "web", "api"), settings={"prometheus": {"port": port}}, faces=faces
    )
    async with create_app([site], installed_surfaces(), server=ServerConfig()) as app:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://blog.example") as client:
            for number in range(5):
                assert (await client.get(f"/api/v1/statuses/{number + 1}")).status_code == 404
                assert (await client.get(f"/no/such/{number}/page")).status_code == 404
                assert (await client.get(f"/@nobody{number}")).status_code == 404
            for _ in range(2):
                assert (await client.get("/")).status_code in (200, 303)
            assert (await client.request("BREW", "/api/v1/statuses/1")).status_code >= 400
        found = await scrape(port)
    counted = {key[1:]: value for key, value in found.items() if key[0] == "microblog_http_requests_total"}
    routes = {
        route.removeprefix("route="): value
        for (method, route, status), value in counted.items()
        if (method, status) == ("method=GET", "status=4xx")
    }
    assert routes["/api/v1/statuses/{id}"] == 5
    assert routes["/{handle}"] == 5
    assert routes["/*"] == 5
    assert not any("nobody" in part or "such" in part for key in counted for part in key)
    assert sum(value for key, value in counted.items() if "method=other" in key) == 1
    assert found[("microblog_http_requests_in_progress",)] == 0
    assert found["microblog_http_request_seconds_count", "method=GET", "route=/{handle}"] == 5
    assert found[("microblog_streams_open",)] == 0


async def test_calls_retries_refusals_and_circuits_are_shown_by_the_name_of_the_guard():
    port = free_port()
    async with site_on(port) as site:
        guard = Guard(
            "The mail server mail.example",
            retry=Retry(tries=2, first_delay=0.0),
            breaker=Breaker(failures=2, open_for=60.0),
            seen_by=site.observers,
            label="mail",
        )

        async def fail():
            raise OSError("down")

        async def well():
            during.append(await scrape(port))

        during = []
        await guard.call(well)
        with pytest.raises(OSError, match="down"):
            await guard.call(fail)
        with pytest.raises(Refused):
            await guard.call(well)
        found = await scrape(port)
    assert during[0]["microblog_calls_in_progress", "call=mail"] == 1
    calls = {key[2]: value for key, value in found.items() if key[0] == "microblog_calls_total"}
    assert calls == {"outcome=ok": 1, "outcome=failed": 1, "outcome=refused": 1}
    assert found["microblog_call_events_total", "call=mail", "event=retried"] == 1
    assert found["microblog_call_events_total", "call=mail", "event=refused"] == 1
    assert found["microblog_circuit_state", "call=mail"] == 2
    assert found["microblog_calls_in_progress", "call=mail"] == 0


async def test_what_plugins_count_is_there_and_has_an_end(monkeypatch):
    monkeypatch.setattr("microblog_plugins.prometheus.figures.SERIES", 3)
    port = free_port()
    async with site_on(port) as site:
        for number in range(10):
            site.metrics.count("rec.seen", 2, {"who": str(number)})
        site.metrics.timing("rec.read", 0.3, {"who": "ada"})
        site.metrics.timing("rec.read", 0.3)
        site.observers.watch("rec_depth_metres", lambda: 7.5, {"well": "old"})
        site.observers.watch("rec_broken", lambda: 1 / 0)
        found = await scrape(port)
    seen = {key[1]: value for key, value in found.items() if key[0] == "microblog_rec_seen_total"}
    assert seen == {"who=0": 2, "who=1": 2, "who=2": 2, "who=other": 14}
    assert found["microblog_rec_read_seconds_count", "who=ada"] == 1
    assert found["microblog_rec_read_seconds_count", "who="] == 1
    assert found["microblog_rec_depth_metres", "well=old"] == 7.5
    assert not any("broken" in key[0] for key in found)


async def test_the_library_of_openmetrics_reads_it_too():
    port = free_port()
    async with site_on(port) as site:
        await add(site, "rec.good")
        await JobRunner(site).run_due()
        found = await scrape(port, openmetrics, accept="application/openmetrics-text; version=1.0.0")
    assert found["microblog_job_runs_total", "kind=rec.good", "outcome=done"] == 1


async def test_only_who_has_the_token_is_answered():
    port = free_port()
    async with site_on(port, host="0.0.0.0", token=TOKEN), httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{port}"
        for wrong in ({}, {"authorization": "Bearer no"}, {"authorization": f"Basic {TOKEN}"}):
            answer = await client.get(f"{url}/metrics", headers=wrong)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        right = {"authorization": f"Bearer {TOKEN}"}
        assert (await client.get(f"{url}/metrics", headers=right)).status_code == 200
        assert (await client.get(f"{url}/", headers=right)).status_code == 404
        assert (await client.post(f"{url}/metrics", headers=right)).status_code == 405
        assert (await client.head(f"{url}/metrics", headers=right)).content == b""


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"host": "0.0.0.0"}, "token"),
        ({"host": "::"}, "token"),
        ({"host": "metrics.example"}, "token"),
        ({"token": "short"}, "16"),
        ({"port": 70_000}, "65535"),
    ],
)
def test_what_would_show_figures_to_everybody_is_refused_and_breaks_nothing_else(settings, word):
    site = site_on(**{"port": 9464, **settings})
    report = report_of(site, "prometheus")
    assert report.state is PluginState.BROKEN
    assert word in report.hint
    assert report_of(site, "rec").state is PluginState.ACTIVE


def test_the_multiprocess_mode_of_the_library_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    assert "PROMETHEUS_MULTIPROC_DIR" in report_of(site_on(9464), "prometheus").reason


async def test_without_a_port_nothing_is_watched():
    async with site_with(installed=("prometheus",)) as site:
        assert not site.observers.active
        assert site.observers.begin_call("mail") is None
        assert site.contributions.metrics_sinks == ()


async def test_a_worker_has_a_port_of_its_own_and_a_passing_command_has_none():
    port, worker_port = free_port(), free_port()
    async with site_on(port, worker_port=worker_port, faces=("tasks",)):
        assert (await can_connect(port), await can_connect(worker_port)) == (False, True)
    async with site_on(port, worker_port=worker_port):
        assert (await can_connect(port), await can_connect(worker_port)) == (True, False)
    async with site_on(port, worker_port=worker_port, faces=()) as site:
        assert (await can_connect(port), await can_connect(worker_port)) == (False, False)
        assert report_of(site, "prometheus").state is PluginState.ACTIVE


async def can_connect(port):
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await writer.wait_closed()
        return True
    return False


async def test_a_port_that_is_taken_costs_the_figures_and_nothing_else():
    port = free_port()
    async with site_on(port):
        # The same address in the same process is shared; another process would find it taken.
        taken = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", free_port())
        other = taken.sockets[0].getsockname()[1]
        async with site_on(other) as site:
            report = report_of(site, "prometheus")
            assert report.state is PluginState.BROKEN
            assert str(other) in report.reason
            assert not site.observers.active
        taken.close()
        await taken.wait_closed()


async def test_a_queue_that_cannot_be_counted_hides_no_other_figure(monkeypatch, caplog):
    port = free_port()
    caplog.set_level(logging.WARNING)
    async with site_on(port) as site:

        async def count():
            raise OSError("away")

        monkeypatch.setattr(site.ports.storage.queue, "count", count)
        found = await scrape(port)
    assert found[("microblog_queue_readable",)] == 0
    assert "microblog_jobs" not in {key[0] for key in found}
    assert "away" in caplog.text


async def test_nonsense_and_silence_are_cut_off(monkeypatch):
    monkeypatch.setattr("microblog_plugins.prometheus.exposition.HEAD_SECONDS", 0.05)
    port = free_port()
    async with site_on(port):

        async def say(words):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(words)
            answer = await reader.read()
            writer.close()
            return answer

        assert await say(b"GET /met") == b""
        assert (await say(b"nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
        with contextlib.suppress(ConnectionError):
            assert await say(b"GET / HTTP/1.1\r\nx: " + b"x" * 40_000) == b""
        assert await scrape(port)


def test_http_client_is_not_confused():
    """The standard library's client reads an answer whole: length and end agree."""

    async def serve():
        port = free_port()
        async with site_on(port):
            return await asyncio.to_thread(read, port)

    def read(port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, len(body) == int(answer.headers["content-length"])

    assert asyncio.run(serve()) == (200, True)
