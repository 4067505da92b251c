"""A real server and a real Chromium, each test once with and once without JavaScript."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from microblog_core.cli.context import prepare
from microblog_core.config import load_config
from microblog_core.site import Site, compose_site
from microblog_core.testing.servers import ServerProcess, microblog_command, site_server

PASSWORD = "correct horse battery"
OPERATOR = "wilma"
_NUMBERS = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/e2e/" in item.path.as_posix():
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser that MICROBLOG_CHROMIUM names, else the system's."""
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("MICROBLOG_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=executable, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """`microblog serve` on an empty folder."""
    with site_server(tmp_path_factory.mktemp("site") / "data") as running:
        yield running


@contextlib.contextmanager
def server_with_money(folder: Path, furnish: Callable[[Site], Awaitable[None]]) -> Iterator[ServerProcess]:
    """A site that takes money by the sandbox, with what `furnish` puts into it before it is served."""
    data = folder / "data"
    data.mkdir()
    (data / "microblog.toml").write_text('[sites.main.payments]\ngateways = ["sandbox"]\n')

    async def fill() -> None:
        config = load_config(data, make_key=True)
        site = compose_site(config, config.sites[0])
        prepare(site, make=True)
        async with site:
            await furnish(site)

    with ThreadPoolExecutor(1) as thread:
        # The browser's driver has an event loop in this one.
        thread.submit(lambda: asyncio.run(fill())).result()
    with site_server(data) as running:
        yield running


def operated_server(folder: Path, env: Mapping[str, str] | None = None) -> ServerProcess:
    """`microblog serve` in `folder`, with one administrator, `OPERATOR`; not started yet."""
    data = folder / "data"
    words = ("users", "create", OPERATOR, "--email", f"{OPERATOR}@example.org", "--password", PASSWORD)
    command = microblog_command("--data", str(data), *words, "--role", "administrator")
    made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    return site_server(data, env=env)


@pytest.fixture(params=[True, False], ids=["javascript", "no-javascript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


class Person:
    """Somebody at a browser window. Every page that they see must load without an error in the console."""

    def __init__(self, page: Any, base: str, problems: list[str]) -> None:
        self._page, self.base, self.problems = page, base, problems
        self.name = ""

    @property
    def page(self) -> Any:
        """The page, wholly read. A click returns when the first bytes of the next page are there: what counts
        or lists elements then would miss those that are still on their way.
        """
        self._page.wait_for_load_state("domcontentloaded")
        return self._page

    def open(self, path: str) -> None:
        answer = self.page.goto(self.base + path)
        assert answer.status < 400, f"{path}: {answer.status}"

    @contextlib.contextmanager
    def refusal(self, status: int) -> Iterator[None]:
        """What is done here is refused with this status. What the browser logs of it is no problem."""
        with self.page.expect_console_message(lambda said: f"status of {status}" in said.text) as logged:
            yield
        self.problems.remove(logged.value.text)

    def refused(self, path: str, status: int = 404) -> None:
        """Open a page that there is not, or not for them."""
        with self.refusal(status):
            assert self.page.goto(self.base + path).status == status, path

    @property
    def path(self) -> str:
        return str(self.page.url).removeprefix(self.base)

    def sees(self, text: str, *, within: str = "main") -> bool:
        return text in " ".join(self.page.locator(within).inner_text().split())

    def waits_for(self, text: str) -> None:
        """Until it is there: with JavaScript, what a button changes comes without a new page."""
        self.page.get_by_text(text).first.wait_for()

    def sign_up(self, name: str) -> None:
        self.open("/")
        self.page.get_by_role("link", name="Create an account").click()
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("E-mail address").fill(f"{name}@example.org")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign up").click()
        self.name = name
        assert self.path == "/"

    def log_in(self, name: str, password: str = PASSWORD) -> None:
        self.open("/login")
        self.page.get_by_label("Username or e-mail address").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("main").get_by_role("button", name="Log in").click()
        self.name = name

    def log_out(self) -> None:
        self.page.get_by_role("button", name="Log out").click()

    def write(self, text: str, level: str = "") -> None:
        self.open("/")
        self.page.get_by_label("What's on your mind?").fill(text)
        if level:
            self.page.get_by_label("Who can see it").select_option(level)
        self.page.get_by_role("button", name="Post", exact=True).click()
        assert self.sees(text[:40].strip())

    def post(self, text: str) -> Any:
        """The post with this text on the page."""
        return self.page.get_by_role("article").filter(has_text=text).first

    def open_post(self, text: str) -> None:
        self.post(text).locator("a.when").click()


@pytest.fixture
def people(chromium: Any, server: ServerProcess, javascript: bool) -> Iterator[Callable[[], Person]]:
    """A function that gives one more person with a browser window of their own."""
    contexts: list[Any] = []
    problems: list[str] = []

    def new_person(**options: Any) -> Person:
        context = chromium.new_context(java_script_enabled=javascript, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: _own(request.url, server.url, problems))
        return Person(page, server.url, problems)

    yield new_person
    for context in contexts:
        context.close()
    assert not problems


def _own(url: str, base: str, problems: list[str]) -> None:
    if not url.startswith((base, "data:", "about:")):
        problems.append(f"a request to another host: {url}")


@pytest.fixture
def name(javascript: bool) -> Callable[[str], str]:
    """Names of this test's own: the tests of a module share one site. The digits that change most come first:
    who types the beginning of a name finds one person.
    """
    ending = ("j" if javascript else "n") + f"{next(_NUMBERS):04}"[::-1]
    return lambda stem: f"{stem}_{ending}"
