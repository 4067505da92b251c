"""Every hook has a page that says what the sources say, and an example that runs."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def loaded(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = loaded(ROOT / "tools/hook_pages.py", "hook_pages")
HOOKS = tool.hooks()


@pytest.fixture
def example(hook) -> Iterator[ModuleType]:
    name = f"example_of_{hook.name}"
    yield loaded(tool.EXAMPLES / f"{hook.name}.py", name)
    del sys.modules[name]


def test_all_hooks_of_all_layers_are_found():
    assert len(HOOKS) == len({hook.name for hook in HOOKS}) > 35
    assert {hook.entry_points.removeprefix("microblog.") for hook in HOOKS} == {
        "plugins",
        "web",
        "api",
        "tasks",
    }


def test_the_pages_are_what_the_tool_writes():
    stale = [path.name for path, text in tool.pages().items() if path.read_text() != text]
    assert stale == [], "run tools/hook_pages.py"
    assert set(tool.PAGES.glob("*.md")) == set(tool.pages()), "pages of hooks that are gone"


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_the_page_tells_all_that_a_plugin_needs_to_know(hook):
    page = (tool.PAGES / f"{hook.name}.md").read_text()
    assert len(hook.doc.split()) > 8, "the hook's docstring says too little"
    assert hook.doc in page
    for argument in hook.arguments:
        assert f"`{argument}`: " in page
    for fact in ("Where", "When, how often", "Arguments", "If the hook itself fails"):
        told = page.split(f"- **{fact}**: ")[1].splitlines()[0]
        assert len(told) > 4, f"{hook.specs.__name__} does not say: {fact}"
    assert f"]({hook.name}.md)" in (tool.PAGES / "README.md").read_text()


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_the_example_implements_the_hook_and_runs(hook, example):
    assert f"@implements(hookspecs.{hook.name})" in Path(example.__file__ or "").read_text()
    asyncio.run(example.main())


def test_there_is_no_example_of_a_hook_that_is_gone():
    assert {path.stem for path in tool.EXAMPLES.glob("*.py")} == {hook.name for hook in HOOKS}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_its_types_are_tested_one_good_case_and_two_bad_ones(hook):
    layer = hook.specs.__name__.removeprefix("microblog_").removesuffix(".hookspecs")
    cases = (ROOT / "tests/typing/every_hook.py").read_text()
    used = f"implements(of_{layer}.{hook.name})"
    assert cases.count(f"@{used}\n") == 1
    found = [line for line in cases.splitlines() if line.startswith(f"{used}(")]
    assert len(found) == 2
    assert all(line.endswith("# type: ignore[arg-type]") for line in found)
