"""What the environment sets of the configuration: `MICROBLOG_SERVER__PORT=8123` is `server.port`, and so on
at any depth. With `_FILE` at its end a variable names a file that holds the value. Variables without `__` are
not the configuration's.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from microblog_core.domain.errors import ConfigurationError
from microblog_core.keys import read_secret_file
from microblog_core.plugins.settings import FromVariable

PREFIX = "MICROBLOG_"
TABLES = ("server", "jobs", "payments", "plugins", "sites")
"""The tables that a configuration has at its top."""

_FILE = "_file"

Path = tuple[str, ...]


def put_environment(raw: dict[str, Any], environ: Mapping[str, str]) -> Mapping[Path, str]:
    """Put what variables say over a raw configuration; an empty one says nothing. Returns which key each
    variable set, as a path of lower case names.

    Raises `ConfigurationError` for a variable that sets nothing that there could be, for two that set the
    same key, and for a file that can't be read.
    """
    given: dict[Path, str] = {}
    for variable, value in sorted(environ.items()):
        inner = variable.removeprefix(PREFIX)
        if inner == variable or "__" not in inner or not value:
            continue
        parts = inner.lower().split("__")
        _refuse_unknown_table(variable, parts)
        text = FromVariable.of(value, variable)
        if parts[-1].endswith(_FILE):
            parts[-1] = parts[-1].removesuffix(_FILE)
            text = FromVariable.of(read_secret_file(variable, value), variable, value)
        path = _named(parts)
        if path in given:
            raise ConfigurationError(
                f"{variable} and {given[path]} set the same key.", hint="Set only one of the two."
            )
        given[path] = variable
        _put(raw, path, text, variable)
    return given


def overlooked(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(variable, the one that was probably meant) for those that say nothing, since a `_` is missing in their
    name. They are no error: other programs name variables after services that are called `microblog-server`.
    """
    for variable in sorted(environ):
        inner = variable.removeprefix(PREFIX)
        table, _, key = inner.partition("_")
        if inner != variable and "__" not in inner and key and table.lower() in TABLES:
            yield variable, f"{PREFIX}{table}__{key}"


def _refuse_unknown_table(variable: str, parts: list[str]) -> None:
    if parts[0] in TABLES and all(parts):
        return
    near = difflib.get_close_matches(parts[0], TABLES, n=1)
    if near and all(parts):
        meant = PREFIX + "__".join([near[0], *parts[1:]]).upper()
        raise ConfigurationError(f"{variable} sets nothing that there is.", hint=f"Did you mean {meant}?")
    raise ConfigurationError(
        f"{variable} sets nothing that there is.",
        hint=f"After {PREFIX} comes one of {', '.join(TABLES).upper()}, then __ and a key.",
    )


def _named(parts: list[str]) -> Path:
    """Names of sites and plugins have dashes where a variable can only have underscores."""
    path = list(parts)
    plugins = 0
    if path[0] == "sites" and len(path) > 1:
        path[1] = path[1].replace("_", "-")
        plugins = 2
    if len(path) > plugins + 2 and path[plugins] == "plugins":
        path[plugins + 1] = path[plugins + 1].replace("_", "-")
    return tuple(path)


def _put(raw: dict[str, Any], path: Path, value: str, variable: str) -> None:
    table = raw
    for part in path[:-1]:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise ConfigurationError(
                f"{variable}: {part} is a value, not a table.", hint="Set it without what follows its name."
            )
        table = inner
    table[path[-1]] = value
