from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest, Surface
from microblog_core.hookspecs import hookimpl
from microblog_core.http.app import create_app
from microblog_core.patterns.resilience import Guard, Retry
from microblog_core.plugins.report import PluginState
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind, RetryPolicy, Schedule
from microblog_core.ports.tracing import current_trace, trace_headers
from microblog_core.runtime.jobs import JobRunner
from microblog_core.runtime.schedules import plant_schedules
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import report_of, site_with

SERVER, CLIENT, CONSUMER, ERROR = 2, 3, 5, 2
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector:
    """A collector: takes OTLP over HTTP and decodes it."""

    def __init__(self):
        self.requests = []
        self.headers = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.path == "/v1/traces":
                    collector.requests.append(ExportTraceServiceRequest.FromString(body))
                collector.headers.append(dict(self.headers))
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_GET(self):
                collector.headers.append(dict(self.headers))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def resources(self):
        return [
            {each.key: each.value.string_value for each in spans.resource.attributes}
            for request in self.requests
            for spans in request.resource_spans
        ]

    @property
    def spans(self):
        return {
            span.name: span
            for request in self.requests
            for spans in request.resource_spans
            for scope in spans.scope_spans
            for span in scope.spans
        }


def attributes(span):
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


@pytest.fixture
def collector(monkeypatch):
    collector = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    yield collector
    collector.close()


class Chain:
    """A plugin whose page queues a job, which queues another one, which calls somebody."""

    PLUGIN = Manifest(name="chain")

    def __init__(self, url):
        self.url = url
        self.runs = []

    @hookimpl
    def register_jobs(self, site):
        guard = Guard("The hook", retry=Retry(tries=2, first_delay=0.0), seen_by=site.observers, label="hook")
        attempts = []

        async def call():
            attempts.append(1)
            if len(attempts) == 1:
                raise OSError("the first one fails")
            async with httpx.AsyncClient() as client:
                await client.get(self.url, headers=dict(trace_headers()))

        async def first(job):
            self.runs.append(job)
            await queue(site, "chain.second")

        async def second(job):
            self.runs.append(job)
            await guard.call(call)

        async def bad(job):
            raise OSError("rain")

        return [
            JobKind(name="chain.first", handler=first),
            JobKind(name="chain.second", handler=second),
            JobKind(name="chain.bad", handler=bad, retry=RetryPolicy(tries=1)),
        ]

    @hookimpl
    def register_schedules(self, site):
        return [Schedule(name="hourly", kind="chain.bad", every=3600.0)]


async def queue(site, kind):
    now = site.ports.clock.now()
    unit = site.ports.unit()
    unit.outbox.add(
        Job(id=site.ports.ids.at(now), kind=kind, key="1", payload=b"{}", due_at=now, created_at=now)
    )
    await unit.commit()


async def page(scope, receive, send):
    scope["state"]["route"] = "/queue/{what:str}"
    if scope["path"] == "/queue/cut":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise OSError("cut")
    await queue(scope["state"]["site"], "chain.first")
    await send({"type": "http.response.start", "status": 202, "headers": []})
    await send({"type": "http.response.body", "body": b""})


SURFACE = Surface(name="queue", mounts=("/queue",), make_app=lambda faces: page, render_error=None)


def site_of(chain, **options):
    return site_with({"chain": chain}, installed=("opentelemetry",), **options)


