"""How the API writes its answers: JSON by msgspec, with the header fields that all of them share."""

from __future__ import annotations

import msgspec
from litestar import Response

_encoder = msgspec.json.Encoder()


def json_response(
    value: object, *, media_type: str = "application/json", status: int = 200
) -> Response[bytes]:
    """A value as JSON in UTF-8."""
    return Response(_encoder.encode(value), media_type=media_type, status_code=status)
