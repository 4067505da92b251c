"""Served processes of the test kit: started, waited for, killed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from microblog_core.testing.servers import ServerDidNotStart, ServerProcess, answers, free_port

HEALTHY = """
import http.server, signal, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/live" else 404)
        self.end_headers()

def leave(*_):
    sys.exit(3)

signal.signal(signal.SIGTERM, leave)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def server(tmp_path: Path) -> ServerProcess:
    port = free_port()
    return ServerProcess([sys.executable, "-c", HEALTHY, str(port)], port, tmp_path / "server.log")


def test_it_answers_once_started_and_no_more_once_killed(server: ServerProcess) -> None:
    with server:
        assert answers(server.port)
        assert not answers(server.port, "/elsewhere")
    assert not answers(server.port)


def test_it_can_be_killed_and_started_again_on_the_same_port(server: ServerProcess) -> None:
    with server:
        first = server.pid
        server.kill()
        server.start()
        assert server.pid != first
        assert answers(server.port)


def test_terminate_gives_the_exit_code(server: ServerProcess) -> None:
    server.start()
    assert server.terminate() == 3


def test_a_command_that_ends_is_reported_with_what_it_wrote(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such option')"]
    with pytest.raises(ServerDidNotStart, match="no such option"):
        ServerProcess(command, free_port(), tmp_path / "log").start()
