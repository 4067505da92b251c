"""Bare Litestar handlers: a page's very bytes, the same after its bare query, a bare publication."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from litestar import Litestar, Response, get, post
from litestar.connection import Request
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body

from benchmarks.probes.rows import Rows
from benchmarks.probes.writer import Writer

HTML = "text/html; charset=utf-8"
JSON = "application/json"
Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]


def make_app(pages: Path, database: Path, *, group: bool) -> Litestar:
    """The probes on a folder of pages and a database; `group` shares commits between publications."""
    contents = {page.name: page.read_bytes() for page in pages.iterdir()}
    rows, writer = Rows(database), Writer(database, group=group)

    @get("/bytes/{name:str}")
    async def send_bytes(name: str) -> Response[bytes]:
        if name not in contents:
            raise NotFoundException
        return Response(contents[name], media_type=_type(name))

    @get("/rows/{name:str}")
    async def send_after_query(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
        rows.read(name.removeprefix("api-"), request.cookies.get("viewer", ""))
        return Response(contents[name], media_type=_type(name))

    @post("/publish", status_code=303)
    async def publish(request: Request[Any, Any, Any], data: Form) -> Response[None]:
        identifier = await writer.publish(int(request.cookies["viewer"]), data)
        return Response(None, status_code=303, headers={"location": f"/posts/{identifier}"})

    return Litestar(
        [send_bytes, send_after_query, publish], openapi_config=None, on_shutdown=[writer.close, rows.close]
    )


def _type(name: str) -> str:
    return JSON if name.startswith("api-") else HTML
