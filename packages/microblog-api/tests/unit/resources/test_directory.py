"""The directory through the API."""

from __future__ import annotations

import asyncio
from typing import Any

PATH = "/api/v1/directory"


async def test_people_who_wish_it_are_listed_in_either_order(api: Any) -> None:
    ada, bob, eve, hidden = await api.people("ada", "bob", "eve", "hidden")
    await hidden.ask("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False})
    for person in (eve, ada, hidden):
        await person.write("Hello")
        # Of two posts in one millisecond neither is the later.
        await asyncio.sleep(0.002)
    assert [each["acct"] for each in await api.anonymous(PATH)] == ["ada", "eve"]
    assert [each["acct"] for each in await bob.get(PATH, order="new")] == ["eve", "bob", "ada"]
    assert [each["acct"] for each in await bob.get(PATH, order="new", limit=1, offset=1)] == ["bob"]
    await eve.post(f"/api/v1/accounts/{bob.id}/block")
    assert [each["acct"] for each in await bob.get(PATH, order="new", local="true")] == ["bob", "ada"]
    assert "order" in (await bob.get(PATH, expect=422, order="old"))["details"]
