"""What is asked of the settings of a plugin: frozen, of types that can be read, secrets typed as such."""

from __future__ import annotations

import enum
import re
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from microblog_core.authoring.findings import Finding
from microblog_core.plugins.settings import Secret, kinds_of, members_of, struct_in

_SECRET = re.compile(r"(^|_)(secret|password|passwd|passphrase|token|credential|key)s?$")
_NOT_SECRET = re.compile(r"public|publishable")


def look_at_settings(
    struct: type[msgspec.Struct], where: str, texts: str, prefix: str = ""
) -> Iterator[Finding]:
    """Everything that is wrong with a settings struct and those within it. `texts` are what the project says
    to people: a required key has to be in them, or in the struct's docstring.
    """
    name = struct.__name__
    if not struct.__struct_config__.frozen:
        yield Finding(
            code="MB501",
            where=where,
            problem=f"{name} can be changed while the site runs.",
            hint=f"class {name}(msgspec.Struct, frozen=True).",
        )
    kinds = kinds_of(struct)
    described = f"{texts}\n{struct.__doc__ or ''}"
    for field in msgspec.structs.fields(struct):
        key, kind = f"{prefix}{field.encode_name}", kinds[field.encode_name]
        if str in members_of(kind) and _sounds_secret(field.encode_name):
            yield Finding(
                code="MB502",
                where=where,
                problem=f"{name}.{key} sounds like a secret and is a plain text, which logs may show.",
                hint="Type it `Secret` (from microblog_core.plugins); `.reveal()` gives its text.",
            )
        strange = _unreadable(kind)
        if strange:
            yield Finding(
                code="MB503",
                where=where,
                problem=f"{name}.{key} is {strange}, which no configuration can give.",
                hint="Use texts, numbers, booleans, lists, tables, msgspec structs, Path or Secret.",
            )
        if field.required and not re.search(rf"\b{re.escape(field.encode_name)}\b", described):
            yield Finding(
                code="MB504",
                where=where,
                problem=f"{name}.{key} has no default, and nothing says that it is needed.",
                hint=f"Give it a default, or name {field.encode_name!r} in the docstring or the README.",
            )
        inner = struct_in(kind)
        if inner is not None:
            yield from look_at_settings(inner, where, texts, f"{key}.")


def sample_of(struct: type[msgspec.Struct], given: Mapping[str, Any]) -> dict[str, Any]:
    """What a check configures a plugin with: what is given, and something for every other key that has no
    default.
    """
    sample = dict(given)
    kinds = kinds_of(struct)
    for field in msgspec.structs.fields(struct):
        if field.required and field.encode_name not in sample:
            sample[field.encode_name] = _something(kinds[field.encode_name])
    return sample


def _something(kind: Any) -> Any:
    member = next((each for each in members_of(kind) if each is not type(None)), str)
    origin = typing.get_origin(member) or member
    if origin is typing.Literal:
        return typing.get_args(member)[0]
    if not isinstance(origin, type):
        return "sample"
    if issubclass(origin, msgspec.Struct):
        return sample_of(origin, {})
    if issubclass(origin, enum.Enum):
        return next(iter(origin)).value
    if origin in (bool, int, float):
        return origin(1)
    if issubclass(origin, Mapping):
        return {}
    return [] if origin in (list, tuple, set, frozenset) else "sample"


def _sounds_secret(key: str) -> bool:
    return bool(_SECRET.search(key.lower().replace("-", "_"))) and not _NOT_SECRET.search(key.lower())


def _unreadable(kind: Any) -> str:
    """The first type in a kind that msgspec and core know nothing of; empty if there is none."""
    try:
        found = list(_customs(msgspec.inspect.type_info(kind)))
    except TypeError as error:
        return str(error)
    strange = [each for each in found if each not in (Secret, Path)]
    return f"a {getattr(strange[0], '__name__', strange[0])}" if strange else ""


def _customs(info: msgspec.inspect.Type) -> Iterator[Any]:
    if isinstance(info, msgspec.inspect.CustomType):
        yield info.cls
    if isinstance(info, msgspec.inspect.StructType):
        return
    for name in info.__struct_fields__:
        value = getattr(info, name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, msgspec.inspect.Type):
                yield from _customs(each)
