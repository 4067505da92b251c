"""What people paid, so that the pages of payers are full."""

from __future__ import annotations

from microblog_core.defaults.sandbox import Decision
from microblog_core.defaults.sandbox_page import Decide, decide_in_sandbox
from microblog_core.domain.accounts import Account
from microblog_core.domain.permissions import Actor
from microblog_core.ports.context import Ports
from microblog_core.services.payments.memberships import BeginMembership, begin_membership
from microblog_core.services.payments.offers import (
    PutTier,
    RetireTier,
    SetPayee,
    put_tier,
    retire_tier,
    set_payee,
)
from microblog_core.services.payments.returning import Returned, return_to_membership, return_to_payment
from microblog_core.services.payments.tips import BeginTip, begin_tip


async def pay(ports: Ports, payer: Account, author: Account) -> None:
    """The author is paid for tips and by members; the payer paid one of each and left one tip open."""
    whose, who = Actor(account=author), Actor(account=payer)
    await set_payee(ports, whose, SetPayee(currency="EUR", amounts=(300, 500)))
    tier = await put_tier(ports, whose, PutTier(name="Friends", description="A letter", monthly=400))
    old = await put_tier(ports, whose, PutTier(name="Old friends", monthly=300))
    await retire_tier(ports, whose, RetireTier(tier_id=old.id))
    tip = BeginTip(account_id=author.id, minor=500, note="Well said")
    paid = await begin_tip(ports, who, tip)
    await decide_in_sandbox(ports, Decide(gateway_id=paid.gateway_id, decision=Decision.PAY))
    await return_to_payment(ports, who, Returned(id=paid.id))
    await begin_tip(ports, who, tip)
    joined = await begin_membership(ports, who, BeginMembership(tier_id=tier.id))
    await decide_in_sandbox(ports, Decide(gateway_id=joined.gateway_id, decision=Decision.PAY))
    await return_to_membership(ports, who, Returned(id=joined.id))
