"""The messages of one package, or of a plugin that has catalogues of its own, read from its sources.

English is in the source: in templates `_("…")` and `ngettext("…", "…", n)`; in Python `mark`, `translate`,
`count`, and what errors tell people: the texts of their message, hint and fields. Numbers in those become
`{0}`, `{1}` in the catalogue; `microblog_web.i18n.explain` finds them again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir

ROOT = Path(__file__).resolve().parents[1]

KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "mark": None,
    "translate": None,
    "count": (1, 2),
}
ERRORS = {
    "BadRequest",
    "Conflict",
    "Forbidden",
    "Forged",
    "Gone",
    "InternalError",
    "Invalid",
    "MethodNotAllowed",
    "NotFound",
    "RateLimited",
    "TooLarge",
    "Unauthenticated",
    "Unavailable",
}
PLACES = {"errors", "fields", "wrong"}
"""Names of mappings from a form's field to what to mend."""
PROBLEMS = {"full", "label", "problem", "text", "SENT", "_STALE"}
"""Names of texts that become such a value later, or a button."""
FORMS = {"Button", "Field", "Form", "FormPage", "Line", "Refused", "Script"}
"""What core draws forms of, for every surface, and the steps of a log-in."""
SHOWN = {"error", "hint", "intro", "label", "message", "note", "submit", "text", "title"}
UNSEEN = {"applications.py", "payments.py", "push.py", "sandbox.py", "streams.py"}
"""Files of core whose errors no page shows: programs read them."""


class Source(NamedTuple):
    """A folder, and how its files are read: `python` for marked texts, `errors` for what errors tell."""

    folder: Path
    methods: tuple[tuple[str, str], ...]


class Package(NamedTuple):
    """A package that has catalogues of its own, and what is said in them."""

    name: str
    locale: Path
    sources: tuple[Source, ...]
    behind: str = ""
    """The package whose catalogue is looked into first: what it says is not said again."""


_WORD = re.compile(r"[A-Za-z]{2,}")
_SAID = re.compile(r"([A-Z]|\{0\} ).* .*(\.|: \{\d\})")


def _source(name: str) -> Path:
    return ROOT / f"packages/microblog-{name}/src/microblog_{name}"


_MARKED = (("**.py", "python"),)
_ERRORS = (("**.py", "catalogues.extracting:extract_errors"),)
_SENTENCES = (("**.py", "catalogues.extracting:extract_sentences"),)
_SCOPES = (("applications.py", "catalogues.extracting:extract_scopes"),)
_PAGES = (("**/templates/**.html", "jinja2"),)


def _plugin(name: str) -> Package:
    room = _source("plugins") / name
    sources = (Source(room, _PAGES), Source(room, _MARKED), Source(room, _ERRORS))
    return Package(name, room / "locale", sources, behind="web")


PLUGINS = tuple(sorted(path.parent.name for path in _source("plugins").glob("*/locale")))
PACKAGES = (
    Package("core", _source("core") / "locale", (Source(_source("core"), _MARKED),)),
    Package(
        "web",
        _source("web") / "locale",
        (
            Source(_source("web"), _PAGES),
            Source(_source("web"), _MARKED),
            Source(_source("web"), _ERRORS),
            *(Source(_source("core") / room, _ERRORS) for room in ("domain", "services", "http", "defaults")),
            Source(_source("core") / "domain", _SCOPES),
            Source(_source("core") / "runtime/archives", _SENTENCES),
            Source(_source("api") / "oauth", _ERRORS),
        ),
    ),
    *(_plugin(name) for name in PLUGINS),
)


@cache
def extract(package: Package) -> Catalog:
    """A template catalogue of all that a package says, in the order of its sources."""
    template = Catalog(project="Microblog", charset="utf-8")
    said = next((extract(each) for each in PACKAGES if each.name == package.behind), ())
    for folder, methods in package.sources:
        found = extract_from_dir(folder, method_map=list(methods), keywords=KEYWORDS)
        for file, _line, message, _comments, _context in found:
            if message and message not in said and (methods is not _ERRORS or file not in UNSEEN):
                template.add(message)
    return template


def extract_errors(
    fileobj: Any, keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel's extraction method for what errors tell people."""
    tree = ast.parse(fileobj.read())
    constants = _constants(tree)
    for node in ast.walk(tree):
        for value in (each for told in _told(node) for each in _either(told)):
            text = _text(constants.get(value.id, value) if isinstance(value, ast.Name) else value)
            # Codes and keys are one word, in small letters.
            if len(_WORD.findall(text)) > 1 or text[:1].isupper():
                yield value.lineno, "_", text, []


def extract_sentences(
    fileobj: Any, keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel's extraction method for files that hold a report's sentences in every shape: all that begins like
    a sentence and ends like one, or by quoting another.
    """
    for node in ast.walk(ast.parse(fileobj.read())):
        values: list[ast.expr] = []
        if not isinstance(node, ast.Expr | ast.JoinedStr):
            values = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        for value in values:
            if _SAID.fullmatch(text := _text(value)):
                yield value.lineno, "_", text, []


def extract_scopes(
    fileobj: Any, keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel's extraction method for what each of core's scopes lets somebody do."""
    scopes = [
        node
        for node in ast.parse(fileobj.read()).body
        if isinstance(node, ast.AnnAssign) and _name(node.target) == "SCOPES"
    ]
    for value in (each for node in scopes for part in ast.walk(node) for each in _values(part)):
        yield value.lineno, "_", _text(value), []


def _values(node: ast.AST) -> Sequence[ast.expr]:
    return node.values if isinstance(node, ast.Dict) else ()


def _told(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and _name(node.func) in ERRORS:
        yield from node.args[:1]
        for keyword in node.keywords:
            if keyword.arg in {"message", "hint"}:
                yield keyword.value
            elif keyword.arg == "fields" and isinstance(keyword.value, ast.Dict):
                yield from keyword.value.values
    elif isinstance(node, ast.Call) and _name(node.func) in FORMS:
        yield from (keyword.value for keyword in node.keywords if keyword.arg in SHOWN)
        yield from (label for keyword in node.keywords for label in _labels(keyword.value))
    elif isinstance(node, ast.Call) and _name(node.func) == "message":
        yield from node.args[:2]
        yield from (label for argument in node.args[2:] for label in _labels(argument))
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if (isinstance(target, ast.Subscript) and _name(target.value) in PLACES) or _name(
                target
            ) in PROBLEMS:
                yield node.value
            elif _name(target) in PLACES and isinstance(node.value, ast.Dict):
                yield from node.value.values


def _labels(links: ast.expr) -> Iterator[ast.expr]:
    """The first of each pair."""
    if isinstance(links, ast.Tuple | ast.List):
        yield from (pair.elts[0] for pair in links.elts if isinstance(pair, ast.Tuple) and pair.elts)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _either(value: ast.expr) -> Iterator[ast.expr]:
    """What may be told where a condition decides it."""
    if isinstance(value, ast.IfExp):
        yield from (*_either(value.body), *_either(value.orelse))
    elif isinstance(value, ast.BoolOp):
        yield from (each for part in value.values for each in _either(part))
    else:
        yield value


def _constants(tree: ast.Module) -> Mapping[str, ast.expr]:
    """What stands in the file once, to be told in several places."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _text(node: ast.expr) -> str:
    """A text as it stands in a catalogue; empty for what is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts, number = [], 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            parts.append(f"{{{number}}}")
            number += 1
    return "".join(parts)
