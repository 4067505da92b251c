"""Reading campaigns, their audiences and recipients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.campaigns import (
    Addressee,
    Audience,
    AudienceChunk,
    Campaign,
    Recipient,
    RecipientState,
)
from microblog_core.domain.timelines import Listing, Page

AUDIENCE_SCAN = 2000
"""So many accounts are looked at in one read, whoever of them belongs to the audience."""


class CampaignReader(Protocol):
    """Campaigns and whom they reach. Local accounts count that are active or silenced, whose address is
    confirmed and not paused, and who did not refuse news.
    """

    async def get(self, campaign_id: int) -> Campaign | None:
        """One campaign."""
        ...

    async def page(self, page: Page) -> Listing[Campaign]:
        """All campaigns, newest first."""
        ...

    async def count(self, audience: Audience) -> int:
        """How many the audience has now. It looks at all accounts."""
        ...

    async def audience(self, audience: Audience, *, after: int, up_to: int, limit: int) -> AudienceChunk:
        """The first of the audience with account ids above `after` and up to `up_to`; fewer than `limit`, or
        nobody, also where `AUDIENCE_SCAN` accounts were looked at.
        """
        ...

    async def waiting(self, campaign_id: int, now: int, limit: int) -> Sequence[Addressee]:
        """Recipients that wait and are due at `now`, longest due first."""
        ...

    async def next_due(self, campaign_id: int) -> int | None:
        """When the next one that waits is due (Unix milliseconds); None where nobody waits."""
        ...

    async def claimed(self, campaign_id: int, claim: int) -> Sequence[int]:
        """The account ids of what was taken under this claim and is being sent."""
        ...

    async def recipients(self, campaign_id: int, state: RecipientState, page: Page) -> Listing[Recipient]:
        """Recipients in a state, by account id, highest first."""
        ...

    async def refuses_news(self, account_id: int) -> bool:
        """Whether the account refused the operators' news."""
        ...
