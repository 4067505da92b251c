"""Text with holes: a template is rendered once, what differs each time is filled in by joining strings."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from operator import itemgetter

from markupsafe import Markup

# Unguessable, so that nobody's text can pass for a hole.
_NONCE = secrets.token_hex(8)
_MARK = re.compile(f"\x00{_NONCE}:([a-z]+)\x00")


def hole(name: str) -> Markup:
    """For templates: the place that `fill` gets as `name` (lower case letters)."""
    return Markup(f"\x00{_NONCE}:{name}\x00")  # noqa: S704 - a constant and a template's own word


class Holes:
    """Rendered HTML with named holes. `size` is about what it takes in bytes."""

    __slots__ = ("_parts", "_values_of", "names", "size")

    def __init__(self, rendered: str) -> None:
        # Text and names of holes alternate, text first and last.
        self._parts: list[str] = _MARK.split(rendered)
        self.names = tuple(self._parts[1::2])
        self._values_of = _getter(self.names)
        self.size = len(rendered) + 100 * len(self._parts)

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with each hole filled. The values are HTML; raises KeyError where one is missing."""
        parts = self._parts.copy()
        parts[1::2] = self._values_of(values)
        return "".join(parts)


def _getter(names: tuple[str, ...]) -> Callable[[Mapping[str, str]], tuple[str, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple([values[name] for name in names])
