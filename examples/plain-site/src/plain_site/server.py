"""The application, and a server of the standard library for it."""

from __future__ import annotations

import argparse
import functools
import signal
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIServer, make_server

from microblog_core.domain.errors import MicroblogError
from microblog_core.embedding import load_site
from microblog_core.http.wsgi import WsgiSite
from microblog_core.runtime.background import run_jobs
from microblog_core.sync import Portal
from plain_site.pages import Pages


class ThreadingServer(ThreadingMixIn, WSGIServer):
    """A thread for each request: one that waits holds up no other."""

    daemon_threads = True


@functools.cache
def site_application(data: Path | None = None) -> WsgiSite:
    """The application for a data folder. Raises `ConfigurationError` that says what to change."""
    portal = Portal(load_site(data), background=(run_jobs,))
    return WsgiSite(Pages(portal), portal)


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """The same for WSGI servers that are told a name: `gunicorn plain_site.server:application`."""
    return site_application()(environ, start_response)


def main() -> None:
    """Serve until Ctrl+C or SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8004)
    parser.add_argument("--data", type=Path, help="the data folder (MICROBLOG_DATA, else microblog-data)")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        site = site_application(given.data)
    except MicroblogError as error:
        sys.exit(f"{error.message} {error.hint}".strip())
    with make_server("127.0.0.1", given.port, site, server_class=ThreadingServer) as server:
        print(f"The site is at http://127.0.0.1:{given.port}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Stopped.")
