"""Reading who leaves, and what is left of them. It is read by the use cases of leaving alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.leaving import Departure, Remnant


class DepartureReader(Protocol):
    """Accounts that are to be deleted."""

    async def get(self, account_id: int) -> Departure | None:
        """The departure of an account, until nothing is left of it."""
        ...

    async def due(self, moment: int, limit: int) -> Sequence[Departure]:
        """Up to so many that were due before or at a moment (Unix milliseconds), the first first."""
        ...

    async def posts(self, account_id: int, limit: int) -> Sequence[Remnant]:
        """Up to so many posts and boosts, hidden ones too, of an account that is `deleted`; none of any
        other.
        """
        ...

    async def leftovers(self, account_id: int) -> bool:
        """Whether `EraseAccount` would still find something."""
        ...
