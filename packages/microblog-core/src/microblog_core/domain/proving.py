"""How somebody who is logged in shows once more that it is them, before what can't be taken back: by the
password, or, where the account has none, by having logged in just now.

Asking for it is `services.profiles.prove`.
"""

from __future__ import annotations

import enum

from microblog_core.domain.accounts import Login
from microblog_core.domain.permissions import Actor

FRESH_MILLISECONDS = 10 * 60 * 1000
"""For how long after a log-in nothing more is asked of who has no password."""
LOG_IN_AGAIN = "Log in once more, then do this within ten minutes."
"""What is said at the field of the password, where there is none."""


class Proof(enum.StrEnum):
    """What is wanted of somebody: their password, nothing (they logged in just now), or to log in again."""

    PASSWORD = "password"
    FRESH = "fresh"
    LOG_IN = "log_in"


def proof_wanted(login: Login | None, actor: Actor, now: int) -> Proof:
    """What this actor has to show at `now` (Unix milliseconds). `login` is that of their account."""
    if login is None or login.password_hash:
        return Proof.PASSWORD
    fresh = bool(actor.since) and now - actor.since <= FRESH_MILLISECONDS
    return Proof.FRESH if fresh else Proof.LOG_IN
