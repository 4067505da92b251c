"""Prints what was measured, the ratios first, and says which targets are met."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.load import Figures
from benchmarks.measure import ALONE, BARE, MIXES, WIDE, Report, Work

MEMORY_MB = 150
START_SECONDS = 2.0
GROWTH = 1.25
TAIL = 3.0
TARGETS = {
    ("public", "bytes"): 0.20,
    ("home", "bytes"): 0.07,
    ("publish", BARE): 0.40,
    ("api-public", "bytes"): 0.40,
    ("api-home", "bytes"): 0.15,
    ("api-profile", "bytes"): 0.15,
    ("api-credentials", "bytes"): 0.35,
}
PROBES = ("bytes", "rows", BARE, ALONE)
_LINE = "{:<22} {:<11} {:>4} {:>9} {:>9} {:>8} {:>9} {:>9} {:>7}"


def _rate(figures: Figures) -> float:
    return figures.rate


def _per_core(figures: Figures) -> float:
    return figures.per_core


def _cost(figures: Figures) -> float:
    return figures.cost


def table(report: Report) -> Iterator[str]:
    """Every figure of one size."""
    yield _LINE.format("work", "of", "at", "per s", "per core", "ms CPU", "median ms", "p99 ms", "p99/med")
    for work in report.works.values():
        for what, concurrency in work.runs:
            median = work.median(what, concurrency, lambda each: each.median)
            p99 = work.median(what, concurrency, lambda each: each.p99)
            yield _LINE.format(
                work.name,
                what,
                concurrency,
                f"{work.median(what, concurrency, _rate):,.0f}",
                f"{work.median(what, concurrency, _per_core):,.0f}",
                f"{work.median(what, concurrency, _cost):.3f}",
                f"{median:.2f}",
                f"{p99:.2f}",
                f"{p99 / median:.1f}",
            )


def ratios(report: Report) -> Iterator[str]:
    """The site's rate by each probe's: wall clock at 1 and 32, processor time at 32."""
    yield f"{'work':<22} {'probe':<11} {'at 1':>7} {'at 32':>7} {'per core':>9}  page"
    for work in report.works.values():
        for probe in PROBES:
            if work.has(probe):
                one, wide = work.ratio(probe, 1, _rate), work.ratio(probe, WIDE, _rate)
                core = work.ratio(probe, WIDE, _per_core)
                size = f"{work.size:,} bytes" if work.size else ""
                yield f"{work.name:<22} {probe:<11} {one:>7.1%} {wide:>7.1%} {core:>9.1%}  {size}"


def growth(small: Report, large: Report) -> Iterator[str]:
    """What each kind of work costs at ten times the data, by what it cost before."""
    yield f"{'work':<22} {'CPU at 32':>10} {'median at 1':>12} {'median at 32':>13}"
    for name, work in small.works.items():
        other = large.works[name]
        cost = _grown(work, other, WIDE, _cost)
        alone = f"{_grown(work, other, 1, _median):.2f}" if work.has("site", 1) else ""
        yield f"{name:<22} {cost:>10.2f} {alone:>12} {_grown(work, other, WIDE, _median):>13.2f}"


def verdicts(small: Report, large: Report | None) -> Iterator[tuple[bool, str]]:
    """Whether each target is met, and by what."""
    for (name, probe), target in TARGETS.items():
        if name in small.works and small.works[name].has(probe):
            ratio = small.works[name].ratio(probe, WIDE, _rate)
            yield ratio >= target, f"{name} at {ratio:.1%} of the bare handler (at least {target:.0%})"
    if large is not None:
        for name, work in small.works.items():
            factor = _grown(work, large.works[name], WIDE, _cost)
            yield (
                factor <= GROWTH,
                f"{name} costs {factor:.2f} times as much at ten times the data (at most {GROWTH})",
            )
    for name, work in small.works.items():
        if name in MIXES:
            # One request in fifty is a publication: the 99th percentile is its time, the median is a read.
            continue
        tail = work.median("site", WIDE, lambda each: each.p99) / work.median("site", WIDE, _median)
        yield tail < TAIL, f"{name}: p99 is {tail:.1f} times the median at 32 (under {TAIL:g})"
    for label, report in (("", small), (" at ten times the data", large)):
        if report is not None:
            used, start = report.after.resident, report.first_answer
            yield used < MEMORY_MB, f"{used:.0f} MB resident after the load{label} (under {MEMORY_MB})"
            yield (
                start <= START_SECONDS,
                f"first answer after {start:.2f} s{label} (at most {START_SECONDS:g})",
            )


def _median(figures: Figures) -> float:
    return figures.median


def _grown(small: Work, large: Work, concurrency: int, read: object) -> float:
    assert callable(read)
    before, after = small.median("site", concurrency, read), large.median("site", concurrency, read)
    return after / before
