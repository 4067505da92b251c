"""Passwords are Argon2id with the OWASP profile, and an unknown name costs as much as a wrong password."""

from __future__ import annotations

import asyncio

from microblog_core.defaults.passwords import Argon2Passwords


async def test_a_hash_is_argon2id_with_the_profile_and_verifies() -> None:
    passwords = Argon2Passwords()
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "correct hors")


async def test_two_hashes_of_one_password_differ() -> None:
    passwords = Argon2Passwords()
    assert await passwords.hash("correct horse") != await passwords.hash("correct horse")


async def test_an_empty_or_broken_hash_is_never_right() -> None:
    passwords = Argon2Passwords()
    assert not await passwords.verify("", "\x00 nobody has this password \x00")
    assert not await passwords.verify("not a hash", "x")


async def test_broken_unicode_is_a_password_like_any_other() -> None:
    passwords = Argon2Passwords()
    assert await passwords.verify(await passwords.hash("\ud800 lone surrogate"), "\ud800 lone surrogate")


async def test_many_at_once_all_get_their_turn() -> None:
    passwords = Argon2Passwords()
    stored = await passwords.hash("correct horse")
    assert await asyncio.gather(*[passwords.verify(stored, "correct horse") for _ in range(8)]) == [True] * 8
