"""`python -m benchmarks streams`: opens streams on a site and on a bare application; prints what they cost.

For each kind: kilobytes of resident memory for a stream, above the process before it had any, and the
milliseconds from sending a post until the last stream has the event (median and worst of several).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlencode

from benchmarks import servers
from benchmarks.machine import choose_cores
from benchmarks.streams.readers import Crowd, events_request, socket_request
from microblog_core.config import load_config
from microblog_core.services.sessions import hash_token
from microblog_core.site import compose_site
from microblog_core.testing.builder import Builder
from microblog_core.testing.servers import microblog_command
from microblog_core.testing.storage.applications import allow, make_application

MOST_KB, MOST_MS = 32.0, 1000.0
SETTINGS = """\
[sites.main.rates]
publish = [1000000000, 1.0]
api = [1000000000, 1.0]
api_account = [1000000000, 1.0]
api_anonymous = [1000000000, 1.0]
"""
STREAM = "/api/v1/streaming"

Tell = Callable[[str], tuple[str, bytes, str]]
"""Makes the post that tells a mark to all streams: its path, its body, the author's token."""


async def _seed(data: Path, people: int) -> tuple[str, list[str]]:
    """An author and so many followers; a token of each."""
    config = load_config(data)
    async with compose_site(config, config.sites[0]) as site:
        build = Builder(site.storage)
        application = await make_application(build, scopes=("read", "write"))
        author = await build.account("author")
        tokens = []
        for number in range(people + 1):
            person = author if number == 0 else await build.account(f"reader{number}x")
            if number:
                await build.follow(person, author)
            token = secrets.token_urlsafe(32)
            await allow(build, application, person, hash_token(token))
            tokens.append(token)
        return tokens[0], tokens[1:]


async def _post(port: int, path: str, body: bytes, token: str = "") -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    kind = "application/x-www-form-urlencoded" if token else "text/plain"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n" + (f"Authorization: Bearer {token}\r\n" if token else "") + "\r\n"
    )
    writer.write(head.encode() + body)
    answer = await reader.read()
    writer.close()
    if b" 200 " not in answer.partition(b"\r\n")[0]:
        raise SystemExit(f"bench: a post was answered with {answer[:500]!r}")


class Measured:
    """What one kind of stream costs."""

    def __init__(self, name: str, kilobytes: float, milliseconds: Sequence[float], size: int) -> None:
        self.name = name
        self.kilobytes = kilobytes
        self.median = statistics.median(milliseconds)
        self.worst = max(milliseconds)
        self.size = size

    def __str__(self) -> str:
        return (
            f"{self.name:<34} {self.kilobytes:>7.1f} KB a stream {self.median:>7.0f} ms median"
            f" {self.worst:>7.0f} ms worst  {self.size:,} bytes an event"
        )


async def _measure(
    name: str,
    server: servers.Running,
    requests: Sequence[bytes],
    tell: Tell,
    repeats: int,
) -> tuple[Measured, bytes]:
    """Open the streams, and tell them something several times; also what one of them got."""
    warm = Crowd(server.port)
    await warm.open(requests[:50])
    await _told(server, warm, tell)
    warm.close()
    await asyncio.sleep(1.0)
    before = server.memory().resident
    crowd = Crowd(server.port)
    await crowd.open(requests)
    await asyncio.sleep(1.0)
    kilobytes = (server.memory().resident - before) * 1000 / len(requests)
    took = [await _told(server, crowd, tell) for _ in range(repeats)]
    event = crowd.an_event()
    if crowd.lost:
        raise SystemExit(f"bench: {crowd.lost} streams of {name} were cut")
    crowd.close()
    await asyncio.sleep(1.0)
    return Measured(name, kilobytes, took, len(event)), event


async def _told(server: servers.Running, crowd: Crowd, tell: Tell) -> float:
    """Milliseconds until the last one has it."""
    mark = f"mark{secrets.token_hex(8)}"
    crowd.look_for(mark.encode())
    began = time.perf_counter()
    posting = asyncio.create_task(_post(server.port, *tell(mark)))
    ended = await crowd.everybody()
    await posting
    return (ended - began) * 1000


async def _run(folder: Path, count: int, repeats: int, core: int) -> list[Measured]:
    data = folder / "data"
    for command in ("init", "migrate"):
        if command == "migrate":
            (data / "microblog.toml").write_text(SETTINGS)
        subprocess.run(microblog_command("--data", str(data), command), check=True, stdout=subprocess.DEVNULL)
    author, readers = await _seed(data, count)
    found = []

    def write(mark: str) -> tuple[str, bytes, str]:
        return "/api/v1/statuses", urlencode({"status": f"a post with a {mark} in it"}).encode(), author

    for what, make in (("server-sent events", events_request), ("WebSockets", socket_request)):
        public, home = (
            (f"{STREAM}/public", f"{STREAM}/user")
            if make is events_request
            else (f"{STREAM}?stream=public", f"{STREAM}?stream=user")
        )
        kinds = {
            f"{what}, public, anonymous": [make(public) for _ in range(count)],
            f"{what}, each one's home": [make(home, token) for token in readers],
        }
        event = b""
        for name, requests in kinds.items():
            with servers.site(data, core) as site:
                measured, event = await _measure(name, site, requests, write, repeats)
            found.append(measured)
            print(f"  {measured}", flush=True)
        with servers.bare_streams(folder, core) as bare:
            tell = _same_bytes(event, make is events_request)
            measured, _ = await _measure(f"{what}, bare", bare, [make("/stream")] * count, tell, repeats)
        print(f"  {measured}", flush=True)
    return found


def _same_bytes(event: bytes, server_sent: bool) -> Tell:
    """Post to the bare application what the site sent, more or less."""
    padding = "x" * max(0, len(event) - 60)

    def tell(mark: str) -> tuple[str, bytes, str]:
        text = json.dumps({"mark": mark, "padding": padding})
        return "/tell", (f"event: update\ndata: {text}\n\n" if server_sent else text).encode(), ""

    return tell


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="nox -s bench -- streams", description=__doc__)
    parser.add_argument("--streams", type=int, default=2000, help="how many are open at once (default: 2000)")
    parser.add_argument("--repeats", type=int, default=7, help="how many events are sent (default: 7)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a target is missed")
    given = parser.parse_args(arguments)
    wanted = given.streams + 512
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    cores = choose_cores()
    os.sched_setaffinity(0, {cores.load})
    print(f"{given.streams:,} streams in one process")
    with tempfile.TemporaryDirectory(prefix="microblog-streams-") as folder:
        found = asyncio.run(_run(Path(folder), given.streams, given.repeats, cores.server))
    missed = 0
    print("\nTargets")
    for each in found:
        met = each.kilobytes <= MOST_KB and each.worst <= MOST_MS
        missed += not met
        said = f"{each.name}: {each.kilobytes:.1f} KB, {each.worst:.0f} ms"
        print(f"  {'met   ' if met else 'MISSED'}  {said} (at most {MOST_KB:g} KB and {MOST_MS:g} ms)")
    return 1 if missed and given.strict else 0


if __name__ == "__main__":
    sys.exit(main())
