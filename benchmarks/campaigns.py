"""`python -m benchmarks.campaigns`: a campaign's mails a second beside bare aiosmtplib, and its memory.

The sink is a small SMTP server in a process of its own, which takes everything and counts. The sender is the
job runner of `microblog serve` on SQLite, in a process of its own, whose peak memory is printed for each size
of audience. Bare: aiosmtplib alone hands over mails that were written before, over as many connections. Rates
of one run are compared; absolute figures are not stable.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtplib import SMTP

from microblog_core.domain.accounts import Account, Login
from microblog_core.domain.campaigns import CampaignState
from microblog_core.domain.permissions import SYSTEM
from microblog_core.ports.operations import AddAccount, Operation
from microblog_core.ports.storage import BulkStorage
from microblog_core.runtime.campaign_mail import CampaignWriter
from microblog_core.runtime.jobs import JobRunner
from microblog_core.runtime.messages import Reader
from microblog_core.services.campaigns import AddCampaign, StartCampaign, add_campaign, start_campaign
from microblog_core.site import Site
from microblog_core.testing.sites import site_with
from microblog_plugins.email.letters import UNFOLDED, LetterWriter
from microblog_plugins.email.settings import EmailSettings, check_settings
from microblog_plugins.sql.sqlite_tools import SqliteTools

SIZES = (5_000, 50_000)
ADDED_AT_ONCE = 1000
BODY = "\n\n".join(
    f"Paragraph {number}: we have made the site faster, see https://blog.example/news/{number}. " * 3
    for number in range(4)
)


class Sink(asyncio.Protocol):
    """Speaks as much SMTP as a client needs. `COUNT` tells how many mails came, and to how many people."""

    mails = 0
    people: set[bytes] = set()  # noqa: RUF012 - all connections share it

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._buffer, self._content, self._to = b"", False, b""
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            end = b"\r\n.\r\n" if self._content else b"\r\n"
            taken, found, rest = self._buffer.partition(end)
            if not found:
                return
            self._buffer = rest
            self._transport.write(self._answer(taken))

    def _answer(self, taken: bytes) -> bytes:
        if self._content:
            self._content = False
            Sink.mails += 1
            Sink.people.add(self._to)
            return b"250 taken\r\n"
        verb = taken[:4].upper()
        if verb == b"EHLO":
            return b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
        if verb == b"DATA":
            self._content = True
            return b"354 go on\r\n"
        if verb == b"RCPT":
            self._to = taken
        if verb == b"COUN":
            return b"250 %d %d\r\n" % (Sink.mails, len(Sink.people))
        return b"250 fine\r\n"


async def serve_sink() -> None:
    """Print the port, and take mails until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def sink() -> Iterator[int]:
    """A sink in a process of its own; its port."""
    process = subprocess.Popen(_command("sink"), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


async def taken(port: int) -> tuple[int, int]:
    """How many mails the sink has, and to how many people."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b"COUNT\r\n")
    _, mails, people = (await reader.readline()).split()
    writer.close()
    return int(mails), int(people)


def _settings(port: int, connections: int) -> EmailSettings:
    sender = "The Blog <noreply@blog.example>"
    return EmailSettings(host="127.0.0.1", port=port, tls="none", sender=sender, connections=connections)


def _site(url: str, port: int, connections: int) -> Site:
    settings = _settings(port, connections)
    email = {"host": settings.host, "port": port, "tls": "none", "sender": settings.sender}
    return site_with(
        installed=("sql", "email"),
        storage=url,
        settings={"email": {**email, "connections": connections}},
        base_url="https://blog.example",
        title="The Blog",
        campaign_grace=0.0,
    )


def _people(site: Site, size: int) -> Iterator[Operation]:
    now = site.ports.clock.now()
    for number in range(size):
        account = Account(id=site.ports.ids.at(now), username=f"person{number}", created_at=now)
        login = Login(
            account_id=account.id,
            email=f"person{number}@people.example",
            password_hash="none",
            created_at=now,
            email_confirmed_at=now,
        )
        yield AddAccount(account=account, login=login)


async def fill(url: str, size: int) -> None:
    """Add so many people whose addresses are confirmed."""
    async with _site(url, 25, 1) as site:
        storage = site.storage
        assert isinstance(storage, BulkStorage)
        people = _people(site, size)
        async with storage.bulk():
            for _ in range(0, size, ADDED_AT_ONCE):
                await storage.commit([next(people) for _ in range(ADDED_AT_ONCE)])


async def send(url: str, port: int, connections: int) -> None:
    """Send a campaign to all; print seconds and peak memory as JSON."""
    async with _site(url, port, connections) as site:
        before = _peak()
        command = AddCampaign(name="bench", subject="What is new", body=BODY)
        campaign = await add_campaign(site.ports, SYSTEM, command)
        runner, stop = JobRunner(site), asyncio.Event()
        running = asyncio.create_task(runner.run(stop))
        began = time.perf_counter()
        await start_campaign(site.ports, SYSTEM, StartCampaign(campaign_id=campaign.id))
        while campaign.state is not CampaignState.FINISHED:
            await asyncio.sleep(0.05)
            found = await site.storage.campaigns.get(campaign.id)
            assert found is not None
            campaign = found
        seconds = time.perf_counter() - began
        stop.set()
        await running
    sent = campaign.counts.sent
    print(json.dumps({"seconds": seconds, "before": before, "peak": _peak(), "sent": sent}))


def _peak() -> float:
    """The most memory that this process has had resident, in MB. `getrusage` counts that of the one that
    started it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


async def bare(port: int, connections: int, size: int) -> None:
    """Hand over the same mail as often; print seconds as JSON."""
    settings = _settings(port, connections)
    mail = await _written(settings)

    async def one(numbers: range) -> None:
        async with SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False) as client:
            for number in numbers:
                await client.sendmail("noreply@blog.example", [f"bare{number}@people.example"], mail)

    began = time.perf_counter()
    await asyncio.gather(*(one(range(start, size, connections)) for start in range(connections)))
    print(json.dumps({"seconds": time.perf_counter() - began}))


