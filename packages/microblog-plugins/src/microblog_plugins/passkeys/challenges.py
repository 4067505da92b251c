"""Challenges: made at random, carried by the browser in a signed state, and good for one answer.

In the plugin store `spent:UNTIL:HASH` is written once, by whoever takes the answer first, in whatever
process.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from microblog_core.domain.errors import Invalid
from microblog_core.ports.operations import AddValue

if TYPE_CHECKING:
    from microblog_core.site import Site

STORE = "passkeys"
BYTES = 32
LIFE_MILLISECONDS = 10 * 60 * 1000
STALE = "This took too long, or was answered already. Try again."

_FIELD = "challenge"


class Challenge(msgspec.Struct, frozen=True):
    """What an authenticator signs, in base64url, and the moment (Unix milliseconds) until which it may."""

    text: str
    until: int


def new_challenge(now: int) -> Challenge:
    """256 bits, for ten minutes."""
    return Challenge(secrets.token_urlsafe(BYTES), now + LIFE_MILLISECONDS)


def state_of(challenge: Challenge) -> dict[str, str]:
    """How a challenge is carried by the state of a log-in, which core signs."""
    return {_FIELD: challenge.text, "until": str(challenge.until)}


def challenge_in(state: Mapping[str, str]) -> Challenge:
    """The challenge of a state that core has verified. Raises `Invalid` (field `answer`) where there is
    none.
    """
    try:
        return Challenge(state[_FIELD], int(state["until"]))
    except (KeyError, ValueError):
        raise Invalid(fields={"answer": STALE}) from None


def spend(challenge: Challenge, now: int) -> AddValue:
    """What marks a challenge as answered; its guard fails for the second one who does. Raises `Invalid`
    (field `answer`) for a challenge that is over.
    """
    if challenge.until <= now:
        raise Invalid(fields={"answer": STALE})
    digest = hashlib.sha256(challenge.text.encode()).hexdigest()
    return AddValue(plugin=STORE, key=f"spent:{challenge.until:014}:{digest}", value=b"")


class Spent:
    """Removes the marks of challenges that are over."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def count(self, now: int, limit: int) -> int:
        """How many there are, up to the limit."""
        return len((await self._over(now))[:limit])

    async def remove(self, now: int, limit: int) -> int:
        """Remove up to so many, the oldest first."""
        over = (await self._over(now))[:limit]
        if over:
            unit = self._site.ports.unit()
            for key in over:
                unit.plugins.delete(STORE, key)
            await unit.commit()
        return len(over)

    async def _over(self, now: int) -> list[str]:
        """Keys are in the order of time. There are as many as log-ins in twenty minutes at most."""
        found = await self._site.ports.storage.values(STORE, "spent:")
        return sorted(key for key in found if int(key.split(":")[1]) <= now)
