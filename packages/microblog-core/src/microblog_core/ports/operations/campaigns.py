"""Operations on campaigns, on their recipients, and on who refused news."""

from __future__ import annotations

import msgspec

from microblog_core.domain.campaigns import Campaign, Outcome
from microblog_core.ports.operations.base import Operation


class AddCampaign(Operation, frozen=True, kw_only=True):
    """A new campaign. Guard: `id`."""

    campaign: Campaign


class UpdateCampaign(Operation, frozen=True, kw_only=True):
    """A campaign as it is from now on, but for its counts: of those only `total` is written. Guards:
    `exists`; `version` (it has another version than the one below the new one's).
    """

    campaign: Campaign


class DeleteCampaign(Operation, frozen=True, kw_only=True):
    """A campaign goes, with its recipients. Guards: `exists`; `version`."""

    campaign_id: int
    version: int


class Turn(msgspec.Struct, frozen=True):
    """An account whose turn it is, and the key of its address (`domain.campaigns.address_key`)."""

    account_id: int
    address_key: str


class TakeRecipients(Operation, frozen=True, kw_only=True):
    """The unit takes these into its own hands, under the name `claim`: their state is `sending`.

    `turns` are new: who, or whose address, had a turn already is left out and counts as skipped; those that
    were not are what `claimed` reads. `again` wait. What somebody else was sending becomes unclear. Guards:
    `exists`; `version` (another version, or the campaign doesn't run), so that of two who want the same only
    one gets it; `recipient` (one of `again` does not wait any more). The version grows by one.
    """

    campaign_id: int
    version: int
    cursor: int
    claim: int
    at: int
    turns: tuple[Turn, ...] = ()
    again: tuple[int, ...] = ()


class RecordRecipients(Operation, frozen=True, kw_only=True):
    """What became of mails that were taken under this claim, whatever the campaign's state is by now. What
    became unclear in between is clear again; what somebody else has taken since stays as it is.
    """

    campaign_id: int
    claim: int
    at: int
    outcomes: tuple[Outcome, ...]


class AbandonRecipients(Operation, frozen=True, kw_only=True):
    """Whoever was sending this campaign is gone: what they were sending is unclear."""

    campaign_id: int
    at: int


class ReleaseRecipients(Operation, frozen=True, kw_only=True):
    """An operator has unclear mails sent again, all of them or to one account: they wait. Only what was taken
    under a claim below `claimed_before`, so that nobody can still be sending it.
    """

    campaign_id: int
    account_id: int | None = None
    claimed_before: int
    at: int


class PutNewsRefusal(Operation, frozen=True, kw_only=True):
    """Somebody refuses the operators' news, or wants them again. Guard: `exists` (the account is gone)."""

    account_id: int
    refused: bool
    at: int
