"""Webhooks of payment gateways: verified, kept byte for byte, answered; what they rang for, a job looks at.

Nothing that a webhook says is believed, so order, repetition and content don't matter.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from microblog_core.domain.errors import Conflict, Forbidden, MicroblogError, NotFound, TooLarge
from microblog_core.domain.payments import Notice, NoticeKind
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.ports.operations.payments import AddGatewayWebhook, HandleGatewayWebhook
from microblog_core.ports.payments import payments_of
from microblog_core.services.payments.asking import (
    MEMBERSHIP,
    check_on,
    gateway_of,
    logger,
    parse_reference,
    subscriptions_of,
)
from microblog_core.services.payments.jobs import Settle, queue_settling
from microblog_core.services.payments.settling import settle_membership, settle_payment

BODY_BYTES = 256 * 1024


class Received(enum.StrEnum):
    """What became of a webhook that was believed: it is acted on, it came before, it tells of nothing."""

    STORED = "stored"
    KNOWN = "known"
    IGNORED = "ignored"


async def receive_webhook(ports: Ports, gateway: str, headers: Mapping[str, str], body: bytes) -> Received:
    """Take a webhook of a gateway; `headers` have names in lower case. Answer 2xx to whatever this returns:
    it is stored by then, with the job that acts on it.

    Raises `Forbidden` (forged, stale, or of another site), `NotFound` (no such gateway, or nothing here that
    it is about), `TooLarge`; each is logged and counted with its reason, and nothing is stored.
    """
    try:
        return await _receive(ports, gateway, headers, body)
    except MicroblogError as error:
        # The name comes from outside: what isn't a gateway of ours is counted as one.
        name = gateway if gateway in ports.gateways.names else "unknown"
        ports.gateways.refused(name, error.code)
        logger.warning("A webhook of the gateway %s was refused (%s): %s", name, error.code, error)
        raise


async def _receive(ports: Ports, gateway: str, headers: Mapping[str, str], body: bytes) -> Received:
    check_on(ports)
    if gateway not in ports.gateways.names:
        raise NotFound("There is no such payment gateway.")
    if len(body) > BODY_BYTES:
        raise TooLarge(f"A webhook has at most {BODY_BYTES} bytes.")
    now = ports.clock.now()
    try:
        notice = gateway_of(ports, gateway).parse_webhook(headers, body, now=now)
    except MicroblogError:
        raise
    except Exception as error:
        # Whatever a gateway can't make head or tail of is nothing that its provider sent.
        logger.exception("The gateway %s failed to read a webhook", gateway)
        raise Forbidden("This webhook can't be read.") from error
    if notice is None:
        return Received.IGNORED
    about = await _about(ports, gateway, notice)
    unit = ports.unit()
    unit.apply(
        AddGatewayWebhook(
            id=ports.ids.at(now),
            gateway=gateway,
            event_id=notice.event_id,
            kind=notice.kind,
            gateway_id=notice.gateway_id,
            body=body,
            received_at=now,
        )
    )
    queue_settling(ports, unit, about, key=f"{gateway}:{notice.event_id}", due_at=now)
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard != "webhook":
            raise
        return Received.KNOWN
    return Received.STORED


async def _about(ports: Ports, gateway: str, notice: Notice) -> Settle:
    """What of ours a webhook rings for. Raises `Forbidden` (another site's), `NotFound`."""
    read = payments_of(ports.storage)
    rung = Settle(gateway=gateway, event_id=notice.event_id)
    if notice.kind is NoticeKind.SUBSCRIPTION:
        membership = await read.membership_by_gateway(gateway, notice.gateway_id)
        if membership is not None:
            return msgspec.structs.replace(rung, membership_id=membership.id)
    else:
        payment = await read.by_gateway(gateway, notice.gateway_id)
        if payment is not None:
            return msgspec.structs.replace(rung, payment_id=payment.id)
    if not notice.reference:
        # Disputes, for example, are told by an id that only their provider knows: the job asks whose it is.
        return msgspec.structs.replace(rung, notice=notice)
    # The webhook was quicker than the answer that says the provider's id, or a period is new.
    kind, named = parse_reference(ports, notice.reference)
    if kind == MEMBERSHIP:
        membership = await read.membership(named)
        if membership is not None and membership.gateway == gateway:
            return msgspec.structs.replace(rung, membership_id=named)
    else:
        payment = await read.get(named)
        if payment is not None and payment.gateway == gateway:
            return msgspec.structs.replace(rung, payment_id=named)
    raise NotFound("There is no such payment here.")


async def settle(ports: Ports, job: Job) -> None:
    """The job `SETTLE_JOB`: ask the gateway about what rang, and apply what it says. Raises what the gateway
    raises, so that it is tried again.
    """
    about = await _named(ports, msgspec.json.decode(job.payload, type=Settle))
    cause = f"webhook:{about.event_id}" if about.event_id else "request"
    if about.payment_id is not None:
        await settle_payment(ports, about.payment_id, cause=cause)
    elif about.membership_id is not None:
        await settle_membership(ports, about.membership_id, cause=cause)
    if about.event_id:
        unit = ports.unit()
        unit.apply(
            HandleGatewayWebhook(gateway=about.gateway, event_id=about.event_id, handled_at=ports.clock.now())
        )
        await unit.commit()


async def _named(ports: Ports, about: Settle) -> Settle:
    """What is to be settled, after asking the gateway whose a notice is that says neither our reference nor
    an id that we know. Nothing of ours is left as it is.
    """
    notice = about.notice
    if notice is None:
        return about
    try:
        if notice.kind is NoticeKind.SUBSCRIPTION:
            subscription = await subscriptions_of(ports, about.gateway).fetch_subscription(notice.gateway_id)
            gateway_id, reference = subscription.gateway_id, subscription.reference
        else:
            payment = await gateway_of(ports, about.gateway).fetch(notice.gateway_id)
            gateway_id, reference = payment.gateway_id, payment.reference
        known = msgspec.structs.replace(notice, gateway_id=gateway_id, reference=reference)
        if reference:
            return await _about(ports, about.gateway, known)
    except (Forbidden, NotFound) as error:
        logger.warning("A webhook of the gateway %s is about nothing here: %s", about.gateway, error)
    return about
