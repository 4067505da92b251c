"""What is the same for everybody is sent once."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    "path", ["/api/v1/instance", "/api/v2/instance", "/nodeinfo/2.0", "/.well-known/nodeinfo"]
)
async def test_a_client_that_has_it_gets_no_body(serving: Any, path: str) -> None:
    async with serving() as http:
        etag = (await http.get(path)).headers["etag"]
        assert etag.startswith('W/"')
        for known in (etag, f'"other", {etag}', "*"):
            again = await http.get(path, headers={"if-none-match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == etag
            assert again.headers["access-control-allow-origin"] == "*"
        for known in ('W/"other"', etag[:-2] + '"', "rubbish\x7f"):
            assert (await http.get(path, headers={"if-none-match": known})).status_code == 200


async def test_what_changed_has_another_etag(serving: Any) -> None:
    async with serving(title="One") as http:
        one = (await http.get("/api/v1/instance")).headers["etag"]
    async with serving(title="Two") as http:
        assert (await http.get("/api/v1/instance", headers={"if-none-match": one})).status_code == 200
