"""Plugins of strangers, as wheels beside the wheels of this repository, in one bare environment.

Their own tests, which `uv run --extra test pytest` starts beside the sources, pass there; one site takes its
storage, its log-ins, its channel and its gateway from them, and the installed core is, file by file, what it
was before.
"""

from __future__ import annotations

import asyncio
import base64
import csv
import hashlib
import hmac
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.parse
from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from microblog_core.testing.browser import Form, Page
from microblog_core.testing.servers import BackgroundProcess, ServerProcess, free_port

pytestmark = [pytest.mark.compose, pytest.mark.timeout(300)]

EXAMPLES = (
    "reactions",
    "header-authenticator",
    "irc-channel",
    "lmdb-storage",
    "pix-gateway",
    "reading-time",
    "gazette-theme",
)
"""All but the journal, which `test_subsets` looks at."""
OURS = {"core": "[serve,testing]", "web": "", "api": "", "plugins": "[sql]"}
TOOLS = ("httpx", "miniircd")
SECRET = "of strangers and their proxies, 32"


@dataclass(frozen=True)
class Strangers:
    """The environment, and what core was before anybody came."""

    folder: Path
    root: Path
    before: Mapping[str, str]

    @property
    def python(self) -> Path:
        return self.folder / "env/bin/python"

    def core(self) -> Mapping[str, str]:
        """The hash of each installed file of core, read from the disk; byte code is left out."""
        (record,) = self.folder.glob("env/lib/python*/site-packages/microblog_core-*.dist-info/RECORD")
        site_packages = record.parent.parent
        recorded = [row[0] for row in csv.reader(record.read_text().splitlines())]
        found = {name: _sha256(site_packages / name) for name in recorded if not name.endswith(".pyc")}
        package = site_packages / "microblog_core"
        found |= {
            str(path.relative_to(site_packages)): _sha256(path)
            for path in package.rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }
        return found

    def microblog(self, data: Path, *arguments: str) -> str:
        command = [str(self.folder / "env/bin/microblog"), "--data", str(data), *arguments]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout


