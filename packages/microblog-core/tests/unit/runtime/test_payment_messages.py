"""What mails say of payments, and where they lead."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import Account
from microblog_core.domain.notifications import NotificationEntry, NotificationKind
from microblog_core.http.unsubscribe import _WHAT
from microblog_core.runtime.messages import LINES, Reader, compose

ADA = Account(id=1, username="ada", created_at=0)
BEN = Account(id=2, username="ben", created_at=0)


def told(kind):
    entry = NotificationEntry(id=9, kind=kind, actor=ADA, entry=None, created_at=0, unread=True)
    return compose(
        Reader(account=BEN, login=None),
        [entry],
        base_url="https://town.example",
        site_title="Town",
        reference="r",
    )


@pytest.mark.parametrize("kind", ["paid", "renewed", "payment_failed", "refunded"])
def test_payers_are_led_to_what_they_paid(kind):
    message = told(NotificationKind(kind))
    assert message.url == "https://town.example/settings/payments"
    assert message.action == "See your payments"
    assert "@ada" in message.subject


@pytest.mark.parametrize("kind", ["tip", "member", "disputed"])
def test_payees_are_led_to_what_they_earned(kind):
    message = told(NotificationKind(kind))
    assert message.url == "https://town.example/earnings"
    assert "@ada" in message.subject


def test_others_are_led_where_they_were():
    assert told(NotificationKind.FOLLOW).url == "https://town.example/@ada"
    assert told(NotificationKind.FOLLOW_REQUEST).url == "https://town.example/notifications"


def test_there_are_words_for_every_kind():
    assert LINES.keys() == _WHAT.keys() == set(NotificationKind)
