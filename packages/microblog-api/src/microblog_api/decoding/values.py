"""From a tree of values to a typed struct: one converter for each struct type, made on first use.

A struct declares the parameters of an endpoint; what it doesn't declare is ignored. Types: `str`, `int`,
`float`, `bool`, `Id`, `Moment`, `Upload`, enums and literals, lists, tuples and dicts of them, other structs,
and unions of one of them with None and `UnsetType`. A parameter that was not given leaves the field's
default. Given empty (or null in JSON) is: the empty string for `str`, an empty list, and for everything else
None where the type has it, else not given. Mastodon documents booleans: `0 f F false FALSE off OFF` are
false, everything else is true.
"""

from __future__ import annotations

import datetime
import enum
import functools
import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from microblog_api.decoding.bodies import Upload
from microblog_api.decoding.brackets import Repeated
from microblog_core.domain.errors import Invalid
from microblog_core.domain.ids import MAX_ID, parse_id

S = TypeVar("S", bound=msgspec.Struct)
Convert = Callable[[Any], Any]


class _Marker(enum.Enum):
    ID = "id"
    MOMENT = "moment"


Id = Annotated[int, _Marker.ID]
"""An id: a decimal string (or a number in JSON) up to 2^63 - 1."""

Moment = Annotated[int, _Marker.MOMENT]
"""A moment in ISO 8601 (UTC where it names no zone), as Unix milliseconds."""

_ABSENT: Any = object()
_FALSE = frozenset({"0", "f", "F", "false", "False", "FALSE", "off", "OFF"})
_DIGITS_MAX = 19
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MILLISECOND = datetime.timedelta(milliseconds=1)
_NULL: tuple[object, ...] = (None,)
_EMPTY: tuple[object, ...] = (None, "")

_MISSING = "This is missing. Give a value."
_NO_GROUP = "Give one value, not a list or a group."
_NO_NUMBER = "Give a whole number."
_NO_ID = "Give an id as the API gave it: digits only."
_NO_MOMENT = "Give a moment in ISO 8601, for example 2026-01-31T12:00:00.000Z."


class _Wrong(Exception):
    """What is wrong with a value, by the path that leads to it."""

    def __init__(self, text: str = "", faults: Mapping[tuple[str, ...], str] | None = None) -> None:
        self.faults = faults or {(): text}


def into(tree: Mapping[str, Any], kind: type[S]) -> S:
    """Decode a tree into a struct. Raises `Invalid` with everything that is wrong, by name."""
    try:
        return _struct(kind)(tree)  # type: ignore[no-any-return]
    except _Wrong as wrong:
        fields = {
            path[0] + "".join(f"[{part}]" for part in path[1:]): text for path, text in wrong.faults.items()
        }
    raise Invalid(fields=fields)


def text_of(node: object) -> str | None:
    """A single value as text, the last one of a repeated name; None for lists, groups, files and null."""
    if type(node) is str:
        return node
    if type(node) is Repeated:
        return text_of(node[-1])
    if isinstance(node, bool):
        return "true" if node else "false"
    return str(node) if isinstance(node, int | float) else None


@functools.cache
def _struct(kind: type[msgspec.Struct]) -> Convert:
    fields = msgspec.structs.fields(kind)
    converters = {field.encode_name: (field.name, _converter(field.type)) for field in fields}
    required = tuple((field.encode_name, field.name) for field in fields if field.required)

    def convert(node: Any) -> Any:
        if not isinstance(node, dict):
            raise _Wrong("Give a group of values, not one value or a list.")
        given: dict[str, Any] = {}
        faults: dict[tuple[str, ...], str] = {}
        for key in converters.keys() & node.keys() if len(node) > 8 else node:
            if (known := converters.get(key)) is None:
                continue
            try:
                value = known[1](node[key])
            except _Wrong as wrong:
                faults.update({(key, *path): text for path, text in wrong.faults.items()})
            else:
                if value is not _ABSENT:
                    given[known[0]] = value
        for key, name in required:
            if name not in given and not any(path[0] == key for path in faults):
                faults[(key,)] = _MISSING
        if faults:
            raise _Wrong(faults=faults)
        return kind(**given)

    return convert


def _converter(kind: Any) -> Convert:
    """The converter of a field's type. Raises `TypeError` for one that can't be declared."""
    nullable = False
    if get_origin(kind) in (Union, types.UnionType):
        members = [member for member in get_args(kind) if member is not msgspec.UnsetType]
        nullable = type(None) in members
        members = [member for member in members if member is not type(None)]
        if len(members) != 1:
            raise TypeError(f"{kind} has several types; declare one")
        kind = members[0]
    origin = get_origin(kind)
    if kind is str:
        return _text_or_none if nullable else _text
    if origin in (list, tuple):
        convert, empty = _list(kind), _NULL
    else:
        convert, empty = _plain(kind), _EMPTY
    blank = None if nullable else _ABSENT

    def optional(node: Any) -> Any:
        if type(node) is Repeated and origin not in (list, tuple):
            node = node[-1]
        return blank if node in empty else convert(node)

    return optional


