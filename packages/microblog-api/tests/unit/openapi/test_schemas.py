"""Schemas say just what is written and what is understood."""

from __future__ import annotations

import enum
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from msgspec import UNSET, UnsetType

from microblog_api.decoding import Id, Moment, Upload
from microblog_api.decoding.values import into
from microblog_api.openapi.schemas import REF, answered, given, given_in_query, nested_names
from microblog_core.domain.errors import Invalid


class Leaf(msgspec.Struct):
    """A leaf."""

    size: int | None


class Tree(msgspec.Struct):
    """A tree."""

    name: str
    leaf: Leaf | None = None
    seen: bool | UnsetType = UNSET
    note: str | UnsetType | None = UNSET
    kind: str = msgspec.field(name="tree.kind", default="oak")


class Colour(enum.StrEnum):
    RED = "red"


class Group(msgspec.Struct, frozen=True):
    """A group."""

    inner: str = ""


class Sent(msgspec.Struct):
    """What is sent."""

    id: Id
    at: Moment | None = None
    colour: Colour = Colour.RED
    ids: list[Id] = []
    many: dict[str, bool] | None = None
    group: Group = Group()
    cleared: float | UnsetType | None = UNSET
    number: int = 3
    file: Upload | None = None


def allowed(value: object, schema: dict[str, Any], named: dict[str, Any]) -> bool:
    whole = {**schema, "components": {"schemas": named}}
    return Draft202012Validator(whole).is_valid(value)


@pytest.mark.parametrize(
    "tree",
    [
        Tree(name="a"),
        Tree(name="a", leaf=Leaf(size=None), seen=True, note=None),
        Tree(name="a", note="x", kind="elm"),
    ],
)
def test_what_is_encoded_is_what_the_schema_says(tree: Tree) -> None:
    (schema,), named = answered([Tree])
    assert allowed(msgspec.json.decode(msgspec.json.encode(tree)), schema, named)


def test_what_has_a_default_is_always_there_and_what_may_be_unset_is_not() -> None:
    _, named = answered([Tree])
    assert named["Tree"]["required"] == ["name", "leaf", "tree.kind"]
    assert "default" not in str(named["Tree"])


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"name": None, "leaf": None, "tree.kind": ""},
        {"name": "", "leaf": None, "tree.kind": "", "seen": None},
    ],
)
def test_null_stands_only_where_it_is_said(wrong: dict[str, Any]) -> None:
    (schema,), named = answered([Tree])
    assert not allowed(wrong, schema, named)


def test_an_answer_may_be_one_of_several_structs() -> None:
    (schema,), named = answered([Tree | Leaf], prefix="x_")
    assert schema == {"anyOf": [{"$ref": f"{REF}x_Tree"}, {"$ref": f"{REF}x_Leaf"}]}
    assert set(named) == {"x_Tree", "x_Leaf"}


@pytest.mark.parametrize(
    "sent",
    [
        {"id": "123"},
        {"id": "1", "at": "2026-01-01T00:00:00Z", "colour": "red", "ids": ["1", "2"], "many": {"a": True}},
        {"id": "1", "group": {"inner": "x"}, "cleared": None, "number": 4},
    ],
)
def test_what_a_schema_allows_is_understood(sent: dict[str, Any]) -> None:
    assert allowed(sent, given(Sent), {})
    into(sent, Sent)


@pytest.mark.parametrize(
    "wrong",
    [{}, {"id": "x"}, {"id": "1", "colour": "blue"}, {"id": "1", "ids": ["y"]}, {"id": "1", "number": "z"}],
)
def test_what_is_refused_is_not_allowed_by_the_schema(wrong: dict[str, Any]) -> None:
    assert not allowed(wrong, given(Sent), {})
    with pytest.raises(Invalid):
        into(wrong, Sent)


def test_files_are_only_where_they_can_be() -> None:
    assert given(Sent)["properties"]["file"] == {"type": "string", "format": "binary"}
    assert "file" not in given(Sent, files=False)["properties"]


def test_lists_in_a_query_end_in_brackets() -> None:
    names = [each["name"] for each in given_in_query(Tags)]
    assert names == ["any[]", "local"]


class Tags(msgspec.Struct):
    """Tags."""

    any: list[str] = []
    local: bool = False


def test_groups_are_named_for_forms() -> None:
    assert nested_names(Sent) == ["many", "group"]
