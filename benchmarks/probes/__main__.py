"""Serves the probes: `python -m benchmarks.probes PORT PAGES DATABASE [--alone]`."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from benchmarks.probes.app import make_app
from microblog_core.http.server import CONNECTIONS


async def _serve(port: int, pages: Path, database: Path, group: bool) -> None:
    """The same embedded server with the same settings as `microblog serve`."""
    server = Server(
        make_app(pages, database, group=group),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        log_enabled=False,
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("pages", type=Path, help="a folder of pages to send")
    parser.add_argument("database", type=Path, help="a SQLite file that the site made")
    parser.add_argument("--alone", action="store_true", help="one commit for each request")
    given = parser.parse_args()
    asyncio.run(_serve(given.port, given.pages, given.database, not given.alone))


if __name__ == "__main__":
    main()
