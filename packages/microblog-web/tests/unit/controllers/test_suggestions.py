"""Names that are offered while one writes."""

from __future__ import annotations

import pytest


async def test_people_and_hashtags_are_offered(house):
    ada, ada_there = await house.person("ada")
    await house.person("bobby", display_name="<b>Bob</b>")
    await house.write(ada, "#teatime")
    people = await ada_there.get("/suggest?q=@bob")
    assert 'data-value="@bobby">@bobby <span>&lt;b&gt;Bob&lt;/b&gt;</span>' in people.text
    tags = await ada_there.get("/suggest?q=%23tea")
    assert 'data-value="#teatime"' in tags.text


@pytest.mark.parametrize("q", ["", "@", "%23", "ada", ":smile", "@" + "x" * 500])
async def test_for_anything_else_there_is_nothing(house, q):
    _, ada = await house.person("ada")
    answer = await ada.get(f"/suggest?q={q}")
    assert answer.status == 200
    assert "<li" not in answer.text


async def test_nobody_else_is_offered_anything(house):
    visitor = await house.visitor()
    assert (await visitor.get("/suggest?q=@ada", follow=False)).status == 303
