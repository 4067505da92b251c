"""Translations of the pages, by locale, through the standard library's gettext.

Catalogues are compiled `microblog.mo` files below `locale/<locale>/LC_MESSAGES/`; English is in the source.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path

CATALOGUES = Path(__file__).parent / "locale"
DEFAULT = "en"
NAMES = {"en": "English", "de": "Deutsch"}


@lru_cache(maxsize=64)
def translations(locale: str) -> gettext.NullTranslations:
    """The catalogue of a locale; English where there is none."""
    return gettext.translation("microblog", CATALOGUES, languages=[locale or DEFAULT], fallback=True)


@lru_cache(maxsize=64)
def spoken(locale: str) -> str:
    """The locale if the pages have a catalogue for it, else the one that they are written in."""
    found = locale and gettext.find("microblog", CATALOGUES, languages=[locale])
    return locale if found else DEFAULT


@lru_cache(maxsize=1)
def languages() -> tuple[tuple[str, str], ...]:
    """The locales that pages can be read in, with what their languages call themselves."""
    found = sorted(each.parent.parent.name for each in CATALOGUES.glob("*/LC_MESSAGES/microblog.mo"))
    return tuple((locale, NAMES.get(locale, locale)) for locale in dict.fromkeys((DEFAULT, *found, "de")))


def mark(message: str) -> str:
    """Mark a message for extraction that is translated later, when the reader's locale is known."""
    return message