def _sha256(path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _uv(*arguments: str) -> None:
    command = [os.environ["MICROBLOG_UV"], *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def _only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


@pytest.fixture(scope="module")
def strangers(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Strangers:
    folder = tmp_path_factory.mktemp("strangers")
    wheels = Path(os.environ["MICROBLOG_WHEELS"])
    # Compiled, since tests of plugins give imports seconds, and several run side by side.
    install = ("pip", "install", "--quiet", "--compile", "--python", str(folder / "env/bin/python"))
    install += ("-c", str(root / "constraints.txt"))
    ours = [
        f"microblog-{name}{extras} @ {_only(wheels, f'microblog_{name}-*.whl').as_uri()}"
        for name, extras in OURS.items()
    ]
    _uv("venv", "--quiet", "--python", sys.executable, str(folder / "env"))
    _uv(*install, *ours, *TOOLS)
    before = Strangers(folder, root, {}).core()
    for name in EXAMPLES:
        _uv("build", "--quiet", "--wheel", str(root / "examples" / name), "-o", str(folder / "wheels"))
    built = [
        f"{path.name.split('-')[0].replace('_', '-')} @ {path.as_uri()}"
        for path in sorted((folder / "wheels").glob("*.whl"))
    ]
    assert len(built) == len(EXAMPLES)
    _uv(*install, *ours, *built)
    _uv("pip", "check", "--quiet", "--python", str(folder / "env/bin/python"))
    return Strangers(folder, root, before)


@pytest.fixture(scope="module")
def suites(
    strangers: Strangers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[str]]]:
    """What became of each project's own tests, empty for well; two run at a time."""
    with ThreadPoolExecutor(2) as pool:
        folder = tmp_path_factory.mktemp("suites")
        yield {name: pool.submit(_own_tests, strangers, name, folder / name) for name in EXAMPLES}


def _own_tests(strangers: Strangers, name: str, folder: Path) -> str:
    # Away from the repository: what is imported is what was installed.
    own = strangers.root / "examples" / name / "tests"
    tests = shutil.copytree(own, folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    # What a disk promises is not what this is about, and a suite asks it for that a thousand times.
    shared = Path("/dev/shm")
    base = (shared if shared.is_dir() else folder) / f"microblog-{os.getpid()}-{name}"
    command = [str(strangers.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", str(base)]
    try:
        ran = subprocess.run([*command, str(tests)], cwd=folder, capture_output=True, text=True, check=False)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_passes_its_own_tests_from_its_wheel(suites: Mapping[str, Future[str]], name: str) -> None:
    assert suites[name].result() == ""


class SignedByTheProxy(httpx.Auth):
    """What the reverse proxy does with each request of somebody whom it knows."""

    def __init__(self, username: str) -> None:
        self._username = username

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        at = str(int(time.time()))
        path = urllib.parse.unquote(request.url.path)
        said = "\n".join(("v1", at, request.method, path, self._username))
        signature = hmac.digest(SECRET.encode(), said.encode(), "sha256").hex()
        request.headers["x-microblog-identity"] = f"v1 {at} {self._username} {signature}"
        yield request


class Visitor:
    """Somebody's browser: pages, and their forms."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def form(self, path: str, *names: str) -> Form:
        answer = self._http.get(path)
        return Page(path, answer.status_code, dict(answer.headers), answer.content).form(*names)

    def send(self, form: Form, **values: str) -> httpx.Response:
        return self._http.post(form.action, data={**form.fields, **values})

    def see(self, path: str) -> httpx.Response:
        return self._http.get(path)


@contextmanager
def _behind_the_proxy(port: int, username: str) -> Iterator[Visitor]:
    address = f"http://localhost:{port}"
    with httpx.Client(
        base_url=address, auth=SignedByTheProxy(username), headers={"origin": address}, timeout=30
    ) as http:
        yield Visitor(http)


@asynccontextmanager
async def _on_irc(port: int, nick: str, process: BackgroundProcess) -> AsyncIterator[asyncio.StreamReader]:
    deadline = time.monotonic() + 20
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            break
        except OSError:
            assert process.pid and time.monotonic() < deadline, process.output()
            await asyncio.sleep(0.05)
    writer.write(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n".encode())
    try:
        while b" 001 " not in await reader.readline():
            pass
        yield reader
    finally:
        writer.close()


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _configure(strangers: Strangers, data: Path, irc: int, bank: str, token: str, webhooks: str) -> None:
    strangers.microblog(data, "init")
    (data / "microblog.toml").write_text(f"""
[sites.main]
storage = "lmdb://{data}/lmdb"
undo_seconds = 0
plugins.required = ["lmdb", "header-auth", "irc", "pix"]

[sites.main.payments]
gateways = ["pix", "sandbox"]
country_default = "BR"

[sites.main.plugins.header-auth]
secret = {json.dumps(SECRET)}

[sites.main.plugins.irc]
host = "127.0.0.1"
port = {irc}
tls = false

[sites.main.plugins.pix]
address = "{bank}"
token = "{token}"
webhook_secret = "{webhooks}"
""")


async def test_one_site_takes_all_four_from_strangers(strangers: Strangers, tmp_path: Path) -> None:
    banks = _module(strangers.root / "examples/pix-gateway/tests/bank.py")
    irc, port, data = free_port(), free_port(), tmp_path / "data"
    chat = [str(strangers.python), "-m", "miniircd", "--listen", "127.0.0.1", "--ports", str(irc)]
    chat += ["--setuid", "root"] if os.geteuid() == 0 else []
    serve = [str(strangers.folder / "env/bin/microblog"), "--data", str(data), "serve", "--port", str(port)]
    with banks.Bank() as bank, BackgroundProcess(chat, tmp_path / "ircd.log") as ircd:
        _configure(strangers, data, irc, bank.address, banks.TOKEN, banks.SECRET)
        for name in ("ada", "bob"):
            person = ("--email", f"{name}@example.org", "--password", "correct horse battery")
            strangers.microblog(data, "users", "create", name, *person)
        with (
            ServerProcess(serve, port, tmp_path / "server.log", cwd=tmp_path) as server,
            _behind_the_proxy(port, "ada") as ada,
            _behind_the_proxy(port, "bob") as bob,
        ):
            try:
                async with _on_irc(irc, "bobby", ircd) as heard:
                    saved = bob.send(bob.form("/x/irc/address", "nick"), nick="bobby")
                    assert saved.status_code == 303, saved.text
                    sent = ada.send(ada.form("/compose", "text"), text="@bob come and look")
                    assert sent.status_code == 303, sent.text
                    async with asyncio.timeout(30):
                        while b"come and look" not in await heard.readline():
                            pass
                taken = ada.send(ada.form("/settings/earning", "currency"), currency="BRL", tips="1")
                assert taken.status_code == 303, taken.text
                tip = bob.send(bob.form("/@ada/tip", "amount"), amount="12.34")
                assert tip.status_code == 303, tip.text
                (charge,) = bank.charges.values()
                assert charge["valor"]["original"] == "12.34"
                stranger = httpx.get(f"http://localhost:{port}/settings/profile")
                assert stranger.headers["location"].startswith("/login")
                assert "come and look" in ada.see("/@ada").text
            except BaseException:
                print(server.output())
                raise
            assert server.terminate() == 0, server.output()
    # What the site was told is on the other engine: a process that comes later finds it there.
    assert (data / "lmdb/data.mdb").is_file()
    assert "bob" in strangers.microblog(data, "users", "list")
    states = strangers.microblog(data, "plugins", "list")
    active = {line.split()[0] for line in states.splitlines() if " active" in line}
    assert {"lmdb", "header-auth", "irc", "pix"} <= active, states


def test_nothing_of_this_touched_core(strangers: Strangers, suites: Mapping[str, Future[str]]) -> None:
    wait(suites.values())
    after = strangers.core()
    assert len(after) > 300
    assert after == strangers.before
    (record,) = strangers.folder.glob("env/lib/python*/site-packages/microblog_core-*.dist-info/RECORD")
    promised = {
        name: expected
        for name, expected, *_ in csv.reader(record.read_text().splitlines())
        if expected and not name.endswith(".pyc")
    }
    assert {name: after[name] for name in promised} == promised
