from __future__ import annotations

import pytest

from microblog_core.domain.applications import (
    APART,
    OUT_OF_BAND,
    SCOPES,
    check_application_name,
    check_code_challenge,
    check_redirect_uris,
    check_scopes,
    check_website,
    expanded,
    narrowed_scopes,
)
from microblog_core.domain.errors import Invalid


@pytest.mark.parametrize(
    "address",
    [
        OUT_OF_BAND,
        "https://elephant.example/back",
        "https://elephant.example/back?a=1&b=%C3%A4",
        "http://localhost:3000/",
        "http://[::1]:3000/",
        "com.tapbots.Ivory.10217:/request_token",
        "icecubesapp://",
        "oauth_x://y",
        "mastodon-android-auth://callback",
    ],
)
def test_addresses_of_real_clients_are_taken_letter_by_letter(address: str) -> None:
    assert check_redirect_uris(address) == (address,)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://elephant.example/1",
        "about:blank",
        "urn:ietf:wg:oauth:2.0:oob:auto",
        "https://elephant.example/#fragment",
        "app://x#",
        "https:elephant.example",
        "https://",
        "https:///path",
        "https://[::1",
        "//elephant.example",
        "/back",
        "elephant.example/back",
        "https://elephant.example\\@evil.example/",
        "https://elephant.example/\r\nset-cookie:x",
        "https://elephant.example/\x00",
        "https://elephant.example/ä",
        'https://elephant.example/"',
        "https://elephant.example/" + "x" * 2000,
        "://x",
        "1app://x",
    ],
)
def test_addresses_that_nobody_can_safely_come_back_to_are_refused(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_redirect_uris([address])
    assert set(refused.value.fields) == {"redirect_uris"}


def test_several_addresses_come_as_lines_or_as_a_list_each_once() -> None:
    both = ("https://a.example/", "b://")
    assert check_redirect_uris("https://a.example/\n b:// \r\nhttps://a.example/") == both
    assert check_redirect_uris([" https://a.example/", "", "b://", "b://"]) == both
    for nothing in ("", " \n", [], [""], [f"a{number}://" for number in range(21)]):
        with pytest.raises(Invalid):
            check_redirect_uris(nothing)


def test_broad_scopes_contain_narrow_ones_and_nothing_else() -> None:
    assert expanded(["read"]) == {
        scope for scope in SCOPES.keys() - APART if scope.partition(":")[0] == "read"
    }
    assert "write" not in expanded([scope for scope in SCOPES if scope.startswith("write:")])
    assert expanded(["follow"]) == {
        "follow",
        *(f"{verb}:{what}" for verb in ("read", "write") for what in ("follows", "blocks", "mutes")),
    }
    assert "follow" in expanded(["read", "write"])
    assert "follow" not in expanded(["read", "write:follows"])
    assert expanded(["push", "weather:read"]) == {"push", "weather:read"}


def test_scopes_are_asked_for_among_those_that_are_offered() -> None:
    assert check_scopes("") == ("read",)
    assert check_scopes("read  write:media\nread") == ("read", "write:media")
    assert check_scopes(["read", "write push"]) == ("read", "write", "push")
    assert check_scopes("weather:read", [*SCOPES, "weather:read"]) == ("weather:read",)
    for unknown in ("admin:read", "read write:everything", "Read", "weather:read", "r" * 10_000):
        with pytest.raises(Invalid) as refused:
            check_scopes(unknown)
        assert len(refused.value.fields["scopes"]) < 200


@pytest.mark.parametrize(
    ("wanted", "allowed", "found"),
    [
        ("", ("read", "write"), ("read",)),
        ("", ("write",), ("write",)),
        ("", ("read:accounts",), ("read:accounts",)),
        ("read:accounts", ("read",), ("read:accounts",)),
        ("write:follows", ("follow",), ("write:follows",)),
        ("follow", ("read", "write"), ("follow",)),
        ("read", ("read:accounts",), None),
        ("read write", ("read",), None),
        ("nonsense", ("read",), None),
    ],
)
def test_scopes_are_narrowed_and_never_widened(
    wanted: str, allowed: tuple[str, ...], found: tuple[str, ...] | None
) -> None:
    assert narrowed_scopes(wanted, allowed) == found


def test_names_are_one_clean_line() -> None:
    assert check_application_name("  Ele\u202ephant\n2 ") == "Elephant 2"
    for name in ("", "\u200b", "x" * 61):
        with pytest.raises(Invalid):
            check_application_name(name)


def test_websites_are_addresses_of_the_web() -> None:
    assert check_website("") == ""
    assert check_website(" https://elephant.example/a?b ") == "https://elephant.example/a?b"
    for website in ("javascript:alert(1)", "elephant.example", "https://", "https://a b", "https://[", "x\0"):
        with pytest.raises(Invalid):
            check_website(website)


def test_challenges_are_those_of_sha_256() -> None:
    assert check_code_challenge("") == ""
    assert check_code_challenge("a" * 43) == "a" * 43
    for challenge in ("a" * 42, "a" * 44, "a" * 42 + "=", "ä" * 43):
        with pytest.raises(Invalid):
            check_code_challenge(challenge)


def test_money_is_named_or_it_is_not_meant():
    assert not expanded(["read", "write", "follow"]) & APART
    assert "read:payments" in expanded(["read:payments"])
