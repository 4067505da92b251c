"""`python -m tools.tour [FOLDER]`: pictures of the town's pages as WebP, into docs/images/tour/ unless told.

Afterwards docs/tour.md shows what is there now. A picture of more than 60 KB is made again, smaller.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright
from tools.tour.world import Harbour, cookie, harbour

FOLDER = Path(__file__).parents[2] / "docs/images/tour"
MOST = 60_000
"""Bytes of one picture."""
DESKTOP, PHONE = (1280, 900), (390, 844)

# Those further below wait until somebody scrolls.
_SEEN_ARE_THERE = """() => [...document.images].every(
  one => one.complete || one.getBoundingClientRect().top > innerHeight || !one.getClientRects().length)"""


@dataclass(frozen=True)
class Shot:
    """A page as somebody sees it; `path` may name a post of the town as `{key}`."""

    name: str
    path: str
    who: str = ""
    dark: bool = False
    phone: bool = False


SHOTS = (
    Shot("home-light", "/", "mira"),
    Shot("home-dark", "/", "mira", dark=True),
    Shot("home-phone", "/", "mira", phone=True),
    Shot("public-phone-dark", "/public", dark=True, phone=True),
    Shot("arabic", "/", "salma"),
    Shot("arabic-phone", "/notifications", "salma", phone=True),
    Shot("thread", "{garden}"),
    Shot("thread-phone-dark", "{garden}", "mira", dark=True, phone=True),
    Shot("profile", "/@mira", "tomas"),
    Shot("profile-phone", "/@mira", "tomas", phone=True),
    Shot("compose", "/compose", "mira"),
    Shot("compose-phone", "/compose", "mira", phone=True),
    Shot("notifications", "/notifications", "mira"),
    Shot("search", "/search?q=garden", "mira"),
    Shot("settings-dark", "/settings/preferences", "mira", dark=True),
    Shot("reports", "/admin/reports", "mira"),
    Shot("operating", "/admin", "mira"),
    Shot("operating-dark", "/admin", "mira", dark=True),
    Shot("about", "/about"),
)


def main() -> None:
    """Take all pictures."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    executable = os.environ.get("MICROBLOG_CHROMIUM") or shutil.which("chromium")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    with (
        tempfile.TemporaryDirectory(prefix="microblog-tour-") as kept,
        harbour(Path(kept)) as town,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=executable, args=arguments)
        for shot in SHOTS:
            size = _save(_taken(browser, town, shot), folder / f"{shot.name}.webp")
            print(f"{shot.name}: {size / 1000:.0f} KB", flush=True)
        browser.close()


def _taken(browser: Any, town: Harbour, shot: Shot) -> bytes:
    """A PNG of what fits into the window."""
    width, height = PHONE if shot.phone else DESKTOP
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
    )
    if shot.who:
        context.add_cookies([cookie(town.cookies[shot.who], town.url)])
    page = context.new_page()
    path = shot.path.format(**town.paths)
    answer = page.goto(town.url + path)
    if answer.status != 200:
        raise SystemExit(f"tour: {path} answers {answer.status}")
    page.wait_for_function(_SEEN_ARE_THERE)
    taken: bytes = page.screenshot()
    context.close()
    return taken


def _save(png: bytes, file: Path) -> int:
    """Write a WebP that is small enough; its bytes."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    out = io.BytesIO()
    for quality in (84, 74, 62, 50):
        out = io.BytesIO()
        image.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= MOST:
            break
    file.write_bytes(out.getvalue())
    return out.tell()


if __name__ == "__main__":
    main()
