"""Starts what is measured, each in a process of its own on one core: the site, and the bare probes."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import Memory, memory
from microblog_core.testing.servers import answers, free_port, microblog_command

QUIET = {"MICROBLOG_SERVER__LOG_LEVEL": "warning"}
"""No access log: the probes write none either."""


@dataclass(frozen=True)
class Running:
    """A server that answers. `first_answer` is how many seconds it took from its start."""

    name: str
    port: int
    pid: int
    first_answer: float

    def memory(self) -> Memory:
        return memory(self.pid)


@contextlib.contextmanager
def site(data: Path, core: int) -> Iterator[Running]:
    """`microblog serve` on this data folder."""
    port = free_port()
    command = microblog_command("--data", str(data), "serve", "--port", str(port))
    with _running("site", command, port, core, data.with_name("site.log"), QUIET, "/") as running:
        yield running


@contextlib.contextmanager
def probes(pages: Path, database: Path, core: int, *, group: bool = True) -> Iterator[Running]:
    """The bare Litestar handlers on the same server; `group` shares commits between requests."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.probes", str(port), str(pages), str(database)]
    command += [] if group else ["--alone"]
    with _running(
        "probes", command, port, core, pages.with_name("probes.log"), {}, "/bytes/empty"
    ) as running:
        yield running


@contextlib.contextmanager
def bare_streams(folder: Path, core: int) -> Iterator[Running]:
    """The bare application that only holds streams, on the same server."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.streams.bare", str(port)]
    with _running("bare streams", command, port, core, folder / "bare.log", {}, "/") as running:
        yield running


@contextlib.contextmanager
def _running(
    name: str, command: Sequence[str], port: int, core: int, log: Path, env: Mapping[str, str], path: str
) -> Iterator[Running]:
    import os

    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **env},
            start_new_session=True,
        )
    try:
        while not (_listens(port) and answers(port, path, timeout=5)):
            if process.poll() is not None or time.perf_counter() - began > 60:
                raise SystemExit(f"bench: {name} did not start:\n{log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.005)
        yield Running(name, port, process.pid, time.perf_counter() - began)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
