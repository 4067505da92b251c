from __future__ import annotations

import re

import pytest

from microblog_core.i18n import CATALOGUES, available, preferred, spoken, translations
from microblog_core.runtime import account_mail, messages, moderation_mail

SAID = [
    *messages.LINES.values(),
    *messages.ACTIONS.values(),
    *(messages.OWN_POLL, messages.ACTION, messages.ALL_ACTION, messages.CONTENT_WARNING, messages.PICTURE),
    *(*moderation_mail.DECIDED.values(), *moderation_mail.NEWS.values()),
    *(moderation_mail.SUBJECT, moderation_mail.REASON, moderation_mail.ACTION, moderation_mail.NOTE),
    *(messages.WHY, messages.SETTINGS, messages.UNSUBSCRIBE),
    *(
        text
        for words in account_mail._WORDS.values()
        for text in (words.subject, words.text, words.action, words.note)
    ),
]


@pytest.mark.parametrize("text", SAID)
def test_all_that_mails_say_is_compiled_in_every_catalogue_with_the_same_names(text):
    locales = [folder.name for folder in CATALOGUES.iterdir() if folder.is_dir()]
    assert "de" in locales
    for locale in locales:
        said = translations(locale).gettext(text)
        assert said != text
        assert set(re.findall(r"{\w+}", said)) == set(re.findall(r"{\w+}", text))


def test_a_region_speaks_its_language_and_what_is_unknown_english():
    text = messages.UNSUBSCRIBE
    assert translations("de-AT").gettext(text) == translations("de").gettext(text) != text
    for unknown in ("", "en", "xx", "../../etc", "de/../x"):
        assert translations(unknown).gettext(text) == text
        assert spoken(unknown) == "en"
    assert (spoken("de"), spoken("de-AT")) == ("de", "de-AT")


def test_plurals_are_those_of_the_language():
    german = translations("de")
    one, many = (german.ngettext("{count} notification", "{count} notifications", n) for n in (1, 2))
    assert (one, many) == ("{count} Benachrichtigung", "{count} Benachrichtigungen")


@pytest.mark.parametrize(
    ("asked", "locale"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr, en;q=0.5, de;q=0.4", "en"),
        ("xx", ""),
        ("", ""),
        ("../de", ""),
        ("DE", "de"),
    ],
)
def test_a_browser_gets_the_first_language_that_it_asks_for_and_core_speaks(asked, locale):
    assert preferred(asked) == locale
    assert available()[0] == "en" and {"ar", "de"} <= set(available())
