"""What steps of a payment mean in the ledger."""

from __future__ import annotations

from itertools import count

import pytest

from microblog_core.domain.ledger import Payment, settle
from microblog_core.domain.money import Money
from microblog_core.domain.payments import PaymentState, PaymentStatus, Product


def _settled(payment, state, refunded=0):
    status = PaymentStatus(
        gateway="g",
        gateway_id="p1",
        reference="r",
        state=state,
        amount=payment.amount,
        refunded_minor=refunded,
    )
    ids = count(100)
    return settle(payment, status, cause="request", at=2, next_id=lambda: next(ids))


@pytest.mark.parametrize("refunded", [0, 200])
def test_a_dispute_that_was_lost_before_anybody_asked_takes_back_what_was_credited(refunded):
    begun = Payment(
        id=1,
        payer_id=2,
        payee_id=3,
        product=Product.TIP,
        amount=Money(500, "EUR"),
        gateway="g",
        created_at=1,
        updated_at=1,
    )
    taken = _settled(begun, PaymentState.CAPTURED)
    steps = [*taken.entries]
    if refunded:
        taken = _settled(taken.payment, PaymentState.PARTIALLY_REFUNDED, refunded)
        steps += taken.entries
    lost = _settled(taken.payment, PaymentState.CHARGED_BACK, refunded)
    steps += lost.entries
    assert (lost.payment.state, lost.payment.attention) == (PaymentState.CHARGED_BACK, "")
    sums: dict[str, int] = {}
    for line in (line for entry in steps for line in entry.lines):
        sums[line.account] = sums.get(line.account, 0) + line.minor
    assert set(sums.values()) == {0} and "author:3" in sums
