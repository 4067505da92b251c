"""The site that the clients talk to: a real server on an empty folder, and people who have signed up."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from microblog_core.testing.browser import Browser, sign_up
from microblog_core.testing.servers import site_server

from .consent import consent

PASSWORD = "correct horse battery"
# Hundreds of requests in a minute from one address, by few people: the limits are tested elsewhere.
LIFTED = (
    "api", "api_account", "api_anonymous", "application_token", "follow", "log_in", "log_in_address", "media",
    "profile", "publish", "react", "register_application", "report", "search", "sign_up", "vote",
)  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A site that runs. `url` is its address, with a port, without a slash at the end."""

    url: str
    port: int

    def sign_up(self, stem: str) -> str:
        """Sign somebody up on the website; their username, made from `stem`."""
        username = f"{stem}_{secrets.token_hex(3)}"
        asyncio.run(self._sign_up(username))
        return username

    async def _sign_up(self, username: str) -> None:
        async with Browser(self.port) as browser:
            page = await sign_up(browser, username, PASSWORD)
        assert page.acknowledged, f"{username} could not sign up: {page.status}\n{page.text}"

    def consent(self, url: str, username: str) -> dict[str, str]:
        """Let this person log in and agree at `url`; what came back, `code` among it."""
        return consent(url, username, PASSWORD)


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """Serve an empty site from `folder` as long as the context lasts."""
    data = folder / "data"
    data.mkdir()
    rates = "\n".join(f"{name} = [1000000, 1.0]" for name in LIFTED)
    (data / "microblog.toml").write_text(f"[sites.main.rates]\n{rates}\n")
    with site_server(data) as server:
        yield Site(server.url, server.port)
