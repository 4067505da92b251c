"""The script that pages load: made of its sources, small, and the only one."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
MOST = 60_000
"""Bytes of script on a page, not compressed."""


def test_the_script_is_made_of_the_sources_that_lie_here(house):
    path = ROOT / "tools/build_script.py"
    spec = importlib.util.spec_from_file_location("build_script", path)
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    assert build.TARGET.read_text().startswith(f"//{build.digest(build.WEB / 'scripts')}\n"), (
        "run tools/build_script.py"
    )
    assert {file.stem for file in (build.WEB / "scripts").glob("*.js")} == set(build.ORDER)


async def test_no_page_loads_more_script_than_a_browser_should_have_to_read(house):
    _, ada = await house.person("ada")
    for visitor in (ada, await house.visitor()):
        for path in ("/", "/public", "/compose", "/@ada"):
            page = await visitor.get(path)
            scripts = re.findall(r'<script src="([^"]+)"', page.text)
            (first,) = [(await visitor.http.get(each)).text for each in scripts]
            others = json.loads(re.search(r"\[[^\]]*\]", first)[0])
            assert [re.sub(r"\.\w+(?=\.js)", "", each) for each in others] == ["/static/web/site.js"]
            bodies = [(await visitor.http.get(each)).content for each in others]
            assert 40_000 < len(first) + sum(map(len, bodies)) <= MOST, path


async def test_htmx_is_set_up_for_a_policy_without_exceptions(house):
    page = await (await house.visitor()).get("/")
    config = re.search(r'<meta name="htmx-config" content=\'([^\']+)\'', page.text)[1]
    for setting in ('"includeIndicatorStyles":false', '"allowEval":false', '"allowScriptTags":false'):
        assert setting in config
