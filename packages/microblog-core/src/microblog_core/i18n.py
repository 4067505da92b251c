"""Translations of what core says in messages, through the standard library's gettext.

Catalogues are `microblog.mo` files below `locale/<locale>/LC_MESSAGES/`, compiled from the `.po` beside them
by `nox -s catalogues`; English is in the source. The website's pages have catalogues of their own.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Collection
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

CATALOGUES = Path(__file__).parent / "locale"
DEFAULT = "en"
ASKED: ContextVar[str] = ContextVar("asked", default="")
"""The Accept-Language field of the request that is served, for what is drawn without knowing the request."""
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")


@lru_cache(maxsize=64)
def translations(locale: str) -> gettext.NullTranslations:
    """The catalogue of a locale (`de`, `de-AT`); the language's where the region has none, else English."""
    # People choose their locale, and this becomes part of a path.
    name = locale.replace("-", "_") if _LOCALE.fullmatch(locale) else DEFAULT
    return gettext.translation("microblog", CATALOGUES, languages=[name], fallback=True)


def spoken(locale: str) -> str:
    """The locale if there is a catalogue for it or its language, else the one that is in the source."""
    return locale if type(translations(locale)) is not gettext.NullTranslations else DEFAULT


@lru_cache(maxsize=1)
def available() -> tuple[str, ...]:
    """The locales that core speaks, English first."""
    found = (path.parent.parent.name for path in CATALOGUES.glob("*/LC_MESSAGES/microblog.mo"))
    return (DEFAULT, *sorted(found))


def preferred(accept_language: str, among: Collection[str] = ()) -> str:
    """The locale that a browser likes best (RFC 9110 section 12.5.4) of those given, or of those that core
    speaks; empty where it asks for none of them.
    """
    best, liked = "", 0.0
    for wish in accept_language[:500].split(","):
        tag, _, weight = wish.partition(";")
        language = tag.strip().partition("-")[0].lower()
        quality = _quality(weight)
        if quality > liked and language in (among or available()):
            best, liked = language, quality
    return best


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    try:
        return min(1.0, float(value)) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def mark(message: str) -> str:
    """Mark a message for extraction that is translated later, when the reader's locale is known."""
    return message
