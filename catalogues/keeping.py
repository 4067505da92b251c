"""Catalogues on disk: brought up to date, compiled, and looked through for what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from catalogues.extracting import Package

_PLACEHOLDER = re.compile(r"%\(\w+\)s|%d|\{\w*\}")


def catalogues_of(package: Package) -> list[Path]:
    """The `.po` files of a package, by locale."""
    return sorted(package.locale.glob("*/LC_MESSAGES/microblog.po"))


def read(path: Path) -> Catalog:
    """A catalogue with the plural forms of its locale."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def update(path: Path, template: Catalog) -> None:
    """Take over what the sources say now: new messages are empty, those that nobody says go."""
    catalogue = read(path)
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    with path.open("wb") as file:
        write_po(file, catalogue, no_location=True, omit_header=False, width=110, sort_output=True)


def compile_catalogue(path: Path) -> None:
    """Write the `.mo` beside a `.po`."""
    catalogue = read(path)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


def problems(template: Catalog, catalogue: Catalog) -> Iterator[str]:
    """What is wrong with a catalogue: missing, untranslated, fuzzy or obsolete messages, plural forms that
    are missing, placeholders that differ.
    """
    for message in template:
        if not message.id:
            continue
        found = catalogue.get(message.id)
        if found is None:
            yield f"missing: {_first(message)}"
        elif found.fuzzy:
            yield f"fuzzy: {_first(message)}"
        else:
            yield from _wrong(found, catalogue.num_plurals)
    said = {_first(message) for message in template}
    for message in catalogue:
        if message.id and _first(message) not in said:
            yield f"nobody says: {_first(message)}"


def _wrong(message: Message, plurals: int) -> Iterator[str]:
    plural = isinstance(message.id, tuple | list)
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    if plural and len(forms) != plurals:
        yield f"{len(forms)} plural forms of {plurals}: {_first(message)}"
    if not all(forms):
        yield f"untranslated: {_first(message)}"
        return
    # One, two and none may be said in words.
    ids = message.id if plural else (message.id,)
    allowed = set().union(*(_placeholders(each) for each in ids))
    needed = allowed if not plural else set()
    for form in forms:
        has = _placeholders(form)
        if not needed <= has <= allowed:
            yield f"placeholders {sorted(has)} instead of {sorted(allowed)}: {_first(message)}"
    if plural and _placeholders(forms[-1]) != _placeholders(ids[-1]):
        yield f"placeholders of the last form: {_first(message)}"


def _placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


def _first(message: Message) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])
