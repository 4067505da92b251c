"""The jobs of campaigns: each takes the next recipients, mails them, and queues the next job with what it
knows.

A recipient is marked before its mail is sent and again afterwards. Who dies in between leaves an unclear one,
which nobody mails again unless an operator says so; all others are where they were. Of two who run the same
campaign one takes a chunk, by its version, and the other finds that it has moved on. A pause ends the chain
of jobs at its next link: a job belongs to one run, and only a new run begins a chain.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from microblog_core.domain.accounts import email_key
from microblog_core.domain.campaigns import (
    Addressee,
    Campaign,
    CampaignState,
    Outcome,
    RecipientState,
    address_key,
)
from microblog_core.domain.deliveries import MAIL, STORE, Paused, paused_key
from microblog_core.domain.errors import Conflict, Unavailable
from microblog_core.ports.channels import BulkChannel, Channel, Temporary
from microblog_core.ports.operations import (
    AbandonRecipients,
    Job,
    RecordRecipients,
    TakeRecipients,
    Turn,
    UpdateCampaign,
)
from microblog_core.ports.queue import RetryPolicy
from microblog_core.ports.unit import UnitOfWork
from microblog_core.runtime.campaign_mail import CampaignWriter
from microblog_core.runtime.campaign_sending import Sending
from microblog_core.runtime.current import end_current_job
from microblog_core.runtime.messages import Reader
from microblog_core.services.campaigns import CHUNK_LIFE, CampaignWork, TestMail, campaign_job
from microblog_core.services.site_texts import read_face

if TYPE_CHECKING:
    from microblog_core.site import Site

CHUNK = 100
"""So many recipients at most are taken at once, and may be unclear where a process dies."""
CHUNK_SECONDS = 5.0
"""Where a campaign has a rate, a chunk is what that lets through in this time."""
SCANS = 5
"""So many reads at most look for a chunk's recipients: few may belong to an audience."""
TIMEOUT = 120.0
CAMPAIGN_RETRY = RetryPolicy(tries=100, first_delay=2.0, max_delay=300.0)
OVERLAP_SECONDS = 2.0
REFUSED_IN_A_ROW = 20
"""A chunk of so many, all refused for good, pauses the campaign: the server means us, not them."""
RECORD_TRIES = 20

logger = logging.getLogger(__name__)


