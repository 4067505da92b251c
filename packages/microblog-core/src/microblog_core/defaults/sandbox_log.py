"""What the sandbox's imaginary provider remembers, and what follows from it.

Everything is a log: what happened to a payment or a subscription, in order, each line written once. Where
it stands is read from its log and the clock alone, so that processes and restarts change nothing, and anybody
can replay it.
"""

from __future__ import annotations

import calendar
import enum
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from microblog_core.domain.payments import (
    Interval,
    Money,
    PaymentState,
    PaymentStatus,
    SubscriptionState,
    SubscriptionStatus,
)

MINUTE = 60 * 1000
DAY = 24 * 60 * MINUTE
EXPIRES = DAY
"""A payment that nobody decided about is over after so long."""
GIVES_UP = 14 * DAY
"""A subscription whose payment fails is over after so long."""


class Script(enum.IntEnum):
    """What the last two digits of an amount in minor units ask for; all others are paid by the click."""

    DECLINED = 1
    UNAVAILABLE = 2
    ANSWER_LOST = 3
    FAILS = 4
    AUTHORISES = 5
    AT_ONCE = 6
    TAKES_A_MINUTE = 7
    DISPUTED_AND_WON = 8
    NO_WEBHOOK = 9
    DISPUTED_AND_LOST = 10
    RENEWAL_FAILS = 11
    RENEWAL_IS_LATE = 12


def script_of(amount: Money) -> Script | None:
    """What this amount asks for; None for success."""
    digits = amount.minor % 100
    return Script(digits) if digits in Script.__members__.values() else None


