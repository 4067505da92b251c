"""Bodies and names: files, limits, and a clear 400 for what can't be read."""

from __future__ import annotations

import json

import msgspec
import pytest
from decoding_requests import FORM, JSON, MULTIPART, Everything, Item, multipart, read

from microblog_api.decoding import Upload
from microblog_api.decoding.bodies import FILES_MAX
from microblog_api.decoding.brackets import COUNT_MAX, DEPTH_MAX, NAME_MAX
from microblog_core.http.errors import BadRequest


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
