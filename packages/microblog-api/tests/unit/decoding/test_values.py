"""From text to types, and what is said of values that don't fit."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from decoding_requests import JSON, Colour, Everything, read

from microblog_api.decoding import Parameters, Upload
from microblog_core.domain.errors import Invalid
from microblog_core.domain.ids import MAX_ID


@pytest.mark.parametrize("word", ["0", "f", "F", "false", "False", "FALSE", "off", "OFF"])
def test_false_is_spelt_as_mastodon_documents(word: str) -> None:
    assert Parameters({"flag": word}).into(Everything).flag is False


@pytest.mark.parametrize("word", ["1", "t", "true", "TRUE", "on", "yes", "no", True, 1])
def test_everything_else_is_true(word: Any) -> None:
    assert Parameters({"flag": word}).into(Everything).flag is True


async def test_given_empty_is_not_the_same_as_not_given() -> None:
    assert (await read(b"unknown=1")).into(Everything) == Everything()
    found = await read(b"text=&note=&number=&ratio=&flag=&id=&at=&words[]=&ids=&source=&colour=&size=")
    assert found.into(Everything) == Everything(text="", note="", number=None, at=None, words=[])
    null = json.dumps({field.encode_name: None for field in msgspec.structs.fields(Everything)}).encode()
    assert (await read(body=null, kind=JSON)).into(Everything) == Everything(note=None, number=None, at=None)


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        ({"number": "-12"}, Everything(number=-12)),
        ({"number": 12.0}, Everything(number=12)),
        ({"ratio": "0.5"}, Everything(ratio=0.5)),
        ({"text": 5}, Everything(text="5")),
        ({"text": True}, Everything(text="true")),
        ({"id": str(MAX_ID)}, Everything(id=MAX_ID)),
        ({"id": 7}, Everything(id=7)),
        ({"ids": ["1", "", 2]}, Everything(ids=(1, 2))),
        ({"ids": "1"}, Everything(ids=(1,))),
        ({"words": {"10": "c", "9": "b", "0": "a"}}, Everything(words=["a", "b", "c"])),
        ({"words": ["", ""]}, Everything(words=["", ""])),
        ({"colour": "blue", "size": "large"}, Everything(colour=Colour.BLUE, size="large")),
        ({"at": "1970-01-01T00:00:01.5Z"}, Everything(at=1500)),
        ({"at": "1970-01-01T02:00:00+02:00"}, Everything(at=0)),
        ({"at": "1970-01-01T00:00:02"}, Everything(at=2000)),
    ],
)
def test_values_of_every_type(given_value: dict[str, Any], expected: Everything) -> None:
    assert Parameters(given_value).into(Everything) == expected


@pytest.mark.parametrize(
    ("given_value", "name"),
    [
        ({"number": "12x"}, "number"),
        ({"number": "+"}, "number"),
        ({"number": "²"}, "number"),
        ({"number": 10**19}, "number"),
        ({"number": True}, "number"),
        ({"ratio": "nan"}, "ratio"),
        ({"flag": ["1"]}, "flag"),
        ({"text": ["a"]}, "text"),
        ({"text": Upload("a", "", b"")}, "text"),
        ({"id": str(MAX_ID + 1)}, "id"),
        ({"id": "0"}, "id"),
        ({"id": "01H"}, "id"),
        ({"ids": ["1", "x"]}, "ids[1]"),
        ({"at": "tomorrow"}, "at"),
        ({"at": 5}, "at"),
        ({"words": {"a": "b"}}, "words"),
        ({"words": [["a"]]}, "words[0]"),
        ({"items": [{"whole_word": "1"}]}, "items[0][keyword]"),
        ({"items": ["a"]}, "items[0]"),
        ({"source": "a"}, "source"),
        ({"source": {"privacy": {}}}, "source[privacy]"),
        ({"colour": "green"}, "colour"),
        ({"size": "medium"}, "size"),
        ({"labels": {"a": ["b"]}}, "labels[a]"),
        ({"file": "a"}, "file"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_change(given_value: dict[str, Any], name: str) -> None:
    with pytest.raises(Invalid) as refused:
        Parameters(given_value).into(Everything)
    assert list(refused.value.fields) == [name]
    assert refused.value.fields[name].endswith(".")


def test_everything_that_is_wrong_is_said_at_once() -> None:
    class Needed(msgspec.Struct):
        name: str
        uris: list[str]
        number: int = 0

    with pytest.raises(Invalid) as refused:
        Parameters({"number": "x"}).into(Needed)
    assert set(refused.value.fields) == {"name", "uris", "number"}


def test_a_field_of_two_types_can_not_be_declared() -> None:
    class Both(msgspec.Struct):
        value: int | str

    with pytest.raises(TypeError):
        Parameters({}).into(Both)
