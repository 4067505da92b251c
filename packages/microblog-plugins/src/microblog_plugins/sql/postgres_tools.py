"""Schema tools of PostgreSQL. What they do runs in an event loop of its own, since they are called from
anywhere.

A backup is what `pg_dump` writes, where that program is; else an archive of all tables as PostgreSQL's own
COPY gives them, read in one snapshot. `restore` takes both.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from microblog_core.domain.errors import ConfigurationError, MicroblogError, Unavailable
from microblog_plugins.sql import tools
from microblog_plugins.sql.archive import read_archive, write_archive
from microblog_plugins.sql.revision import HEAD

T = TypeVar("T")

_LOCK = 7_204_311_905_201
"""The advisory lock that one migration at a time holds."""
_DUMP_SECONDS = 3600


class PostgresTools:
    """A `ports.storage.SchemaTools` for one database."""

    def __init__(self, url: str) -> None:
        self._url = url

    def status(self) -> tuple[str, str]:
        """(revision that is stored, revision that this version needs)."""
        return self._on_connection(tools.stored_revision), HEAD

    def migrate(self, revision: str = "head") -> None:
        """Bring the schema to a revision, in one transaction; others that migrate meanwhile wait."""

        def migrate(connection: Connection) -> None:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            tools.migrate(connection, revision)

        self._on_connection(migrate)

    def backup(self, target: str) -> None:
        """Write a consistent copy while the site runs. Raises `ConfigurationError`, `Unavailable`."""
        fresh = Path(f"{target}.part")
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            if not self._dump(fresh):
                self._run(lambda: self._with_driver(lambda connection: write_archive(connection, fresh)))
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)

    def restore(self, source: str) -> None:
        """Replace everything by a copy. Raises `ConfigurationError`, `Unavailable`."""
        copy = Path(source)
        if not copy.is_file():
            raise ConfigurationError(f"There is no file {source}.", hint="Give one that `backup` wrote.")
        if zipfile.is_zipfile(copy):
            self._restore_archive(copy)
        else:
            self._restore_dump(copy)

    def _dump(self, target: Path) -> bool:
        """Let pg_dump write; False where it is missing or too old for the server."""
        program = shutil.which("pg_dump")
        if program is None:
            return False
        arguments = ["--no-owner", "--no-privileges", "--schema=public", f"--file={target}"]
        return self._client(program, *arguments).returncode == 0

    def _restore_dump(self, copy: Path) -> None:
        program = shutil.which("psql")
        with copy.open("rb") as file:
            is_dump = b"PostgreSQL database dump" in file.read(200)
        if not is_dump:
            raise ConfigurationError(
                f"{copy} is no backup of PostgreSQL.", hint="Give one that `backup` wrote."
            )
        if program is None:
            raise ConfigurationError("Restoring this backup needs psql.", hint="Install PostgreSQL's client.")
        options = ("-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-c", "DROP SCHEMA public CASCADE")
        ended = self._client(program, *options, "-f", str(copy))
        if ended.returncode != 0:
            raise Unavailable(f"Nothing was restored: {ended.stderr.strip()}")

    def _client(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs on the database; the password goes by the environment, not the
        command line.
        """
        url = make_url(self._url)
        environment = dict(os.environ)
        if url.password is not None:
            environment["PGPASSWORD"] = str(url.password)
        address = url._replace(password=None, drivername="postgresql").render_as_string()
        return subprocess.run(
            [program, f"--dbname={address}", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_DUMP_SECONDS,
        )

    def _restore_archive(self, copy: Path) -> None:
        async def restore(connection: Any) -> None:
            await read_archive(connection, copy)

        with zipfile.ZipFile(copy) as archive:
            revision = archive.read("revision").decode()
        self._on_connection(lambda connection: _begin_anew(connection, revision))
        self._run(lambda: self._with_driver(restore))

    async def _with_driver(self, work: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
        connection = await asyncpg.connect(self._url)
        try:
            return await work(connection)
        finally:
            await connection.close()

    def _on_connection(self, work: Callable[[Connection], T]) -> T:
        """Run something synchronous of SQLAlchemy's in one transaction."""

        async def run() -> T:
            url = make_url(self._url).set(drivername="postgresql+asyncpg")
            engine = create_async_engine(url, poolclass=NullPool)
            async with engine.connect() as connection, connection.begin():
                return await connection.run_sync(work)

        return self._run(run)

    def _run(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        with concurrent.futures.ThreadPoolExecutor(1) as thread, _explained():
            return thread.submit(lambda: asyncio.run(make())).result()


def _begin_anew(connection: Connection, revision: str) -> None:
    tools.migrate(connection, "base")
    tools.migrate(connection, revision)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except MicroblogError:
        raise
    except Exception as error:
        cause = _driver_error(error)
        if isinstance(cause, asyncpg.InvalidCatalogNameError):
            raise ConfigurationError(f"{cause}.", hint="Create the database first.") from error
        if isinstance(cause, asyncpg.InvalidAuthorizationSpecificationError):
            raise ConfigurationError(
                f"PostgreSQL refuses: {cause}.", hint="Check user and password."
            ) from error
        if isinstance(cause, (OSError, TimeoutError)):
            raise Unavailable(f"PostgreSQL does not answer: {cause}.", hint="Is it running?") from error
        raise


def _driver_error(error: BaseException) -> BaseException:
    """What SQLAlchemy wrapped, as the driver raised it."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error
