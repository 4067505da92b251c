"""Operations of search and trends beside those that posts and accounts bring with them."""

from __future__ import annotations

from typing import ClassVar

from microblog_core.ports.operations.base import Operation


class PruneTrends(Operation, frozen=True, kw_only=True):
    """Forget how hashtags and posts were used before `before` (Unix milliseconds)."""

    needs: ClassVar[str] = "trends"
    before: int
