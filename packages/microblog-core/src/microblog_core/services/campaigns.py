"""Campaigns as operators handle them: write one, look at whom it reaches, start, pause, resume, cancel.

Sending is `runtime.campaigns`'. What starts or resumes a campaign queues its first job in the same
transaction, and each change is guarded by the version: of a pause and a chunk at the same time one comes
first.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from microblog_core.domain import campaigns as domain
from microblog_core.domain.campaigns import Audience, Campaign, CampaignState, Recipient, RecipientState
from microblog_core.domain.errors import Conflict, Invalid, NotFound, Unavailable
from microblog_core.domain.ids import COUNTER_BITS
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import audited, authorised, rate_limited, retried
from microblog_core.ports import operations as ops
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job

CAMPAIGN_JOB = "campaigns.send"
TEST_JOB = "campaigns.test"
MANAGE = "campaigns.manage"

AHEAD = 366 * 24 * 3600 * 1000
CHUNK_LIFE = 150 * 1000
"""Longer than this (milliseconds) nobody sends what they took: unclear mails may be released after it."""
TRIES = 5

_OVER = "Only a campaign that {may} can be {done}; this one is {state}."


class CampaignWork(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `CAMPAIGN_JOB`. A job of an earlier run does nothing."""

    campaign_id: int
    run: int


