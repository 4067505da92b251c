"""`python -m benchmarks.observing`: what it costs to be watched, beside the same site without the plugins.

The application is called as a server would call it, without a network: what is measured is the processor time
of the event loop's thread on the way through core, where nothing else hides the difference. Rounds alternate.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Mapping, MutableMapping
from typing import Any

from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl
from microblog_core.http.app import Application, create_app
from microblog_core.http.surfaces import installed_surfaces
from microblog_core.ports.operations import AddJob, Job
from microblog_core.ports.queue import JobKind
from microblog_core.runtime.jobs import JobRunner
from microblog_core.site import Site
from microblog_core.testing.servers import free_port
from microblog_core.testing.sites import site_with

Send = MutableMapping[str, Any]
PAGES = {"a kept page": "/", "a page of the API": "/api/v1/instance"}
# A port where nobody listens: spans are made, and thrown away in another thread.
COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}


class _Nothing:
    PLUGIN = Manifest(name="bench")

    @hookimpl
    def register_jobs(self, site: Site) -> list[JobKind]:
        async def nothing(job: Job) -> None:
            return None

        return [JobKind(name="bench.nothing", handler=nothing)]


@contextlib.asynccontextmanager
async def _served(watched: str) -> AsyncIterator[tuple[Application, Site]]:
    installed = ["web", "api", *([watched] if watched else [])]
    settings = {"prometheus": {"port": free_port()}} if watched == "prometheus" else {}
    given: Mapping[str, str] = COLLECTOR if watched == "opentelemetry" else {}
    os.environ.update(given)
    try:
        site = site_with({"bench": _Nothing()}, installed=installed, faces=("web", "api"), settings=settings)
        async with create_app([site], installed_surfaces(), server=ServerConfig()) as app:
            yield app, site
    finally:
        for name in given:
            del os.environ[name]


async def _requests(app: Application, path: str, number: int) -> float:
    """Seconds for each."""

    async def receive() -> Send:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Send) -> None:
        return None

    def scope() -> dict[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"host", b"blog.example")],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8000),
        }

    await app(scope(), receive, send)
    began = time.thread_time()
    for _ in range(number):
        await app(scope(), receive, send)
    return (time.thread_time() - began) / number


async def _jobs(site: Site, number: int) -> float:
    """Seconds for each."""
    now = site.ports.clock.now()
    await site.storage.commit(
        [
            AddJob(
                job=Job(
                    id=site.ports.ids.at(now),
                    kind="bench.nothing",
                    key=f"{now}.{key}",
                    payload=b"{}",
                    due_at=now,
                    created_at=now,
                )
            )
            for key in range(number)
        ]
    )
    began = time.thread_time()
    await JobRunner(site).run_due()
    return (time.thread_time() - began) / number


async def _round(watched: str, number: int) -> dict[str, float]:
    async with _served(watched) as (app, site):
        await _jobs(site, 50)
        # One collection of everything would cost more than all that is measured between two of them.
        gc.collect()
        gc.disable()
        found = {name: await _requests(app, path, number) for name, path in PAGES.items()}
        found["a job"] = await _jobs(site, min(number, 300))
        gc.enable()
        return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.observing", description=__doc__)
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    parser.add_argument("--number", type=int, default=3000, help="requests in each round")
    parser.add_argument("--rounds", type=int, default=5, help="the median counts")
    given = parser.parse_args(arguments)
    cases = ("", "prometheus", "opentelemetry")
    found: dict[str, dict[str, list[float]]] = {case: {} for case in cases}
    for _ in range(given.rounds):
        for case in cases:
            for name, seconds in asyncio.run(_round(case, given.number)).items():
                found[case].setdefault(name, []).append(seconds)
    for name in found[""]:
        base = statistics.median(found[""][name])
        print(f"{name:<20}{base * 1e6:>9.1f} us", end="")
        for case in cases[1:]:
            seconds = statistics.median(found[case][name])
            print(f"   {case} {(seconds - base) * 1e6:+.1f} us, {seconds / base:.2f} times", end="")
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
