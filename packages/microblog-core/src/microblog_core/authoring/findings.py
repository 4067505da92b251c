"""What the check of a plugin finds. Codes stay what they are, so that scripts and people can look them up."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to mend: where it is (`file:line` in the project, or a plugin's name), what is wrong, and
    what to do.
    """

    code: str
    where: str
    problem: str
    hint: str


CODES: Mapping[str, str] = MappingProxyType(
    {
        "MB101": "pyproject.toml is missing or can't be read",
        "MB102": "no entry point names a plugin",
        "MB103": "an entry point group that nobody reads",
        "MB104": "a module that is not there, or doesn't import",
        "MB105": "the layer of a face is not installed here",
        "MB106": "no py.typed",
        "MB201": "no manifest",
        "MB202": "a name that can't be, or two names for one plugin",
        "MB203": "made for another hook interface",
        "MB204": "a field of the manifest has the wrong type",
        "MB205": "a capability that no storage has",
        "MB206": "translations that can't be used",
        "MB301": "there is no such hook",
        "MB302": "a hook that is not marked",
        "MB303": "parameters that a hook is not called with",
        "MB304": "the annotation says something else than the hook returns",
        "MB305": "a hook that is no plain function",
        "MB401": "the plugin does not compose",
        "MB402": "something of the wrong type was contributed",
        "MB403": "a name without the plugin's name before it",
        "MB404": "a name that is taken, or there twice",
        "MB405": "a path that is not the plugin's own",
        "MB406": "a folder or file that is not there",
        "MB407": "a field of the API that can't be",
        "MB408": "a table without the plugin's name before it",
        "MB501": "settings that can be changed",
        "MB502": "a secret that everybody can read",
        "MB503": "a setting of a type that can't be read",
        "MB504": "a required setting that is described nowhere",
        "MB601": "an import of something private",
        "MB602": "the core face imports a framework",
        "MB603": "a thread is started at import",
        "MB604": "a socket is opened at import",
        "MB605": "an event loop is made at import",
        "MB606": "a file is written at import",
        "MB607": "a program is started at import",
    }
)
"""Every code, with what it stands for."""
