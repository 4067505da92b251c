"""Draw the icons of the installed site from `icon.svg`, with Chromium: `nox -s e2e --install-only` brings
what this needs, and its Python runs this.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).parents[1] / "packages/microblog-web/src/microblog_web/static"
PAPER = "#fffefb"
ICONS = (
    ("icon-192.png", 192, 0.74, PAPER),
    ("icon-512.png", 512, 0.74, PAPER),
    ("icon-maskable.png", 512, 0.5, PAPER),
)
"""Name, size in pixels, the part of it that the sign takes, and the colour behind it."""


def main() -> None:
    """Replace the pictures."""
    sign = (STATIC / "icon.svg").read_text()
    executable = os.environ.get("MICROBLOG_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--headless", "--no-sandbox"])
        for name, size, part, behind in ICONS:
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(
                f"<style>body{{margin:0;height:100vh;display:grid;place-items:center;background:{behind}}}"
                f"svg{{width:{part:.0%}}}</style>{sign}"
            )
            page.screenshot(path=str(STATIC / name))
        browser.close()


if __name__ == "__main__":
    main()
