"""The examples that put core under a framework: each in a bare environment of built wheels, driven over HTTP;
and all of them as one site, on one file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from microblog_core.testing.browser import Browser, sign_up, write
from microblog_core.testing.servers import ServerProcess, free_port

from .environments import Environment, built, only

pytestmark = [pytest.mark.compose, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Example:
    """A folder of `examples`, what else it needs of ours, and the command that its README starts it with."""

    name: str
    command: tuple[str, ...]
    packages: tuple[str, ...] = ("core[testing]", "plugins[sql]")
    absent: tuple[str, ...] = ("litestar", "taskiq")

    def server(self, environment: Environment, data: Path) -> ServerProcess:
        """The example on a data folder, not started yet."""
        port = free_port()
        command = [part.format(port=port) for part in self.command]
        command[0] = str(environment.folder / "bin" / command[0])
        env = {"MICROBLOG_DATA": str(data)}
        return ServerProcess(command, port, data.with_name(f"{self.name}.log"), env=env, cwd=data.parent)


FLASK = Example("flask-site", ("flask", "--app", "flask_site", "run", "--port", "{port}"))
DJANGO = Example(
    "django-site",
    ("django-admin", "runserver", "--settings", "django_site.settings", "--noreload", "{port}"),
)
FASTAPI = Example("fastapi-site", ("uvicorn", "fastapi_site:app", "--port", "{port}"))
PLAIN = Example("plain-site", ("plain-site", "--port", "{port}"), absent=("litestar", "taskiq", "jinja2"))
SITES = (FLASK, DJANGO, FASTAPI, PLAIN)
SURFACES = Example(
    "three-surfaces",
    ("microblog", "serve", "--port", "{port}"),
    packages=("core[serve,testing]", "plugins[sql]", "web"),
    absent=("taskiq", "microblog_api"),
)


def wheel_of(example: Example, root: Path, folder: Path) -> str:
    """Build the example; a requirement for it."""
    project = root / "examples" / example.name
    build = [os.environ["MICROBLOG_UV"], "build", "--quiet", "--wheel", str(project), "-o", str(folder)]
    subprocess.run(build, check=True, capture_output=True)
    wheel = only(folder, f"{example.name.replace('-', '_')}-*.whl")
    return f"{example.name} @ {wheel.as_uri()}"


@pytest.mark.parametrize("example", [*SITES, SURFACES], ids=lambda example: example.name)
def test_an_example_passes_its_tests_in_a_bare_environment(
    example: Example, wheels: Path, root: Path, tmp_path: Path
) -> None:
    readme = (root / "examples" / example.name / "README.md").read_text()
    assert " ".join(example.command[:-1]) in readme
    environment = Environment(tmp_path / "env")
    requirements = [built(wheels, package) for package in example.packages]
    environment.install(root, *requirements, wheel_of(example, root, tmp_path))
    assert [module for module in example.absent if environment.has(module)] == []
    # Away from the repository, whose settings for pytest are not the example's.
    tests = shutil.copytree(root / "examples" / example.name / "tests", tmp_path / "tests")
    suite = [str(environment.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)]
    ran = subprocess.run(suite, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def everything(wheels: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the website and all examples."""
    folder = tmp_path_factory.mktemp("frameworks")
    environment = Environment(folder / "env")
    ours = [built(wheels, package) for package in ("core[serve]", "web", "plugins[sql]")]
    environment.install(root, *ours, *(wheel_of(example, root, folder) for example in SITES))
    return environment


@pytest.fixture
def servers(everything: Environment, tmp_path: Path) -> Iterator[dict[str, ServerProcess]]:
    """Our own website and every example, each a process of its own, on one data folder."""
    data, port = tmp_path / "data", free_port()
    command = [str(everything.folder / "bin/microblog"), "--data", str(data), "serve", "--port", str(port)]
    early = {"MICROBLOG_SITES__MAIN__SIGNUP_SECONDS": "0"}
    with ExitStack() as stack:
        ours = ServerProcess(command, port, tmp_path / "website.log", env=early, cwd=tmp_path)
        started = {"website": stack.enter_context(ours)}
        for example in SITES:
            started[example.name] = stack.enter_context(example.server(everything, data))
        yield started


async def test_all_frameworks_are_one_site(servers: dict[str, ServerProcess]) -> None:
    async with AsyncExitStack() as stack:
        browsers = {
            name: await stack.enter_async_context(Browser(server.port)) for name, server in servers.items()
        }
        website = browsers["website"]
        entered = await sign_up(website, "ada", "correct horse battery")
        assert entered.acknowledged, servers["website"].output()
        written = {"website": await write(website, "Written in website")}
        for name, browser in browsers.items():
            # A browser that knows one port by name sends the cookies of the name to all of them.
            browser.cookies = website.cookies
            if name != "website":
                form = (await browser.get("/")).form("text")
                written[name] = await browser.submit(form, text=f"Written in {name}")
            assert written[name].status == 303, (name, servers[name].output())
        for reader, browser in browsers.items():
            page = (await browser.get("/@ada")).text
            assert [name for name in written if f"Written in {name}" not in page] == [], reader
        # Who logs out at one is logged out at all, whatever they remember.
        kept = dict(website.cookies)
        (leaving,) = (
            form for form in (await browsers["flask-site"].get("/")).forms() if form.action == "/logout"
        )
        assert (await browsers["flask-site"].submit(leaving)).status == 303
        for name, browser in browsers.items():
            browser.cookies = dict(kept)
            assert 'action="/logout"' not in (await browser.get("/")).text, name
