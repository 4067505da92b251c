"""Operations on what waits to be delivered, on preferences about it, and on confirmed addresses."""

from __future__ import annotations

from collections.abc import Mapping

from microblog_core.domain.deliveries import SITE, Frequency
from microblog_core.domain.notifications import NotificationKind
from microblog_core.ports.operations.base import Operation


class PutDeliveryPreferences(Operation, frozen=True, kw_only=True):
    """How often an account wants to hear of these kinds on a channel; others stay as they are. Guard:
    `exists` (the account is gone).
    """

    account_id: int
    channel: str
    frequencies: Mapping[NotificationKind, Frequency]

    def changed(self) -> tuple[str, ...]:
        """What the list of notifications shows."""
        return (f"notifications:{self.account_id}",) if self.channel == SITE else ()


class AddDelivery(Operation, frozen=True, kw_only=True):
    """A notification waits for the next fold or digest of this account and channel; nothing happens where it
    waits already. Guard: `exists` (the account is gone).
    """

    account_id: int
    channel: str
    frequency: Frequency
    notification_id: int


class TakeDeliveries(Operation, frozen=True, kw_only=True):
    """These wait no more: the unit takes them into its own hands. Guard: `delivery` (one of them is taken
    already), so that of two that want the same only one gets it.
    """

    account_id: int
    channel: str
    frequency: Frequency
    notification_ids: tuple[int, ...]


class ConfirmEmail(Operation, frozen=True, kw_only=True):
    """Somebody has shown that this address reaches them. Guards: `exists`; `email` (the account has another
    address by now).
    """

    account_id: int
    email: str
    at: int

    def changed(self) -> tuple[str, ...]:
        """Sessions and tokens carry the log-in with them."""
        return (f"sessions:{self.account_id}", f"tokens:{self.account_id}")
