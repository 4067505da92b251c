"""The manifest of a plugin: read from its module, and checked before anything else of it is used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from microblog_core import __version__
from microblog_core.contributions import HOOK_API, Manifest
from microblog_core.domain.errors import PluginError

ATTRIBUTE = "PLUGIN"
RESERVED = frozenset({"only", "disabled", "required", "time-budget", "core"})
WRONG_NAME, WRONG_FIELD = "plugin_name", "plugin_field"
"""Codes of the errors about the manifest's name and its other fields."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Incompatible(PluginError):
    """A plugin was made for another hook interface."""

    code = "plugin_incompatible"


def read_manifest(name: str, modules: Mapping[str, object], *, builtin: bool = False) -> Manifest:
    """The manifest of a plugin: `PLUGIN` in the module of its core face, else of its first face.

    Raises `PluginError` for what is missing or wrong, `Incompatible` for another hook interface.
    """
    group, module = next(iter(modules.items()))
    manifest = getattr(module, ATTRIBUTE, None)
    if manifest is None:
        raise PluginError(
            f"{_label(module)} has no {ATTRIBUTE}", hint=f'Write {ATTRIBUTE} = Manifest(name="{name}") in it.'
        )
    if not isinstance(manifest, Manifest):
        raise PluginError(
            f"{ATTRIBUTE} in {_label(module)} is {_article(manifest)}, not a Manifest",
            hint="Import Manifest from microblog_core.contributions.",
        )
    _check_hook_api(manifest)
    if manifest.name != name:
        raise PluginError(
            f"the entry point in {group} is called {name!r}, but {ATTRIBUTE} says {manifest.name!r}",
            hint="The two names must be the same.",
            code=WRONG_NAME,
        )
    if not _NAME.fullmatch(name) or (name in RESERVED and not builtin):
        raise PluginError(
            f"{name!r} can't be the name of a plugin",
            hint="Use lower case letters, digits and single dashes, and none of core's own words.",
            code=WRONG_NAME,
        )
    _check_types(manifest)
    return manifest


def _check_hook_api(manifest: Manifest) -> None:
    asked = manifest.hook_api
    if not isinstance(asked, int) or isinstance(asked, bool) or asked < 1:
        shown = asked if isinstance(asked, int) else _article(asked)
        raise PluginError(
            f"{ATTRIBUTE}.hook_api is {shown}",
            hint=f"Use the number of the hook API that it was made for; the present one is {HOOK_API}.",
            code=WRONG_FIELD,
        )
    if asked != HOOK_API:
        older = asked < HOOK_API
        raise Incompatible(
            f"was made for the hook API {asked}; microblog-core {__version__} has {HOOK_API}",
            hint="Install a newer version of the plugin."
            if older
            else "Install a newer microblog-core, or an older version of the plugin.",
        )


def _check_types(manifest: Manifest) -> None:
    """Structs do not check what they are made with; the first wrong field says so here."""
    settings = manifest.settings
    if settings is not None and not (isinstance(settings, type) and issubclass(settings, msgspec.Struct)):
        raise PluginError(
            f"{ATTRIBUTE}.settings is {_article(settings)}",
            hint="Name a msgspec.Struct type there.",
            code=WRONG_FIELD,
        )
    if manifest.translations is not None and not isinstance(manifest.translations, Path):
        raise PluginError(
            f"{ATTRIBUTE}.translations is {_article(manifest.translations)}",
            hint='Use a pathlib.Path: Path(__file__).parent / "locale".',
            code=WRONG_FIELD,
        )
    for field in ("requires", "after", "before", "capabilities"):
        value = getattr(manifest, field)
        if not isinstance(value, tuple) or any(not isinstance(each, str) for each in value):
            raise PluginError(
                f"{ATTRIBUTE}.{field} is {_article(value)}", hint="Use a tuple of names.", code=WRONG_FIELD
            )
    for field in ("version", "summary"):
        if not isinstance(getattr(manifest, field), str):
            raise PluginError(
                f"{ATTRIBUTE}.{field} is {_article(getattr(manifest, field))}",
                hint="Use a text.",
                code=WRONG_FIELD,
            )


def _label(module: object) -> str:
    return str(getattr(module, "__name__", None) or type(module).__qualname__)


def _article(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
