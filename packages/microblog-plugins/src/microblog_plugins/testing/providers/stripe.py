"""Stripe, played: Checkout Sessions, payment intents, subscriptions with their invoices, refunds, disputes.

What is known of its behaviour that matters to us: idempotency keys keep the first answer, errors of 500 too;
invoices name no payment intent but by their payments; parameters that it does not know are refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from microblog_plugins.testing.providers.ringing import Webhook
from microblog_plugins.testing.providers.server import Answer, Bill, Outcome, Provider, Request
from microblog_plugins.testing.providers.stripe_books import Refusal
from microblog_plugins.testing.providers.stripe_periods import BooksWithPeriods

SECRET_KEY = "sk_test_sandbox"
WEBHOOK_SECRET = "whsec_sandbox"

_CREATE = {
    "mode",
    "client_reference_id",
    "success_url",
    "cancel_url",
    "line_items",
    "metadata",
    "expand",
    "payment_intent_data",
    "subscription_data",
}
_LISTED = {"limit", "expand"}


class StripeProvider(Provider):
    """Stripe's API at `url`. A subscription renews when its period is over, unless `failing` has its id; an
    open invoice is paid by `recover`.
    """

    name = "Stripe"

    def __init__(
        self, *, secret_key: str = SECRET_KEY, webhook_secret: str = WEBHOOK_SECRET, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.secret_key, self.webhook_secret = secret_key, webhook_secret
        self.books = BooksWithPeriods(now=self.now, note=self.note, ring=self.ring, page=self.page)
        self._keys: dict[str, tuple[str, Answer]] = {}

    # What the provider does on its own

    @property
    def failing(self) -> set[str]:
        """Sessions whose subscription fails to renew."""
        return self.books.failing

    def pay(self, object_id: str, outcome: str = Outcome.PAID) -> None:
        """The payer decides on the page of a session."""
        with self.lock:
            self.books.pay(object_id, outcome == Outcome.PAID)

    def recover(self, object_id: str) -> None:
        """What a subscription owes is paid after all."""
        with self.lock:
            self.books.recover(object_id)

    def dispute(self, object_id: str) -> None:
        """The payer's bank asks for the money of a session, or an invoice, back."""
        with self.lock:
            self.books.dispute(object_id)

    def decide(self, object_id: str, *, won: bool) -> None:
        """The bank decides about a dispute, for us or against."""
        with self.lock:
            self.books.decide(object_id, won=won)

    def forget_keys(self) -> None:
        """A day goes by for idempotency keys."""
        with self.lock:
            self._keys.clear()

    def pass_time(self) -> None:
        """Sessions run out, and periods are over."""
        self.books.pass_time()

    def bill(self, object_id: str) -> Bill | None:
        """What a session asks for."""
        session = self.books.sessions.get(object_id)
        if session is None:
            return None
        return Bill(
            title=session["_title"],
            amount=f"{session['amount_total']} {session['currency']}",
            return_url=session["success_url"],
            cancel_url=session["cancel_url"],
            open=session["status"] == "open",
        )

    def sealed(self, event: dict[str, Any], at: int, forged: bool) -> Webhook:
        """Signed as docs.stripe.com/webhooks says."""
        body = json.dumps(event, indent=2).encode()
        secret = "whsec_guessed" if forged else self.webhook_secret
        stamp = str(at // 1000)
        signature = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {"stripe-signature": f"t={stamp},v1={signature}", "content-type": "application/json"}
        return headers, body

    # The API

    def error(self, status: int, text: str, code: str = "", kind: str = "") -> Answer:
        """An error as Stripe writes it."""
        kind = kind or ("api_error" if status >= 500 else "invalid_request_error")
        error = {"type": kind, "message": text, **({"code": code} if code else {})}
        return _answer({"error": error}, status)

    def answered(self, request: Request, *, failing: bool) -> Answer:
        """Do what is asked, once for each idempotency key; its answer is kept."""
        key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
        fingerprint = f"{request.path}?{request.body.decode()}"
        if key in self._keys:
            before, answer = self._keys[key]
            if before != fingerprint:
                return self.error(400, "The key was used for something else.", kind="idempotency_error")
            return Answer(answer.status, answer.body, {"Idempotent-Replayed": "true"})
        answer = super().answered(request, failing=failing)
        if key and answer.status not in (400, 401, 404, 429):
            self._keys[key] = (fingerprint, answer)
        return answer

    def answer(self, request: Request) -> Answer:
        """Answer a call with the secret key."""
        if request.headers.get("authorization") != f"Bearer {self.secret_key}":
            return self.error(401, "Invalid API Key provided.")
        parts = request.path.removeprefix("/v1/").split("/")
        pairs = request.query if request.method == "GET" else parse_qsl(request.body.decode())
        params = _nested(pairs)
        expand = list(params.get("expand", {}).values())
        try:
            if request.changes:
                found = self._done(request.method, parts, params)
            else:
                found = self._found(parts, params)
            return _answer(self.books.expanded(found, expand))
        except Refusal as refusal:
            return self.error(refusal.status, str(refusal), refusal.code)

    def _found(self, parts: Sequence[str], params: dict[str, Any]) -> dict[str, Any]:
        """What a call that only looks gets."""
        books = self.books
        match parts:
            case ("checkout", "sessions"):
                return _listed(books.sessions, params, {"payment_intent", "subscription"})
            case ("checkout", "sessions", id_):
                return books.get("sessions", id_)
            case ("payment_intents",):
                return _listed(books.intents, params, {"customer"})
            case ("payment_intents", id_):
                return books.get("intents", id_)
            case ("refunds",):
                return _listed(books.refunds, params, {"payment_intent"})
            case ("disputes",):
                return _listed(books.disputes, params, {"charge"})
            case ("invoices",):
                return _listed(books.invoices, params, {"subscription"})
            case ("invoices", id_):
                return books.get("invoices", id_)
            case ("invoice_payments",):
                return _list(books.paid_by(params["payment"]["payment_intent"]), params)
        raise Refusal(f"Unrecognized request URL (GET: /v1/{'/'.join(parts)}).", 404)

    def _done(self, method: str, parts: Sequence[str], params: dict[str, Any]) -> dict[str, Any]:
        """What a call that changes something gets."""
        books = self.books
        match method, *parts:
            case ("POST", "checkout", "sessions"):
                _check_names(params, _CREATE)
                return books.open_session(params)
            case ("POST", "checkout", "sessions", id_):
                _check_names(params, {"metadata"})
                return books.mark(id_, params["metadata"])
            case ("POST", "checkout", "sessions", id_, "expire"):
                return books.expire(id_)
            case ("POST", "refunds"):
                _check_names(params, {"payment_intent", "amount", "metadata"})
                return books.refund(params)
            case ("POST", "subscriptions", id_):
                _check_names(params, {"cancel_at_period_end"})
                return books.end_later(id_)
            case ("DELETE", "subscriptions", id_):
                return books.end_now(id_)
        raise Refusal(f"Unrecognized request URL ({method}: /v1/{'/'.join(parts)}).", 404)


def _answer(body: dict[str, Any], status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Request-Id": "req_test"})


def _check_names(params: dict[str, Any], names: set[str]) -> None:
    for name in params:
        if name not in names:
            raise Refusal(f"Received unknown parameter: {name}", code="parameter_unknown")


def _listed(objects: dict[str, dict[str, Any]], params: dict[str, Any], filters: set[str]) -> dict[str, Any]:
    """Those that have what the parameters say, the newest first."""
    _check_names(params, _LISTED | filters)
    wanted = {name: value for name, value in params.items() if name in filters}
    newest = reversed(objects.values())
    # Invoices are found by what they do not tell.
    return _list(
        [
            each
            for each in newest
            if all(each.get(name, each.get(f"_{name}")) == wanted[name] for name in wanted)
        ],
        params,
    )


def _list(found: list[dict[str, Any]], params: dict[str, Any]) -> dict[str, Any]:
    limit = int(params.get("limit", 10))
    return {"object": "list", "url": "/v1", "has_more": len(found) > limit, "data": found[:limit]}


def _nested(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=c` as `{"a": {"b": {"0": "c"}}}`."""
    nested: dict[str, Any] = {}
    for name, value in pairs:
        keys = name.replace("]", "").split("[")
        inner = nested
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = value
    return nested
