"""Whatever spelling a client prefers, the same parameters arrive; no bytes raise anything but a 4xx."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import Any

import msgspec
from decoding_requests import FORM, JSON, MULTIPART, Everything, Pairs, multipart, read, urlencoded
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microblog_api.decoding import Parameters
from microblog_core.domain.errors import DomainError

# Spellings. A value of the supported shape is a dict of texts, lists of texts, lists of groups, and groups.

WORD = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)
WORDS = st.lists(WORD, min_size=1, max_size=5).filter(lambda words: words != [""])
ITEM = st.builds(dict, keyword=WORD, whole_word=st.sampled_from(["1", "0", "true", "false"]))
SHAPE = st.fixed_dictionaries(
    {},
    optional={
        "text": WORD,
        "words": WORDS,
        "items": st.lists(ITEM, min_size=1, max_size=4),
        "source": st.fixed_dictionaries({"privacy": WORD}, optional={"sensitive": st.sampled_from("01")}),
        "labels": st.dictionaries(st.sampled_from(["a", "b", "c"]), WORD, min_size=1),
    },
)


def indexed(value: Any, name: str = "") -> Pairs:
    if isinstance(value, str):
        return [(name, value)]
    members = value.items() if isinstance(value, dict) else enumerate(value)
    return [pair for key, each in members for pair in indexed(each, f"{name}[{key}]" if name else str(key))]


def nested(value: Any, name: str = "") -> Pairs:
    """As Rails nests: `a[][b]`."""
    if isinstance(value, str):
        return [(name, value)]
    if isinstance(value, list):
        return [pair for each in value for pair in nested(each, f"{name}[]")]
    return [
        pair for key, each in value.items() for pair in nested(each, f"{name}[{key}]" if name else str(key))
    ]


def repeated(value: Any) -> Pairs:
    """Lists of texts as a plain repeated name, the rest nested."""
    pairs: Pairs = []
    for key, each in value.items():
        plain = isinstance(each, list) and isinstance(each[0], str)
        pairs += [(key, word) for word in each] if plain else nested({key: each})
    return pairs


@given(SHAPE)
@settings(max_examples=150, deadline=None)
async def test_every_spelling_of_a_value_decodes_to_the_same(value: dict[str, Any]) -> None:
    decoded = [(await read(body=json.dumps(value).encode(), kind=JSON)).into(Everything)]
    for spell in (indexed, nested, repeated):
        pairs = spell(value)
        decoded += [
            (await read(query=urlencoded(pairs), method="GET")).into(Everything),
            (await read(query=urlencoded(pairs))).into(Everything),
            (await read(body=urlencoded(pairs), kind=FORM)).into(Everything),
        ]
        if not any("\r" in text or "\n" in text or "edge" in text for _, text in pairs):
            decoded.append((await read(body=multipart(pairs), kind=MULTIPART)).into(Everything))
    assert all(each == decoded[0] for each in decoded)
    for name, given_value in value.items():
        found = msgspec.to_builtins(getattr(decoded[0], name))
        if name == "items":
            assert [item["keyword"] for item in found] == [item["keyword"] for item in given_value]
            assert [item["whole_word"] for item in found] == [
                item["whole_word"] in ("1", "true") for item in given_value
            ]
        elif name == "source":
            assert found["privacy"] == given_value["privacy"]
        else:
            assert found == given_value


async def decoded_or_refused(reading: Awaitable[Parameters]) -> None:
    """Either it decodes, or what is raised is a refusal that a client can show."""
    refusal: DomainError | None = None
    try:
        (await reading).into(Everything)
    except DomainError as error:
        refusal = error
    assert refusal is None or (400 <= refusal.status < 500 and refusal.message)


@given(
    st.binary(max_size=200),
    st.binary(max_size=300),
    st.sampled_from([FORM, JSON, MULTIPART, b"", b"multipart/form-data", b"text/x;boundary", b"\xff;="]),
    st.sampled_from(["GET", "POST"]),
)
@example(b"", b"[" * 100_000, JSON, "POST")
@example(b"", b'{"a":' * 5000, JSON, "POST")
@example(b"", b'{"number": 1e999}', JSON, "POST")
@example(b"", b'{"text": "\\ud800"}', JSON, "POST")
@example(b"a=1&a[b]=2", b"", FORM, "GET")
@example(b"at=0001-01-01T00:00:00%2B23:59&at=9999-12-31T23:59:59-23:59", b"", FORM, "GET")
@settings(max_examples=300, deadline=None)
async def test_no_bytes_raise_anything_but_a_4xx(query: bytes, body: bytes, kind: bytes, method: str) -> None:
    await decoded_or_refused(read(query, body, kind, method))


NAMES = st.sampled_from([field.encode_name for field in msgspec.structs.fields(Everything)])
BRACKETS = st.lists(st.sampled_from(["[]", "[0]", "[a]", "[keyword]", "[", "]", "[[]]"]), max_size=6)


@given(st.lists(st.tuples(NAMES, BRACKETS, WORD), max_size=8))
@settings(max_examples=300, deadline=None)
async def test_no_names_raise_anything_but_a_4xx(given_pairs: list[tuple[str, list[str], str]]) -> None:
    pairs = [(name + "".join(brackets), value) for name, brackets, value in given_pairs]
    await decoded_or_refused(read(urlencoded(pairs), method="GET"))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(NAMES, JSON_VALUES))
@settings(max_examples=300, deadline=None)
async def test_no_json_raises_anything_but_a_4xx(value: dict[str, Any]) -> None:
    await decoded_or_refused(read(body=json.dumps(value).encode(), kind=JSON))
