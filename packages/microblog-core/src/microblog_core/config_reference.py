"""Every key that a configuration can have, of core and of all installed plugins: for `microblog config`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from microblog_core.config import DEFAULT_SITE, JobsConfig, PluginsConfig, ServerConfig, SiteConfig
from microblog_core.config_payments import PaymentsConfig
from microblog_core.domain.errors import MicroblogError
from microblog_core.plugins.composing import Importer
from microblog_core.plugins.describing import ITEM, NAME, Setting, about, describe
from microblog_core.plugins.discovery import CORE_FACE, discover
from microblog_core.plugins.manifest import read_manifest
from microblog_core.plugins.settings import variable_of

WIDTH = 106
IMPORT_SECONDS = 10.0
_ELSEWHERE = {"name", "payments", "plugins", "settings"}
"""Fields of a site that are tables of their own, or no keys."""
_EMPTY = {"text": "", "path": "", "whole number": 0, "number": 0.0, "true or false": False, "table": {}}

HEAD = """\
# Every setting of this installation. All of it is commented out and shows the defaults: take one # away from
# a table and from the keys that you want to change. Lines with ## explain.
#
# A variable of the environment comes before the file; its name is the key's with MICROBLOG_ before it and
# __ between its parts, and is given with each key. One that ends in _FILE names a file with the value.
"""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table of the configuration. `plugin` and `distribution` say whose it is; empty: core's."""

    path: tuple[str, ...]
    about: str
    settings: tuple[Setting, ...]
    plugin: str = ""
    distribution: str = ""


def core_tables(site: str = DEFAULT_SITE) -> Iterator[Table]:
    """The tables that every installation has."""
    tables: tuple[tuple[tuple[str, ...], type[msgspec.Struct]], ...] = (
        (("server",), ServerConfig),
        (("jobs",), JobsConfig),
        (("sites", site), SiteConfig),
        (("payments",), PaymentsConfig),
        (("plugins",), PluginsConfig),
    )
    for path, struct in tables:
        omitted = _ELSEWHERE if struct is SiteConfig else ()
        settings = tuple(
            msgspec.structs.replace(each, secret=each.secret or (struct is SiteConfig and is_url(each.path)))
            for each in describe(struct)
            if each.path[0] not in omitted
        )
        yield Table(path=path, about=about(struct), settings=settings)


def is_url(path: tuple[str, ...]) -> bool:
    """Whether a key of a site is the address of what keeps its data, which may hold a password."""
    return path in {("storage",), ("blobs",)}


def plugin_tables(plugins: Mapping[str, object] | None = None) -> tuple[list[Table], list[str]]:
    """The tables of all installed plugins (and of `plugins`, given as in `compose_site`) by name, and a
    sentence for each plugin that can't be asked.
    """
    importer, tables, unknown = Importer(), [], []
    for found in sorted(discover(given=plugins), key=lambda each: (not each.builtin, each.name)):
        try:
            group = next(iter({CORE_FACE} & {*found.faces, *found.given}), "")
            modules = {group: importer.load(found, group, IMPORT_SECONDS)} if group else {}
            settings = read_manifest(found.name, modules, builtin=found.builtin).settings if modules else None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            why = error.message if isinstance(error, MicroblogError) else type(error).__name__
            unknown.append(f"The plugin {found.name} can't be asked for its settings: {why.rstrip('.')}.")
            continue
        if settings is not None:
            tables.append(
                Table(
                    path=("plugins", found.name),
                    about=about(settings),
                    settings=tuple(describe(settings)),
                    plugin=found.name,
                    distribution=found.distribution,
                )
            )
    return tables, unknown


def variable(table: Table, setting: Setting) -> str:
    """The variable that sets a key; empty for one inside a list, which has to be given whole, as JSON."""
    return "" if ITEM in setting.path else variable_of(".".join((*table.path, *setting.path)))


def as_toml(tables: Sequence[Table], unknown: Sequence[str] = ()) -> str:
    """All of it as a configuration file that says nothing yet."""
    parts = [HEAD, *("\n".join(_lines(table)) + "\n" for table in tables)]
    return "\n".join((*parts, *(f"# {each}\n" for each in unknown)))


def as_data(tables: Sequence[Table]) -> list[dict[str, Any]]:
    """All of it as plain lists and dictionaries, for `--json`: one entry for each key."""
    return [
        {
            "key": ".".join((*table.path, *setting.path)),
            "variable": variable(table, setting),
            "plugin": table.plugin,
            "distribution": table.distribution,
            **{name: value for name, value in msgspec.to_builtins(setting).items() if name != "path"},
        }
        for table in tables
        for setting in table.settings
    ]


def _lines(table: Table) -> Iterator[str]:
    at: tuple[str, ...] = ()
    yield f"#[{_dotted(table.path)}]"
    yield from _wrapped(table.about)
    yield ""
    # In TOML what follows a table's head belongs to it: keys of the table itself come first.
    for setting in sorted(table.settings, key=lambda each: (len(each.path) > 1, each.path[:-1])):
        inner = setting.path[:-1]
        free = bool({NAME, ITEM} & {*inner})
        if inner != at:
            at = inner
            yield ""
            yield _head(table.path, inner) if not free else f"#{_head(table.path, inner)}"
        yield from _wrapped(setting.meaning)
        yield f"##   {_facts(table, setting)}"
        value = _placeholder(setting) if setting.default is None else setting.default
        # A key without a default, or under a name that somebody has to choose, can't just be uncommented.
        unset = free or (setting.default is None and not setting.required)
        yield f"{'##' if unset else '#'}{_key(setting.path[-1])} = {toml_value(value)}"


def _facts(table: Table, setting: Setting) -> str:
    facts = [setting.type]
    facts += [word for word, so in (("required", setting.required), ("secret", setting.secret)) if so]
    if setting.default is None and not setting.required:
        facts.append("not set")
    named = variable(table, setting)
    if named:
        facts.append(f"{named}_FILE" if setting.secret else named)
    return "; ".join(facts)


def _placeholder(setting: Setting) -> Any:
    if setting.values:
        return json.loads(setting.values[0])
    kind = setting.type.partition(" or ")[0] if setting.type != "true or false" else setting.type
    if kind.startswith("["):
        return [_EMPTY.get(each.strip(), "") for each in kind.strip("[]").split(",")]
    return [] if kind.startswith("list") else {} if kind.startswith("table") else _EMPTY.get(kind, "")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent="## ",
        subsequent_indent="## ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _head(table: tuple[str, ...], inner: tuple[str, ...]) -> str:
    path = tuple(each for each in (*table, *inner) if each != ITEM)
    return f"#[[{_dotted(path)}]]" if inner[-1] == ITEM else f"#[{_dotted(path)}]"


def _dotted(path: Sequence[str]) -> str:
    return ".".join(map(_key, path))


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else json.dumps(name, ensure_ascii=False)


def toml_value(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(key))} = {toml_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    # Texts, numbers and booleans are written as in JSON, but for the delete character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
