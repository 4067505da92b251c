"""Reading suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.accounts import Account
from microblog_core.domain.suggestions import Suggestion


class SuggestionReader(Protocol):
    """People whom somebody may want to follow."""

    async def of(self, viewer: int, limit: int) -> Sequence[Suggestion]:
        """Whom people followed by the viewer follow, most shared first, then the most followed; `limit` at
        most. The last first where these are the same.

        Left out: the viewer; who is followed, was asked to be, is blocked, muted, or dismissed as a
        suggestion; who blocks the viewer; who is not `active`; who does not wish to be discovered. Bounds as
        in `domain.suggestions`.
        """
        ...

    async def directory(
        self, viewer: int | None, *, by_activity: bool, limit: int, offset: int = 0
    ) -> Sequence[Account]:
        """Local people who are `active` and wish to be discovered: with `by_activity` those who ever wrote
        for everybody, who did last first, else all, newest first. Who blocks the viewer, and who is blocked
        or muted, is left out.
        """
        ...
