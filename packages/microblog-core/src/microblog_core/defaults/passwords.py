"""Passwords with Argon2id, in a thread and behind a semaphore, so that log-ins never stop the event loop or
fill memory.
"""

from __future__ import annotations

import asyncio
import functools
import weakref

import argon2

MEMORY_KIB = 19 * 1024
ITERATIONS = 2
CONCURRENT = 2
"""The OWASP profile for Argon2id: 19 MiB, two passes, one lane. At most this many are hashed at once."""

_hasher = argon2.PasswordHasher(time_cost=ITERATIONS, memory_cost=MEMORY_KIB, parallelism=1)


@functools.cache
def _nobody() -> str:
    """A hash that no password has, verified where there is no account, so that both take equally long."""
    return _hasher.hash("\x00 nobody has this password \x00")


class Argon2Passwords:
    """Hashes and checks passwords. One per site; a semaphore for each event loop that uses it."""

    def __init__(self) -> None:
        self._turns: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            weakref.WeakKeyDictionary()
        )

    def _turn(self) -> asyncio.Semaphore:
        return self._turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(CONCURRENT))

    async def hash(self, password: str) -> str:
        """An Argon2id hash in PHC format, with its salt and parameters."""
        async with self._turn():
            return await asyncio.to_thread(_hasher.hash, password.encode("utf-8", "surrogatepass"))

    async def verify(self, password_hash: str, password: str) -> bool:
        """Whether it is this password; an empty hash takes as long and is never right."""
        async with self._turn():
            good = await asyncio.to_thread(_verify, password_hash or _nobody(), password)
        return good and bool(password_hash)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password.encode("utf-8", "surrogatepass"))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
