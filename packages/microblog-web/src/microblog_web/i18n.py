"""Translations of the pages, by locale, through the standard library's gettext.

Catalogues are `microblog.mo` files below `locale/<locale>/LC_MESSAGES/`, compiled from the `.po` beside them
by `nox -s catalogues`; English is in the source. Behind the website's own stand those that plugins bring, for
the locales that the pages speak: one plugin's texts are the same on all sites of a process.
"""

from __future__ import annotations

import gettext
import logging
import re
import unicodedata
from collections.abc import Mapping
from copy import copy
from functools import lru_cache
from pathlib import Path
from threading import Lock

from microblog_core.domain.errors import PluginError
from microblog_core.i18n import preferred
from microblog_core.plugins.translations import Catalogue, catalogue_files, read_catalogue

log = logging.getLogger("microblog.plugins")

CATALOGUES = Path(__file__).parent / "locale"
DEFAULT = "en"
LANGUAGES = {"en": "English", "de": "Deutsch", "ar": "العربية"}
"""The languages of the pages as those who speak them call them."""
RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")
_SENTENCE = re.compile(r"(?<=[.?!]) ")
_WORD = re.compile(r"[^\W\d_]{2}")
_SENTENCES = 8
"""How many ends of sentences an error is looked through for."""
_HEADER_LENGTH = 200
_taken: dict[Path, str] = {}
"""Folders of translations that were read, and what is wrong with them."""
_brought: dict[str, tuple[Catalogue, ...]] = {}
"""What plugins bring, by the locale of the pages."""
_taking = Lock()
_FIRST_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


@lru_cache(maxsize=64)
def translations(locale: str) -> gettext.NullTranslations:
    """The catalogue of a locale, those of plugins behind it; English where there is none."""
    name = spoken(locale)
    found = gettext.translation("microblog", CATALOGUES, languages=[name], fallback=True)
    for catalogue in _brought.get(name, ()):
        # Each remembers the one behind it.
        found.add_fallback(copy(catalogue))
    return found


def take_translations(folders: Mapping[str, Path]) -> dict[str, str]:
    """Let the catalogues that plugins bring translate, too; each folder is read once in a process. Returns
    the plugins whose texts stay English in some language, and why.
    """
    with _taking:
        new = {name: folder for name, folder in folders.items() if folder not in _taken}
        for name, folder in new.items():
            _taken[folder] = "; ".join(_take(name, folder))
        if new:
            translations.cache_clear()
            _with_values.cache_clear()
    return {name: why for name, folder in folders.items() if (why := _taken[folder])}


def _take(plugin: str, folder: Path) -> list[str]:
    """What is wrong with the translations of a plugin; the others are in use from now on."""
    problems = []
    try:
        files = catalogue_files(folder)
    except PluginError as error:
        problems, files = [error.message], {}
    for name in available()[1:]:
        path = files.get(name) or files.get(name.partition("_")[0])
        try:
            found = (read_catalogue(path),) if path is not None else ()
        except PluginError as error:
            problems.append(error.message)
        else:
            _brought[name] = (*_brought.get(name, ()), *found)
    for problem in problems:
        log.error("the plugin %s stays English: %s", plugin, problem)
    return problems


@lru_cache(maxsize=64)
def spoken(locale: str) -> str:
    """The locale, or its language, if there is a catalogue for it, else the one that is in the source."""
    # People choose their locale, and this becomes part of a path.
    if _LOCALE.fullmatch(locale):
        for name in (locale.replace("-", "_"), locale[:3].partition("-")[0].partition("_")[0].lower()):
            if name in available():
                return name
    return DEFAULT


@lru_cache(maxsize=1)
def available() -> tuple[str, ...]:
    """The locales that the pages speak, English first."""
    found = (path.parent.parent.name for path in CATALOGUES.glob("*/LC_MESSAGES/microblog.mo"))
    return (DEFAULT, *sorted(found))


def asked_for(accept_language: str) -> str:
    """The locale that a browser asks for, if the pages speak it, else English."""
    return _asked_for(accept_language[:_HEADER_LENGTH]) if accept_language else DEFAULT


@lru_cache(maxsize=512)
def _asked_for(accept_language: str) -> str:
    return preferred(accept_language, available()) or DEFAULT


def direction(locale: str) -> str:
    """Which way a locale is written: `ltr` or `rtl`."""
    return "rtl" if locale.partition("_")[0] in RIGHT_TO_LEFT else "ltr"


def isolated(text: str, locale: str) -> str:
    """A text to stand inside of a sentence of this locale: between invisible marks where it might run the
    other way, so that neither turns the other around (Unicode Standard Annex 9).
    """
    if direction(locale) == "ltr" and (
        text.isascii() or not any(unicodedata.bidirectional(each) in ("R", "AL") for each in text)
    ):
        return text
    return f"{_FIRST_ISOLATE}{text}{_END_ISOLATE}"


def explain(locale: str, text: str) -> str:
    """What an error says, in another language; as it is where no catalogue has it.

    Errors are written in English when nobody knows who will read them, numbers included: `Use at most 30
    characters.` is `Use at most {0} characters.` in the catalogue. Several of them in one text are found one
    after the other, and so is one that another one quotes.
    """
    if not text or spoken(locale) == DEFAULT:
        return text
    ends = [found.start() for found in _SENTENCE.finditer(text)][:_SENTENCES]
    for end in (len(text), *reversed(ends)):
        if (said := _known(locale, text[:end])) is not None:
            rest = text[end:].strip()
            return f"{said} {explain(locale, rest)}" if rest else said
    return text


def _known(locale: str, text: str) -> str | None:
    catalogue = translations(locale)
    if (said := catalogue.gettext(text)) != text:
        return said
    for pattern, message in _with_values(locale):
        if found := pattern.fullmatch(text):
            return catalogue.gettext(message).format(*(_value(each, locale) for each in found.groups()))
    return None


def _value(text: str, locale: str) -> str:
    """What stands in a message: a number, another message, or something that has a name."""
    if _THOUSANDS.fullmatch(text):
        from microblog_web import times

        return times.number(int(text.replace(",", "")), locale)
    return explain(locale, text) if text.endswith(".") else isolated(text, locale)


@lru_cache(maxsize=16)
def _with_values(locale: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The messages of a catalogue in which values stand, the most special ones first."""
    messages = dict.fromkeys(getattr(translations(locale), "_catalog", {}))
    for catalogue in _brought.get(spoken(locale), ()):
        # One without a word of its own would be found in every text.
        messages |= dict.fromkeys(each for each in catalogue.messages if _WORD.search(each))
    found = sorted((each for each in messages if isinstance(each, str) and "{0}" in each), key=len)
    return tuple((re.compile(_pattern(each), re.DOTALL), each) for each in reversed(found))


def _pattern(message: str) -> str:
    return re.sub(r"\\\{\d+\\\}", "(.+?)", re.escape(message))


@lru_cache(maxsize=1)
def languages() -> tuple[tuple[str, str], ...]:
    """The locales that pages can be read in, with what their languages call themselves."""
    return tuple((locale, LANGUAGES.get(locale, locale)) for locale in available())


def mark(message: str) -> str:
    """Mark a message for extraction that is translated later, when the reader's locale is known."""
    return message
