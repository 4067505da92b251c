"""The names of plugins' own tables: each statement of a migration keeps to those of its plugin.

This finds mistakes. A plugin is code that is trusted, and nothing here would stop one that isn't.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from microblog_core.contributions import Migration
from microblog_core.domain.errors import PluginError

_KNOWN = re.compile(
    r"""\s*(?:
        (?P<make>CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?)
      | CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?"?(?P<index>\w+)"?\s+ON\s+
      | ALTER\s+TABLE\s+ | DROP\s+(?:TABLE|INDEX)\s+(?:IF\s+EXISTS\s+)?
      | INSERT\s+INTO\s+ | UPDATE\s+ | DELETE\s+FROM\s+
    )"?(?P<name>\w+)"?""",
    re.IGNORECASE | re.VERBOSE,
)


def table_prefix(plugin: str) -> str:
    """What the names of a plugin's tables and indexes begin with."""
    return f"x_{plugin.replace('-', '_')}_"


def tables_made(plugin: str, steps: Sequence[Migration]) -> Iterable[tuple[str, Migration]]:
    """The tables that these steps make, each once, with the step that made it first.

    Raises `PluginError` for versions that don't count from 1, and for a statement that isn't about a table of
    the plugin's own.
    """
    prefix = table_prefix(plugin)
    made: dict[str, Migration] = {}
    for number, step in enumerate(steps, 1):
        if step.version != number:
            raise PluginError(
                f"migration {step.version} stands where {number} should",
                hint="Number them 1, 2, 3, in order; what was released once is never changed.",
            )
        if not step.up:
            raise PluginError(f"migration {number} does nothing", hint="Give it statements, or leave it out.")
        for statement in (*step.up, *step.down):
            known = _KNOWN.match(statement)
            names = [name for name in (known["index"], known["name"]) if name] if known else []
            if not names or not all(name.lower().startswith(prefix) for name in names):
                raise PluginError(
                    f"migration {number} has a statement that is not about a table {prefix}...:"
                    f" {' '.join(statement.split())[:80]}",
                    hint=f"Call tables and indexes {prefix}... and make, change, drop or fill only those.",
                )
            if known is not None and known["make"] is not None:
                made.setdefault(known["name"].lower(), step)
    return made.items()
