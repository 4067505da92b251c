"""Campaigns, their recipients, and who refuses news.

The campaign's row is locked before its recipients, always: so those who take and those who record never wait
for one another in a circle.
"""

from __future__ import annotations

import functools
from collections import Counter

import msgspec

from microblog_core.domain.campaigns import Campaign, RecipientState
from microblog_core.domain.errors import Conflict
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
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.reads.campaigns import CAMPAIGN, COUNTS
from microblog_plugins.sql.rows import as_json, insert
from microblog_plugins.sql.steps import Steps

SENDING, WAITING = RecipientState.SENDING, RecipientState.WAITING
UNCLEAR, SKIPPED = RecipientState.UNCLEAR, RecipientState.SKIPPED

_WRITTEN = [name for name in CAMPAIGN if name not in ("id", "created_at", "created_by")]
_ADD = insert("campaigns", [*CAMPAIGN, *COUNTS])
_UPDATE = (
    f"UPDATE campaigns SET {', '.join(f'{name} = :{name}' for name in (*_WRITTEN, 'total'))}"
    " WHERE id = :id AND version = :before RETURNING id"
)
_VERSION = "SELECT version FROM campaigns WHERE id = :id"
_TAKE = (
    "UPDATE campaigns SET version = version + 1, cursor = :cursor, taken_at = :at"
    " WHERE id = :id AND version = :before AND state = 'running' RETURNING id"
)
_ABANDON = (
    "UPDATE campaign_recipients SET state = 'unclear', at = :at"
    " WHERE campaign_id = :id AND state = 'sending' RETURNING account_id"
)
_AGAIN = (
    "UPDATE campaign_recipients SET state = 'sending', claim = :claim, at = :at, due_at = 0"
    " WHERE campaign_id = :id AND state = 'waiting' AND {among} RETURNING account_id"
)
_RELEASE = (
    "UPDATE campaign_recipients SET state = 'waiting', due_at = :at, at = :at WHERE campaign_id = :id"
    " AND state = 'unclear' AND claim < :claimed_before{one} RETURNING account_id"
)
_COUNT = (
    f"UPDATE campaigns SET {', '.join(f'{name} = {name} + :{name}' for name in COUNTS[1:])} WHERE id = :id"
)
_REFUSE = insert("news_refusals", ["account_id", "created_at"], "ON CONFLICT DO NOTHING")


@functools.cache
def _turns(dialect: Dialect) -> str:
    # WHERE keeps SQLite from taking ON for a join's.
    return (
        "INSERT INTO campaign_recipients"
        " (campaign_id, account_id, address_key, state, claim, attempts, due_at, error, at)"
        f" SELECT CAST(:id AS BIGINT), {dialect.item(0, 'BIGINT')}, {dialect.item(1, 'TEXT')}, 'sending',"
        " CAST(:claim AS BIGINT), 0, 0, '', CAST(:at AS BIGINT)"
        f" FROM {dialect.rows('turns')} WHERE 1 = 1 ON CONFLICT DO NOTHING RETURNING account_id"
    )


@functools.cache
def _record(dialect: Dialect, state: RecipientState) -> str:
    return (
        f"UPDATE campaign_recipients SET state = {dialect.item(1, 'TEXT')},"
        f" attempts = {dialect.item(2, 'INTEGER')}, due_at = {dialect.item(3, 'BIGINT')},"
        f" error = {dialect.item(4, 'TEXT')}, at = :at FROM {dialect.rows('outcomes')}"
        f" WHERE campaign_id = :id AND account_id = {dialect.item(0, 'BIGINT')} AND claim = :claim"
        f" AND state = '{state}' RETURNING state"
    )


def add_campaign(dialect: Dialect, operation: AddCampaign) -> Steps[None]:
    """A new campaign; guard `id`."""
    yield _ADD, _values(operation.campaign)


def update_campaign(dialect: Dialect, operation: UpdateCampaign) -> Steps[None]:
    """A campaign as it is from now on; guards `exists`, `version`."""
    values = _values(operation.campaign)
    values = {name: values[name] for name in ("id", "total", *_WRITTEN)}
    if not (yield _UPDATE, values | {"before": operation.campaign.version - 1}):
        yield from _refuse(operation.campaign.id)


def delete_campaign(dialect: Dialect, operation: DeleteCampaign) -> Steps[None]:
    """A campaign goes; guards `exists`, `version`."""
    values = {"id": operation.campaign_id, "before": operation.version}
    locked = yield f"{_VERSION} AND version = :before{dialect.locked()}", values
    if not locked:
        yield from _refuse(operation.campaign_id)
    yield "DELETE FROM campaign_recipients WHERE campaign_id = :id", {"id": operation.campaign_id}
    yield "DELETE FROM campaigns WHERE id = :id", {"id": operation.campaign_id}


