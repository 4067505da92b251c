"""What a request says, in whatever form: query, form, multipart or JSON; the body before the query.

Names that end in `[]` hold lists. This is as much as the authorization server needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException

from microblog_core.http.errors import BadRequest


async def parameters(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """All parameters of a request. Raises `BadRequest` for a body that can't be read."""
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    found = _nested(query)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        try:
            form = await request.form()
        except (HTTPException, ValueError) as error:
            raise _unreadable() from error
        found |= _nested((name, value) for name, value in form.multi_items() if isinstance(value, str))
    elif kind.endswith("json"):
        found |= _read_json(await request.body())
    elif body := await request.body():
        try:
            found |= _nested(parse_qsl(body.decode(), keep_blank_values=True))
        except ValueError as error:
            raise _unreadable() from error
    return found


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """The parameters that are texts (or numbers); empty ones count as not sent (RFC 6749 section 3.1)."""
    return {
        name: str(value)
        for name, value in values.items()
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""
    }


def text_or_list(value: object) -> str | Sequence[str]:
    """A parameter that may be one text or several. Anything else is the empty text."""
    if isinstance(value, str):
        return value
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else ""


def _nested(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            kept = found.setdefault(name[:-2], [])
            if isinstance(kept, list):
                kept.append(value)
        else:
            found[name] = value
    return found


def _read_json(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable() from error


def _unreadable() -> BadRequest:
    return BadRequest("The request can't be read.", hint="Send a form or a JSON object.")
