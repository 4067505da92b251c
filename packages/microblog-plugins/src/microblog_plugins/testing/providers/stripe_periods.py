"""Stripe's subscriptions: a period after the other, each with an invoice."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime

from microblog_plugins.testing.providers.stripe_books import Books, Object, Refusal


class BooksWithPeriods(Books):
    """The books, with what happens to subscriptions."""

    def end_later(self, subscription_id: str) -> Object:
        """Charge no more once the period is over."""
        subscription = self._running(subscription_id)
        subscription["cancel_at_period_end"] = True
        self._tell_log(self.sessions[subscription["_session"]], "to end")
        self._event("customer.subscription.updated", subscription, subscription["_session"])
        return subscription

    def end_now(self, subscription_id: str) -> Object:
        """Charge no more."""
        subscription = self._running(subscription_id)
        self._end(subscription, self._seconds())
        return subscription

    def recover(self, session_id: str) -> None:
        """What is owed is paid after all."""
        subscription = self.subscriptions[self.sessions[session_id]["subscription"]]
        for invoice in self.invoices.values():
            if invoice["_subscription"] == subscription["id"] and invoice["status"] == "open":
                self._charge(self.intents[invoice["_intent"]])
                invoice["status"] = "paid"
                self._tell_log(invoice, "captured")
                self._event("invoice.paid", invoice, session_id)
        subscription["status"] = "active"
        self.failing.discard(session_id)

    def pass_time(self) -> None:
        """Sessions run out; periods are over."""
        for session in self.sessions.values():
            if session["status"] == "open" and session["expires_at"] <= self._seconds():
                self.expire(session["id"])
        for subscription in self.subscriptions.values():
            while subscription["status"] == "active" and subscription["_end"] <= self._seconds():
                if subscription["cancel_at_period_end"]:
                    self._end(subscription, subscription["_end"])
                else:
                    self._bill(subscription, subscription["_end"])

    def subscribe(self, session: Object, metadata: Object) -> None:
        """The first period begins."""
        subscription_id = self._id("sub")
        session["subscription"] = subscription_id
        subscription = self.subscriptions[subscription_id] = {
            "id": subscription_id,
            "object": "subscription",
            "status": "active",
            "customer": session["customer"],
            "metadata": metadata,
            "cancel_at_period_end": False,
            "cancel_at": None,
            "ended_at": None,
            "_session": session["id"],
            "_began": self._seconds(),
            "_periods": 0,
            "_end": self._seconds(),
        }
        self._bill(subscription, self._seconds())

    def _bill(self, subscription: Object, start: int) -> None:
        """A period begins: it is paid at once, or not."""
        session = self.sessions[subscription["_session"]]
        subscription["_periods"] += 1
        months = subscription["_periods"] * (12 if session["_interval"] == "year" else 1)
        subscription["_end"] = _months_later(subscription["_began"], months)
        invoice_id = self._id("in")
        intent = self._intent(
            session["amount_total"], session["currency"], session["customer"], subscription["metadata"]
        )
        details = {"subscription": subscription["id"], "metadata": subscription["metadata"]}
        invoice = self.invoices[invoice_id] = {
            "id": invoice_id,
            "object": "invoice",
            "status": "open",
            "attempted": True,
            "total": session["amount_total"],
            "currency": session["currency"],
            "parent": {"type": "subscription_details", "subscription_details": details},
            "lines": {"object": "list", "data": [{"period": {"start": start, "end": subscription["_end"]}}]},
            "_subscription": subscription["id"],
            "_session": session["id"],
            "_intent": intent["id"],
        }
        if session["id"] in self.failing:
            intent.update(status="requires_payment_method")
            intent["last_payment_error"] = {"code": "card_declined", "message": "Your card was declined."}
            subscription["status"] = "past_due"
            self._tell_log(invoice, "failed")
            self._event("invoice.payment_failed", invoice, session["id"])
            return
        self._charge(intent)
        invoice["status"] = "paid"
        self._tell_log(invoice, "captured")
        self._event("invoice.paid", invoice, session["id"])

    def _end(self, subscription: Object, at: int) -> None:
        subscription.update(status="canceled", ended_at=at)
        self._tell_log(self.sessions[subscription["_session"]], "ended")
        self._event("customer.subscription.deleted", subscription, subscription["_session"])

    def _running(self, subscription_id: str) -> Object:
        subscription = self.get("subscriptions", subscription_id)
        if subscription["status"] == "canceled":
            raise Refusal("A canceled subscription can only update its cancellation_details and metadata.")
        return subscription


def _months_later(seconds: int, months: int) -> int:
    at = datetime.fromtimestamp(seconds, UTC)
    years, month = divmod(at.month - 1 + months, 12)
    day = min(at.day, calendar.monthrange(at.year + years, month + 1)[1])
    return int(at.replace(year=at.year + years, month=month + 1, day=day).timestamp())
