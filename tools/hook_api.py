"""What plugins rely on, as data: `docs/hooks/api.json` keeps it for the present number of the hook API.

`python tools/hook_api.py` writes it anew. A test holds the sources against it: what is in the file must stay
while the number stays the same.
"""

from __future__ import annotations

import inspect
import json
import sys
import typing
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).parent))

from hook_pages import PAGES, hooks, is_ours, kinds

from microblog_core.contributions import HOOK_API
from microblog_core.site import Site

FILE = PAGES / "api.json"


def present() -> dict[str, Any]:
    """The hooks with their signatures, and what they return: fields with their types, methods, and which
    fields have to be given.
    """
    found: dict[str, Any] = {"number": HOOK_API, "hooks": {}, "contracts": {}}
    for hook in hooks():
        found["hooks"][hook.name] = str(inspect.signature(hook.function)).replace("'", "")
        hints = typing.get_type_hints(hook.function, localns={"Site": Site})
        for kind in filter(is_ours, kinds(hints["return"])):
            found["contracts"][kind.__name__] = _contract(kind)
    return found


def _contract(kind: type) -> dict[str, Any]:
    fields: dict[str, str] = {}
    methods: dict[str, str] = {}
    for base in filter(is_ours, reversed(kind.__mro__)):
        fields |= {name: str(hint) for name, hint in inspect.get_annotations(base).items() if name[0] != "_"}
        for name, value in vars(base).items():
            if name[0] != "_" and inspect.isfunction(value):
                begin = "async " if inspect.iscoroutinefunction(value) else ""
                methods[name] = begin + str(inspect.signature(value)).replace("'", "")
    required = list(fields) + list(methods)
    if issubclass(kind, msgspec.Struct):
        given = kind.__struct_defaults__
        values = dict(zip(kind.__struct_fields__[-len(given) :], given, strict=True)) if given else {}
        required = [name for name in fields if values.get(name, msgspec.NODEFAULT) is msgspec.NODEFAULT]
    elif not getattr(kind, "_is_protocol", False):
        # A class to derive from: what is new in it has a meaning already.
        required = []
    return {"fields": fields, "methods": methods, "required": required}


def broken(kept: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What plugins relied on and is no more, one sentence each. What is added and need not be given or
    written breaks nothing.
    """
    found = []
    for hook, signature in kept["hooks"].items():
        if now["hooks"].get(hook) != signature:
            found.append(f"The hook {hook}{signature} is gone or another.")
    for name, contract in kept["contracts"].items():
        own = now["contracts"].get(name, {"fields": {}, "methods": {}, "required": []})
        for part in ("fields", "methods"):
            for member, what in contract[part].items():
                if own[part].get(member) != what:
                    found.append(f"{name}.{member}: {what} is gone or another.")
        found += [
            f"{name}.{member} is new and has to be there."
            for member in own["required"]
            if member not in contract["required"]
        ]
    return found


if __name__ == "__main__":
    FILE.write_text(json.dumps(present(), indent=1) + "\n")
