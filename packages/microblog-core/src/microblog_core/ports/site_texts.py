"""Reading what a site says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.site_texts import SiteText
from microblog_core.domain.timelines import Listing, Page


class SiteTextReader(Protocol):
    """The texts of a site in all their versions."""

    async def current(self) -> Sequence[SiteText]:
        """The newest version of each, by name."""
        ...

    async def versions(self, name: str, page: Page) -> Listing[SiteText]:
        """Every version of one of them, newest first."""
        ...

    async def version(self, text_id: int) -> SiteText | None:
        """One version."""
        ...
