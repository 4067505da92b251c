"""The sandbox gateway: takes no money, behaves by script. For trying payments out and for tests.

The outcome follows from the amount's last two digits in minor units: 01 fails, 02 stays pending, everything
else succeeds.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

import msgspec

from microblog_core.domain.errors import Conflict, Forbidden, NotFound
from microblog_core.domain.payments import PaymentRequest, PaymentState, PaymentStatus

SIGNATURE_HEADER = "x-sandbox-signature"
_FAILS, _PENDS = 1, 2


class SandboxGateway:
    """Keeps payments in memory. Calls with the same key give the same answer."""

    name = "sandbox"

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._payments: dict[str, PaymentStatus] = {}
        self._answers: dict[str, PaymentStatus] = {}

    async def begin(self, request: PaymentRequest, *, key: str) -> PaymentStatus:
        """Start a payment, with the outcome that its amount asks for."""
        if key in self._answers:
            return self._answers[key]
        outcome = {_FAILS: PaymentState.FAILED, _PENDS: PaymentState.PENDING}.get(
            request.amount.minor % 100, PaymentState.AUTHORISED
        )
        status = PaymentStatus(
            gateway=self.name,
            gateway_id=hashlib.sha256(request.reference.encode()).hexdigest()[:24],
            reference=request.reference,
            state=outcome,
            amount=request.amount,
            redirect_url=request.return_url,
        )
        return self._keep(status, key)

    async def capture(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Take what was authorised. Raises `Conflict` for anything else."""
        return self._move(gateway_id, key, {PaymentState.AUTHORISED}, PaymentState.CAPTURED)

    async def cancel(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Give up what was not captured. Raises `Conflict` for anything else."""
        return self._move(
            gateway_id, key, {PaymentState.AUTHORISED, PaymentState.PENDING}, PaymentState.CANCELLED
        )

    async def refund(self, gateway_id: str, minor: int, *, key: str) -> PaymentStatus:
        """Give back `minor` units of what was captured and not given back yet. Raises `Conflict`."""
        if key in self._answers:
            return self._answers[key]
        status = await self.fetch(gateway_id)
        left = status.amount.minor - status.refunded_minor
        if status.state not in (PaymentState.CAPTURED, PaymentState.REFUNDED) or not 0 < minor <= left:
            raise Conflict("There is not so much to give back.", guard="state")
        refunded = msgspec.structs.replace(
            status, state=PaymentState.REFUNDED, refunded_minor=status.refunded_minor + minor
        )
        return self._keep(refunded, key)

    async def fetch(self, gateway_id: str) -> PaymentStatus:
        """Where the payment stands. Raises `NotFound`."""
        try:
            return self._payments[gateway_id]
        except KeyError:
            raise NotFound("The sandbox knows no such payment.") from None

    def sign(self, body: bytes) -> str:
        """The signature that a webhook with this body carries."""
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest()

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> PaymentStatus:
        """Read a webhook signed with `sign`. Raises `Forbidden` for any other."""
        if not hmac.compare_digest(headers.get(SIGNATURE_HEADER, ""), self.sign(body)):
            raise Forbidden("The signature of this webhook is wrong.")
        try:
            return msgspec.json.decode(body, type=PaymentStatus)
        except msgspec.MsgspecError as error:
            raise Forbidden("This webhook can't be read.") from error

    def _move(
        self, gateway_id: str, key: str, allowed: set[PaymentState], target: PaymentState
    ) -> PaymentStatus:
        if key in self._answers:
            return self._answers[key]
        status = self._payments.get(gateway_id)
        if status is None:
            raise NotFound("The sandbox knows no such payment.")
        if status.state not in allowed:
            raise Conflict(f"A payment that is {status.state} can't become {target}.", guard="state")
        return self._keep(msgspec.structs.replace(status, state=target), key)

    def _keep(self, status: PaymentStatus, key: str) -> PaymentStatus:
        self._payments[status.gateway_id] = self._answers[key] = status
        return status
