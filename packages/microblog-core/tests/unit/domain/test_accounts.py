"""Names, addresses, passwords and texts of people: what is taken, what is refused, what looks alike."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microblog_core.domain.accounts import (
    BIO_LENGTH,
    DISPLAY_NAME_LENGTH,
    EMAIL_LENGTH,
    PASSWORD_MAX_LENGTH,
    PASSWORD_MIN_LENGTH,
    RESERVED_USERNAMES,
    USERNAME_LENGTH,
    Account,
    check_bio,
    check_display_name,
    check_email,
    check_password,
    check_username,
    clean_line,
    clean_text,
    confusable_key,
    email_key,
    is_blank,
    username_key,
)
from microblog_core.domain.errors import Invalid

ALLOWED = string.ascii_letters + string.digits + "_"


def refused(check, value: str, field: str) -> str:
    with pytest.raises(Invalid) as invalid:
        check(value)
    assert list(invalid.value.fields) == [field]
    assert invalid.value.fields[field].endswith(".")
    return invalid.value.fields[field]


@given(st.text(max_size=40) | st.text(ALLOWED, max_size=40))
def test_a_username_is_plain_or_refused_with_what_to_change(username: str) -> None:
    try:
        check_username(username)
    except Invalid:
        refused(check_username, username, "username")
    else:
        assert check_username(username) == username
        assert 1 <= len(username) <= USERNAME_LENGTH
        assert set(username) <= set(ALLOWED)
        assert username.casefold() not in RESERVED_USERNAMES


@pytest.mark.parametrize("username", ["ada", "Ada_L", "a1", "x" * USERNAME_LENGTH, "_ada_", "4ever"])
def test_names_that_are_taken(username: str) -> None:
    assert check_username(username) == username


@pytest.mark.parametrize(
    "username",
    [
        "",
        "a" * (USERNAME_LENGTH + 1),
        "ada l",
        "ada.l",
        "ada-l",
        "адa",
        "ａda",
        "ada\n",
        "@ada",
        "___",
        "123",
    ],
)
def test_names_that_are_refused(username: str) -> None:
    refused(check_username, username, "username")


@pytest.mark.parametrize(
    "username", ["admin", "ADMIN", "Adm1n", "admIn", "ad_min", "r0ot", "5upport", "_me_"]
)
def test_reserved_names_are_refused_in_every_disguise(username: str) -> None:
    assert "reserved" in refused(check_username, username, "username")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ill", "lll"),
        ("l1l", "III"),
        ("bob", "b0b"),
        ("lisa", "I1sa"),
        ("5am", "sam"),
        ("a_da", "ada"),
        ("ADA", "ada"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert confusable_key(one) == confusable_key(other)


@pytest.mark.parametrize(("one", "other"), [("ada", "add"), ("bob", "bod"), ("lisa", "luisa"), ("a1", "a2")])
def test_names_that_look_different_have_different_skeletons(one: str, other: str) -> None:
    assert confusable_key(one) != confusable_key(other)


@given(st.text(ALLOWED, min_size=1, max_size=30))
def test_spelling_never_changes_a_skeleton(username: str) -> None:
    skeleton = confusable_key(username)
    assert confusable_key(username.lower()) == confusable_key(username.replace("I", "i")) or "I" in username
    assert confusable_key(skeleton) == skeleton
    assert not set(skeleton) & set(string.ascii_uppercase + "015_i")


def test_keys_fold_the_case_and_nothing_else() -> None:
    assert username_key("Ada_L") == "ada_l"
    assert email_key(" Ada@Example.ORG ") == "ada@example.org"


def test_what_an_account_is_called() -> None:
    account = Account(id=1, username="Ada", created_at=0)
    assert (account.name, account.acct, account.username_key) == ("Ada", "Ada", "ada")
    remote = Account(id=1, username="Ada", domain="example.org", display_name="Ada L", created_at=0)
    assert (remote.name, remote.acct) == ("Ada L", "Ada@example.org")


@pytest.mark.parametrize(
    "email", ["ada@example.org", "Ada.L+news@sub.example.org", "ada@bücher.example", " ada@example.org "]
)
def test_addresses_that_are_taken(email: str) -> None:
    assert check_email(email) == email.strip()


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "ada@example.o",
        "a@b@example.org",
        "ada l@example.org",
        "ada@exa mple.org",
        "ada@example.org\nBcc: all@example.org",
        "ada@example.org,bob@example.org",
        "<ada@example.org>",
        "ada\x00@example.org",
        "ada\u202e@example.org",
        "a" * EMAIL_LENGTH + "@example.org",
    ],
)
def test_addresses_that_are_refused(email: str) -> None:
    refused(check_email, email, "email")


def test_passwords_have_a_length_and_no_composition_rules() -> None:
    for password in (
        "correct horse",
        "a" * 7 + "b",
        "пароль-пароль",
        "ab" * (PASSWORD_MAX_LENGTH // 2),
        "  spaces  ",
    ):
        assert check_password(password) == password
    for password in ("", "ab" * (PASSWORD_MIN_LENGTH // 2 - 1), "ab" * PASSWORD_MAX_LENGTH, "a" * 20):
        refused(check_password, password, "password")


def test_a_password_is_not_the_name() -> None:
    with pytest.raises(Invalid):
        check_password("AdaLovelace", username="adalovelace")
    assert check_password("AdaLovelace", username="bob") == "AdaLovelace"


@given(st.text())
def test_a_line_is_one_line_without_anything_invisible(text: str) -> None:
    line = clean_line(text)
    assert line == clean_line(line)
    assert line == line.strip()
    assert "  " not in line
    assert unicodedata.is_normalized("NFC", line)
    kept = {unicodedata.category(character) for character in line if character not in "\u200c\u200d"}
    assert not kept & {"Cc", "Cf", "Cs", "Co"}


@given(st.text())
def test_a_text_keeps_its_lines_and_loses_what_is_invisible(text: str) -> None:
    cleaned = clean_text(text)
    assert cleaned == clean_text(cleaned)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not set(cleaned) & {"\r", "\x00", "\u202e", "\u2066", "\ufeff"}
    assert not cleaned.startswith("\n")
    assert not cleaned.endswith("\n")


def test_lines_and_emoji_stay_what_they_are() -> None:
    family = "👨\u200d👩\u200d👧"
    assert clean_line(f" {family}\tand\nmore ") == f"{family} and more"
    assert clean_text("one\r\ntwo\rthree  \n\nfour") == "one\ntwo\nthree\n\nfour"
    assert clean_line("e\u0301") == "é"


def test_characters_newer_than_this_python_are_kept() -> None:
    for character in ("\U0001fae9", "\U00031350", "\U0001fbff"):
        assert clean_line(f"a {character}") == clean_text(f"a {character}") == f"a {character}"


@pytest.mark.parametrize(
    "code", [0xFFFE, 0xFDD0, 0x1FFFF, 0x10FFFF, 0x2065, 0xFFF5, 0xE0041, 0xE0FFF, 0xD800, 0xE000]
)
def test_what_is_no_character_is_removed(code: int) -> None:
    assert clean_line(f"a{chr(code)}b") == clean_text(f"a{chr(code)}b") == "ab"


@pytest.mark.parametrize("text", ["", " ", "\u200d", "\u3164\u2800", "\ufe0f", "\u0301\n"])
def test_a_name_that_nobody_can_see_is_no_name(text: str) -> None:
    assert is_blank(text)
    assert check_display_name(text) == ""


@pytest.mark.parametrize("text", ["a", ".", "\U0001fae9", "\u200da", "日", "◌\u0301"])
def test_one_visible_character_is_enough(text: str) -> None:
    assert not is_blank(text)


def test_display_names_and_bios_have_limits_that_name_their_field() -> None:
    assert check_display_name("  Ada \u202e L ") == "Ada L"
    assert check_display_name("") == ""
    assert check_bio("\n Hello \r\n there \n") == "Hello\n there"
    assert check_display_name("é" * DISPLAY_NAME_LENGTH)
    refused(check_display_name, "é" * (DISPLAY_NAME_LENGTH + 1), "display_name")
    assert str(BIO_LENGTH + 1) in refused(check_bio, "x" * (BIO_LENGTH + 1), "bio")
