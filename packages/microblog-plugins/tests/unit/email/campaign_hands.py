"""An operator's hands on the campaigns of a town."""

from __future__ import annotations

from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import Page
from microblog_core.services import campaigns as services

GRACE = 60
PEOPLE = ["ada@people.example", "bob@people.example", "cid@people.example"]


class Campaigns:
    """Operators' hands in a town."""

    def __init__(self, town):
        self.town = town

    async def draft(self, **changes):
        body = "Read #tea at https://tea.example"
        values = {"name": "May", "subject": "What is new", "body": body, **changes}
        return await services.add_campaign(self.town.ports, SYSTEM, services.AddCampaign(**values))

    async def started(self, **changes):
        campaign = await self.draft(**changes)
        return await self.do("start", campaign)

    async def do(self, what, campaign, **values):
        commands = {"start": services.StartCampaign, "release": services.ReleaseUnclear}
        command = commands.get(what, services.CampaignCommand)(campaign_id=campaign.id, **values)
        name = "release_unclear" if what == "release" else f"{what}_campaign"
        return await getattr(services, name)(self.town.ports, SYSTEM, command)

    async def now(self, campaign):
        return await services.read_campaign(self.town.ports, SYSTEM, campaign.id)

    async def counts(self, campaign):
        counts = (await self.now(campaign)).counts
        states = ("sending", "sent", "waiting", "failed", "unclear", "skipped")
        return {name: getattr(counts, name) for name in states if getattr(counts, name)}

    async def those(self, campaign, state):
        found = await services.list_recipients(self.town.ports, SYSTEM, campaign.id, state, Page())
        return found.items


def recipients(mails):
    return sorted(mail.recipient for mail in mails)
