"""Files that are too large for memory, on their way from a form to wherever they are kept."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from microblog_core.domain.errors import Unauthenticated
from microblog_core.http import csrf
from microblog_core.http.errors import BadRequest
from microblog_core.http.sessions import identify
from microblog_web.forms import FIELDS_MAX, first_of_each
from microblog_web.requests import scope_of

if TYPE_CHECKING:
    from litestar import Request

_CHUNK = 256 << 10


class SentFile:
    """A file of a form; what does not fit into little memory is on the disk. `name` is what its owner calls
    it, `size` in bytes; one that was not sent is empty.
    """

    def __init__(self, part: Any = None) -> None:
        self._part = part
        self.name: str = part.filename if part is not None else ""
        self.size = 0
        if part is not None:
            self.size = part.file.seek(0, os.SEEK_END) or part.file.tell()
            part.file.seek(0)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file, a piece at a time."""
        if self._part is not None:
            while chunk := await asyncio.to_thread(self._part.file.read, _CHUNK):
                yield chunk

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._part is not None:
            await self._part.close()


async def sent_archive(request: Request, field: str) -> tuple[dict[str, str], SentFile]:  # type: ignore[type-arg]
    """The fields of a form that came from a page of ours, and its file, which is for the caller to close.

    Only people who are logged in are listened to. Raises `Unauthenticated`, `BadRequest`, `csrf.Forged`.
    """
    visitor = await identify(scope_of(request))
    if visitor.actor.account is None:
        raise Unauthenticated("You are not logged in.", hint="Log in and send it again.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise BadRequest("This address takes forms with a file.", hint="Send it from the page with the form.")
    try:
        parts = list((await request.form()).multi_items())
    except (ValueError, LookupError, TypeError) as error:
        raise BadRequest(
            "The form can't be read.", hint="Go back, reload the page and send it again."
        ) from error
    values, file = [], SentFile()
    for name, part in parts[:FIELDS_MAX]:
        if isinstance(part, str):
            values.append((name, part))
        elif name == field and not file.size:
            file = SentFile(part)
    fields = first_of_each(values)
    try:
        await csrf.check(scope_of(request), fields.get(csrf.FIELD, ""))
    except BaseException:
        await file.__aexit__(None, None, None)
        raise
    return fields, file
