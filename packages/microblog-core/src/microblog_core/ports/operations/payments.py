"""Operations on payments, the ledger, payees, tiers and memberships. All need the capability `ledger`."""

from __future__ import annotations

from typing import ClassVar

from microblog_core.domain.ledger import Entry, Payment
from microblog_core.domain.memberships import Membership, Payee, Tier
from microblog_core.domain.payments import NoticeKind
from microblog_core.ports.operations.base import Operation


class AddPayment(Operation, frozen=True, kw_only=True):
    """A new payment with the entries that it begins with. Guards: `id`; `gateway_id` (there is a payment with
    this id at this gateway); `exists` (payer or payee are gone); `balance` (the lines of an entry don't sum
    to zero).
    """

    needs: ClassVar[str] = "ledger"
    payment: Payment
    entries: tuple[Entry, ...] = ()


class RecordPayment(Operation, frozen=True, kw_only=True):
    """A payment as it is from now on, with the entries of its steps. Guards: `exists`; `version` (it has
    another version than the one below the new one's); `gateway_id`, `balance` as `AddPayment`.

    Who pays whom how much, and when it began, are never changed.
    """

    needs: ClassVar[str] = "ledger"
    payment: Payment
    entries: tuple[Entry, ...] = ()


class PutPayee(Operation, frozen=True, kw_only=True):
    """What somebody says of being paid. Guard: `exists` (the account is gone)."""

    needs: ClassVar[str] = "ledger"
    payee: Payee

    def changed(self) -> tuple[str, ...]:
        """What is shown of the account."""
        return (f"account:{self.payee.account_id}",)


class PutTier(Operation, frozen=True, kw_only=True):
    """A tier, new or changed. Guards: `exists` (the account is gone, or the tier is somebody else's); `limit`
    (the account has so many that aren't retired, this one not counted).
    """

    needs: ClassVar[str] = "ledger"
    tier: Tier
    limit: int

    def changed(self) -> tuple[str, ...]:
        """What is shown of the account."""
        return (f"account:{self.tier.account_id}",)


class AddMembership(Operation, frozen=True, kw_only=True):
    """A new membership. Guards: `id`; `membership` (the member has a live one of this author); `exists`."""

    needs: ClassVar[str] = "ledger"
    membership: Membership

    def changed(self) -> tuple[str, ...]:
        """What the member sees."""
        return (f"memberships:{self.membership.member_id}", f"notifications:{self.membership.member_id}")


class RecordMembership(Operation, frozen=True, kw_only=True):
    """A membership as it is from now on. Guards: `exists`; `version`; `membership` (it lives again, and there
    is another live one); `gateway_id`.
    """

    needs: ClassVar[str] = "ledger"
    membership: Membership

    def changed(self) -> tuple[str, ...]:
        """What the member sees."""
        return (f"memberships:{self.membership.member_id}", f"notifications:{self.membership.member_id}")


class AddGatewayWebhook(Operation, frozen=True, kw_only=True):
    """A webhook that was verified, byte for byte. Guard: `webhook` (this event of this gateway is there
    already).
    """

    needs: ClassVar[str] = "ledger"
    id: int
    gateway: str
    event_id: str
    kind: NoticeKind
    gateway_id: str
    body: bytes
    received_at: int


class HandleGatewayWebhook(Operation, frozen=True, kw_only=True):
    """What a webhook rang for was looked at. Nothing else of it is ever changed."""

    needs: ClassVar[str] = "ledger"
    gateway: str
    event_id: str
    handled_at: int


class PruneGatewayWebhooks(Operation, frozen=True, kw_only=True):
    """Forget webhooks that were handled before this moment, at most `limit` of them."""

    needs: ClassVar[str] = "ledger"
    before: int
    limit: int
