"""Campaigns in memory: what operations on them write, and reading them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from msgspec.structs import replace

from microblog_core.domain.accounts import LOCAL, Account, AccountState, Login
from microblog_core.domain.campaigns import (
    DEFAULT_LOCALE,
    Addressee,
    Audience,
    AudienceChunk,
    Campaign,
    CampaignState,
    Recipient,
    RecipientState,
    address_key,
)
from microblog_core.domain.deliveries import MAIL, STORE, paused_key
from microblog_core.domain.errors import Conflict
from microblog_core.domain.statistics import SLOT
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.paging import cut
from microblog_core.memory.tables import Tables
from microblog_core.ports.campaigns import AUDIENCE_SCAN
from microblog_core.ports.operations import (
    AbandonRecipients,
    AddCampaign,
    DeleteCampaign,
    PutNewsRefusal,
    RecordRecipients,
    ReleaseRecipients,
    TakeRecipients,
    UpdateCampaign,
)

_SHOWN = (AccountState.ACTIVE, AccountState.SILENCED)
_OPEN = (RecipientState.SENDING, RecipientState.UNCLEAR)


def add_campaign(tables: Tables, operation: AddCampaign) -> None:
    """A new campaign; guard `id`."""
    if operation.campaign.id in tables.campaigns:
        raise Conflict("Something with this id is stored already.", guard="id")
    tables.campaigns.put(operation.campaign.id, operation.campaign)


def update_campaign(tables: Tables, operation: UpdateCampaign) -> None:
    """A campaign as it is from now on; guards `exists`, `version`."""
    after = operation.campaign
    before = _stored(tables, after.id, after.version - 1)
    counts = replace(before.counts, total=after.counts.total)
    tables.campaigns.put(after.id, replace(after, counts=counts))


def delete_campaign(tables: Tables, operation: DeleteCampaign) -> None:
    """A campaign goes; guards `exists`, `version`."""
    campaign_id = _stored(tables, operation.campaign_id, operation.version).id
    tables.campaigns.remove(campaign_id)
    for key in [key for key in tables.recipients.rows if key[0] == campaign_id]:
        tables.recipients.remove(key)
    for address in [key for key in tables.recipient_addresses.rows if key[0] == campaign_id]:
        tables.recipient_addresses.remove(address)


def take_recipients(tables: Tables, operation: TakeRecipients) -> None:
    """Somebody sends to these now; guards `exists`, `version`, `recipient`."""
    campaign = _stored(tables, operation.campaign_id, operation.version)
    if campaign.state is not CampaignState.RUNNING:
        raise Conflict("The campaign does not run.", guard="version")
    changes = _abandon(tables, campaign.id, operation.at)
    for account_id in operation.again:
        recipient = tables.recipients.get((campaign.id, account_id))
        if recipient is None or recipient.state is not RecipientState.WAITING:
            raise Conflict("It does not wait any more.", guard="recipient")
        sending = replace(
            recipient, state=RecipientState.SENDING, claim=operation.claim, at=operation.at, due_at=0
        )
        _put(tables, sending, changes)
    for turn in operation.turns:
        key, address = (campaign.id, turn.account_id), (campaign.id, turn.address_key)
        if key in tables.recipients or address in tables.recipient_addresses:
            changes[RecipientState.SKIPPED] += 1
            continue
        new = Recipient(
            campaign_id=campaign.id,
            account_id=turn.account_id,
            username="",
            state=RecipientState.SENDING,
            attempts=0,
            error="",
            due_at=0,
            at=operation.at,
            claim=operation.claim,
        )
        tables.recipient_addresses.put(address, turn.account_id)
        tables.recipients.put(key, new)
        changes[RecipientState.SENDING] += 1
    moved = replace(campaign, version=campaign.version + 1, cursor=operation.cursor, taken_at=operation.at)
    tables.campaigns.put(campaign.id, moved)
    _count(tables, campaign.id, changes)


def record_recipients(tables: Tables, operation: RecordRecipients) -> None:
    """What became of mails."""
    changes: Counter[RecipientState] = Counter()
    for outcome in operation.outcomes:
        recipient = tables.recipients.get((operation.campaign_id, outcome.account_id))
        if recipient is None or recipient.claim != operation.claim or recipient.state not in _OPEN:
            continue
        after = replace(
            recipient,
            state=outcome.state,
            attempts=outcome.attempts,
            due_at=outcome.due_at,
            error=outcome.error,
            at=operation.at,
        )
        _put(tables, after, changes)
    _count(tables, operation.campaign_id, changes)


def abandon_recipients(tables: Tables, operation: AbandonRecipients) -> None:
    """What was being sent is unclear."""
    _count(tables, operation.campaign_id, _abandon(tables, operation.campaign_id, operation.at))


def release_recipients(tables: Tables, operation: ReleaseRecipients) -> None:
    """What is unclear waits."""
    changes: Counter[RecipientState] = Counter()
    for recipient in _of(tables, operation.campaign_id, (RecipientState.UNCLEAR,)):
        if (
            operation.account_id in (None, recipient.account_id)
            and recipient.claim < operation.claimed_before
        ):
            after = replace(recipient, state=RecipientState.WAITING, due_at=operation.at, at=operation.at)
            _put(tables, after, changes)
    _count(tables, operation.campaign_id, changes)


def put_news_refusal(tables: Tables, operation: PutNewsRefusal) -> None:
    """Whether somebody refuses news; guard `exists`."""
    if operation.account_id not in tables.accounts:
        raise Conflict("The account is gone.", guard="exists")
    if operation.refused:
        tables.news_refusals.put(operation.account_id, operation.at)
    else:
        tables.news_refusals.remove(operation.account_id)


def _stored(tables: Tables, campaign_id: int, version: int) -> Campaign:
    campaign = tables.campaigns.get(campaign_id)
    if campaign is None:
        raise Conflict("The campaign is gone.", guard="exists")
    if campaign.version != version:
        raise Conflict("The campaign was changed in between.", guard="version")
    return campaign


def _of(tables: Tables, campaign_id: int, states: Collection[RecipientState]) -> list[Recipient]:
    return [
        each
        for each in tables.recipients.rows.values()
        if each.campaign_id == campaign_id and each.state in states
    ]


def _abandon(tables: Tables, campaign_id: int, at: int) -> Counter[RecipientState]:
    changes: Counter[RecipientState] = Counter()
    for recipient in _of(tables, campaign_id, (RecipientState.SENDING,)):
        _put(tables, replace(recipient, state=RecipientState.UNCLEAR, at=at), changes)
    return changes


def _put(tables: Tables, after: Recipient, changes: Counter[RecipientState]) -> None:
    """Store a recipient that was there before, and what that changes in the counts."""
    key = (after.campaign_id, after.account_id)
    changes[tables.recipients.rows[key].state] -= 1
    changes[after.state] += 1
    tables.recipients.put(key, after)


def _count(tables: Tables, campaign_id: int, changes: Counter[RecipientState]) -> None:
    campaign = tables.campaigns.get(campaign_id)
    if campaign is not None and changes:
        counts = {str(state): getattr(campaign.counts, state) + by for state, by in changes.items()}
        tables.campaigns.put(campaign_id, replace(campaign, counts=replace(campaign.counts, **counts)))


class CampaignReads:
    """A `ports.campaigns.CampaignReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, campaign_id: int) -> Campaign | None:
        """One campaign."""
        return self._tables.campaigns.get(campaign_id)

    async def page(self, page: Page) -> Listing[Campaign]:
        """All campaigns, newest first."""
        return cut(self._tables.campaigns.rows.values(), page, lambda campaign: campaign.id)

    async def count(self, audience: Audience) -> int:
        """How many the audience has."""
        return sum(1 for account_id in self._tables.logins.rows if self._addressed(account_id, audience))

    async def audience(self, audience: Audience, *, after: int, up_to: int, limit: int) -> AudienceChunk:
        """The next of the audience."""
        accounts = self._tables.accounts.rows.values()
        ids = sorted(each.id for each in accounts if each.domain == LOCAL and after < each.id <= up_to)
        found, cursor = list[Addressee](), after
        for account_id in ids[:AUDIENCE_SCAN]:
            if len(found) == limit:
                return AudienceChunk(tuple(found), cursor, ended=False)
            cursor = account_id
            pair = self._addressed(account_id, audience)
            if pair is not None:
                found.append(Addressee(*pair))
        return AudienceChunk(tuple(found), cursor, ended=len(ids) <= AUDIENCE_SCAN)

    async def waiting(self, campaign_id: int, now: int, limit: int) -> Sequence[Addressee]:
        """Who waits and is due."""
        waiting = _of(self._tables, campaign_id, (RecipientState.WAITING,))
        due = sorted((each.due_at, each.account_id) for each in waiting if each.due_at <= now)
        return tuple(self._again(campaign_id, account_id) for _, account_id in due[:limit])

    async def next_due(self, campaign_id: int) -> int | None:
        """When the next one is due."""
        waiting = _of(self._tables, campaign_id, (RecipientState.WAITING,))
        return min((each.due_at for each in waiting), default=None)

    async def claimed(self, campaign_id: int, claim: int) -> Sequence[int]:
        """What was taken under this claim."""
        sending = _of(self._tables, campaign_id, (RecipientState.SENDING,))
        return tuple(each.account_id for each in sending if each.claim == claim)

    async def recipients(self, campaign_id: int, state: RecipientState, page: Page) -> Listing[Recipient]:
        """Recipients in a state."""
        return cut(self._named(campaign_id, state), page, lambda each: each.account_id)

    async def refuses_news(self, account_id: int) -> bool:
        """Whether the account refused news."""
        return account_id in self._tables.news_refusals

    def _named(self, campaign_id: int, state: RecipientState) -> Iterator[Recipient]:
        for each in _of(self._tables, campaign_id, (state,)):
            yield replace(each, username=self._tables.accounts.rows[each.account_id].username)

    def _again(self, campaign_id: int, account_id: int) -> Addressee:
        tables = self._tables
        account, login = tables.accounts.rows[account_id], tables.logins.rows[account_id]
        key = next(
            address
            for (campaign, address), owner in tables.recipient_addresses.rows.items()
            if campaign == campaign_id and owner == account_id
        )
        eligible = self._reachable(account_id) is not None and address_key(login.email) == key
        attempts = tables.recipients.rows[campaign_id, account_id].attempts
        return Addressee(account, login, attempts, eligible, key)

    def _reachable(self, account_id: int) -> tuple[Account, Login] | None:
        """The account, if mail reaches it and it wants news."""
        tables = self._tables
        account, login = tables.accounts.get(account_id), tables.logins.get(account_id)
        if account is None or login is None or account.domain != LOCAL or account.state not in _SHOWN:
            return None
        paused = (STORE, paused_key(account_id, MAIL)) in tables.values
        if paused or login.email_confirmed_at == 0 or account_id in tables.news_refusals:
            return None
        return account, login

    def _addressed(self, account_id: int, audience: Audience) -> tuple[Account, Login] | None:
        """The account, if it can get mail and belongs to the audience."""
        pair = self._reachable(account_id)
        if pair is None:
            return None
        account, login = pair
        joined, locale = account.created_at, login.locale or DEFAULT_LOCALE
        belongs = (
            (not audience.roles or account.role in audience.roles)
            and (not audience.locale or locale == audience.locale)
            and (audience.joined_after is None or joined >= audience.joined_after)
            and (audience.joined_before is None or joined < audience.joined_before)
            and (audience.active_since is None or self._active(account, audience.active_since))
        )
        return pair if belongs else None

    def _active(self, account: Account, since: int) -> bool:
        if account.last_post_at is not None and account.last_post_at >= since:
            return True
        first = since // SLOT * SLOT
        return any(of == account.id and slot >= first for slot, of in self._tables.log_ins.rows)
