"""What operators see of a storage as a whole."""

from __future__ import annotations

from typing import Protocol

import msgspec

FIGURES_MOST = 1_000
"""Figures that say how much there is to do are counted up to this."""


class StorageFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Reports that are open and people who wait for approval (each up to `FIGURES_MOST`), and how many bytes
    the database takes (0: not known).
    """

    reports_open: int = 0
    waiting: int = 0
    size: int = 0


class OperatingReader(Protocol):
    """Figures for the operators' overview."""

    async def figures(self) -> StorageFigures:
        """All of them at once; costs the same however much there is."""
        ...
