"""Typed settings from raw tables, and the values among them that nobody may see.

Reading files and the environment is `config`'s work; here a table becomes a struct, with errors that name the
key.
"""

from __future__ import annotations

import difflib
import functools
import hmac
import json
import re
import types
import typing
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec

from microblog_core.domain.errors import ConfigurationError

S = TypeVar("S", bound=msgspec.Struct)

HIDDEN = "***"


class Secret:
    """A text that is shown nowhere: not by `repr`, `str`, `format`, a log line or an encoder. `reveal` gives
    it.

    Use it as the type of a setting. It can't be pickled, and comparing two takes the same time wherever they
    differ.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself; call it where it is used, and keep the result nowhere."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return f"Secret({HIDDEN!r})"

    def __str__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret can't be pickled or copied out of the process")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self


class FromVariable(str):
    """A text from the environment, that knows the variable; `path` is the file that the variable named, if
    it did.
    """

    __slots__ = ("path", "variable")

    variable: str
    path: str

    @classmethod
    def of(cls, text: str, variable: str, path: str = "") -> FromVariable:
        """The text, and where it comes from."""
        made = cls(text)
        made.variable, made.path = variable, path
        return made


def decode_settings(raw: Mapping[str, Any], into: type[S], where: str) -> S:
    """Make a settings struct of a raw table; `where` names the table in messages (`plugins.mail`).

    Texts become numbers and booleans where those are wanted, `a, b` or `["a", "b"]` a list, and `{"a": 1}` a
    table, since the environment knows only texts. Raises `ConfigurationError` that names the key, for
    unknown ones too; no value is quoted.
    """
    fitted = _fitted(raw, into)
    _refuse_unknown(fitted, raw, into, where)
    try:
        return msgspec.convert(fitted, type=into, strict=False, dec_hook=_decode_other)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            f"{_path(error, where)}: {_what(error)}.",
            hint=f"Correct it in the configuration: [{where}] or {variable_of(_path(error, where))}.",
        ) from None


def check_ranges(plugin: str, good: Mapping[str, bool]) -> None:
    """Raises `ConfigurationError` that names the first setting of a plugin which is not `good`."""
    for name, is_good in good.items():
        if not is_good:
            raise ConfigurationError(
                f"plugins.{plugin}.{name} is out of range.",
                hint="The README of the plugin says what it may be.",
            )


def secrets_in(
    raw: Mapping[str, Any], into: type[msgspec.Struct] | None, *, by_name: bool = True
) -> Iterator[str]:
    """The raw texts of a table that are secret by their declared type, or (`by_name`) sound so by their name,
    at any depth.
    """
    return _secret_texts(raw, into or Any, secret=False, by_name=by_name)


def _secret_texts(value: Any, kind: Any, *, secret: bool, by_name: bool) -> Iterator[str]:
    if isinstance(value, str):
        if secret:
            yield str(value)
    elif isinstance(value, Mapping):
        for key, item, each in _entries(value, kind):
            inner = secret or mentions_secret(each) or (by_name and _sounds_secret(key))
            yield from _secret_texts(item, each, secret=inner, by_name=by_name)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _secret_texts(item, each_in(kind), secret=secret, by_name=by_name)


def _entries(raw: Mapping[str, Any], kind: Any) -> Iterator[tuple[str, Any, Any]]:
    """(key, value as it is decoded, declared type) of a table whose declared type is `kind`."""
    struct = struct_in(kind)
    kinds, each = (kinds_of(struct), None) if struct is not None else ({}, each_in(kind))
    for key, value in raw.items():
        name, text = _own_name(key, value, kinds) if struct is not None else (key, value)
        yield name, _fit(text, kinds.get(name, each)), kinds.get(name, each)


def shown_settings(settings: msgspec.Struct | None, where: str = "") -> Iterator[tuple[str, str]]:
    """What may be shown of a plugin's settings: dotted keys with their values; what is secret by its type, or
    sounds so by its name, is hidden.
    """
    if settings is None:
        return
    kinds = kinds_of(type(settings))
    for field in msgspec.structs.fields(settings):
        key, value = f"{where}{field.encode_name}", getattr(settings, field.name)
        if isinstance(value, msgspec.Struct):
            yield from shown_settings(value, f"{key}.")
        elif value and (mentions_secret(kinds[field.encode_name]) or _sounds_secret(field.encode_name)):
            yield key, HIDDEN
        else:
            yield key, _in_words(value)


def _in_words(value: object) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        if any(isinstance(each, msgspec.Struct) for each in value):
            return HIDDEN
        return ", ".join(str(each) for each in value)
    if isinstance(value, Mapping):
        # Keys of free tables are not known, and so neither is what is secret among them.
        return ", ".join(f"{key} = {HIDDEN}" for key in value)
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def scrub(text: str, secrets: typing.Iterable[str]) -> str:
    """The text with every secret of four characters or more replaced."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= 4:
            text = text.replace(secret, HIDDEN)
    return text


def _decode_other(kind: type, value: Any) -> Any:
    """The types of settings that msgspec doesn't know: secrets and paths."""
    if kind not in (Secret, Path):
        raise TypeError(f"settings can't hold {kind!r}")
    if not isinstance(value, str):
        raise ValueError("Expected a text")
    return kind(value)