async def test_the_trace_of_a_request_goes_on_in_its_jobs_and_in_what_they_call(collector):
    chain = Chain(collector.url)
    site = site_of(chain)
    async with create_app([site], [SURFACE], server=ServerConfig()) as app:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://blog.example") as client:
            headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            assert (await client.get("/queue/it?token=secret", headers=headers)).status_code == 202
        assert current_trace.get() == ""
        # Jobs run in another task, at another time; only their rows know where they come from.
        await asyncio.create_task(JobRunner(site).run_due())
    spans = collector.spans
    request = spans["GET /queue/{what}"]
    first, second, call = spans["job chain.first"], spans["job chain.second"], spans["call hook"]
    assert {span.trace_id.hex() for span in (request, first, second, call)} == {TRACE}
    assert request.parent_span_id.hex() == PARENT
    assert first.parent_span_id == request.span_id
    assert second.parent_span_id == first.span_id
    assert call.parent_span_id == second.span_id
    assert [span.kind for span in (request, first, second, call)] == [SERVER, CONSUMER, CONSUMER, CLIENT]
    assert attributes(request)["http.response.status_code"] == 202
    assert attributes(request)["http.route"] == "/queue/{what}"
    assert "secret" not in str(request)
    assert attributes(first)["microblog.job.outcome"] == "done"
    assert [event.name for event in call.events] == ["hook: retried"]
    sent = [fields["traceparent"] for fields in collector.headers if "traceparent" in fields]
    assert sent == [f"00-{TRACE}-{call.span_id.hex()}-01"]
    assert [job.trace for job in chain.runs] == [
        f"00-{TRACE}-{span.span_id.hex()}-01" for span in (request, first)
    ]


async def test_what_fails_is_an_error_and_what_is_cut_off_too(collector):
    site = site_of(Chain(collector.url))
    async with create_app([site], [SURFACE], server=ServerConfig()) as app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://blog.example") as client:
            await client.get("/queue/cut", headers={"traceparent": "nonsense"})
        await queue(site, "chain.bad")
        await JobRunner(site).run_due()
    bad = collector.spans["job chain.bad"]
    assert (bad.status.code, attributes(bad)["microblog.job.outcome"]) == (ERROR, "dead")
    assert bad.parent_span_id == b""
    cut = collector.spans["GET /queue/{what}"]
    assert cut.parent_span_id == b""
    assert len(cut.trace_id) == 16


async def test_each_tick_of_a_schedule_begins_a_trace_and_what_it_queues_is_in_it(collector):
    clock = FrozenClock()
    async with site_of(Chain(collector.url), clock=clock) as site:
        await plant_schedules(site.contributions.schedules, site.ports, site.contributions.jobs)
        traces = set()
        for _ in range(3):
            clock.advance(3600)
            await JobRunner(site).run_due()
    ticks = [
        span
        for request in collector.requests
        for spans in request.resource_spans
        for scope in spans.scope_spans
        for span in scope.spans
        if span.name == "job schedules.chain.hourly"
    ]
    traces = {span.trace_id for span in ticks}
    assert len(ticks) == len(traces) == 3
    assert collector.spans["job chain.bad"].trace_id in traces


async def test_the_service_is_named_by_the_environment_else_by_us(collector, monkeypatch):
    async with site_of(Chain(collector.url)) as site:
        await queue(site, "chain.bad")
        await JobRunner(site).run_due()
    monkeypatch.setenv("OTEL_SERVICE_NAME", "blog")
    async with site_of(Chain(collector.url)) as site:
        await queue(site, "chain.bad")
        await JobRunner(site).run_due()
    assert [resource["service.name"] for resource in collector.resources] == ["microblog", "blog"]


async def test_a_collector_that_is_away_costs_nothing_but_the_spans(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    async with site_of(Chain("")) as site:
        await queue(site, "chain.bad")
        runner = JobRunner(site)
        await runner.run_due()
        assert runner.buried == 1
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 3.0


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
async def test_without_a_collector_nothing_is_watched(monkeypatch, variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    async with site_with(installed=("opentelemetry",)) as site:
        assert not site.observers.active


def test_grpc_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://x")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    report = report_of(site_with(installed=("opentelemetry",)), "opentelemetry")
    assert report.state is PluginState.BROKEN
    assert "4318" in report.hint


def test_neither_plugin_imports_its_library_before_it_is_wanted():
    code = (
        "import sys\n"
        "import microblog_plugins.opentelemetry.plugin, microblog_plugins.prometheus.plugin\n"
        "heavy = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not heavy & {'opentelemetry', 'prometheus_client', 'google', 'requests'}, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path.cwd())
    assert done.returncode == 0, done.stderr
