"""Campaigns, whom they reach, and what became of each mail."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import msgspec

from microblog_core.domain.campaigns import (
    DEFAULT_LOCALE,
    Addressee,
    Audience,
    AudienceChunk,
    Campaign,
    CampaignCounts,
    CampaignState,
    Recipient,
    RecipientState,
    address_key,
)
from microblog_core.domain.deliveries import MAIL, STORE, paused_key
from microblog_core.domain.statistics import SLOT
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.campaigns import AUDIENCE_SCAN
from microblog_plugins.sql.dialect import Dialect, exists
from microblog_plugins.sql.kept import Kept
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.rows import ACCOUNT, ACCOUNT_WIDTH, LOGIN, account_of, columns, login_of
from microblog_plugins.sql.steps import Reader, Row, Run, Steps, reads

CAMPAIGN = (
    "id name subject body audience rate state starts_at started_at finished_at created_at created_by up_to"
    " cursor run taken_at problem version"
).split()
COUNTS = "total sending sent waiting failed unclear skipped".split()
RECIPIENT = "campaign_id account_id state attempts error due_at at claim".split()

_COLUMNS = f"{columns(CAMPAIGN, 'c')}, {columns(COUNTS, 'c')}"
_ONE = f"SELECT {_COLUMNS} FROM campaigns c WHERE c.id = :id"
_ALL = Source(_COLUMNS, "campaigns c WHERE 1 = 1", "c.id")

_PAUSED = paused_key(0, MAIL).split("0")
_REACHABLE = (
    "a.domain = '' AND a.state IN ('active', 'silenced') AND l.email_confirmed_at > 0"
    f" AND NOT {exists('news_refusals n', 'n.account_id = a.id')}"
    " AND NOT "
    + exists("plugin_values v", f"v.plugin = '{STORE}' AND v.key = '{_PAUSED[0]}' || a.id || '{_PAUSED[1]}'")
)
_PEOPLE = f"{columns(ACCOUNT, 'a')}, {columns(LOGIN, 'l')}"
_BOUND = (
    "SELECT a.id FROM accounts a WHERE a.domain = '' AND a.id > :after AND a.id <= :up_to"
    f" ORDER BY a.id LIMIT 1 OFFSET {AUDIENCE_SCAN - 1}"
)
_WAITING = (
    f"SELECT {_PEOPLE}, r.attempts, CASE WHEN {_REACHABLE} THEN 1 ELSE 0 END, r.address_key"
    " FROM campaign_recipients r JOIN accounts a ON a.id = r.account_id JOIN logins l ON l.account_id = a.id"
    " WHERE r.campaign_id = :id AND r.state = 'waiting' AND r.due_at <= :now"
    " ORDER BY r.due_at, r.account_id LIMIT :limit"
)
_NEXT_DUE = (
    "SELECT due_at FROM campaign_recipients WHERE campaign_id = :id AND state = 'waiting'"
    " ORDER BY due_at LIMIT 1"
)
_CLAIMED = (
    "SELECT account_id FROM campaign_recipients"
    " WHERE campaign_id = :id AND state = 'sending' AND claim = :claim"
)


@functools.cache
def _recipients(state: RecipientState) -> Source:
    # The state stands in the text, so that the partial index is seen to do.
    return Source(
        f"r.account_id, a.username, {columns(RECIPIENT, 'r')}",
        "campaign_recipients r JOIN accounts a ON a.id = r.account_id"
        f" WHERE r.campaign_id = :id AND r.state = '{state}'",
        "r.account_id",
    )


def _conditions(dialect: Dialect, audience: Audience) -> tuple[str, dict[str, Any]]:
    """What restricts an audience, with its parameters."""
    conditions, values = [_REACHABLE], dict[str, Any]()
    if audience.roles:
        conditions.append(dialect.among_texts("a.role", "roles"))
        values["roles"] = dialect.texts(str(role) for role in audience.roles)
    if audience.locale:
        spoken = f"CASE WHEN l.locale = '' THEN '{DEFAULT_LOCALE}' ELSE l.locale END"
        conditions.append(f"{spoken} = :locale")
        values["locale"] = audience.locale
    if audience.joined_after is not None:
        conditions.append("a.created_at >= :joined_after")
        values["joined_after"] = audience.joined_after
    if audience.joined_before is not None:
        conditions.append("a.created_at < :joined_before")
        values["joined_before"] = audience.joined_before
    if audience.active_since is not None:
        logged_in = exists("log_ins g", "g.account_id = a.id AND g.slot >= :slot")
        conditions.append(f"(a.last_post_at >= :active_since OR {logged_in})")
        values["active_since"] = audience.active_since
        values["slot"] = audience.active_since // SLOT * SLOT
    return " AND ".join(conditions), values


def _campaign_of(row: Row) -> Campaign:
    values = dict(zip(CAMPAIGN, row[: len(CAMPAIGN)], strict=True))
    values["audience"] = msgspec.json.decode(values["audience"], type=Audience)
    values["state"] = CampaignState(values["state"])
    counts = CampaignCounts(**dict(zip(COUNTS, row[len(CAMPAIGN) :], strict=True)))
    return Campaign(**values, counts=counts)


def _recipient_of(row: Row) -> Recipient:
    values = dict(zip(RECIPIENT, row[2:], strict=True))
    return Recipient(**values | {"state": RecipientState(values["state"])}, username=row[1])


def _again(row: Row) -> Addressee:
    account, login = account_of(row), login_of(row, ACCOUNT_WIDTH)
    attempts, reachable, key = row[ACCOUNT_WIDTH + len(LOGIN) :]
    return Addressee(account, login, attempts, reachable == 1 and address_key(login.email) == key, key)


class Campaigns(Reader):
    """The contract's `CampaignReader`. What looks at all accounts is read by `aside`."""

    def __init__(self, kept: Kept, run: Run, aside: Run) -> None:
        super().__init__(kept, run)
        self._aside = aside

    @reads
    def get(self, campaign_id: int) -> Steps[Campaign | None]:
        """One campaign."""
        rows = yield _ONE, {"id": campaign_id}
        return _campaign_of(rows[0]) if rows else None

    @reads
    def page(self, page: Page) -> Steps[Listing[Campaign]]:
        """All campaigns, newest first."""
        return mapped((yield from read_page(_ALL, {}, page)), _campaign_of)

    async def count(self, audience: Audience) -> int:
        """How many the audience has."""
        conditions, values = _conditions(self._dialect, audience)

        def steps() -> Steps[int]:
            source = f"accounts a JOIN logins l ON l.account_id = a.id WHERE {conditions}"
            rows = yield f"SELECT COUNT(*) FROM {source}", values
            return int(rows[0][0])

        return await self._aside(steps)

    @reads
    def audience(self, audience: Audience, *, after: int, up_to: int, limit: int) -> Steps[AudienceChunk]:
        """The next of the audience."""
        conditions, values = _conditions(self._dialect, audience)
        bounds = {"after": after, "up_to": up_to}
        last = yield _BOUND, bounds
        bounds["up_to"] = end = last[0][0] if last else up_to
        rows = yield (
            f"SELECT {_PEOPLE} FROM accounts a JOIN logins l ON l.account_id = a.id"
            f" WHERE a.id > :after AND a.id <= :up_to AND {conditions} ORDER BY a.id LIMIT :limit",
            values | bounds | {"limit": limit},
        )
        found = tuple([Addressee(account_of(row), login_of(row, ACCOUNT_WIDTH)) for row in rows])
        if len(found) == limit:
            return AudienceChunk(found, found[-1].account.id if found else after, ended=False)
        return AudienceChunk(found, end, ended=not last)

    @reads
    def waiting(self, campaign_id: int, now: int, limit: int) -> Steps[Sequence[Addressee]]:
        """Who waits and is due."""
        rows = yield _WAITING, {"id": campaign_id, "now": now, "limit": limit}
        return tuple([_again(row) for row in rows])

    @reads
    def next_due(self, campaign_id: int) -> Steps[int | None]:
        """When the next one is due."""
        rows = yield _NEXT_DUE, {"id": campaign_id}
        return rows[0][0] if rows else None

    @reads
    def claimed(self, campaign_id: int, claim: int) -> Steps[Sequence[int]]:
        """What was taken under this claim."""
        rows = yield _CLAIMED, {"id": campaign_id, "claim": claim}
        return tuple([row[0] for row in rows])

    @reads
    def recipients(self, campaign_id: int, state: RecipientState, page: Page) -> Steps[Listing[Recipient]]:
        """Recipients in a state."""
        return mapped((yield from read_page(_recipients(state), {"id": campaign_id}, page)), _recipient_of)

    @reads
    def refuses_news(self, account_id: int) -> Steps[bool]:
        """Whether the account refused news."""
        return bool(
            (yield "SELECT 1 FROM news_refusals WHERE account_id = :account", {"account": account_id})
        )