async def _written(settings: EmailSettings) -> bytes:
    """A mail of the campaign, as the channel writes it."""
    async with site_with(base_url="https://blog.example", title="The Blog") as site:
        campaign = await add_campaign(
            site.ports, SYSTEM, AddCampaign(name="b", subject="What is new", body=BODY)
        )
        writer, now = CampaignWriter(site), site.ports.clock.now()
        account = Account(id=site.ports.ids.at(now), username="person12345", created_at=now)
        login = Login(
            account_id=account.id, email="person12345@people.example", password_hash="", created_at=now
        )
        reader = Reader(account=account, login=login)
        message = writer.message(campaign, writer.html_of(campaign), reader)
        letters = LetterWriter(sender=check_settings(settings), host="blog.example")
        return letters.write(message, key="bench").as_bytes(policy=UNFOLDED)


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "benchmarks.campaigns", *map(str, arguments)]


def _run(*arguments: object) -> dict[str, float]:
    ended = subprocess.run(_command(*arguments), check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return found


def measure(size: int, connections: int, folder: Path) -> tuple[float, float]:
    """Print one size; its ratio to bare, and the sender's peak memory in MB."""
    url = f"sqlite:///{folder / f'campaign-{size}.db'}"
    SqliteTools(url).migrate()
    asyncio.run(fill(url, size))
    with sink() as port:
        alone = size / _run("bare", port, connections, size)["seconds"]
    with sink() as port:
        ours = _run("send", url, port, connections)
        mails, people = asyncio.run(taken(port))
    if not ours["sent"] == mails == people == size:
        raise SystemExit(f"bench: {size} people, {ours['sent']:.0f} sent, {mails} mails to {people} taken")
    rate = size / ours["seconds"]
    print(
        f"{size:>7,} people: {rate:>6,.0f} mails/s in {ours['seconds']:.0f} s, bare {alone:,.0f} mails/s,"
        f" ratio {rate / alone:.0%}; memory {ours['before']:.0f} MB before, {ours['peak']:.0f} MB at most",
        flush=True,
    )
    return rate / alone, ours["peak"]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="nox -s bench -- campaigns", description=__doc__)
    parser.add_argument("--connections", type=int, default=4, help="to the mail server, at the same time")
    parser.add_argument("--size", type=int, action="append", help="people; may be repeated")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="microblog-bench-") as folder:
        print(f"{given.connections} connections; every mail is taken once, by as many people as there are")
        found = [measure(size, given.connections, Path(folder)) for size in given.size or SIZES]
    peaks = [peak for _, peak in found]
    if len(peaks) > 1:
        print(f"memory at the largest audience by that at the smallest: {peaks[-1] / peaks[0]:.2f}")
    return 0


def _part(name: str, values: list[str]) -> None:
    """One of the processes."""
    if name == "sink":
        asyncio.run(serve_sink())
    elif name == "send":
        asyncio.run(send(values[0], int(values[1]), int(values[2])))
    else:
        asyncio.run(bare(*map(int, values)))


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ("sink", "send", "bare"):
        _part(sys.argv[1], sys.argv[2:])
    else:
        sys.exit(main())
