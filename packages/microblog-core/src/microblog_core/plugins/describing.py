"""What can be said of settings without knowing any: a struct's keys with type, default, meaning and unit.

The meaning of a key is the text right below it in its struct, or what `msgspec.Meta(description=...)` says.
"""

from __future__ import annotations

import ast
import enum
import functools
import inspect
import itertools
import re
import textwrap
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from microblog_core.plugins.settings import Secret, each_in, is_secret, members_of, struct_in

NAME = "NAME"
"""Stands for a key of a free table in the path of a setting."""
ITEM = "[]"
"""Stands for an item of a list in the path of a setting."""

_UNIT = re.compile(r"\((seconds|minutes|hours|days|bytes|characters|minor units|hour of the day)\b")
_WORDS: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Secret: "text",
    Path: "path",
    type(None): "nothing",
    Any: "anything",
}


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a table. `path` leads to it from the table that was described, with `NAME` for a key of a
    free table and `[]` for an item of a list.

    `default` is as the file has it, None where nothing is set or the key is required; a secret's is never
    told. `values` are those that it may have, where these are named.
    """

    path: tuple[str, ...]
    type: str
    meaning: str
    unit: str = ""
    default: Any = None
    required: bool = False
    secret: bool = False
    values: tuple[str, ...] = ()


def describe(struct: type[msgspec.Struct], path: tuple[str, ...] = ()) -> Iterator[Setting]:
    """Every key of a struct of settings, with those of the structs in it, at any depth."""
    hints = typing.get_type_hints(struct, include_extras=True)
    meanings = meanings_of(struct)
    for field in msgspec.structs.fields(struct):
        kind, here = hints[field.name], (*path, field.encode_name)
        inner, place = _struct_below(kind, here)
        if inner is not None and place == here:
            yield from describe(inner, here)
            continue
        meaning = _described(kind) or meanings.get(field.name, "")
        secret = is_secret(field.encode_name, kind)
        unit = _UNIT.search(meaning)
        yield Setting(
            path=here,
            type=type_in_words(kind),
            meaning=meaning,
            unit=unit[1] if unit else "",
            default=_default(field) if not secret else _hidden_default(field),
            required=field.required,
            secret=secret,
            values=_values(kind),
        )
        if inner is not None:
            yield from describe(inner, place)


def about(struct: type[msgspec.Struct]) -> str:
    """What a struct's docstring says in its first paragraph, without the name of its table."""
    first = textwrap.dedent(struct.__doc__ or "").strip().partition("\n\n")[0]
    return re.sub(r"^`\[[\w.-]+\]`[.:]?\s*", "", " ".join(first.split()))


@functools.cache
def meanings_of(struct: type[msgspec.Struct]) -> Mapping[str, str]:
    """The texts below the fields of a struct, by the field's name; nothing where there is no source."""
    found: dict[str, str] = {}
    for each in reversed(struct.__mro__):
        if each in (msgspec.Struct, object) or not issubclass(each, msgspec.Struct):
            continue
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(each)))
        except (OSError, TypeError, SyntaxError):
            continue
        body = tree.body[0].body if tree.body and isinstance(tree.body[0], ast.ClassDef) else []
        for field, below in itertools.pairwise(body):
            text = below.value if isinstance(below, ast.Expr) else None
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Constant):
                found[ast.unparse(field.target)] = " ".join(str(text.value).split())
    return found


def type_in_words(kind: Any) -> str:
    """A declared type in words: `list of text`, `table of whole number`."""
    members = [member for member in members_of(kind) if member is not type(None)]
    if len(members) > 1:
        return " or ".join(map(type_in_words, members))
    (member,) = members or (type(None),)
    origin, arguments = typing.get_origin(member), typing.get_args(member)
    if origin is typing.Literal or _is_enum(member):
        return "one of " + ", ".join(_values(member))
    if origin is tuple and arguments and arguments[-1] is not Ellipsis:
        return f"[{', '.join(map(type_in_words, arguments))}]"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"table of {type_in_words(arguments[-1])}"
    if origin in (list, tuple, set, frozenset):
        return f"list of {type_in_words(arguments[0])}"
    if struct_in(member) is not None:
        return "table"
    return _WORDS.get(member, getattr(member, "__name__", str(member)))


def _struct_below(kind: Any, path: tuple[str, ...]) -> tuple[type[msgspec.Struct] | None, tuple[str, ...]]:
    """The struct that a key holds, or the items of its list or table, and the path to that."""
    struct = struct_in(kind)
    if struct is not None:
        return struct, path
    for member in members_of(kind):
        origin = typing.get_origin(member)
        if isinstance(origin, type):
            step = NAME if issubclass(origin, Mapping) else ITEM
            inner, place = _struct_below(each_in(member), (*path, step))
            if inner is not None:
                return inner, place
    return None, path


def _values(kind: Any) -> tuple[str, ...]:
    for member in members_of(kind):
        if typing.get_origin(member) is typing.Literal:
            return tuple(
                f'"{each}"' if isinstance(each, str) else str(each) for each in typing.get_args(member)
            )
        if _is_enum(member):
            return tuple(f'"{each.value}"' for each in member)
    return ()


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, enum.Enum)


def _described(kind: Any) -> str:
    """What `msgspec.Meta(description=...)` of an annotated type says."""
    extras = typing.get_args(kind)[1:] if typing.get_origin(kind) is typing.Annotated else ()
    texts = (each.description for each in extras if isinstance(each, msgspec.Meta))
    return " ".join(next((text for text in texts if text), "").split())


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default is not msgspec.NODEFAULT:
        value = field.default
    elif field.default_factory is not msgspec.NODEFAULT:
        value = field.default_factory()
    else:
        return None
    return msgspec.to_builtins(value, enc_hook=str)


def _hidden_default(field: msgspec.structs.FieldInfo) -> Any:
    """An empty text, an empty list: that there is none. Anything else is not told."""
    value = field.default if field.default is not msgspec.NODEFAULT else None
    return "" if isinstance(value, Secret | str) and not value else None
