"""The rules of a site, as its configuration gives them."""

from __future__ import annotations

import msgspec


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What people here agree to; `hint` says more. Reports name it by `id`, so an id stays with its rule."""

    id: str
    text: str
    hint: str = ""
