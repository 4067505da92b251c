"""Typed settings from raw tables, and the values among them that nobody may see.

Reading files and the environment is `config`'s work; here a table becomes a struct, with errors that name the
key.
"""

from __future__ import annotations

import difflib
import hmac
import json
import re
import types
import typing
from collections.abc import Iterator, Mapping
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


def decode_settings(raw: Mapping[str, Any], into: type[S], where: str) -> S:
    """Make a settings struct of a raw table; `where` names the table in messages (`plugins.mail`).

    Texts become numbers and booleans where those are wanted, and `a, b` or `["a", "b"]` a list, since the
    environment knows only texts. Raises `ConfigurationError` that names the key, for unknown ones too; no
    value is quoted.
    """
    _refuse_unknown(raw, into, where)
    try:
        return msgspec.convert(_fitted(raw, into), type=into, strict=False, dec_hook=_decode_other)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            f"{_path(error, where)}: {_what(error)}.",
            hint=f"Correct it in the configuration: [{where}] or {_variable(_path(error, where))}.",
        ) from None


def secrets_in(raw: Mapping[str, Any], into: type[msgspec.Struct] | None) -> Iterator[str]:
    """The raw texts of a table that are secret by their declared type, or sound so by their name."""
    kinds = kinds_of(into) if into is not None else {}
    for key, value in raw.items():
        kind = kinds.get(key)
        if isinstance(value, str) and (mentions_secret(kind) or _sounds_secret(key)):
            yield value
        elif isinstance(value, Mapping):
            yield from secrets_in(value, struct_in(kind))


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


def kinds_of(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The declared type of each key, under its name in the file."""
    hints = typing.get_type_hints(struct)
    return {field.encode_name: hints[field.name] for field in msgspec.structs.fields(struct)}


def _refuse_unknown(raw: Mapping[str, Any], into: type[msgspec.Struct], where: str) -> None:
    kinds = kinds_of(into)
    for key, value in raw.items():
        if key not in kinds:
            near = difflib.get_close_matches(str(key), kinds, n=1)
            known = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(kinds) or 'nothing'}."
            raise ConfigurationError(f"{where}.{key}: there is no such setting.", hint=known)
        inner = struct_in(kinds[key])
        if isinstance(value, Mapping) and inner is not None:
            _refuse_unknown(value, inner, f"{where}.{key}")


def _fitted(raw: Mapping[str, Any], into: type[msgspec.Struct]) -> dict[str, Any]:
    kinds = kinds_of(into)
    return {key: _fit(value, kinds.get(key)) for key, value in raw.items()}


def _fit(value: Any, kind: Any) -> Any:
    if isinstance(value, Mapping):
        inner = struct_in(kind)
        if inner is not None:
            return _fitted(value, inner)
        each = typing.get_args(kind)[-1] if typing.get_args(kind) else Any
        return {key: _fit(item, each) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    members = members_of(kind)
    if str in members or any(member is Secret for member in members):
        return value
    origins = {typing.get_origin(member) or member for member in members}
    if origins & {list, tuple, set, frozenset}:
        text = value.strip()
        return (
            json.loads(text) if _is_json(text) else [part.strip() for part in text.split(",") if part.strip()]
        )
    return value


def _is_json(text: str) -> bool:
    if not text.startswith("["):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def members_of(kind: Any) -> tuple[Any, ...]:
    """The members of a union; any other type alone."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return typing.get_args(kind)
    if typing.get_origin(kind) is typing.Annotated:
        return members_of(typing.get_args(kind)[0])
    return (kind,)


def struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """The struct among a type's members, for tables within tables."""
    return next(
        (each for each in members_of(kind) if isinstance(each, type) and issubclass(each, msgspec.Struct)),
        None,
    )


def mentions_secret(kind: Any) -> bool:
    """Whether a type has a `Secret` anywhere in it."""
    return kind is Secret or any(mentions_secret(argument) for argument in typing.get_args(kind))


def _sounds_secret(key: str) -> bool:
    return bool(re.search(r"secret|passw|token|credential|(^|_)key$|^dsn$|url$", key.lower()))


def _path(error: msgspec.ValidationError, where: str) -> str:
    _, _, at = str(error).partition(" - at `$")
    inner = at.rstrip("`").lstrip(".")
    return f"{where}.{inner}" if inner else where


def _what(error: msgspec.ValidationError) -> str:
    text = str(error).partition(" - at `")[0].replace("`", "")
    # msgspec quotes the value in this one case, and it might be a secret put at the wrong key.
    text = re.sub(r"^Invalid enum value .*", "this is none of the possible values", text)
    missing = re.fullmatch(r"Object missing required field (\w+)", text)
    return f"the setting {missing[1]} is missing" if missing else text[:1].lower() + text[1:]


def _variable(path: str) -> str:
    return "MICROBLOG_" + path.upper().replace("-", "_").replace(".", "__")
