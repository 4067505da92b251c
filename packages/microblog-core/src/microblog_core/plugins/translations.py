"""Translations that plugins bring: the catalogues in the folder that a manifest names, read and checked.

What is wrong with one is found here, so that nothing of it is left to go wrong while a page is drawn. Whoever
draws pages puts them behind its own.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

from microblog_core.domain.errors import PluginError

DOMAIN = "microblog"
LARGEST = 4 << 20
"""How many bytes a compiled catalogue has at most."""
NUMBERS = range(200)
"""For which numbers a plural form is asked for to see whether the rule works."""

_NAMED = re.compile(r"%\(\w+\)[sd]")
_NUMBERED = re.compile(r"\{(\d+)\}")


class Catalogue(gettext.GNUTranslations):
    """A compiled catalogue whose messages can be filled in, and whose plural rule does not raise.

    Raises `PluginError`, and whatever a broken file makes gettext raise.
    """

    messages: Mapping[str, str]
    """What is said once, without plural forms, by what stands in the source."""
    plural: Callable[[int], int]

    def __init__(self, data: bytes) -> None:
        super().__init__(BytesIO(data))
        rule = self.plural
        for number in NUMBERS:
            rule(number)

        def plural(number: int) -> int:
            try:
                return rule(number)
            except ArithmeticError:
                return 0

        self.plural = plural
        found: Mapping[object, str] = self._catalog  # type: ignore[attr-defined]
        self.messages = {key: text for key, text in found.items() if isinstance(key, str) and key}
        for message, text in self.messages.items():
            _check_filled(message, text)


def catalogue_files(folder: Path) -> dict[str, Path]:
    """The compiled catalogues of a folder by locale. Raises `PluginError` where there are none."""
    try:
        found = {path.parent.parent.name: path for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")}
    except OSError as error:
        raise PluginError(f"{folder} can't be read: {error.strerror}", hint="Check its rights.") from error
    if not found:
        raise PluginError(
            f"there are no translations in {folder}",
            hint=f"Compile them to <locale>/LC_MESSAGES/{DOMAIN}.mo, and see that they are packaged.",
        )
    return dict(sorted(found.items()))


def read_catalogue(path: Path) -> Catalogue:
    """One catalogue. Raises `PluginError` for what is none, or has texts that can't be filled in."""
    try:
        # A pipe would wait for somebody to write into it.
        if not path.is_file():
            raise PluginError("it is no file")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise PluginError(f"it has more than {LARGEST} bytes")
        return Catalogue(data)
    except Exception as error:
        ours = isinstance(error, PluginError)
        why = str(error) if ours else f"{type(error).__name__}: {error}"
        raise PluginError(
            f"the translation {path} can't be used: {why}",
            hint=(error.hint if isinstance(error, PluginError) else "") or "Compile it anew.",
        ) from error


def problems_of(folder: Path) -> dict[str, PluginError]:
    """What is wrong with the translations of a folder, by locale; by an empty one for the folder itself."""
    try:
        files = catalogue_files(folder)
    except PluginError as error:
        return {"": error}
    problems = {}
    for locale, path in files.items():
        try:
            read_catalogue(path)
        except PluginError as error:
            problems[locale] = error
    return problems


def _check_filled(message: str, text: str) -> None:
    """A translation takes the values that the message takes. Raises `PluginError`."""
    names, places = set(_NAMED.findall(message)), len(_NUMBERED.findall(message))
    named_wrong = names and (
        "%" in _NAMED.sub("", text).replace("%%", "") or not names.issuperset(_NAMED.findall(text))
    )
    # As `str.format` has it: everything else in braces would be a question to the value.
    rest = _NUMBERED.sub("", text).replace("{{", "").replace("}}", "")
    numbered_wrong = places and (
        not {"{", "}"}.isdisjoint(rest) or any(int(each) >= places for each in _NUMBERED.findall(text))
    )
    if named_wrong or numbered_wrong:
        raise PluginError(
            f"the translation of {message[:60]!r} has other placeholders",
            hint="Keep the placeholders of each message as they are.",
        )
