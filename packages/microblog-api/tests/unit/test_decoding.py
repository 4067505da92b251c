"""Whatever spelling a client prefers, the same parameters arrive; what can't be read is a clear 4xx."""

from __future__ import annotations

import enum
import json
from collections.abc import AsyncIterator, Awaitable
from typing import Any, Literal
from urllib.parse import quote_plus

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microblog_api.decoding import Id, Moment, Parameters, Upload, parameters
from microblog_api.decoding.bodies import FILES_MAX
from microblog_api.decoding.brackets import COUNT_MAX, DEPTH_MAX, NAME_MAX
from microblog_core.domain.errors import DomainError, Invalid
from microblog_core.domain.ids import MAX_ID
from microblog_core.http.errors import BadRequest

FORM = b"application/x-www-form-urlencoded"
JSON = b"application/json"
MULTIPART = b"multipart/form-data; boundary=edge"


async def read(
    query: bytes = b"", body: bytes = b"", kind: bytes = b"", method: str = "POST", size: int = 7
) -> Parameters:
    """The parameters of a request whose body comes in pieces of `size` bytes."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    messages = [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return await parameters(_Request(query, method, kind, receive))  # type: ignore[arg-type]


class _Request:
    """As much of a Litestar request as the decoder uses, without an application around it."""

    def __init__(self, query: bytes, method: str, kind: bytes, receive: Any) -> None:
        headers = [(b"content-type", kind)] if kind else []
        self.scope = {"query_string": query, "method": method, "headers": headers, "state": {}}
        self._receive = receive

    async def stream(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._receive()
            yield message["body"]
            more = message["more_body"]
        yield b""

    async def body(self) -> bytes:
        return b"".join([piece async for piece in self.stream()])


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Item(msgspec.Struct, frozen=True):
    keyword: str
    whole_word: bool = False


class Source(msgspec.Struct, frozen=True):
    privacy: str | msgspec.UnsetType = msgspec.UNSET
    sensitive: bool | msgspec.UnsetType = msgspec.UNSET


class Everything(msgspec.Struct, frozen=True):
    text: str | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType | None = msgspec.UNSET
    number: int | msgspec.UnsetType | None = msgspec.UNSET
    ratio: float | None = None
    flag: bool | msgspec.UnsetType = msgspec.UNSET
    id: Id | None = None
    at: Moment | msgspec.UnsetType | None = msgspec.UNSET
    words: list[str] | msgspec.UnsetType = msgspec.UNSET
    ids: tuple[Id, ...] = ()
    items: list[Item] | msgspec.UnsetType = msgspec.UNSET
    source: Source | msgspec.UnsetType = msgspec.UNSET
    colour: Colour | None = None
    size: Literal["small", "large"] = "small"
    labels: dict[str, str] = {}
    file: Upload | msgspec.UnsetType = msgspec.UNSET


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

Pairs = list[tuple[str, str]]


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


def urlencoded(pairs: Pairs) -> bytes:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()


def multipart(pairs: Pairs) -> bytes:
    parts = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value.encode())
        for name, value in pairs
    )
    return parts + b"--edge--\r\n"


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


async def test_the_body_wins_over_the_query_and_get_reads_the_query_alone() -> None:
    query, body = b"text=query&number=1&words[]=a", b"text=body&words[]=b"
    assert (await read(query, body, FORM)).into(Everything) == Everything(text="body", number=1, words=["b"])
    got = await read(query, body, FORM, method="GET")
    assert got.into(Everything) == Everything(text="query", number=1, words=["a"])


async def test_an_app_may_be_registered_in_the_query_alone() -> None:
    found = await read(b"text=Ice%20Cubes", b"", JSON)
    assert found.into(Everything).text == "Ice Cubes"


async def test_a_request_is_read_once() -> None:
    request: Any = _Request(b"text=a", "GET", b"", None)
    assert await parameters(request) is await parameters(request)


@pytest.mark.parametrize("word", ["0", "f", "F", "false", "FALSE", "off", "OFF"])
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


async def test_files_keep_their_name_type_and_bytes() -> None:
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="C:\\dir\\a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n\x00\xff\r\n--edg\r\n"
        b'--edge\r\nContent-Disposition: form-data; name="text"\r\nContent-Type: text/plain; charset=utf-8'
        b"\r\n\r\nh\xc3\xb6ch\r\n"
        b'--edge\r\nContent-Disposition: form-data; name="unchosen"; filename=""\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n--edge--\r\n"
    )
    for size in (1, 7, 10_000):
        found = await read(body=body, kind=MULTIPART, size=size)
        decoded = found.into(Everything)
        assert decoded.file == Upload("a.png", "image/png", b"\x00\xff\r\n--edg")
        assert decoded.text == "höch"
        assert "unchosen" not in found
        assert "xff" not in repr(decoded.file)


@pytest.mark.parametrize(
    ("query", "body", "kind"),
    [
        pytest.param(b"a=%ff", b"", b"", id="query-no-utf8"),
        pytest.param(b"a=%00", b"", b"", id="query-null"),
        pytest.param(b"", b"a=\xff", FORM, id="form-no-utf8"),
        pytest.param(b"", b"a=%00", FORM, id="form-null"),
        pytest.param(b"", b"[]", JSON, id="json-list"),
        pytest.param(b"", b"{", JSON, id="json-broken"),
        pytest.param(b"", b'{"a":"\xff"}', JSON, id="json-no-utf8"),
        pytest.param(b"", b'{"a":["\\u0000"]}', JSON, id="json-null"),
        pytest.param(b"", b'{"\\u0000":1}', JSON, id="json-null-name"),
        pytest.param(b"", b"<a/>", b"application/xml", id="another-type"),
        pytest.param(b"", b"--edge", MULTIPART, id="multipart-cut"),
        pytest.param(b"", b"--edge--", b"multipart/form-data", id="multipart-without-boundary"),
        pytest.param(b"", multipart([("a", "\0")]), MULTIPART, id="multipart-null"),
        pytest.param(b"", multipart([("a", "b")]).replace(b"b", b"\xff"), MULTIPART, id="multipart-no-utf8"),
        pytest.param(b"&".join([b"a=1"] * (COUNT_MAX + 1)), b"", b"", id="many"),
        pytest.param(b"", multipart([("a", "1")] * (COUNT_MAX + 1)), MULTIPART, id="many-parts"),
        pytest.param(b"", json.dumps({"a": [1] * (COUNT_MAX + 1)}).encode(), JSON, id="many-json"),
        pytest.param(b"a" + b"[b]" * DEPTH_MAX + b"=1", b"", b"", id="deep"),
        pytest.param(b"", b'{"a":' * (DEPTH_MAX + 1) + b"1" + b"}" * (DEPTH_MAX + 1), JSON, id="deep-json"),
        pytest.param(b"a" * (NAME_MAX + 1) + b"=1", b"", b"", id="long-name"),
        pytest.param(b"", json.dumps({"a" * (NAME_MAX + 1): 1}).encode(), JSON, id="long-name-json"),
        pytest.param(b"a[][]=1", b"", b"", id="lists-in-lists"),
        pytest.param(b"a=1&a[b]=1", b"", b"", id="value-and-group"),
        pytest.param(b"a[b]=1&a=1", b"", b"", id="group-and-value"),
        pytest.param(b"a[b]=1&a[]=1", b"", b"", id="group-and-list"),
    ],
)
async def test_what_can_not_be_read_is_a_400_that_says_what_to_mend(
    query: bytes, body: bytes, kind: bytes
) -> None:
    with pytest.raises(BadRequest) as refused:
        await read(query, body, kind)
    assert refused.value.message
    assert refused.value.hint


async def test_the_limits_themselves_are_allowed() -> None:
    assert len((await read(b"&".join([b"a=1"] * COUNT_MAX))).into(Many).a) == COUNT_MAX
    deep = b"a" + b"[b]" * (DEPTH_MAX - 1) + b"=1"
    assert len(await read(deep)) == 1
    body = b'{"a":' * DEPTH_MAX + b"1" + b"}" * DEPTH_MAX
    assert len(await read(body=body, kind=JSON)) == 1


class Many(msgspec.Struct):
    a: list[str]


async def test_more_files_than_allowed_are_refused() -> None:
    part = b'--edge\r\nContent-Disposition: form-data; name="f[]"; filename="f"\r\n\r\nx\r\n'
    assert "f" in await read(body=part * FILES_MAX + b"--edge--", kind=MULTIPART)
    with pytest.raises(BadRequest):
        await read(body=part * (FILES_MAX + 1) + b"--edge--", kind=MULTIPART)


async def test_a_name_that_an_item_has_already_begins_the_next_one() -> None:
    first, second = b"items[][keyword]=a&items[][whole_word]=1", b"items[][keyword]=b"
    query = b"&".join((first, second, first.replace(b"=a", b"=c")))
    assert (await read(query)).into(Everything).items == [Item("a", True), Item("b"), Item("c", True)]


async def test_names_whose_brackets_do_not_match_are_names_as_they_stand() -> None:
    found = await read(b"a[=1&]b=2&[]=3&c[d]e=4&text=5")
    assert list(found) == ["a[", "]b", "[]", "c[d]e", "text"]


async def test_the_last_of_a_repeated_value_counts() -> None:
    found = await read(b"text=a&text=b&number=1&number=2&flag=1&flag=0")
    assert found.into(Everything) == Everything(text="b", number=2, flag=False)
    assert found.text("text") == "b"
    assert found.text("absent") == ""
