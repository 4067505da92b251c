"""Every catalogue is complete: what the sources say is translated, with the same placeholders and all plural
forms, and compiled.
"""

from __future__ import annotations

import gettext
import importlib
import warnings

import pytest
from catalogues.extracting import PACKAGES, PLUGINS, ROOT, extract, extract_errors
from catalogues.keeping import catalogues_of, problems, read

EXPECTED = {"ar", "de"}
PLUGINS_FOLDER = ROOT / "packages/microblog-plugins/src/microblog_plugins"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_catalogue_is_complete_and_compiled(package):
    with warnings.catch_warnings():
        # Babel's word on f-strings in calls whose first argument is no text.
        warnings.simplefilter("ignore")
        template = extract(package)
    paths = catalogues_of(package)
    assert {path.parent.parent.name for path in paths} >= EXPECTED
    for path in paths:
        catalogue = read(path)
        found = list(problems(template, catalogue))
        assert not found, f"{path}: run nox -s catalogues and mend:\n" + "\n".join(found)
        with path.with_suffix(".mo").open("rb") as file:
            compiled = gettext.GNUTranslations(file)
        for message in catalogue:
            if message.id and isinstance(message.id, str):
                assert compiled.gettext(message.id) == message.string, f"{path}: {message.id}"
            elif message.id:
                for form in {catalogue.num_plurals, 1}:
                    assert compiled.ngettext(*message.id, form) in message.string, f"{path}: {message.id}"


def test_what_is_missing_fuzzy_or_half_translated_is_found():
    from babel.messages.catalog import Catalog

    template, catalogue = Catalog(), Catalog(locale="ar")
    for message in ("said", "not said", "unsure", "hello %(name)s", "lost {0}"):
        template.add(message)
    template.add(("%(number)s post", "%(number)s posts"))
    catalogue.add("said", "قيل")
    catalogue.add("not said", "")
    catalogue.add("unsure", "؟", flags=["fuzzy"])
    catalogue.add("hello %(name)s", "مرحبا %(nam)s")
    catalogue.add("old", "قديم")
    catalogue.add(("%(number)s post", "%(number)s posts"), ("%(number)s منشور",) * 2)
    found = {problem.partition(":")[0].split(" ")[0] for problem in problems(template, catalogue)}
    assert found == {"untranslated", "fuzzy", "placeholders", "missing", "nobody", "2"}


def test_errors_are_read_with_their_values_as_placeholders(tmp_path):
    source = tmp_path / "errors.py"
    source.write_text(
        'raise Invalid("Too long.", hint="Cut it.", fields={"text": f"Use {most:,} of {these}."})\n'
        'errors["name"] = "Choose a name."\nproblem = f"Give {count}."\nother = "Not told."\n'
    )
    with source.open("rb") as file:
        found = [text for _, _, text, _ in extract_errors(file, (), (), {})]
    assert sorted(found) == ["Choose a name.", "Cut it.", "Give {0}.", "Too long.", "Use {0} of {1}."]


def test_errors_that_a_condition_chooses_or_that_stand_in_a_constant_are_read(tmp_path):
    source = tmp_path / "errors.py"
    source.write_text(
        '_WRONG = "That is wrong."\n_UNTOLD = "Not told."\n'
        'raise Invalid(fields={"text": _WRONG})\n'
        'errors["days"] = f"At most {days} days." if days else "Choose one."\n'
        'raise Refused("its token is none")\nstep = Refused(message="Begin again.")\n'
    )
    with source.open("rb") as file:
        found = [text for _, _, text, _ in extract_errors(file, (), (), {})]
    assert sorted(found) == ["At most {0} days.", "Begin again.", "Choose one.", "That is wrong."]


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_names_its_catalogues_and_says_nothing_that_the_website_says(name):
    module = importlib.import_module(f"microblog_plugins.{name}.plugin")
    (package,) = [each for each in PACKAGES if each.name == name]
    assert package.locale == module.PLUGIN.translations
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        website = next(extract(each) for each in PACKAGES if each.name == "web")
        own = [message.id for message in extract(package) if message.id]
    assert own and not [message for message in own if message in website]


def test_every_plugin_with_pages_has_catalogues():
    rooms = {path.parent.name for path in PLUGINS_FOLDER.glob("*/web.py")}
    assert {"apikeys", "oidc", "passkeys", "totp"} <= rooms <= set(PLUGINS)
