"""The page about keyboard shortcuts, and switching them off."""

from __future__ import annotations

import re
from pathlib import Path

import microblog_web
from microblog_web.controllers.shortcuts import SHORTCUTS


async def test_they_are_switched_off_and_on_again_in_one_browser(house):
    ada, ada_there = await house.person("ada")
    page = await ada_there.get("/shortcuts")
    assert 'data-keys="on"' in page.text
    assert (await ada_there.submit(page.form("shortcuts"), shortcuts="off")).status == 303
    page = await ada_there.get("/shortcuts")
    assert 'data-keys="off"' in page.text
    assert "off in this browser" in page.text
    assert 'data-keys="on"' in (await (await house.member(ada)).get("/")).text
    await ada_there.submit(page.form("shortcuts"), shortcuts="on")
    assert 'data-keys="on"' in (await ada_there.get("/")).text


async def test_visitors_read_which_there_are_and_have_none(house):
    page = await (await house.visitor()).get("/shortcuts")
    assert page.status == 200
    assert "data-keys" not in page.text
    assert "<kbd>j</kbd>" in page.text


def test_the_script_knows_every_key_that_the_page_names():
    script = (Path(microblog_web.__file__).parent / "static/site.js").read_text()
    for _, keys in SHORTCUTS:
        for pressed, _ in keys:
            key = re.escape(pressed[-1])
            assert re.search(rf'["\']{key}["\']|[{{,]{key}:', script), pressed
