"""Puts load on a server with wrk, and measures what the server spends on it."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import cpu_seconds

SCRIPT = Path(__file__).with_name("load.lua")
UNIQUE = "0" * 16
"""Stands in a request's body for what must be different each time."""
TIMEOUT = 30


class LoadFailed(RuntimeError):
    """The server answered with errors: the figures would mean nothing."""


@dataclass(frozen=True)
class Request:
    """A request of a load; `body` is a form, urlencoded, and `token` an access token."""

    path: str
    cookie: str = ""
    body: str = ""
    token: str = ""

    def line(self) -> str:
        method = "POST" if self.body else "GET"
        return "\t".join([method, self.path, self.cookie, self.token, self.body])


@dataclass(frozen=True)
class Load:
    """Requests sent in turn; with `writes`, one of them after every `reads_between` of the others."""

    requests: Sequence[Request]
    writes: Sequence[Request] = ()
    reads_between: int = 50


@dataclass(frozen=True)
class Figures:
    """One run: requests, seconds that passed, seconds that the server worked; latencies in milliseconds."""

    requests: int
    wall: float
    cpu: float
    median: float
    p99: float
    slowest: float

    @property
    def rate(self) -> float:
        """Requests a second, as the load saw it."""
        return self.requests / self.wall

    @property
    def per_core(self) -> float:
        """Requests for each second of processor time."""
        return self.requests / self.cpu

    @property
    def cost(self) -> float:
        """Milliseconds of processor time a request."""
        return 1000 * self.cpu / self.requests


def find_wrk() -> str:
    """The path of wrk, installed by apt where that is allowed. Ends the program where there is none."""
    if (found := shutil.which("wrk")) is None and shutil.which("apt-get") and os.geteuid() == 0:
        for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "wrk"]):
            subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        found = shutil.which("wrk")
    if found is None:
        raise SystemExit(
            "bench needs wrk on PATH: install it with your system's packages (`apt install wrk`)"
        )
    return found


def run_load(
    wrk: str, load: Load, *, port: int, pid: int, core: int, concurrency: int, seconds: float, folder: Path
) -> Figures:
    """Send a load for some seconds from one core over `concurrency` connections to the server with this pid.

    Raises `LoadFailed` where an answer was an error or none.
    """
    (folder / "requests").write_text("\n".join(each.line() for each in load.requests) + "\n")
    script_arguments = [str(folder / "requests"), secrets.token_hex(3)]
    if load.writes:
        (folder / "writes").write_text("\n".join(each.line() for each in load.writes) + "\n")
        script_arguments += [str(folder / "writes"), str(load.reads_between + 1)]
    command = ["taskset", "-c", str(core), wrk, "-t1", f"-c{concurrency}", f"-d{seconds:g}s"]
    command += [
        f"--timeout={TIMEOUT}s",
        "-s",
        str(SCRIPT),
        f"http://127.0.0.1:{port}",
        "--",
        *script_arguments,
    ]
    before = cpu_seconds(pid)
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=seconds + 2 * TIMEOUT
    )
    cpu = cpu_seconds(pid) - before
    found = re.search(r"^figures (.+)$", ended.stdout, re.M)
    if ended.returncode != 0 or found is None:
        raise LoadFailed(f"wrk failed: {ended.stdout}{ended.stderr}")
    requests, microseconds, bad, broken, late, median, p99, slowest = (
        float(part) for part in found[1].split()
    )
    if bad or broken or late or not requests:
        raise LoadFailed(
            f"{load.requests[0].path}: {requests:.0f} requests, {bad:.0f} answered with an error,"
            f" {broken:.0f} broken connections, {late:.0f} too late"
        )
    return Figures(
        requests=int(requests),
        wall=microseconds / 1e6,
        cpu=cpu,
        median=median / 1000,
        p99=p99 / 1000,
        slowest=slowest / 1000,
    )
