"""Every useful subset of the built wheels, in an environment that holds nothing else, boots and answers.

`nox -s compose` builds the wheels and names their folder in MICROBLOG_WHEELS.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from microblog_core.testing.servers import BackgroundProcess, ServerProcess, free_port

from .environments import Environment
from .environments import only as _only

pytestmark = [pytest.mark.compose, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Subset:
    """What is installed, how it is served, and what it must and must not bring along."""

    name: str
    packages: dict[str, str]
    options: tuple[str, ...] = ()
    site: bool = False
    api: bool = False
    absent: tuple[str, ...] = ()


EXTRAS = (
    "sql",
    "media",
    "email",
    "redis",
    "s3",
    "webhooks",
    "webpush",
    "markdown",
    "prometheus",
    "opentelemetry",
    "stripe",
    "razorpay",
    "totp",
    "linkpreviews",
    "passkeys",
    "oidc",
)

SUBSETS = [
    Subset("core", {"core": "[serve]"}, absent=("litestar", "sqlalchemy", "taskiq", "jinja2", "rich")),
    Subset("core-web", {"core": "[serve]", "web": ""}, site=True, absent=("sqlalchemy", "taskiq")),
    Subset(
        "web-sql",
        {"core": "[serve]", "web": "", "plugins": "[sql]"},
        site=True,
        absent=("taskiq", "asyncpg", "PIL", "blurhash"),
    ),
    Subset(
        "api-sql-media",
        {"core": "[serve]", "api": "", "plugins": "[sql,media]"},
        api=True,
        absent=("taskiq", "jinja2"),
    ),
    Subset(
        "tasks-sql",
        {"core": "[serve]", "tasks": "", "plugins": "[sql]"},
        absent=("redis", "litestar", "asyncpg"),
    ),
    Subset(
        "web-sql-redis",
        {"core": "[serve]", "web": "", "plugins": "[sql,redis]"},
        site=True,
        absent=("taskiq",),
    ),
    Subset("api", {"core": "[serve]", "api": ""}, api=True, absent=("sqlalchemy", "taskiq", "jinja2")),
    Subset(
        "all",
        {
            "core": "[cli,serve]",
            "web": "",
            "api": "",
            "tasks": "",
            "plugins": f"[postgres,{','.join(EXTRAS)}]",
        },
        site=True,
        api=True,
    ),
]


def _get(port: int, path: str) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("content-type", ""), answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("subset", SUBSETS, ids=lambda subset: subset.name)
def test_a_subset_boots_and_answers(subset: Subset, wheels: Path, root: Path, tmp_path: Path) -> None:
    environment = Environment(tmp_path / "env")
    environment.install(
        root,
        *(
            f"microblog-{name}{extras} @ {_only(wheels, f'microblog_{name}-*.whl').as_uri()}"
            for name, extras in subset.packages.items()
        ),
    )
    assert [module for module in subset.absent if environment.has(module)] == []
    states = environment.microblog("--data", str(tmp_path / "list"), "plugins", "list")
    assert "broken" not in states
    unavailable = {line.split()[0] for line in states.splitlines() if "unavailable" in line}
    extras = set(re.findall(r"\w+", subset.packages.get("plugins", "")))
    # Litestar brings what the extra `markdown` asks for, by way of rich.
    there = extras | ({"markdown"} if environment.has("markdown_it") else set())
    assert unavailable == (set(EXTRAS) - there if "plugins" in subset.packages else set())
    port = free_port()
    data = tmp_path / "data"
    command = [str(environment.folder / "bin/microblog"), "--data", str(data), "serve", "--port", str(port)]
    with ServerProcess([*command, *subset.options], port, tmp_path / "server.log", cwd=tmp_path) as server:
        status, kind, body = _get(port, "/")
        assert status == (200 if subset.site else 404), server.output()
        if subset.site:
            assert kind.startswith("text/html")
            assert b"</html>" in body
        status, kind, body = _get(port, "/api/v1/instance")
        if subset.api:
            assert (status, kind.partition(";")[0]) == (200, "application/json"), server.output()
            assert json.loads(body)
            status, _, body = _get(port, "/api/docs/swagger-ui-bundle.js")
            assert (status, b"SwaggerUIBundle" in body) == (200, True)
        else:
            assert status == 404
        assert server.terminate() == 0, server.output()


def test_a_plugin_whose_extra_is_missing_says_so_and_breaks_nothing(
    wheels: Path, root: Path, tmp_path: Path
) -> None:
    environment = Environment(tmp_path / "env")
    names = ("core", "plugins")
    environment.install(
        root, *(f"microblog-{name} @ {_only(wheels, f'microblog_{name}-*.whl').as_uri()}" for name in names)
    )
    states = environment.microblog("--data", str(tmp_path / "data"), "plugins", "list")
    rooms = ("sql", "media", "redis", "s3", "prometheus", "opentelemetry", "stripe", "razorpay", "totp")
    for room in (*rooms, "passkeys"):
        (line,) = [line for line in states.splitlines() if line.startswith(f"{room} ")]
        assert "unavailable" in line
        assert f"'{room}'" in line
        assert "microblog-plugins" in line


def test_a_worker_without_the_extra_for_its_broker_says_so_and_works_without_one(
    wheels: Path, root: Path, tmp_path: Path
) -> None:
    environment = Environment(tmp_path / "env")
    names = {"core": "", "tasks": "", "plugins": "[sql]"}
    environment.install(
        root,
        *(
            f"microblog-{name}{extras} @ {_only(wheels, f'microblog_{name}-*.whl').as_uri()}"
            for name, extras in names.items()
        ),
    )
    data = str(tmp_path / "data")
    environment.microblog("--data", data, "init")
    environment.microblog("--data", data, "migrate")
    command = [str(environment.folder / "bin/microblog"), "--data", data, "worker"]
    refused = subprocess.run(
        [*command, "--broker", "redis://localhost"], capture_output=True, text=True, check=False, timeout=60
    )
    assert refused.returncode == 1
    assert "'redis' of microblog-plugins" in refused.stderr
    log = tmp_path / "worker.log"
    with BackgroundProcess(command, log) as worker:
        deadline = time.monotonic() + 60
        while "running the jobs of main" not in worker.output():
            assert time.monotonic() < deadline, worker.output()
            time.sleep(0.1)
        assert worker.terminate() == 0, worker.output()


@pytest.mark.parametrize("package", ["core", "web", "api", "tasks", "plugins"])
def test_a_source_distribution_builds_what_the_repository_builds(
    package: str, wheels: Path, tmp_path: Path
) -> None:
    source = _only(wheels, f"microblog_{package}-*.tar.gz")
    command = [os.environ["MICROBLOG_UV"], "build", "--quiet", "--wheel", str(source), "-o", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    assert _names(_only(tmp_path, "*.whl")) == _names(_only(wheels, f"microblog_{package}-*.whl"))
    assert f"microblog_{package}/py.typed" in _names(_only(tmp_path, "*.whl"))


def _names(wheel: Path) -> set[str]:
    import zipfile

    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_a_storage_that_lives_outside_passes_the_suite_and_runs_the_site(
    wheels: Path, root: Path, tmp_path: Path
) -> None:
    # Its README starts these tests beside the sources: `uv run --extra test pytest`.
    project = root / "examples/journal-storage"
    build = [os.environ["MICROBLOG_UV"], "build", "--quiet", "--wheel", str(project), "-o", str(tmp_path)]
    subprocess.run(build, check=True, capture_output=True)
    environment = Environment(tmp_path / "env")
    environment.install(
        root,
        f"microblog-core[serve,testing] @ {_only(wheels, 'microblog_core-*.whl').as_uri()}",
        f"microblog-web @ {_only(wheels, 'microblog_web-*.whl').as_uri()}",
        f"microblog-journal @ {_only(tmp_path, 'microblog_journal-*.whl').as_uri()}",
    )
    # Away from the repository, whose settings for pytest are not the example's.
    suite_folder = shutil.copytree(project / "tests", tmp_path / "tests")
    suite = [str(environment.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", str(suite_folder)]
    ran = subprocess.run(suite, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    data = tmp_path / "data"
    environment.microblog("--data", str(data), "init")
    journal = tmp_path / "site.journal"
    (data / "microblog.toml").write_text(f'[sites.main]\nstorage = "journal://{journal}"\n')
    person = ("--email", "ada@example.org", "--password", "correct horse battery")
    environment.microblog("--data", str(data), "users", "create", "ada", *person)
    port = free_port()
    command = [str(environment.folder / "bin/microblog"), "--data", str(data), "serve", "--port", str(port)]
    with ServerProcess(command, port, tmp_path / "server.log", cwd=tmp_path) as server:
        status, _, body = _get(port, "/@ada")
        assert (status, b"ada" in body) == (200, True), server.output()
        assert server.terminate() == 0, server.output()
    assert "journal" in environment.microblog("--data", str(data), "plugins", "list")
    assert journal.read_bytes().startswith(b'["commit",')


def test_a_gateway_that_lives_outside_passes_the_suite_and_takes_over_its_currency(
    wheels: Path, root: Path, tmp_path: Path
) -> None:
    project = root / "examples/pix-gateway"
    build = [os.environ["MICROBLOG_UV"], "build", "--quiet", "--wheel", str(project), "-o", str(tmp_path)]
    subprocess.run(build, check=True, capture_output=True)
    environment = Environment(tmp_path / "env")
    core = f"microblog-core[testing] @ {_only(wheels, 'microblog_core-*.whl').as_uri()}"
    data = str(tmp_path / "data")
    environment.install(root, core)
    environment.microblog("--data", data, "init")
    config = tmp_path / "data/microblog.toml"
    config.write_text(config.read_text() + '\n[sites.main.payments]\ngateways = ["sandbox"]\n')
    assert "sandbox: chosen" in environment.microblog("--data", data, "payments", "route", "BRL", "BR", "tip")
    # From here on a wheel and two lines of configuration, and no line of core.
    environment.install(root, core, f"microblog-pix @ {_only(tmp_path, 'microblog_pix-*.whl').as_uri()}")
    suite_folder = shutil.copytree(project / "tests", tmp_path / "tests")
    suite = [str(environment.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", str(suite_folder)]
    ran = subprocess.run(suite, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    named = config.read_text().replace('["sandbox"]', '["pix", "sandbox"]')
    config.write_text(named + '\n[sites.main.plugins.pix]\naddress = "https://pix.bank.example"\n')
    taken = environment.microblog("--data", data, "payments", "route", "BRL", "BR", "tip")
    assert "pix: chosen" in taken and "sandbox: next" in taken
    other = environment.microblog("--data", data, "payments", "route", "EUR", "DE", "tip")
    assert "sandbox: chosen" in other and "pix: does not take EUR" in other
