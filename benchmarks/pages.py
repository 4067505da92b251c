"""`python -m benchmarks pages`: what somebody with a slow phone and a slow line sees, and when.

Chromium loads pages of the town of `tools/tour`, cold and again, with the network and the processor held
back by its own tools: 1.6 Mbps down, 0.75 up, 150 ms for the way there and back, a quarter of the processor.
Printed are the first content and the largest (milliseconds from the start of the navigation), how far the
layout shifted until the page was there and while it was scrolled one window down (CLS, 0 for not at all), and
what came over the line. The median of several loads counts; each pair of loads has a browser window of its
own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.tour.world import Harbour, cookie, harbour

NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWDOWN = 4
WINDOW = {"width": 390, "height": 844}
PAGES = {
    "home timeline": ("/", "mira"),
    "public timeline": ("/public", ""),
    "thread": ("{garden}", ""),
    "thread, logged in": ("{garden}", "mira"),
    "profile": ("/@mira", ""),
    "profile, logged in": ("/@mira", "tomas"),
}
FIRST_CONTENT = 1000
"""Milliseconds that a cold load may take until there is something to read."""
# Asked for when all is over: whatever runs in the page before would be part of what is measured.
_ASK = """async () => {
  const seen = type => new Promise(resolve => {
    new PerformanceObserver(list => resolve(list.getEntries())).observe({type, buffered: true});
    setTimeout(resolve, 300, []);
  });
  const [largest, shifts] = await Promise.all([seen('largest-contentful-paint'), seen('layout-shift')]);
  const resources = performance.getEntriesByType('resource');
  return {
    first: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    largest: largest.at(-1).startTime,
    shift: shifts.reduce((sum, one) => sum + one.value, 0),
    requests: resources.length + 1,
    bytes: [...performance.getEntriesByType('navigation'), ...resources]
      .reduce((sum, one) => sum + one.transferSize, 0),
  };
}"""
Figures = Mapping[str, float]


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 1 where a page is late or shifts and `--strict` is given."""
    parser = argparse.ArgumentParser(prog="nox -s bench -- pages", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="how often each page is loaded (default: 5)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a target is missed")
    given = parser.parse_args(arguments)
    missed = 0
    with tempfile.TemporaryDirectory(prefix="microblog-pages-") as folder, harbour(Path(folder)) as town:
        missed = _measured(town, given.repeats)
    return 1 if missed and given.strict else 0


def _measured(town: Harbour, repeats: int) -> int:
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("MICROBLOG_CHROMIUM") or shutil.which("chromium")
    missed = 0
    print(f"{'page':<20} {'load':<6} {'first ms':>9} {'largest ms':>11} {'CLS':>6} {'requests':>9} {'KB':>7}")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=executable, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        for name, (path, who) in PAGES.items():
            address = town.url + path.format(**town.paths)
            loads = [_loads(browser, address, town, who) for _ in range(repeats)]
            for number, load in enumerate(("cold", "again")):
                one = {key: statistics.median(pair[number][key] for pair in loads) for key in loads[0][0]}
                late = load == "cold" and one["first"] > FIRST_CONTENT
                missed += late or one["shift"] > 0
                print(
                    f"{name:<20} {load:<6} {one['first']:>9.0f} {one['largest']:>11.0f} {one['shift']:>6.3f}"
                    f" {one['requests']:>9.0f} {one['bytes'] / 1000:>7.1f}{'  MISSED' if late else ''}",
                    flush=True,
                )
        browser.close()
    return missed


def _loads(browser: Any, address: str, town: Harbour, who: str) -> tuple[Figures, Figures]:
    """A cold load and the next one, in a new window."""
    context = browser.new_context(viewport=WINDOW)
    if who:
        context.add_cookies([cookie(town.cookies[who], town.url)])
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", NETWORK)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    figures = [_load(page, address) for _ in range(2)]
    context.close()
    return figures[0], figures[1]


def _load(page: Any, address: str) -> Figures:
    answer = page.goto(address, wait_until="load")
    if answer.status != 200:
        raise SystemExit(f"bench: {address} answers {answer.status}")
    page.wait_for_timeout(300)
    # Pictures further below load when they are near. At the end of a timeline older posts are put in.
    page.evaluate("() => scrollBy(0, innerHeight)")
    page.wait_for_timeout(600)
    figures: Figures = page.evaluate(_ASK)
    return figures
