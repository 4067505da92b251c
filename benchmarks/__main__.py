"""`python -m benchmarks`: seeds, measures, prints. docs/speed.md says how to read what it prints.

`streams` as the first argument measures open streams instead, `resilience` what guarding a call costs,
`campaigns` what mailing many people does, `observing` what it costs to be watched by figures and traces,
`pages` when a slow phone shows what, `plugins` what twenty of them cost that add nothing to a page.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks import campaigns, observing, pages, plugins, resilience
from benchmarks.load import find_wrk
from benchmarks.machine import choose_cores
from benchmarks.measure import WORKS, Bench, Report, measure
from benchmarks.report import growth, ratios, table, verdicts
from benchmarks.seed import DATABASE, Size, configure, seed
from benchmarks.streams import __main__ as streams

FULL = Size(1_000, 50_000)
SMALL = Size(200, 4_000)
FACTOR = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a smoke run of a minute; its figures mean little"
    )
    parser.add_argument("--once", action="store_true", help="leave the run at ten times the data out")
    parser.add_argument("--only", action="append", choices=WORKS, help="measure just this; may be repeated")
    parser.add_argument("--seconds", type=float, help="how long each load lasts (default: 4)")
    parser.add_argument(
        "--repeats", type=int, help="how often each is measured; the median counts (default: 3)"
    )
    parser.add_argument(
        "--seeded", type=Path, help="keep seeded databases in this folder, and use those there"
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a target is missed")
    if sys.argv[1:2] == ["streams"]:
        return streams.main(sys.argv[2:])
    if sys.argv[1:2] == ["resilience"]:
        return resilience.main()
    if sys.argv[1:2] == ["campaigns"]:
        return campaigns.main(sys.argv[2:])
    if sys.argv[1:2] == ["observing"]:
        return observing.main(sys.argv[2:])
    if sys.argv[1:2] == ["pages"]:
        return pages.main(sys.argv[2:])
    if sys.argv[1:2] == ["plugins"]:
        return plugins.main(sys.argv[2:])
    given = parser.parse_args()
    size = SMALL if given.quick else FULL
    wrk = find_wrk()
    with tempfile.TemporaryDirectory(prefix="microblog-bench-") as folder:
        bench = Bench(
            wrk=wrk,
            cores=choose_cores(),
            folder=Path(folder),
            seconds=given.seconds or (1 if given.quick else 4),
            repeats=given.repeats or (1 if given.quick else 3),
            works=frozenset(given.only or WORKS),
        )
        small = _measured(bench, size, given.seeded)
        _print("Ratios: the site's rate by the probe's", ratios(small))
        large = None
        if not given.once and not given.quick:
            large = _measured(bench, size.times(FACTOR), given.seeded, with_probes=False)
            _print(f"Growth: the cost at {FACTOR} times the data, by the cost before", growth(small, large))
    missed = 0
    print("\nTargets")
    for met, what in verdicts(small, large):
        missed += not met
        print(f"  {'met   ' if met else 'MISSED'}  {what}")
    return 1 if missed and given.strict else 0


def _measured(bench: Bench, size: Size, seeded: Path | None, *, with_probes: bool = True) -> Report:
    print(f"\n{size}", flush=True)
    data = _seeded(bench.folder / f"site-{size.accounts}", size, seeded)
    report = measure(bench, data, with_probes=with_probes)
    print(f"database: {(data / DATABASE).stat().st_size / 1e6:,.0f} MB")
    print(f"first answer: {report.first_answer:.2f} s after the start")
    print(f"memory: {report.at_rest} at first, {report.after} after the load")
    if with_probes:
        print(f"memory of the probe: {report.probe_after}")
    _print("Figures", table(report))
    shutil.rmtree(data)
    return report


def _seeded(data: Path, size: Size, kept: Path | None) -> Path:
    """A data folder of this size to be written to; made, or copied from what was made before."""
    source = kept / f"{size.accounts}-{size.posts}" if kept is not None else data
    if not (source / DATABASE).exists():
        print(f"seeded in {seed(source, size):.0f} s", flush=True)
    if source != data:
        shutil.copytree(source, data)
        configure(data)
    return data


def _print(title: str, lines: Iterable[str]) -> None:
    print(f"\n{title}")
    for line in lines:
        print(f"  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
