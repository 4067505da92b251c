"""The gateway `pix`. The bank lets its clients choose the ids of charges (`txid`) and refunds: they are made
of core's keys, so that asking twice is asking once and nothing needs to be remembered here.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import http.client
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from microblog_core.domain.errors import Conflict, Declined, Forbidden, NotFound, Unavailable
from microblog_core.domain.money import Money, parse_amount
from microblog_core.domain.payments import (
    STALE_MILLISECONDS,
    Notice,
    NoticeKind,
    PaymentRequest,
    PaymentState,
    PaymentStatus,
)
from microblog_pix.plugin import PixSettings

NAME = "pix"
SIGNATURE, STAMP = "x-pix-signature", "x-pix-stamp"
_STATES = {
    "ATIVA": PaymentState.PENDING,
    "CONCLUIDA": PaymentState.CAPTURED,
    "REMOVIDA_PELO_USUARIO_RECEBEDOR": PaymentState.CANCELLED,
    "EXPIRADA": PaymentState.FAILED,
}


class _Ring(msgspec.Struct, frozen=True):
    id: str
    txid: str
    reference: str
    at: int


class PixGateway:
    """Takes money by Pix. A `microblog_core.ports.gateways.Gateway`."""

    name = NAME

    def __init__(self, settings: PixSettings) -> None:
        self._settings = settings

    async def begin(self, request: PaymentRequest, *, key: str) -> PaymentStatus:
        """Make a charge. Raises `Declined`, `Unavailable`."""
        wanted = {
            "valor": {"original": request.amount.amount},
            "referencia": request.reference,
            "descricao": request.description,
            "retorno": request.return_url,
        }
        status, charge = await self._call("PUT", f"/cob/{_id(key)}", wanted)
        if status == 400:
            raise Declined(f"The bank refuses this: {charge['detail']}")
        return _status(charge)

    async def capture(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Pix knows no authorising: what is paid is taken."""
        raise Conflict("Pix takes at once.", guard="state")

    async def cancel(self, gateway_id: str, *, key: str) -> PaymentStatus:
        """Give up a charge. Raises `Conflict` where it was paid, `NotFound`, `Unavailable`."""
        removed = {"status": "REMOVIDA_PELO_USUARIO_RECEBEDOR"}
        status, charge = await self._call("PATCH", f"/cob/{gateway_id}", removed)
        if status == 409:
            raise Conflict("It was paid already.", guard="state")
        return _status(charge)

    async def refund(self, gateway_id: str, minor: int, *, key: str) -> PaymentStatus:
        """Give back a part. Raises `Conflict`, `NotFound`, `Unavailable`."""
        money = {"valor": Money(minor, "BRL").amount}
        status, charge = await self._call("PUT", f"/cob/{gateway_id}/devolucao/{_id(key)}", money)
        if status == 409:
            raise Conflict("There is not so much to give back.", guard="amount")
        return _status(charge)

    async def fetch(self, gateway_id: str) -> PaymentStatus:
        """What the bank says now. Raises `NotFound`, `Unavailable`."""
        _, charge = await self._call("GET", f"/cob/{gateway_id}")
        return _status(charge)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: int) -> Notice:
        """Verify and read a webhook. Raises `Forbidden`."""
        stamp, secret = headers.get(STAMP, ""), self._settings.webhook_secret.reveal()
        signed = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        if not secret or not hmac.compare_digest(signed.encode(), headers.get(SIGNATURE, "").encode()):
            raise Forbidden("The signature of this webhook is wrong.")
        if not stamp.isdecimal() or abs(now - int(stamp)) > STALE_MILLISECONDS:
            raise Forbidden("This webhook is too old, or from the future.")
        try:
            ring = msgspec.json.decode(body, type=_Ring)
        except msgspec.MsgspecError as error:
            raise Forbidden("This webhook can't be read.") from error
        return Notice(
            event_id=ring.id,
            kind=NoticeKind.PAYMENT,
            gateway_id=ring.txid,
            reference=ring.reference,
            occurred_at=ring.at,
        )

    async def _call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask the bank in a thread. Whatever fails after connecting is raised as it is: then nobody knows.

        Raises `Unavailable` (never asked), `NotFound`.
        """
        status, answer = await asyncio.to_thread(self._send, method, path, body)
        if status == 404:
            raise NotFound("The bank knows no such payment.")
        if status in (401, 403, 429):
            raise Unavailable(f"The bank refused to be asked ({status}).")
        if status >= 500:
            raise RuntimeError(f"The bank answered {status}.")
        return status, msgspec.json.decode(answer)

    def _send(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        parts = urlsplit(self._settings.address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self._settings.seconds)
        try:
            connection.connect()
        except OSError as error:
            raise Unavailable("The bank can't be reached.") from error
        try:
            content = b"" if body is None else msgspec.json.encode(body)
            headers = {"Authorization": f"Bearer {self._settings.token.reveal()}"}
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def _id(key: str) -> str:
    """A `txid`: 26 to 35 letters and digits."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _status(charge: Mapping[str, Any]) -> PaymentStatus:
    amount = parse_amount(charge["valor"]["original"], "BRL")
    refunded = sum(parse_amount(each["valor"], "BRL").minor for each in charge["devolucoes"])
    state = _STATES[charge["status"]]
    if refunded:
        state = PaymentState.REFUNDED if refunded == amount.minor else PaymentState.PARTIALLY_REFUNDED
    return PaymentStatus(
        gateway=NAME,
        gateway_id=charge["txid"],
        reference=charge["referencia"],
        state=state,
        amount=amount,
        refunded_minor=refunded,
        redirect_url=charge["pagina"] if state is PaymentState.PENDING else "",
        reason="expired" if state is PaymentState.FAILED else "",
    )
