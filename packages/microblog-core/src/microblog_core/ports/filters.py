"""Reading filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.filters import Filter


class FilterReader(Protocol):
    """The filters of one account, which nobody else sees."""

    async def of(self, account_id: int) -> Sequence[Filter]:
        """All filters of the account with their keywords and posts, each oldest first; expired ones too."""
        ...