class CampaignRunner:
    """Sends one site's campaigns."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._writer = CampaignWriter(site)

    async def send(self, job: Job) -> None:
        """Send the next chunk. Raises `Temporary` where others change the campaign all the time."""
        work = msgspec.json.decode(job.payload, type=CampaignWork)
        await read_face(self._site.ports)
        for _ in range(RECORD_TRIES):
            campaign = await self._site.storage.campaigns.get(work.campaign_id)
            if campaign is None or campaign.run != work.run:
                return
            try:
                await self._step(campaign, job)
            except Conflict as conflict:
                if conflict.guard not in ("version", "recipient"):
                    raise
            else:
                return
        raise Temporary("Others change this campaign at the same time.")

    async def test(self, job: Job) -> None:
        """Send a campaign's mail to one account. Raises what the channel raises."""
        what = msgspec.json.decode(job.payload, type=TestMail)
        storage, channel = self._site.storage, self._channel()
        campaign = await storage.campaigns.get(what.campaign_id)
        account = await storage.accounts.get(what.account_id)
        login = await storage.accounts.login_of(what.account_id)
        if campaign is None or account is None or login is None or channel is None:
            return
        markup, reader = self._writer.html_of(campaign), Reader(account=account, login=login)
        message = self._writer.message(campaign, markup, reader, test=True)
        await channel.deliver(message, key=f"test:{job.id}")

    def _channel(self) -> Channel | None:
        return next((each for each in self._site.contributions.channels if each.name == MAIL), None)

    async def _step(self, campaign: Campaign, job: Job) -> None:
        now = self._site.ports.clock.now()
        if job.attempts > 1 and campaign.counts.sending:
            # Whoever ran this job before has not ended it: nobody knows what became of its mails.
            unit = self._site.ports.unit()
            unit.apply(AbandonRecipients(campaign_id=campaign.id, at=now))
            await unit.commit()
            campaign = replace(campaign, counts=replace(campaign.counts, sending=0))
        if campaign.state is CampaignState.SCHEDULED:
            if campaign.starts_at is not None and campaign.starts_at > now:
                await self._again(campaign, campaign.starts_at)
                return
            campaign = await self._begin(campaign, now)
        if campaign.state is not CampaignState.RUNNING:
            return
        if campaign.counts.sending and now < campaign.taken_at + CHUNK_LIFE:
            # The last chunk of an earlier run is still on its way.
            await self._again(campaign, now + round(OVERLAP_SECONDS * 1000))
            return
        channel = self._channel()
        if channel is None:
            await self._stop(campaign, CampaignState.PAUSED, "This site sends no mail any more.")
            return
        await self._chunk(campaign, channel, now)

    async def _begin(self, campaign: Campaign, now: int) -> Campaign:
        """From now on the audience is fixed: who joins later is not in it."""
        ports = self._site.ports
        total = await ports.storage.campaigns.count(campaign.audience)
        begun = replace(
            campaign,
            state=CampaignState.RUNNING,
            started_at=now,
            up_to=ports.ids.at(now),
            version=campaign.version + 1,
            counts=replace(campaign.counts, total=total),
        )
        unit = ports.unit()
        unit.apply(UpdateCampaign(campaign=begun))
        await unit.commit()
        return begun

    async def _chunk(self, campaign: Campaign, channel: Channel, now: int) -> None:
        read, ids = self._site.storage.campaigns, self._site.ports.ids
        due = await read.waiting(campaign.id, now, chunk_size(campaign.rate))
        turns, cursor = await self._next(campaign, chunk_size(campaign.rate) - len(due))
        if not due and not turns and cursor == campaign.cursor:
            await self._end(campaign)
            return
        take = TakeRecipients(
            campaign_id=campaign.id,
            version=campaign.version,
            cursor=cursor,
            claim=ids.at(now),
            at=now,
            turns=tuple(Turn(each.account.id, address_key(each.login.email)) for each in turns),
            again=tuple(each.account.id for each in due),
        )
        unit = self._site.ports.unit()
        unit.apply(take)
        await unit.commit()
        taken = replace(campaign, version=campaign.version + 1, cursor=cursor)
        mine = set(await read.claimed(campaign.id, take.claim)) if turns else set()
        chosen = [each for each in due if each.eligible]
        chosen += [each for each in turns if each.account.id in mine]
        skipped = [
            Outcome(account_id=each.account.id, state=RecipientState.SKIPPED, attempts=each.attempts)
            for each in due
            if not each.eligible
        ]
        await self._send_to(taken, channel, chosen, take.claim, skipped, now)

    async def _next(self, campaign: Campaign, limit: int) -> tuple[list[Addressee], int]:
        """Whose turn is next, and the cursor behind them."""
        found, cursor = list[Addressee](), campaign.cursor
        for _ in range(SCANS):
            if len(found) >= limit or cursor >= campaign.up_to:
                break
            chunk = await self._site.storage.campaigns.audience(
                campaign.audience, after=cursor, up_to=campaign.up_to, limit=limit - len(found)
            )
            found += chunk.addressees
            cursor = campaign.up_to if chunk.ended else chunk.cursor
        return found, cursor

    async def _send_to(
        self,
        campaign: Campaign,
        channel: Channel,
        chosen: Sequence[Addressee],
        claim: int,
        skipped: Sequence[Outcome],
        began: int,
    ) -> None:
        markup = self._writer.html_of(campaign)

        async def deliver(to: Addressee) -> None:
            reader = Reader(account=to.account, login=to.login)
            message = self._writer.message(campaign, markup, reader)
            await channel.deliver(message, key=f"campaign:{campaign.id}:{to.account.id}")

        parallel = channel.parallel if isinstance(channel, BulkChannel) else 1
        clock = self._site.ports.clock
        sending = Sending(chosen, deliver, parallel=parallel, now=clock.now)
        sending.outcomes += skipped
        known = list[Outcome]()

        async def flush() -> None:
            known.extend(sending.outcomes)
            unit = self._site.ports.unit()
            self._record(unit, campaign, claim, sending.take())
            await self._commit(unit)

        try:
            await sending.run(flush)
        except BaseException:
            sending.give_back()
            await flush()
            raise
        sent = len(chosen) - len(sending.left)
        sending.give_back()
        known.extend(sending.outcomes)
        unit = self._site.ports.unit()
        outcomes = sending.take()
        self._record(unit, campaign, claim, outcomes)
        self._pause_addresses(unit, sending.gone)
        if await self._paused_by_refusals(campaign, claim, known, sending, outcomes):
            return
        due_at = began + (round(sent * 60_000 / campaign.rate) if campaign.rate else 0)
        if sending.pauses is not None:
            due_at = max(due_at, clock.now() + round(sending.pauses * 1000))
        end_current_job(unit)
        unit.outbox.add(campaign_job(self._site.ports, campaign, max(due_at, began)))
        try:
            await self._commit(unit)
        except Conflict as conflict:
            if conflict.guard != "job":
                raise
            # Somebody else runs this job by now, and has the rest.
            unit = self._site.ports.unit()
            self._record(unit, campaign, claim, outcomes)
            self._pause_addresses(unit, sending.gone)
            await self._commit(unit)

    async def _paused_by_refusals(
        self,
        campaign: Campaign,
        claim: int,
        known: Sequence[Outcome],
        sending: Sending,
        outcomes: Sequence[Outcome],
    ) -> bool:
        """Pause where everything was refused for good; whether that was so."""
        refused = [each for each in known if each.state is RecipientState.FAILED]
        if len(refused) < max(REFUSED_IN_A_ROW, len(known)):
            return False
        unit = self._site.ports.unit()
        self._record(unit, campaign, claim, outcomes)
        self._pause_addresses(unit, sending.gone)
        problem = f"The last {len(refused)} mails were all refused: {refused[-1].error}"
        paused = replace(campaign, state=CampaignState.PAUSED, problem=problem, version=campaign.version + 1)
        unit.apply(UpdateCampaign(campaign=paused))
        end_current_job(unit)
        try:
            await self._commit(unit)
        except Conflict:
            return False
        logger.error("The campaign %s is paused: %s", campaign.id, problem)
        return True

    def _record(self, unit: UnitOfWork, campaign: Campaign, claim: int, outcomes: Sequence[Outcome]) -> None:
        if outcomes:
            at = self._site.ports.clock.now()
            unit.apply(
                RecordRecipients(campaign_id=campaign.id, claim=claim, at=at, outcomes=tuple(outcomes))
            )

    def _pause_addresses(self, unit: UnitOfWork, gone: Sequence[Addressee]) -> None:
        for each in gone:
            pause = Paused(at=self._site.ports.clock.now(), address=email_key(each.login.email))
            unit.plugins.put(STORE, paused_key(each.account.id, MAIL), msgspec.json.encode(pause))

    async def _commit(self, unit: UnitOfWork) -> None:
        """Write what is known, again and again while the storage is away: else it would be unclear."""
        for _ in range(RECORD_TRIES):
            try:
                await unit.commit()
                return
            except Unavailable:
                logger.warning("What became of a campaign's mails could not be written yet")
                await asyncio.sleep(1.0)
        await unit.commit()

    async def _end(self, campaign: Campaign) -> None:
        """Nobody is left to take: finished, unless some wait for another try."""
        due_at = await self._site.storage.campaigns.next_due(campaign.id)
        if due_at is not None:
            await self._again(campaign, due_at)
        else:
            await self._stop(campaign, CampaignState.FINISHED)

    async def _stop(self, campaign: Campaign, state: CampaignState, problem: str = "") -> None:
        over = self._site.ports.clock.now() if state is CampaignState.FINISHED else None
        unit = self._site.ports.unit()
        stopped = replace(
            campaign, state=state, finished_at=over, problem=problem, version=campaign.version + 1
        )
        unit.apply(UpdateCampaign(campaign=stopped))
        end_current_job(unit)
        await unit.commit()

    async def _again(self, campaign: Campaign, due_at: int) -> None:
        """End this job, and queue one for this moment."""
        unit = self._site.ports.unit()
        end_current_job(unit)
        unit.outbox.add(campaign_job(self._site.ports, campaign, due_at))
        await unit.commit()


def chunk_size(rate: int) -> int:
    """How many recipients a chunk has, at this rate (mails a minute, 0 for no limit)."""
    return min(CHUNK, max(1, round(rate * CHUNK_SECONDS / 60))) if rate else CHUNK
