"""One size of site, measured from its start to its memory after the load, with the probes beside it."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

from benchmarks import servers
from benchmarks.load import UNIQUE, Figures, Load, Request, run_load
from benchmarks.machine import Cores, Memory
from benchmarks.seed import DATABASE, World, capture, copy_database, look_around, publications, rows_in
from microblog_core.testing.browser import Browser

PAGES = (
    *("public", "home", "profile", "profiles", "thread"),
    *("api-public", "api-home", "api-profile", "api-credentials"),
)
PUBLISH = "publish"
MIXES = {f"{page}, 1 write in 50": page for page in ("public", "home")}
WORKS = (*PAGES, PUBLISH, *MIXES)
WIDE = 32
BARE = "bare"
ALONE = "bare alone"


@dataclass(frozen=True)
class Bench:
    """How to measure: with what, where, how long, and how often (the median counts)."""

    wrk: str
    cores: Cores
    folder: Path
    seconds: float
    repeats: int
    works: frozenset[str] = frozenset(WORKS)

    def load(self, server: servers.Running, load: Load, concurrency: int) -> Figures:
        return run_load(
            self.wrk,
            load,
            port=server.port,
            pid=server.pid,
            core=self.cores.load,
            concurrency=concurrency,
            seconds=self.seconds,
            folder=self.folder,
        )


@dataclass
class Work:
    """One kind of work: figures of the site and of each probe, at concurrency 1 and 32."""

    name: str
    size: int = 0
    runs: dict[tuple[str, int], list[Figures]] = field(default_factory=dict)

    def add(self, what: str, concurrency: int, figures: Figures) -> None:
        self.runs.setdefault((what, concurrency), []).append(figures)

    def has(self, what: str, concurrency: int = WIDE) -> bool:
        return (what, concurrency) in self.runs

    def median(self, what: str, concurrency: int, read: Callable[[Figures], float]) -> float:
        return statistics.median(read(each) for each in self.runs[what, concurrency])

    def ratio(self, probe: str, concurrency: int, read: Callable[[Figures], float]) -> float:
        """The site's figure by the probe's."""
        return self.median("site", concurrency, read) / self.median(probe, concurrency, read)


@dataclass
class Report:
    """Everything measured at one size."""

    works: dict[str, Work] = field(default_factory=dict)
    first_answer: float = 0
    at_rest: Memory = field(default_factory=Memory)
    after: Memory = field(default_factory=Memory)
    probe_after: Memory = field(default_factory=Memory)


def measure(bench: Bench, data: Path, *, with_probes: bool = True) -> Report:
    """Measure the site in this seeded data folder. The database grows by what is published."""
    report, world, pages = Report(), look_around(data), bench.folder / "pages"
    with contextlib.ExitStack() as stack:
        site = stack.enter_context(servers.site(data, bench.cores.server))
        report.first_answer, report.at_rest = site.first_answer, site.memory()
        sizes = asyncio.run(capture(world, site.port, pages, PAGES))
        publish, bare = asyncio.run(publications(world, site.port))
        probes = {}
        if with_probes:
            for what in (BARE, ALONE):
                copy = bench.folder / f"{what}.db"
                copy_database(data / DATABASE, copy)
                probes[what] = stack.enter_context(
                    servers.probes(pages, copy, bench.cores.server, group=what == BARE)
                )
            _compare_rows(bench, data / DATABASE, site, publish.requests[0], probes[BARE], bare.requests[0])
        _reads(bench, report, world, sizes, site, probes.get(BARE))
        _writes(bench, report, site, publish, probes, bare)
        _mixed(bench, report, world, site, publish)
        report.after = site.memory()
        if with_probes:
            report.probe_after = probes[BARE].memory()
    return report


def _reads(
    bench: Bench,
    report: Report,
    world: World,
    sizes: Mapping[str, int],
    site: servers.Running,
    probes: servers.Running | None,
) -> None:
    """Each page, one after the other and 32 at once; the site and its probes in turn."""
    for name in [page for page in PAGES if page in bench.works]:
        work = report.works[name] = Work(name, sizes[name])
        for concurrency in (1, WIDE):
            for _ in range(bench.repeats):
                work.add("site", concurrency, bench.load(site, world.page(name), concurrency))
                if probes is not None:
                    for kind in ("bytes", "rows"):
                        work.add(kind, concurrency, bench.load(probes, world.probe(name, kind), concurrency))


def _writes(
    bench: Bench,
    report: Report,
    site: servers.Running,
    publish: Load,
    probes: Mapping[str, servers.Running],
    bare: Load,
) -> None:
    """Publishing, one after the other and 32 at once; the site and its probes in turn."""
    if PUBLISH not in bench.works:
        return
    work = report.works[PUBLISH] = Work(PUBLISH)
    for concurrency in (1, WIDE):
        for _ in range(bench.repeats):
            work.add("site", concurrency, bench.load(site, publish, concurrency))
            for what, probe in probes.items():
                work.add(what, concurrency, bench.load(probe, bare, concurrency))


def _mixed(bench: Bench, report: Report, world: World, site: servers.Running, publish: Load) -> None:
    """One publication after every fifty reads of a page."""
    for name, page in MIXES.items():
        if name not in bench.works:
            continue
        work = report.works[name] = Work(name)
        load = Load(world.page(page).requests, publish.requests)
        for _ in range(bench.repeats):
            work.add("site", WIDE, bench.load(site, load, WIDE))


def _compare_rows(
    bench: Bench,
    database: Path,
    site: servers.Running,
    request: Request,
    probe: servers.Running,
    bare: Request,
) -> None:
    """Ends the program unless the probe writes as many rows of each table for a post as the site does."""
    wrote = []
    for server, sent, file in ((site, request, database), (probe, bare, bench.folder / f"{BARE}.db")):
        before = rows_in(file)
        asyncio.run(_send(server.port, sent))
        wrote.append({name: count - before[name] for name, count in rows_in(file).items()})
    if wrote[0] != wrote[1]:
        raise SystemExit(f"bench: for a publication the site writes {wrote[0]}, the probe {wrote[1]}")


async def _send(port: int, request: Request) -> None:
    browser = Browser(port)
    name, _, value = request.cookie.partition("=")
    browser.cookies[name] = value
    fields = dict(parse_qsl(request.body.replace(UNIQUE, "a" * len(UNIQUE)), keep_blank_values=True))
    page = await browser.post(request.path, fields)
    await browser.close()
    if page.status != 303:
        raise SystemExit(f"bench: {request.path} answers a publication with {page.status}: {page.text[:500]}")
