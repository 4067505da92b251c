"""A house whose site takes pictures, and how its forms are sent with files; one whose site takes money."""

from __future__ import annotations

import dataclasses

import pytest

from microblog_core.config_payments import PaymentsConfig
from microblog_core.defaults.sandbox import Decision
from microblog_core.domain.errors import Invalid
from microblog_core.domain.media import CENTRE, MediaKind
from microblog_core.domain.permissions import Actor
from microblog_core.ports.media import MediaFacts, ProcessedMedia, Rendition
from microblog_core.services.payments import memberships, offers, settling, tips


class Sketcher:
    """A media processor that draws without a library."""

    name = "sketcher"
    content_types = ("image/png",)

    def probe(self, data):
        return MediaFacts(kind=MediaKind.IMAGE, content_type="image/png") if data[:3] == b"PIC" else None

    async def process(self, data, purpose, focus=CENTRE):
        if b"broken" in data:
            raise Invalid(fields={"file": "This file is broken."})
        return ProcessedMedia(
            kind=MediaKind.IMAGE,
            picture=Rendition(content_type="image/png", data=data, width=30, height=20),
            preview=Rendition(content_type="image/webp", data=b"small", width=3, height=2),
        )


@pytest.fixture
def drawing(house):
    """The house; its site takes files that begin with `PIC`."""
    house.site._ports = dataclasses.replace(house.site.ports, processors=(Sketcher(),))
    return house


@pytest.fixture
def send_file():
    """Send the form of a page that has this action, with files by their fields."""

    async def send(visitor, page, action, files, **values):
        form = next(each for each in (await visitor.get(page)).forms() if each.action == action)
        return await visitor.http.post(
            action,
            data={**form.fields, **values},
            files={name: (f"{name}.png", data, "image/png") for name, data in files.items()},
            headers={"origin": "http://localhost:8000"},
        )

    return send


class Shop:
    """A house whose site takes money by the sandbox, and whoever pays there."""

    def __init__(self, house):
        self.house = house

    @property
    def ports(self):
        return self.house.site.ports

    async def payee(self, account, currency="EUR", **changes):
        await offers.set_payee(
            self.ports, Actor(account=account), offers.SetPayee(currency=currency, **changes)
        )

    async def tier(self, account, monthly=300, **changes):
        """Somebody offers a tier, and wants to be paid."""
        if await self.ports.storage.payments.payee(account.id) is None:
            await self.payee(account)
        self.house.clock.advance(1)
        command = offers.PutTier(**{"name": "Friends", "monthly": monthly, **changes})
        return await offers.put_tier(self.ports, Actor(account=account), command)

    async def tip(self, payer, payee, minor=500, *, pays=True, **changes):
        """Somebody tips somebody, who wants to be paid, and pays it."""
        if await self.ports.storage.payments.payee(payee.id) is None:
            await self.payee(payee)
        self.house.clock.advance(1)
        command = tips.BeginTip(account_id=payee.id, minor=minor, **changes)
        payment = await tips.begin_tip(self.ports, Actor(account=payer), command)
        if not pays:
            return payment
        await self.ports.gateways.get("sandbox").decide(payment.gateway_id, Decision.PAY)
        return await settling.settle_payment(self.ports, payment.id, cause="request")

    async def join(self, member, tier):
        """Somebody becomes a member."""
        self.house.clock.advance(1)
        command = memberships.BeginMembership(tier_id=tier.id)
        begun = await memberships.begin_membership(self.ports, Actor(account=member), command)
        await self.ports.gateways.get("sandbox").decide(begun.gateway_id, Decision.PAY)
        return await settling.settle_membership(self.ports, begun.id, cause="request")


@pytest.fixture
async def shop(open_house):
    """A site that takes money by the sandbox; `shop.house` has its people."""
    payments = PaymentsConfig(gateways=("sandbox",))
    async with open_house(payments=payments, base_url="http://localhost:8000") as house:
        yield Shop(house)
