"""Write `docs/hooks/`: an index of all hooks by group and a page for each, from what the sources say.

`python tools/hook_pages.py` in an environment with all packages; `--check` only says what would change.
A page has the hook's docstring and signature, the contract of what it returns, and the example of the same
name in `docs/hooks/examples`. Nothing of the pages is written by hand.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import msgspec

from microblog_core.plugins.manager import hook_names
from microblog_core.site import Site

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs/hooks"
EXAMPLES = PAGES / "examples"
LAYERS: Mapping[str, tuple[str, str]] = {
    "microblog_core.hookspecs": ("microblog.plugins", ""),
    "microblog_web.hookspecs": ("microblog.web", "Website"),
    "microblog_api.hookspecs": ("microblog.api", "API"),
    "microblog_tasks.hookspecs": ("microblog.tasks", "Worker"),
}
"""The modules with hooks: the entry point group of their plugins, and how their hooks are headed where the
module has no headings of its own.
"""
MOST_METHODS = 12
"""A contract with more than so many methods is only referred to."""
NOTE = "<!-- Written by tools/hook_pages.py. -->"


class Hook(NamedTuple):
    """A hook, and where it stands."""

    name: str
    group: str
    entry_points: str
    specs: ModuleType

    @property
    def function(self) -> Callable[..., Any]:
        """The specification."""
        return typing.cast("Callable[..., Any]", getattr(self.specs, self.name))

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of its parameters."""
        return tuple(inspect.signature(self.function).parameters)

    @property
    def doc(self) -> str:
        """What it says of itself."""
        return inspect.getdoc(self.function) or ""

    @property
    def summary(self) -> str:
        """The first sentence of that."""
        return re.split(r"(?<=[.;:]) ", " ".join(self.doc.split()), maxsplit=1)[0].rstrip(".;:") + "."


def hooks() -> tuple[Hook, ...]:
    """All hooks of all layers, in the order in which they are written."""
    found = []
    for name, (entry_points, heading) in LAYERS.items():
        specs = importlib.import_module(name)
        headings = _headings(specs)
        for hook in hook_names(specs):
            line = getattr(specs, hook).__code__.co_firstlineno
            above = [title for number, title in headings if number < line]
            found.append(Hook(hook, above[-1] if above else heading, entry_points, specs))
    return tuple(found)


def _headings(specs: ModuleType) -> list[tuple[int, str]]:
    lines = inspect.getsource(specs).splitlines()
    return [(number, line[2:]) for number, line in enumerate(lines, 1) if line.startswith("# ")]


def pages() -> dict[Path, str]:
    """Every page by its path, as it should be."""
    found = hooks()
    return {PAGES / "README.md": _index(found), **{PAGES / f"{hook.name}.md": _page(hook) for hook in found}}


def _index(found: tuple[Hook, ...]) -> str:
    parts = [
        NOTE,
        "# The hooks",
        "What a plugin may add, one page for each hook: when it is called, which way it fails, the contract"
        " of what it returns, and a plugin that runs. [Writing a plugin](../plugins.md) begins at the"
        " beginning.",
    ]
    group = ""
    rows: list[str] = []
    for hook in found:
        if hook.group != group:
            parts += ["\n".join(rows)] if rows else []
            group = hook.group
            parts.append(f"## {group}")
            rows = ["| hook | for |", "|---|---|"]
        rows.append(f"| [`{hook.name}`]({hook.name}.md) | {hook.summary} |")
    return "\n\n".join([*parts, "\n".join(rows)]) + "\n"


def _page(hook: Hook) -> str:
    example = EXAMPLES / f"{hook.name}.py"
    arguments = " ".join(f"`{name}`: {_ARGUMENTS[name]}" for name in hook.arguments)
    parts = [
        NOTE,
        f"# {hook.name}",
        f"```text\n{hook.name}{_signature(hook.function)}\n```",
        hook.doc,
        f"- **Where**: in the module that the entry point group `{hook.entry_points}` names. The menu is"
        f" [`{hook.specs.__name__}`]({_link(hook.specs)}).",
        f"- **When, how often**: {_stated(hook, 'When')} {_stated(hook, 'How often')}".rstrip(),
        f"- **Arguments**: {arguments or 'none.'}",
        f"- **If the hook itself fails**: {_stated(hook, 'Which way it fails')}",
        "## What it returns",
        *_contracts(hook),
        "## An example",
        f"<!-- docs: same as {example.relative_to(ROOT).as_posix()} -->\n```python\n{example.read_text()}```",
        "[All hooks](README.md)",
    ]
    text = "\n\n".join(parts) + "\n"
    # The facts are one list.
    return re.sub(r"(?m)^(- \*\*.*)\n\n(?=- \*\*)", r"\1\n", text)


