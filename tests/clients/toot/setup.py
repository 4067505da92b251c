"""Running toot as somebody, and asking the site beside it what became of what toot did."""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..checks import Checks
from ..site import Site

CHECKS = Checks()
check = CHECKS.add
PROGRAM = Path(sys.executable).with_name("toot")
SECONDS = 60


@dataclass(frozen=True)
class Toot:
    """toot with the configuration of one person."""

    url: str
    username: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return {"XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder, "COLUMNS": "200"}

    def __call__(self, *arguments: str, fails: bool = False) -> str:
        """What the command prints; with `fails` it must end with an error, which is returned."""
        code, output, errors = _toot(arguments, self.environment, self.folder)
        assert (code != 0) is fails, f"toot {' '.join(arguments)}: {output}{errors}"
        return errors if fails else output

    def json(self, *arguments: str) -> Any:
        """What the command prints with --json."""
        return json.loads(self(*arguments, "--json"))

    def ask(self, path: str, method: str = "GET", **fields: str) -> Any:
        """Ask the API with this person's token, without toot: to prepare, and to see what became of it."""
        users = json.loads((self.folder / "toot" / "config.json").read_text())["users"]
        (user,) = users.values()
        request = urllib.request.Request(
            self.url + path,
            method=method,
            headers={"Authorization": f"Bearer {user['access_token']}"},
            data=urllib.parse.urlencode(fields).encode() if fields else None,
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.load(answer)

    def post(self, text: str, **fields: str) -> str:
        """Write a post beside toot; its id."""
        return str(self.ask("/api/v1/statuses", "POST", status=text, **fields)["id"])

    @property
    def id(self) -> str:
        return str(self.ask("/api/v1/accounts/verify_credentials")["id"])


@functools.cache
def _fork() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-P", Path(__file__).with_name("fork.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    atexit.register(_end, process)
    return process


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.close()
    process.wait(SECONDS)
    process.stdout.close()


def _toot(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> tuple[int, str, str]:
    """Run the program; its exit code, and what it wrote to its output and as errors."""
    output, errors = folder / "output", folder / "errors"
    job = {"arguments": arguments, "environment": environment, "output": str(output), "errors": str(errors)}
    process = _fork()
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(job) + "\n")
    code = int(process.stdout.readline())
    return code, output.read_text(), errors.read_text()


def log_in(site: Site, username: str, folder: Path) -> Toot:
    """Let toot log in as its users do: it prints an address, they bring the code back."""
    person = Toot(site.url, username, folder / username)
    with subprocess.Popen(
        [PROGRAM, "login", "--instance", site.url],
        env={**os.environ, **person.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        printed: list[str] = []
        for line in process.stdout:
            printed.append(line)
            if line.startswith("http"):
                break
        else:
            raise AssertionError(f"toot login printed no address: {''.join(printed)}")
        code = site.consent(printed[-1].strip(), username)["code"]
        told, _ = process.communicate(f"n\n{code}\n", timeout=SECONDS)
        assert process.returncode == 0 and "Successfully logged in" in told, told
    return person


@contextmanager
def follows(reader: Toot, author: Toot) -> Iterator[None]:
    """`reader` follows `author` as long as this lasts."""
    reader.ask(f"/api/v1/accounts/{author.id}/follow", "POST", reblogs="1")
    try:
        yield
    finally:
        reader.ask(f"/api/v1/accounts/{author.id}/unfollow", "POST", unused="1")


def shown(*arguments: str) -> tuple[str, ...]:
    """A command that shows posts, told to show one page and to end."""
    return ("timelines", *arguments, "--no-pager", "--no-clear")
