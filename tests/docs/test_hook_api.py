"""While the number of the hook API stays the same, what plugins rely on stays."""

from __future__ import annotations

import copy
import importlib.util
import json
import sys
from pathlib import Path

import pytest

from microblog_core.contributions import HOOK_API

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("hook_api", ROOT / "tools/hook_api.py")
assert spec is not None and spec.loader is not None
tool = sys.modules["hook_api"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)
KEPT = json.loads(tool.FILE.read_text())


def test_plugins_made_for_this_number_still_work():
    assert KEPT["number"] == HOOK_API, "the number is another: run tools/hook_api.py"
    advice = "raise HOOK_API, tell it in a changelog fragment, and run tools/hook_api.py"
    assert tool.broken(KEPT, tool.present()) == [], advice


def test_what_is_new_is_kept_from_now_on():
    now = tool.present()
    assert set(KEPT["hooks"]) == set(now["hooks"]), "run tools/hook_api.py"
    assert set(KEPT["contracts"]) == set(now["contracts"]), "run tools/hook_api.py"


@pytest.mark.parametrize(
    ("change", "breaks"),
    [
        (lambda now: now["hooks"].pop("register_jobs"), "The hook register_jobs"),
        (lambda now: now["hooks"].update(lifespan="(site, more)"), "The hook lifespan"),
        (lambda now: now["contracts"]["Slot"]["fields"].pop("order"), "Slot.order"),
        (lambda now: now["contracts"]["Slot"]["required"].append("shape"), "Slot.shape is new"),
        (lambda now: now["contracts"]["Policy"]["methods"].update(decide="()"), "Policy.decide"),
        (lambda now: now["hooks"].update(register_moods="()"), ""),
        (lambda now: now["contracts"]["Slot"]["fields"].update(shape="str"), ""),
    ],
)
def test_what_raises_the_number_is_found_and_what_does_not_is_not(change, breaks):
    now = copy.deepcopy(tool.present())
    change(now)
    found = tool.broken(KEPT, now)
    assert found == [] if not breaks else found[0].startswith(breaks)
