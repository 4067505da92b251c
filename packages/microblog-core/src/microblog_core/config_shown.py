"""The configuration in force: each key with its value, as it may be shown, and where that comes from."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from microblog_core.config import Config
from microblog_core.config_reference import Table, core_tables, is_url, toml_value
from microblog_core.patterns.registry import redacted
from microblog_core.plugins.describing import ITEM, NAME, describe
from microblog_core.plugins.settings import HIDDEN, Secret, is_secret

if TYPE_CHECKING:
    from microblog_core.site import Site

Path = tuple[str, ...]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A key with its value in words, as TOML has it. `origin` is `default`, a file or a variable."""

    key: str
    value: str
    origin: str

    def as_data(self) -> dict[str, str]:
        """The same as a dictionary."""
        return {"key": self.key, "value": self.value, "origin": self.origin}


def shown_process(config: Config) -> Iterator[Shown]:
    """What holds for the whole process: [server] and [jobs]."""
    origins = _Origins(config)
    structs: Mapping[str, msgspec.Struct] = {"server": config.server, "jobs": config.jobs}
    for table in core_tables():
        if table.path[0] in structs:
            yield from _rows(table, structs[table.path[0]], origins, (table.path,))


def shown_site(config: Config, site: Site) -> Iterator[Shown]:
    """What holds for a site: what it says itself, and what is said for all; with its plugins' settings."""
    origins, name = _Origins(config), site.config.name
    own: Path = ("sites", name)
    for table in core_tables(name):
        if table.path == own:
            yield from _rows(table, site.config, origins, (own,))
        elif table.path[0] in ("payments", "plugins"):
            struct = getattr(site.config, table.path[0])
            yield from _rows(table, struct, origins, ((*own, *table.path), table.path))
    for report in site.report:
        settings = site.settings(report.name)
        if isinstance(settings, msgspec.Struct):
            where: Path = ("plugins", report.name)
            described = tuple(describe(type(settings)))
            table = Table(path=where, about="", settings=described, plugin=report.name)
            yield from _rows(table, settings, origins, ((*own, *where), where))


def _rows(
    table: Table, struct: msgspec.Struct, origins: _Origins, places: tuple[Path, ...]
) -> Iterator[Shown]:
    """The keys of a struct that can be said at any of these places, of which the first wins."""
    for setting in table.settings:
        if {NAME, ITEM} & {*setting.path}:
            continue
        value: Any = struct
        for part in setting.path:
            value = _field(value, part) if isinstance(value, msgspec.Struct) else None
        place, origin = origins.of(tuple((*each, *setting.path) for each in places))
        yield Shown(
            key=".".join(place),
            value=_in_words(setting.path, value, secret=setting.secret, known=not table.plugin),
            origin=origin,
        )


def _field(struct: msgspec.Struct, key: str) -> Any:
    for field in msgspec.structs.fields(struct):
        if field.encode_name == key:
            return getattr(struct, field.name)
    return None


def _in_words(path: Path, value: Any, *, secret: bool, known: bool) -> str:
    """`known` are core's own keys: what free tables hold there is no secret."""
    if value is None:
        return "(not set)"
    if known and is_url(path) and isinstance(value, str):
        return toml_value(redacted(value))
    if secret and value:
        return HIDDEN
    return toml_value(_plain(value, known=known))


def _plain(value: Any, *, known: bool) -> Any:
    """A value as TOML may have it, with what might be secret in it hidden."""
    if isinstance(value, Secret):
        return str(value) if value else ""
    if isinstance(value, msgspec.Struct):
        fields = {field.encode_name: getattr(value, field.name) for field in msgspec.structs.fields(value)}
        return {
            key: HIDDEN if is_secret(key, None) and item else _plain(item, known=known)
            for key, item in fields.items()
            if item is not None
        }
    if isinstance(value, Mapping):
        return {key: _plain(item, known=True) if known else HIDDEN for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, known=known) for item in value]
    return value if isinstance(value, bool | int | float) else str(value)


class _Origins:
    """Where keys are set. The file is read once more: what is decoded knows no places."""

    def __init__(self, config: Config) -> None:
        self._variables = config.variables
        self._name = str(config.file or "")
        self._file = tomllib.loads(config.file.read_text(encoding="utf-8")) if config.file else {}

    def of(self, places: tuple[Path, ...]) -> tuple[Path, str]:
        """(the place that decides, what sets it there); the last place where nothing does."""
        for place in places:
            for path, variable in self._variables.items():
                if _sets(path, _as_in_variables(place)):
                    return place, variable
            if self._has(place):
                return place, self._name
        return places[-1], "default"

    def _has(self, place: Path) -> bool:
        inner: Any = self._file
        for part in place:
            if not isinstance(inner, Mapping) or part not in inner:
                return False
            inner = inner[part]
        return True


def _as_in_variables(path: Path) -> Path:
    """A path as variables can write it: without dashes and capitals."""
    return tuple(part.lower().replace("-", "_") for part in path)


def _sets(path: Path, place: Path) -> bool:
    """Whether a variable that set this path says something of the key at this place.

    One variable may set a whole table, several may set parts of one, and `..._CA_FILE`, kept as `ca`, may set
    `ca_file`.
    """
    path = _as_in_variables(path)
    filed = path[:-1] == place[:-1] and f"{path[-1]}_file" == place[-1]
    return filed or path[: len(place)] == place or place[: len(path)] == path
