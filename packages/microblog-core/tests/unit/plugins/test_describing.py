"""What is told of settings: every key with its type, default, meaning and unit, and no secret."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from microblog_core.plugins.describing import about, describe, type_in_words
from microblog_core.plugins.settings import Secret


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Inner(msgspec.Struct, frozen=True):
    word: str
    """A word."""
    wait: float = 1.5
    """How long it waits (seconds; at most 9)."""


class Base(msgspec.Struct, frozen=True, kw_only=True):
    first: int = 1
    """What comes
    first.
    """


class Outer(Base, frozen=True, kw_only=True, rename="kebab"):
    """`[plugins.outer]`. Does a thing.

    And more.
    """

    api_token: Secret = Secret("planted")
    """What to call with."""
    colour: Colour = Colour.RED
    level: Literal["low", "high"] = "low"
    inner: Inner | None = None
    many: dict[str, Inner] = {}
    listed: tuple[Inner, ...] = ()
    noted: Annotated[int, msgspec.Meta(description="Told by a note.")] = 3
    folder: Path = Path("a")
    perhaps: str | None = None


def test_every_key_is_told_at_any_depth():
    found = {".".join(each.path): each for each in describe(Outer)}
    assert list(found) == [
        "first",
        "api-token",
        "colour",
        "level",
        "inner.word",
        "inner.wait",
        "many",
        "many.NAME.word",
        "many.NAME.wait",
        "listed",
        "listed.[].word",
        "listed.[].wait",
        "noted",
        "folder",
        "perhaps",
    ]
    assert (found["first"].meaning, found["first"].default) == ("What comes first.", 1)
    assert (found["inner.wait"].unit, found["inner.wait"].default) == ("seconds", 1.5)
    assert (found["inner.word"].required, found["inner.word"].default) == (True, None)
    assert found["noted"].meaning == "Told by a note."
    assert (found["folder"].type, found["folder"].default) == ("path", "a")
    assert (found["perhaps"].required, found["perhaps"].default) == (False, None)
    assert found["colour"].values == ('"red"', '"blue"')
    assert found["level"].type == 'one of "low", "high"'


def test_a_secret_s_default_is_never_told():
    token = next(each for each in describe(Outer) if each.path == ("api-token",))
    assert token.secret
    assert "planted" not in repr(list(describe(Outer)))


def test_types_are_told_in_words():
    assert type_in_words(dict[str, list[int]]) == "table of list of whole number"
    assert type_in_words(tuple[int, float]) == "[whole number, number]"
    assert type_in_words(str | None) == "text"
    assert type_in_words(tuple[str | Inner, ...]) == "list of text or table"


def test_a_struct_says_what_it_is_about_without_its_table():
    assert about(Outer) == "Does a thing."


def test_a_struct_without_source_has_keys_all_the_same():
    made = msgspec.defstruct("Made", [("port", int, 5)])
    (port,) = describe(made)
    assert (port.path, port.default, port.meaning) == (("port",), 5, "")
