"""Real servers for tests: a free port, and a site served by a process of its own that a test may kill.

PostgreSQL for tests lives in `postgres`; the fixtures that hand both out are in `plugin`. Only the standard
library is imported here, since pytest loads the plugin in every project that has this package.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

HEALTH_PATH = "/health/live"


class ServerDidNotStart(RuntimeError):
    """The process ended, or gave no answer in time; the message carries what it wrote."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listened on a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, path: str = HEALTH_PATH, *, host: str = "localhost", timeout: float = 1.0) -> bool:
    """Whether GET `path` on 127.0.0.1:`port` says 200, asked with `host` as the Host header."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class BackgroundProcess:
    """A command that answers nobody, such as a worker, in its own process group, writing to the file `log`.

    As a context manager it starts, and leaves nothing running.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.command = list(command)
        self.log = log
        self._env = dict(env or {})
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the running command; RuntimeError where there is none, or where it ended by
        itself.
        """
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"{' '.join(self.command)} is not running:\n{self.output()[-4000:]}")
        return self._process.pid

    def start(self) -> None:
        """Start the command; nothing is waited for."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._env},
                cwd=self._cwd,
                start_new_session=True,
            )

    def runs(self) -> bool:
        """Whether it was started and has not ended since."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End the whole process group at once with SIGKILL, as a power cut would, and wait for it."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def terminate(self, *, timeout: float = 10.0) -> int:
        """Ask the command to end with SIGTERM and return its exit code.

        Raises subprocess.TimeoutExpired when it has not ended after `timeout` seconds; it is killed then.
        """
        if self._process is None:
            raise RuntimeError("the command is not running: call start() first")
        self._process.terminate()
        try:
            return self._process.wait(timeout)
        finally:
            self.kill()

    def output(self) -> str:
        """What the command wrote so far, all starts together."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


class ServerProcess(BackgroundProcess):
    """A command that serves HTTP on 127.0.0.1:`port`, in its own process group, writing to the file `log`.

    As a context manager it starts, waits for the first 200, and leaves nothing running.
    """

    def __init__(
        self,
        command: Sequence[str],
        port: int,
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        super().__init__(command, log, env=env, cwd=cwd)
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    @property
    def pid(self) -> int:
        """The process id of the running command; RuntimeError where there is none."""
        if self._process is None:
            raise RuntimeError("the server is not running: call start() first")
        return self._process.pid

    def start(self, *, timeout: float = 60.0) -> None:
        """Start the command and wait up to `timeout` seconds for a 200 on the health path."""
        super().start()
        assert self._process is not None
        deadline = time.monotonic() + timeout
        while not answers(self.port):
            ended = self._process.poll()
            if ended is not None or time.monotonic() > deadline:
                self.kill()
                why = "gave no answer in time" if ended is None else f"ended with {ended}"
                raise ServerDidNotStart(f"{' '.join(self.command)} {why}:\n{self.output()[-4000:]}")
            time.sleep(0.02)


def microblog_command(*arguments: str) -> list[str]:
    """The command line of `microblog` in the interpreter that runs the tests."""
    return [sys.executable, "-m", "microblog_core.cli.main", *arguments]


def site_server(
    data: Path, *options: str, port: int | None = None, env: Mapping[str, str] | None = None
) -> ServerProcess:
    """`microblog serve` on the data folder `data`, not started yet; its log is beside that folder. People in
    tests type fast: no sign-up is too early.
    """
    port = free_port() if port is None else port
    command = microblog_command("--data", str(data), "serve", "--port", str(port), *options)
    chosen = _early_sign_ups(data) | dict(env or {})
    return ServerProcess(command, port, data.with_name(data.name + ".log"), env=chosen)


def _early_sign_ups(data: Path) -> dict[str, str]:
    file = data / "microblog.toml"
    named = re.findall(r"(?m)^\[sites\.([a-z0-9-]+)", file.read_text()) if file.is_file() else []
    variables = {name.upper().replace("-", "_") for name in named or ["main"]}
    return {f"MICROBLOG_SITES__{name}__SIGNUP_SECONDS": "0" for name in variables}
