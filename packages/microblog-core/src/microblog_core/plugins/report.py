"""What is told about plugins: the data behind `microblog plugins list` and `show`. Secrets are scrubbed
before they get here.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import msgspec


class PluginState(enum.StrEnum):
    """Where a plugin stands.

    `unavailable` needs something that isn't installed, `incompatible` was made for another hook interface,
    `broken` failed.
    """

    ACTIVE = "active"
    DISABLED = "disabled"
    UNAVAILABLE = "unavailable"
    INCOMPATIBLE = "incompatible"
    BROKEN = "broken"


class PluginReport(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin in one site. `order` counts from 1 and is 0 where the plugin did not get that far.

    `stage` is where it failed: `discover`, `import`, `manifest`, `order`, `register`, `settings`,
    `contribute`, `lifespan`, or a face such as `microblog.web`; `code` is that of the error, if it has one.
    `faces` maps each loaded entry point group to its module, `contributions` each hook to the names it added.
    `cost` is milliseconds of import and hooks.
    """

    name: str
    distribution: str
    version: str
    state: PluginState
    builtin: bool = False
    summary: str = ""
    reason: str = ""
    hint: str = ""
    code: str = ""
    stage: str = ""
    traceback: str = ""
    faces: Mapping[str, str] = {}
    order: int = 0
    contributions: Mapping[str, tuple[str, ...]] = {}
    cost: float = 0.0


def as_data(reports: tuple[PluginReport, ...]) -> list[dict[str, Any]]:
    """The reports as plain lists and dictionaries, for `--json`."""
    data: list[dict[str, Any]] = msgspec.to_builtins(reports)
    return data
