from __future__ import annotations

import base64

import pytest

from microblog_plugins.totp import codes

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds, code):
    assert codes.step_of(SECRET, code, seconds * 1000) == seconds // 30
    assert codes.step_of(SECRET, f" {code[:3]} {code[3:]} ", seconds * 1000) == seconds // 30


def test_a_clock_may_be_one_step_off_and_not_two():
    now, step = 1_111_111_109_000, 1_111_111_109 // 30
    for off, found in ((-2, None), (-1, step), (0, step), (1, step), (2, None)):
        assert codes.step_of(SECRET, "081804", now + off * 30_000) == found


@pytest.mark.parametrize("code", ["", "28708", "2870822", "28708x", "٢٨٧٠٨٢", "-28708"])
def test_nothing_but_six_digits_is_a_code(code):
    assert codes.step_of(SECRET, code, 59_000) is None


def test_a_secret_opens_with_the_sites_keys_and_for_its_account_alone():
    old, new = b"a" * 32, b"b" * 32
    sealed = codes.seal_secret(old, 7, SECRET)
    assert SECRET not in sealed
    assert codes.open_secret([new, old], 7, sealed) == SECRET
    assert codes.open_secret([new], 7, sealed) == codes.open_secret([old], 8, sealed) == ""


def test_recovery_codes_are_ten_that_nobody_has_and_match_however_they_are_spelt():
    made = codes.new_recovery_codes()
    assert len(set(made)) == 10 and all(len(each) == 19 for each in made)
    old, new = b"a" * 32, b"b" * 32
    stored = [codes.recovery_hash(old, 7, each) for each in made]
    for spelt in (made[3], made[3].upper(), made[3].replace("-", " "), f" {made[3].replace('-', '')} "):
        assert codes.recovery_matches([new, old], 7, spelt, stored) == stored[3]
    assert codes.recovery_matches([new], 7, made[3], stored) == ""
    assert codes.recovery_matches([old], 8, made[3], stored) == ""
    assert codes.recovery_matches([old], 7, "", stored) == ""
