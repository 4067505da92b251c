"""Make the website's one script of htmx and its sources, by terser: small enough for every page, readable
where it is written.

The first line of what comes out names a digest of what went in.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

TERSER = "terser@5.51.4"
HTMX = "vendor/htmx.min.js"
ORDER = ("base", "buttons", "paging", "live", "composing", "viewer", "keys", "start")
WEB = Path(__file__).parents[1] / "packages/microblog-web"
TARGET = WEB / "src/microblog_web/static/site.js"


def digest(folder: Path) -> str:
    """What the sources are, in sixteen characters."""
    files = [folder / HTMX, *(folder / f"{name}.js" for name in ORDER)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _minified(files: Sequence[Path], *options: str) -> str:
    command = ["npm", "exec", "--yes", "--package", TERSER, "--", "terser", *map(str, files), *options]
    made = subprocess.run(
        [*command, "--ecma", "2022", "--mangle"], check=True, capture_output=True, text=True
    )
    return made.stdout


def main() -> None:
    """Replace the script."""
    folder = WEB / "scripts"
    htmx = _minified([folder / HTMX], "--compress", "passes=3")
    sources = [folder / f"{name}.js" for name in ORDER]
    own = _minified(sources, "--enclose", "--compress", "passes=3,unsafe_arrows")
    TARGET.write_text(f"//{digest(folder)}\n{htmx}\n{own}")


if __name__ == "__main__":
    main()
