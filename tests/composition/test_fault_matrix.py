"""The fault matrix: every hook times everything that can be wrong with what it gets.

What is documented at each hook is asserted, and after each fault ordinary requests are answered. A row that
leaves a kind of fault out says why. The hooks' own faults (at import, when collected, of the wrong type) are
tried with a broken plugin for every hook at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fault_rows
import fault_rows_of_faces
import fault_rows_of_gates
import fault_rows_of_work
import pytest
from faults import Fault, Kind, Row, plugin_of, plugins_of, town

from microblog_api import hookspecs as api_hookspecs
from microblog_core import hookspecs, wiring
from microblog_core.http import health, login, second_factors, sessions
from microblog_core.plugins import composing
from microblog_core.plugins.manager import hook_names
from microblog_core.runtime import executor
from microblog_core.services import content, housekeeping, uploads
from microblog_core.testing.sites import report_of, site_with
from microblog_tasks import hookspecs as tasks_hookspecs
from microblog_tasks import worker
from microblog_web import faces as web_faces
from microblog_web import hookspecs as web_hookspecs

ROWS: Mapping[str, Row] = {
    **fault_rows.ROWS,
    **fault_rows_of_gates.ROWS,
    **fault_rows_of_work.ROWS,
    **fault_rows_of_faces.ROWS,
}
FACES = {
    "plugins": hookspecs,
    "web": web_hookspecs,
    "api": api_hookspecs,
    "tasks": tasks_hookspecs,
}
HURRIED_SECONDS = 0.4
CELLS = [(hook, kind) for hook, row in ROWS.items() for kind in Kind if kind not in row.senseless]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time budgets that a test can wait for."""
    monkeypatch.setattr(composing, "SECONDS", 0.25)
    monkeypatch.setattr(web_faces, "SECONDS", 0.25)
    monkeypatch.setattr(sessions, "AUTHENTICATOR_SECONDS", 0.2)
    monkeypatch.setattr(login, "STEP_SECONDS", 0.2)
    monkeypatch.setattr(second_factors, "REQUIRED_SECONDS", 0.2)
    monkeypatch.setattr(content, "GUARD_SECONDS", 0.2)
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(housekeeping, "CHUNK_SECONDS", 0.2)
    monkeypatch.setattr(uploads, "RENDER_SECONDS", 0.2)
    monkeypatch.setattr(wiring, "STORAGE_SECONDS", 0.2)
    monkeypatch.setattr(worker, "START_SECONDS", 0.2)
    monkeypatch.setattr(worker, "STOP_SECONDS", 0.05)
    monkeypatch.setattr(executor, "STOP_SECONDS", 0.05)


@pytest.fixture
def fault(hook: str, kind: Kind) -> Iterator[Fault]:
    row = ROWS[hook]
    made = Fault(kind, row.error("a fault of the test"), armed=row.armed)
    yield made
    made.end()


def test_every_hook_has_a_row():
    assert set(ROWS) == {hook for specs in FACES.values() for hook in hook_names(specs)}
    for hook, row in ROWS.items():
        assert hook in hook_names(FACES[row.face])
        assert row.look is not None or set(row.senseless) == set(Kind), hook
        assert all(len(reason.split()) > 5 for reason in row.senseless.values()), hook


@pytest.mark.parametrize(("hook", "kind"), CELLS, ids=lambda value: str(value))
async def test_it_fails_in_the_documented_direction_and_the_site_answers(hook: str, kind: Kind, fault: Fault):
    row = ROWS[hook]
    options = {"time_budget": 5.0, **row.options}
    async with town(plugins_of(hook, row, fault), **options) as place:
        assert row.look is not None
        patience = place.app.request_seconds
        if row.hurried and kind is Kind.WAITS:
            place.app.request_seconds = HURRIED_SECONDS
        await row.look(place, fault)
        place.app.request_seconds = patience
        assert fault.calls or hook == "register_templates", "nothing called the contribution"
        await place.answers(publishes=row.publishes or fault.slow)


def named(hook: str) -> str:
    return hook.replace("_", "-")


@pytest.fixture
def broken_at_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An installed plugin for each hook whose module, in the hook's layer, can't be imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for hook, row in ROWS.items():
        name = named(hook)
        info = tmp_path / f"{hook}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[microblog.{row.face}]\n{name} = broken_{hook}\n")
        (tmp_path / f"broken_{hook}.py").write_text(f"raise RuntimeError('no {hook}')\n")
    return [named(hook) for hook in ROWS]


async def test_a_module_of_any_layer_that_raises_at_import_is_left_out(broken_at_import):
    installed = [*broken_at_import, "tasks"]
    async with town({}, more_faces=("tasks",), more=installed) as place:
        for hook in ROWS:
            report = report_of(place.site, named(hook))
            assert (report.state, report.stage) == ("broken", "import"), hook
            assert report.reason == f"RuntimeError: no {hook}"
        await place.answers()


def raising(hook: str) -> Any:
    def raises() -> Any:
        raise RuntimeError(f"no {hook}")

    return raises


@pytest.mark.parametrize("what", ["raises", "has the wrong type", "has an item of the wrong type"])
async def test_a_hook_of_any_layer_that(what: str, caplog):
    faces: dict[str, dict[str, Any]] = {}
    for hook, row in ROWS.items():
        returned: Any = {
            "raises": raising(hook),
            "has the wrong type": lambda: 7,
            "has an item of the wrong type": lambda: [SimpleNamespace()],
        }[what]
        if what == "has an item of the wrong type" and hook in ("register_routes", "register_resources"):
            # Their items are the framework's, which refuses them.
            returned = lambda: ["no handler"]
        name = named(hook)
        faces[name] = {"plugins": plugin_of(name)}
        faces[name][row.face] = plugin_of(name, **{hook: returned})
    async with town(faces, more_faces=("tasks",), more=("tasks",)) as place:
        await place.answers()
        worker.open_broker((place.site,), "memory:", concurrency=1, relay=True)
    checked = site_with(
        faces, installed=("web", "api", "tasks"), faces=("web", "api", "tasks"), check_faces=True
    )
    for hook, row in ROWS.items():
        report = report_of(checked, named(hook))
        if what == "has an item of the wrong type" and hook in ("register_routes", "register_resources"):
            assert f"of the plugin {named(hook)} is left out" in caplog.text
            continue
        stage = "contribute" if row.face == "plugins" else f"microblog.{row.face}"
        assert (report.state, report.stage) == ("broken", stage), hook
        assert report.contributions == {}
        assert (f"no {hook}" if what == "raises" else hook) in report.reason, hook
        if row.face != "plugins":
            assert (
                f"the {'API' if row.face == 'api' else row.face} face of the plugin"
                in caplog.text.replace("The", "the")
            )
