"""Fetch the files of other projects that lie in this one, by npm, and put them in place.

To move one to another version: change its line (`npm view PACKAGE dist.integrity` tells what it must be), run
this, and write the version into the README beside the files.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

PACKAGES = Path(__file__).parents[1] / "packages"


class Vendored(NamedTuple):
    """A package of npm's: which of its files go where, all into one folder."""

    package: str
    version: str
    integrity: str
    files: tuple[str, ...]
    folder: Path


VENDORED = (
    Vendored(
        "swagger-ui-dist",
        "5.35.0",
        "sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==",
        ("swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css", "LICENSE", "NOTICE"),
        PACKAGES / "microblog-api/src/microblog_api/static/vendor/swagger-ui",
    ),
    Vendored(
        "htmx.org",
        "2.0.11",
        "sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        ("dist/htmx.min.js", "LICENSE"),
        PACKAGES / "microblog-web/scripts/vendor",
    ),
)


def main() -> None:
    """Replace the files, if what npm gives is what is expected."""
    for vendored in VENDORED:
        with tempfile.TemporaryDirectory() as folder:
            name = f"{vendored.package}@{vendored.version}"
            subprocess.run(["npm", "pack", "--silent", "--pack-destination", folder, name], check=True)
            (packed,) = Path(folder).glob("*.tgz")
            digest = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
            if f"sha512-{digest}" != vendored.integrity:
                sys.exit(f"{name} is not what it was: sha512-{digest}")
            vendored.folder.mkdir(parents=True, exist_ok=True)
            with tarfile.open(packed) as archive:
                for file in vendored.files:
                    member = archive.extractfile(f"package/{file}")
                    assert member is not None
                    (vendored.folder / Path(file).name).write_bytes(member.read())


if __name__ == "__main__":
    main()