class TestMail(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `TEST_JOB`: the mail of a campaign as this account would get it."""

    campaign_id: int
    account_id: int


class AddCampaign(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign says to whom; `rate` is in mails a minute, 0 for no limit."""

    name: str
    subject: str
    body: str
    audience: Audience = Audience()
    rate: int = 0


class EditCampaign(AddCampaign, frozen=True, kw_only=True):
    """What a draft is to be from now on; `version` is the one that was changed."""

    campaign_id: int
    version: int


class CampaignCommand(msgspec.Struct, frozen=True, kw_only=True):
    """Which campaign."""

    campaign_id: int


class StartCampaign(CampaignCommand, frozen=True, kw_only=True):
    """Which campaign, and when it is to begin (Unix milliseconds): at the end of its grace at the
    earliest.
    """

    at: int | None = None


class ReleaseUnclear(CampaignCommand, frozen=True, kw_only=True):
    """Send unclear mails again: all of a campaign, or the one to an account."""

    account_id: int | None = None


@authorised(MANAGE)
async def list_campaigns(ports: Ports, actor: Actor, page: Page) -> Listing[Campaign]:
    """All campaigns, newest first."""
    return await ports.storage.campaigns.page(page)


@authorised(MANAGE)
async def read_campaign(ports: Ports, actor: Actor, campaign_id: int) -> Campaign:
    """One campaign. Raises `NotFound`."""
    return await _existing(ports, campaign_id)


@authorised(MANAGE)
async def count_audience(ports: Ports, actor: Actor, audience: Audience) -> int:
    """How many an audience has now."""
    return await ports.storage.campaigns.count(audience)


@authorised(MANAGE)
async def list_recipients(
    ports: Ports, actor: Actor, campaign_id: int, state: RecipientState, page: Page
) -> Listing[Recipient]:
    """Recipients of a campaign in a state. Raises `NotFound`."""
    await _existing(ports, campaign_id)
    return await ports.storage.campaigns.recipients(campaign_id, state, page)


@authorised(MANAGE)
@audited("campaign.added", lambda command: command.name[:60])
@retried("id")
async def add_campaign(ports: Ports, actor: Actor, command: AddCampaign) -> Campaign:
    """Write a draft. Raises `Invalid` (fields `name`, `subject`, `body`, `rate`, `joined_before`)."""
    name, subject, body = _checked(command)
    now = ports.clock.now()
    campaign = Campaign(
        id=ports.ids.at(now),
        name=name,
        subject=subject,
        body=body,
        audience=command.audience,
        rate=command.rate,
        created_at=now,
        created_by=actor.id,
    )
    unit = ports.unit()
    unit.apply(ops.AddCampaign(campaign=campaign))
    await unit.commit()
    return campaign


@authorised(MANAGE)
@audited("campaign.edited", lambda command: command.campaign_id)
async def edit_campaign(ports: Ports, actor: Actor, command: EditCampaign) -> Campaign:
    """Change a draft. Raises `NotFound`, `Invalid` as `add_campaign`, `Conflict` (it is no draft any more, or
    somebody else changed it).
    """
    name, subject, body = _checked(command)
    before = await _existing(ports, command.campaign_id)
    _check_state(before, "edited", "is a draft", CampaignState.DRAFT)
    after = replace(
        before,
        name=name,
        subject=subject,
        body=body,
        audience=command.audience,
        rate=command.rate,
        version=command.version + 1,
    )
    unit = ports.unit()
    unit.apply(ops.UpdateCampaign(campaign=after))
    await unit.commit()
    return after


@authorised(MANAGE)
@audited("campaign.deleted", lambda command: command.campaign_id)
async def delete_campaign(ports: Ports, actor: Actor, command: CampaignCommand) -> None:
    """Throw a draft away. Raises `NotFound`, `Conflict` (it is no draft any more)."""
    before = await _existing(ports, command.campaign_id)
    _check_state(before, "deleted", "is a draft", CampaignState.DRAFT)
    unit = ports.unit()
    unit.apply(ops.DeleteCampaign(campaign_id=before.id, version=before.version))
    await unit.commit()


@authorised(MANAGE)
@audited("campaign.started", lambda command: command.campaign_id)
async def start_campaign(ports: Ports, actor: Actor, command: StartCampaign) -> Campaign:
    """Have a draft sent: at its moment, but not before the end of the grace in which it can be taken back.

    Raises `NotFound`, `Conflict` (it is no draft any more), `Invalid` (field `at`: too far ahead),
    `Unavailable` (the site sends no mail).
    """
    now = ports.clock.now()
    if not ports.mails:
        raise Unavailable(
            "This site sends no mail at the moment.",
            hint="Operators: set plugins.email.host, see the README of microblog_plugins.email.",
        )
    if command.at is not None and command.at > now + AHEAD:
        raise Invalid(fields={"at": "Choose a moment within a year."})
    starts_at = max(now + ports.limits.campaign_grace, command.at or 0)

    def started(before: Campaign) -> Campaign:
        _check_state(before, "started", "is a draft", CampaignState.DRAFT)
        return replace(before, state=CampaignState.SCHEDULED, starts_at=starts_at, run=before.run + 1)

    return await _change(ports, command.campaign_id, started, due_at=starts_at)


@authorised(MANAGE)
@audited("campaign.paused", lambda command: command.campaign_id)
async def pause_campaign(ports: Ports, actor: Actor, command: CampaignCommand) -> Campaign:
    """Stop sending after the mails that are on their way now. Raises `NotFound`, `Conflict` (it doesn't
    run).
    """

    def paused(before: Campaign) -> Campaign:
        _check_state(before, "paused", "runs", CampaignState.RUNNING)
        return replace(before, state=CampaignState.PAUSED, problem="")

    return await _change(ports, command.campaign_id, paused)


@authorised(MANAGE)
@audited("campaign.resumed", lambda command: command.campaign_id)
async def resume_campaign(ports: Ports, actor: Actor, command: CampaignCommand) -> Campaign:
    """Go on where it was paused. Raises `NotFound`, `Conflict` (it is not paused)."""

    def resumed(before: Campaign) -> Campaign:
        if not before.may_resume:
            _check_state(before, "resumed", "is paused", CampaignState.PAUSED)
        return _going_on(before)

    return await _change(ports, command.campaign_id, resumed, due_at=ports.clock.now())


@authorised(MANAGE)
@audited("campaign.cancelled", lambda command: command.campaign_id)
async def cancel_campaign(ports: Ports, actor: Actor, command: CampaignCommand) -> Campaign:
    """End it after the mails that are on their way now, for good. What has not begun yet becomes a draft
    again: nothing was sent. Raises `NotFound`, `Conflict` (there is nothing to cancel).
    """
    now = ports.clock.now()

    def cancelled(before: Campaign) -> Campaign:
        if before.state is CampaignState.SCHEDULED:
            return replace(before, state=CampaignState.DRAFT, starts_at=None)
        may = (CampaignState.RUNNING, CampaignState.PAUSED)
        _check_state(before, "cancelled", "is scheduled, runs or is paused", *may)
        return replace(before, state=CampaignState.CANCELLED, finished_at=now)

    return await _change(ports, command.campaign_id, cancelled)


@authorised(MANAGE)
@audited("campaign.released", lambda command: command.campaign_id)
async def release_unclear(ports: Ports, actor: Actor, command: ReleaseUnclear) -> Campaign:
    """Send again what nobody knows whether it was sent: an operator decides, since people may get it twice.

    What was taken within the last two and a half minutes stays: somebody may still be sending it. A campaign
    that is finished goes on. Raises `NotFound`, `Conflict` (it is cancelled).
    """
    now = ports.clock.now()
    release = ops.ReleaseRecipients(
        campaign_id=command.campaign_id,
        account_id=command.account_id,
        claimed_before=(now - CHUNK_LIFE) << COUNTER_BITS,
        at=now,
    )

    def released(before: Campaign) -> Campaign:
        may = (CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.FINISHED)
        _check_state(before, "sent again", "runs, is paused or is finished", *may)
        return before if before.state is CampaignState.PAUSED else _going_on(before)

    return await _change(ports, command.campaign_id, released, release, due_at=now)


@authorised(MANAGE)
@rate_limited("campaign_tests", limit=30, per=3600)
async def send_test(ports: Ports, actor: Actor, command: CampaignCommand) -> None:
    """Send the mail to the actor alone; it counts for nothing. Raises `NotFound`, `RateLimited`."""
    await _existing(ports, command.campaign_id)
    unit, now = ports.unit(), ports.clock.now()
    job_id = ports.ids.at(now)
    test = TestMail(campaign_id=command.campaign_id, account_id=require_account(actor).id)
    payload = msgspec.json.encode(test)
    unit.outbox.add(
        Job(id=job_id, kind=TEST_JOB, key=str(job_id), payload=payload, due_at=now, created_at=now)
    )
    await unit.commit()


def campaign_job(ports: Ports, campaign: Campaign, due_at: int) -> Job:
    """The job that sends the next chunk of this campaign."""
    now = ports.clock.now()
    work = CampaignWork(campaign_id=campaign.id, run=campaign.run)
    return Job(
        id=ports.ids.at(now),
        kind=CAMPAIGN_JOB,
        key=f"{campaign.id}:{campaign.run}:{campaign.version}:{due_at}",
        payload=msgspec.json.encode(work),
        due_at=due_at,
        created_at=now,
    )


def _going_on(before: Campaign) -> Campaign:
    return replace(before, state=CampaignState.RUNNING, run=before.run + 1, finished_at=None, problem="")


async def _change(
    ports: Ports,
    campaign_id: int,
    make: Callable[[Campaign], Campaign],
    *operations: ops.Operation,
    due_at: int | None = None,
) -> Campaign:
    """Change a campaign, again where a chunk came first; a new run is queued for `due_at`."""
    for attempt in range(1, TRIES + 1):
        before = await _existing(ports, campaign_id)
        after = replace(make(before), version=before.version + 1)
        unit = ports.unit()
        unit.apply(ops.UpdateCampaign(campaign=after), *operations)
        if due_at is not None and after.run != before.run:
            unit.outbox.add(campaign_job(ports, after, due_at))
        try:
            await unit.commit()
        except Conflict as conflict:
            if conflict.guard == "exists":
                raise NotFound("There is no such campaign.") from conflict
            if conflict.guard != "version" or attempt == TRIES:
                raise
        else:
            return await _existing(ports, campaign_id)
    raise AssertionError("the last attempt returns or raises")


async def _existing(ports: Ports, campaign_id: int) -> Campaign:
    found = await ports.storage.campaigns.get(campaign_id)
    if found is None:
        raise NotFound("There is no such campaign.")
    return found


def _check_state(campaign: Campaign, done: str, may: str, *states: CampaignState) -> None:
    if campaign.state not in states:
        raise Conflict(_OVER.format(may=may, done=done, state=campaign.state), guard="state")


def _checked(command: AddCampaign) -> tuple[str, str, str]:
    domain.check_audience(command.audience)
    return domain.check_campaign(command.name, command.subject, command.body, command.rate)
