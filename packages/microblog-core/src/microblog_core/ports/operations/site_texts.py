"""Operations on what a site says of itself."""

from __future__ import annotations

from microblog_core.domain.site_texts import SiteText
from microblog_core.ports.operations.base import Operation


class PutSiteText(Operation, frozen=True, kw_only=True):
    """A new version of one of the site's texts; earlier ones stay. `previous_id` is the version that it comes
    after, 0 for the first.

    Guards: `id`; `version` (another one comes after it already).
    """

    text: SiteText
    previous_id: int = 0

    def changed(self) -> tuple[str, ...]:
        """Whatever shows the site's name or look: every page."""
        return ("site",)
