"""Serves an application over HTTP in this process, and ends in the right order when it is told to.

Granian's embedded server does the HTTP; the signals are ours (docs/decisions/0002). On SIGTERM or SIGINT:
say `not ready`, end all streams, stop accepting and let running requests finish, close the lifespans,
return. Whatever hangs on the way is cut off.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from microblog_core.domain.errors import ConfigurationError
from microblog_core.http.app import Application

if TYPE_CHECKING:
    from microblog_core.config import ServerConfig

GRACE_SECONDS = 1.5
"""How long running requests may take to finish once nothing new is accepted."""

DEADLINE_SECONDS = 15.0
"""After this the process ends, whatever is still closing: a lifespan, a thread of a plugin."""

CONNECTIONS = 4096
"""How many connections may be open at once; granian's own limit of 1,024 would block that many streams."""

OTHER_FILES = 512
"""Files and sockets beside the connections: databases, logs, uploads."""

_log = logging.getLogger("microblog.server")


def run_server(
    app: Application, server: ServerConfig, *, on_ready: Callable[[str], None] | None = None
) -> None:
    """Serve until SIGTERM or SIGINT, then return; the process must end soon after, or is ended.

    `on_ready` is told the address as soon as requests are answered. Raises `ConfigurationError` where the
    address can't be listened on, and what opening the sites raises.
    """
    deadline = threading.Timer(DEADLINE_SECONDS, _give_up)
    deadline.daemon = True
    asyncio.run(serve(app, server, on_ready=on_ready, on_stop=deadline.start))


async def serve(
    app: Application,
    server: ServerConfig,
    *,
    on_ready: Callable[[str], None] | None = None,
    on_stop: Callable[[], None] | None = None,
) -> None:
    """The same within a running event loop, which must be the main thread's; `on_stop` is told of the
    signal.
    """
    address, port = _bindable(server.host, server.port)
    _allow_connections()
    with _signals(on_stop) as stop:
        starting = asyncio.create_task(app.__aenter__(), name="start")
        if not await _before(stop, starting):
            _log.info("stopped while starting")
            return
        try:
            await _serve_until(stop, app, address, port, on_ready)
        finally:
            await app.__aexit__(None, None, None)
    _log.info("stopped")


async def _serve_until(
    stop: asyncio.Event, app: Application, address: str, port: int, on_ready: Callable[[str], None] | None
) -> None:
    http = _granian(app, address, port)
    serving = asyncio.create_task(http.serve(), name="http")
    stopping = asyncio.create_task(stop.wait())
    try:
        # Granian starts to listen in its first step; one more turn of the loop, and it answers.
        await asyncio.sleep(0)
        if on_ready is not None and not serving.done():
            on_ready(_url(address, port))
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
            raise ConfigurationError("The HTTP server ended by itself.", hint="See the log for why.")
    finally:
        stopping.cancel()
        app.stop_soon()
        await app.streams.close_all()
        http.stop()
        await _finish(serving)


async def _finish(serving: asyncio.Task[Any]) -> None:
    done, _ = await asyncio.wait((serving,), timeout=GRACE_SECONDS)
    if not done:
        _log.warning("requests were still running %g s after the stop; they are cut off", GRACE_SECONDS)
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


async def _before(stop: asyncio.Event, starting: asyncio.Task[Any]) -> bool:
    """Whether the start was finished before the stop came; raises what the start raised."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if starting.done():
        starting.result()
        return True
    starting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await starting
    return False


@contextlib.contextmanager
def _signals(on_stop: Callable[[], None] | None) -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def ask_to_stop() -> None:
        if not stop.is_set() and on_stop is not None:
            on_stop()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask_to_stop)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def end_process(code: int) -> NoReturn:
    """End this process at once, with everything written out.

    For after `run_server`: granian's threads may outlive it, and one that wakes while the interpreter is
    being taken down aborts the process (exit code -6 after a clean stop, in about one of fourteen).
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _give_up() -> None:
    _log.critical("still not closed after %g s: giving up", DEADLINE_SECONDS)
    end_process(1)


def _allow_connections() -> None:
    """Let the process have as many files open as it has connections, as far as it may: often 1,024 are
    allowed at first, and streams stay open.
    """
    try:
        import resource
    except ImportError:  # there is no such limit on Windows
        return
    wanted = CONNECTIONS + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        _log.warning(
            "only %d files may be open at once: raise the limit (ulimit -n) for more streams", allowed
        )


def _bindable(host: str, port: int) -> tuple[str, int]:
    """The numeric address and the port to listen on, a free one for port 0.

    Raises `ConfigurationError` where that isn't possible. Granian shares its port with whoever else wants to
    (SO_REUSEPORT), so a second server on it would go unnoticed.
    """
    try:
        family, kind, proto, _, target = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
            return str(target[0]), probe.getsockname()[1]
    except OSError as error:
        raise ConfigurationError(
            f"Can't listen on {host}, port {port}: {error.strerror}.",
            hint="Choose another one (--port, or server.port), or stop what listens there.",
        ) from error


def _granian(app: Application, address: str, port: int) -> Any:
    try:
        from granian.constants import HTTPModes, Interfaces
        from granian.server.embed import Server
    except ImportError as error:
        raise ConfigurationError(
            "Serving needs the package granian.", hint="Install the extra 'serve' of microblog-core."
        ) from error
    return Server(
        app,
        address=address,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        log_enabled=False,
        # Without this granian would replace the process's log configuration by its own.
        log_dictconfig={"incremental": True, "formatters": {}, "handlers": {}, "loggers": {}},
    )


def _url(address: str, port: int) -> str:
    ip = ipaddress.ip_address(address.partition("%")[0])
    local = ip.is_loopback or ip.is_unspecified
    return f"http://{'localhost' if local else f'[{ip}]' if ip.version == 6 else ip}:{port}"
