"""Schemas (JSON Schema 2020-12) of what endpoints answer and of what they take.

Answers are what msgspec writes, so msgspec says how they look. Parameters are read by `decoding`, which is
more generous than JSON; their schemas are what clients should send, and every such value is understood.
"""

from __future__ import annotations

import enum
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import UnsetType

from microblog_api.decoding import Id, Moment, Upload

Schema = dict[str, Any]

REF = "#/components/schemas/"
ID: Mapping[str, Any] = {"type": "string", "pattern": "^[0-9]{1,19}$", "description": "An id: digits only."}

_SCALARS: Mapping[Any, Mapping[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer", "format": "int64"},
    float: {"type": "number"},
    Upload: {"type": "string", "format": "binary"},
    Any: {},
    Id: ID,
    Moment: {"type": "string", "format": "date-time"},
}


def answered(kinds: Iterable[Any], prefix: str = "") -> tuple[list[Schema], dict[str, Schema]]:
    """The schema of each type of answer, and the named ones that they refer to, with `prefix` before their
    names.

    Every field of a struct is there, but for those that may be `UNSET`. Raises what msgspec raises for types
    that it can't write.
    """
    wanted = [_alternatives(kind) for kind in kinds]
    flat = [kind for several in wanted for kind in several]
    schemas, components = msgspec.json.schema_components(flat, ref_template=f"{REF}{prefix}{{name}}")
    structs = {each.__name__: each for each in structs_in(*flat)}
    for name, schema in components.items():
        if name in structs:
            _complete(schema, structs[name])
    remaining = iter(schemas)
    found = []
    for several in wanted:
        each = [dict(next(remaining)) for _ in several]
        found.append(each[0] if len(each) == 1 else {"anyOf": each})
    return found, {prefix + name: schema for name, schema in components.items()}


def structs_in(*kinds: Any) -> dict[type[msgspec.Struct], None]:
    """Every struct type within some types, however deep, in the order in which they are found."""
    found: dict[type[msgspec.Struct], None] = {}
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop(0)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if kind not in found:
                found[kind] = None
                waiting += [field.type for field in msgspec.structs.fields(kind)]
        else:
            waiting += get_args(kind)
    return found


def given(kind: type[msgspec.Struct], *, files: bool = True) -> Schema:
    """The schema of a body; without `files` for the forms of it that can't carry any."""
    schema: Schema = {"type": "object", "properties": {}}
    if kind.__doc__:
        schema["description"] = " ".join(kind.__doc__.split())
    for field in msgspec.structs.fields(kind):
        if files or not takes_files(field.type):
            schema["properties"][field.encode_name] = _with_default(_given(field.type, files), field)
    required = [field.encode_name for field in msgspec.structs.fields(kind) if field.required]
    if required:
        schema["required"] = required
    return schema


def given_in_query(kind: type[msgspec.Struct]) -> Iterator[Schema]:
    """The parameters of a query, as OpenAPI writes them; lists have names that end in `[]`."""
    for field in msgspec.structs.fields(kind):
        schema = _with_default(_given(field.type, files=False), field)
        several = schema.get("type") == "array"
        parameter: Schema = {"name": field.encode_name + "[]" * several, "in": "query", "schema": schema}
        if field.required:
            parameter["required"] = True
        yield parameter


def takes_files(kind: Any) -> bool:
    """Whether a type holds an upload."""
    return Upload in structs_in(kind)


def nested_names(kind: type[msgspec.Struct]) -> list[str]:
    """The fields that forms write with brackets."""
    return [
        field.encode_name
        for field in msgspec.structs.fields(kind)
        if _given(field.type, files=False).get("type") == "object"
    ]


def _alternatives(kind: Any) -> list[Any]:
    """The members of a union of structs, which msgspec describes only where they are tagged."""
    members = list(get_args(kind)) if get_origin(kind) in (Union, types.UnionType) else []
    return members if sum(isinstance(member, type) for member in members) > 1 else [kind]


def _complete(schema: Schema, kind: type[msgspec.Struct]) -> None:
    """msgspec leaves what has a default out of `required`, but writes it all the same."""
    names = [field.encode_name for field in msgspec.structs.fields(kind) if not _may_be_absent(field.type)]
    schema.pop("required", None)
    if names:
        schema["required"] = names
    for each in schema.get("properties", {}).values():
        each.pop("default", None)


def _may_be_absent(kind: Any) -> bool:
    return UnsetType in get_args(kind)


def _with_default(schema: Schema, field: msgspec.structs.FieldInfo) -> Schema:
    default = field.default.value if isinstance(field.default, enum.Enum) else field.default
    if isinstance(default, bool | int | float) or (isinstance(default, str) and default):
        return {**schema, "default": default}
    return schema


def _given(kind: Any, files: bool) -> Schema:
    origin, members = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (only,) = [member for member in members if member not in (type(None), UnsetType)]
        schema = _given(only, files)
        # Null is said apart from "not given" only where a struct tells the two apart.
        if type(None) in members and UnsetType in members and "type" in schema:
            schema = {**schema, "type": [schema["type"], "null"]}
        return schema
    if kind in _SCALARS:
        return dict(_SCALARS[kind])
    if origin in (list, tuple):
        return {"type": "array", "items": _given(members[0], files)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _given(members[1], files)}
    if origin is Literal:
        return {"enum": list(members)}
    if origin is Annotated:
        return _given(members[0], files)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"type": "string", "enum": [str(member.value) for member in kind]}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return given(kind, files=files)
    raise TypeError(f"{kind} has no schema")
