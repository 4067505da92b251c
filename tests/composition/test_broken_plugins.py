"""Real processes with broken plugins: the site serves, and `microblog plugins list` names each and why."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from microblog_core.testing.servers import answers, microblog_command, site_server

BROKEN = {
    "cant-import": ({"plugins": "import a_module_that_is_not_there"}, "a_module_that_is_not_there"),
    "hangs-at-import": ({"plugins": "threading.Event().wait()"}, "did not finish within 4 seconds"),
    "spins-at-import": ({"plugins": "while True: pass"}, "did not finish within 4 seconds"),
    "raises": (
        {"plugins": "@hookimpl\ndef register_channels(site): raise ValueError('no luck')"},
        "ValueError: no luck",
    ),
    "hangs": (
        {"plugins": "@hookimpl\ndef register_channels(site): threading.Event().wait()"},
        "hangs.register_channels did not finish within 4 seconds",
    ),
    "wrong-type": (
        {"plugins": "@hookimpl\ndef register_channels(site): return 'mail'"},
        "register_channels returned a str",
    ),
    "misspelt": (
        {"plugins": "@hookimpl\ndef register_chanels(site): return []"},
        "there is no hook 'register_chanels'",
    ),
    "web-raises": (
        {"plugins": "", "web": "@hookimpl\ndef register_nav_items(site): raise ValueError('no way')"},
        "ValueError: no way",
    ),
}

HANGING_SLOT = """
from microblog_web.contributions import Slot

class Renderer:
    async def render(self, context, items):
        await asyncio.Event().wait()

@hookimpl
def register_slots(site):
    return [Slot(name="forever", place="footer", renderer=Renderer())]
"""


@pytest.fixture
def env(plugin_folder) -> dict[str, str]:
    for name, (faces, _) in BROKEN.items():
        plugin_folder.add(name, **faces)
    plugin_folder.add("slot", plugins="", web=HANGING_SLOT)
    return {**plugin_folder.env, "MICROBLOG_PLUGINS__TIME_BUDGET": "4"}


def test_the_site_serves_with_every_broken_plugin_installed(tmp_path: Path, env):
    with site_server(tmp_path / "data", env=env) as server:
        for path in ("/", "/about", "/health/ready"):
            assert answers(server.port, path, timeout=10), f"{path}\n{server.output()}"
        assert server.terminate() == 0
        log = server.output()
    for name in BROKEN:
        assert name in log
    assert "the slot forever at footer of the plugin slot took longer" in log


def test_plugins_list_names_each_and_why(tmp_path: Path, env):
    ended = subprocess.run(
        microblog_command("--data", str(tmp_path / "data"), "plugins", "list", "--json"),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **env},
        timeout=100,
    )
    reports = {report["name"]: report for report in json.loads(ended.stdout)}
    for name, (_, reason) in BROKEN.items():
        assert reports[name]["state"] == "broken", name
        assert reason in reports[name]["reason"]
    assert (reports["slot"]["state"], reports["web"]["state"]) == ("active", "active")