def _plain(kind: Any) -> Convert:
    """The converter of a type other than text and lists; it is never given an empty value."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _annotated(kind)
    if origin is dict:
        return _dict(get_args(kind)[1])
    if kind in _SCALARS:
        return _SCALARS[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(kind)
    return _generic(kind)


def _annotated(kind: Any) -> Convert:
    base, *marks = get_args(kind)
    for mark in marks:
        if mark is _Marker.ID:
            return _id
        if mark is _Marker.MOMENT:
            return _moment
    convert = _converter(base)
    check = _generic(kind)
    return lambda node: value if (value := convert(node)) is _ABSENT else check(value)


def _text(node: Any) -> Any:
    if type(node) is str:
        return node
    if node is None:
        return _ABSENT
    text = text_of(node)
    if text is None:
        raise _Wrong("Send this as text, not as a file." if isinstance(node, Upload) else _NO_GROUP)
    return text


def _text_or_none(node: Any) -> Any:
    return None if node is None else _text(node)


def _bool(node: Any) -> bool:
    if isinstance(node, str):
        return node not in _FALSE
    if isinstance(node, int | float):
        return bool(node)
    raise _Wrong("Give true or false.")


def _int(node: Any) -> int:
    if isinstance(node, str):
        digits = node[1:] if node[0] in "+-" else node
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS_MAX):
            raise _Wrong(_NO_NUMBER)
        node = int(node)
    elif isinstance(node, float) and node.is_integer():
        node = int(node)
    if type(node) is not int or abs(node) > MAX_ID:
        raise _Wrong(_NO_NUMBER)
    return node


def _float(node: Any) -> float:
    try:
        value = msgspec.convert(node, float, strict=False)
    except msgspec.ValidationError:
        raise _Wrong("Give a number.") from None
    if not -1e308 <= value <= 1e308:
        raise _Wrong("Give a number.")
    return value


def _id(node: Any) -> int:
    if type(node) is int and 0 < node <= MAX_ID:
        return node
    value = parse_id(node) if isinstance(node, str) else None
    if value is None:
        raise _Wrong(_NO_ID)
    return value


def _moment(node: Any) -> int:
    try:
        moment = datetime.datetime.fromisoformat(node)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.UTC)
        return (moment - _EPOCH) // _MILLISECOND
    except (TypeError, ValueError, OverflowError):
        raise _Wrong(_NO_MOMENT) from None


def _upload(node: Any) -> Upload:
    if not isinstance(node, Upload):
        raise _Wrong("Send this as a file, in a multipart body.")
    return node


def _any(node: Any) -> Any:
    return node


_SCALARS: Mapping[Any, Convert] = {
    bool: _bool,
    int: _int,
    float: _float,
    Upload: _upload,
    Any: _any,
}


def _generic(kind: Any) -> Convert:
    """Enums, literals and whatever else msgspec knows."""
    choices: tuple[Any, ...] = ()
    if get_origin(kind) is Literal:
        choices = get_args(kind)
    elif isinstance(kind, type) and issubclass(kind, enum.Enum):
        choices = tuple(member.value for member in kind)
    text = f"Use one of: {', '.join(map(str, choices))}." if choices else ""

    def convert(node: Any) -> Any:
        try:
            return msgspec.convert(node, kind, strict=False)
        except msgspec.ValidationError as error:
            raise _Wrong(text or f"{error}.") from None

    return convert


def _list(kind: Any) -> Convert:
    make = get_origin(kind)
    convert = _converter(get_args(kind)[0])

    def convert_all(node: Any) -> Any:
        values, faults = [], {}
        for number, item in enumerate(_items(node)):
            try:
                value = convert(item)
            except _Wrong as wrong:
                faults.update({(str(number), *path): text for path, text in wrong.faults.items()})
            else:
                if value is not _ABSENT:
                    values.append(value)
        if faults:
            raise _Wrong(faults=faults)
        return make(values)

    return convert_all


def _items(node: Any) -> list[Any]:
    """A list in any spelling. An empty string alone is how a form gives an empty one."""
    if isinstance(node, dict):
        if not all(key.isascii() and key.isdigit() for key in node):
            raise _Wrong("Give a list.")
        return [node[key] for key in sorted(node, key=int)]
    items = node if isinstance(node, list) else [node]
    return [] if len(items) == 1 and items[0] == "" else items


def _dict(kind: Any) -> Convert:
    convert = _converter(kind)

    def convert_all(node: Any) -> Any:
        if not isinstance(node, dict):
            raise _Wrong("Give a group of values.")
        values, faults = {}, {}
        for key, item in node.items():
            try:
                value = convert(item)
            except _Wrong as wrong:
                faults.update({(key, *path): text for path, text in wrong.faults.items()})
            else:
                if value is not _ABSENT:
                    values[key] = value
        if faults:
            raise _Wrong(faults=faults)
        return values

    return convert_all