@functools.cache
def kinds_of(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The declared type of each key, under its name in the file."""
    hints = typing.get_type_hints(struct)
    return {field.encode_name: hints[field.name] for field in msgspec.structs.fields(struct)}


def _refuse_unknown(
    fitted: Mapping[str, Any], raw: Mapping[str, Any], into: type[msgspec.Struct], where: str
) -> None:
    kinds = kinds_of(into)
    for key, value in fitted.items():
        path = f"{where}.{key}"
        if key not in kinds:
            near = difflib.get_close_matches(str(key), kinds, n=1)
            known = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(kinds) or 'nothing'}."
            variable = next(variables_in(raw.get(key)), "")
            if variable and near:
                known = f"{variable} sets it. Did you mean {variable_of(f'{where}.{near[0]}')}?"
            elif variable:
                known = f"{variable} sets it. {known}"
            raise ConfigurationError(f"{path}: there is no such setting.", hint=known)
        for inner_path, inner, table in _tables(value, kinds[key], path):
            said = raw.get(key)
            # One variable may have set the whole table, as JSON.
            by_key = said if isinstance(said, Mapping) and inner_path == path else dict.fromkeys(table, said)
            _refuse_unknown(table, by_key, inner, inner_path)


def _tables(
    value: Any, kind: Any, path: str
) -> Iterator[tuple[str, type[msgspec.Struct], Mapping[str, Any]]]:
    """The tables in a value whose keys are declared, in lists and free tables too, with their paths."""
    struct = struct_in(kind)
    if isinstance(value, Mapping) and struct is not None:
        yield path, struct, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _tables(item, each_in(kind), f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _tables(item, each_in(kind), f"{path}[{number}]")


def variables_in(value: Any) -> Iterator[str]:
    """The variables that a raw value comes from."""
    if isinstance(value, FromVariable):
        yield value.variable
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from variables_in(item)


def _fitted(raw: Mapping[str, Any], into: type[msgspec.Struct]) -> dict[str, Any]:
    return {key: value for key, value, _ in _entries(raw, into)}


def _own_name(key: str, value: Any, kinds: Mapping[str, Any]) -> tuple[str, Any]:
    """The key that a variable means, as it is declared: a variable knows neither dashes nor small letters.
    `..._CA_FILE` sets `ca_file`, where there is such a key and none called `ca`.
    """
    if key in kinds or not any(variables_in(value)):
        return key, value
    declared = {name.upper().replace("-", "_"): name for name in kinds}
    if key.upper() in declared:
        return declared[key.upper()], value
    if isinstance(value, FromVariable) and value.path and f"{key}_file".upper() in declared:
        return declared[f"{key}_file".upper()], value.path
    return key, value


def _fit(value: Any, kind: Any) -> Any:
    """A raw value as near to its declared type as can be told: a text from the environment may be a list or
    a table.
    """
    members = members_of(kind)
    if isinstance(value, str):
        value = str(value)
        if str in members or Secret in members:
            return value
        origins = {typing.get_origin(member) or member for member in members}
        if _is_json(value, "{") and (struct_in(kind) is not None or origins & {dict, Mapping}):
            return _fit(json.loads(value), kind)
        if not origins & {list, tuple, set, frozenset}:
            return value
        if not _is_json(value, "["):
            return [part.strip() for part in value.split(",") if part.strip()]
        value = json.loads(value)
    if isinstance(value, Mapping):
        return {key: item for key, item, _ in _entries(value, kind)}
    if isinstance(value, list):
        each = each_in(kind)
        return [_fit(item, each) if isinstance(item, Mapping | list) else item for item in value]
    return value


def each_in(kind: Any) -> Any:
    """The declared type of what a list or a free table holds; Any where it is not known."""
    for member in members_of(kind):
        origin, arguments = typing.get_origin(member), typing.get_args(member)
        if arguments and isinstance(origin, type) and issubclass(origin, Collection):
            if origin is tuple and arguments[-1] is not Ellipsis:
                return arguments[0] if len(set(arguments)) == 1 else Any
            return arguments[-1] if issubclass(origin, Mapping) else arguments[0]
    return Any


def _is_json(text: str, begin: str) -> bool:
    if not text.strip().startswith(begin):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def members_of(kind: Any) -> tuple[Any, ...]:
    """The types that a declared one allows: those of a union, else itself."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return typing.get_args(kind)
    if typing.get_origin(kind) is typing.Annotated:
        return members_of(typing.get_args(kind)[0])
    return (kind,)


def struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """The struct that a declared type is, or allows."""
    return next(
        (each for each in members_of(kind) if isinstance(each, type) and issubclass(each, msgspec.Struct)),
        None,
    )


def is_secret(key: str, kind: Any) -> bool:
    """Whether what has this name and declared type is shown nowhere."""
    return mentions_secret(kind) or _sounds_secret(key)


def mentions_secret(kind: Any) -> bool:
    return kind is Secret or any(mentions_secret(argument) for argument in typing.get_args(kind))


def _sounds_secret(key: str) -> bool:
    return bool(re.search(r"secret|passw|token|credential|(^|_)key$|^dsn$|(?<!base_)url$", key.lower()))


def _path(error: msgspec.ValidationError, where: str) -> str:
    _, _, at = str(error).partition(" - at `$")
    inner = at.rstrip("`").lstrip(".")
    return f"{where}.{inner}" if inner else where


def _what(error: msgspec.ValidationError) -> str:
    text = str(error).partition(" - at `")[0].replace("`", "")
    # msgspec quotes the value in this one case, and it might be a secret put at the wrong key.
    text = re.sub(r"^Invalid enum value .*", "this is none of the possible values", text)
    missing = re.fullmatch(r"Object missing required field (\S+)", text)
    text = re.sub(r"\bobject\b", "table", text)
    return f"the setting {missing[1]} is missing" if missing else text[:1].lower() + text[1:]


def variable_of(path: str) -> str:
    """The environment variable that sets the key at this dotted path."""
    return "MICROBLOG_" + path.upper().replace("-", "_").replace(".", "__")
