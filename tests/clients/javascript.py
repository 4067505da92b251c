"""Clients in JavaScript: one Node process runs all checks of one client and prints a JSON line for each.

The process asks for what only a person at a browser can do: `{"consent": ADDRESS, "username": NAME}` on its
output is answered with what came back, on its input.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

from .site import Site

HERE = Path(__file__).parent / "js"
SECONDS = 150.0
_CHECK = re.compile(r"^check\('([^']+)'", re.MULTILINE)


def offered(client: str) -> frozenset[str]:
    """The capabilities that the client's modules have checks for."""
    files = sorted((HERE / client).glob("*.mjs"))
    names = [name for file in files for name in _CHECK.findall(file.read_text())]
    if len(names) != len(set(names)):
        raise ValueError(f"two checks of {client} have the same name")
    return frozenset(names)


class JavaScriptRunner:
    """Runs the process at the first check and knows all results then."""

    def __init__(self, client: str, site: Site, folder: Path) -> None:
        self._client, self._site, self._folder = client, site, folder
        self._results: dict[str, str] | None = None
        self._errors = folder / "node.log"

    def check(self, capability: str) -> None:
        if self._results is None:
            self._results = {}
            self._run()
        if capability not in self._results:
            raise AssertionError(f"the process ended before this check:\n{self._errors.read_text()[-2000:]}")
        if problem := self._results[capability]:
            raise AssertionError(problem)

    def _run(self) -> None:
        usernames = [self._site.sign_up(stem) for stem in ("ann", "ben", "cem")]
        with (
            self._errors.open("wb") as errors,
            subprocess.Popen(
                [os.environ["MICROBLOG_NODE"], self._driver(), self._client, self._site.url, *usernames],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                bufsize=1,
                env={
                    name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")
                },
            ) as process,
        ):
            watchdog = threading.Timer(SECONDS, process.kill)
            watchdog.start()
            try:
                self._converse(process)
            finally:
                watchdog.cancel()
                process.kill()

    def _driver(self) -> Path:
        """A copy of the modules beside the installed packages: there Node looks for what they import."""
        beside = Path(os.environ["MICROBLOG_NODE_MODULES"]).with_name("driver")
        shutil.copytree(HERE, beside, dirs_exist_ok=True)
        return beside / "driver.mjs"

    def _converse(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None and process.stdin is not None
        for line in process.stdout:
            said: dict[str, Any] = json.loads(line)
            if "consent" in said:
                process.stdin.write(json.dumps(self._consent(said)) + "\n")
                process.stdin.flush()
            else:
                assert self._results is not None
                self._results[said["check"]] = said["problem"]

    def _consent(self, said: dict[str, str]) -> dict[str, str]:
        try:
            return self._site.consent(said["consent"], said["username"])
        except Exception as error:
            return {"problem": f"{type(error).__name__}: {error}"}
