"""The names of a new plugin: everything that is called after it follows from the one that was typed."""

from __future__ import annotations

import importlib.metadata
import keyword
import re

import msgspec

from microblog_core.domain.errors import Invalid
from microblog_core.plugins.discovery import BUILTINS, CORE_FACE
from microblog_core.plugins.manifest import RESERVED

LONGEST = 24
"""Characters of a name: a line of a generated file must not become too long by it."""
LAYERS = frozenset({"web", "api", "tasks", "plugins", "microblog"})
"""Names that would make `microblog-NAME` one of Microblog's own distributions, or sound like one."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """`plugin` is the entry point's name, `title` what people read, `scope` the name where no dash may be."""

    plugin: str
    package: str
    distribution: str
    title: str
    scope: str


def names_of(name: str) -> Names:
    """What everything of the plugin `name` is called. Raises `Invalid` for a name that can't be."""
    problem, hint = _problem(name)
    if problem:
        raise Invalid(f"{name!r} {problem}.", fields={"name": f"{problem}. {hint}"}, hint=hint)
    scope = name.replace("-", "_")
    return Names(
        plugin=name,
        package=f"microblog_{scope}",
        distribution=f"microblog-{name}",
        title=name.replace("-", " ").capitalize(),
        scope=scope,
    )


def _problem(name: str) -> tuple[str, str]:
    if not _NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-").lstrip("0123456789-")
        hint = "Use lower case letters, digits and single dashes, a letter first"
        return "can't be the name of a plugin", f"{hint}: {near}." if _NAME.fullmatch(near) else f"{hint}."
    if name.startswith("microblog-"):
        rest = name.removeprefix("microblog-")
        return "says microblog twice", f"The package is called microblog-NAME anyway; say {rest}."
    if len(name) > LONGEST:
        return f"is longer than {LONGEST} characters", "Choose a shorter one."
    if name in RESERVED or name in BUILTINS or name in LAYERS:
        return "is a word of Microblog's own", "Say what the plugin does, for example weather-report."
    if keyword.iskeyword(name):
        return "is a word of Python's own", "Choose another one."
    for point in importlib.metadata.entry_points(group=CORE_FACE, name=name):
        owner = point.dist.name if point.dist else "a package"
        return f"is the name of a plugin that {owner} brings already", "Choose another one."
    return "", ""
