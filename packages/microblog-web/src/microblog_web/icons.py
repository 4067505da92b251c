"""References to the symbols of the icon sprite that every page carries."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup, escape

POINTING = frozenset({"back", "in", "out", "quote", "reply"})
"""Those that point somewhere: they turn around where the writing does."""


@lru_cache(maxsize=256)
def icon(name: str) -> Markup:
    """A decorative icon: hidden from assistive technology, since the text beside it says the same."""
    return Markup('<svg class="i{}" aria-hidden="true" focusable="false"><use href="#i-{}"/></svg>').format(
        " turns" if name in POINTING else "", escape(name)
    )