def take_recipients(dialect: Dialect, operation: TakeRecipients) -> Steps[None]:
    """Somebody sends to these now; guards `exists`, `version`, `recipient`."""
    of = {"id": operation.campaign_id}
    at, claim = {"at": operation.at}, {"claim": operation.claim}
    taken = yield _TAKE, of | at | {"before": operation.version, "cursor": operation.cursor}
    if not taken:
        yield from _refuse(operation.campaign_id)
    changes: Counter[str] = Counter()
    _move(changes, SENDING, UNCLEAR, len((yield _ABANDON, of | at)))
    if operation.again:
        ids = {"ids": dialect.ids(operation.again)}
        again = yield _AGAIN.format(among=dialect.among("account_id", "ids")), of | at | claim | ids
        if len(again) != len(operation.again):
            raise Conflict("It does not wait any more.", guard="recipient")
        _move(changes, WAITING, SENDING, len(again))
    if operation.turns:
        turns = msgspec.json.encode([(each.account_id, each.address_key) for each in operation.turns])
        new = yield _turns(dialect), of | at | claim | {"turns": turns.decode()}
        changes[SENDING] += len(new)
        changes[SKIPPED] += len(operation.turns) - len(new)
    yield from _count(operation.campaign_id, changes)


def record_recipients(dialect: Dialect, operation: RecordRecipients) -> Steps[None]:
    """What became of mails."""
    of = {"id": operation.campaign_id}
    outcomes = msgspec.json.encode(
        [(each.account_id, each.state, each.attempts, each.due_at, each.error) for each in operation.outcomes]
    ).decode()
    values = of | {"at": operation.at, "claim": operation.claim, "outcomes": outcomes}
    yield f"{_VERSION}{dialect.locked()}", of
    changes: Counter[str] = Counter()
    # First what became unclear: what is recorded as that must not be found by the second one.
    for before in (UNCLEAR, SENDING):
        for (after,) in (yield _record(dialect, before), values):
            _move(changes, before, after, 1)
    yield from _count(operation.campaign_id, changes)


def abandon_recipients(dialect: Dialect, operation: AbandonRecipients) -> Steps[None]:
    """What was being sent is unclear."""
    of = {"id": operation.campaign_id}
    yield f"{_VERSION}{dialect.locked()}", of
    changes: Counter[str] = Counter()
    _move(changes, SENDING, UNCLEAR, len((yield _ABANDON, of | {"at": operation.at})))
    yield from _count(operation.campaign_id, changes)


def release_recipients(dialect: Dialect, operation: ReleaseRecipients) -> Steps[None]:
    """What is unclear waits."""
    of = {"id": operation.campaign_id}
    yield f"{_VERSION}{dialect.locked()}", of
    values = of | {"at": operation.at, "claimed_before": operation.claimed_before}
    one = ""
    if operation.account_id is not None:
        one, values = " AND account_id = :account", values | {"account": operation.account_id}
    changes: Counter[str] = Counter()
    _move(changes, UNCLEAR, WAITING, len((yield _RELEASE.format(one=one), values)))
    yield from _count(operation.campaign_id, changes)


def put_news_refusal(dialect: Dialect, operation: PutNewsRefusal) -> Steps[None]:
    """Whether somebody refuses news; guard `exists`."""
    values = {"account_id": operation.account_id}
    if operation.refused:
        yield _REFUSE, values | {"created_at": operation.at}
    else:
        found = yield "SELECT id FROM accounts WHERE id = :account_id", values
        if not found:
            raise Conflict("The account is gone.", guard="exists")
        yield "DELETE FROM news_refusals WHERE account_id = :account_id", values


def _values(campaign: Campaign) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(campaign, name) for name in CAMPAIGN}
    values |= {"audience": as_json(campaign.audience), "state": str(campaign.state)}
    return values | {name: getattr(campaign.counts, name) for name in COUNTS}


def _refuse(campaign_id: int) -> Steps[None]:
    """Say why a campaign isn't as somebody thought."""
    if not (yield _VERSION, {"id": campaign_id}):
        raise Conflict("The campaign is gone.", guard="exists")
    raise Conflict("The campaign was changed in between.", guard="version")


def _move(changes: Counter[str], before: str, after: str, count: int) -> None:
    changes[before] -= count
    changes[after] += count


def _count(campaign_id: int, changes: Counter[str]) -> Steps[None]:
    if any(changes.values()):
        yield _COUNT, {"id": campaign_id, **{name: changes[name] for name in COUNTS[1:]}}
