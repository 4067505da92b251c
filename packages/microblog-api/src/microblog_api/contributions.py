"""The frozen structs that the API's hooks return."""

from __future__ import annotations

import msgspec


class ApiScope(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an application may be let do. `name` begins with the plugin's name and a colon
    (`weather:read`); `description` is shown to people before they allow it.
    """

    name: str
    description: str
