"""Text with holes: a template is rendered once, and what differs each time is filled in by one C-level
operation.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from markupsafe import Markup

# Unguessable, so that nobody's text can pass for a hole.
_NONCE = secrets.token_hex(8)
_MARK = re.compile(f"\x00{_NONCE}:([a-z]+)\x00")


def hole(name: str) -> Markup:
    """For templates: the place that `fill` gets as `name` (lower case letters)."""
    return Markup(f"\x00{_NONCE}:{name}\x00")  # noqa: S704 - a constant and a template's own word


class Holes:
    """Rendered HTML with named holes."""

    __slots__ = ("_template", "names", "size")

    def __init__(self, rendered: str) -> None:
        self.names = frozenset(_MARK.findall(rendered))
        self._template = _MARK.sub(r"%(\1)s", rendered.replace("%", "%%"))
        self.size = len(self._template) + 64

    def fill(self, values: Mapping[str, object]) -> str:
        """The text with each hole filled. The values are HTML; raises KeyError where one is missing."""
        return self._template % values
