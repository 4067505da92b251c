"""Where plugins are found: entry points, one group for each face, and core's own list. Nothing is imported
here but what is asked for.

The same name in several groups is the same plugin. A process loads only the faces that it runs.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.metadata
import importlib.util
import json
import os
import re
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from microblog_core.domain.errors import PluginError

CORE_FACE = "microblog.plugins"
SURFACES = "microblog.surfaces"
BUILTINS: Mapping[str, str] = MappingProxyType(
    {
        "core": "microblog_core.defaults.plugin",
        "memory": "microblog_core.memory.plugin",
        "runtime": "microblog_core.runtime.plugin",
    }
)
"""The plugins that core brings along, by name; they come through the same door as all others."""
OWN_DISTRIBUTIONS = frozenset(f"microblog-{name}" for name in ("core", "web", "api", "tasks", "plugins"))


class Unavailable(PluginError):
    """A plugin needs something that is not installed; `hint` is the command that installs it."""

    code = "plugin_unavailable"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A plugin by name, not imported yet. `faces` maps an entry point group to the module's dotted name.

    `given` are objects that stand in for modules (tests, applications that bring their own plugin).
    """

    name: str
    distribution: str = ""
    version: str = ""
    builtin: bool = False
    ours: bool = False
    faces: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, object] = field(default_factory=dict)
    clash: str = ""


def face_group(face: str) -> str:
    """The entry point group of a face: `web` is `microblog.web`."""
    return face if face.startswith("microblog.") else f"microblog.{face}"


def discover(
    faces: Collection[str] = (),
    given: Mapping[str, object] | None = None,
    builtins: Mapping[str, str] = BUILTINS,
) -> tuple[Found, ...]:
    """All plugins: core's own, those given, then the installed ones by name, with the faces asked for.

    What is given is a module, or a mapping of faces (`plugins`, `web`, ...) to modules.
    """
    found = [
        Found(
            name=name,
            distribution="microblog-core",
            version=_version(),
            builtin=True,
            ours=True,
            faces={CORE_FACE: module},
        )
        for name, module in builtins.items()
    ]
    found += [
        Found(name=name, distribution="(given)", given=_given_faces(plugin))
        for name, plugin in (given or {}).items()
    ]
    taken = {each.name for each in found}
    groups = (CORE_FACE, *sorted({face_group(face) for face in faces} - {CORE_FACE}))
    return (*found, *_installed(groups, taken))


def _given_faces(plugin: object) -> Mapping[str, object]:
    if isinstance(plugin, Mapping):
        return {face_group(str(face)): module for face, module in plugin.items()}
    return {CORE_FACE: plugin}


def _installed(groups: Iterable[str], taken: set[str]) -> list[Found]:
    installed = _points(_folders())
    points = [point for group in groups for point in installed if point.group == group]
    found: list[Found] = []
    for name in sorted({point.name for point in points}):
        own = [point for point in points if point.name == name]
        owners = sorted({point.distribution for point in own})
        clash = f"the name {name!r} belongs to a plugin that was there before" if name in taken else ""
        if len(owners) > 1:
            clash = f"the name {name!r} is used by {' and by '.join(owners)}"
        elif len({(point.group, point.value) for point in own}) > len({point.group for point in own}):
            clash = f"{owners[0]} names {name!r} twice in one group"
        found.append(
            Found(
                name=name,
                distribution=" and ".join(owners),
                version=own[0].version,
                ours=len(owners) == 1 and _normal(owners[0]) in OWN_DISTRIBUTIONS,
                faces={point.group: point.value for point in own},
                clash=clash,
            )
        )
    return found


class _Point(NamedTuple):
    """An entry point of ours, with the name and the version of the distribution that it belongs to."""

    group: str
    name: str
    value: str
    distribution: str
    version: str


def _folders() -> tuple[tuple[Path, int], ...]:
    """Where distributions are looked for, and when the last one came or went there."""
    folders = []
    for each in sys.path:
        folder = Path(each).absolute()
        with contextlib.suppress(OSError):
            folders.append((folder, folder.stat().st_mtime_ns))
    return tuple(folders)