_ARGUMENTS = {
    "site": "the `Site` that is composed; see [what it gives](../plugins.md#what-the-site-gives-a-plugin)."
}


def _signature(function: Callable[..., Any]) -> str:
    """As it is written: annotations that are kept as texts without quotes."""
    return str(inspect.signature(function)).replace("'", "")


def _stated(hook: Hook, what: str) -> str:
    """What the module says of all its hooks under this heading."""
    text = " ".join((inspect.getdoc(hook.specs) or "").split())
    found = re.search(rf"\*\*{what}:\*\* (.*?)(?= \*\*|$)", text)
    return found[1][0].upper() + found[1][1:] if found else ""


def _contracts(hook: Hook) -> Iterator[str]:
    returned_kinds = list(kinds(typing.get_type_hints(hook.function, localns={"Site": Site})["return"]))
    described: list[type] = []
    for kind in returned_kinds:
        if is_ours(kind) and kind not in described:
            described.append(kind)
    for kind in tuple(described):
        if issubclass(kind, msgspec.Struct):
            for hint in typing.get_type_hints(kind, localns=_hidden(kind)).values():
                described += [each for each in kinds(hint) if _is_contract(each) and each not in described]
    if not described:
        returned = inspect.signature(hook.function).return_annotation
        yield f"`{returned}`: nothing of Microblog's own."
    for kind in described:
        yield f"### {kind.__name__}"
        yield f"[`{kind.__module__}`]({_link(sys.modules[kind.__module__])})"
        yield inspect.getdoc(kind) or ""
        yield from _members(kind)


def _hidden(kind: type) -> dict[str, object]:
    """The names that a module imports for type checkers only."""
    taskiq = importlib.import_module("taskiq") if kind.__module__.startswith("microblog_tasks") else None
    return {} if taskiq is None else vars(taskiq)


def kinds(hint: Any) -> Iterator[type]:
    """The classes that an annotation names."""
    if isinstance(hint, type) and not typing.get_args(hint):
        yield hint
    for argument in typing.get_args(hint):
        for each in argument if isinstance(argument, list) else (argument,):
            yield from kinds(each)


def is_ours(kind: type) -> bool:
    """Whether a class is Microblog's."""
    return kind.__module__.startswith("microblog_")


def _is_contract(kind: type) -> bool:
    return is_ours(kind) and bool(getattr(kind, "_is_protocol", False))


def _members(kind: type) -> Iterator[str]:
    methods: dict[str, Any] = {}
    fields: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if is_ours(base):
            own = {name: value for name, value in vars(base).items() if name[0] != "_"}
            methods |= {name: value for name, value in own.items() if inspect.isfunction(value)}
            annotated = inspect.get_annotations(base)
            fields |= {name: str(value) for name, value in annotated.items() if name[0] != "_"}
    defaults = _defaults(kind)
    if fields:
        rows = [f"- `{name}: {text}{defaults.get(name, '')}`" for name, text in fields.items()]
        yield "\n".join(rows)
    if len(methods) > MOST_METHODS:
        yield f"It has {len(methods)} methods; they are in its file."
        return
    for name, method in methods.items():
        begin = "async def" if inspect.iscoroutinefunction(method) else "def"
        yield f"`{begin} {name}{_signature(method)}`"
        lines = (inspect.getdoc(method) or "").splitlines()
        yield "\n".join(f"> {line}".rstrip() for line in lines)


def _defaults(kind: type) -> dict[str, str]:
    if not issubclass(kind, msgspec.Struct):
        return {}
    values = kind.__struct_defaults__
    pairs = zip(kind.__struct_fields__[-len(values) :], values, strict=True) if values else ()
    # Empty mutable defaults are kept as what makes them.
    made = {name: value.factory() if hasattr(value, "factory") else value for name, value in pairs}
    return {name: f" = {value!r}" for name, value in made.items() if value is not msgspec.NODEFAULT}


def _link(module: ModuleType) -> str:
    return f"../../{Path(inspect.getfile(module)).resolve().relative_to(ROOT).as_posix()}"


def main() -> int:
    """Write what differs; with `--check` name it and exit with 1."""
    wanted = pages()
    stale = [page for page, text in wanted.items() if not page.is_file() or page.read_text() != text]
    surplus = [page for page in PAGES.glob("*.md") if page not in wanted]
    for page in (*stale, *surplus):
        print(page.relative_to(ROOT))
    if "--check" in sys.argv:
        return 1 if stale or surplus else 0
    for page in stale:
        page.write_text(wanted[page])
    for page in surplus:
        page.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
