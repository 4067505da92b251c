"""Make the website's one script of its sources, by terser: small enough for every page, readable where it
is written.

The first line of what comes out names a digest of what went in.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

TERSER = "terser@5.51.4"
ORDER = ("base", "buttons", "paging", "live", "composing", "viewer", "keys")
WEB = Path(__file__).parents[1] / "packages/microblog-web"
TARGET = WEB / "src/microblog_web/static/site.js"


def digest(folder: Path) -> str:
    """What the sources are, in sixteen characters."""
    return hashlib.sha256(b"".join((folder / f"{name}.js").read_bytes() for name in ORDER)).hexdigest()[:16]


def main() -> None:
    """Replace the script."""
    sources = [str(WEB / "scripts" / f"{name}.js") for name in ORDER]
    command = ["npm", "exec", "--yes", "--package", TERSER, "--", "terser", *sources, "--ecma", "2022"]
    options = ["--enclose", "--compress", "passes=3,unsafe_arrows", "--mangle"]
    made = subprocess.run([*command, *options], check=True, capture_output=True, text=True).stdout
    TARGET.write_text(f"//{digest(WEB / 'scripts')}\n{made}")


if __name__ == "__main__":
    main()