@functools.lru_cache(maxsize=2)
def _points(folders: tuple[tuple[Path, int], ...]) -> tuple[_Point, ...]:
    """The entry points of all faces. To find them, each installed distribution is opened and read: once for
    all sites of a process, and again when one was installed or removed.
    """
    everything = importlib.metadata.entry_points()
    known: dict[int, tuple[str, str]] = {}
    return tuple(
        _Point(point.group, point.name, point.value, *_owner(point, known))
        for group in everything.groups
        if group.startswith("microblog.")
        for point in everything.select(group=group)
    )


def _owner(point: importlib.metadata.EntryPoint, known: dict[int, tuple[str, str]]) -> tuple[str, str]:
    """The name and the version of the distribution that an entry point belongs to."""
    owner = point.dist
    if owner is None:
        return "?", ""
    if id(owner) not in known:
        metadata = owner.metadata
        known[id(owner)] = (metadata["Name"], metadata["Version"])
    return known[id(owner)]


def load_face(found: Found, group: str) -> object:
    """Import the module of one face. Raises `Unavailable` where an extra is missing, and whatever the import
    raises.
    """
    if group in found.given:
        return found.given[group]
    value = found.faces[group]
    extra = _missing_extra(found)
    if extra:
        raise unavailable(found, extra)
    module, _, attribute = value.partition("[")[0].strip().partition(":")
    try:
        loaded: object = importlib.import_module(module)
    except ImportError as error:
        extra = _extra_with(found, error.name or "")
        if extra:
            raise unavailable(found, extra) from error
        raise
    for part in filter(None, attribute.split(".")):
        loaded = getattr(loaded, part)
    return loaded


def unavailable(found: Found, extra: str) -> Unavailable:
    """The error that says which extra is missing and how to get it here."""
    return Unavailable(
        f"needs the extra '{extra}' of {found.distribution}", hint=install_command(found.distribution, extra)
    )


def install_command(distribution: str, extra: str) -> str:
    """The command that installs an extra of a distribution in this environment, from where the distribution
    came.
    """
    pip = (
        f"{sys.executable} -m pip"
        if importlib.util.find_spec("pip")
        else f"uv pip install -p {sys.executable}"
    )
    install = pip if pip.startswith("uv") else f"{pip} install"
    try:
        origin = json.loads(
            importlib.metadata.distribution(distribution).read_text("direct_url.json") or "{}"
        )
    except (importlib.metadata.PackageNotFoundError, ValueError):
        origin = {}
    url = str(origin.get("url", ""))
    if not url:
        return f"Install {distribution}[{extra}] from where {distribution} came from."
    if "dir_info" not in origin:
        return f"{install} '{distribution}[{extra}] @ {url}'"
    folder = Path(unquote(urlsplit(url).path))
    here = os.path.relpath(folder) if folder.is_relative_to(Path.cwd()) else str(folder)
    editable = "-e " if origin["dir_info"].get("editable") else ""
    return f"{install} {editable}'{here}[{extra}]'"


def _version() -> str:
    from microblog_core import __version__

    return __version__


def _requirements(distribution: str) -> dict[str, list[str]]:
    """The distributions that each extra needs, without conditions on the environment."""
    try:
        requires = importlib.metadata.requires(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    extras: dict[str, list[str]] = {}
    for requirement in requires:
        wanted, _, marker = requirement.partition(";")
        only_extra = re.fullmatch(r"\s*extra\s*==\s*['\"]([\w.-]+)['\"]\s*", marker)
        name = re.match(r"[\w.-]+", wanted.strip())
        if only_extra and name:
            extras.setdefault(only_extra[1], []).append(name[0])
    return extras


def _missing_extra(found: Found) -> str:
    """The extra with the plugin's own name, which is what the plugin needs, if part of it isn't installed."""
    for needed in _requirements(found.distribution).get(found.name, ()):
        try:
            importlib.metadata.version(needed)
        except importlib.metadata.PackageNotFoundError:
            return found.name
    return ""


def _extra_with(found: Found, module: str) -> str:
    """The extra that brings the distribution of this missing module; the plugin's own extra first."""
    wanted = _normal(module.partition(".")[0])
    extras = _requirements(found.distribution)
    brings = [extra for extra, names in extras.items() if wanted in map(_normal, names)]
    return next(iter(sorted(brings, key=lambda extra: (extra != found.name, extra))), "")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
