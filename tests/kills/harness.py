"""A site in a process of its own, on either storage, and the people who use it at the same time."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from microblog_core.testing.browser import Browser, Form, Page, sign_up
from microblog_core.testing.servers import BackgroundProcess, ServerProcess, microblog_command, site_server

from .consistency import Database, postgres_rows, sqlite_copy

PASSWORD = "correct horse battery"
BUILT_IN: Mapping[str, tuple[int, float]] = {}
LIMITED = ("publish", "sign_up", "log_in", "log_in_address", "react", "follow")
LIFTED: Mapping[str, tuple[int, float]] = dict.fromkeys(LIMITED, (1_000_000, 1.0))
AT_ONCE = 20
KEY_FIELD = "once"


@dataclass(frozen=True)
class Installation:
    """A data folder with its configuration, and the ways to look at it."""

    data: Path
    database: str

    @property
    def is_sqlite(self) -> bool:
        return not self.database

    def command(self, *arguments: str) -> str:
        """Run `microblog` in a process beside the server, as an operator would; what it prints."""
        ended = subprocess.run(
            microblog_command("--data", str(self.data), *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def server(self, *, port: int | None = None) -> ServerProcess:
        return site_server(self.data, port=port)

    def background(self, name: str, *arguments: str) -> BackgroundProcess:
        """A process beside the server, not started yet, such as a worker."""
        command = microblog_command("--data", str(self.data), *arguments)
        return BackgroundProcess(command, self.data.with_name(f"{name}.log"))

    def configure(self, text: str) -> None:
        """Append to the configuration; a table in TOML may stand anywhere."""
        with (self.data / "microblog.toml").open("a") as file:
            file.write(text)

    def look(self, scratch: Path) -> AbstractAsyncContextManager[Database]:
        """Ask the database without the site: a copy of a dead process's files, or a connection."""
        if self.is_sqlite:
            return sqlite_copy(self.data / "microblog.db", scratch)
        return postgres_rows(self.database)


def install(data: Path, database: str, rates: Mapping[str, tuple[int, float]]) -> Installation:
    """Make a data folder for a site on `database`, a PostgreSQL URL; empty for the embedded SQLite."""
    installation = Installation(data, database)
    installation.command("init")
    # With undo nobody is told of a post before its author may have changed their mind.
    lines = ["[sites.main]", "undo_seconds = 0"]
    if database:
        lines.append(f'storage = "{urlsplit(database)._replace(scheme="postgresql").geturl()}"')
    lines += ["[sites.main.rates]", *(f"{name} = [{times}, {per}]" for name, (times, per) in rates.items())]
    (data / "microblog.toml").write_text("\n".join(lines) + "\n")
    if database:
        installation.command("migrate")
    return installation


async def newcomers(new_browser: Callable[[int], Browser], port: int, names: list[str]) -> list[Browser]:
    """Sign these people up through the website; they are logged in afterwards, each in an own browser."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def arrive(name: str) -> Browser:
        browser = new_browser(port)
        async with gate:
            page = await sign_up(browser, name, PASSWORD)
        assert page.acknowledged, f"{name} could not sign up: {page.status}\n{page.text}"
        return browser

    return list(await asyncio.gather(*(arrive(name) for name in names)))


async def post(browser: Browser, form: Form, text: str, key: str = "") -> Page:
    """Send the form for writing, with a fresh idempotency key where the form has one and none is given."""
    values = {"text": text}
    if KEY_FIELD in form.names:
        values[KEY_FIELD] = key or secrets.token_urlsafe(12)
    return await browser.submit(form, **values)
