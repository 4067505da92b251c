"""Deliveries in memory: what operations on them write, and reading them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from microblog_core.domain.accounts import email_key
from microblog_core.domain.deliveries import DeliveryPreference, Frequency
from microblog_core.domain.errors import Conflict
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations import (
    AddDelivery,
    ConfirmEmail,
    PutDeliveryPreferences,
    TakeDeliveries,
)


def put_delivery_preferences(tables: Tables, operation: PutDeliveryPreferences) -> None:
    """How often an account wants to hear of kinds; guard `exists`."""
    _check_account(tables, operation.account_id)
    for kind, frequency in operation.frequencies.items():
        chosen = DeliveryPreference(channel=operation.channel, kind=kind, frequency=frequency)
        tables.delivery_preferences.put((operation.account_id, operation.channel, kind), chosen)


def add_delivery(tables: Tables, operation: AddDelivery) -> None:
    """A notification waits; guard `exists`."""
    _check_account(tables, operation.account_id)
    key = (operation.account_id, operation.channel, operation.frequency, operation.notification_id)
    tables.deliveries.put(key, True)


def take_deliveries(tables: Tables, operation: TakeDeliveries) -> None:
    """These wait no more; guard `delivery`."""
    for notification_id in operation.notification_ids:
        key = (operation.account_id, operation.channel, operation.frequency, notification_id)
        if tables.deliveries.remove(key) is None:
            raise Conflict("It is taken already.", guard="delivery")


def confirm_email(tables: Tables, operation: ConfirmEmail) -> None:
    """An address reaches its owner; guards `exists`, `email`."""
    login = tables.logins.get(operation.account_id)
    if login is None:
        raise Conflict("The log-in is gone.", guard="exists")
    if email_key(login.email) != email_key(operation.email):
        raise Conflict("The account has another address by now.", guard="email")
    tables.logins.put(login.account_id, replace(login, email_confirmed_at=operation.at))


def _check_account(tables: Tables, account_id: int) -> None:
    if account_id not in tables.accounts:
        raise Conflict("The account is gone.", guard="exists")


class DeliveryReads:
    """A `ports.deliveries.DeliveryReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def preferences(self, account_id: int) -> Sequence[DeliveryPreference]:
        """What the account chose."""
        rows = self._tables.delivery_preferences.rows
        return tuple(chosen for key, chosen in rows.items() if key[0] == account_id)

    async def waiting(self, account_id: int, channel: str, frequency: Frequency, limit: int) -> Sequence[int]:
        """The ids of notifications that wait, oldest first."""
        of = (account_id, channel, frequency)
        return tuple(sorted(key[3] for key in self._tables.deliveries.rows if key[:3] == of)[:limit])