class What(enum.StrEnum):
    """Lines of a log."""

    BEGUN = "begun"
    PAID = "paid"
    AUTHORISED = "authorised"
    DECLINED = "declined"
    CAPTURED = "captured"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    ENDS = "ends"
    ENDED = "ended"


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: what happened when (Unix milliseconds), and by which idempotency key.

    `begun` says what was asked for; a subscription has an `interval`.
    """

    what: What
    at: int
    key: str = ""
    minor: int = 0
    currency: str = ""
    reference: str = ""
    description: str = ""
    return_url: str = ""
    cancel_url: str = ""
    interval: Interval | None = None

    @property
    def money(self) -> Money:
        """The amount that this line is about."""
        return Money(self.minor, self.currency)


Log = Sequence[Line]


def payment_of(gateway_id: str, log: Log, now: int) -> PaymentStatus:
    """Where a payment stands at `now`. The log begins with what was asked for."""
    begun = log[0]
    status = PaymentStatus(
        gateway="sandbox",
        gateway_id=gateway_id,
        reference=begun.reference,
        state=PaymentState.PENDING,
        amount=begun.money,
    )
    if script_of(status.amount) is Script.AT_ONCE:
        status = _taken(status, begun.at, now)
    for line in log[1:]:
        status = _after(status, line, now)
    if status.state is PaymentState.PENDING and len(log) == 1 and now - begun.at >= EXPIRES:
        return _failed(status, "expired")
    return status


def _after(status: PaymentStatus, line: Line, now: int) -> PaymentStatus:
    match line.what:
        case What.PAID | What.CAPTURED:
            return _taken(status, line.at, now)
        case What.AUTHORISED:
            return msgspec.structs.replace(status, state=PaymentState.AUTHORISED)
        case What.DECLINED:
            return _failed(status, "insufficient funds")
        case What.CANCELLED:
            return msgspec.structs.replace(status, state=PaymentState.CANCELLED)
        case What.REFUNDED:
            return refunded(status, line.minor)
        case _:
            return status


def _failed(status: PaymentStatus, reason: str) -> PaymentStatus:
    return msgspec.structs.replace(status, state=PaymentState.FAILED, reason=reason)


def refunded(status: PaymentStatus, minor: int) -> PaymentStatus:
    """The payment with so much more given back."""
    total = status.refunded_minor + minor
    state = PaymentState.REFUNDED if total >= status.amount.minor else PaymentState.PARTIALLY_REFUNDED
    return msgspec.structs.replace(status, state=state, refunded_minor=total)


def _taken(status: PaymentStatus, since: int, now: int) -> PaymentStatus:
    """Paid, and what the script has happen in the minutes after that."""
    script, minutes = script_of(status.amount), (now - since) // MINUTE
    state = PaymentState.CAPTURED
    if script is Script.TAKES_A_MINUTE and minutes < 1:
        state = PaymentState.PENDING
    elif script in (Script.DISPUTED_AND_WON, Script.DISPUTED_AND_LOST) and minutes == 1:
        state = PaymentState.DISPUTED
    elif script is Script.DISPUTED_AND_LOST and minutes > 1:
        state = PaymentState.CHARGED_BACK
    return msgspec.structs.replace(status, state=state)


def subscription_of(gateway_id: str, log: Log, now: int) -> SubscriptionStatus:
    """Where a subscription stands at `now`, with the payments of all its periods until then. Refunds are in
    the logs of the single payments.
    """
    begun = log[0]
    status = SubscriptionStatus(
        gateway="sandbox",
        gateway_id=gateway_id,
        reference=begun.reference,
        state=SubscriptionState.PENDING,
        amount=begun.money,
        interval=begun.interval or Interval.MONTH,
    )
    paid = next((line.at for line in log if line.what is What.PAID), None)
    declined = next((line.at for line in log if line.what is What.DECLINED), None)
    ended = next((line.at for line in log if line.what is What.ENDED), None)
    ends = next((line.at for line in log if line.what is What.ENDS), None)
    if paid is None:
        over = ended or declined or (begun.at + EXPIRES if now - begun.at >= EXPIRES else 0)
        if not over:
            return status
        return msgspec.structs.replace(
            status, state=SubscriptionState.ENDED, ended_at=over, reason="" if ended else "not paid"
        )
    return _running(status, paid, now, ends=ends, ended=ended)


def _running(
    status: SubscriptionStatus, paid: int, now: int, *, ends: int | None, ended: int | None
) -> SubscriptionStatus:
    payments: list[PaymentStatus] = []
    script = script_of(status.amount)
    state, over, number = SubscriptionState.ACTIVE, ended or 0, 0
    while (start := later(paid, status.interval, number)) <= now:
        if number and over and over <= start:
            break
        if ends is not None and ends < start:
            over = start
            break
        payment = _period(status, number, start, later(paid, status.interval, number + 1))
        if number == 1 and script is Script.RENEWAL_IS_LATE and now < start + 2 * DAY:
            payment, state = _failed(payment, "insufficient funds"), SubscriptionState.PAST_DUE
        if number == 1 and script is Script.RENEWAL_FAILS:
            payments.append(_failed(payment, "insufficient funds"))
            state = SubscriptionState.PAST_DUE
            over = over or (start + GIVES_UP if now >= start + GIVES_UP else 0)
            break
        payments.append(payment)
        number += 1
    return msgspec.structs.replace(
        status,
        state=SubscriptionState.ENDED if over else state,
        cancel_at_period_end=ends is not None,
        ended_at=over,
        payments=tuple(payments),
    )


def _period(status: SubscriptionStatus, number: int, start: int, end: int) -> PaymentStatus:
    return PaymentStatus(
        gateway="sandbox",
        gateway_id=f"{status.gateway_id}-{number}",
        reference=status.reference,
        state=PaymentState.CAPTURED,
        amount=status.amount,
        period_start=start,
        period_end=end,
    )


def later(start: int, interval: Interval, number: int) -> int:
    """So many months or years after `start` (Unix milliseconds, UTC), on the month's last day where it has no
    such day.
    """
    moment = datetime.fromtimestamp(start / 1000, UTC)
    months = moment.year * 12 + moment.month - 1 + number * (12 if interval is Interval.YEAR else 1)
    year, month = divmod(months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return (
        start + round((moment.replace(year=year, month=month + 1, day=day) - moment).total_seconds()) * 1000
    )
