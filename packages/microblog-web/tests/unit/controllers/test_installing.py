"""The manifest of the site as an application."""

from __future__ import annotations

import json


async def test_it_names_the_site_and_icons_that_are_there(open_house):
    async with open_house(title="Birds & Bees of the North") as house:
        visitor = await house.visitor()
        assert '<link rel="manifest" href="/manifest.webmanifest">' in (await visitor.get("/")).text
        answer = await visitor.http.get("/manifest.webmanifest")
        assert answer.headers["content-type"].startswith("application/manifest+json")
        manifest = json.loads(answer.content)
        assert (manifest["name"], manifest["start_url"]) == ("Birds & Bees of the North", "/")
        assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
        for icon in manifest["icons"]:
            picture = await visitor.http.get(icon["src"])
            assert picture.headers["content-type"] == icon["type"]
            if icon["type"] == "image/png":
                width, height = (int.from_bytes(picture.content[at : at + 4], "big") for at in (16, 20))
                assert icon["sizes"] == f"{width}x{height}"
