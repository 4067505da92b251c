"""Fields of the API from plugins that are installed: a good one, and ones that must do no harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from microblog_core.testing.servers import microblog_command, site_server

BROKEN = """
from microblog_api.contributions import PostField

class Forever:
    async def resolve(self, site, actor, posts):
        await asyncio.Event().wait()

class Raises:
    async def resolve(self, site, actor, posts):
        raise ValueError("no luck")

@hookimpl
def register_post_fields():
    return [
        PostField(name="forever", type=int, resolver=Forever()),
        PostField(name="raises", type=int, resolver=Raises()),
    ]
"""
WRONG = "@hookimpl\ndef register_post_fields(): return ['a field']"


@pytest.mark.parametrize("name", ["reading-time", "gazette-theme"])
def test_the_examples_pass_their_own_tests(root: Path, tmp_path: Path, name: str):
    example = root / "examples" / name
    suite = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(example / "tests")]
    env = {**os.environ, "PYTHONPATH": str(example / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(suite, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_good_plugin_adds_its_fields_and_broken_ones_take_nothing_away(
    root: Path, tmp_path: Path, plugin_folder
):
    example = root / "examples/reading-time/src"
    plugin_folder.add("broken", plugins="", api=BROKEN)
    plugin_folder.add("wrong", plugins="", api=WRONG)
    plugin_folder.add("reading-time", plugins="", api="from microblog_reading_time.api import *")
    env = {"PYTHONPATH": f"{plugin_folder.env['PYTHONPATH']}:{example}"}
    data = tmp_path / "data"
    made = subprocess.run(
        microblog_command("--data", str(data), "demo", "--accounts", "3", "--posts", "30"),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    with site_server(data, env=env) as server:
        page = httpx.get(f"{server.url}/api/v1/timelines/public").raise_for_status().json()
        document = httpx.get(f"{server.url}/api/openapi.json").raise_for_status().json()
        assert server.terminate() == 0
        log = server.output()
    assert len(page) > 10
    for status in page:
        assert set(status["x_reading_time"]) == {"seconds"}
        assert set(status["account"]["x_reading_time"]) == {"posts_a_day"}
        assert "x_broken" not in status
    assert "the post field raises of the plugin broken failed" in log
    assert "the post field forever of the plugin broken took longer" in log
    assert "the API face of the plugin wrong is left out" in log
    described = json.dumps(document["components"]["schemas"]["Status"])
    assert "x_reading_time" in described
    assert "x_wrong" not in described
